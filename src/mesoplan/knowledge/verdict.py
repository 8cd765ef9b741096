"""The ladder of verdicts. Its order is stated here once, in words, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding means for the treatment; see `LADDER` for the order."""

    CLEARED = "CLEARED"
    CAUTION = "CAUTION"
    NEEDS_INFO = "NEEDS_INFO"
    DEFER = "DEFER"
    PHYSICIAN = "PHYSICIAN"
    CONTRAINDICATED = "CONTRAINDICATED"


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
