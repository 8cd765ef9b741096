"""The canonical form of an intake: what its hash is taken over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import compress, count
from operator import is_not
from typing import Any

from mesoplan.intake.model import AllergyTest, AnswerValue, Client, GoalAnswer, Intake, Signature, as_json, list_as_json


def canonical_json(intake: Intake) -> str:
    """Return the intake as JSON with sorted keys and no spaces; the same answers give the same text.

    Unknown answers are left out, so that a question added to the knowledge changes no hash until it is answered.
    """
    # put together from texts that are kept; the outermost keys stand in order by hand
    answers = _texts_of(tuple(intake.answers)).told(intake.answers)
    signatures = _encode([_fields(one) for one in intake.signatures]) if intake.signatures else "[]"
    tests = _encode([_fields(one) for one in intake.allergy_tests]) if intake.allergy_tests else "[]"
    goals = ",".join([_goal(goal) for goal in intake.goals])
    days = (
        f'"course_days":{_encode(intake.course_days)},' if intake.course_days else ""
    )  # only where a record tells them
    return (
        f'{{"allergy_tests":{tests},"answers":{{{answers}}},"client":{_client(intake.client)},{days}"goals":[{goals}],'
        f'"notes":{as_json(intake.notes)},"sessions_done":{intake.sessions_done:d},"signatures":{signatures},'
        f'"visit_date":{as_json(intake.visit_date)}}}'
    )


def _goal(goal: GoalAnswer) -> str:
    """Return a goal as JSON; a number of sessions stands there only where one was decided on."""
    sessions = "" if goal.sessions is None else f",{goal.sessions:d}"
    return f"[{as_json(goal.indication)},{list_as_json(goal.zones)}{sessions}]"


def _client(client: Client) -> str:
    return (
        f'{{"birth_date":{as_json(client.birth_date)},"identifier":{as_json(client.identifier)},'
        f'"language":{as_json(client.language)},"name":{as_json(client.name)},'
        f'"telephone":{as_json(client.telephone)}}}'
    )


def _fields(value: Signature | AllergyTest) -> dict[str, Any]:
    """Return a flat value's fields; `dataclasses.asdict` copies every text and takes many times as long."""
    return {name: getattr(value, name) for name in value.__slots__}


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode


class _Texts:
    """The answers of intakes that ask the same, as JSON: most answers are those of the first one, the same objects."""

    def __init__(self, questions: tuple[str, ...]) -> None:
        """Note the place of each question in the order of the text."""
        self._keys = tuple([_encode(question) + ":" for question in questions])
        self._places = tuple(map({one: place for place, one in enumerate(sorted(questions))}.__getitem__, questions))
        self._first: tuple[tuple[AnswerValue, ...], list[str]] | None = None

    def told(self, given: Mapping[str, AnswerValue]) -> str:
        """Return all answers that say something, with their keys, in order, parted by commas."""
        answers = tuple(given.values())
        if self._first is None:
            self._first = (answers, self._changed([""] * len(answers), answers, range(len(answers))))
        first, texts = self._first
        different = compress(count(), map(is_not, answers, first))
        return ",".join(filter(None, self._changed(list(texts), answers, different)))

    def _changed(self, texts: list[str], answers: tuple[AnswerValue, ...], places: Iterable[int]) -> list[str]:
        """Return the texts, in their order, with those of some answers put in."""
        for place in places:
            text = answers[place].canonical
            texts[self._places[place]] = self._keys[place] + text if text else ""
        return texts


_texts_of = lru_cache(maxsize=16)(_Texts)


def hash_of(intake: Intake) -> str:
    """Return the SHA-256 (hex) of the intake's canonical form."""
    return hashlib.sha256(canonical_json(intake).encode("utf-8", "backslashreplace")).hexdigest()


def with_hash(intake: Intake) -> Intake:
    """Return the intake with the hash of its content."""
    return replace(intake, intake_hash=hash_of(intake))
