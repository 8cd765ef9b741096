"""The contraindications of the five documents, as data: complete, at the right line, in both languages, and firing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.conditions import facts_in
from mesoplan.knowledge.load import DATA, Knowledge, load
from mesoplan.knowledge.model import Claim, Rule
from mesoplan.knowledge.verdict import Verdict
from mesoplan.screening.canaries import safe_answers, verify_canaries
from mesoplan.screening.engine import Screener
from mesoplan.screening.model import Screening

ON = date(2026, 11, 23)
ZONE = "forehead"
INVENTORY = Path(__file__).parent / "inventory.json"
CONTRAINDICATED, PHYSICIAN, DEFER, CAUTION = (
    Verdict.CONTRAINDICATED,
    Verdict.PHYSICIAN,
    Verdict.DEFER,
    Verdict.CAUTION,
)
FILES = (
    *(f"questions_{part}" for part in ("person", "pregnancy", "health", "infection", "medicines", "allergies")),
    *(f"questions_{part}" for part in ("skin", "recent_treatments", "agreement", "groups")),
    *("facts_contraindications", "facts_gaps", "rules_standing", "sources", "canaries"),
)


class Concept(NamedTuple):
    """One row of the table of contraindications: who is named where, and what must come of it."""

    rule: str
    verdict: Verdict
    lines: str
    answers: dict[str, Any]
    until: date | None = None


PERIOD = {
    "sex": "female",
    "menstruates": "yes",
    "menstruation_start": "2026-11-21",
    "cycle_regular": "yes",
    "cycle_length_days": 28,
    "bleeding_days": 5,
}
HERE = {"zones": [ZONE]}
PEEL = [{"date": "2026-11-18", "kind": "superficial", "zones": [ZONE]}]

# Entered from the documents: `0:119` is document 000, line 119.
CONCEPTS: dict[str, Concept] = {
    "pregnancy": Concept("pregnancy.yes", CONTRAINDICATED, "0:119 1:50 2:109 3:21 3:134 4:53", {"pregnancy": "yes"}),
    "lactation": Concept(
        "breastfeeding.no_end", CONTRAINDICATED, "0:119 1:53 2:109 3:21 3:134 4:53", {"breastfeeding": "yes"}
    ),
    "two months after birth": Concept(
        "birth_given.window", DEFER, "1:52", {"birth_given": [{"date": "2026-10-01"}]}, date(2026, 12, 1)
    ),
    "menstruation": Concept("menstruation_start.window", DEFER, "1:51 4:61", PERIOD, date(2026, 11, 26)),
    "days around its beginning": Concept(
        "menstruation_start.window", DEFER, "4:61", {**PERIOD, "menstruation_start": "2026-10-29"}, date(2026, 12, 1)
    ),
    "under 18": Concept("birth_date.minor", CONTRAINDICATED, "0:120 2:114 2:1 2:40 3:27", {"birth_date": "2008-11-24"}),
    "psycho-emotional": Concept("mental_health.yes", PHYSICIAN, "0:121", {"mental_health": "yes"}),
    "nervous system": Concept("nervous_system_disease.yes", PHYSICIAN, "0:121 1:55", {"nervous_system_disease": "yes"}),
    "epilepsy": Concept("epilepsy.ever", CONTRAINDICATED, "0:121 3:22 4:59", {"epilepsy": "past"}),
    "diabetes": Concept("diabetes.yes", PHYSICIAN, "0:122 2:105 4:56", {"diabetes": "yes"}),
    "inflammation": Concept("inflammation.zone", DEFER, "0:123 1:54 3:23", {"inflammation": HERE}),
    "sexually transmitted infection": Concept(
        "chronic_infection.yes", PHYSICIAN, "0:124", {"chronic_infection": "yes"}
    ),
    "skin disease": Concept("skin_disease.zone", PHYSICIAN, "0:125 1:54 2:106 3:131 4:55", {"skin_disease": HERE}),
    "wounds": Concept("wounds.zone", DEFER, "0:125 3:23 3:131", {"wounds": HERE}),
    "fungus": Concept("fungal_infection.zone", DEFER, "0:125", {"fungal_infection": HERE}),
    "dermatitis": Concept("dermatitis.zone", DEFER, "0:125 4:55", {"dermatitis": HERE}),
    "acute acne": Concept("active_acne.zone", DEFER, "4:37", {"active_acne": HERE}),
    "cold, flu, virus": Concept("acute_infection.yes", DEFER, "0:126 1:56", {"acute_infection": "yes"}),
    "infectious disease": Concept("acute_infection.yes", DEFER, "3:24 4:47", {"acute_infection": "yes"}),
    "fever": Concept("fever.yes", DEFER, "1:56 2:113", {"fever": "yes"}),
    "cancer": Concept("cancer.current", CONTRAINDICATED, "0:127 2:107 4:46", {"cancer": "current"}),
    "bleeding disorder": Concept(
        "bleeding_disorder.yes", CONTRAINDICATED, "0:128 1:58 2:112 3:132 4:49", {"bleeding_disorder": "yes"}
    ),
    "blood disease": Concept("blood_disease.yes", PHYSICIAN, "2:115 4:58", {"blood_disease": "yes"}),
    "heart disease": Concept("heart_disease.yes", PHYSICIAN, "0:129 2:108 3:130", {"heart_disease": "yes"}),
    "vascular disease": Concept("vascular_disease.yes", PHYSICIAN, "0:129 3:130", {"vascular_disease": "yes"}),
    "hypertension, 3rd degree": Concept("hypertension.grade_3", CONTRAINDICATED, "4:51", {"hypertension": "grade_3"}),
    "kidney": Concept("kidney_disease.yes", CONTRAINDICATED, "2:110 4:50", {"kidney_disease": "yes"}),
    "gallstones": Concept("gallstones.yes", CONTRAINDICATED, "2:111 4:57", {"gallstones": "yes"}),
    "allergy to a component": Concept(
        "allergies.listed", CAUTION, "2:104 3:20 3:133 4:52", {"allergies": ["hyaluronidase"]}
    ),
    "allergy to a medicine": Concept("drug_allergy.yes", PHYSICIAN, "4:48 2:104 0:154", {"drug_allergy": "yes"}),
    "keloid tendency": Concept("keloid_tendency.yes", CONTRAINDICATED, "4:54 3:55", {"keloid_tendency": "yes"}),
    "flare of a chronic disease": Concept("chronic_disease.flare", DEFER, "1:57", {"chronic_disease": "flare"}),
    "clotting medicines": Concept(
        "clotting_medicines.yes", PHYSICIAN, "0:152 4:61 4:67", {"clotting_medicines": "yes"}
    ),
    "chemical peel": Concept(
        "chemical_peel.window", DEFER, "3:25 1:60 2:100 4:84", {"chemical_peel": PEEL}, date(2026, 12, 2)
    ),
    "other aggressive treatment": Concept(
        "aggressive_treatment.window",
        DEFER,
        "1:60",
        {"aggressive_treatment": [{"date": "2026-11-18", "kind": "microneedling", "zones": [ZONE]}]},
        date(2026, 12, 2),
    ),
    "excessive exertion": Concept("heavy_exertion.yes", DEFER, "4:61", {"heavy_exertion": "yes"}),
}
UNDATED = {"inflammation", "wounds", "fungus", "dermatitis", "acute acne", "cold, flu, virus", "infectious disease"} | {
    "fever",
    "flare of a chronic disease",
    "excessive exertion",
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def screener(knowledge: Knowledge) -> Screener:
    return Screener(knowledge)


def screened(
    screener: Screener,
    knowledge: Knowledge,
    answers: dict[str, Any],
    indication: str = "rejuvenation",
    zone: str = ZONE,
) -> Screening:
    """Return the screening of an adult woman whose every other answer is at its safe side."""
    data = {
        "client": {"name": "Test", "identifier": "T-1"},
        "visit_date": ON,
        "goals": [{"indication": indication, "zones": [zone]}],
        "answers": {**safe_answers(knowledge, ON), "sex": "female", **answers},
    }
    return screener.screen(parse_intake(data, knowledge), ON)


def lines_of(claims: tuple[Claim, ...]) -> set[str]:
    """Return the places in the five documents that the claims name, as `0:119`."""
    found = {(claim.source, claim.locator) for claim in claims if claim.source.startswith("doc-")}
    return {f"{int(source[4:])}:{locator.removeprefix('line ')}" for source, locator in found}


def facts_behind(rule: Rule) -> set[str]:
    return {rule.fact, *facts_in(rule.when)}


def texts_in(value: Any) -> Iterator[dict[str, str]]:
    """Yield every text of a file's content."""
    if isinstance(value, dict):
        if "en" in value or "ru" in value:
            yield value
        else:
            for part in value.values():
                yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


def inventory() -> dict[str, dict[str, Any]]:
    rows = json.loads(INVENTORY.read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows if row["topic"] == "contraindication"}


def test_the_table_has_36_concepts() -> None:
    assert len(CONCEPTS) == 36


@pytest.mark.parametrize("name", CONCEPTS)
def test_every_concept_rests_on_all_the_lines_that_name_it(knowledge: Knowledge, name: str) -> None:
    concept = CONCEPTS[name]
    behind = facts_behind(knowledge.rules[concept.rule])
    claims = tuple(claim for fact in behind for claim in knowledge.facts[fact].claims)
    assert set(concept.lines.split()) <= lines_of(claims)


@pytest.mark.parametrize("name", CONCEPTS)
def test_every_concept_fires_its_rule_and_stops_the_treatment(
    knowledge: Knowledge, screener: Screener, name: str
) -> None:
    concept = CONCEPTS[name]
    screening = screened(screener, knowledge, concept.answers)
    fired = [one for one in screening.findings if one.rule == concept.rule and not one.missing]
    assert [one.verdict for one in fired] == [concept.verdict]
    assert fired[0].until == concept.until
    assert screening.may_treat == (concept.verdict is CAUTION)


def test_nothing_fires_for_a_client_with_none_of_them(knowledge: Knowledge, screener: Screener) -> None:
    screening = screened(screener, knowledge, {})
    assert screening.may_treat
    assert not {one.rule for one in screening.findings} & {concept.rule for concept in CONCEPTS.values()}


@pytest.mark.parametrize("name", sorted(UNDATED))
def test_what_waits_for_recovery_promises_no_date(knowledge: Knowledge, name: str) -> None:
    assert knowledge.rules[CONCEPTS[name].rule].undated


def test_every_contraindication_of_the_inventory_is_held_exactly_once_at_its_line(knowledge: Knowledge) -> None:
    rows = inventory()
    assert len(rows) == 86
    claims = [claim for fact in knowledge.facts.values() for claim in fact.claims]
    count = Counter(claim.id for claim in claims)
    assert {claim_id: count[claim_id] for claim_id in rows} == dict.fromkeys(rows, 1)
    for claim in claims:
        if claim.id in rows:
            row = rows[claim.id]
            assert (claim.source, claim.locator) == (f"doc-{row['document'][:3]}", f"line {row['line']}"), claim.id


def test_every_number_of_the_inventorys_contraindications_is_carried_by_its_claim(knowledge: Knowledge) -> None:
    claims = {claim.id: claim for fact in knowledge.facts.values() for claim in fact.claims}
    numbered = {claim_id: row["value"] for claim_id, row in inventory().items() if row.get("value")}
    assert len(numbered) == 6
    for claim_id, value in numbered.items():
        quantity = claims[claim_id].quantity
        assert quantity is not None, claim_id
        stated = (value.get("value"), value.get("min"), value.get("max", value.get("max_exclusive")), value["unit"])
        assert (quantity.value, quantity.min, quantity.max, quantity.unit) == stated, claim_id


def test_every_contraindication_carries_the_reading_of_its_source(knowledge: Knowledge) -> None:
    rows = inventory()
    claims = [claim for fact in knowledge.facts.values() for claim in fact.claims if claim.id in rows]
    general = {claim.id for claim in knowledge.facts["contraindication.general"].claims}
    assert {claim.id for claim in claims if claim.reading is None} == general & set(rows)


@pytest.mark.parametrize(
    "claim_id", ["s2-ben-few-contra", "s3-any-age@age.minimum", "s3-absolutely-harmless@contraindication.general"]
)
def test_a_selling_sentence_is_marked_and_decides_nothing(knowledge: Knowledge, claim_id: str) -> None:
    (fact,) = (fact for fact in knowledge.facts.values() if any(claim.id == claim_id for claim in fact.claims))
    (claim,) = (claim for claim in fact.claims if claim.id == claim_id)
    assert claim.marketing
    assert fact.resolution.claim != claim_id


def test_naming_the_third_trimester_does_not_permit_the_other_two(knowledge: Knowledge, screener: Screener) -> None:
    (claim,) = (c for c in knowledge.facts["contraindication.pregnancy"].claims if c.id == "s2-contra-third-trimester")
    assert claim.reading is CONTRAINDICATED
    assert knowledge.questions["pregnancy"].kind == "yes_no"  # no stage is asked, so none can permit


@pytest.mark.parametrize(
    "concept", ["mental_health", "nervous_system_disease", "heart_disease", "vascular_disease", "blood_disease"]
)
def test_a_concept_named_too_broadly_goes_to_a_doctor_though_the_sources_block(
    knowledge: Knowledge, concept: str
) -> None:
    fact = knowledge.facts[f"contraindication.{concept}"]
    assert CONTRAINDICATED in {claim.reading for claim in fact.claims}
    assert (fact.resolution.method, fact.resolution.verdict) == ("broad concept", PHYSICIAN)


@pytest.mark.parametrize(
    ("indication", "zone", "answers"),
    [
        ("couperose", "cheek_upper_left", {"telangiectasia_cause_excluded": "yes"}),
        ("post_acne", "cheek_upper_left", {}),
        ("scars", "cheek_upper_left", {"scars": [{"kind": "atrophic", "zones": ["cheek_upper_left"]}]}),
        ("rejuvenation", ZONE, {"hypertension": "controlled", "clotting_medicines": "no"}),
        ("rejuvenation", ZONE, {"wounds": {"zones": ["chin"]}, "active_acne": {"zones": ["chin"]}}),
        ("rejuvenation", ZONE, {"chemical_peel": [{"date": "2026-11-09", "kind": "medium", "zones": [ZONE]}]}),
    ],
)
def test_what_the_programme_is_for_and_what_lies_elsewhere_does_not_block(
    knowledge: Knowledge, screener: Screener, indication: str, zone: str, answers: dict[str, Any]
) -> None:
    assert screened(screener, knowledge, answers, indication, zone).may_treat


def test_an_unknown_menstruation_is_asked_though_dates_are_entered(knowledge: Knowledge, screener: Screener) -> None:
    dates = {**PERIOD, "menstruation_start": "2026-11-09"}
    assert screened(screener, knowledge, dates).may_treat
    assert screened(screener, knowledge, {**dates, "menstruates": "unknown"}).headline is Verdict.NEEDS_INFO


def test_a_keloid_elsewhere_blocks_the_person_and_a_raised_scar_its_zone(
    knowledge: Knowledge, screener: Screener
) -> None:
    keloid = screened(screener, knowledge, {"scars": [{"kind": "keloid", "zones": ["back"]}]})
    assert keloid.headline is CONTRAINDICATED
    raised = screened(screener, knowledge, {"scars": [{"kind": "hypertrophic", "zones": ["chin"]}]})
    assert raised.may_treat


@pytest.mark.parametrize(
    ("kind", "day", "verdict", "until"),
    [
        ("deep", "2026-11-01", DEFER, date(2027, 2, 1)),
        ("unknown", "2026-11-01", Verdict.NEEDS_INFO, None),
        ("superficial", "2026-11-01", Verdict.CLEARED, None),
    ],
)
def test_a_peel_three_weeks_ago_depends_on_its_depth(
    knowledge: Knowledge, screener: Screener, kind: str, day: str, verdict: Verdict, until: date | None
) -> None:
    peel = {"date": day, "kind": kind, "zones": [ZONE]}
    screening = screened(screener, knowledge, {"chemical_peel": [peel]})
    assert screening.headline is verdict
    assert {one.until for one in screening.findings if one.rule == "chemical_peel.deep_window"} <= {until}
    assert screening.missing == (("chemical_peel",) if kind == "unknown" else ())


@pytest.mark.parametrize(
    ("tag", "zone", "verdict"),
    [
        ("device", "eyelid_upper", CONTRAINDICATED),
        ("device", "infraorbital", CONTRAINDICATED),
        ("device", "nose_wing", CONTRAINDICATED),
        ("syringe", "eyelid_upper", PHYSICIAN),
        ("syringe", "infraorbital", PHYSICIAN),
        ("syringe", "nose_wing", CAUTION),
        *(
            (tag, zone, CONTRAINDICATED)
            for tag in ("device", "syringe")
            for zone in ("brow", "eye", "nostril", "mouth")
        ),
        *((tag, zone, CONTRAINDICATED) for tag in ("device", "syringe") for zone in ("lip_upper", "lip_lower")),
    ],
)
def test_standing_rules_close_the_delicate_zones(knowledge: Knowledge, tag: str, zone: str, verdict: Verdict) -> None:
    standing = [rule for rule in knowledge.rules.values() if knowledge.asked_by[rule.id] is None]
    found = {
        rule.verdict
        for rule in standing
        if zone in getattr(rule.when, "zone", ()) and ("all" in rule.applies_to or tag in rule.applies_to)
    }
    assert found == {verdict}


@pytest.mark.parametrize("name", FILES)
def test_every_text_stands_in_both_languages(name: str) -> None:
    texts = list(texts_in(yaml.load((DATA / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)))
    assert texts or name == "canaries"
    for text in texts:
        assert set(text) == {"en", "ru"}, text
        assert re.search("[а-яё]", text["ru"], re.IGNORECASE), text
        assert text["en"].isascii() or not re.search("[а-яё]", text["en"], re.IGNORECASE), text


# A word for leaving a medicine off is allowed only right behind a word that forbids it.
STOP = {
    "en": (r"\b(stop|discontinue|interrupt|pause|withdraw|skip|leave off|go without)\w*", r"\b(not|never)\s+$"),
    "ru": (r"\b(отмен|прекра[тщ]|прерв|прерыв|перест|приостан|исключ)\w*", r"\b(не|никогда не)\s+$"),
}


def medicine_texts(knowledge: Knowledge) -> Iterator[dict[str, str]]:
    for question in knowledge.questions.values():
        # a supplement is the client's own choice; everything else here may be prescribed
        prescribed = question.group == "medicines" and question.id != "bleeding_supplements"
        if prescribed or question.id in ("hypertension", "mental_health"):
            yield question.text
            yield question.help or {}
            for rule in question.rules:
                yield from (text for text in (rule.says, rule.client, rule.next_step) if text is not None)


def test_no_text_about_medicines_advises_to_stop_one(knowledge: Knowledge) -> None:
    for text in medicine_texts(knowledge):
        for language, sentence in text.items():
            word, forbidden = STOP[language]
            for found in re.finditer(word, sentence, re.IGNORECASE):
                assert re.search(forbidden, sentence[: found.start()], re.IGNORECASE), sentence


def test_clotting_medicines_go_to_a_doctor_without_any_window(knowledge: Knowledge) -> None:
    (rule,) = knowledge.questions["clotting_medicines"].rules
    assert rule.verdict is PHYSICIAN
    assert not facts_in(rule.when)
    assert rule.client is not None
    assert rule.next_step is not None
    for text in (rule.client, rule.next_step):
        assert "o not stop a prescribed medicine" in text["en"]
        assert "не отменяйте" in text["ru"]


def test_every_canary_is_stopped(knowledge: Knowledge, screener: Screener) -> None:
    assert len(knowledge.canaries) >= 20
    verify_canaries(knowledge, screener)
