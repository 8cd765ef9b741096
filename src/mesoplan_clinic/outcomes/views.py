"""The pages after a session: the day's work list, a follow-up's short form, an adverse event and how it went on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mesoplan.errors import ProblemError
from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.core_words import Line, lines
from mesoplan_clinic.outcomes import selectors, services
from mesoplan_clinic.outcomes.forms import SCORE_FIELDS, EventForm, OutcomeForm
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.plans.models import CourseEntry
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.sheet import context_of


@page(see=May.FOLLOW_UP)
def today(request: ClinicRequest) -> HttpResponse:
    """Show the day's work: sessions under way, and the follow-ups that are due over all clients."""
    clinic, language = request.member.clinic, (get_language() or "en")[:2]
    found = selectors.due(clinic, clock.today(clinic))
    for one in [row for group in found.values() for row in group.rows]:
        one.words = selectors.when_words(clinic, one.when, language)
    open_sessions = list(selectors.under_way(clinic))
    request.event.note(sessions=len(open_sessions), **{name: group.count for name, group in found.items()})
    context = {**found, "open_sessions": open_sessions, "day": clock.today(clinic), "ahead": selectors.COMING.days}
    return render(request, "outcomes/today.html", context)


@page(see=May.FOLLOW_UP, act=May.FOLLOW_UP, client=Client, follow_up=FollowUp)
def follow_up(request: ClinicRequest, client: Client, follow_up: FollowUp) -> HttpResponse:
    """Enter what came of a follow-up; one that was done is shown with its session."""
    if follow_up.done_at is not None:
        return redirect("session", client=client.pk, session=follow_up.session_id)
    return _outcome(request, follow_up.session, follow_up)


@page(see=May.FOLLOW_UP, act=May.FOLLOW_UP, client=Client, session=Session)
def outcome_new(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Enter what is told after a session at any time."""
    if session.state != Session.State.SIGNED:
        return redirect("session", client=client.pk, session=session.pk)
    return _outcome(request, session, None)


def _outcome(request: ClinicRequest, session: Session, due: FollowUp | None) -> HttpResponse:
    paper = context_of(session.plan)
    initial = {"scored_by": request.member.user.shown_name}
    form = OutcomeForm(request.POST or None, session=session, paper=paper, initial=initial)
    words = selectors.when_words(session.client.clinic, due.when, paper.plan.language) if due else ""
    context: dict[str, Any] = {"form": form, "session": session, "due": due, "when": words}
    if request.method != "POST":
        return render(request, "outcomes/follow_up.html", context)
    if not form.is_valid():
        return _again(request, context, form)
    try:
        entry = _record(request, session, form)
    except ProblemError as refused:
        context["problems"] = _at_fields(form, refused)
        return _again(request, context, form)
    said = form.cleaned_data
    if due is not None:
        services.close_follow_up(
            due,
            request.member,
            found=said["found"],
            notes=said["notes"],
            wants_photo=said["wants_photo"],
            entry=entry,
        )
    request.event.note(found=said["found"], entry=entry.number if entry else 0)
    messages.success(request, _("Written down."))
    return redirect("today") if due is not None else redirect(reverse("session", kwargs=_address(session)))


def _at_fields(form: EventForm, refused: ProblemError) -> list[Line]:
    """Put what the core refuses beside the fields it is about, and return the rest."""
    rest = []
    for one in lines(refused.problems):
        if one.field in form.fields and not one.language:
            form.add_error(one.field, one.text)
        else:
            rest.append(one)
    return rest


def _again(request: ClinicRequest, context: dict[str, Any], form: OutcomeForm) -> HttpResponse:
    """Show the form with what is wrong: the part that holds it stands open."""
    said, wrong = form.data, set(form.errors)
    context["score_open"] = bool(wrong & SCORE_FIELDS or said.get("scale"))
    context["event_open"] = bool(wrong - SCORE_FIELDS - {"found"} or said.get("what") or said.get("found") == "event")
    return render(request, "outcomes/follow_up.html", context, status=422)


def _record(request: ClinicRequest, session: Session, form: OutcomeForm) -> CourseEntry | None:
    event, scores = form.event(), form.scores(clock.today(session.client.clinic))
    if not event and not scores:
        return None
    return services.record_outcome(session, request.member, [event] if event else [], scores)


def _address(session: Session) -> dict[str, Any]:
    return {"client": session.client_id, "session": session.pk}


@page(see=May.FOLLOW_UP, act=May.FOLLOW_UP, client=Client, event=AdverseEvent)
def event(request: ClinicRequest, client: Client, event: AdverseEvent) -> HttpResponse:
    """Show an adverse event, and add to the record how it went on."""
    paper = context_of(event.session.plan)
    known = selectors.event_words(event, paper.plan.language)
    initial = {**known["event"], "event_zone": known["event"].get("zone")}
    if event.kind == services.OTHER:
        initial |= {"what": services.OTHER, "what_other": known["event"]["what"]}
    form = EventForm(request.POST or None, session=event.session, paper=paper, initial=initial)
    context: dict[str, Any] = {"form": form, "row": event, **known, "session": event.session}
    why = request.POST.get("why", "").strip()[:1000]
    if request.method != "POST":
        return render(request, "outcomes/event.html", context)
    if not why or not form.is_valid() or not form.event():
        context |= {"problems": [] if why else [_("Say what is new.")], "why": why}
        return render(request, "outcomes/event.html", context, status=422)
    try:
        entry = services.correct_event(event, request.member, form.event(), why)
    except ProblemError as refused:
        context |= {"problems": _at_fields(form, refused), "why": why}
        return render(request, "outcomes/event.html", context, status=422)
    request.event.note(entry=entry.number)
    messages.success(request, _("Added to the record."))
    return redirect("session", client=client.pk, session=event.session_id)
