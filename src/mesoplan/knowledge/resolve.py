"""Works out every resolution again from its claims, so that no file can state another one than its method gives.

strictest: the strictest reading; of numbers the longest duration, the lowest upper limit, the highest lower limit.
modest: of promises the largest number (later, longer, more sessions), or the smallest where the resolution says so.
intersection: the range that all claims share; where they share none, the stricter limit alone.
claim, project: what the named claim says, or either end of its range.
broad concept: PHYSICIAN, since no claim names the grade that blocks.
Marketing claims never take part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isclose

from mesoplan.knowledge.base import convert
from mesoplan.knowledge.model import Claim, Fact, Quantity
from mesoplan.knowledge.verdict import Verdict, strictest

_DAYS_FOR_RANKING = {"month": 30.4375, "a": 365.25}
"""Mean lengths, to rank calendar durations beside days; dates are never computed with them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method makes of the claims; None where the claims carry nothing to decide with."""

    verdict: Verdict | None
    quantity: Quantity | None


def resolve(fact: Fact) -> Outcome:
    """Return what the resolution's method gives; the order of the claims does not matter.

    A number is worked out in the unit of the resolution's own number, from the claims that convert to it, and in its
    form: `min` alone is a lower limit, `max` alone an upper limit.
    """
    resolution = fact.resolution
    if resolution.method in ("claim", "project"):
        return _of_claim(fact)
    deciding = [claim for claim in fact.claims if not claim.marketing]
    readings = [claim.reading for claim in deciding if claim.reading is not None]
    if resolution.method == "broad concept":
        verdict: Verdict | None = Verdict.PHYSICIAN
    else:
        verdict = strictest(readings) if readings else None
    named = [claim for claim in deciding if not resolution.among or claim.id in resolution.among]
    return Outcome(verdict, _number(fact, named) if resolution.quantity is not None else None)


def difference(fact: Fact) -> tuple[str, str] | None:
    """Return (what the file states, what its method gives) where the two differ, else None."""
    stated, given = fact.resolution, resolve(fact)
    if stated.verdict != given.verdict and not (stated.verdict is None and stated.method in ("claim", "project")):
        return str(stated.verdict or "no verdict"), str(given.verdict or "no verdict")
    if stated.quantity is None and (given.quantity is None or stated.verdict is not None):
        return None
    agrees = _is_end if stated.method in ("claim", "project") else same
    if not agrees(stated.quantity, given.quantity):
        return shown(stated.quantity), shown(given.quantity)
    return None


def shown(quantity: Quantity | None) -> str:
    """Return a quantity as text: `14 d`, `7 to 14 d`, `at most 2 mm`, `no number`."""
    if quantity is None:
        return "no number"
    if quantity.value is not None:
        return f"{quantity.value:g} {quantity.unit}"
    if quantity.min is not None and quantity.max is not None:
        return f"{quantity.min:g} to {quantity.max:g} {quantity.unit}"
    if quantity.min is not None:
        return f"at least {quantity.min:g} {quantity.unit}"
    return f"at most {quantity.max:g} {quantity.unit}"


def in_unit(quantity: Quantity, unit: str) -> tuple[float | None, float | None] | None:
    """Return both ends in `unit`, None where the claim's unit is of another kind."""
    try:
        low = None if quantity.low is None else _ranked(quantity.low, quantity.unit, unit)
        high = None if quantity.high is None else _ranked(quantity.high, quantity.unit, unit)
    except ValueError:
        return None
    return low, high


def is_duration(unit: str) -> bool:
    """Return whether a unit is one of time, calendar units included."""
    try:
        _ranked(1.0, unit, "d")
    except ValueError:
        return False
    return True


def _of_claim(fact: Fact) -> Outcome:
    for claim in fact.claims:
        if claim.id == fact.resolution.claim and not claim.marketing:
            return Outcome(claim.reading, claim.quantity)
    return Outcome(None, None)


def _number(fact: Fact, claims: Sequence[Claim]) -> Quantity | None:
    stated = fact.resolution.quantity
    assert stated is not None
    unit = stated.unit
    quantities = [claim.quantity for claim in claims if claim.quantity is not None]
    ranges = [ends for quantity in quantities if (ends := in_unit(quantity, unit)) is not None]
    if not ranges:
        return None
    lows = [low for low, _ in ranges if low is not None]
    highs = [high for _, high in ranges if high is not None]
    if fact.resolution.method == "intersection":
        return _intersection(lows, highs, unit)
    only_min = stated.value is None and stated.max is None
    if fact.resolution.method == "strictest" and only_min:
        return Quantity(min=max(lows), unit=unit) if lows else None
    reach = [high if high is not None else low for low, high in ranges]
    largest = is_duration(unit) if fact.resolution.method == "strictest" else fact.resolution.extreme != "lowest"
    if largest:
        return _in_form(stated, max(_present(reach)), lows)
    return _in_form(stated, min(highs), lows) if highs else None


def _in_form(stated: Quantity, end: float, lows: Sequence[float]) -> Quantity:
    """Return the decided end in the form of the stated number; a stated lower end must be one of the claims'."""
    if stated.value is not None:
        return Quantity(value=end, unit=stated.unit)
    if stated.max is None:
        return Quantity(min=end, unit=stated.unit)
    low = stated.min if stated.min is not None and any(_close(stated.min, one) for one in lows) else None
    return Quantity(min=low, max=end, unit=stated.unit)


def _intersection(lows: Sequence[float], highs: Sequence[float], unit: str) -> Quantity:
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low > high:
        low = None  # nothing is shared: the upper limit stands alone
    return Quantity(min=low, max=high, unit=unit)


def _ranked(value: float, unit: str, to: str) -> float:
    """Return a value in another unit; calendar durations by their mean length."""
    if unit == to:
        return value
    if unit in _DAYS_FOR_RANKING:
        value, unit = value * _DAYS_FOR_RANKING[unit], "d"
    if to in _DAYS_FOR_RANKING:
        return convert(value, unit, "d") / _DAYS_FOR_RANKING[to]
    return convert(value, unit, to)


def _present(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _close(first: float, second: float) -> bool:
    return isclose(first, second, rel_tol=1e-6, abs_tol=1e-12)


def _is_end(stated: Quantity | None, claimed: Quantity | None) -> bool:
    """Return whether every number stated is an end of the claim's range, whatever the units of one kind."""
    if stated is None or claimed is None:
        return stated is claimed
    ends = _present(in_unit(claimed, stated.unit) or ())
    numbers = _present((stated.value, stated.min, stated.max))
    return all(any(_close(number, end) for end in ends) for number in numbers)


def same(first: Quantity | None, second: Quantity | None) -> bool:
    """Return whether two quantities state the same, whatever their units of one kind."""
    if first is None or second is None:
        return first is second
    ends = in_unit(second, first.unit)
    if ends is None:
        return False
    pairs = ((first.low, ends[0]), (first.high, ends[1]))
    return all(a is b if a is None or b is None else _close(a, b) for a, b in pairs)
