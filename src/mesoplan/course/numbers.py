"""How many sessions, how far apart: from the facts of the goals, before any date is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mesoplan.intake.model import Intake
from mesoplan.intake.sessions import SESSIONS_ROLE, sourced_sessions
from mesoplan.knowledge.load import Knowledge
from mesoplan.prescription.depth import PRACTITIONER
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.units import longest_days

INTERVAL_ROLE, MINIMUM_ROLE, REPORTED_ROLE = "interval", "interval_minimum", "sessions_reported"
REPORTED, REPORTED_FIELD = "basis.reported", "sessions_reported"
MIDDLE_OF_RANGE, SHORT_END, WITHIN_SOURCES = "basis.middle_of_range", "basis.short_end", "basis.within_sources"


@dataclass(frozen=True, slots=True)
class CourseNumbers:
    """Sessions and interval of a course.

    Attributes:
        sessions: Planned number: what the practitioner decided on for the deciding goal, else the middle of its range,
            rounded down; 0 where neither is known.
        sessions_low: Low end of that range.
        sessions_high: High end.
        deciding_indication: The goal that needs the most sessions, None where no goal has a number.
        interval_days: Short end of the usual interval (whole weeks keep the weekday), never below the minimum.
        interval_minimum_days: No two sessions are closer than this.
        asked: Word keys of what the practitioner must still decide.
        bases: (field name, basis).
    """

    sessions: int
    sessions_low: int
    sessions_high: int
    deciding_indication: str | None
    interval_days: int
    interval_minimum_days: int
    asked: tuple[str, ...]
    bases: tuple[tuple[str, Basis], ...]


def course_numbers(knowledge: Knowledge, intake: Intake, prescription: Prescription) -> CourseNumbers:
    """Return sessions and interval over all goals: the most sessions, the longest interval.

    The goals are those of the prescribed zones; where nothing is prescribed, those of the intake.

    Raises:
        ProblemError: If a fact has no such number.
    """
    planned = [goal for zone in prescription.zones for goal in zone.indications]
    goals = tuple(dict.fromkeys(planned or [goal.indication for goal in intake.goals]))
    decided = {goal.indication: goal.sessions for goal in intake.goals}
    wanted = [one for goal in goals if (one := _wanted(knowledge, goal, decided.get(goal))) is not None]
    most = max(wanted, key=lambda one: (one.most, one.least), default=None)
    at_home = bool(prescription.zones) and all(
        knowledge.techniques[zone.technique].at_home for zone in prescription.zones
    )
    interval, minimum, bases = _interval(knowledge, goals, prescription)
    without_interval = ("asked.interval",) if interval == 0 else ()
    if at_home:  # the numbers of sessions are those of the clinic: only the next procedure is dated
        return CourseNumbers(1, 1, 1, None, interval, minimum, ("asked.sessions_at_home", *without_interval), bases)
    if most is None or most.fact is None:
        bases = (*_reported(knowledge, goals if most is None else (most.goal,)), *bases)
    if most is None:
        return CourseNumbers(0, 0, 0, None, interval, minimum, ("asked.sessions", *without_interval), bases)
    bases = (*most.bases, *bases)
    return CourseNumbers(most.sessions, most.low, most.high, most.goal, interval, minimum, without_interval, bases)


def _reported(knowledge: Knowledge, goals: tuple[str, ...]) -> tuple[tuple[str, Basis], ...]:
    """Return the facts with what sources report where the practitioner decides: shown, never taken over."""
    facts = (knowledge.indications[goal].facts.get(REPORTED_ROLE) for goal in goals)
    return tuple((REPORTED_FIELD, Basis("fact", fact, REPORTED)) for fact in dict.fromkeys(facts) if fact is not None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The sessions of one goal: the sources' range, and what the practitioner decided on within it."""

    goal: str
    low: int
    high: int
    decided: int | None
    fact: str | None

    @property
    def sessions(self) -> int:
        return (self.low + self.high) // 2 if self.decided is None else self.decided

    @property
    def most(self) -> int:
        return self.high if self.decided is None else self.decided

    @property
    def least(self) -> int:
        return self.low if self.decided is None else self.decided

    @property
    def bases(self) -> tuple[tuple[str, Basis], ...]:
        """Whose number it is, and the fact of the range."""
        fact = () if self.fact is None else (("sessions_low", Basis("fact", self.fact)),)
        if self.decided is not None:
            note = PRACTITIONER if self.fact is None else WITHIN_SOURCES
            return (("sessions", Basis("intake", f"goals: {self.goal}: sessions", note)), *fact)
        note = MIDDLE_OF_RANGE if self.low != self.high else ""
        return (("sessions", Basis("fact", self.fact or "", note)), *fact)


def _wanted(knowledge: Knowledge, goal: str, decided: int | None) -> _Wanted | None:
    """Return the sessions of one goal, None where neither a source nor the practitioner gives a number."""
    sourced = sourced_sessions(knowledge, goal)
    if sourced is None:
        return None if decided is None else _Wanted(goal, decided, decided, decided, None)
    return _Wanted(goal, *sourced, decided, knowledge.indications[goal].facts[SESSIONS_ROLE])


def _interval(
    knowledge: Knowledge, goals: tuple[str, ...], prescription: Prescription
) -> tuple[int, int, tuple[tuple[str, Basis], ...]]:
    """Return interval and minimum in days, 0 where nobody gives one."""
    used = dict.fromkeys(zone.technique for zone in prescription.zones)
    in_clinic = [one for one in knowledge.techniques.values() if not one.at_home]
    techniques = [knowledge.techniques[name] for name in used] or in_clinic
    minima = dict.fromkeys(fact for one in techniques if (fact := one.facts.get(MINIMUM_ROLE)) is not None)
    usual = dict.fromkeys(
        fact for goal in goals if (fact := knowledge.indications[goal].facts.get(INTERVAL_ROLE)) is not None
    ) or dict.fromkeys(fact for one in techniques if (fact := one.facts.get(INTERVAL_ROLE)) is not None)
    minimum, minimum_fact = max(((_short_end(knowledge, fact), fact) for fact in minima), default=(0, None))
    interval, interval_fact = max(((_short_end(knowledge, fact), fact) for fact in usual), default=(0, None))
    bases = []
    if interval_fact is not None:
        bases.append(("interval_days", Basis("fact", interval_fact, SHORT_END)))
    if minimum_fact is not None:
        bases.append(("interval_minimum_days", Basis("fact", minimum_fact)))
    return max(interval, minimum), minimum or interval, tuple(bases)


def _short_end(knowledge: Knowledge, fact: str) -> int:
    quantity = knowledge.fact_quantity(fact)
    end = quantity.low if quantity.low is not None else quantity.high or 0.0
    return math.ceil(round(longest_days(end, quantity.unit), 9))
