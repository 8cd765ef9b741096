"""The screening engine: every rule once per intake or once per zone, then one order-free reduction per technique.

Nothing here knows a contraindication. The knowledge holds the questions, rules and facts; this module asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from mesoplan.intake.model import UNKNOWN, AnswerValue, Intake
from mesoplan.knowledge.conditions import is_zonal
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Rule
from mesoplan.knowledge.verdict import SEVERITY, TREATABLE, Verdict, strictest
from mesoplan.screening.conditions import (
    Compiled,
    Situation,
    compile_condition,
    moves,
    questions_of,
    silent_without,
)
from mesoplan.screening.model import Cell, Finding, Screening
from mesoplan.screening.told import Told
from mesoplan.units import add_duration

VALIDITY = "screening.validity"
HORIZON = "plan.horizon"
GOALS_MISSING, KNOWLEDGE_STALE, KNOWLEDGE_EMPTY = "goals_missing", "knowledge_stale", "knowledge_empty"
_NOTHING = ("no", "not asked")
ALLOWING = ("yes", "conditions")
"""What a doctor may have ticked that lifts a finding."""
VISIT_MISSING, ANSWERS_STALE = "visit_date_missing", "answers_stale"


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    """A rule ready to be asked."""

    rule: Rule
    told: Compiled
    zonal: bool
    questions: tuple[str, ...]
    silent_without: tuple[str, ...]
    """Questions on zones and events: answered no, all of them, the rule says nothing; empty where none decides."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """The findings that count in one zone, in order, before techniques are told apart."""

    zone: str | None
    indications: tuple[str, ...]
    findings: tuple[Finding, ...]


class Screener:
    """Screens intakes against one knowledge base; compiled once, safe to share, without state between calls."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile every rule and every condition under which a question is asked."""
        self._knowledge = knowledge
        compiled = [self._compile(rule) for rule in knowledge.rules.values()]
        self._personal = tuple(one for one in compiled if not one.zonal)
        self._zonal = tuple(one for one in compiled if one.zonal)
        # what does not move with the calendar and is silent today is silent on every later day too
        self._deferring = tuple(one for one in compiled if one.rule.verdict is Verdict.DEFER and moves(one.rule.when))
        self._gates: tuple[tuple[str, Compiled], ...] = tuple(
            (question.id, compile_condition(question.applies_when, knowledge))
            for question in knowledge.questions.values()
            if question.applies_when is not None
        )
        self._gate_of = dict(self._gates)
        self._tags = {technique.id: frozenset({*technique.tags, "all"}) for technique in knowledge.techniques.values()}
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
        personal = [*self._standing(intake, on, goals), *self._findings(self._personal, on, answers, None, (), intake)]
        speaking = tuple(one for one in self._zonal if not _is_silent(one, answers))
        scopes = [
            _Scope(
                zone,
                indications,
                _ordered((*personal, *self._findings(speaking, on, answers, zone, indications, intake))),
            )
            for zone, indications in goals.items()
        ] or [_Scope(None, (), _ordered(personal))]
        eligible = _Eligibility(self, answers, on)
        cells = tuple(self._cell(technique, scope, eligible) for technique in names for scope in scopes)
        findings = _ordered({one.id: one for scope in scopes for one in scope.findings}.values())
        return self._result(intake, on, findings, cells)

    def in_play(self, intake: Intake, on: date) -> dict[str, AnswerValue]:
        """Return the answers that count: an unanswered question that does not apply is out of play.

        What is no answer at all, as a program may hand in, counts as unknown.
        """
        answers = {
            question: answer if isinstance(answer, AnswerValue) else UNKNOWN
            for question, answer in intake.answers.items()
        }
        situation = Situation(on, dict(answers), None, frozenset(goal.indication for goal in intake.goals))
        for question, gate in self._gates:
            given = situation.answer(question)
            if given.state == "unknown" and gate(situation).holds is False:
                answers[question] = AnswerValue("not asked")
        return answers

    def applies(self, question: str, answers: Mapping[str, AnswerValue], on: date, goals: Iterable[str] = ()) -> bool:
        """Return whether a question is to be asked, given the answers and the wished indications so far.

        One that cannot be told is asked.
        """
        gate = self._gate_of.get(question)
        return gate is None or gate(Situation(on, answers, None, frozenset(goals))).holds is not False

    def _compile(self, rule: Rule) -> _CompiledRule:
        told = compile_condition(rule.when, self._knowledge)
        zonal = is_zonal(rule.when, self._knowledge)
        return _CompiledRule(rule, told, zonal, questions_of(rule.when), silent_without(rule.when))

    def _findings(
        self,
        rules: tuple[_CompiledRule, ...],
        on: date,
        answers: dict[str, AnswerValue],
        zone: str | None,
        indications: tuple[str, ...],
        intake: Intake,
    ) -> list[Finding]:
        situation = Situation(on, answers, zone, frozenset(indications))
        found = []
        for one in rules:
            told = _ask(one, situation)
            if told.holds is not False:
                finding = _finding(one, told, zone)
                found.append(_signed(finding, intake, on) if finding.verdict is Verdict.PHYSICIAN else finding)
        return found

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

    def _cell(self, technique: str, scope: _Scope, eligible: _Eligibility) -> Cell:
        tags = self._tags[technique]
        findings = tuple(one for one in scope.findings if not tags.isdisjoint(one.applies_to))
        headline = strictest(one.effective for one in findings)
        missing = self._ranked([question for one in findings for question in one.missing])
        return Cell(
            technique=technique,
            zone=scope.zone,
            indications=scope.indications,
            headline=headline,
            may_treat=headline in TREATABLE and not missing,
            eligible_from=eligible.first_day(technique, tags, scope, findings),
            provisional=bool(missing) or any(one.effective is Verdict.PHYSICIAN for one in findings),
            findings=tuple(one.id for one in findings),
            missing=missing,
        )

    def _ranked(self, questions: list[str]) -> tuple[str, ...]:
        return (
            ()
            if not questions
            else tuple(sorted(set(questions), key=lambda question: (self._order.get(question, -1), question)))
        )

    def _result(self, intake: Intake, on: date, findings: tuple[Finding, ...], cells: tuple[Cell, ...]) -> Screening:
        days = [cell.eligible_from for cell in cells if cell.eligible_from is not None]
        return Screening(
            on=on,
            valid_until=on if intake.visit_date is None else max(on, self._valid_end(intake.visit_date)),
            intake_hash=intake.intake_hash,
            knowledge_version=self._knowledge.version,
            headline=min((cell.headline for cell in cells), key=SEVERITY.__getitem__, default=Verdict.NEEDS_INFO),
            may_treat=any(cell.may_treat for cell in cells),
            eligible_from=min(days, default=None),
            findings=findings,
            cells=cells,
            missing=self._ranked([question for cell in cells for question in cell.missing]),
        )

    def deferred(
        self, answers: dict[str, AnswerValue], on: date, tags: frozenset[str], scope: tuple[str | None, tuple[str, ...]]
    ) -> list[Finding]:
        """Return the DEFER findings of one zone on another day; used to look for the first free day."""
        zone, indications = scope
        situation = Situation(on, answers, zone, frozenset(indications))
        found = []
        for one in self._deferring:
            if (one.zonal and zone is None) or _is_silent(one, answers) or tags.isdisjoint(one.rule.applies_to):
                continue
            told = _ask(one, situation)
            if told.holds:
                found.append(_finding(one, told, zone))
        return found

    @property
    def horizon(self) -> Callable[[date], date]:
        """The last day that is searched for a first free day, as a function of the day of the screening."""
        length = self._knowledge.fact_quantity(HORIZON)
        return lambda on: add_duration(on, length.high or 0, length.unit)


class _Eligibility:
    """Looks for the first day without a DEFER; remembers what it found within one screening."""

    def __init__(self, screener: Screener, answers: dict[str, AnswerValue], on: date) -> None:
        self._screener, self._answers, self._on = screener, answers, on
        self._found: dict[tuple[str | None, frozenset[str]], date | None] = {}

    def first_day(
        self, technique: str, tags: frozenset[str], scope: _Scope, findings: tuple[Finding, ...]
    ) -> date | None:
        """Return the first free day, None where a DEFER has no known end or CONTRAINDICATED stands."""
        if any(one.effective is Verdict.CONTRAINDICATED for one in findings):
            return None
        waiting = [one for one in findings if one.verdict is Verdict.DEFER]
        if not waiting:
            return self._on
        key = (scope.zone, tags)
        if key not in self._found:
            self._found[key] = self._search(waiting, tags, (scope.zone, scope.indications))
        return self._found[key]

    def _search(
        self, waiting: list[Finding], tags: frozenset[str], scope: tuple[str | None, tuple[str, ...]]
    ) -> date | None:
        last = self._screener.horizon(self._on)
        while waiting:
            ends = [one.until for one in waiting]
            if any(end is None for end in ends):
                return None
            day = max(end for end in ends if end is not None)
            if day > last:
                return None
            waiting = self._screener.deferred(self._answers, day, tags, scope)
        return day


def _is_silent(one: _CompiledRule, answers: Mapping[str, AnswerValue]) -> bool:
    """Return whether a rule is about places or events of which there are none."""
    for question in one.silent_without:
        answer = answers.get(question)
        if answer is None or answer.state not in _NOTHING:
            return False
    return bool(one.silent_without)


def _ask(one: _CompiledRule, situation: Situation) -> Told:
    """Return what a rule says; a rule that fails on an answer could not be told, it never passes in silence."""
    try:
        return one.told(situation)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return Told(None, None, one.questions)


def _finding(one: _CompiledRule, told: Told, zone: str | None) -> Finding:
    rule = one.rule
    where = zone if one.zonal else None
    verdict = rule.verdict if told.holds else Verdict.NEEDS_INFO
    dated = verdict is Verdict.DEFER and not rule.undated
    return Finding(
        id=rule.id if where is None else f"{rule.id}@{where}",
        rule=rule.id,
        verdict=verdict,
        zone=where,
        applies_to=rule.applies_to,
        until=told.until if dated else None,
        missing=told.missing or (one.questions if verdict is Verdict.NEEDS_INFO else ()),
        questions=one.questions,
        fact=rule.fact,
    )


def _signed(finding: Finding, intake: Intake, on: date) -> Finding:
    """Return the finding, lifted where the latest decision that names it and holds on the day allows the treatment.

    Of decisions of one day a "no" counts.
    """
    holding = [
        one
        for one in intake.signatures
        if one.finding == finding.id
        and one.physician.strip()
        and one.signed_on <= on
        and (one.valid_until is None or on <= one.valid_until)
    ]
    latest = max(holding, key=lambda one: (one.signed_on, one.answer == "no"), default=None)
    allowed = latest is not None and latest.answer in ALLOWING
    return replace(finding, lifted_by=latest.physician) if latest is not None and allowed else finding


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (-SEVERITY[one.effective], one.id)))


def _goals_by_zone(intake: Intake) -> dict[str, tuple[str, ...]]:
    """Return zone -> its indications, in the order in which they were wished."""
    goals: dict[str, tuple[str, ...]] = {}
    for goal in intake.goals:
        for zone in goal.zones:
            goals[zone] = (*goals.get(zone, ()), goal.indication)
    return goals
