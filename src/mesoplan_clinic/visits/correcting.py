"""The page on which a signed session is corrected: everything as it is known to have been, and why it is added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mesoplan.errors import ProblemError
from mesoplan.report.context import PaperContext
from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.core_words import Line, lines
from mesoplan_clinic.visits import services, views
from mesoplan_clinic.visits.forms import settled, typed_fields
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.sheet import context_of, planned_of

STEPS = ("skin", "work", "finish")


@page(see=May.TREAT, act=May.TREAT, client=Client, session=Session)
def session_correct(request: ClinicRequest, client: Client, session: Session) -> HttpResponse:
    """Show a signed session as a form, and add to the record how it really was."""
    if session.state != Session.State.SIGNED:
        return redirect("session", client=client.pk, session=session.pk)
    latest = session.additions.first()
    draft = dict(latest.draft if latest else session.draft)
    if request.method != "POST":
        return _shown(request, session, draft, {}, "", [])
    reason, errors = request.POST.get("why", "").strip()[:2000], dict[str, str]()
    draft["sign"] = {**draft.get("sign", {}), **typed_fields("sign", request.POST)}
    for step in STEPS:
        draft[step], found = settled(session, step, typed_fields(step, request.POST), planned_of(session.plan))
        errors |= found
    if not reason:
        errors["why"] = _("Say why it is corrected.")
    if errors:
        return _shown(request, session, draft, errors, reason, [], 422)
    try:
        row = services.correct(session, draft, reason, request.member)
    except ValidationError as refused:
        return _shown(request, session, draft, {}, reason, refused.messages, 422)
    except ProblemError as refused:
        return _shown(request, session, draft, {}, reason, lines(refused.problems), 422)
    request.event.note(entry=row.entry.number, corrects=session.entry.number if session.entry else 0)
    messages.success(request, _("The correction was added. What was signed stays as it is."))
    return redirect("session", client=client.pk, session=session.pk)


def _shown(
    request: ClinicRequest,
    session: Session,
    draft: dict[str, Any],
    errors: dict[str, str],
    reason: str,
    problems: Sequence[str | Line],
    status: int = 200,
) -> HttpResponse:
    paper = context_of(session.plan)
    context: dict[str, Any] = {"session": session, "paper": paper, "errors": errors, "problems": problems}
    context |= {"why": reason, "now": "", "sheet": {}}
    for step in STEPS:
        fields = draft.get(step, {})
        context |= views.part_of(step, session, context, fields, errors)
        context[f"{step}_fields"] = fields
    context["asked"] = _asked(session, draft, paper) if problems else []
    return render(request, "visits/correct.html", context, status=status)


def _asked(session: Session, draft: dict[str, Any], paper: PaperContext) -> list[dict[str, Any]]:
    try:
        return views.asked(session, draft, views.to_judge(session, draft, ""), paper)
    except ProblemError:
        return []
