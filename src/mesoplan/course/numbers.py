"""How many sessions, how far apart: from the facts of the goals, before any date is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mesoplan.intake.model import Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.prescription.model import Basis, Prescription
from mesoplan.units import longest_days

SESSIONS_ROLE, INTERVAL_ROLE, MINIMUM_ROLE = "sessions", "interval", "interval_minimum"
MIDDLE_OF_RANGE, SHORT_END = "basis.middle_of_range", "basis.short_end"


@dataclass(frozen=True, slots=True)
class CourseNumbers:
    """Sessions and interval of a course.

    Attributes:
        sessions: Planned number: the middle of the deciding goal's range, rounded down; 0 without a sourced number.
        sessions_low: Low end of that range.
        sessions_high: High end.
        deciding_indication: The goal that needs the most sessions, None where no goal has a sourced number.
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
    ranges = [
        (*_whole(knowledge, fact), goal, fact)
        for goal in goals
        if (fact := knowledge.indications[goal].facts.get(SESSIONS_ROLE)) is not None
    ]
    low, high, deciding, fact = max(ranges, key=lambda one: (one[1], one[0]), default=(0, 0, None, None))
    at_home = bool(prescription.zones) and all(
        knowledge.techniques[zone.technique].at_home for zone in prescription.zones
    )
    if at_home:  # the numbers of sessions are those of the clinic: only the next procedure is dated
        low, high, deciding, fact = 1, 1, None, None
    interval, minimum, bases = _interval(knowledge, goals, prescription)
    if fact is not None:
        note = MIDDLE_OF_RANGE if low != high else ""
        bases = (("sessions", Basis("fact", fact, note)), ("sessions_low", Basis("fact", fact)), *bases)
    open_number = "asked.sessions_at_home" if at_home else "asked.sessions"
    asked = ((open_number,) if fact is None else ()) + (("asked.interval",) if interval == 0 else ())
    return CourseNumbers((low + high) // 2, low, high, deciding, interval, minimum, asked, bases)


def _whole(knowledge: Knowledge, fact: str) -> tuple[int, int]:
    low, high = knowledge.limits(fact, "sessions")
    ends = [end for end in (low, high) if end is not None]
    return math.floor(min(ends)), math.ceil(max(ends))


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
