"""Allergy tests: placed, read on the days that the knowledge names, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mesoplan.prescription.allergy_test import allergy_test_state, counted_methods, reading_days
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of, knowledge_of, reader_of
from mesoplan_clinic.intakes.models import AllergyTest
from mesoplan_clinic.intakes.selectors import core_tests, test_as_file, tests_of
from mesoplan_clinic.intakes.signals import answers_changed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.locking import Stale
from mesoplan_clinic.kernel.reading import once

if TYPE_CHECKING:
    from mesoplan.prescription.allergy_test import TestState

METHODS = ("test injection", "topical")


@dataclass(frozen=True)
class ShownTest:
    """One test with what is due.

    Attributes:
        row: The test.
        product: Name of the product.
        first: Day of the first reading.
        second: First and last day of the second reading.
        state: What the tests of this product say together today.
        due: Whether a reading is due today.
    """

    row: AllergyTest
    product: str
    first: date
    second: tuple[date, date]
    state: TestState
    due: bool
    counts_until: date

    @property
    def readings(self) -> list[tuple[date, str]]:
        """Day and result of each reading."""
        return [(date.fromisoformat(day), result) for day, result in self.row.readings]


def place(client: Client, member: Member, product: str, placed_on: date, method: str) -> AllergyTest:
    """Keep that a test was placed.

    Raises:
        ProblemError: If the core cannot use it.
    """
    row = AllergyTest(client=client, made_at=clock.now(), made_by=member, product=product)
    row.placed_on, row.method, row.readings = placed_on, method, []
    _check(row)
    row.save(force_insert=True)
    answers_changed.send(AllergyTest, client=client)
    return row


def read(test: AllergyTest, seen: int, day: date, result: str) -> None:
    """Add a reading to a test.

    Raises:
        Stale: If somebody else added one in between.
        ProblemError: If the core cannot use it.
    """
    row = AllergyTest.objects.select_for_update().get(pk=test.pk)
    if row.version != seen:
        raise Stale(row)
    row.readings = sorted([*row.readings, [day.isoformat(), result]])
    _check(row)
    row.save_as(seen, ["readings"])
    answers_changed.send(AllergyTest, client=row.client)


def _check(row: AllergyTest) -> None:
    somebody = {"name": "somebody", "identifier": "somebody"}
    reader_of(row.client.clinic).read({"client": somebody, "allergy_tests": [test_as_file(row)]}, "intake")


@once
def shown(client: Client) -> tuple[ShownTest, ...]:
    """Return a client's tests with what is due, newest first."""
    if not tests_of(client):
        return ()
    folder, days, today = (
        folder_of(client.clinic),
        reading_days(knowledge_of(client.clinic)),
        clock.today(client.clinic),
    )
    tests = core_tests(client)
    found = []
    for row in sorted(tests_of(client), key=lambda one: (one.placed_on, one.made_at), reverse=True):
        product = folder.products.get(row.product)
        methods = METHODS if product is None else counted_methods(product.routes)
        first, low, high = (row.placed_on + timedelta(days=n) for n in (days.first, days.second_low, days.second_high))
        read_on = [date.fromisoformat(day) for day, _ in row.readings]
        state = allergy_test_state(tests, row.product, methods, days, today)
        due = state == "waiting" and (
            (first <= today and not any(day >= first for day in read_on))
            or (low <= today <= high and not any(low <= day <= high for day in read_on))
        )
        name = row.product if product is None else product.name
        found.append(ShownTest(row, name, first, (low, high), state, due, days.last_valid_day(row.placed_on)))
    return tuple(found)
