"""One error family: every problem names the value, the place and the remedy, and all problems are raised at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from mesoplan.plain import on_one_line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was handed in.

    Attributes:
        place: Where it stands: file and line for data, the option or the question id otherwise.
        value: The offending value as it was given, shortened to 120 characters when printed.
        message: What is wrong with it, one sentence.
        remedy: What to do about it, one sentence.
    """

    place: str
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """Return the problem as one line for a terminal; what cannot be seen in it is shown as its code."""
        shown = self.value if len(self.value) <= 120 else self.value[:117] + "..."
        given = f" (given: {shown})" if shown else ""
        place = self.place if len(self.place) <= 240 else "..." + self.place[-237:]
        return on_one_line(f"{place}: {self.message}{given}. {self.remedy}")


class MesoplanError(Exception):
    """The base of every error that this package raises on purpose."""


class ProblemError(MesoplanError):
    """Input that cannot be used; `problems` holds every reason, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order in which they were found."""
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects problems so that they can be raised once, together."""

    def __init__(self) -> None:
        """Start without problems."""
        self._found: list[Problem] = []

    def add(self, place: str, value: object, message: str, remedy: str) -> None:
        """Note one problem; `value` is shown as it was given."""
        self._found.append(Problem(place, "" if value is None else _shown(value), message, remedy))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note problems that another step has found."""
        self._found.extend(problems)

    def attempt(self, step: Callable[[], T]) -> T | None:
        """Return what a step returns; None where it raised problems, which are noted with the others."""
        try:
            return step()
        except ProblemError as error:
            self.extend(error.problems)
            return None

    def settled(self, value: T | None) -> T:
        """Return what an attempt gave, once nothing is wrong with it or anything else.

        Raises:
            ProblemError: If at least one problem was noted.
        """
        self.raise_if_any()
        if value is None:
            raise ValueError("an attempt that noted no problem has a value")
        return value

    @property
    def found(self) -> tuple[Problem, ...]:
        """The problems so far, in order; empty when there are none."""
        return tuple(self._found)

    def __bool__(self) -> bool:
        """Return whether anything was found."""
        return bool(self._found)

    def raise_if_any(self) -> None:
        """Raise all problems as one error.

        Raises:
            ProblemError: If at least one problem was noted.
        """
        if self._found:
            raise ProblemError(self._found)


def _shown(value: object) -> str:
    try:
        return str(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, a value nested without end
        return f"a {type(value).__name__} too long to be shown"
