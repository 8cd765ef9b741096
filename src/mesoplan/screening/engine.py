"""The screening engine: every rule once per intake or once per zone, then one order-free reduction per technique.

Nothing here knows a contraindication. The knowledge holds the questions, rules and facts; this module asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache, partial
from itertools import compress, repeat
from operator import attrgetter, eq

from mesoplan.intake.model import UNKNOWN, AnswerValue, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import SEVERITY, Verdict
from mesoplan.screening.alarms import AlarmIndex, alarms_of
from mesoplan.screening.cells import EVERYONE, Judge, alike, telling_tags
from mesoplan.screening.conditions import Compiled, Situation, compile_condition
from mesoplan.screening.eligibility import Eligibility, Scope, selective
from mesoplan.screening.model import (
    Finding,
    JointScreening,
    Screening,
    make_joint_screening,
    make_screening,
    ordered,
)
from mesoplan.screening.rules import CompiledRule, findings_of
from mesoplan.units import add_duration

VALIDITY = "screening.validity"
HORIZON = "plan.horizon"
GOALS_MISSING, KNOWLEDGE_STALE, KNOWLEDGE_EMPTY = "goals_missing", "knowledge_stale", "knowledge_empty"
VISIT_MISSING, ANSWERS_STALE = "visit_date_missing", "answers_stale"
_state = attrgetter("state")
_NOT_ASKED = AnswerValue("not asked")
_KEPT = 4096


class Screener:
    """Screens intakes against one knowledge base; compiled once, safe to share, without state between calls."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile every rule and every condition under which a question is asked."""
        self._knowledge = knowledge
        self._rules = tuple(CompiledRule(rule, knowledge) for rule in knowledge.rules.values())
        self._alarms = AlarmIndex([alarms_of(one.rule.when, knowledge) for one in self._rules], knowledge)
        self._gates: tuple[tuple[str, Compiled], ...] = tuple(
            (question.id, compile_condition(question.applies_when, knowledge))
            for question in knowledge.questions.values()
            if question.applies_when is not None
        )
        self._gate_of = dict(self._gates)
        self._tags = telling_tags(knowledge)
        # what thousands of clients have in common is remembered; none of it is about one client
        self._alike = lru_cache(maxsize=_KEPT)(partial(alike, self._tags))
        self._placed = lru_cache(maxsize=_KEPT)(self._woken_by)
        self._valid_end = lru_cache(maxsize=_KEPT)(self._end_of_validity)
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
        judge, found = self._judge(intake, on, names)
        return make_screening(*self._before(intake, on, judge, found), judge.cells(names), self._missing(judge))

    def screen_jointly(self, intake: Intake, on: date) -> JointScreening:
        """Return the screening of all techniques with what several of them have in common said once.

        Args:
            intake: The parsed intake; an answer that is not there counts as unknown.
            on: The day it is for.
        """
        judge, found = self._judge(intake, on, tuple(self._tags))
        return make_joint_screening(*self._before(intake, on, judge, found), judge.judgements(), self._missing(judge))

    def _judge(self, intake: Intake, on: date, names: tuple[str, ...]) -> tuple[Judge, list[Finding]]:
        """Return the judge of these techniques, and all findings."""
        answers = self.in_play(intake, on)
        goals = _goals_by_zone(intake)
        awake = [self._rules[number] for number in self._alarms.by_answers(answers)]
        zonal = [one for one in awake if one.zonal]
        person = Situation(on, answers, None, frozenset())
        found = self._standing(intake, on, goals)
        found += findings_of([one for one in awake if not one.zonal], person, intake)
        personal = (ordered(found), selective(found))
        scopes, later = [], [one for one in zonal if one.later]
        moving = {one for one in awake if one.later}
        for zone, indications in goals.items():
            asked = self._asked_in(zone, indications, zonal)
            here = Situation(on, answers, zone, frozenset(indications))
            own = findings_of(asked, here, intake) if asked else []
            found += own
            coming = later if asked is zonal else [one for one in asked if one.later]
            moving.update(coming)
            scopes.append(Scope(zone, indications, personal, own, coming))
        # only what stands, or may come with the calendar, can tell techniques apart
        concerned = {EVERYONE}.union(*[one.applies_to for one in found], *[one.applies_to for one in moving])
        groups = self._alike(names, frozenset(concerned))
        eligible = Eligibility(answers, on, awake, self._last_day)
        return Judge(scopes or [Scope(None, (), personal, [], [])], groups, eligible, self._ranked), found

    def _asked_in(self, zone: str, indications: tuple[str, ...], zonal: list[CompiledRule]) -> list[CompiledRule]:
        """Return the zonal rules to ask in a zone: because of the answers, of the zone, or of what is wished there."""
        here = self._placed(zone, indications)
        return [*zonal, *(one for one in here if one not in zonal)] if here else zonal

    def _woken_by(self, zone: str, indications: tuple[str, ...]) -> tuple[CompiledRule, ...]:
        return tuple([self._rules[number] for number in self._alarms.by_place(zone, indications)])

    def in_play(self, intake: Intake, on: date) -> dict[str, AnswerValue]:
        """Return the answers that count: an unanswered question that does not apply is out of play.

        What is no answer at all, as a program may hand in, counts as unknown.
        """
        answers = dict(intake.answers)
        if set(map(type, answers.values())) != {AnswerValue}:
            odd = [question for question, answer in answers.items() if not isinstance(answer, AnswerValue)]
            answers.update(dict.fromkeys(odd, UNKNOWN))
        situation = Situation(on, answers, None, frozenset([goal.indication for goal in intake.goals]))
        gated = map(_state, map(answers.get, self._gate_of, repeat(UNKNOWN)))
        open_ones = compress(self._gates, map(eq, gated, repeat("unknown")))
        out = [question for question, gate in open_ones if gate(situation).holds is False]
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
        checks: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
            (GOALS_MISSING, not goals, ("goals",)),
            (VISIT_MISSING, intake.visit_date is None, ("visit_date",)),
            (ANSWERS_STALE, stale, ("visit_date",)),
            (KNOWLEDGE_STALE, on > knowledge.release.review_by, ()),
            (KNOWLEDGE_EMPTY, not knowledge.rules or not knowledge.questions, ()),
        )
        return [
            Finding(name, name, Verdict.NEEDS_INFO, None, (EVERYONE,), None, missing, (), VALIDITY)
            for name, fires, missing in checks
            if fires
        ]

    def _end_of_validity(self, start: date) -> date:
        length = self._knowledge.fact_quantity(VALIDITY)
        return add_duration(start, length.high or 0, length.unit)

    def _ranked(self, questions: list[str]) -> tuple[str, ...]:
        asked = set(questions)
        if len(asked) < 2:
            return tuple(asked)
        return tuple(sorted(asked, key=lambda question: (self._order.get(question, -1), question)))

    def _before(
        self, intake: Intake, on: date, judge: Judge, found: list[Finding]
    ) -> tuple[date, date, str, str, Verdict, bool, date | None, tuple[Finding, ...]]:
        """Return what a screening says before its cells or judgements, in that order."""
        said = [one.said for one in judge.distinct]
        days = [one.eligible_from for one in judge.distinct if one.eligible_from is not None]
        return (
            on,
            on if intake.visit_date is None else max(on, self._valid_end(intake.visit_date)),
            intake.intake_hash,
            self._knowledge.version,
            min([one.headline for one in said], key=SEVERITY.__getitem__, default=Verdict.NEEDS_INFO),
            True in [one.may_treat for one in said],
            min(days, default=None),
            ordered(found),
        )

    def _missing(self, judge: Judge) -> tuple[str, ...]:
        return self._ranked([question for one in judge.distinct if one.said.missing for question in one.said.missing])

    def deferring(
        self, answers: dict[str, AnswerValue], on: date, places: Iterable[tuple[frozenset[str], str, tuple[str, ...]]]
    ) -> Callable[[date], list[Finding]]:
        """Return what tells the DEFER findings of a day on which some zones are to be treated; to look for free days.

        Args:
            answers: As `in_play` returns them.
            on: The day they are of.
            places: Tags of the technique, zone, and what is wished there.
        """
        awake = [self._rules[number] for number in self._alarms.by_answers(answers)]
        zonal = [one for one in awake if one.zonal]
        eligible = Eligibility(answers, on, awake, self._last_day)
        scopes = []
        for tags, zone, wished in places:
            coming = [one for one in self._asked_in(zone, wished, zonal) if one.later]
            scopes.append((tags, Scope(zone, wished, ((), []), [], coming)))

        def deferred(day: date) -> list[Finding]:
            found = [(tags, one) for tags, scope in scopes for one in eligible.deferred(day, scope)]
            return [one for tags, one in found if not tags.isdisjoint(one.applies_to)]

        return deferred

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
