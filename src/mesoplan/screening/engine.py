"""The screening engine: every rule once per intake or once per zone, then one order-free reduction per technique.

Nothing here knows a contraindication. The knowledge holds the questions, rules and facts; this module asks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from mesoplan.intake.model import UNKNOWN, AnswerValue, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import SEVERITY, Verdict
from mesoplan.screening.alarms import AlarmIndex, alarms_of
from mesoplan.screening.cells import Judge, telling_tags
from mesoplan.screening.conditions import Compiled, Situation, compile_condition
from mesoplan.screening.eligibility import Eligibility, Scope
from mesoplan.screening.model import Finding, Screening, make_screening, ordered
from mesoplan.screening.rules import CompiledRule, findings_of
from mesoplan.units import add_duration

VALIDITY = "screening.validity"
HORIZON = "plan.horizon"
GOALS_MISSING, KNOWLEDGE_STALE, KNOWLEDGE_EMPTY = "goals_missing", "knowledge_stale", "knowledge_empty"
VISIT_MISSING, ANSWERS_STALE = "visit_date_missing", "answers_stale"
_NOT_ASKED = AnswerValue("not asked")


class Screener:
    """Screens intakes against one knowledge base; compiled once, safe to share, without state between calls."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile every rule and every condition under which a question is asked."""
        self._knowledge = knowledge
        self._rules = tuple(CompiledRule(rule, knowledge) for rule in knowledge.rules.values())
        self._alarms = AlarmIndex([alarms_of(one.rule.when, knowledge) for one in self._rules])
        self._gates: tuple[tuple[str, Compiled], ...] = tuple(
            (question.id, compile_condition(question.applies_when, knowledge))
            for question in knowledge.questions.values()
            if question.applies_when is not None
        )
        self._gate_of = dict(self._gates)
        self._tags = telling_tags(knowledge)
        self._order = {question: rank for rank, question in enumerate(knowledge.questions)}

    def screen(self, intake: Intake, on: date, techniques: Iterable[str] | None = None) -> Screening:
        """Return the screening of one intake on one day.

        Args:
            intake: The parsed intake; an answer that is not there counts as unknown.
            on: The day it is for.
            techniques: Technique ids; None for all of the knowledge.

        Returns:
            One cell per technique and goal zone. An intake without goals has one cell per technique with `zone` None,
            which says NEEDS_INFO.

        Raises:
            KeyError: If a technique is not in the knowledge.
        """
        names = tuple(self._tags) if techniques is None else tuple(techniques)
        answers = self.in_play(intake, on)
        goals = _goals_by_zone(intake)
        awake = [self._rules[number] for number in self._alarms.by_answers(answers)]
        zonal = [one for one in awake if one.zonal]
        person = Situation(on, answers, None, frozenset())
        found = self._standing(intake, on, goals)
        found += findings_of([one for one in awake if not one.zonal], person, intake)
        personal = ordered(found)
        scopes = []
        for zone, indications in goals.items():
            asked = self._asked_in(zone, indications, zonal)
            here = Situation(on, answers, zone, frozenset(indications))
            own = findings_of(asked, here, intake) if asked else []
            found += own
            scopes.append(Scope(zone, indications, personal, own, asked))
        eligible = Eligibility(answers, on, awake, self._last_day)
        judge = Judge(scopes or [Scope(None, (), personal, [], [])], eligible, self._ranked)
        return self._result(intake, on, ordered(found), judge, names)

    def _asked_in(self, zone: str, indications: tuple[str, ...], zonal: list[CompiledRule]) -> list[CompiledRule]:
        """Return the zonal rules to ask in a zone: because of the answers, of the zone, or of what is wished there."""
        here = [self._rules[number] for number in self._alarms.by_place(zone, indications)]
        return [*zonal, *(one for one in here if one not in zonal)] if here else zonal

    def in_play(self, intake: Intake, on: date) -> dict[str, AnswerValue]:
        """Return the answers that count: an unanswered question that does not apply is out of play.

        What is no answer at all, as a program may hand in, counts as unknown.
        """
        answers = dict(intake.answers)
        if set(map(type, answers.values())) != {AnswerValue}:
            odd = [question for question, answer in answers.items() if not isinstance(answer, AnswerValue)]
            answers.update(dict.fromkeys(odd, UNKNOWN))
        situation = Situation(on, answers, None, frozenset(goal.indication for goal in intake.goals))
        out = [
            question
            for question, gate in self._gates
            if answers.get(question, UNKNOWN).state == "unknown" and gate(situation).holds is False
        ]
        # only now, so that every gate has seen the answers as they were given
        answers.update(dict.fromkeys(out, _NOT_ASKED))
        return answers

    def applies(self, question: str, answers: Mapping[str, AnswerValue], on: date, goals: Iterable[str] = ()) -> bool:
        """Return whether a question is to be asked, given the answers and the wished indications so far.

        One that cannot be told is asked.
        """
        gate = self._gate_of.get(question)
        return gate is None or gate(Situation(on, answers, None, frozenset(goals))).holds is not False

    def _standing(self, intake: Intake, on: date, goals: dict[str, tuple[str, ...]]) -> list[Finding]:
        """Return what stands whatever the answers say: no goals, no visit date, stale answers or knowledge."""
        knowledge = self._knowledge
        stale = intake.visit_date is not None and on >= self._valid_end(intake.visit_date)
        checks = (
            (GOALS_MISSING, not goals, ("goals",)),
            (VISIT_MISSING, intake.visit_date is None, ("visit_date",)),
            (ANSWERS_STALE, stale, ("visit_date",)),
            (KNOWLEDGE_STALE, on > knowledge.release.review_by, ()),
            (KNOWLEDGE_EMPTY, not knowledge.rules or not knowledge.questions, ()),
        )
        return [
            Finding(name, name, Verdict.NEEDS_INFO, None, ("all",), None, missing, (), VALIDITY)
            for name, fires, missing in checks
            if fires
        ]

    def _valid_end(self, start: date) -> date:
        length = self._knowledge.fact_quantity(VALIDITY)
        return add_duration(start, length.high or 0, length.unit)

    def _ranked(self, questions: list[str]) -> tuple[str, ...]:
        return (
            ()
            if not questions
            else tuple(sorted(set(questions), key=lambda question: (self._order.get(question, -1), question)))
        )

    def _result(
        self, intake: Intake, on: date, findings: tuple[Finding, ...], judge: Judge, techniques: tuple[str, ...]
    ) -> Screening:
        cells = tuple(judge.rows(self._tags, techniques))
        different = judge.distinct
        days = [cell.eligible_from for cell in different if cell.eligible_from is not None]
        return make_screening(
            on=on,
            valid_until=on if intake.visit_date is None else max(on, self._valid_end(intake.visit_date)),
            intake_hash=intake.intake_hash,
            knowledge_version=self._knowledge.version,
            headline=min((cell.headline for cell in different), key=SEVERITY.__getitem__, default=Verdict.NEEDS_INFO),
            may_treat=any(cell.may_treat for cell in different),
            eligible_from=min(days, default=None),
            findings=findings,
            cells=cells,
            missing=self._ranked([question for cell in different for question in cell.missing]),
        )

    def deferred(
        self, answers: dict[str, AnswerValue], on: date, tags: frozenset[str], scope: tuple[str | None, tuple[str, ...]]
    ) -> list[Finding]:
        """Return the DEFER findings of one zone on another day; used to look for days without one."""
        zone, indications = scope
        awake = [self._rules[number] for number in self._alarms.by_answers(answers)]
        asked = [] if zone is None else self._asked_in(zone, indications, [one for one in awake if one.zonal])
        eligible = Eligibility(answers, on, awake, self._last_day)
        found = eligible.deferred(on, Scope(zone, indications, (), [], asked))
        return [one for one in found if not tags.isdisjoint(one.applies_to)]

    def _last_day(self, on: date) -> date:
        """Return the last day that is searched for a first free day."""
        length = self._knowledge.fact_quantity(HORIZON)
        return add_duration(on, length.high or 0, length.unit)


def _goals_by_zone(intake: Intake) -> dict[str, tuple[str, ...]]:
    """Return zone -> its indications, in the order in which they were wished."""
    goals: dict[str, tuple[str, ...]] = {}
    for goal in intake.goals:
        for zone in goal.zones:
            goals[zone] = (*goals.get(zone, ()), goal.indication)
    return goals
