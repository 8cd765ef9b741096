"""The allergy test in the calendar: placing and both readings on open days, before the first session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mesoplan.course.days import Reasons, combine, first_free
from mesoplan.course.model import Appointment
from mesoplan.intake.model import AllergyTest
from mesoplan.prescription.allergy_test import ReadingDays

PLACING, FIRST, SECOND = "allergy_test.placing", "allergy_test.first_reading", "allergy_test.second_reading"
READING_CLOSED = "moved.reading"


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test in the calendar.

    Attributes:
        appointments: What is still to do of it.
        session_from: The first day on which a session may follow: the last day of the second reading.
        counts_until: The last day on which it counts; a later session needs a new one.
    """

    appointments: tuple[Appointment, ...]
    session_from: date
    counts_until: date


def plan_test(start: date, last: date, closed: Reasons, days: ReadingDays, number: int) -> PlannedTest | None:
    """Return a new test from `start` on, None where no day up to `last` has both readings on open days.

    Args:
        start: First day on which it may be placed.
        last: Last day on which it may be placed.
        closed: Days on which the clinic is closed.
        days: When a test is read.
        number: The session that it comes before.
    """

    def readings_closed(day: date) -> tuple[str, ...]:
        return () if _readings(day, day, closed, days, number) else (READING_CLOSED,)

    placed = first_free(start, last, combine(closed, readings_closed))
    if placed is None:
        return None
    readings = _readings(placed.day, placed.day, closed, days, number)
    placing = Appointment("allergy test", number, placed.day, placed.day, placed.moved, PLACING)
    return PlannedTest((placing, *readings), readings[-1].last_day, days.last_valid_day(placed.day))


def plan_readings(
    tests: Iterable[AllergyTest], on: date, closed: Reasons, days: ReadingDays, number: int
) -> PlannedTest | None:
    """Return the readings still due of a test already placed, None where one was missed: then it must be repeated.

    Args:
        tests: Tests of the product in use, none of them complete.
        on: The day of planning; a reading due before it and not entered was missed.
        closed: Days on which the clinic is closed.
        days: When a test is read.
        number: The session that it comes before.
    """
    for test in sorted(tests, key=lambda one: one.placed_on, reverse=True):
        read = [day for day, _ in test.readings if (day - test.placed_on).days >= days.first and day <= on]
        due = _readings(test.placed_on, max([on, *(day + timedelta(days=1) for day in read)]), closed, days, number)
        left = due[1:] if read else due
        if due and (read or due[0].day >= on):
            return PlannedTest(left, left[-1].last_day, days.last_valid_day(test.placed_on))
    return None


def _readings(
    placed_on: date, second_from: date, closed: Reasons, days: ReadingDays, number: int
) -> tuple[Appointment, ...]:
    """Return both readings of a test, the second not before `second_from`; empty where the clinic is closed for one."""
    first = placed_on + timedelta(days=days.first)
    window = [placed_on + timedelta(days=after) for after in range(days.second_low, days.second_high + 1)]
    possible = [day for day in window if day > first and day >= second_from]
    open_days = [day for day in possible if not closed(day)]
    if not open_days or (first >= second_from and closed(first)):
        return ()
    moved = tuple(dict.fromkeys(reason for day in possible if day < open_days[0] for reason in closed(day)))
    return (
        Appointment("reading", number, first, first, (), FIRST),
        Appointment("reading", number, open_days[0], open_days[-1], moved, SECOND),
    )
