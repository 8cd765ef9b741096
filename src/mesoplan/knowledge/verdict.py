"""The ladder of verdicts. Its order is stated here once, in words, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a finding means for the treatment; see `LADDER` for the order."""

    CLEARED = "CLEARED"
    CAUTION = "CAUTION"
    NEEDS_INFO = "NEEDS_INFO"
    DEFER = "DEFER"
    PHYSICIAN = "PHYSICIAN"
    CONTRAINDICATED = "CONTRAINDICATED"

    __hash__ = str.__hash__  # an enumeration's own is written in Python, and verdicts are looked up all the time

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Return the schema of an enumeration, written as the text that it is: its `value` is looked up slowly."""
        schema = handler(source)
        schema["serialization"] = {"type": "str"}
        return schema


LADDER: tuple[Verdict, ...] = (
    Verdict.CLEARED,
    Verdict.CAUTION,
    Verdict.NEEDS_INFO,
    Verdict.DEFER,
    Verdict.PHYSICIAN,
    Verdict.CONTRAINDICATED,
)
SEVERITY: dict[Verdict, int] = {verdict: rank for rank, verdict in enumerate(LADDER)}
TREATABLE: frozenset[Verdict] = frozenset({Verdict.CLEARED, Verdict.CAUTION})


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the strictest of the verdicts, CLEARED when there are none; the order of the input does not matter."""
    return max(verdicts, key=SEVERITY.__getitem__, default=Verdict.CLEARED)
