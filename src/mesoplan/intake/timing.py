"""Whether an intake can be screened on a day: nothing in it may lie after that day that must have happened before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mesoplan.errors import Problem
from mesoplan.intake.model import Intake
from mesoplan.plain import is_plausible


def problems_on(intake: Intake, on: date, *, place: str, option: str = "--on") -> tuple[Problem, ...]:
    """Return why an intake cannot be screened on a day; empty when it can.

    Args:
        intake: The parsed intake.
        on: The day.
        place: What to call the intake.
        option: What the day was given by.
    """
    if not is_plausible(on):
        return (Problem(option, on.isoformat(), "not a plausible date", "Check the year."),)
    found = []
    if intake.visit_date is not None and on < intake.visit_date:
        message = f"the answers were given on {intake.visit_date}, after this day"
        found.append(Problem(option, on.isoformat(), message, "Screen for the visit's day or a later one."))
    message = f"this lies after {on}, the day it is for"
    remedy = "Enter only what had happened by that day, or choose a later one."
    found += [
        Problem(f"{place}: {where}", day.isoformat(), message, remedy) for where, day in _days(intake) if day > on
    ]
    return tuple(found)


def _days(intake: Intake) -> Iterator[tuple[str, date]]:
    """Yield the days of what has been signed, placed and read, with their places."""
    for number, signature in enumerate(intake.signatures, 1):
        yield f"signatures: {number}: signed_on", signature.signed_on
    for number, test in enumerate(intake.allergy_tests, 1):
        yield f"allergy_tests: {number}: placed_on", test.placed_on
        for day, _ in test.readings:
            yield f"allergy_tests: {number}: readings", day
