"""The course as a whole: planned, delivered and cumulative, zone by zone and session by session, and its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mesoplan.errors import Problem, ProblemError
from mesoplan.plan import Plan
from mesoplan.record.book import Record
from mesoplan.record.cover import cumulative
from mesoplan.record.model import AdverseEvent, Score, SessionDone


@dataclass(frozen=True, slots=True)
class ZoneCourse:
    """One zone over the recorded sessions, in their order; None where something is not known.

    Attributes:
        zone: Expanded zone id.
        planned: Planned cover of each session, None where the zone was not planned.
        delivered: Delivered cover of each, 0 where the zone was not in the session.
        planned_after: Planned cover after each session, of all up to it.
        delivered_after: Delivered cover after each, None from the first unknown one on.
        at_least: Delivered cover of all together, an unknown session counted as nothing.
    """

    zone: str
    planned: tuple[float | None, ...]
    delivered: tuple[float | None, ...]
    planned_after: tuple[float, ...]
    delivered_after: tuple[float | None, ...]
    at_least: float


@dataclass(frozen=True, slots=True)
class UsedLot:
    """A lot that was used, and in which session."""

    what: str
    lot: str | None
    expires_on: date | None
    volume_ml: float | None
    session: int


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the verification of the record found: it is whole, else nothing is reported at all.

    Attributes:
        entries: Number of entries.
        head: Hash of the last one.
        corrections: (number of the correction, number of what it corrects, why, day).
    """

    entries: int
    head: str
    corrections: tuple[tuple[int, int, str, date], ...]


@dataclass(frozen=True, slots=True)
class CourseReport:
    """Everything a record says of a course; saved as report.json.

    Attributes:
        client: Identifier.
        on: Day of the latest entry.
        sessions_planned: Sessions of the whole course.
        sessions_done: Sessions delivered, those before the record among them.
        simulated: True: a record for training.
        zones: Cover, zone by zone.
        entries: Number of the entry of each session.
        sessions: The sessions as they are known to have been.
        lots: Everything that was used.
        adverse_events, scores: What came of it.
        integrity: Of the record.
    """

    client: str
    on: date
    sessions_planned: int
    sessions_done: int
    simulated: bool
    zones: tuple[ZoneCourse, ...]
    entries: tuple[int, ...]
    sessions: tuple[SessionDone, ...]
    lots: tuple[UsedLot, ...]
    adverse_events: tuple[AdverseEvent, ...]
    scores: tuple[Score, ...]
    integrity: Integrity


def summarise(record: Record, plan: Plan) -> CourseReport:
    """Return the report of a course.

    Raises:
        ProblemError: If nothing was recorded yet.
    """
    if not record.entries:
        remedy = "Record a session first: mesoplan record COURSE --session 1 FILE."
        raise ProblemError([Problem("record.ndjson", "", "nothing was recorded in this course yet", remedy)])
    days = {entry.number: entry.date for entry in record.entries}
    corrections = tuple(
        (number, corrects, one.reason, days[number]) for corrects, (number, one) in sorted(record.corrections.items())
    )
    return CourseReport(
        client=plan.intake.client.identifier,
        on=max(days.values()),
        sessions_planned=plan.course.sessions,
        sessions_done=record.sessions_done(plan.course.sessions_done),
        simulated=record.simulated,
        zones=tuple(_zones(record.sessions)),
        entries=tuple(entry for entry, _ in record.numbered_sessions),
        sessions=record.sessions,
        lots=tuple(lot for session in record.sessions for lot in _lots(session)),
        adverse_events=record.adverse_events,
        scores=record.scores,
        integrity=Integrity(len(record.entries), record.head, corrections),
    )


def _zones(sessions: tuple[SessionDone, ...]) -> Iterator[ZoneCourse]:
    for zone in dict.fromkeys(cover.zone for session in sessions for cover in session.covers):
        covers = [next((one for one in session.covers if one.zone == zone), None) for session in sessions]
        planned = tuple(None if one is None else one.planned for one in covers)
        delivered = tuple(0.0 if one is None else one.delivered for one in covers)
        numbers = range(1, len(covers) + 1)
        yield ZoneCourse(
            zone=zone,
            planned=planned,
            delivered=delivered,
            planned_after=tuple(cumulative(one or 0.0 for one in planned[:number]) for number in numbers),
            delivered_after=tuple(_known(delivered[:number]) for number in numbers),
            at_least=cumulative(one or 0.0 for one in delivered),
        )


def _known(covers: tuple[float | None, ...]) -> float | None:
    known = [one for one in covers if one is not None]
    return cumulative(known) if len(known) == len(covers) else None


def _lots(session: SessionDone) -> Iterator[UsedLot]:
    used, number = session.delivered, session.delivered.session
    for one in used.products:
        yield UsedLot(one.product, one.lot, one.expires_on, one.volume_ml, number)
    if used.cartridge.id is not None:
        yield UsedLot(used.cartridge.id, used.cartridge.lot, used.cartridge.expires_on, None, number)
    if used.anaesthetic.product is not None:
        yield UsedLot(used.anaesthetic.product, used.anaesthetic.lot, None, None, number)
    if used.antiseptic.product is not None:
        yield UsedLot(used.antiseptic.product, used.antiseptic.lot, None, None, number)
