"""Reads each answer in the form its question's kind has: yes/no, code, date, number, zones, events, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mesoplan.errors import Problems
from mesoplan.intake.model import ANYWHERE, UNKNOWN, AnswerValue, EventAnswer
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question
from mesoplan.knowledge.zone_names import zone_remedy
from mesoplan.plain import hidden_character, is_plausible, typed_day

ROWS = 500
"""Entries that a list of an intake may have; more is not something a person has filled in."""
_NAME_LIMIT = 200
_LARGEST = 1e15  # far beyond any quantity; whole numbers above it lose digits
_SPELLINGS = {"Yes": "yes", "YES": "yes", "No": "no", "NO": "no"}


class AnswerReader:
    """Reads the answers of one intake; problems are collected, an unusable answer counts as unknown."""

    def __init__(self, knowledge: Knowledge, problems: Problems, place: str, visit: date | None) -> None:
        """Keep what is needed to judge an answer: the questions, and the day of the visit for dates to come."""
        self._knowledge, self._problems, self._place, self._visit = knowledge, problems, place, visit

    def read_all(self, given: Mapping[Any, Any]) -> dict[str, AnswerValue]:
        """Return one answer for every question of the knowledge, in its order; a missing one is `UNKNOWN`."""
        for key in given:
            if key not in self._knowledge.questions:
                self._add(str(key), given[key], "no question has this id", "`mesoplan questions` prints them all.")
        return {
            question.id: self._read(question, given.get(question.id)) for question in self._knowledge.questions.values()
        }

    def _add(self, where: str, value: object, message: str, remedy: str) -> None:
        self._problems.add(f"{self._place}: answers: {where}", value, message, remedy)

    def _read(self, question: Question, value: object) -> AnswerValue:
        if value is None or value == "unknown":
            return UNKNOWN
        if isinstance(value, bool):  # YAML reads a bare yes or no as a truth value
            value = "yes" if value else "no"
        elif isinstance(value, str):
            value = _SPELLINGS.get(value, value)
        if isinstance(value, list) and len(value) > ROWS:
            self._add(question.id, f"{len(value)} entries", "far too many entries", f"Enter at most {ROWS}.")
            return UNKNOWN
        match question.kind:
            case "yes_no":
                return self._code(question, value, ("no", "yes"))
            case "choice":
                return self._code(question, value, tuple(choice.code for choice in question.choices))
            case "date":
                return self._day_answer(question, value)
            case "number":
                return self._number(question, value)
            case "zones":
                return self._zones_answer(question, value)
            case "events":
                return self._events(question, value)
            case "list":
                return self._names(question, value)

    def _code(self, question: Question, value: object, codes: tuple[str, ...]) -> AnswerValue:
        if value not in codes:
            self._add(question.id, value, "not one of the answers", f"Answer {', '.join(codes)} or unknown.")
            return UNKNOWN
        code = str(value)
        if question.kind == "choice":
            return AnswerValue("given", code=code)
        return AnswerValue("yes" if code == "yes" else "no", code=code)

    def _day(self, question: Question, value: object, where: str) -> date | None:
        if value is None or value == "unknown":
            return None
        day = typed_day(value)
        if day is None:
            self._add(where, value, "not a date", "Write it as YYYY-MM-DD, or unknown.")
        elif not is_plausible(day):
            self._add(where, value, "not a plausible date", "Check the year.")
            return None
        elif self._visit is not None and day > self._visit and not question.planned:
            self._add(where, value, "this lies after the visit", "Enter the day on which it happened.")
        return day

    def _day_answer(self, question: Question, value: object) -> AnswerValue:
        day = self._day(question, value, question.id)
        if day is not None and question.planned and self._visit is not None and day < self._visit:
            self._add(question.id, value, "this end lies before the visit", "It is over: answer no to what it ends.")
        return UNKNOWN if day is None else AnswerValue("given", day=day)

    def _number(self, question: Question, value: object) -> AnswerValue:
        if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
            self._add(question.id, value, "not a number", f"Enter a number in {question.unit}, or unknown.")
            return UNKNOWN
        if question.unit == "d" and value != int(value):
            self._add(question.id, value, "days are counted whole", "Enter a whole number, or unknown.")
            return UNKNOWN
        if question.plausible is not None:
            limits = self._knowledge.fact_quantity(question.plausible)
            low, high = limits.low, limits.high
            if (low is not None and value < low) or (high is not None and value > high):
                remedy = f"Plausible is {low:g} to {high:g} {question.unit}; check for a slip, or answer unknown."
                self._add(question.id, value, "not a plausible number", remedy)
                return UNKNOWN
        return AnswerValue("given", number=float(value))

    def _zones(self, value: object, where: str) -> tuple[str, ...]:
        if value is None or value == "unknown":
            return (ANYWHERE,)
        names = value if isinstance(value, list) else [value]
        zones: list[str] = []
        for name in names:
            try:
                zones.extend(self._knowledge.expand(str(name)))
            except KeyError:
                self._add(where, name, "not a zone", zone_remedy(self._knowledge, str(name)))
        return tuple(dict.fromkeys(zones)) or (ANYWHERE,)

    def _zones_answer(self, question: Question, value: object) -> AnswerValue:
        if value == "no":
            return AnswerValue("no", code="no")
        if value == "yes":
            return AnswerValue("yes", code="yes", zones=(ANYWHERE,))
        if isinstance(value, Mapping) and set(value) == {"zones"}:
            return AnswerValue("yes", code="yes", zones=self._zones(value["zones"], f"{question.id}: zones"))
        self._add(question.id, value, "not an answer with zones", "Answer no, unknown, or {zones: [...]}.")
        return UNKNOWN

    def _events(self, question: Question, value: object) -> AnswerValue:
        if value in ("no", []):
            return AnswerValue("no", code="no")
        rows = [{}] if value == "yes" else [value] if isinstance(value, Mapping) else value
        if not isinstance(rows, list):
            self._add(question.id, value, "not an answer with dates", "Answer no, unknown, or a list of {date: ...}.")
            return UNKNOWN
        events = tuple(self._event(question, row, f"{question.id}: {index}") for index, row in enumerate(rows, 1))
        return AnswerValue("yes", code="yes", events=events)

    def _event(self, question: Question, row: object, where: str) -> EventAnswer:
        known = ["date"] + ["kind"] * bool(question.choices) + ["zones"] * question.zonal + ["note"]
        unknown_kind = None if question.choices else ""
        if not isinstance(row, Mapping):
            self._add(where, row, "not an event", f"Write a mapping with {', '.join(known)}.")
            return EventAnswer(None, unknown_kind, (ANYWHERE,))
        for key in row:
            if key not in known:
                self._add(where, key, "this key means nothing here", f"Known are: {', '.join(known)}.")
        kind = row.get("kind")
        codes = tuple(choice.code for choice in question.choices)
        if kind is not None and kind != "unknown" and kind not in codes:
            self._add(f"{where}: kind", kind, "not one of the kinds", f"Answer {', '.join(codes)} or unknown.")
        zones = self._zones(row.get("zones"), f"{where}: zones") if question.zonal else (ANYWHERE,)
        day = self._day(question, row.get("date"), f"{where}: date")
        return EventAnswer(day, kind if kind in codes else unknown_kind, zones)

    def _names(self, question: Question, value: object) -> AnswerValue:
        if value in ("no", []):
            return AnswerValue("no", code="no")
        if value == "yes":
            self._add(question.id, value, "which ones is missing", "Write a list of names, or unknown.")
            return UNKNOWN
        names = value if isinstance(value, list) else [value]
        texts = [name.strip() for name in names if isinstance(name, str)]
        usable = tuple(name for name in texts if 0 < len(name) <= _NAME_LIMIT and hidden_character(name) is None)
        if len(usable) != len(names):
            self._add(question.id, value, "not a list of names", "Write one name a line, as on the package.")
        return AnswerValue("yes", code="yes", names=usable) if usable else UNKNOWN
