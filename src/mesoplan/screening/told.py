"""The three-valued result of a condition: it holds, it does not, or it cannot be told; with the day it ends on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Told(NamedTuple):
    """What a condition says on one day.

    Attributes:
        holds: True, False, or None where it cannot be told.
        until: While it holds: the first day on which it no longer does; None without a known end.
        missing: Questions whose answers could change this result; never empty when `holds` is None.
    """

    holds: bool | None
    until: date | None = None
    missing: tuple[str, ...] = ()


NO = Told(False)
YES = Told(True)


def untold(*missing: str) -> Told:
    """Return the result that cannot be told for want of these answers."""
    return Told(None, None, missing)


def _union(parts: Iterable[Told]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(question for part in parts for question in part.missing))


def all_of(parts: list[Told]) -> Told:
    """Return whether every part holds; it ends when the first of them ends. One that does not hold decides."""
    if any(part.holds is False for part in parts):
        return NO
    missing = _union(parts)
    if any(part.holds is None for part in parts):
        return Told(None, None, missing)
    ends = [part.until for part in parts if part.until is not None]
    return Told(True, min(ends, default=None), missing)


def any_of(parts: list[Told]) -> Told:
    """Return whether some part holds; it ends when the last of them ends. Untold parts stay named as missing."""
    holding = [part for part in parts if part.holds]
    missing = _union(parts)
    if holding:
        ends = [part.until for part in holding]
        known = [end for end in ends if end is not None]
        return Told(True, max(known) if len(known) == len(ends) else None, missing)
    return Told(None, None, missing) if missing else NO


def negated(part: Told) -> Told:
    """Return the opposite; what cannot be told stays so, and no end is promised."""
    return part if part.holds is None else Told(not part.holds, None, part.missing)
