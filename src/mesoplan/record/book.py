"""The record as a course reads it: typed entries, corrections laid over what they correct, nothing dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mesoplan.errors import Problem, ProblemError, Problems
from mesoplan.plan import Plan
from mesoplan.record.chain import FIRST, Entry
from mesoplan.record.model import AdverseEvent, Correction, CourseOpened, Outcome, Score, SessionDone
from mesoplan.record.store import RECORD, Book, Draft, OpenBook, open_book, read_entries
from mesoplan.serial import adapter

BODIES: dict[str, type[Any]] = {
    "course": CourseOpened,
    "session": SessionDone,
    "outcome": Outcome,
    "correction": Correction,
}
"""Kind of an entry -> what its body is."""
Body = CourseOpened | SessionDone | Outcome | Correction


@dataclass(frozen=True, slots=True)
class Record:
    """A verified record.

    Attributes:
        entries: Every line, in order.
        bodies: Their bodies, in the same order.
    """

    entries: tuple[Entry, ...] = ()
    bodies: tuple[Body, ...] = ()

    @property
    def head(self) -> str:
        """Hash of the last entry: whoever wrote it down elsewhere can tell whether the record was exchanged."""
        return self.entries[-1].hash if self.entries else FIRST

    @property
    def opened(self) -> CourseOpened | None:
        """Whose record it is, None while nothing was recorded."""
        return next((one for one in self.bodies if isinstance(one, CourseOpened)), None)

    @property
    def simulated(self) -> bool:
        """Whether it is a record for training."""
        return self.opened is not None and self.opened.simulated

    @property
    def corrections(self) -> dict[int, tuple[int, Correction]]:
        """Number of a corrected entry -> number and body of its latest correction."""
        found: dict[int, tuple[int, Correction]] = {}
        for entry, body in zip(self.entries, self.bodies, strict=True):
            if isinstance(body, Correction):
                found[body.corrects] = (entry.number, body)
        return found

    @property
    def sessions(self) -> tuple[SessionDone, ...]:
        """The sessions as they are known to have been, in order."""
        return tuple(session for _, session in self.numbered_sessions)

    @property
    def numbered_sessions(self) -> tuple[tuple[int, SessionDone], ...]:
        """Each session with the number of its first entry."""
        latest, found = self.corrections, []
        for entry, body in zip(self.entries, self.bodies, strict=True):
            if isinstance(body, SessionDone):
                corrected = latest[entry.number][1].session if entry.number in latest else None
                found.append((entry.number, body if corrected is None else corrected))
        return tuple(found)

    @property
    def outcome_entries(self) -> tuple[int, ...]:
        """Numbers of the entries that hold outcomes, without their corrections."""
        pairs = zip(self.entries, self.bodies, strict=True)
        return tuple(entry.number for entry, body in pairs if isinstance(body, Outcome))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes as they are known to be, in order."""
        latest, found = self.corrections, []
        for entry, body in zip(self.entries, self.bodies, strict=True):
            if isinstance(body, Outcome):
                corrected = latest[entry.number][1].outcome if entry.number in latest else None
                found.append(body if corrected is None else corrected)
        return tuple(found)

    @property
    def adverse_events(self) -> tuple[AdverseEvent, ...]:
        """Every adverse event."""
        return tuple(event for outcome in self.outcomes for event in outcome.adverse_events)

    @property
    def scores(self) -> tuple[Score, ...]:
        """Every value on an outcome scale."""
        return tuple(score for outcome in self.outcomes for score in outcome.scores)

    def sessions_done(self, before: int) -> int:
        """Return how many sessions of the course were delivered; `before` counts while nothing was recorded."""
        start = before if self.opened is None else self.opened.sessions_before
        return start + len(self.sessions)

    @property
    def last_day(self) -> date | None:
        """Day of the latest session, None without one."""
        return max((one.delivered.date for one in self.sessions), default=None)


def read_record(folder: Path) -> Record:
    """Return the record in a course's folder, verified; empty where nothing was recorded.

    Raises:
        ProblemError: If it is not whole, or holds what this version cannot read.
    """
    return record_of(read_entries(folder))


def record_of(entries: Sequence[Entry]) -> Record:
    """Return verified entries with their bodies.

    Raises:
        ProblemError: If a body is of no known kind or form.
    """
    problems = Problems()
    bodies: list[Body] = []
    for entry in entries:
        kind = BODIES.get(entry.kind)
        try:
            if kind is None:
                raise ValueError(entry.kind)
            bodies.append(adapter(kind).validate_python(entry.body))
        except ValueError as error:
            message = f"an entry of a form that this version cannot read: {str(error)[:80]}"
            problems.add(f"{RECORD}:{entry.number}", entry.kind, message, "Read it with the version that wrote it.")
    problems.raise_if_any()
    return Record(tuple(entries), tuple(bodies))


def draft_of(kind: str, day: date, body: Body) -> Draft:
    """Return a body as it is appended."""
    content: dict[str, Any] = adapter(type(body)).dump_python(body, mode="json")
    return Draft(kind, day, content)


def opening(plan: Plan, *, simulated: bool) -> CourseOpened:
    """Return the first entry of a plan's course."""
    client = plan.intake.client
    return CourseOpened(
        client=client.identifier,
        name=client.name,
        birth_date=client.birth_date,
        clinic=plan.clinic,
        sessions_before=plan.course.sessions_done,
        simulated=simulated,
    )


def append(book: OpenBook, plan: Plan, kind: str, day: date, body: Body, *, simulated: bool) -> Entry:
    """Append a body, the course's first entry before it where there is none yet, and return its entry."""
    drafts = [draft_of(kind, day, body)]
    if not book.entries:
        drafts.insert(0, draft_of("course", day, opening(plan, simulated=simulated)))
    return book.append(drafts)[-1]


def check_client(record: Record, plan: Plan, place: str) -> None:
    """Accept a record that is of the plan's client.

    Raises:
        ProblemError: If it is another's.
    """
    opened, client = record.opened, plan.intake.client
    if opened is None:
        return
    same_birth = None in (opened.birth_date, client.birth_date) or opened.birth_date == client.birth_date
    if opened.client != client.identifier or not same_birth:
        message = f"the record in this folder is of client {opened.client} ({opened.name})"
        remedy = "Use a folder of its own for each client."
        raise ProblemError([Problem(place, client.identifier, message, remedy)])


__all__ = ["Book", "Record", "append", "check_client", "draft_of", "open_book", "opening", "read_record", "record_of"]
