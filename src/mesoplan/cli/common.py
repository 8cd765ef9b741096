"""What the commands share: loading, the day, and how problems are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.errors import Problem, ProblemError, Problems
from mesoplan.plain import is_plausible, typed_day

if TYPE_CHECKING:
    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.load import Knowledge


def print_problems(problems: Iterable[Problem]) -> None:
    """Print every problem to the error stream, numbered when there are several."""
    every = tuple(problems)
    for number, problem in enumerate(every, 1):
        print(f"{f'{number}. ' if len(every) > 1 else ''}{problem}", file=sys.stderr)


def note(text: str) -> None:
    """Print a remark to the error stream, where it does not mix with a result."""
    print(text, file=sys.stderr, flush=True)


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
    day = typed_day(value)
    if day is None:
        stop(option, value, "not a date", "Write it as YYYY-MM-DD.")
    elif not is_plausible(day):
        stop(option, value, "not a plausible date", "Check the year.")
    return day


def day_for(intake: Intake, on: date | None, place: str) -> date:
    """Return the day of the screening: `--on`, else the visit date of the intake, nothing else.

    Raises:
        ProblemError: If there is neither, or if something in the intake lies after the day.
    """
    from mesoplan.intake.timing import problems_on

    day = on if on is not None else intake.visit_date
    if day is None:
        stop("--on", None, "the intake has no visit_date and no day was given", "Enter visit_date, or give --on DATE.")
        raise AssertionError("unreachable")
    problems = problems_on(intake, day, place=place)
    if problems:
        raise ProblemError(problems)
    return day


def note_other_day(day: date) -> None:
    """Say on the error stream when a plan is for another day than today."""
    if day != date.today():
        print(f"Note: planned for {day}, today is {date.today()}.", file=sys.stderr)
