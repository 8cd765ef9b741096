"""A course's record in the database: the core's hash chain, appended inside the transaction of the page that writes."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from django.db import transaction

from mesoplan.record.book import Record, record_of
from mesoplan.record.chain import FIRST, Entry, sealed
from mesoplan.record.store import Draft
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.plans.models import Course, CourseEntry


class BrokenRecord(Exception):
    """A course's record is not as it was written."""


class CourseBook:
    """A course's record as the core appends to it; hold it inside one transaction.

    Attributes:
        entries: What it holds, verified.
    """

    def __init__(self, course: Course, member: Member | None) -> None:
        """Lock the course and read its record.

        Raises:
            BrokenRecord: If an entry was changed, removed, added or moved.
        """
        self._course = Course.objects.select_for_update().get(pk=course.pk)
        self._member = member
        self.entries = entries_of(course)

    @transaction.atomic
    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries and return them."""
        added: list[Entry] = []
        for draft in drafts:
            before = (*self.entries, *added)
            previous = before[-1].hash if before else FIRST
            entry = sealed(len(before) + 1, draft.kind, draft.day, draft.body, previous)
            CourseEntry(
                client_id=self._course.client_id,
                made_at=clock.now(),
                made_by=self._member,
                course=self._course,
                number=entry.number,
                kind=entry.kind,
                date=entry.date,
                body=dict(entry.body),
                previous=entry.previous,
                hash=entry.hash,
            ).save(force_insert=True)
            added.append(entry)
        self.entries = (*self.entries, *added)
        return tuple(added)


def entries_of(course: Course) -> tuple[Entry, ...]:
    """Return a course's verified entries.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    found: list[Entry] = []
    for number, row in enumerate(CourseEntry.objects.filter(course=course).order_by("number"), 1):
        previous = found[-1].hash if found else FIRST
        entry = sealed(row.number, row.kind, row.date, row.body, previous)
        if row.number != number or not hmac.compare_digest(entry.hash, row.hash):
            raise BrokenRecord(f"course {course.pk}: entry {row.number} is not as it was written")
        found.append(entry)
    return tuple(found)


@once
def record(course: Course) -> Record:
    """Return a course's record, verified.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    return record_of(entries_of(course))
