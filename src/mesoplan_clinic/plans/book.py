"""A course's record in the database: the core's hash chain, appended inside the transaction of the page that writes."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction

from mesoplan.record.book import Record, record_of
from mesoplan.record.chain import FIRST, Entry, sealed
from mesoplan.record.store import Draft
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.broken import BrokenRecord
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.kernel.sealed import SealError
from mesoplan_clinic.plans.models import Course, CourseEntry


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
            row = CourseEntry(
                client_id=self._course.client_id,
                made_at=clock.now(),
                made_by=self._member,
                course=self._course,
                number=entry.number,
                kind=entry.kind,
                date=entry.date,
                previous=entry.previous,
                hash=entry.hash,
            )
            row.body = dict(entry.body)
            row.save(force_insert=True)
            added.append(entry)
        self.entries = (*self.entries, *added)
        return tuple(added)


def entries_of(course: Course) -> tuple[Entry, ...]:
    """Return a course's verified entries.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    return _verified(course, CourseEntry.objects.filter(course=course).order_by("number"))


def _verified(course: Course, rows: Iterable[CourseEntry]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for number, row in enumerate(rows, 1):
        previous = found[-1].hash if found else FIRST
        try:
            entry = sealed(row.number, row.kind, row.date, row.body, previous)
        except SealError as error:
            raise BrokenRecord(course, row.number) from error
        if row.number != number or not hmac.compare_digest(entry.hash, row.hash):
            raise BrokenRecord(course, row.number)
        found.append(entry)
    return tuple(found)


@once
def broken_records(client: Client) -> tuple[BrokenRecord, ...]:
    """Return what is broken in the records of a client's courses, empty where all are as they were written."""
    found: list[BrokenRecord] = []
    rows = CourseEntry.objects.filter(client=client).select_related("course").order_by("course_id", "number")
    for _course, of_course in groupby(rows, key=lambda row: row.course_id):
        entries = list(of_course)
        try:
            _verified(entries[0].course, entries)
        except BrokenRecord as broken:
            found.append(broken)
    return tuple(found)


@once
def record(course: Course) -> Record:
    """Return a course's record, verified.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    return record_of(entries_of(course))


__all__ = ["BrokenRecord", "CourseBook", "broken_records", "entries_of", "record"]
