"""What an allergy test says: two delayed readings make it negative for a time, any positive one makes it positive."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from mesoplan.intake.model import AllergyTest
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.units import add_duration

READ_FIRST = "allergy_test.read_first"
READ_SECOND = "allergy_test.read_second"
VALIDITY = "allergy_test.validity"
INJECTION, ON_SKIN = "test injection", "topical"
_NEEDLES = frozenset({"solid_needle", "hollow_needle"})
TestState = Literal["none", "waiting", "negative", "expired", "positive"]


@dataclass(frozen=True, slots=True)
class ReadingDays:
    """When a test is read, in days after its placing.

    Attributes:
        first: Day of the first reading; no earlier one counts as negative.
        second_low: First day of the second reading's window.
        second_high: Last day of that window.
        valid: How long a negative test counts, from the day of its placing.
    """

    first: int
    second_low: int
    second_high: int
    valid: Quantity

    def last_valid_day(self, placed_on: date) -> date:
        """Return the last day on which a test placed on a day counts as negative: the length is not over yet."""
        over = add_duration(placed_on, self.valid.high or 0.0, self.valid.unit)
        return over - timedelta(days=1)


def reading_days(knowledge: Knowledge) -> ReadingDays:
    """Return the days on which a test is read; hours are rounded up to whole days, since only dates are known.

    Raises:
        KeyError, ProblemError: If the facts are absent or have no such numbers; the loader has checked that.
    """
    first_low, _ = knowledge.limits(READ_FIRST, "d")
    second_low, second_high = knowledge.limits(READ_SECOND, "d")
    ends = (first_low, second_low, second_high)
    first, low, high = (math.ceil(round(end or 0.0, 9)) for end in ends)
    return ReadingDays(first, low, high, knowledge.fact_quantity(VALIDITY))


def counted_methods(routes: Iterable[str]) -> tuple[str, ...]:
    """Return the methods of which one complete test counts for a product made for these routes.

    What a needle brings in is tested by injection; on the skin alone is only the first layer (fact
    allergy_test.method). What no needle may bring in by its label cannot be injected as a test either: there the test
    on the skin counts (fact allergy_test.on_skin_alone).
    """
    return (INJECTION,) if _NEEDLES.intersection(routes) else (INJECTION, ON_SKIN)


def allergy_test_state(
    tests: Iterable[AllergyTest], product: str, methods: Collection[str], days: ReadingDays, on: date
) -> TestState:
    """Return what the tests of one product say together on the day `on`; `methods` are those that count.

    "positive" if any reading at any time was; "negative" if one test of such a method has a negative reading on the
    first reading day or later and another negative one, on a later day, inside the second window, and is not too old;
    "waiting" if a test was placed since but its readings are not complete; "expired" if only an old one is complete;
    "none" without a test of this product (a change of product starts afresh).
    A test by another method is only the first layer and stays "waiting". What is dated after `on` has not happened yet:
    it counts where it is positive, and never as negative.
    """
    own = [test for test in tests if test.product == product]
    if any(result == "positive" for test in own for _, result in test.readings):
        return "positive"
    placed = [test for test in own if test.placed_on <= on]
    last = counts_until(own, product, methods, days, on)
    if last is not None and on <= last:
        return "negative"
    if last is not None and all(days.last_valid_day(test.placed_on) < on for test in placed):
        return "expired"
    return "waiting" if placed else "none"


def counts_until(
    tests: Iterable[AllergyTest], product: str, methods: Collection[str], days: ReadingDays, on: date
) -> date | None:
    """Return the last day on which the latest complete test of a product counts, None without one."""
    own = [test for test in counted_tests(tests, product, methods, on) if _complete(test, days, on)]
    return max((days.last_valid_day(test.placed_on) for test in own), default=None)


def counted_tests(tests: Iterable[AllergyTest], product: str, methods: Collection[str], on: date) -> list[AllergyTest]:
    """Return the tests of one product by these methods, placed by the day `on`, which may still be read."""
    return [test for test in tests if test.product == product and test.method in methods and test.placed_on <= on]


def _complete(test: AllergyTest, days: ReadingDays, on: date) -> bool:
    """Return whether both delayed readings are there by the day `on`."""
    after = sorted({(day - test.placed_on).days for day, _ in test.readings if day <= on})
    counted = [number for number in after if number >= days.first]
    return any(days.second_low <= second <= days.second_high for second in counted[1:])
