"""A course's record in the database: the core's hash chain, appended inside the transaction of the page that writes."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mesoplan.record.book import Record, record_of
from mesoplan.record.chain import FIRST, Entry, sealed
from mesoplan.record.model import SessionDone
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
    """Yield each course's key, its sealed end and its entries, the newest course first.

    By one statement: nobody can append between end and entries.
    """
    found = courses.order_by("-made_at", "pk", "entries__number")
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


@dataclass(frozen=True)
class Opened:
    """A course's record as it was found.

    Attributes:
        course: The course's key.
        entries: What it holds, verified; nothing where it is broken.
        broken: What is not as it was written, None for a whole one.
    """

    course: Any
    entries: tuple[Entry, ...]
    broken: BrokenRecord | None


@once
def opened_records(client: Client) -> tuple[Opened, ...]:
    """Return the records of a client's courses, the newest course first."""
    return tuple(opened(Course.objects.filter(client=client)))


def opened(courses: QuerySet[Course]) -> Iterator[Opened]:
    """Yield the records of courses, by one statement."""
    for key, end, rows in _read(courses):
        try:
            yield Opened(key, _verified(Course(pk=key), rows, end), None)
        except BrokenRecord as broken:
            yield Opened(key, (), BrokenRecord(Course.objects.get(pk=key), broken.number))


def sessions_in(records: Iterable[Opened], *, without: Any = None) -> list[SessionDone]:
    """Return the sessions that records hold, those of the course of one key left out.

    Raises:
        BrokenRecord: If one of the others is not as it was written.
    """
    found: list[SessionDone] = []
    for one in records:
        if one.course == without:
            continue
        if one.broken is not None:
            raise one.broken
        found += record_of(one.entries).sessions
    return found


def broken_records(client: Client) -> tuple[BrokenRecord, ...]:
    """Return what is broken in the records of a client's courses, empty where all are as they were written."""
    return tuple(one.broken for one in opened_records(client) if one.broken is not None)


def broken_records_of(clinic: Clinic) -> Iterator[BrokenRecord]:
    """Yield what is broken in the records of all courses of a clinic."""
    keys = list(Course.objects.filter(client__clinic=clinic).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _BATCH):
        found = opened(Course.objects.filter(pk__in=keys[start : start + _BATCH]))
        yield from (one.broken for one in found if one.broken is not None)


@once
def record(course: Course) -> Record:
    """Return a course's record, verified.

    Raises:
        BrokenRecord: If the chain is not whole.
    """
    return record_of(entries_of(course))


__all__ = [
    "BrokenRecord",
    "CourseBook",
    "Opened",
    "broken_records",
    "broken_records_of",
    "entries_of",
    "opened",
    "opened_records",
    "record",
    "sessions_in",
]
