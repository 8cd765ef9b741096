"""Enters what came of a course into its record, held against the sessions that are recorded."""

from __future__ import annotations

from datetime import date

from mesoplan.errors import Problems
from mesoplan.plan import Plan
from mesoplan.record.book import Record, append, check_client, record_of
from mesoplan.record.chain import Entry
from mesoplan.record.enter import Correcting
from mesoplan.record.model import AdverseEvent, Correction, Outcome, SessionDone
from mesoplan.record.store import OpenBook


def enter_outcome(
    book: OpenBook,
    plan: Plan,
    outcome: Outcome,
    *,
    place: str,
    on: date | None = None,
    correcting: Correcting | None = None,
) -> Entry:
    """Append what came of a course, and return the entry.

    Args:
        book: The record under its lock.
        plan: The plan in the course's folder.
        outcome: As read from the file.
        place: Name of the file, for messages.
        on: The day on which it is written down, None: that of the report.
        correcting: The entry that this one corrects, None for a new one.

    Raises:
        ProblemError: With everything that must be corrected first; nothing is recorded then.
    """
    record = record_of(book.entries)
    check_client(record, plan, place)
    problems = Problems()
    expected = plan.intake.client.identifier
    if outcome.client != expected:
        remedy = "Check whose course this is; nothing of one client enters another's record."
        problems.add(f"{place}: client", outcome.client, f"this course is of client {expected}", remedy)
    if record.opened is not None and record.simulated != outcome.simulated:
        kind = "for training" if record.simulated else "of a person"
        remedy = "Write simulated: yes for training, and use a folder of its own."
        problems.add(
            f"{place}: simulated", outcome.simulated, f"this record is {kind}: the two are never mixed", remedy
        )
    for number, event in enumerate(outcome.adverse_events, 1):
        _check_event(record, event, outcome.reported_on, problems, f"{place}: adverse_events: {number}")
    for number, score in enumerate(outcome.scores, 1):
        if score.scored_on > outcome.reported_on:
            message = f"this lies after the report of {outcome.reported_on}"
            problems.add(f"{place}: scores: {number}: scored_on", score.scored_on, message, "Check both dates.")
    if correcting is not None and correcting.entry not in record.outcome_entries:
        known = ", ".join(map(str, record.outcome_entries)) or "no entry yet"
        problems.add("--corrects", correcting.entry, "this entry holds no outcome", f"Outcomes stand in: {known}.")
    problems.raise_if_any()
    day = on or outcome.reported_on
    if correcting is None:
        return append(book, plan, "outcome", day, outcome, simulated=outcome.simulated)
    correction = Correction(correcting.entry, correcting.reason, outcome=outcome)
    return append(book, plan, "correction", day, correction, simulated=outcome.simulated)


def _check_event(record: Record, event: AdverseEvent, reported_on: date, problems: Problems, where: str) -> None:
    """Note what of an event contradicts the sessions: one that was not, an onset before it, a lot nobody used."""
    sessions = record.sessions
    of_it = [one for one in sessions if one.delivered.session == event.session] if event.session else list(sessions)
    if not sessions:
        remedy = "Record the session first."
        problems.add(where, event.what, "no session is recorded that this could follow", remedy)
        return
    if not of_it:
        known = ", ".join(str(one.delivered.session) for one in sessions)
        problems.add(f"{where}: session", event.session, "this session is not recorded", f"Recorded are: {known}.")
        return
    first = min(one.delivered.date for one in of_it)
    for key, day in (("onset", event.onset), ("resolved_on", event.resolved_on)):
        if day is not None and day < first:
            message = f"this lies before the session of {first}"
            problems.add(f"{where}: {key}", day, message, "Check the date and the session.")
        if day is not None and day > reported_on:
            message = f"this lies after the report of {reported_on}"
            problems.add(f"{where}: {key}", day, message, "Check both dates.")
    lots = [lot for one in of_it for lot in lots_of(one)]
    if event.lot is not None and None not in lots and event.lot not in lots:
        known = ", ".join(dict.fromkeys(lot for lot in lots if lot is not None)) or "none"
        problems.add(f"{where}: lot", event.lot, "this lot was not used", f"Used were: {known}.")


def lots_of(session: SessionDone) -> tuple[str | None, ...]:
    """Return the lots of everything that was used in a session, None where one is not known."""
    used = session.delivered
    every = [one.lot for one in used.products]
    every += [used.cartridge.lot] if used.cartridge.id is not None else []
    every += [used.anaesthetic.lot] if used.anaesthetic.used == "yes" else []
    every += [used.antiseptic.lot] if used.antiseptic.product is not None else []
    return tuple(every)
