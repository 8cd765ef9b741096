"""Reads each answer in the form its question's kind has: yes/no, code, date, number, zones, events, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import compress
from operator import ne
from typing import Any, Literal

from mesoplan.errors import Problems
from mesoplan.intake.model import ANYWHERE, UNKNOWN, AnswerValue, EventAnswer, make_answer, make_event
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question
from mesoplan.knowledge.zone_names import zone_remedy
from mesoplan.plain import hidden_character, is_plausible, typed_day

ROWS = 500
"""Entries that a list of an intake may have; more is not something a person has filled in."""
_NAME_LIMIT = 200
_LARGEST = 1e15  # far beyond any quantity; whole numbers above it lose digits
_SPELLINGS = {"Yes": "yes", "YES": "yes", "No": "no", "NO": "no"}
_WORDS = (str, bool, type(None))


@cache
def plain_answer(state: Literal["yes", "no", "given"], code: str) -> AnswerValue:
    """Return the answer that is nothing but a code; the same object each time, so that what it says is kept with it."""
    return make_answer(state, code=code)


_NO = plain_answer("no", "no")


def usual_word(question: Question) -> str | None:
    """Return the word that most clients answer with: the quiet side; None for a date or a number."""
    if question.kind in ("yes_no", "choice"):
        return question.order[0] if question.order else None
    return "no" if question.kind in ("zones", "events", "list") else None


def usual_answer(question: Question) -> AnswerValue:
    """Return what the usual word means, the one object that the parser hands out for it; `UNKNOWN` without one."""
    return _plain_answers(question)[usual_word(question)]


class AnswerForms:
    """The forms in which each question of a knowledge base may be answered; made once, for any number of intakes.

    Attributes:
        knowledge: The knowledge base.
        questions: Every question with the answers to it that are one word.
        words: The usual word of each question: of an intake only what differs from it needs to be looked at.
        usual: What the usual words mean.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        """Note for each question the answers that are one word."""
        self.knowledge = knowledge
        self.questions = tuple((name, asked, _plain_answers(asked)) for name, asked in knowledge.questions.items())
        self.words = tuple(map(usual_word, knowledge.questions.values()))
        self.usual = {name: usual_answer(asked) for name, asked in knowledge.questions.items()}


def _plain_answers(question: Question) -> dict[object, AnswerValue]:
    """Return each word that is an answer by itself, and what it means; YAML reads a bare yes or no as a truth value."""
    words: dict[object, AnswerValue] = {}
    match question.kind:
        case "yes_no":
            words |= {"no": _NO, "yes": plain_answer("yes", "yes")}
        case "choice":
            words |= {choice.code: plain_answer("given", choice.code) for choice in question.choices}
        case "zones" | "events" | "list":
            words["no"] = _NO
    words |= {truth: words[word] for truth, word in ((True, "yes"), (False, "no")) if word in words}
    return words | {"unknown": UNKNOWN, None: UNKNOWN}


class AnswerReader:
    """Reads the answers of one intake; problems are collected, an unusable answer counts as unknown."""

    def __init__(self, forms: AnswerForms, problems: Problems, place: str, visit: date | None) -> None:
        """Keep what is needed to judge an answer: the questions, and the day of the visit for dates to come."""
        self._forms, self._knowledge = forms, forms.knowledge
        self._problems, self._place, self._visit = problems, place, visit

    def read_all(self, given: Mapping[Any, Any]) -> dict[str, AnswerValue]:
        """Return one answer for every question of the knowledge, in its order; a missing one is `UNKNOWN`."""
        known = self._knowledge.questions
        if not given.keys() <= known.keys():
            for key in given:
                if key not in known:
                    self._add(str(key), given[key], "no question has this id", "`mesoplan questions` prints them all.")
        answers = dict(self._forms.usual)
        values = list(map(given.get, answers))
        unusual = map(ne, values, self._forms.words)
        for (name, question, plain), value in compress(zip(self._forms.questions, values, strict=True), unusual):
            # asked by type, since 1 is no answer though it equals True, and a list cannot be looked up
            answer = plain.get(value) if type(value) in _WORDS else None
            answers[name] = self._read(question, value) if answer is None else answer
        return answers

    def _add(self, where: str, value: object, message: str, remedy: str) -> None:
        self._problems.add(f"{self._place}: answers: {where}", value, message, remedy)

    def _read(self, question: Question, value: object) -> AnswerValue:
        """Return an answer that is no plain word of its question."""
        if value is None or value == "unknown":
            return UNKNOWN
        if isinstance(value, bool):
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
        return plain_answer("given" if question.kind == "choice" else "yes" if code == "yes" else "no", code)

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
        return UNKNOWN if day is None else make_answer("given", day=day)

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
        return make_answer("given", number=float(value))

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
            return _NO
        if value == "yes":
            return make_answer("yes", code="yes", zones=(ANYWHERE,))
        if isinstance(value, Mapping) and set(value) == {"zones"}:
            return make_answer("yes", code="yes", zones=self._zones(value["zones"], f"{question.id}: zones"))
        self._add(question.id, value, "not an answer with zones", "Answer no, unknown, or {zones: [...]}.")
        return UNKNOWN

    def _events(self, question: Question, value: object) -> AnswerValue:
        if value in ("no", []):
            return _NO
        rows = [{}] if value == "yes" else [value] if isinstance(value, Mapping) else value
        if not isinstance(rows, list):
            self._add(question.id, value, "not an answer with dates", "Answer no, unknown, or a list of {date: ...}.")
            return UNKNOWN
        events = tuple(self._event(question, row, f"{question.id}: {index}") for index, row in enumerate(rows, 1))
        return make_answer("yes", code="yes", events=events)

    def _event(self, question: Question, row: object, where: str) -> EventAnswer:
        known = ["date"] + ["kind"] * bool(question.choices) + ["zones"] * question.zonal + ["note"]
        unknown_kind = None if question.choices else ""
        if not isinstance(row, Mapping):
            self._add(where, row, "not an event", f"Write a mapping with {', '.join(known)}.")
            return make_event(None, unknown_kind, (ANYWHERE,))
        for key in row:
            if key not in known:
                self._add(where, key, "this key means nothing here", f"Known are: {', '.join(known)}.")
        kind = row.get("kind")
        codes = tuple(choice.code for choice in question.choices)
        if kind is not None and kind != "unknown" and kind not in codes:
            self._add(f"{where}: kind", kind, "not one of the kinds", f"Answer {', '.join(codes)} or unknown.")
        zones = self._zones(row.get("zones"), f"{where}: zones") if question.zonal else (ANYWHERE,)
        day = self._day(question, row.get("date"), f"{where}: date")
        return make_event(day, kind if kind in codes else unknown_kind, zones)

    def _names(self, question: Question, value: object) -> AnswerValue:
        if value in ("no", []):
            return _NO
        if value == "yes":
            self._add(question.id, value, "which ones is missing", "Write a list of names, or unknown.")
            return UNKNOWN
        names = value if isinstance(value, list) else [value]
        texts = [name.strip() for name in names if isinstance(name, str)]
        usable = tuple(name for name in texts if 0 < len(name) <= _NAME_LIMIT and hidden_character(name) is None)
        if len(usable) != len(names):
            self._add(question.id, value, "not a list of names", "Write one name a line, as on the package.")
        return make_answer("yes", code="yes", names=usable) if usable else UNKNOWN
