"""The course as a calendar file (iCalendar, RFC 5545): all-day events, the same bytes for the same course."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mesoplan.course.model import Appointment, Course, Restriction

_PRODUCT = "-//Mesoplan//course//EN"


@dataclass(frozen=True, slots=True)
class _Event:
    """One all-day event; `end` is the first day after it."""

    uid: str
    start: date
    end: date
    summary: str
    description: str


def calendar_bytes(
    course: Course, *, on: date, subject: str, words: Mapping[str, str], restrictions: bool = True
) -> bytes:
    """Return the appointments of a course, and its restrictions, as a calendar file.

    A course without dates gives a calendar without events. Events keep their UID when the course is planned anew for
    the same subject, so that an importing calendar moves them. Nothing in the file names the person.

    Args:
        course: The course.
        on: Day of planning; stands as the time stamp of every event.
        subject: What tells this person's course from others (identifier of client and clinic); enters the UIDs hashed.
        words: Texts in the reader's language: `calendar.name`, `calendar.provisional`, `calendar.<kind>` for every kind
            of appointment with an underscore for a space (`{number}` and `{sessions}` are filled in), the notes of the
            appointments, `calendar.restriction` (`{ban}` is filled in) and `ban.<ban id>`.
        restrictions: Whether restrictions are written too.

    Raises:
        KeyError: If a word is missing.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words["calendar.name"])
    stamp = datetime.combine(on, time(), UTC)
    for one in _events(course, subject, words, restrictions):
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", stamp)
        event.add("dtstart", one.start)
        event.add("dtend", one.end)
        event.add("summary", one.summary)
        if one.description:
            event.add("description", one.description)
        event.add("status", "TENTATIVE" if course.provisional else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(course: Course, subject: str, words: Mapping[str, str], restrictions: bool) -> Iterator[_Event]:
    prefix = f"{words['calendar.provisional']}: " if course.provisional else ""
    for one in course.appointments:
        yield _appointment(one, course, subject, words, prefix)
    for ban in course.restrictions if restrictions else ():
        yield _restriction(ban, subject, words, prefix)


def _appointment(one: Appointment, course: Course, subject: str, words: Mapping[str, str], prefix: str) -> _Event:
    title = words[f"calendar.{one.kind.replace(' ', '_')}"].format(number=one.number, sessions=course.sessions)
    note = words[one.note] if one.note else ""
    uid = _uid(subject, one.kind, str(one.number), one.note)
    return _Event(uid, one.day, one.last_day + timedelta(days=1), prefix + title, note)


def _restriction(ban: Restriction, subject: str, words: Mapping[str, str], prefix: str) -> _Event:
    title = words["calendar.restriction"].format(ban=words[f"ban.{ban.ban}"])
    uid = _uid(subject, "restriction", ban.ban, str(ban.sessions[0]))
    return _Event(uid, ban.first_day, ban.free_from, prefix + title, "")


def _uid(*parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{digest[:32]}@mesoplan"
