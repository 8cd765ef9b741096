"""The canonical form of an intake: what its hash is taken over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from mesoplan.intake.model import AnswerValue, Intake


def canonical_json(intake: Intake) -> str:
    """Return the intake as JSON with sorted keys and no spaces; the same answers give the same text.

    Unknown answers are left out, so that a question added to the knowledge changes no hash until it is answered.
    """
    content = {
        "client": asdict(intake.client),
        "visit_date": intake.visit_date,
        "goals": [[goal.indication, goal.zones] for goal in intake.goals],
        "answers": {
            question: _answer(answer) for question, answer in intake.answers.items() if answer.state != "unknown"
        },
        "signatures": [asdict(one) for one in intake.signatures],
        "allergy_tests": [asdict(one) for one in intake.allergy_tests],
        "sessions_done": intake.sessions_done,
        "notes": intake.notes,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def with_hash(intake: Intake) -> Intake:
    """Return the intake with the SHA-256 of its canonical form filled in."""
    return replace(intake, intake_hash=hashlib.sha256(canonical_json(intake).encode()).hexdigest())


def _answer(answer: AnswerValue) -> list[Any]:
    events = [[one.date, one.kind, one.zones] for one in answer.events]
    return [answer.state, answer.code, answer.day, answer.number, answer.zones, events, answer.names]


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")
