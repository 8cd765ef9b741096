"""Writing sessions: none begins without a current clearance, none is changed once it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from mesoplan.plain import is_plausible
from mesoplan.record.enter import Correcting, cover_limit, enter_session
from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.locking import Stale
from mesoplan_clinic.outcomes.services import plan_follow_ups
from mesoplan_clinic.plans.book import CourseBook
from mesoplan_clinic.plans.models import Course, CourseEntry
from mesoplan_clinic.plans.services import core_plan, latest_plan
from mesoplan_clinic.stock.gs1 import read_code
from mesoplan_clinic.stock.models import Lot, LotUse
from mesoplan_clinic.stock.selectors import find_lot, lot_by_key
from mesoplan_clinic.stock.services import lot_in_session
from mesoplan_clinic.visits.clearance import NotCleared, why_not
from mesoplan_clinic.visits.delivered import Draft, folder_with_stock, judged, lots_in
from mesoplan_clinic.visits.models import Addition, Closed, Session
from mesoplan_clinic.visits.sheet import STEPS, planned_of


def start_session(course: Course, member: Member) -> Session:
    """Begin a session of a course, today; the one that is under way already where there is one.

    Raises:
        NotCleared: If none may begin; it says why.
    """
    course = Course.objects.select_for_update().get(pk=course.pk)
    today = clock.today(course.client.clinic)
    under_way = course.sessions.filter(state=Session.State.OPEN).first()
    if under_way is not None:
        return under_way
    reasons, plan = why_not(course, today), latest_plan(course)
    if reasons or plan is None:
        raise NotCleared(reasons)
    session = Session(
        client=course.client,
        made_at=clock.now(),
        made_by=member,
        course=course,
        plan=plan,
        number=core_plan(plan).course.sessions_done + 1,
        on=today,
    )
    session.draft = {}
    session.save(force_insert=True)
    return session


def save_step(session: Session, seen: int, step: str, fields: Mapping[str, Any], *, done: bool = False) -> None:
    """Keep what was typed in a step; `done`: the step was completed, else it has to be completed (again).

    Raises:
        Stale: If somebody else saved in between.
        Closed: If the session is not open.
    """
    draft = {**session.draft, step: dict(fields)}
    completed = {name: at for name, at in draft.get("done", {}).items() if name != step}
    draft["done"] = {**completed, step: clock.now().isoformat()} if done else completed
    session.draft = draft
    session.save_as(seen, ["draft"])


def why_not_go_on(session: Session) -> tuple[str, ...]:
    """Return why the clearance of an open session no longer holds, empty while it does."""
    newest = latest_plan(session.course)
    reasons = why_not(session.course, clock.today(session.client.clinic))
    if newest is not None and newest.pk != session.plan_id:
        reasons = (*reasons, "newer_plan")
    return reasons if session.on == clock.today(session.client.clinic) else (*reasons, "another_day")


def begin_work(session: Session, seen: int) -> None:
    """Begin to work on the skin: the clearance is looked at once more.

    Raises:
        NotCleared: If it no longer holds; the session stays as it is.
    """
    if session.begun_at is not None:
        return
    Course.objects.select_for_update().get(pk=session.course_id)
    reasons = why_not_go_on(session)
    if reasons:
        raise NotCleared(reasons)
    session.begun_at = clock.now()
    session.save_as(seen, ["begun_at"])


def abandon(session: Session, seen: int, why: str) -> None:
    """Close a session in which nothing was done on the skin.

    Raises:
        Closed: If the work has begun: what was done is signed then, as stopped early.
    """
    if session.begun_at is not None:
        raise Closed(f"session {session.pk}: the work has begun")
    session.draft = {**session.draft, "abandoned": {"why": why}}
    session.state = Session.State.ABANDONED
    session.save_as(seen, ["draft", "state"])


def pick_lot(clinic: Clinic, kind: str, item: str, fields: Mapping[str, Any], on: date) -> Lot | None:
    """Return the lot that a form names, chosen, scanned or typed; None where it says that it is not known.

    A lot that the stock does not know is entered, with no amount, where its expiry is known.

    Raises:
        ValidationError: If none is named, or it is expired, blocked, or not known and without an expiry.
    """
    name = f"{kind}.{item}"
    code, picked = str(fields.get(f"code.{name}", "")).strip(), str(fields.get(f"lot.{name}", ""))
    if code:
        lot: Lot | None = _typed_lot(clinic, kind, item, code, fields, on)
    elif picked == "unknown":
        return None
    else:
        lot = lot_by_key(clinic, picked)
        lot = lot if lot is not None and lot.kind == kind else None
    if lot is None:
        raise ValidationError(_("Choose the lot, scan it, or say that it is not known."))
    if lot.blocked:
        raise ValidationError(
            _("Lot %(lot)s is blocked (%(why)s). Put it aside and take another."),
            params={"lot": lot.lot, "why": lot.blocked_why or "–"},
        )
    if lot.is_expired(on):
        raise ValidationError(
            _("Lot %(lot)s expired on %(day)s. Put it aside and take another."),
            params={"lot": lot.lot, "day": lot.expires_on},
        )
    return lot


def _typed_lot(clinic: Clinic, kind: str, item: str, code: str, fields: Mapping[str, Any], on: date) -> Lot:
    name = f"{kind}.{item}"
    scanned = read_code(code, on)
    typed = str(fields.get(f"expiry.{name}", "")).strip()
    expiry = scanned.expires_on or (_day(typed) if typed else None)
    called = item or str(fields.get(f"name.{name}", "")).strip()[:120]
    known = find_lot(clinic, kind, called, scanned.lot)
    if known is not None:
        if expiry is not None and known.expires_on != expiry:
            raise ValidationError(
                _("By the stock lot %(lot)s expires on %(day)s. Read the package again."),
                params={"lot": known.lot, "day": known.expires_on},
            )
        return known
    if expiry is None or not scanned.lot:
        raise ValidationError(_("This lot is not in stock: enter its expiry beside it."))
    if not called:
        raise ValidationError(_("This lot is not in stock: enter what it is beside it."))
    if expiry < on:
        raise ValidationError(
            _("Lot %(lot)s expired on %(day)s. Put it aside and take another."),
            params={"lot": scanned.lot, "day": expiry},
        )
    return lot_in_session(clinic, kind, called, scanned.lot, expiry, scanned.gtin, on)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not is_plausible(day):
        raise ValidationError(_("“%(text)s” is no date. Enter it as on the package."), params={"text": text})
    return day


def missing_steps(session: Session) -> list[str]:
    """Return the steps that were not completed yet, without the signature."""
    done = session.draft.get("done", {})
    return [step for step in STEPS[:-1] if step not in done]


def sign(session: Session, seen: int, member: Member) -> CourseEntry:
    """Sign a session: it enters the course's record, its lots are counted, its follow-ups become due.

    Raises:
        Closed: If it is not open, or the work never began.
        ValidationError: If a step is missing, or something must be given a reason first.
        ProblemError: If the core refuses it; nothing is written then.
        Stale: If somebody else saved in between.
    """
    stored = Session.objects.select_for_update().get(pk=session.pk)
    if stored.state != Session.State.OPEN or stored.begun_at is None or missing_steps(stored):
        raise Closed(f"session {session.pk} is not ready to be signed")
    if stored.version != seen:
        raise Stale(stored)
    clinic, by = session.client.clinic, member.user.shown_name
    knowledge, plan = knowledge_of(clinic), core_plan(session.plan)
    found = judged(session.draft, planned_of(session.plan), clinic, knowledge, session.on, by)
    if found.open or open_points(session):
        raise ValidationError(_("Something must be given a reason first."))
    book = CourseBook(session.course, member)
    chosen = lots_in(clinic, session.draft)
    entry, _done = enter_session(
        book,
        plan,
        folder_with_stock(clinic, chosen),
        found.delivered,
        session.number,
        place="session",
        on=clock.today(clinic),
        cover_limit=cover_limit(knowledge),
    )
    session.state, session.signed_by, session.signed_at = Session.State.SIGNED, member, clock.now()
    session.entry = CourseEntry.objects.get(course=session.course, number=entry.number)
    session.save_as(seen, ["state", "signed_by", "signed_at", "entry"])
    count_lots(session, session.draft, member)
    plan_follow_ups(session, member)
    return session.entry


def open_points(session: Session) -> list[tuple[str, str]]:
    """Return (name of the reason's field, why it is asked) of what the core cannot know and no reason was given for.

    The clearance that ended while the work went on, and lots that were blocked after they were chosen.
    """
    reasons, found = session.draft.get("sign", {}), []
    if why_not_go_on(session):
        found.append(("reason.date.", _("The clearance no longer holds: why was the session finished all the same?")))
    for lot in lots_in(session.client.clinic, session.draft).values():
        if lot.blocked:
            found.append(("reason.lot.", _("Lot %(lot)s was blocked after it was chosen.") % {"lot": lot.lot}))
    return [one for one in found if not str(reasons.get(one[0], "")).strip()]


def count_lots(session: Session, draft: Draft, member: Member) -> None:
    """Write which lots a session used, instead of what was counted for it before; nothing is removed."""
    kept = set()
    for name, lot in lots_in(session.client.clinic, draft).items():
        amount = _amount(draft, name, lot)
        row = session.lot_uses.filter(lot=lot).first() or LotUse(
            client=session.client, made_at=clock.now(), made_by=member, session=session, lot=lot, on=session.on
        )
        row.amount, row.corrected = amount, False
        row.save()
        kept.add(row.pk)
    session.lot_uses.exclude(pk__in=kept).update(corrected=True)


def _amount(draft: Draft, name: str, lot: Lot) -> Decimal | None:
    """Return how much of a lot was used: a piece of a cartridge, the volume of a product; None where not measured."""
    if lot.kind == Lot.Kind.CARTRIDGE:
        return Decimal(1)
    typed = str(draft.get("work", {}).get(f"volume.{name.rpartition('.')[2]}", "")).replace(",", ".").strip()
    return Decimal(typed).quantize(Decimal("0.001")) if typed and lot.kind == Lot.Kind.PRODUCT else None


def correct(session: Session, draft: Mapping[str, Any], reason: str, member: Member) -> Addition:
    """Add to a signed session how it really was; what was signed stays as it is.

    Raises:
        Closed: If it is not signed.
        ValidationError: If something must be given a reason first.
        ProblemError: If the core refuses it.
    """
    if session.state != Session.State.SIGNED or session.entry is None:
        raise Closed(f"session {session.pk} is not signed")
    clinic, knowledge = session.client.clinic, knowledge_of(session.client.clinic)
    by = session.signed_by.user.shown_name if session.signed_by else ""
    found = judged(draft, planned_of(session.plan), clinic, knowledge, session.on, by)
    if found.open:
        raise ValidationError(_("Something must be given a reason first."))
    entry, _done = enter_session(
        CourseBook(session.course, member),
        core_plan(session.plan),
        folder_with_stock(clinic, lots_in(clinic, draft)),
        found.delivered,
        session.number,
        place="session",
        on=clock.today(clinic),
        correcting=Correcting(session.entry.number, reason),
        cover_limit=cover_limit(knowledge),
    )
    row = Addition(client=session.client, made_at=clock.now(), made_by=member, session=session)
    row.draft, row.reason = dict(draft), reason
    row.entry = CourseEntry.objects.get(course=session.course, number=entry.number)
    row.save(force_insert=True)
    count_lots(session, draft, member)
    return row
