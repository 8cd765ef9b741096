"""What an allergy test says: its two delayed readings make it negative, any positive reading makes it positive."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mesoplan.intake.model import AllergyTest
from mesoplan.knowledge.load import Knowledge

READ_FIRST = "allergy_test.read_first"
READ_SECOND = "allergy_test.read_second"
INJECTION = "test injection"
TestState = Literal["none", "waiting", "negative", "positive"]


@dataclass(frozen=True, slots=True)
class ReadingDays:
    """When a test is read, in days after its placing.

    Attributes:
        first: Day of the first reading; no earlier one counts as negative.
        second_low: First day of the second reading's window.
        second_high: Last day of that window.
    """

    first: int
    second_low: int
    second_high: int


def reading_days(knowledge: Knowledge) -> ReadingDays:
    """Return the days on which a test is read; hours are rounded up to whole days, since only dates are known.

    Raises:
        KeyError, ProblemError: If the facts are absent or have no such numbers; the loader has checked that.
    """
    first_low, _ = knowledge.limits(READ_FIRST, "d")
    second_low, second_high = knowledge.limits(READ_SECOND, "d")
    ends = (first_low, second_low, second_high)
    first, low, high = (math.ceil(round(end or 0.0, 9)) for end in ends)
    return ReadingDays(first, low, high)


def allergy_test_state(tests: Iterable[AllergyTest], product: str, days: ReadingDays, on: date) -> TestState:
    """Return what the tests of one product say together on the day `on`.

    "positive" if any reading at any time was; "negative" if one test injection has a negative reading on the first
    reading day or later and another negative one, on a later day, inside the second window; "waiting" if a test was
    placed but its readings are not complete; "none" without a test of this product (a change of product starts afresh).
    A test on the skin alone is only the first layer (fact allergy_test.method) and stays "waiting". What is dated after
    `on` has not happened yet: it counts where it is positive, and never as negative.
    """
    own = [test for test in tests if test.product == product]
    if any(result == "positive" for test in own for _, result in test.readings):
        return "positive"
    placed = [test for test in own if test.placed_on <= on]
    if any(_complete(test, days, on) for test in placed if test.method == INJECTION):
        return "negative"
    return "waiting" if placed else "none"


def injections(tests: Iterable[AllergyTest], product: str, on: date) -> list[AllergyTest]:
    """Return the test injections of one product placed by the day `on`, which may still be read."""
    return [test for test in tests if test.product == product and test.method == INJECTION and test.placed_on <= on]


def _complete(test: AllergyTest, days: ReadingDays, on: date) -> bool:
    """Return whether both delayed readings are there by the day `on`."""
    after = sorted({(day - test.placed_on).days for day, _ in test.readings if day <= on})
    counted = [number for number in after if number >= days.first]
    return any(days.second_low <= second <= days.second_high for second in counted[1:])
