"""The pages of a session: may it begin, its steps in order, its signature, what was signed and what was added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from mesoplan.errors import ProblemError
from mesoplan.record.model import PlannedSession
from mesoplan.report.context import PaperContext
from mesoplan.report.papers import make_leaflet
from mesoplan.report.record_text import mark_text
from mesoplan.report.words import sentence
from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.core_words import Line, lines
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import core_plan
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.visits import labels, selectors, services
from mesoplan_clinic.visits.clearance import NotCleared, reason_words
from mesoplan_clinic.visits.delivered import Draft, Judged, judged
from mesoplan_clinic.visits.forms import settled, typed_fields
from mesoplan_clinic.visits.models import Closed, Session
from mesoplan_clinic.visits.sheet import STEPS, context_of, planned_of, sheet_of, zone_rows


@page(act=May.TREAT, client=Client, course=Course)
def session_start(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Begin a session, where one may begin; else say why not."""
    try:
        session = services.start_session(course, request.member)
    except NotCleared as refused:
        request.event.note(refused=list(refused.reasons))
        plan = course.plans.first()
        reasons = [sentence(one) for one in reason_words(context_of(plan) if plan else None, refused.reasons)]
        return render(request, "visits/refused.html", {"reasons": reasons, "course": course}, status=409)
    request.event.note(session=str(session.pk), number=session.number)
    return redirect("session_step", client=client.pk, session=session.pk, step=next_step(session))


@page(see=May.SEE_CLIENTS, client=Client, session=Session)
def session_page(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Show a session as it was signed, with what was added since; one under way by its steps so far."""
    done = selectors.signed_session(session)
    context: dict[str, Any] = {"session": session, "next": next_step(session)}
    if done is not None:
        paper = context_of(session.plan)
        context |= {"paper": paper, **selectors.shown(paper, done)}
    return render(request, "visits/session.html", context)


@page(see=May.TREAT, act=May.TREAT, client=Client, session=Session)
def session_step(request: ClinicRequest, client: Client, session: Session, step: str) -> HttpResponse:
    """Show a step of an open session, keep what is typed in it, and go on to the next."""
    if step not in STEPS or step == "sign":
        raise Http404
    if session.state != Session.State.OPEN:
        return _closed(request, session)
    if request.method != "POST":
        return _shown(request, session, step, session.draft.get(step, {}), {})
    fields = typed_fields(step, request.POST)
    if session.version != seen_version(request):
        return _stale(request, session, step, fields)
    if request.headers.get("X-Autosave"):
        services.save_step(session, seen_version(request), step, {**session.draft.get(step, {}), **fields})
        request.event.note(step=step, fields=len(fields))
        broken = {"broken": broken_limits(session)} if step == "work" else {}
        return JsonResponse({"version": session.version, **broken})
    if step == "before" and fields.get("changes") == "some":
        messages.warning(request, _("Enter what has changed as new answers, then screen and plan again."))
        return redirect("client", client=client.pk)
    return _completed(request, session, step, fields)


def _stale(request: ClinicRequest, session: Session, step: str, fields: dict[str, Any]) -> HttpResponse:
    """Answer 409: what the other person saved in this step beside what was typed; either can be kept."""
    paper, theirs = context_of(session.plan), session.draft.get(step, {})
    rows = [
        {"label": labels.of_field(paper, name), "theirs": labels.of_value(session, theirs.get(name)), "mine": shown}
        for name, value in fields.items()
        if (shown := labels.of_value(session, value)) != labels.of_value(session, theirs.get(name))
    ]
    sent = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    name, address = ("session_sign", {}) if step == "sign" else ("session_step", {"step": step})
    back = reverse(name, kwargs={"client": session.client_id, "session": session.pk, **address})
    context = {"session": session, "back": back, "rows": rows, "sent": sent, "version": session.version}
    return render(request, "visits/stale.html", context, status=409)


def _completed(request: ClinicRequest, session: Session, step: str, fields: dict[str, Any]) -> HttpResponse:
    """Go on to the next step if this one is complete and, before the work, the clearance still holds."""
    found, errors = settled(session, step, fields, planned_of(session.plan))
    if errors:
        return _shown(request, session, step, fields, errors, status=422)
    services.save_step(session, seen_version(request), step, found, done=True)
    if step == "skin":
        try:
            services.begin_work(session, session.version)
        except NotCleared as refused:
            request.event.note(refused=list(refused.reasons))
            return _shown(request, session, step, fields, {}, status=409)
    request.event.note(step=step)
    name = "session_step" if next_step(session) != "sign" else "session_sign"
    return redirect(reverse(name, kwargs=_address(session)))


def _address(session: Session) -> dict[str, Any]:
    step = next_step(session)
    found: dict[str, Any] = {"client": session.client_id, "session": session.pk}
    return found if step == "sign" else {**found, "step": step}


def next_step(session: Session) -> str:
    """Return the first step that was not completed."""
    return next(iter(services.missing_steps(session)), "sign")


def _shown(
    request: ClinicRequest,
    session: Session,
    step: str,
    fields: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    version = session.version if status == 200 else seen_version(request)
    context = {**_frame(session, step), "fields": fields, "errors": errors, "version": version}
    context |= part_of(step, session, context, fields, errors)
    return render(request, f"visits/step_{step}.html", context, status=status)


def _frame(session: Session, step: str) -> dict[str, Any]:
    """Return what stands on every page of an open session: steps, STOP rules, emergencies, the clearance."""
    paper, done = context_of(session.plan), session.draft.get("done", {})
    reasons = services.why_not_go_on(session)
    return {
        "session": session,
        "paper": paper,
        "sheet": sheet_of(paper),
        "steps": [{"key": key, "done": key in done, "here": key == step, "title": step_title(key)} for key in STEPS],
        "telephone": paper.clinic.emergency_telephone if paper.clinic else "",
        "lapsed": [sentence(one) for one in reason_words(paper, reasons)],
        "broken_now": broken_limits(session) if step in ("work", "finish") else [],
        "now": _now(session),
    }


def broken_limits(session: Session) -> list[str]:
    """Return every limit that stops and that what was typed so far breaks: said while it can still be put right."""
    try:
        found = to_judge(session, session.draft, "")
    except ProblemError:  # a number is not finished, or is none: its step says so
        return []
    names = context_of(session.plan).names
    once: dict[tuple[str, str], str] = {}
    for one in found.done.limits_broken:
        once.setdefault((one.item, one.zone), mark_text(names, one, with_reason=False))
    return list(once.values())


def step_title(step: str) -> str:
    """Return what a step is called."""
    return {
        "identity": _("Who it is"),
        "before": _("Before the start"),
        "skin": _("Skin"),
        "work": _("Work"),
        "finish": _("Finish"),
        "sign": _("Signature"),
    }[step]


def _now(session: Session) -> str:
    moment: datetime = clock.now().astimezone(ZoneInfo(session.client.clinic.time_zone))
    return moment.strftime("%H:%M")


def _skin(session: Session, _context: dict[str, Any], fields: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    kinds = [(Lot.Kind.ANTISEPTIC.value, ""), (Lot.Kind.ANAESTHETIC.value, "")]
    antiseptic, anaesthetic = selectors.pickers(session, kinds, fields, errors)
    return {"antiseptic": antiseptic, "numbing": anaesthetic}


def _work(session: Session, context: dict[str, Any], fields: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    planned = planned_of(session.plan)
    rows = zone_rows(context["paper"], planned)
    for row in rows:
        _fill(row, fields, errors)
    products = [{"id": one, "title": selectors.context_name(context["paper"], one)} for one in planned.products]
    point = get_format("DECIMAL_SEPARATOR")
    for one in products:
        volume = str(fields.get(f"volume.{one['id']}", "")).replace(".", point)
        one |= {"volume": volume, "error": errors.get(f"volume.{one['id']}", "")}
    return {
        "zones": rows,
        "pickers": selectors.pickers(session, selectors.work_slots(session, planned), fields, errors),
        "volumes": products,
        "volume_limits": _volume_limits(context["paper"], planned),
    }


def _volume_limits(paper: PaperContext, planned: PlannedSession) -> list[str]:
    words = paper.words
    limits = [one for one in planned.limits if one.name.startswith("volume")]
    return [f"{sentence(words(f'limit.{one.name}'))}: {words.measure(one.limit, one.unit)}" for one in limits]


def _fill(row: dict[str, Any], fields: dict[str, Any], errors: dict[str, str]) -> None:
    """Put into a zone's row what was typed, else what was planned; minutes are never taken over from the plan."""
    name = f"zone.{row['zone']}"
    row["state"] = fields.get(f"{name}.delivered", "yes")
    row["share"], row["remark"] = fields.get(f"{name}.share", ""), fields.get(f"{name}.remark", "")
    row["error"] = errors.get(f"{name}.delivered") or errors.get(f"{name}.share", "")
    moving = any(one["key"] in ("hand_speed_mm_s", "passes") for one in row["numbers"])
    for one in row["numbers"]:
        usual = "" if one["key"] == "minutes" and moving else one["planned"]
        one["value"] = fields.get(f"{name}.{one['key']}", usual)
        one["error"] = errors.get(f"{name}.{one['key']}", "")
    point = get_format("DECIMAL_SEPARATOR")
    for one in row["numbers"]:
        one["planned_shown"], one["value"] = one["planned"].replace(".", point), one["value"].replace(".", point)
    shown = [(one["label"], one["value"], one["unit"]) for one in row["numbers"] if one["value"]]
    said = [" ".join(part for part in one if part) for one in shown]
    row["brief"] = " · ".join(said)
    numbers_changed = any(one["error"] or one["value"] not in ("", one["planned_shown"]) for one in row["numbers"])
    row["changed"] = bool(row["error"] or row["state"] != "yes" or row["remark"] or numbers_changed)


def _finish(
    _session: Session, context: dict[str, Any], fields: dict[str, Any], _errors: dict[str, str]
) -> dict[str, Any]:
    from mesoplan.record.session_file import REACTIONS

    words, chosen = context["paper"].words, fields.get("reactions", [])
    return {"reactions": [(one, sentence(words(f"session.reaction.{one}")), one in chosen) for one in REACTIONS]}


_Part = Callable[[Session, dict[str, Any], dict[str, Any], dict[str, str]], dict[str, Any]]
_PARTS: dict[str, _Part] = {"skin": _skin, "work": _work, "finish": _finish}


def part_of(
    step: str, session: Session, context: dict[str, Any], fields: dict[str, Any], errors: dict[str, str]
) -> dict[str, Any]:
    """Return what the form of a step needs beside its fields."""
    part = _PARTS.get(step)
    return part(session, context, fields, errors) if part else {}


@page(see=May.TREAT, act=May.TREAT, client=Client, session=Session)
def session_sign(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Show what will be signed, ask for the reasons that are missing, and sign it."""
    if session.state != Session.State.OPEN:
        return _closed(request, session)
    if services.missing_steps(session) or session.begun_at is None:
        return redirect("session_step", client=client.pk, session=session.pk, step=next_step(session))
    if request.method != "POST":
        return _to_sign(request, session, [])
    fields = typed_fields("sign", request.POST)
    if session.version != seen_version(request):
        return _stale(request, session, "sign", fields)
    services.save_step(session, seen_version(request), "sign", {**session.draft.get("sign", {}), **fields})
    if request.headers.get("X-Autosave"):
        return JsonResponse({"version": session.version})
    try:
        entry = services.sign(session, session.version, request.member)
    except ValidationError as refused:
        return _to_sign(request, session, refused.messages, 422)
    except ProblemError as refused:
        return _to_sign(request, session, lines(refused.problems), 422)
    request.event.note(entry=entry.number)
    messages.success(request, _("Signed. It stands in the record and cannot be changed any more."))
    return redirect("session", client=client.pk, session=session.pk)


def _to_sign(
    request: ClinicRequest, session: Session, problems: Sequence[str | Line], status: int = 200
) -> HttpResponse:
    frame, by = _frame(session, "sign"), request.member.user.shown_name
    version = session.version if status == 200 else seen_version(request)
    context: dict[str, Any] = {**frame, "problems": problems, "version": version, "by": by}
    try:
        found = to_judge(session, session.draft, by)
    except ProblemError as refused:  # a value that cannot be used: the step that holds it is open again
        context["problems"] = problems or lines(refused.problems)
        return render(request, "visits/step_sign.html", context, status=status)
    context |= {
        **selectors.shown(frame["paper"], found.done),
        "asked": asked(session, session.draft, found, frame["paper"]),
    }
    return render(request, "visits/step_sign.html", context, status=status)


def to_judge(session: Session, draft: Draft, by: str) -> Judged:
    """Return a draft of a session held against its plan and the limits.

    Raises:
        ProblemError: If a value cannot be used at all.
    """
    clinic = session.client.clinic
    return judged(draft, planned_of(session.plan), clinic, knowledge_of(clinic), session.on, by)


def asked(session: Session, draft: Draft, found: Judged, paper: PaperContext) -> list[dict[str, Any]]:
    """Return what must be given a reason: the field's name, why, whether it stops, what was typed."""
    open_marks = [
        (f"reason.{one.item}.{one.zone}", mark_text(paper.names, one, with_reason=False), one.stops)
        for one in found.open
    ]
    own = services.open_points(session) if session.state == Session.State.OPEN else []
    typed = draft.get("sign", {})
    return [
        {"name": name, "why": why, "stops": stops, "value": typed.get(name, "")}
        for name, why, stops in (*open_marks, *((name, why, True) for name, why in own))
    ]


@page(act=May.TREAT, client=Client, session=Session)
def session_abandon(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Close a session in which nothing was done on the skin."""
    try:
        services.abandon(session, seen_version(request), request.POST.get("why", "")[:500])
    except Closed:
        return _closed(request, session)
    messages.success(request, _("Closed: nothing was done on the skin."))
    return redirect("client", client=client.pk)


@page(see=May.SEE_CLIENTS, client=Client, session=Session)
def session_leaflet(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Show the client's leaflet with its dates, in the client's language."""
    pdf = make_leaflet(core_plan(session.plan), knowledge_of(client.clinic), folder_of(client.clinic))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="leaflet.pdf"'
    return response


def _closed(request: ClinicRequest, session: Session) -> HttpResponse:
    """Answer that a session is no longer open: a page is shown instead, a form is refused."""
    if request.method != "POST":
        return redirect("session", client=session.client_id, session=session.pk)
    return render(request, "visits/closed.html", {"session": session}, status=409)
