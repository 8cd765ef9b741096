"""Writing what comes after a session: follow-ups as they become due, events and scores through the core's record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesoplan.record.enter import Correcting
from mesoplan.record.enter_outcome import enter_outcome
from mesoplan.record.model import AdverseEvent as CoreEvent
from mesoplan.record.outcome_file import parse_outcome
from mesoplan.units import add_duration
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.plans.book import CourseBook
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.plans.services import core_plan
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits.models import Session

FACTS = {
    FollowUp.When.DAY_1: "followup.day_1",
    FollowUp.When.DAY_3: "followup.day_3",
    FollowUp.When.DAY_7: "followup.day_7",
    FollowUp.When.WEEK_4: "followup.week_4",
    FollowUp.When.WEEK_12: "followup.week_12",
}
OTHER = "other"


def plan_follow_ups(session: Session, member: Member) -> None:
    """Write when the client is looked at after a session, by the facts of the knowledge."""
    knowledge = knowledge_of(session.client.clinic)
    for when, fact in FACTS.items():
        quantity = knowledge.facts[fact].resolution.quantity
        if quantity is not None and quantity.high is not None:
            FollowUp(
                client=session.client,
                made_at=clock.now(),
                made_by=member,
                session=session,
                when=when,
                due_on=add_duration(session.on, quantity.high, quantity.unit),
            ).save(force_insert=True)


def record_outcome(
    session: Session, member: Member, events: Sequence[Mapping[str, Any]], scores: Sequence[Mapping[str, Any]]
) -> CourseEntry:
    """Enter adverse events and scores into the course's record, each in the form of an outcome file.

    Raises:
        ProblemError: If the core refuses them; nothing is written then.
    """
    clinic = session.client.clinic
    knowledge, today = knowledge_of(clinic), clock.today(clinic)
    plan = core_plan(session.plan)
    data = {
        "client": plan.intake.client.identifier,
        "reported_on": today,
        "adverse_events": [{**one, "session": session.number} for one in events],
        "scores": list(scores),
    }
    outcome = parse_outcome(data, knowledge, "outcome")
    entry = enter_outcome(CourseBook(session.course, member), plan, outcome, place="outcome", on=today)
    row = CourseEntry.objects.get(course=session.course, number=entry.number)
    for number, event in enumerate(outcome.adverse_events, 1):
        _count(session, row, number, event, member)
    return row


def _count(session: Session, entry: CourseEntry, number: int, event: CoreEvent, member: Member) -> None:
    known = knowledge_of(session.client.clinic).harms
    AdverseEvent(
        client=session.client,
        made_at=clock.now(),
        made_by=member,
        session=session,
        entry=entry,
        number=number,
        lot=_lot(session, event.lot),
        kind=event.what if event.what in known else OTHER,
        severity=event.severity,
        holds_back=event.holds_back,
        on=event.onset,
    ).save(force_insert=True)


def _lot(session: Session, number: str | None) -> Lot | None:
    used = session.lot_uses.filter(lot__lot=number).select_related("lot").first() if number else None
    return used.lot if used else None


def correct_event(row: AdverseEvent, member: Member, changed: Mapping[str, Any], reason: str) -> CourseEntry:
    """Add to the record how an event went on; what was entered first stays as it is.

    Raises:
        ProblemError: If the core refuses it.
    """
    session, clinic = row.session, row.client.clinic
    knowledge, today, plan = knowledge_of(clinic), clock.today(clinic), core_plan(row.session.plan)
    book = CourseBook(session.course, member)
    events, scores = entered(row)
    events[row.number - 1] |= changed
    data = {"client": plan.intake.client.identifier, "reported_on": today, "adverse_events": events, "scores": scores}
    outcome = parse_outcome(data, knowledge, "outcome")
    correcting = Correcting(row.entry.number, reason)
    entry = enter_outcome(book, plan, outcome, place="outcome", on=today, correcting=correcting)
    event = outcome.adverse_events[row.number - 1]
    row.severity, row.holds_back, row.on = event.severity, event.holds_back, event.onset
    row.save(update_fields=["severity", "holds_back", "on"])
    return CourseEntry.objects.get(course=session.course, number=entry.number)


def entered(row: AdverseEvent) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return events and scores of an event's entry as they are known now, in the form of an outcome file."""
    from mesoplan_clinic.plans.book import entries_of

    bodies = {one.number: one.body for one in entries_of(row.session.course)}
    body: Mapping[str, Any] = bodies[row.entry.number]
    for one in bodies.values():
        if one.get("corrects") == row.entry.number and one.get("outcome"):
            body = one["outcome"]
    return [dict(one) for one in body["adverse_events"]], [dict(one) for one in body["scores"]]


def close_follow_up(
    row: FollowUp, member: Member, *, found: str, notes: str, wants_photo: bool, entry: CourseEntry | None
) -> None:
    """Write what came of a follow-up."""
    row.found, row.notes, row.wants_photo, row.entry = found, notes, wants_photo, entry
    row.done_at, row.done_by = clock.now(), member
    row.save()
