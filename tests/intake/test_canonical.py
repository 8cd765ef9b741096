"""The hash of an intake is that of plain JSON with sorted keys, whatever was read before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given

from mesoplan.errors import ProblemError
from mesoplan.intake.canonical import hash_of
from mesoplan.intake.model import AllergyTest, GoalAnswer, Intake, Signature
from screening.cases import ON, intake
from screening.strategies import CHANGES


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def plainly(filled: Intake) -> str:
    """Return the hash by the standard library alone."""
    answers: dict[str, Any] = {}
    for question, one in filled.answers.items():
        events = [[day(event.date), event.kind, event.zones] for event in one.events]
        if one.state != "unknown":
            answers[question] = [one.state, one.code, day(one.day), one.number, one.zones, events, one.names]
    rest = {name: getattr(filled, name) for name in ("notes", "sessions_done")}
    client = {name: getattr(filled.client, name) for name in ("name", "identifier", "language", "telephone")}
    rows = [[{name: getattr(one, name) for name in one.__slots__} for one in many] for many in _lists(filled)]
    whole = rest | {
        "answers": answers,
        "client": client | {"birth_date": day(filled.client.birth_date)},
        "goals": [[goal.indication, goal.zones, *_sessions(goal)] for goal in filled.goals],
        "signatures": rows[0],
        "allergy_tests": rows[1],
        "visit_date": day(filled.visit_date),
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=date.isoformat)
    return hashlib.sha256(text.encode()).hexdigest()


def _sessions(goal: GoalAnswer) -> tuple[int, ...]:
    return () if goal.sessions is None else (goal.sessions,)


def _lists(filled: Intake) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return filled.signatures, filled.allergy_tests


@given(CHANGES)
def test_the_hash_is_that_of_plain_json(changes: dict[str, Any]) -> None:
    try:
        filled = intake(changes)
    except ProblemError:
        return
    assert filled.intake_hash == hash_of(filled) == plainly(filled)


def test_a_decided_number_of_sessions_stands_in_the_hash() -> None:
    plain = intake({})
    decided = replace(plain, goals=tuple(replace(goal, sessions=4) for goal in plain.goals))
    assert hash_of(decided) == plainly(decided) != plain.intake_hash


def test_signatures_tests_notes_and_quotes_stand_in_the_hash() -> None:
    signature = Signature("diabetes.yes", 'Dr. "Anna"', ON, None, "yes", "с осторожностью\\")
    test = AllergyTest("example-revital", ON, "topical", ((ON, "negative"),))
    filled = replace(intake({}), signatures=(signature,), allergy_tests=(test,), notes='a "quote"\n')
    assert hash_of(filled) == plainly(filled)
    assert hash_of(filled) != hash_of(intake({}))
