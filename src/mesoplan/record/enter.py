"""Enters a session into the record: in order, of the right client, once; what is known better later is added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from mesoplan.clinic.model import Clinic
from mesoplan.errors import Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.record.book import Record, append, check_client, record_of
from mesoplan.record.chain import Entry
from mesoplan.record.judge import judge
from mesoplan.record.model import Correction, Delivered, Mark, SessionDone
from mesoplan.record.planned import planned_session
from mesoplan.record.store import OpenBook

CORRECTION_MAX = "coverage.correction_max"


def cover_limit(knowledge: Knowledge) -> float:
    """Return the largest recommended cover of one session."""
    low, high = knowledge.limits(CORRECTION_MAX, "1")
    return high if high is not None else low or 0.0


@dataclass(frozen=True, slots=True)
class Correcting:
    """Which entry is corrected, and why."""

    entry: int
    reason: str


def enter_session(
    book: OpenBook,
    plan: Plan,
    clinic: Clinic | None,
    delivered: Delivered,
    number: int,
    *,
    place: str,
    on: date | None = None,
    correcting: Correcting | None = None,
    cover_limit: float | None = None,
) -> tuple[Entry, SessionDone]:
    """Append what was delivered in a session, and return the entry with its content.

    Args:
        book: The record under its lock.
        plan: The plan in the course's folder.
        clinic: The clinic's folder, None where the plan had none.
        delivered: As read from the file.
        number: The session that the command names.
        place: Name of the file, for messages.
        on: The day on which it is written down, None: the session's own.
        correcting: The entry that this one corrects, None for a session that was not recorded yet.
        cover_limit: Largest recommended cover of one session, None: none is known.

    Raises:
        ProblemError: With everything that must be corrected or explained first; nothing is recorded then.
    """
    record = record_of(book.entries)
    check_client(record, plan, place)
    problems = Problems()
    earlier = None if correcting is None else _corrected(record, correcting, number, problems)
    if delivered.session != number:
        remedy = f"Enter the file of session {number}, or name --session {delivered.session}."
        problems.add(f"{place}: session", delivered.session, f"the command names session {number}", remedy)
    if correcting is None:
        _in_order(record, plan, delivered, number, problems, place)
    planned = planned_session(plan) if earlier is None else earlier.planned
    done = judge(planned, delivered, clinic, problems, place, cover_limit)
    done = _with_interval(record, done, problems, place)
    _one_kind(record, delivered, problems, place)
    problems.raise_if_any()
    day = on or delivered.date
    if correcting is not None:
        correction = Correction(correcting.entry, correcting.reason, session=done)
        entry = append(book, plan, "correction", day, correction, simulated=delivered.simulated)
    else:
        entry = append(book, plan, "session", day, done, simulated=delivered.simulated)
    return entry, done


def _corrected(record: Record, correcting: Correcting, number: int, problems: Problems) -> SessionDone | None:
    """Return the session that is corrected; every other entry is refused."""
    found = dict(record.numbered_sessions).get(correcting.entry)
    if found is None:
        known = ", ".join(f"{entry} (session {one.delivered.session})" for entry, one in record.numbered_sessions)
        remedy = f"Sessions stand in: {known or 'no entry yet'}."
        problems.add("--corrects", correcting.entry, "this entry holds no session", remedy)
    elif found.delivered.session != number:
        message = f"this entry is of session {found.delivered.session}"
        problems.add("--corrects", correcting.entry, message, f"Name --session {found.delivered.session}.")
    return found


def _in_order(record: Record, plan: Plan, delivered: Delivered, number: int, problems: Problems, place: str) -> None:
    expected = record.sessions_done(plan.course.sessions_done) + 1
    entries = {one.delivered.session: entry for entry, one in record.numbered_sessions}
    if number in entries:
        remedy = f"What is known better is added: --corrects {entries[number]} --reason TEXT."
        problems.add("--session", number, f"this session is recorded already, as entry {entries[number]}", remedy)
    elif number != expected:
        problems.add("--session", number, f"the next session to be recorded is {expected}", "Record them in order.")
    last = record.last_day
    if last is not None and delivered.date <= last:
        message = f"the session before was on {last}"
        problems.add(f"{place}: date", delivered.date, message, "Check the date; sessions are recorded in order.")


def _with_interval(record: Record, done: SessionDone, problems: Problems, place: str) -> SessionDone:
    """Return the session, marked where it came too soon after the one before; a correction stays in its place."""
    delivered = done.delivered
    others = [one for one in record.sessions if one.delivered.session != delivered.session]
    before = [one.delivered.date for one in others if one.delivered.session < delivered.session]
    after = [one.delivered.date for one in others if one.delivered.session > delivered.session]
    if after and delivered.date >= min(after):
        message = f"the session after it was on {min(after)}"
        problems.add(f"{place}: date", delivered.date, message, "Check the date.")
    if not before:
        return done
    least = timedelta(days=done.planned.interval_minimum_days)
    if delivered.date - max(before) >= least:
        return done
    gap = (delivered.date - max(before)).days
    reason = delivered.reason("date") or ""
    mark = Mark("interval", True, "date", "", str(gap), str(least.days), "d", reason)
    return SessionDone(done.planned, delivered, done.covers, (*done.marks, mark))


def _one_kind(record: Record, delivered: Delivered, problems: Problems, place: str) -> None:
    """Keep what was simulated out of a real record, and what was done out of a simulated one."""
    opened = record.opened
    if opened is not None and opened.simulated != delivered.simulated:
        kind = "for training" if opened.simulated else "of a person"
        message = f"this record is {kind}: the two are never mixed"
        problems.add(f"{place}: simulated", delivered.simulated, message, "Use another folder for training.")
