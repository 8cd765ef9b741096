"""The rules against the clinician's own tables: single answers, pairs and triples, windows, and who must proceed."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from mesoplan.knowledge.model import Quantity
from mesoplan.screening.engine import Screener
from screening import rows
from screening.cases import BASELINE, DATED, KNOWLEDGE, MUST_PROCEED, ON, ORACLE, ZONES, intake


def always_fresh():
    """Return the knowledge as if neither it nor an answer ever went stale; that has its own tests."""
    validity = KNOWLEDGE.facts["screening.validity"]
    longer = validity.resolution.model_copy(update={"quantity": Quantity(value=9999, unit="d")})
    return replace(
        KNOWLEDGE,
        release=KNOWLEDGE.release.model_copy(update={"review_by": KNOWLEDGE.release.review_by.replace(year=2100)}),
        facts={**KNOWLEDGE.facts, validity.id: validity.model_copy(update={"resolution": longer})},
    )


ALWAYS_FRESH = always_fresh()
SCREENER = Screener(ALWAYS_FRESH)
SAMPLED_TRIPLES = 20_000


@pytest.mark.parametrize("row", ORACLE["rows"], ids=lambda row: row["id"])
def test_every_single_answer_gets_the_clinicians_verdict(row):
    assert not rows.single(SCREENER, row)


@pytest.mark.parametrize("row", DATED["windows"], ids=lambda row: row["id"])
def test_every_window_opens_and_closes_on_the_clinicians_day(row):
    assert not rows.dated(SCREENER, row)


@pytest.mark.parametrize("client", MUST_PROCEED["clients"], ids=lambda client: client["id"])
def test_a_client_who_must_proceed_is_never_refused(client):
    assert not rows.proceeding(SCREENER, client)


def test_at_least_sixty_clients_must_proceed():
    assert len({client["id"] for client in MUST_PROCEED["clients"]}) >= 60


def singles():
    """Return for each row of single answers its changed answers as parsed, and per cell whether it may be treated."""
    found = []
    for row in ORACLE["rows"]:
        if "goals" in row or not row["answers"]:
            continue
        parsed = intake(row["answers"]).answers
        allowed = {
            (technique, zone): expected["may_treat"] for technique, zone, expected in rows.places(row, row["expect"])
        }
        found.append((row["id"], {name: parsed[name] for name in row["answers"]}, allowed))
    return found


PLAIN, SINGLES = intake({}), singles()


def wrongly_treated(group):
    """Return the cells that a combination treats although one of its answers alone forbids it."""
    changed = {}
    for _, answers, _ in group:
        changed |= answers
    screening = SCREENER.screen(replace(PLAIN, answers={**PLAIN.answers, **changed}), ON)
    return [
        ([name for name, _, _ in group], cell.technique, cell.zone)
        for cell in screening.cells
        if cell.may_treat and not all(allowed.get((cell.technique, cell.zone), True) for _, _, allowed in group)
    ]


CYCLE = {"menstruates", "menstruation_start", "cycle_regular", "cycle_length_days", "bleeding_days"}
NOT_OF_A_MAN = {"pregnancy", "birth_given", "breastfeeding", "menstruates", "menstruation_start"}


def apart(group):
    """Return whether the rows answer different questions and can be true of one client, each as if it stood alone.

    The questions on the cycle describe one thing together, and of a man nothing unknown is asked that is a woman's.
    """
    names = [name for _, answers, _ in group for name in answers]
    cycles = sum(not CYCLE.isdisjoint(answers) for _, answers, _ in group)
    unknown = {name for _, answers, _ in group for name, answer in answers.items() if answer.state == "unknown"}
    man = any(answers.get("sex") and answers["sex"].code == "male" for _, answers, _ in group)
    return len(names) == len(set(names)) and cycles < 2 and not (man and unknown & NOT_OF_A_MAN)


def test_no_pair_of_answers_is_treated_wrongly():
    pairs = [pair for pair in itertools.combinations(SINGLES, 2) if apart(pair)]
    assert len(pairs) > 60_000
    assert [one for pair in pairs for one in wrongly_treated(pair)] == []


def test_no_sampled_triple_of_answers_is_treated_wrongly():
    drawn = random.Random(20261123)
    triples = [tuple(drawn.sample(SINGLES, 3)) for _ in range(SAMPLED_TRIPLES)]
    assert [one for triple in triples if apart(triple) for one in wrongly_treated(triple)] == []


@pytest.mark.full
@pytest.mark.parametrize("first", range(len(SINGLES)), ids=[name for name, _, _ in SINGLES])
def test_no_triple_of_answers_is_treated_wrongly(first):
    triples = ((SINGLES[first], *pair) for pair in itertools.combinations(SINGLES[first + 1 :], 2))
    assert [one for triple in triples if apart(triple) for one in wrongly_treated(triple)] == []


def test_the_table_speaks_of_every_question_code_and_kind():
    answered: dict[str, set[str]] = {}
    for row in [*ORACLE["rows"], *MUST_PROCEED["clients"], *DATED["windows"]]:
        for name, value in row["answers"].items():
            events = isinstance(value, list) and value and isinstance(value[0], dict)
            answered.setdefault(name, set()).update(str(one.get("kind")) for one in value) if events else None
            answered.setdefault(name, set()).add(str(value))
    for question in KNOWLEDGE.questions.values():
        if question.rules:
            codes = {choice.code for choice in question.choices} - {BASELINE["answers"].get(question.id)}
            assert codes <= answered.get(question.id, set()), question.id
            assert question.id in answered, question.id


def test_zones_of_the_baseline_are_those_the_table_names():
    assert tuple(cell.zone for cell in SCREENER.screen(PLAIN, ON, ["fractional_pen"]).cells) == ZONES
