"""Courses before this one: what the intake's sessions of the past tell of how soon another course may begin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mesoplan.course.days import Reasons
from mesoplan.intake.model import ANYWHERE, UNKNOWN, EventAnswer, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.prescription.model import Prescription
from mesoplan.units import add_duration, add_months

SESSIONS = "mesotherapy_session"
PAUSE = "course.pause"
PER_YEAR_ROLE, REPEAT_ROLE = "courses_per_year", "repeat"
MONTHS_PER_YEAR = 12
TOO_SOON = "moved.earlier_courses"
ASKED = "asked.earlier_sessions"


@dataclass(frozen=True, slots=True)
class EarlierCourse:
    """Sessions of one zone that followed each other within the pause.

    Attributes:
        start: First day that is known of it; the real one may lie earlier.
        end: Last day.
    """

    start: date
    end: date


def earlier_courses(knowledge: Knowledge, intake: Intake, zone: str, on: date) -> tuple[EarlierCourse, ...]:
    """Return the courses of a zone before this one, oldest first; what cannot be dated counts as held on `on`.

    Sessions of this course are left out (`own_days`). Where more sessions followed each other than were done of it, any
    of them may be another course's: they count as the courses that they can be, as many and as late as can be.
    """
    events = _events(intake)
    own, unsure, others = _own_and_unsure(knowledge, intake)
    here = [event for event in events if zone in event.zones or ANYWHERE in event.zones]
    found = sorted({event.date or on for event in here if event.date not in own})
    after = next((day for day in found if unsure and day > max(unsure)), None)
    latest = _latest_apart(knowledge, [day for day in found if day in unsure], after)[:others]
    days = [day for day in found if day not in unsure or day in latest]
    return tuple(EarlierCourse(run[0], run[-1]) for run in _runs(knowledge, days))


def _own_and_unsure(knowledge: Knowledge, intake: Intake) -> tuple[set[date], set[date], int]:
    """Return the days that are this course's, those of which only some are, and how many of these are not."""
    told = intake.course_days
    before, typed = _before(intake), intake.sessions_done - len(told)
    run = _runs(knowledge, before)[-1] if before and typed > 0 else []
    if len(run) > typed:
        return set(told), set(run), len(run) - typed
    return set(own_days(intake)), set(), 0


def _latest_apart(knowledge: Knowledge, days: Sequence[date], after: date | None) -> list[date]:
    """Return the latest of days that is more than the pause before `after`, the latest as long before it, and so on.

    A day within the pause would only draw the start of the course that `after` begins forward to itself.
    """
    pause = knowledge.fact_quantity(PAUSE)
    found: list[date] = []
    for day in reversed(days):
        if after is None or after > add_duration(day, pause.high or 0.0, pause.unit):
            found.append(day)
            after = day
    return found


def _runs(knowledge: Knowledge, days: Sequence[date]) -> list[list[date]]:
    """Return days, in order, as the courses they make: those that follow each other within the pause."""
    pause = knowledge.fact_quantity(PAUSE)
    found: list[list[date]] = []
    for day in days:
        if not found or day > add_duration(found[-1][-1], pause.high or 0.0, pause.unit):
            found.append([])
        found[-1].append(day)
    return found


def own_days(intake: Intake) -> tuple[date, ...]:
    """Return the days of this course's sessions, in order, as far as they are known.

    Those that its record tells; for the others the latest days named before them, in whatever zone, as many as the
    intake says were done: if one of them is another course's, dates are counted from a later day, never an earlier one.
    """
    told, before = intake.course_days, _before(intake)
    return (*before[max(0, len(before) - max(0, intake.sessions_done - len(told))) :], *told)


def _before(intake: Intake) -> list[date]:
    """Return the days named before those that the record tells, in order."""
    told = intake.course_days
    dated = {event.date for event in _events(intake) if event.date is not None}
    return sorted(day for day in dated if not told or day < told[0])


def course_from(knowledge: Knowledge, intake: Intake, prescription: Prescription, on: date) -> date | None:
    """Return the first day on which a new course may begin in every prescribed zone, None where nothing holds it back.

    A course that is under way is not held back.
    """
    if intake.sessions_done:
        return None
    found: list[date] = []
    for zone in prescription.zones:
        courses = earlier_courses(knowledge, intake, zone.zone, on)
        found += _after_starts(knowledge, zone.technique, [one.start for one in courses])
        for goal in zone.indications:
            repeat = knowledge.indications[goal].facts.get(REPEAT_ROLE)
            if repeat is not None and courses:
                length = knowledge.fact_quantity(repeat)
                found.append(add_duration(courses[-1].end, length.low or length.high or 0.0, length.unit))
    return max(found, default=None)


def another_course_from(
    knowledge: Knowledge, intake: Intake, prescription: Prescription, on: date, start: date
) -> date | None:
    """Return the earliest start of the course after the one of `start`, as the courses of twelve months allow it."""
    found: list[date] = []
    for zone in prescription.zones:
        starts = [one.start for one in earlier_courses(knowledge, intake, zone.zone, on)]
        found += _after_starts(knowledge, zone.technique, [*starts, start])
    return max(found, default=None)


def not_before(day: date | None) -> Reasons:
    """Return why a course cannot begin before a day, None for no such day."""
    return lambda other: (TOO_SOON,) if day is not None and other < day else ()


def unsaid(intake: Intake) -> tuple[str, ...]:
    """Return what has to be asked about earlier sessions: unanswered, or without a date."""
    answer = intake.answers.get(SESSIONS, UNKNOWN)
    undated = answer.state == "yes" and (not answer.events or any(event.date is None for event in answer.events))
    return (ASKED,) if answer.state == "unknown" or undated else ()


def _after_starts(knowledge: Knowledge, technique: str, starts: Sequence[date]) -> Iterator[date]:
    """Yield the day on which fewer courses began within the twelve months before than a year allows."""
    fact = knowledge.techniques[technique].facts.get(PER_YEAR_ROLE)
    most = None if fact is None else knowledge.limits(fact, "1/a")[1]
    if most and len(starts) >= math.floor(most):
        yield add_months(sorted(starts)[-math.floor(most)], MONTHS_PER_YEAR)


def _events(intake: Intake) -> tuple[EventAnswer, ...]:
    """Return the sessions named; where nothing was answered, or only yes, one of no known day and place."""
    answer = intake.answers.get(SESSIONS, UNKNOWN)
    if answer.state == "unknown" or (answer.state == "yes" and not answer.events):
        return (EventAnswer(None, "", (ANYWHERE,)),)
    return answer.events
