"""The practice as data: everything but the contraindications, complete, at the right line, in both languages."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesoplan.knowledge.load import Knowledge, load
from mesoplan.knowledge.model import Ban, Claim, Harm, Quantity
from mesoplan.knowledge.substances import Substances, normalized
from mesoplan.units import length_mm

INVENTORY = Path(__file__).parent / "inventory.json"
TOPICS = {
    *("preparation", "aftercare", "recovery", "allergy-test", "side-effect", "complication-rate", "depth", "needle"),
    *("coverage", "geometry", "healing", "interval", "course", "onset", "duration-of-effect", "maintenance"),
    *("anaesthesia", "procedure-step"),
}
IN_ONE = {"percent": ("1", 0.01), "fraction": ("1", 1.0), "courses/a": ("1/a", 1.0)}

# What the planner asks for, with the unit it asks in; None: words only, no number exists.
PLANNED = {
    **dict.fromkeys(("coverage.fraction_per_session", "coverage.renewal", "depth.achieved_ratio"), "1"),
    **dict.fromkeys(("coverage.microzone_width", "depth.device", "depth.hard_limit", "sigma.freehand"), "mm"),
    **dict.fromkeys(("depth.label_not_evaluated", "depth.pricks", "depth.papules"), "mm"),
    **dict.fromkeys(("spacing.pricks", "spacing.papules"), "mm"),
    **dict.fromkeys(("angle.device", "angle.pricks", "angle.papules"), "deg"),
    **dict.fromkeys(("volume.pricks", "volume.papules", "volume.face_session_max"), "ml"),
    "volume.solid_needle_per_puncture": "nl",
    "volume.solid_needle_per_cm2": "ul/cm2",
    "needle.gauge_syringe": "gauge",
    **dict.fromkeys(("recovery.days", "interval.default", "interval.minimum", "interval.trials"), "d"),
    **dict.fromkeys(("followup.day_1", "followup.day_3", "followup.day_7", "screening.validity"), "d"),
    **dict.fromkeys(("healing.epidermis", "allergy_test.read_first", "allergy_test.read_second"), "h"),
    **dict.fromkeys(("followup.week_4", "followup.week_12"), "week"),
    **dict.fromkeys(("maintenance.review", "interval.home", "plan.horizon"), "month"),
    **dict.fromkeys(("course.sessions_face", "course.sessions_post_acne", "course.sessions_vessels"), "sessions"),
    **dict.fromkeys(("course.sessions_face_oval", "course.sessions_eye_circles", "course.sessions_scars"), "sessions"),
    **dict.fromkeys(("course.reassess_at", "onset.face"), "sessions"),
    "course.per_year": "1/a",
    **dict.fromkeys(("session.minutes_face", "session.minutes_scars", "anaesthesia.wait"), "min"),
    "allergy_test.contact_minutes": "min",
    **dict.fromkeys(("angle.geometry", "healing.dermis", "duration.face", "anaesthesia.need", "antisepsis.when"), None),
    "complication.rate": None,
}

# Aftercare windows: (days before, days after), the cautious default of each row.
WINDOWS: dict[str, tuple[float | None, float | None]] = {
    "sun": (14, 14),
    "solarium": (14, 14),
    "sauna_bath": (None, 7),
    "hot_bath": (None, 7),
    "swimming": (None, 7),
    "heat_frost": (None, 6),
    "exercise_hard": (None, 7),
    "exercise_light": (None, 2),
    "alcohol": (4, 14),
    "smoking": (4, 14),
    "decorative_cosmetics": (None, 2),
    "other_cosmetics": (None, 7),
    "hair_removal": (None, 7),
    "touching": (None, 1),
    "warming_masks": (None, 7),
    "massage": (None, 7),
    "creams_on_the_day": (0, None),
}

# Side effects by the documents' lines, and the entry that tells the client.
EFFECTS = {
    "redness": "000:210 001:42 002:167 004:80",
    "swelling": "000:191 001:42 002:12 004:80",
    "lasting_swelling": "000:212",
    "bruise": "000:213 001:42 002:12",
    "itch": "001:42",
    "pain": "000:23 000:59 001:42 004:25",
    "fever": "000:210",
    "allergy": "000:211 002:168 002:86",
    "bacterial_infection": "000:215 002:169",
    "fungal_infection": "000:215",
    "inflammation": "000:216 002:170",
    "necrosis": "000:214",
    "lumps": "000:217 002:171",
    "muscle_atrophy": "000:218 002:174",
    "chronic_flare": "000:219 002:172",
    "scarring": "000:220 002:173",
    "headache": "000:221",
    "nausea": "000:222",
    "tachycardia": "000:223",
    "lupus": "002:175",
    "psoriasis": "002:175",
}
URGENT = {
    *("breathing_trouble", "vision_change", "necrosis", "severe_pain", "bacterial_infection", "fever"),
    *("herpes", "allergy", "tachycardia", "burn_current", "burn_light", "eye_light"),
}
INDICATIONS = {
    *("wrinkles", "fine_lines", "rejuvenation", "pigmentation", "oily_skin", "dull_tone", "enlarged_pores"),
    *("dry_skin", "flabbiness", "post_acne", "acne", "scars", "couperose", "dark_circles", "double_chin"),
    *("deep_wrinkles", "striae", "cellulite", "body_fat", "body_laxity", "body_wrinkles"),
    *("hair_loss", "hair_health", "dandruff", "sweating"),
}
# goals for which no document gives a number of sessions, or a time to the first result
NO_SESSIONS = {"cellulite", "body_fat", "body_laxity", "body_wrinkles", "sweating"}
NO_ONSET = {*NO_SESSIONS, "striae"}
NO_DURATION = {"sweating", "hair_loss", "hair_health", "dandruff"}
# What the documents only praise, of these topics.
SOLD = frozenset(
    [
        "s0-injections-tolerated",
        "s0-rehab-minimal",
        "s0-pro-low-complications",
        "s0-pro-painless",
        "s0-pro-quick-rehab",
        "s0-pro-no-tension",
        "s0-pro-min-trauma",
        "s0-pro-fast-regeneration",
        "s0-pro-few-visits",
        "s0-five-sessions-full",
        "s0-no-pain-speed",
        "s0-full-after-5",
        "s0-day2-fresh",
        "s0-complication-1pct",
        "s1-renewal-quick",
        "s1-visible-1-2",
        "s1-immune-up",
        "s1-tingling-only",
        "s1-no-special-req",
        "s1-pro-rehab",
        "s1-pro-no-anaesthesia",
        "s1-pro-painless",
        "s1-pro-duration",
        "s1-rehab-reduced",
        "s1-faster-changes",
        "s2-ben-long",
        "s2-biorev-solubility",
        "s2-usual-only-edema-bruise",
        "s2-avoid-any",
        "s3-no-long-rehab",
        "s3-no-side-effects",
        "s3-rev-elena-regular",
        "s3-rev-valentina",
        "s3-onset-1-2",
        "s3-postacne-forever",
        "s4-result-immediate",
        "s4-leave-at-once",
        "s4-scalp-go-out",
        "s4-scalp-2-3-courses",
    ]
)
NORMAL_UNTIL_DAYS = {"redness": 2, "swelling": 3, "bruise": 7, "itch": 3, "pain": 3, "papules_expected": 2}
NEVER_PROMISED = re.compile(
    r"forever|for good|once and for all|guarante|\bsafe\b|erase|eliminat|навсегда|гарант|безопасн|избав",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def inventory() -> dict[str, dict[str, Any]]:
    rows = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows if row["topic"] in TOPICS}


def claims(knowledge: Knowledge) -> Iterator[Claim]:
    for fact in knowledge.facts.values():
        yield from fact.claims


def expected_quantity(value: dict[str, Any] | None) -> Quantity | None:
    """Return the inventory's number as a quantity; None where it only carries words."""
    numbers = {key: value[key] for key in ("value", "min", "max") if value.get(key) is not None} if value else {}
    if not value or not numbers:
        return None
    unit, factor = IN_ONE.get(value["unit"], (value["unit"], 1.0))
    return Quantity(**{key: number * factor for key, number in numbers.items()}, unit=unit)


def same(first: Quantity | None, second: Quantity | None) -> bool:
    if first is None or second is None:
        return first is second
    ends = [(first.value, second.value), (first.min, second.min), (first.max, second.max)]
    return first.unit == second.unit and all(
        a is b if a is None or b is None else math.isclose(a, b, rel_tol=1e-9) for a, b in ends
    )


def claim_of(knowledge: Knowledge, claim_id: str) -> Claim:
    return next(claim for claim in claims(knowledge) if claim.id == claim_id)


# -- the documents


def test_every_inventory_claim_of_these_topics_is_held_exactly_once(
    knowledge: Knowledge, inventory: dict[str, dict[str, Any]]
) -> None:
    held = Counter(claim.id for claim in claims(knowledge))
    assert len(inventory) > 300
    assert {claim_id: held[claim_id] for claim_id in inventory if held[claim_id] != 1} == {}


def test_every_held_claim_names_its_document_and_line_and_carries_its_number(
    knowledge: Knowledge, inventory: dict[str, dict[str, Any]]
) -> None:
    wrong = []
    for claim in claims(knowledge):
        row = inventory.get(claim.id.split("@")[0])
        if row is None:
            continue
        right = (
            claim.source == f"doc-{row['document'][:3]}"
            and claim.locator == f"line {row['line']}"
            and claim.status == "article"
            and same(claim.quantity, expected_quantity(row.get("value")))
        )
        if not right:
            wrong.append(claim.id)
    assert wrong == []


def test_what_only_sells_is_marked_and_never_decides(
    knowledge: Knowledge, inventory: dict[str, dict[str, Any]]
) -> None:
    marked = {claim.id.split("@")[0] for claim in claims(knowledge) if claim.marketing}
    assert marked & set(inventory) == SOLD
    deciding = {fact.resolution.claim for fact in knowledge.facts.values()}
    assert not deciding & {claim.id for claim in claims(knowledge) if claim.marketing}


def test_every_sentence_is_in_its_own_script(knowledge: Knowledge) -> None:
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    texts = [claim.says for claim in claims(knowledge)]
    texts += [text for fact in knowledge.facts.values() for text in (fact.title, fact.resolution.reason)]
    texts += [text for harm in knowledge.harms.values() for text in (harm.title, harm.leaflet)]
    texts += [text for ban in knowledge.bans.values() for text in (ban.title, ban.leaflet)]
    texts += [step.text for technique in knowledge.techniques.values() for step in technique.steps]
    assert [text for text in texts if cyrillic.search(text["en"]) or not cyrillic.search(text["ru"])] == []


# -- numbers


@pytest.mark.parametrize("fact_id", sorted(PLANNED))
def test_the_planners_number_exists_in_the_unit_it_is_read_in(knowledge: Knowledge, fact_id: str) -> None:
    unit = PLANNED[fact_id]
    quantity = knowledge.facts[fact_id].resolution.quantity
    if unit is None:
        assert quantity is None
    elif unit == "month":
        assert quantity is not None
        assert quantity.unit == "month"
    else:
        assert any(end is not None and end > 0 for end in knowledge.limits(fact_id, unit))


def test_the_documents_full_renewal_is_refuted_by_the_computed_covers(knowledge: Knowledge) -> None:
    fact = knowledge.facts["coverage.renewal"]
    numbers = {claim.id: claim.quantity.value for claim in fact.claims if claim.status == "C" and claim.quantity}
    disc_mm, full = 0.15, math.pi / (2 * math.sqrt(3))
    assert numbers["mesoplan-independent-sessions"] == pytest.approx(1 - 0.8**5, abs=5e-4)
    assert numbers["mesoplan-random-punctures"] == pytest.approx(1 - math.exp(-1), abs=5e-4)
    assert numbers["mesoplan-disc-packing"] == pytest.approx(full, abs=5e-4)
    assert numbers["mesoplan-best-five"] == pytest.approx(hexagonal_cover(1.0), abs=5e-4)
    assert numbers["mesoplan-gap-free-sessions"] == math.ceil(2 * math.pi / (3 * math.sqrt(3)) / 0.2)
    assert fact.resolution.quantity is not None
    assert fact.resolution.quantity.value == min(value for value in numbers.values() if value is not None)
    per_cm2 = claim_of(knowledge, "mesoplan-density-lattice").quantity
    assert per_cm2 is not None
    assert per_cm2.value == pytest.approx(0.2 / (math.pi * disc_mm**2) * 100, abs=0.5)


def hexagonal_cover(density: float) -> float:
    """Return the cover of a hexagonal lattice of discs whose areas sum up to `density`, discs overlapping in pairs."""
    pitch = math.sqrt(2 * math.pi / (math.sqrt(3) * density))  # of discs of radius 1
    half = pitch / 2
    lens = 2 * (math.acos(half) - half * math.sqrt(1 - half**2)) if half < 1 else 0.0
    return density - 3 * lens / (math.sqrt(3) / 2 * pitch**2)


def test_inches_convert_cleanly_and_only_the_shared_depth_stays(knowledge: Knowledge) -> None:
    quantity = claim_of(knowledge, "s0-depth-range-inch").quantity
    assert quantity is not None
    assert quantity.min is not None
    assert quantity.max is not None
    assert length_mm(quantity.min, "inch") == pytest.approx(25.4 / 32)
    assert length_mm(quantity.max, "inch") == pytest.approx(25.4 * 5 / 32)
    assert knowledge.limits("depth.device", "mm") == pytest.approx((25.4 / 32, 2.5))
    assert knowledge.limits("depth.hard_limit", "mm") == (None, 4.0)


@pytest.mark.parametrize(
    ("fact_id", "unit", "ends"),
    [
        ("coverage.fraction_per_session", "1", (0.2, 0.2)),
        ("coverage.microzone_width", "mm", (0.3, 0.3)),
        ("depth.label_not_evaluated", "mm", (None, 1.5)),
        ("volume.face_session_max", "ml", (None, 2.0)),
        ("interval.minimum", "d", (10, 10)),
        ("recovery.days", "d", (7, 7)),
        ("course.sessions_face", "sessions", (4, 6)),
        ("course.sessions_scars", "sessions", (4, 12)),
        ("course.per_year", "1/a", (None, 2)),
        ("onset.face", "sessions", (3, 3)),
        ("allergy_test.read_first", "h", (48, 48)),
        ("allergy_test.read_second", "h", (72, 96)),
        ("anaesthesia.wait", "min", (60, 60)),
        ("followup.week_12", "week", (12, 12)),
    ],
)
def test_the_number_that_plans_are_made_with_is_the_cautious_one(
    knowledge: Knowledge, fact_id: str, unit: str, ends: tuple[float | None, float | None]
) -> None:
    assert knowledge.limits(fact_id, unit) == ends


# -- bans and harms


def test_bans_keep_every_row_of_the_aftercare_table_at_its_cautious_default(knowledge: Knowledge) -> None:
    found = {
        ban.id: (knowledge.days(ban.before) if ban.before else None, knowledge.days(ban.after) if ban.after else None)
        for ban in knowledge.bans.values()
    }
    assert found == WINDOWS


def test_medicines_are_never_banned_and_a_doctor_decides_about_them(knowledge: Knowledge) -> None:
    medicine = re.compile(r"aspirin|anticoag|medicin|tablet|аспирин|антикоаг|лекарств|таблет", re.IGNORECASE)
    assert not [ban.id for ban in knowledge.bans.values() if medicine.search(str(ban.leaflet) + str(ban.title))]
    named = {ban.before for ban in knowledge.bans.values()} | {ban.after for ban in knowledge.bans.values()}
    for fact_id in ("aftercare.medicines", "preparation.medicines"):
        assert fact_id not in named
        assert knowledge.facts[fact_id].resolution.verdict == "PHYSICIAN"


def test_harms_keep_every_row_of_the_side_effect_table(knowledge: Knowledge) -> None:
    for harm_id, places in EFFECTS.items():
        fact = knowledge.facts[knowledge.harms[harm_id].fact]
        held = {f"{claim.source[4:]}:{claim.locator[5:]}" for claim in fact.claims if claim.source.startswith("doc-")}
        assert set(places.split()) <= held, harm_id


def test_harms_stand_with_the_serious_ones_first_and_expected_ones_last_with_their_end(knowledge: Knowledge) -> None:
    harms = list(knowledge.harms.values())
    ranks = [0 if harm.serious else 1 if harm.kind == "complication" else 2 for harm in harms]
    assert ranks == sorted(ranks)
    assert {harm.id for harm in harms if harm.urgent} == URGENT
    assert all(harm.serious for harm in harms if harm.urgent)
    assert all((harm.until is not None) == (harm.kind == "expected") for harm in harms)
    until = {harm.id: knowledge.days(harm.until) for harm in harms if harm.until is not None}
    assert until == NORMAL_UNTIL_DAYS
    assert knowledge.harms["papules_expected"].techniques == ("syringe",)


def test_each_side_effect_that_a_source_names_reaches_the_client(knowledge: Knowledge) -> None:
    shown = {harm.fact for harm in knowledge.harms.values()}
    assert {fact for fact in knowledge.facts if fact.startswith("harm.")} == shown


@pytest.mark.parametrize("language", ["en", "ru"])
def test_leaflet_sentences_are_short_and_speak_plainly(knowledge: Knowledge, language: str) -> None:
    entries: list[Ban | Harm] = [*knowledge.bans.values(), *knowledge.harms.values()]
    lengths = [len(entry.leaflet[language].split()) for entry in entries]
    assert max(lengths) <= 18
    assert sum(lengths) / len(lengths) <= 15
    terms = re.compile(r"necrosis|anaphyla|hyperaem|oedema|granulom|некроз|анафил|гиперем|гранул", re.IGNORECASE)
    assert not [entry.id for entry in entries if terms.search(entry.leaflet[language])]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_terms_in_the_titles_of_harms_are_explained_beside_them(knowledge: Knowledge, language: str) -> None:
    terms = re.compile(
        r"necrosis|anaphylaxis|tachycardia|atrophy|granuloma|hyperpigmentation"
        r"|некроз|анафилаксия|тахикардия|атрофия|гранулём|гиперпигм",
        re.IGNORECASE,
    )

    def glossed(harm: Harm) -> bool:
        return all("(" in harm.title[language] for _ in terms.findall(harm.title[language]))

    assert [harm.id for harm in knowledge.harms.values() if not glossed(harm)] == []


# -- techniques and indications


def test_each_technique_disinfects_before_and_after_and_waits_for_its_anaesthetic(knowledge: Knowledge) -> None:
    order = ["before", "anaesthesia", "antisepsis", "treatment", "finish", "after"]
    for technique in knowledge.techniques.values():
        phases = [step.phase for step in technique.steps]
        assert [order.index(phase) for phase in phases] == sorted(order.index(phase) for phase in phases)
        assert set(phases) == set(order) - (
            {"anaesthesia"} if "needle_free" in technique.tags or technique.at_home else set()
        )
        facts = [step.fact for step in technique.steps]
        assert facts.count("home.antisepsis" if technique.at_home else "antisepsis.when") == 2
        test = "allergy_test.contact_minutes" if technique.at_home else "allergy_test.read_second"
        assert facts.index(test) < phases.index("treatment")
        assert technique.facts["allergy_test_first"] == "allergy_test.read_first"


def test_no_technique_takes_over_what_the_documents_got_wrong(knowledge: Knowledge) -> None:
    for technique in knowledge.techniques.values():
        words = str([technique.rationale, technique.materials, [step.text for step in technique.steps]]).lower()
        assert "ice cream" not in words
        assert "мороженое" not in words
        assert "alcohol" not in words
        assert "спирт" not in words
    pen = knowledge.techniques["fractional_pen"]
    assert "never disinfected for another use" in str([step.text for step in pen.steps])


def test_the_device_is_planned_in_no_zone_where_it_cannot_work(knowledge: Knowledge) -> None:
    def zones(technique: str) -> set[str]:
        return {zone for name in knowledge.techniques[technique].zones for zone in knowledge.expand(name)}

    named = ("eyelid_upper", "infraorbital", "nose_wing")
    delicate = {zone for name in named for zone in knowledge.expand(name)}
    assert not delicate & zones("fractional_pen")
    assert delicate <= zones("classical_injection")
    never = {zone for zone in knowledge.zone_ids if not knowledge.zone_of(zone)[0].treatable}
    assert not never & (zones("fractional_pen") | zones("classical_injection"))


def test_techniques_carry_the_tags_that_rules_select_by(knowledge: Knowledge) -> None:
    tags = {technique.id: set(technique.tags) for technique in knowledge.techniques.values()}
    assert tags["fractional_pen"] == {"needles", "device", "solid_needle", "clinic"}
    assert tags["classical_injection"] == {"needles", "syringe", "hollow_needle", "clinic"}
    manners = {manner.id: set(manner.facts) for manner in knowledge.techniques["classical_injection"].manners}
    assert set(manners) == {"papules", "pricks"}
    assert all(roles >= {"depth", "angle", "spacing", "volume_per_point"} for roles in manners.values())


def test_each_goal_of_the_documents_is_there_and_each_technique_is_named_for_it_by_a_document(
    knowledge: Knowledge,
) -> None:
    assert set(knowledge.indications) == INDICATIONS
    assert {one.id for one in knowledge.techniques.values()} == {
        name for goal in knowledge.indications for name in knowledge.techniques_for(goal)
    }
    for indication in knowledge.indications.values():
        for fact_id in knowledge.techniques_for(indication.id).values():
            sources = {claim.source for claim in knowledge.facts[fact_id].claims}
            assert sources & {"doc-000", "doc-001", "doc-002", "doc-003", "doc-004"}, (indication.id, fact_id)
        zones = {zone for name in indication.zones for zone in knowledge.expand(name)}
        assert all(knowledge.zone_of(zone)[0].treatable for zone in zones)
    without = {
        role: {one.id for one in knowledge.indications.values() if role not in one.facts}
        for role in ("sessions", "interval", "onset", "duration")
    }
    assert without == {"sessions": NO_SESSIONS, "interval": set(), "onset": NO_ONSET, "duration": NO_DURATION}
    by_hand_only = {one.id for one in knowledge.indications.values() if "fractional_pen" not in one.techniques}
    assert by_hand_only == {"couperose", "dark_circles", "double_chin"}


def test_results_are_promised_modestly_in_both_languages(knowledge: Knowledge) -> None:
    results = {one.id: one.result for one in knowledge.indications.values()}
    assert [name for name, text in results.items() if NEVER_PROMISED.search(text["en"] + " " + text["ru"])] == []
    assert "not disappear" in results["scars"]["en"]
    assert all(re.search(r"\bmay\b|могут|может", text["en"]) for text in results.values())


def test_every_substance_class_that_an_indication_asks_for_has_injectable_members(knowledge: Knowledge) -> None:
    offered = {name for one in knowledge.substances.values() if one.injectable for name in one.classes}
    asked = {name for one in knowledge.indications.values() for name in one.cocktails}
    assert asked <= offered


# -- skin


@pytest.mark.parametrize(
    ("source", "layer", "numbers"),
    [
        ("chopra-2015", "dermis", {0.7589, 1.9692}),
        ("chopra-2015", "epidermis", {0.0626, 0.0296}),
        ("kim-2019", "full skin", {1.51, 0.55, 1.97, 0.84}),
        ("lee-hwang-2002", "full skin", {0.521, 0.626, 1.977}),
        ("lee-hwang-2002", "dermis", {1.318, 1.942}),
        ("laurent-2007", "full skin", {2.54, 2.02, 1.91, 1.55}),
        ("oltulu-2018", "dermis", {2.115, 5.888}),
        ("xu-2017", "epidermis", {0.09975, 0.08325, 0.11625}),
    ],
)
def test_the_atlas_holds_the_published_thickness(
    knowledge: Knowledge, source: str, layer: str, numbers: set[float]
) -> None:
    rows = [row for row in knowledge.thickness.values() if (row.source, row.layer) == (source, layer)]
    held = {number for row in rows for number in (row.mean_mm, row.sd_mm, row.min_mm, row.max_mm)}
    assert numbers <= held
    assert all(row.method for row in rows)


@pytest.mark.parametrize(
    ("row_id", "men", "women"),
    [
        ("meng-2022-forehead", (1.17, 0.28), (0.86, 0.16)),
        ("meng-2022-cheek-upper", (1.14, 0.21), (0.87, 0.35)),
        ("meng-2022-neck", (0.98, 0.22), (0.99, 0.20)),
    ],
)
def test_a_row_of_both_sexes_together_has_the_mean_and_spread_of_all(
    knowledge: Knowledge, row_id: str, men: tuple[float, float], women: tuple[float, float]
) -> None:
    groups = [(49, *men), (69, *women)]
    count = sum(n for n, _, _ in groups)
    mean = sum(n * m for n, m, _ in groups) / count
    squares = sum((n - 1) * sd**2 + n * m**2 for n, m, sd in groups) - count * mean**2
    row = knowledge.thickness[row_id]
    assert row.mean_mm == pytest.approx(mean, abs=5e-4)
    assert row.sd_mm == pytest.approx(math.sqrt(squares / (count - 1)), abs=5e-4)


def test_the_published_order_of_the_regions_holds_in_the_rows_derived_from_it(knowledge: Knowledge) -> None:
    thinnest = knowledge.thickness["kim-2019-nose"].mean_mm
    thickest = knowledge.thickness["kim-2019-infraorbital"].mean_mm
    for row_id in ("kim-2019-order-glabella", "kim-2019-order-perioral"):
        row = knowledge.thickness[row_id]
        assert thinnest == row.mean_mm
        assert row.mean_mm is not None
        assert thickest is not None
        assert row.mean_mm < thickest
        assert row.status == "C"


def test_the_vendors_chart_is_held_by_zone_and_never_deeper_in_thin_skin(knowledge: Knowledge) -> None:
    upper = {zone: row.thin_max_mm for row in knowledge.charts for name in row.zones for zone in knowledge.expand(name)}
    assert upper["forehead"] == 0.5
    assert upper["nose"] == upper["crows_feet_left"] == upper["perioral_upper"] == 0.25
    assert upper["chin"] == upper["cheek_lower_right"] == 1.0
    assert all(row.thick_max_mm is not None and row.thin_max_mm <= row.thick_max_mm for row in knowledge.charts)


# -- substances


def test_oils_and_alcohol_are_never_injectable(knowledge: Knowledge) -> None:
    for substance in knowledge.substances.values():
        if {"oils", "alcohols"} & set(substance.classes):
            assert not substance.injectable, substance.id
    names = Substances(knowledge.substances.values())
    for label in (
        "Ethyl alcohol",
        "спирт этиловый",
        "jojoba oil",
        "Оливковое масло",
        "эфирное масло",
        "Alcohol Denat.",
    ):
        assert all(not knowledge.substances[one].injectable for one in names.match(label) or {"hyaluronic_acid"}), label


@pytest.mark.parametrize(
    ("label", "substance"),
    [
        ("Sodium Hyaluronate", "hyaluronic_acid"),
        ("натрия гиалуронат", "hyaluronic_acid"),
        ("Chamomilla Recutita", "chamomile"),
        ("Витамин С", "ascorbic_acid"),
        ("ПДРН", "pdrn"),
        ("Novocain", "procaine"),
        ("нипагин", "parabens"),
        ("Lecithin", "phosphatidylcholine"),
        ("Aqua", "water"),
    ],
)
def test_an_ingredient_is_found_by_the_names_on_labels(knowledge: Knowledge, label: str, substance: str) -> None:
    assert Substances(knowledge.substances.values()).match(label) == frozenset({substance})


@pytest.mark.parametrize(
    ("allergy", "touched"),
    [
        ("лосось", {"pdrn", "chondroitin"}),
        ("новокаин", {"procaine", "tetracaine", "benzocaine"}),
        ("ragweed", {"chamomile", "arnica", "artichoke"}),
        ("укус осы", {"hyaluronidase"}),
        ("соя", {"phosphatidylcholine"}),
        ("lidocaine", {"lidocaine", "prilocaine"}),
    ],
)
def test_a_known_allergy_reaches_the_related_ingredients(knowledge: Knowledge, allergy: str, touched: set[str]) -> None:
    assert touched <= (Substances(knowledge.substances.values()).touched_by(allergy) or set())


def test_no_two_substances_share_a_name(knowledge: Knowledge) -> None:
    names = Counter(
        name
        for one in knowledge.substances.values()
        for name in {normalized(word) for word in (one.id, *one.name.values(), *one.synonyms)}
    )
    assert [name for name, count in names.items() if count > 1] == []
