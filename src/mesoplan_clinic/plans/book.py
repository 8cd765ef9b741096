"""A course's record in the database: the core's hash chain, appended inside the transaction of the page that writes."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mesoplan.record.book import Record, record_of
from mesoplan.record.chain import FIRST, Entry, sealed
from mesoplan.record.store import Draft
from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.broken import BrokenRecord
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.kernel.sealed import SealError
from mesoplan_clinic.plans.models import Course, CourseEntry

NOT_BEGUN = (0, FIRST)
"""The end of a record without an entry, as a new course holds it."""
_ENTRY = ("id", "number", "kind", "date", "body_sealed", "hash")
_BATCH = 500


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
        self.entries = entries_of(self._course)

    @transaction.atomic
    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries, and seal the end that the record has with them; return them."""
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
        if added:
            self._course.end = (added[-1].number, added[-1].hash)
            self._course.save(update_fields=["end_sealed"])
        return tuple(added)


def entries_of(course: Course) -> tuple[Entry, ...]:
    """Return a course's verified entries.

    Raises:
        BrokenRecord: If the chain is not whole, or does not reach to its sealed end.
    """
    for _key, end, rows in _read(Course.objects.filter(pk=course.pk)):
        return _verified(course, rows, end)
    return ()


def _read(courses: QuerySet[Course]) -> Iterator[tuple[Any, Any, list[CourseEntry]]]:
    """Yield each course's key, its sealed end and its entries; one statement, nobody can append between the two."""
    found = courses.order_by("pk", "entries__number")
    rows = found.values_list("pk", "end_sealed", *(f"entries__{name}" for name in _ENTRY))
    for key, group in groupby(rows, key=itemgetter(0)):
        of_course = list(group)
        entries = [CourseEntry(**dict(zip(_ENTRY, row[2:], strict=True))) for row in of_course if row[2] is not None]
        yield key, of_course[0][1], entries


def _verified(course: Course, rows: Sequence[CourseEntry], end: Any) -> tuple[Entry, ...]:
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
    try:
        written = Course(pk=course.pk, end_sealed=end).end
    except SealError as error:
        raise BrokenRecord(course, max(1, len(found))) from error
    if written is None:
        raise BrokenRecord(course, max(1, len(found)))
    if tuple(written) != (len(found), found[-1].hash if found else FIRST):
        raise BrokenRecord(course, min(written[0], len(found)) + 1)
    return tuple(found)


@once
def broken_records(client: Client) -> tuple[BrokenRecord, ...]:
    """Return what is broken in the records of a client's courses, empty where all are as they were written."""
    return tuple(_broken(Course.objects.filter(client=client)))


def broken_records_of(clinic: Clinic) -> Iterator[BrokenRecord]:
    """Yield what is broken in the records of all courses of a clinic."""
    keys = list(Course.objects.filter(client__clinic=clinic).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _BATCH):
        yield from _broken(Course.objects.filter(pk__in=keys[start : start + _BATCH]))


def _broken(courses: QuerySet[Course]) -> Iterator[BrokenRecord]:
    for key, end, rows in _read(courses):
        try:
            _verified(Course(pk=key), rows, end)
        except BrokenRecord as broken:
            yield BrokenRecord(Course.objects.get(pk=key), broken.number)


@once
def record(course: Course) -> Record:
    """Return a course's record, verified.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    return record_of(entries_of(course))


__all__ = ["BrokenRecord", "CourseBook", "broken_records", "broken_records_of", "entries_of", "record"]
