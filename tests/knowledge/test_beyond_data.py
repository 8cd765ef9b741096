"""The conditions beyond the five documents, as data: each is asked, fires, ends when it should, and has a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
import yaml

from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.load import DATA, Knowledge, load
from mesoplan.knowledge.model import Fact, Question, Rule, Source
from mesoplan.knowledge.texts import raw_texts, texts_in
from mesoplan.knowledge.verdict import Verdict
from mesoplan.screening.canaries import safe_answers
from mesoplan.screening.engine import Screener
from mesoplan.screening.model import Screening

ON = date(2026, 11, 23)
ZONE, ELSEWHERE = "forehead", "chin"
CONTRAINDICATED, PHYSICIAN, DEFER = Verdict.CONTRAINDICATED, Verdict.PHYSICIAN, Verdict.DEFER
NEEDS_INFO, CAUTION, CLEARED = Verdict.NEEDS_INFO, Verdict.CAUTION, Verdict.CLEARED
HERE = {"zones": [ZONE]}


def at(day: str, **more: str) -> list[dict[str, Any]]:
    return [{"date": day, "zones": [ZONE], **more}]


class Row(NamedTuple):
    """What is answered, what the rule must say of it, and until when; `local`: nothing is said of another zone."""

    verdict: Verdict
    answers: dict[str, Any]
    local: bool = False
    until: date | None = None


# Ends were counted on a calendar from the sources' lengths, not read from the knowledge.
ROWS = {
    "autoimmune_disease.yes": Row(PHYSICIAN, {"autoimmune_disease": "yes"}),
    "immunosuppression.yes": Row(PHYSICIAN, {"immunosuppression": "yes"}),
    "frailty.yes": Row(PHYSICIAN, {"frailty": "yes"}),
    "fainting.yes": Row(CAUTION, {"fainting": "yes"}),
    "herpes_active.yes": Row(DEFER, {"herpes_active": {"zones": [ELSEWHERE]}}),
    "herpes_history.yes": Row(CAUTION, {"herpes_history": "yes"}),
    "isotretinoin.current": Row(DEFER, {"isotretinoin": "current"}),
    "isotretinoin_stopped_on.window": Row(
        DEFER, {"isotretinoin": "stopped", "isotretinoin_stopped_on": "2026-06-01"}, until=date(2026, 12, 1)
    ),
    "photosensitising_medicines.yes": Row(CAUTION, {"photosensitising_medicines": "yes"}),
    "bleeding_supplements.yes": Row(CAUTION, {"bleeding_supplements": "yes"}),
    "anaesthetic_reaction.yes": Row(PHYSICIAN, {"anaesthetic_reaction": "yes"}),
    "latex_allergy.yes": Row(CAUTION, {"latex_allergy": "yes"}),
    "metal_allergy.yes": Row(PHYSICIAN, {"metal_allergy": "yes"}),
    "anaphylaxis_history.yes": Row(PHYSICIAN, {"anaphylaxis_history": "yes"}),
    "phototype.light": Row(CLEARED, {"phototype": "III"}),
    "phototype.dark": Row(CAUTION, {"phototype": "IV"}),
    "warts.zone": Row(DEFER, {"warts": HERE}, local=True),
    "changing_naevus.yes": Row(PHYSICIAN, {"changing_naevus": {"zones": [ELSEWHERE]}}),
    "naevi.zone": Row(CAUTION, {"naevi": HERE}, local=True),
    "skin_cancer.zone": Row(CONTRAINDICATED, {"skin_cancer": HERE}, local=True),
    "rosacea_active.zone": Row(DEFER, {"rosacea_active": HERE}, local=True),
    "melasma.zone": Row(CAUTION, {"melasma": HERE}, local=True),
    "sunburn_or_tan.sunburn": Row(
        DEFER, {"sunburn_or_tan": at("2026-11-20", kind="sunburn")}, local=True, until=date(2026, 12, 4)
    ),
    "sunburn_or_tan.tan": Row(
        DEFER, {"sunburn_or_tan": at("2026-11-10", kind="tan")}, local=True, until=date(2026, 11, 24)
    ),
    "filler.window": Row(DEFER, {"filler": at("2026-11-20")}, local=True, until=date(2026, 12, 4)),
    "filler.present": Row(CAUTION, {"filler": at("2016-11-20")}, local=True),
    "toxin.other_lists": Row(CAUTION, {"toxin": at("2026-06-01")}, local=True),
    "toxin.window": Row(DEFER, {"toxin": at("2026-11-10")}, local=True, until=date(2026, 11, 24)),
    "threads.window": Row(DEFER, {"threads": at("2026-05-01")}, local=True, until=date(2027, 1, 1)),
    "threads.present": Row(CAUTION, {"threads": at("2016-11-20")}, local=True),
    "surgery.window": Row(
        DEFER, {"surgery": at("2025-12-24"), "surgeon_clearance": "yes"}, local=True, until=date(2026, 12, 24)
    ),
    "surgeon_clearance.missing": Row(
        PHYSICIAN, {"surgery": [{"date": "2026-10-01", "zones": ["abdomen"]}], "surgeon_clearance": "no"}
    ),
    "surgeon_clearance.refused": Row(
        CAUTION, {"surgery": [{"date": "2019-10-01", "zones": ["abdomen"]}], "surgeon_clearance": "no"}
    ),
    "radiotherapy.zone": Row(PHYSICIAN, {"radiotherapy": at("1999-05-01")}, local=True),
    "radiotherapy.window": Row(DEFER, {"radiotherapy": at("2026-10-01")}, local=True, until=date(2027, 1, 1)),
    "topical_retinoid_or_acid.window": Row(
        DEFER, {"topical_retinoid_or_acid": at("2026-11-21")}, local=True, until=date(2026, 11, 28)
    ),
    "vaccination.window": Row(DEFER, {"vaccination": [{"date": "2026-11-12"}]}, until=date(2026, 11, 26)),
    "previous_complication.yes": Row(PHYSICIAN, {"previous_complication": "yes"}),
}
STANDING = {"zone.orbital_margin", "zone.orbital_margin_syringe", "goal.double_chin", "herpes_history.mouth"}
UNDATED = {"herpes_active.yes", "isotretinoin.current", "warts.zone", "rosacea_active.zone"}
ORDERED = {
    "phototype": ("I", "II", "III", "IV", "V", "VI"),
    "isotretinoin": ("never", "stopped", "current"),
    "surgeon_clearance": ("yes", "no"),
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def screener(knowledge: Knowledge) -> Screener:
    return Screener(knowledge)


FILES = {path.stem: yaml.safe_load(path.read_bytes()) for path in sorted(DATA.glob("*supplement*.yaml"))}


def ids(kind: str) -> set[str]:
    return {item["id"] for content in FILES.values() for item in content.get(kind, ())}


def questions(knowledge: Knowledge) -> list[Question]:
    return [knowledge.questions[one] for one in sorted(ids("questions"))]


def facts(knowledge: Knowledge) -> list[Fact]:
    return [knowledge.facts[one] for one in sorted(ids("facts"))]


def rules(knowledge: Knowledge) -> list[Rule]:
    standing = [knowledge.rules[one] for one in sorted(ids("rules"))]
    return standing + [rule for question in questions(knowledge) for rule in question.rules]


def screened(
    screener: Screener, knowledge: Knowledge, answers: dict[str, Any], zone: str = ZONE, on: date = ON
) -> Screening:
    raw = {
        "client": {"name": "A. Client", "identifier": "1", "language": "en"},
        "visit_date": on.isoformat(),
        "goals": [{"indication": "rejuvenation", "zones": [zone]}],
        "answers": {**safe_answers(knowledge, on), **answers},
    }
    return screener.screen(parse_intake(raw, knowledge), on)


def fired(screening: Screening, rule: str) -> list[tuple[Verdict, date | None]]:
    return [
        (one.verdict, one.until) for one in screening.findings if one.rule == rule and one.verdict is not NEEDS_INFO
    ]


# -- what the rules say


def test_no_rule_is_left_without_a_row(knowledge: Knowledge) -> None:
    assert {rule.id for rule in rules(knowledge)} == set(ROWS) | STANDING | {"photosensitising_medicines.laser"}


def test_a_medicine_that_sensitises_to_light_rules_out_laser_and_nothing_else(
    knowledge: Knowledge, screener: Screener
) -> None:
    screening = screened(screener, knowledge, {"photosensitising_medicines": "yes"})
    blocked = {cell.technique for cell in screening.cells if not cell.may_treat}
    lit = {one.id for one in knowledge.techniques.values() if "laser" in one.tags}
    assert lit <= blocked
    assert {"fractional_pen", "classical_injection", "iontophoresis", "oxygen", "ultrasound"}.isdisjoint(blocked)


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_the_condition_gives_its_verdict_and_its_end(knowledge: Knowledge, screener: Screener, rule: str) -> None:
    row = ROWS[rule]
    screening = screened(screener, knowledge, row.answers)
    assert fired(screening, rule) == [(row.verdict, row.until)]
    assert screening.may_treat == (row.verdict in (CAUTION, CLEARED))


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_a_local_condition_leaves_another_zone_alone_and_a_general_one_does_not(
    knowledge: Knowledge, screener: Screener, rule: str
) -> None:
    row = ROWS[rule]
    elsewhere = screened(screener, knowledge, row.answers, "cheek_lower_left")
    assert bool(fired(elsewhere, rule)) != row.local
    assert elsewhere.may_treat == (row.local or row.verdict in (CAUTION, CLEARED))


@pytest.mark.parametrize("rule", sorted(rule for rule, row in ROWS.items() if row.until))
def test_a_window_holds_on_its_last_day_and_is_over_on_the_next(
    knowledge: Knowledge, screener: Screener, rule: str
) -> None:
    row = ROWS[rule]
    assert row.until is not None
    last_day = row.until - timedelta(days=1)
    assert fired(screened(screener, knowledge, row.answers, on=last_day), rule) == [(DEFER, row.until)]
    assert fired(screened(screener, knowledge, row.answers, on=row.until), rule) == []


@pytest.mark.parametrize("question", sorted(ids("questions") - {"isotretinoin_stopped_on", "surgeon_clearance"}))
def test_an_unknown_answer_never_passes(knowledge: Knowledge, screener: Screener, question: str) -> None:
    screening = screened(screener, knowledge, {question: "unknown"})
    assert not screening.may_treat
    assert question in screening.missing


@pytest.mark.parametrize("rule", sorted(rule for rule, row in ROWS.items() if row.until and row.local))
def test_a_window_without_its_day_asks_for_it(knowledge: Knowledge, screener: Screener, rule: str) -> None:
    (question,) = (name for name in ROWS[rule].answers if name != "surgeon_clearance")
    event = {**ROWS[rule].answers[question][0], "date": "unknown"}
    screening = screened(screener, knowledge, {**ROWS[rule].answers, question: [event]})
    assert not screening.may_treat
    assert question in screening.missing


@pytest.mark.parametrize("question", ["warts", "changing_naevus", "skin_cancer", "rosacea_active"])
def test_a_place_that_is_not_named_counts_everywhere(knowledge: Knowledge, screener: Screener, question: str) -> None:
    assert not screened(screener, knowledge, {question: "yes"}).may_treat


def test_what_waits_for_recovery_promises_no_date(knowledge: Knowledge) -> None:
    assert {rule.id for rule in rules(knowledge) if rule.undated} == UNDATED


def test_answers_run_from_the_safe_to_the_dangerous_side(knowledge: Knowledge) -> None:
    for question in questions(knowledge):
        if question.kind in ("yes_no", "choice"):
            assert question.order == ORDERED.get(question.id, ("no", "yes")), question.id


# -- whom they must not refuse


@pytest.mark.parametrize(
    "answers",
    [
        {"toxin": at("2026-11-09")},
        {"toxin": at("2026-08-23")},
        {"filler": at("2026-11-09")},
        {"herpes_history": "yes", "fainting": "yes", "bleeding_supplements": "yes"},
        {"phototype": "VI", "melasma": HERE, "naevi": HERE},
        {"isotretinoin": "stopped", "isotretinoin_stopped_on": "2026-05-23"},
        {"surgery": [{"date": "2019-10-01", "zones": [ZONE]}], "surgeon_clearance": "yes"},
        {"surgery": [{"date": "2026-10-01", "zones": ["abdomen"]}], "surgeon_clearance": "yes"},
        {"surgery": [{"date": "2026-08-23", "zones": ["abdomen"]}], "surgeon_clearance": "unknown"},
        {"surgery": [{"date": "2025-11-23", "zones": [ZONE]}], "surgeon_clearance": "unknown"},
        {"sunburn_or_tan": at("2026-11-09", kind="unknown")},
    ],
)
def test_whom_no_good_source_refuses_may_be_treated(
    knowledge: Knowledge, screener: Screener, answers: dict[str, Any]
) -> None:
    assert screened(screener, knowledge, answers).may_treat


def test_the_surgeon_is_asked_only_while_it_matters(knowledge: Knowledge, screener: Screener) -> None:
    for day, asked in (("2026-10-01", True), ("unknown", True), ("2026-08-23", False)):
        surgery = [{"date": day, "zones": ["abdomen"]}]
        screening = screened(screener, knowledge, {"surgery": surgery, "surgeon_clearance": "unknown"})
        assert ("surgeon_clearance" in screening.missing) == asked, day


def test_the_surgeons_word_is_asked_for_exactly_as_long_as_its_rule_can_fire(knowledge: Knowledge) -> None:
    question = knowledge.questions["surgeon_clearance"]
    rule = knowledge.rules["surgeon_clearance.missing"]
    assert isinstance(rule.when, c.All)
    assert question.applies_when in rule.when.all
    assert {one.verdict for one in question.rules if one is not rule} == {CAUTION}


@pytest.mark.parametrize(
    ("answers", "gated"),
    [
        ({"isotretinoin": "never", "isotretinoin_stopped_on": "2026-11-01"}, "isotretinoin_stopped_on"),
        ({"isotretinoin": "stopped", "isotretinoin_stopped_on": "2026-11-01"}, "isotretinoin_stopped_on"),
        ({"surgery": at("2019-05-02"), "surgeon_clearance": "no"}, "surgeon_clearance"),
        ({"surgery": at("2026-10-01"), "surgeon_clearance": "no"}, "surgeon_clearance"),
    ],
)
def test_forgetting_an_answer_that_may_be_out_of_play_lets_nobody_through(
    knowledge: Knowledge, screener: Screener, answers: dict[str, Any], gated: str
) -> None:
    known = screened(screener, knowledge, answers)
    forgotten = screened(screener, knowledge, {**answers, gated: "unknown"})
    assert known.may_treat or not forgotten.may_treat


def test_a_metal_allergy_concerns_needles_and_the_metal_of_electrodes_and_tips_alike(knowledge: Knowledge) -> None:
    assert knowledge.rules["metal_allergy.yes"].applies_to == ("all",)


def test_crows_feet_by_device_are_treated_beyond_the_orbital_margin_only(
    knowledge: Knowledge, screener: Screener
) -> None:
    rule = knowledge.rules["zone.orbital_margin"]
    assert (rule.verdict, rule.applies_to, rule.fact) == (CAUTION, ("device",), "margin.orbital_rim")
    found = fired(screened(screener, knowledge, {}, "crows_feet_left"), "zone.orbital_margin")
    assert found == [(CAUTION, None)]
    claims = {claim.id: claim for claim in knowledge.facts["margin.orbital_rim"].claims}
    assert claims["skinpen-label-orbital"].reading is CONTRAINDICATED
    assert knowledge.value("margin.orbital_rim", "mm") == claims["newcastle-crowsfeet-orbital"].quantity.high  # type: ignore[union-attr]


# -- what they rest on


def test_every_question_has_a_rule_that_reads_it(knowledge: Knowledge) -> None:
    read = {question for rule in rules(knowledge) for question in c.questions_in(rule.when)}
    assert {question.id for question in questions(knowledge)} == read


def test_every_rule_rests_on_a_source_from_outside_the_project(knowledge: Knowledge) -> None:
    for rule in rules(knowledge):
        kinds = {knowledge.sources[claim.source].kind for claim in knowledge.facts[rule.fact].claims}
        assert kinds - {"project"}, rule.id


@pytest.mark.parametrize("source", sorted(ids("sources")))
def test_every_source_is_named_by_a_claim_and_says_where_it_is_found(knowledge: Knowledge, source: str) -> None:
    assert source in {claim.source for fact in knowledge.facts.values() for claim in fact.claims}
    found: Source = knowledge.sources[source]
    assert found.address or found.date, source


def test_a_choice_of_the_project_is_marked_as_one_and_explained(knowledge: Knowledge) -> None:
    for fact in facts(knowledge):
        own = {claim.id for claim in fact.claims if claim.source == "mesoplan"}
        assert {claim.id for claim in fact.claims if claim.status == "P"} == own
        assert (fact.resolution.method == "project") <= (fact.resolution.claim in own), fact.id


@pytest.mark.parametrize(
    ("fact_id", "longest"), [("gap.toxin", "esthetik-mtl-toxin"), ("gap.filler", "balance-dayspa-filler")]
)
def test_a_consensus_outweighs_a_clinics_longer_wait_which_stays_visible(
    knowledge: Knowledge, fact_id: str, longest: str
) -> None:
    fact = knowledge.facts[fact_id]
    claims = {claim.id: claim for claim in fact.claims}
    assert fact.resolution.claim is not None
    assert knowledge.sources[claims[fact.resolution.claim].source].kind == "consensus"
    assert knowledge.sources[claims[longest].source].kind == "vendor"
    assert knowledge.days(fact_id) == 14
    longer = claims[longest].quantity
    assert longer is not None
    assert longer.unit == "month"


def test_the_drugs_label_decides_on_isotretinoin_and_the_doubt_is_shown(knowledge: Knowledge) -> None:
    fact = knowledge.facts["gap.isotretinoin"]
    claims = {claim.id: claim for claim in fact.claims}
    assert knowledge.sources[claims[str(fact.resolution.claim)].source].kind == "label"
    assert "spring-2017-wait" in claims
    assert claims["spring-2017-wait"].reading is None


# -- how they say it


@pytest.mark.parametrize("name", sorted(set(FILES) - {"sources_supplement"}))
def test_every_text_stands_in_both_languages(name: str) -> None:
    content = FILES[name]
    found = [text for _, text in raw_texts(content, "", "en")]
    assert len(found) == len([text for _, text in raw_texts(content, "", "ru")])
    for text in found:
        assert set(text) == {"en", "ru"}, text
        assert not re.search("[а-яё]", text["en"], re.IGNORECASE), text
        assert re.search("[а-яё]", text["ru"], re.IGNORECASE) or re.fullmatch(r"\W*", text["ru"]), text


def test_every_finding_tells_the_client_and_the_next_step(knowledge: Knowledge) -> None:
    for rule in rules(knowledge):
        if rule.verdict is not CLEARED:
            assert rule.client, rule.id
            assert rule.next_step, rule.id


# A word for leaving a medicine off stands only behind a word that forbids it. A cosmetic's pause and a supplement's
# are the client's own choice, and the sentences say that what a doctor ordered is not meant.
STOP = {
    "en": (r"\b(stop(?!per)|discontinu|interrupt|withdraw|come off|leave off|give up)\w*", r"\b(not|never)\s+$"),
    "ru": (r"\b(отмен|прекрат|прекращ|прерв|прерыв|перест|приостан)\w*", r"\bне\s+$"),
}
PAUSE = re.compile(r"\b(pause|перерыв)", re.IGNORECASE)
DOCTORS_WORD = re.compile(r"doctor|врач", re.IGNORECASE)


def advice(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield (language, sentence) of everything said to a reader; what a source says is no advice of ours."""
    for question in questions(knowledge):
        for _, text in texts_in(question):
            yield from text.items()
    for fact in facts(knowledge):
        yield from fact.resolution.reason.items()


def test_no_text_advises_to_stop_a_medicine(knowledge: Knowledge) -> None:
    for language, text in advice(knowledge):
        word, forbidden = STOP[language]
        for found in re.finditer(word, text, re.IGNORECASE):
            assert re.search(forbidden, text[: found.start()], re.IGNORECASE), text
        if PAUSE.search(text):
            assert DOCTORS_WORD.search(text), text


@pytest.mark.parametrize(
    "rule",
    ["immunosuppression.yes", "isotretinoin.current", "photosensitising_medicines.yes", "autoimmune_disease.yes"],
)
def test_where_medicines_are_the_matter_the_text_says_not_to_stop_them(knowledge: Knowledge, rule: str) -> None:
    text = knowledge.rules[rule].next_step
    assert text is not None
    assert "o not stop a prescribed medicine" in text["en"]
    assert re.search(r"[Нн]азначенн\w+ лекарств\w+ не отменяйте", text["ru"])
