"""What the commands share: loading, the day, and how problems are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.errors import Problem, Problems

if TYPE_CHECKING:
    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.load import Knowledge


def print_problems(problems: Iterable[Problem]) -> None:
    """Print every problem to the error stream, numbered when there are several."""
    every = tuple(problems)
    for number, problem in enumerate(every, 1):
        print(f"{f'{number}. ' if len(every) > 1 else ''}{problem}", file=sys.stderr)


def stop(place: str, value: object, message: str, remedy: str) -> None:
    """Raise one problem.

    Raises:
        ProblemError: Always.
    """
    problems = Problems()
    problems.add(place, value, message, remedy)
    problems.raise_if_any()


def load_knowledge() -> Knowledge:
    """Return the knowledge base, with the folders that MESOPLAN_KNOWLEDGE names merged in."""
    from mesoplan.knowledge.load import load

    extra = [Path(name) for name in os.environ.get("MESOPLAN_KNOWLEDGE", "").split(os.pathsep) if name]
    return load(*extra)


def parse_day(value: str | None, option: str) -> date | None:
    """Return an ISO date given on the command line, None when none was given.

    Raises:
        ProblemError: If it is not a date.
    """
    if value is None:
        return None
    try:
        if len(value) != len("YYYY-MM-DD"):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        stop(option, value, "not a date", "Write it as YYYY-MM-DD.")
        raise AssertionError("unreachable") from None


def day_for(intake: Intake, on: date | None, *, quiet: bool = False) -> date:
    """Return the day of the screening: `--on`, else the visit date of the intake, nothing else.

    Raises:
        ProblemError: If there is neither, or if `--on` lies before the day on which the answers were given.
    """
    if on is None and intake.visit_date is None:
        stop("--on", None, "the intake has no visit_date and no day was given", "Enter visit_date, or give --on DATE.")
    day = on if on is not None else intake.visit_date
    if day is None:
        raise AssertionError("unreachable")
    if intake.visit_date is not None and day < intake.visit_date:
        message = f"the answers were given on {intake.visit_date}, after this day"
        stop("--on", day, message, "Screen for the visit's day or a later one.")
    if day != date.today() and not quiet:
        print(f"Note: planned for {day}, today is {date.today()}.", file=sys.stderr)
    return day
