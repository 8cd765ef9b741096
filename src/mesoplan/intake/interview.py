"""The interview behind `mesoplan ask`: which question comes next, and how a typed reply becomes an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from mesoplan.errors import Problem, Problems
from mesoplan.intake.answers import AnswerForms, AnswerReader
from mesoplan.intake.model import AnswerValue
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Question
from mesoplan.knowledge.verdict import Verdict

YES = ("y", "yes", "д", "да")
NO = ("n", "no", "н", "нет")


@dataclass
class Interview:
    """The answers so far, in the form in which an intake file holds them.

    Attributes:
        knowledge: Where the questions come from.
        visit: The day of the visit, None while unknown.
        applies: Tells whether a question is still to be asked, given the answers so far.
        answers: Question id -> raw answer; only what was answered.
    """

    knowledge: Knowledge
    visit: date | None
    applies: Callable[[str, Mapping[str, AnswerValue]], bool]
    answers: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _forms(self) -> AnswerForms:
        return AnswerForms(self.knowledge)

    def parsed(self) -> dict[str, AnswerValue]:
        """Return the answers so far as the engine reads them."""
        return AnswerReader(self._forms, Problems(), "interview", self.visit).read_all(self.answers)

    def is_asked(self, question: Question) -> bool:
        """Return whether the question applies, given the answers so far."""
        return self.applies(question.id, self.parsed())

    def accept(self, question: Question, raw: Any) -> tuple[Problem, ...]:
        """Keep an answer; return why it cannot be used, nothing when it was kept."""
        problems = Problems()
        AnswerReader(self._forms, problems, "answer", self.visit).read_all({question.id: raw})
        if not problems:
            self.answers[question.id] = raw
        return problems.found


def asked_anew(question: Question, knowledge: Knowledge) -> bool:
    """Return whether each visit asks a question openly again, rather than showing its earlier answer to be confirmed.

    So are the groups that say it of themselves, everything that happened on a day, and whatever a rule defers for: what
    passes may also come.
    """
    passes = any(rule.verdict is Verdict.DEFER for rule in question.rules)
    return knowledge.groups[question.group].anew or question.kind == "events" or passes


def typed_answer(question: Question, reply: str) -> Any:
    """Return a typed reply as a raw answer; an empty one is `unknown`, an unclear one is returned as it stands.

    Events are not read here: a reply tells only whether there was one (`yes`, `no`, `unknown`).
    """
    reply = reply.strip()
    low = reply.lower()
    if low in ("", "?", "unknown"):
        return "unknown"
    if question.kind not in ("date", "number") and low in NO and question.kind != "choice":
        return "no"
    match question.kind:
        case "yes_no" | "events":
            return "yes" if low in YES else reply
        case "zones":
            return "yes" if low in YES else {"zones": split(reply)}
        case "choice":
            return numbered(reply, tuple(choice.code for choice in question.choices))
        case "number":
            return _number(reply)
        case "list":
            return split(reply)
        case _:
            return reply


def numbered(reply: str, codes: tuple[str, ...]) -> str:
    """Return the code that a typed number (from 1) stands for; anything else as it stands."""
    return codes[int(reply) - 1] if reply.isdecimal() and 1 <= int(reply) <= len(codes) else reply


def split(reply: str) -> list[str]:
    """Return the parts of a reply between commas, without the empty ones."""
    return [part.strip() for part in reply.split(",") if part.strip()]


def _number(reply: str) -> float | str:
    try:
        return float(reply.replace(",", "."))
    except ValueError:
        return reply
