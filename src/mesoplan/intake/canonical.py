"""The canonical form of an intake: what its hash is taken over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from mesoplan.intake.model import AllergyTest, Client, Intake, Signature


def canonical_json(intake: Intake) -> str:
    """Return the intake as JSON with sorted keys and no spaces; the same answers give the same text.

    Unknown answers are left out, so that a question added to the knowledge changes no hash until it is answered.
    """
    given = intake.answers
    # put together from texts that the answers keep; the outermost keys stand in order by hand
    answers = ",".join([key + text for question, key in _keys(tuple(given)) if (text := given[question].canonical)])
    rest = {
        "client": _fields(intake.client),
        "goals": [[goal.indication, goal.zones] for goal in intake.goals],
        "notes": intake.notes,
        "sessions_done": intake.sessions_done,
        "signatures": [_fields(one) for one in intake.signatures],
        "visit_date": intake.visit_date,
    }
    tests = _encode([_fields(one) for one in intake.allergy_tests]) if intake.allergy_tests else "[]"
    return f'{{"allergy_tests":{tests},"answers":{{{answers}}},{_encode(rest)[1:]}'


def _fields(value: Client | Signature | AllergyTest) -> dict[str, Any]:
    """Return a flat value's fields; `dataclasses.asdict` copies every text and takes many times as long."""
    return {name: getattr(value, name) for name in value.__slots__}


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode


@lru_cache(maxsize=16)
def _keys(questions: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the questions in order, each with its key as JSON; all intakes of one knowledge base ask the same."""
    return tuple((question, _encode(question) + ":") for question in sorted(questions))


def hash_of(intake: Intake) -> str:
    """Return the SHA-256 (hex) of the intake's canonical form."""
    return hashlib.sha256(canonical_json(intake).encode("utf-8", "backslashreplace")).hexdigest()


def with_hash(intake: Intake) -> Intake:
    """Return the intake with the hash of its content."""
    return replace(intake, intake_hash=hash_of(intake))
