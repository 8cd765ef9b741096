"""Reading sessions for their pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mesoplan.record.model import NUMBERS, UNITS, PlannedSession, SessionDone
from mesoplan.record.summary import summarise
from mesoplan.report.context import PaperContext
from mesoplan.report.names import zone_order
from mesoplan.report.record_text import mark_text
from mesoplan.report.words import EN_DASH, sentence
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import courses_of, latest_plan
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.selectors import item_name, lot_by_key, state_of, usable
from mesoplan_clinic.visits.clearance import reason_words, why_not
from mesoplan_clinic.visits.delivered import slots
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.sheet import DIGITS, context_of, item_words

DIFFERS = 1e-6


@once
def sessions_of(client: Client) -> tuple[Session, ...]:
    """Return a client's sessions, newest first."""
    return tuple(Session.of(client))


def open_courses(client: Client) -> list[dict[str, Any]]:
    """Return a client's open courses: whether a session may begin today, why not, and the one under way."""
    today, found = clock.today(client.clinic), []
    begun = {one.course_id: one for one in sessions_of(client) if one.state == Session.State.OPEN}
    for course in courses_of(client):
        if course.state != Course.State.OPEN:
            continue
        under_way = begun.get(course.pk)
        plan = latest_plan(course)
        context = context_of(plan) if plan else None
        reasons = () if under_way else why_not(course, today)
        number = context.plan.course.sessions_done + 1 if context else 1
        found.append(
            {
                "course": course,
                "under_way": under_way,
                "keys": reasons,
                "reasons": [sentence(one) for one in reason_words(context, reasons)],
                "number": under_way.number if under_way else number,
                "sessions": context.plan.course.sessions if context else 0,
                "technique": context.names.technique(context.technique) if context and context.technique else "",
            }
        )
    return found


def pickers(
    session: Session, wanted: list[tuple[str, str]], fields: Mapping[str, Any], errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what a page needs to ask for lots: those in stock first, what was chosen or typed, what is wrong."""
    clinic, found = session.client.clinic, []
    for kind, item in wanted:
        name = f"{kind}.{item}"
        picked = str(fields.get(f"lot.{name}", ""))
        fitting: list[Lot] = list(usable(clinic, kind, item, session.on))
        chosen = lot_by_key(clinic, picked)
        if chosen is not None and chosen.pk not in {one.pk for one in fitting}:
            fitting.append(chosen)
        found.append(
            {
                "name": name,
                "kind": kind,
                "title": item_name(clinic, kind, item) if item else Lot.Kind(kind).label,
                "lots": [_lot(one, session.on, free=not item) for one in fitting],
                "others": _others(session, kind, item) if item else [],
                "free": not item,
                "picked": picked,
                "code": fields.get(f"code.{name}", ""),
                "expiry": fields.get(f"expiry.{name}", ""),
                "called": fields.get(f"name.{name}", ""),
                "error": errors.get(f"lot.{name}", ""),
            }
        )
    return found


def _lot(lot: Lot, on: date, *, free: bool) -> dict[str, Any]:
    left = getattr(lot, "left", None)
    return {"lot": lot, "left": left, "state": state_of(lot, on), "item": lot.item if free else ""}


def _others(session: Session, kind: str, item: str) -> list[dict[str, Any]]:
    """Return lots of other items of the same kind: taking one is a departure, and asks for its reason."""
    clinic = session.client.clinic
    found = [one for one in usable(clinic, kind, "", session.on) if one.item != item]
    return [{"lot": one, "name": item_name(clinic, kind, one.item)} for one in found]


def work_slots(session: Session, planned: PlannedSession) -> list[tuple[str, str]]:
    """Return everything whose lot the work asks for."""
    return slots(folder_of(session.client.clinic), planned)


def shown(context: PaperContext, done: SessionDone) -> dict[str, Any]:
    """Return a session as it was done beside its plan, for a page: zones, lots, marks, in the reader's language."""
    words, delivered = context.words, done.delivered
    by_name = {one.zone: one for one in delivered.zones}
    rows = [_zone(context, done, by_name[name]) for name in zone_order(context.knowledge, by_name)]
    lots = [(context_name(context, one.product), one.lot, one.expires_on, one.volume_ml) for one in delivered.products]
    used = delivered.cartridge
    if used.id:
        lots.append((context_name(context, used.id), used.lot, used.expires_on, None))
    return {
        "delivered": delivered,
        "zones": rows,
        "lots": lots,
        "reactions_seen": [words(f"session.reaction.{one}") for one in delivered.reactions or ()],
        "broken": [mark_text(context.names, one) for one in done.limits_broken],
        "noted": [mark_text(context.names, one) for one in done.marks if not one.stops],
    }


def context_name(context: PaperContext, item: str) -> str:
    """Return what a product or tool of the clinic is called."""
    folder = context.clinic
    every: dict[str, Any] = {} if folder is None else {**folder.products, **folder.cartridges, **folder.tools}
    return every[item].name if item in every else item


def _zone(context: PaperContext, done: SessionDone, zone: Any) -> dict[str, Any]:
    words, plan = context.words, done.planned.zone(zone.zone)
    numbers = []
    for key in NUMBERS:
        planned, value = getattr(plan, key, None), zone.number(key)
        if value is None:
            continue
        unit = "" if UNITS[key] == "1" else f"\u00a0{words.unit(UNITS[key])}"
        one = {"label": item_words(context, key), "value": f"{words.number(value, DIGITS)}{unit}", "differs": False}
        if planned is not None and abs(value - planned) > DIFFERS:
            one |= {"differs": True, "planned": words.number(planned, DIGITS)}
        numbers.append(one)
    cover = next((one for one in done.covers if one.zone == zone.zone), None)
    return {
        "name": sentence(context.names.zone(zone.zone)),
        "state": zone.delivered,
        "share": None if zone.share is None else words.percent(zone.share),
        "numbers": numbers,
        "remark": zone.remark,
        "cover": EN_DASH if cover is None or cover.delivered is None else words.percent(cover.delivered),
        "planned_cover": EN_DASH if cover is None or cover.planned is None else words.percent(cover.planned),
    }


def signed_session(session: Session) -> SessionDone | None:
    """Return a signed session as it is known to have been, its corrections laid over it."""
    if session.entry is None:
        return None
    return dict(record(session.course).numbered_sessions).get(session.entry.number)


def covers(course: Course) -> dict[str, Any]:
    """Return planned, delivered and cumulative cover, zone by zone; without rows before the first session."""
    plan, book = latest_plan(course), record(course)
    if plan is None or not book.sessions:
        return {"rows": []}
    context = context_of(plan)
    report = summarise(book, context.plan)
    words, by_name = context.words, {one.zone: one for one in report.zones}

    def percent(value: float | None) -> str:
        return EN_DASH if value is None else words.percent(value)

    rows = []
    for name in zone_order(context.knowledge, by_name):
        one = by_name[name]
        total = one.delivered_after[-1]
        at_least = words("range.at_least", value=words.percent(one.at_least))
        rows.append(
            {
                "name": sentence(context.names.zone(name)),
                "sessions": [(percent(p), percent(d)) for p, d in zip(one.planned, one.delivered, strict=True)],
                "planned": percent(one.planned_after[-1]),
                "delivered": percent(total) if total is not None else at_least,
                "share": round((total if total is not None else one.at_least) * 100),
                "planned_share": round(one.planned_after[-1] * 100),
            }
        )
    numbers = [one.delivered.session for one in report.sessions]
    return {"rows": rows, "numbers": numbers, "done": report.sessions_done, "sessions": report.sessions_planned}
