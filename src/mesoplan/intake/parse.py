"""Reads an intake file into an `Intake`; every slip is collected and reported once, with its place and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from mesoplan.errors import Problems
from mesoplan.intake.answers import ROWS, AnswerForms, AnswerReader
from mesoplan.intake.canonical import hash_of
from mesoplan.intake.model import (
    AllergyTest,
    Client,
    GoalAnswer,
    Intake,
    Signature,
    make_client,
    make_goal,
    make_intake,
)
from mesoplan.intake.sessions import sessions_within
from mesoplan.intake.text import parse_data, read_text, text_complaint
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import Verdict
from mesoplan.knowledge.zonal import is_zonal
from mesoplan.knowledge.zone_names import zone_remedy
from mesoplan.plain import hidden_character, is_plausible, typed_day

SCHEMA = "mesoplan-intake/1"
_TOP = ("schema", "client", "visit_date", "goals", "answers", "signatures", "allergy_tests", "sessions_done", "notes")
_CLIENT = ("name", "identifier", "language", "telephone")
_SIGNATURE = ("finding", "physician", "signed_on", "valid_until", "answer", "decision")
_TEST = ("product", "placed_on", "method", "readings")
_METHODS = ("topical", "test injection")
_RESULTS = ("negative", "positive")
_Result = Literal["negative", "positive"]
_LONGEST_NOTES = 10_000
_NOBODY = frozenset({"unknown", "none", "no", "неизвестно", "нет", "никто"})
_Decided = Literal["yes", "conditions", "no"]
_DECIDED: dict[object, _Decided] = {"yes": "yes", "conditions": "conditions", "no": "no"}


def read_intake(path: Path, knowledge: Knowledge) -> Intake:
    """Return the intake in a YAML or JSON file.

    Raises:
        ProblemError: If the file cannot be read or anything in it cannot be used; all problems at once.
    """
    return parse_text(read_text(path), knowledge, place=path.name)


def parse_text(text: str, knowledge: Knowledge, *, place: str = "intake") -> Intake:
    """Return the intake in a YAML or JSON text; see `parse_intake`."""
    problems = Problems()
    data = parse_data(text, problems, place=place)
    problems.raise_if_any()
    return parse_intake(data, knowledge, place=place)


def parse_intake(data: object, knowledge: Knowledge, *, place: str = "intake") -> Intake:
    """Return the intake in a mapping as YAML or JSON hold it.

    A question without an answer is `unknown`. A question the knowledge does not have, a code it does not know, an
    impossible date: each is a problem, never a guess.

    Raises:
        ProblemError: With every problem found.
    """
    return IntakeReader(knowledge).read(data, place)


class IntakeReader:
    """Reads any number of intakes against one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Note once in which forms each question may be answered."""
        self._forms = AnswerForms(knowledge)

    def read(self, data: object, place: str) -> Intake:
        """Return the intake in a mapping; see `parse_intake`.

        Raises:
            ProblemError: With every problem found.
        """
        problems = Problems()
        if not isinstance(data, Mapping):
            problems.add(place, type(data).__name__, "an intake is a mapping", "Start from `mesoplan questions`.")
            problems.raise_if_any()
            raise AssertionError("unreachable")
        intake = _Reading(self._forms, problems, place).read(data)
        problems.raise_if_any()
        return intake


@cache
def _known_keys(known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(known)


class _Reading:
    """One reading of one intake."""

    def __init__(self, forms: AnswerForms, problems: Problems, place: str) -> None:
        self.forms, self.knowledge, self.problems, self.place = forms, forms.knowledge, problems, place

    def read(self, data: Mapping[Any, Any]) -> Intake:
        """Return the intake; what cannot be used is noted and left out."""
        self._keys(data, _TOP, self.place)
        if data.get("schema", SCHEMA) != SCHEMA:
            self._add("schema", data["schema"], "another kind of file", f"This version reads {SCHEMA}.")
        visit = self._day(data.get("visit_date"), "visit_date")
        given = data.get("answers")
        if given is not None and not isinstance(given, Mapping):
            self._add("answers", given, "answers are a mapping of question to answer", "See `mesoplan questions`.")
            given = None
        answers = AnswerReader(self.forms, self.problems, self.place, visit).read_all(given or {})
        content = (
            self._client(data.get("client"), answers["birth_date"].day if "birth_date" in answers else None),
            visit,
            self._goals(data.get("goals")),
            answers,
            tuple([self._signature(*item) for item in self._rows(data, "signatures", _SIGNATURE)]),
            tuple([self._test(*item) for item in self._rows(data, "allergy_tests", _TEST)]),
            self._count(data.get("sessions_done", 0)),
            self._notes(data.get("notes")),
        )
        return make_intake(*content, intake_hash=hash_of(make_intake(*content)))

    def _add(self, where: str, value: object, message: str, remedy: str) -> None:
        self.problems.add(f"{self.place}: {where}", value, message, remedy)

    def _keys(self, data: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
        for key in () if data.keys() <= _known_keys(known) else data:
            if key not in known:
                self.problems.add(where, key, "this key means nothing here", f"Known are: {', '.join(known)}.")

    def _day(self, value: object, where: str) -> date | None:
        if value is None or value == "unknown":
            return None
        day = typed_day(value)
        if day is None:
            self._add(where, value, "not a date", "Write it as YYYY-MM-DD, or unknown.")
        elif not is_plausible(day):
            self._add(where, value, "not a plausible date", "Check the year.")
            return None
        return day

    def _text(self, value: object, where: str, *, required: bool = True) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        complaint = text_complaint(value)
        if complaint is None:
            return str(value).strip()
        if required or value not in (None, "", "unknown"):
            self._add(where, value, *complaint)
        return ""

    def _notes(self, value: object) -> str:
        if value is None or value == "":
            return ""
        if not isinstance(value, str) or len(value) > _LONGEST_NOTES:
            self._add("notes", value, f"notes are a text of up to {_LONGEST_NOTES} characters", "Shorten it.")
            return ""
        hidden = hidden_character(value, breaks=True)
        if hidden is not None:
            self._add("notes", value, f"it holds {hidden}, a character that cannot be seen", "Type it anew.")
        return value if hidden is None else ""

    def _client(self, value: object, birth_date: date | None) -> Client:
        if not isinstance(value, Mapping):
            self._add("client", value, "who it is, is missing", "Give client: name and identifier.")
            return Client("", "", birth_date, "en")
        self._keys(value, _CLIENT, f"{self.place}: client")
        language = str(value.get("language") or "en")
        if language not in self.knowledge.languages:
            known = ", ".join(self.knowledge.languages)
            self._add("client: language", language, "no texts in this language", f"Known are: {known}.")
        return make_client(
            self._text(value.get("name"), "client: name"),
            self._text(value.get("identifier"), "client: identifier"),
            birth_date,
            language,
            self._text(value.get("telephone"), "client: telephone", required=False) or None,
        )

    def _goals(self, value: object) -> tuple[GoalAnswer, ...]:
        if value is None or value == "unknown":
            return ()
        if not isinstance(value, list):
            self._add("goals", value, "goals are a list", "Write - {indication: ..., zones: [...]} for each.")
            return ()
        if self._too_many(value, "goals"):
            return ()
        goals: dict[str, tuple[str, ...]] = {}
        sessions: dict[str, int | None] = {}
        for index, goal in enumerate(value, 1):
            where = f"goals: {index}"
            if not isinstance(goal, Mapping):
                self._add(where, goal, "not a goal", "Write {indication: ..., zones: [...]}.")
                continue
            self._keys(goal, ("indication", "zones", "sessions"), f"{self.place}: {where}")
            name = str(goal.get("indication"))
            if name not in self.knowledge.indications:
                known = ", ".join(self.knowledge.indications)
                self._add(f"{where}: indication", name, "not an indication of the knowledge", f"Known are: {known}.")
                continue
            zones = self._zones(goal.get("zones"), f"{where}: zones")
            goals[name] = tuple(dict.fromkeys((*goals.get(name, ()), *zones)))
            sessions[name] = self._decided_sessions(goal.get("sessions"), name, where) or sessions.get(name)
        return tuple(make_goal(name, zones, sessions[name]) for name, zones in goals.items())

    def _decided_sessions(self, value: object, indication: str, where: str) -> int | None:
        """Return the practitioner's own number of sessions, within what the sources give."""
        if value is None or value == "unknown":
            return None
        low, high = sessions_within(self.knowledge, indication)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            remedy = f"Enter a whole number from {low} to {high}, or leave it out."
            self._add(f"{where}: sessions", value, "no source gives a course of so many sessions", remedy)
            return None
        return value

    def _zones(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self._add(where, value, "a goal needs its zones", "Write a list, for example [forehead, cheek_upper].")
            return ()
        if self._too_many(value, where):
            return ()
        zones: list[str] = []
        for name in value:
            try:
                zones.extend(self.knowledge.expand(str(name)))
            except KeyError:
                self._add(where, name, "not a zone", zone_remedy(self.knowledge, str(name)))
        return tuple(dict.fromkeys(zones))

    def _rows(self, data: Mapping[Any, Any], key: str, known: tuple[str, ...]) -> list[tuple[Mapping[Any, Any], str]]:
        value = data.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            self._add(key, value, f"{key} is a list of mappings", f"Each has: {', '.join(known)}.")
            return []
        if self._too_many(value, key):
            return []
        for index, row in enumerate(value, 1):
            self._keys(row, known, f"{self.place}: {key}: {index}")
        return [(row, f"{key}: {index}") for index, row in enumerate(value, 1)]

    def _too_many(self, rows: list[Any], where: str) -> bool:
        if len(rows) > ROWS:
            self._add(where, f"{len(rows)} entries", "far too many entries", f"Enter at most {ROWS}.")
        return len(rows) > ROWS

    def _signature(self, row: Mapping[Any, Any], where: str) -> Signature:
        finding = str(row.get("finding") or "")
        complaint = _finding_complaint(finding, self.knowledge)
        if complaint is not None:
            self._add(f"{where}: finding", finding, *complaint)
        signed = self._required_day(row, "signed_on", where, "a signature needs its day")
        valid_until = self._day(row.get("valid_until"), f"{where}: valid_until")
        if valid_until is not None and signed is not None and valid_until < signed:
            self._add(f"{where}: valid_until", valid_until, f"it ends before it was signed on {signed}", "Correct it.")
        physician = self._text(row.get("physician"), f"{where}: physician")
        if _bare(physician) in _NOBODY:
            self._add(f"{where}: physician", physician, "this names no doctor", "Enter the doctor's name.")
        decision = self._text(row.get("decision"), f"{where}: decision")
        return Signature(finding, physician, signed or date.max, valid_until, self._decided(row, where), decision)

    def _decided(self, row: Mapping[Any, Any], where: str) -> _Decided:
        """Return what the doctor ticked; only these words say whether the treatment is allowed, never the free text."""
        value = row.get("answer")
        given = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        decided = _DECIDED.get(given) if isinstance(given, str) else None
        if decided is None:
            remedy = "Enter what the doctor ticked in the letter: yes, conditions (yes, on conditions) or no."
            self._add(f"{where}: answer", value, "what the doctor decided is missing", remedy)
        return decided or "no"

    def _required_day(self, row: Mapping[Any, Any], key: str, where: str, message: str) -> date | None:
        value = row.get(key)
        if value is None or value == "unknown":
            self._add(f"{where}: {key}", value, message, "Enter YYYY-MM-DD.")
            return None
        return self._day(value, f"{where}: {key}")

    def _test(self, row: Mapping[Any, Any], where: str) -> AllergyTest:
        placed = self._required_day(row, "placed_on", where, "a test needs its day")
        method = row.get("method")
        if method not in _METHODS:
            self._add(f"{where}: method", method, "not a method of testing", f"Known are: {', '.join(_METHODS)}.")
        return AllergyTest(
            self._text(row.get("product"), f"{where}: product"),
            placed or date.max,
            method if method in _METHODS else "topical",
            tuple(sorted(self._readings(row.get("readings"), placed, f"{where}: readings"))),
        )

    def _readings(self, value: object, placed: date | None, where: str) -> list[tuple[date, _Result]]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._add(where, value, "readings are a list", "Write - {date: YYYY-MM-DD, result: negative} for each.")
            return []
        readings: list[tuple[date, _Result]] = []
        for index, reading in enumerate(() if self._too_many(value, where) else value, 1):
            spot = f"{where}: {index}"
            result = reading.get("result") if isinstance(reading, Mapping) else None
            if not isinstance(reading, Mapping) or result not in _RESULTS:
                self._add(spot, reading, "not a reading", "Write {date: YYYY-MM-DD, result: negative|positive}.")
                continue
            self._keys(reading, ("date", "result"), f"{self.place}: {spot}")
            day = self._required_day(reading, "date", spot, "a reading needs its day")
            if day is not None and placed is not None and day < placed:
                self._add(f"{spot}: date", day, "a reading follows its test", "Enter the day of the reading.")
            elif day is not None:
                readings.append((day, result))
        return readings

    def _count(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 99:
            self._add("sessions_done", value, "not a number of sessions", "Enter 0 before the first session.")
            return 0
        return value


def _bare(text: str) -> str:
    return text.casefold().strip(" .!?")


def _finding_complaint(finding: str, knowledge: Knowledge) -> tuple[str, str] | None:
    """Return what is wrong with the id of a finding, None where a signature may name it."""
    name, at, zone = finding.partition("@")
    rule = knowledge.rules.get(name)
    copy = "Copy the id from the screening or the referral."
    if rule is None:
        return "no finding has this id", copy
    if rule.verdict is not Verdict.PHYSICIAN:
        return f"this finding is {rule.verdict.value}, which no signature lifts", "Leave the signature out."
    if is_zonal(rule.when, knowledge):
        if zone not in knowledge.zone_ids:
            return "this finding is one of a zone, and no zone with its side is named", f"{copy} It is {name}@ZONE."
    elif at:
        return "this finding is not one of a zone", f"{copy} It is {name}."
    return None
