"""What is asked of a client today: which questions apply, what is answered, what is only to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mesoplan import Knowledge
from mesoplan.intake.interview import Interview, asked_anew
from mesoplan.intake.model import ANYWHERE, AnswerValue
from mesoplan.knowledge.model import Question
from mesoplan_clinic.core import knowledge_of, screener_of
from mesoplan_clinic.intakes.models import Intake

GOALS = "goals"
"""The name under which the wishes are kept beside the questions of the knowledge."""
GOALS_GROUP = "goals_and_wishes"


def version_of(intake: Intake, name: str) -> int:
    """Return the version of one answer, 0 while nobody has answered."""
    return int(intake.answers.get("log", {}).get(name, {}).get("n", 0))


def is_incomplete(question: Question, answer: AnswerValue) -> bool:
    """Return whether a part of a given answer is not known: a day, a kind or a place."""
    if any(one.date is None or one.kind is None for one in answer.events):
        return True
    placed = [answer.zones, *(one.zones for one in answer.events if question.zonal)]
    return any(ANYWHERE in zones for zones in placed)


@dataclass
class Asking:
    """An intake with what is asked in it.

    Attributes:
        intake: The intake.
    """

    intake: Intake

    @cached_property
    def knowledge(self) -> Knowledge:
        """The clinic's knowledge base."""
        return knowledge_of(self.intake.client.clinic)

    @cached_property
    def raw(self) -> dict[str, Any]:
        """Question -> raw answer, those that can be used."""
        return dict(self.intake.answers.get("answers", {}))

    @cached_property
    def typed(self) -> dict[str, Any]:
        """Question -> what was typed and cannot be used."""
        return dict(self.intake.answers.get("typed", {}))

    @cached_property
    def earlier(self) -> dict[str, Any]:
        """Question -> raw answer at the visit before; nothing for an addition, which holds them itself."""
        before = None if self.intake.is_addition else self.intake.based_on
        return {} if before is None else dict(before.answers.get("answers", {}))

    @cached_property
    def _given(self) -> dict[str, AnswerValue]:
        known = {name: raw for name, raw in self.raw.items() if name in self.knowledge.questions}
        return Interview(self.knowledge, self.intake.visit_date, lambda *_: True, known).parsed()

    @cached_property
    def applying(self) -> dict[str, Question]:
        """The questions that apply, given the answers so far, in their order."""
        screener = screener_of(self.intake.client.clinic)
        wished = [goal["indication"] for goal in self.intake.answers.get("goals", [])]
        day, questions = self.intake.visit_date, self.knowledge.questions
        return {
            name: one
            for name, one in questions.items()
            if self.may_ask(one) and (name in self.raw or screener.applies(name, self._given, day, wished))
        }

    def may_ask(self, question: Question) -> bool:
        """Return whether a question is one of this form; a date of birth on record is not asked again."""
        if question.id == "birth_date" and self.intake.client.birth_date:
            return False
        return not self.intake.is_addition or self._can_be_added(question.id)

    def _can_be_added(self, name: str) -> bool:
        """Return whether what the client signed leaves this open."""
        signed = Asking(self.intake.based_on)._given[name] if self.intake.based_on else None
        return (
            signed is None
            or signed.state in ("unknown", "not asked")
            or is_incomplete(self.knowledge.questions[name], signed)
        )

    @property
    def asks_goals(self) -> bool:
        """Whether the wishes are one of this form's questions."""
        return not self.intake.is_addition or not (self.intake.based_on and self.intake.based_on.answers.get(GOALS))

    def is_answered(self, name: str) -> bool:
        """Return whether a question was answered at this visit, be it by `unknown`."""
        if name == GOALS:
            return bool(self.intake.answers.get(GOALS)) and GOALS not in self.typed
        return name in self.raw

    def is_known(self, question: Question) -> bool:
        """Return whether the earlier answer is shown to be confirmed rather than the question asked openly."""
        before = self.earlier.get(question.id)
        return before not in (None, "unknown") and not asked_anew(question, self.knowledge)

    def in_group(self, group: str) -> list[Question]:
        """Return every question of a group that this form may ask, those that do not apply now among them."""
        return [one for one in self.knowledge.questions.values() if one.group == group and self.may_ask(one)]

    def groups(self) -> list[str]:
        """Return the groups with something to ask, in their order."""
        asked = {one.group for one in self.applying.values()} | ({GOALS_GROUP} if self.asks_goals else set())
        return [name for name in self.knowledge.groups if name in asked]

    def still_open(self) -> dict[str, int]:
        """Return group -> number of its questions without an answer."""
        found = dict.fromkeys(self.groups(), 0)
        for name, one in self.applying.items():
            found[one.group] += not self.is_answered(name)
        if self.asks_goals and GOALS_GROUP in found:
            found[GOALS_GROUP] += not self.is_answered(GOALS)
        return found

    def confirmable(self, group: str) -> list[str]:
        """Return the questions of a group whose earlier answers can be confirmed together."""
        here = [one for one in self.applying.values() if one.group == group]
        return [one.id for one in here if self.is_known(one) and one.id not in self.raw and one.id not in self.typed]
