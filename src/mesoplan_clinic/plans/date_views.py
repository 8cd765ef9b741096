"""Moving a session to another day: the days that are possible, and why one is not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mesoplan.course.schedule import days_for_session, why_no_session
from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.kernel.errors import not_found
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import change_course, choices_of, latest_plan
from mesoplan_clinic.plans.shown import ShownPlan, day_reasons
from mesoplan_clinic.plans.views import replanned, unusable

OFFERED = 12


@page(see=May.PLAN, act=May.PLAN, client=Client, course=Course)
def course_move(request: ClinicRequest, client: Client, course: Course, number: int) -> HttpResponse:
    """Show the days on which a session can be, and move it to one of them."""
    row = latest_plan(course)
    shown = None if row is None else ShownPlan(row)
    session = None if shown is None else next((one for one in shown.sessions if one["number"] == number), None)
    if shown is None or session is None:
        return not_found(request)
    basis = _basis(course, shown, number)
    why: list[str] = []
    if request.method == "POST":
        day = _day(request.POST.get("day", ""))
        keys = ("day.too_early",) if day is None else why_no_session(**basis, day=day)
        why = day_reasons(shown.context, keys) if day is not None else [_("This is no date.")]
        if day is not None and not keys:
            moved = {**course.choices.get("days", {}), str(number): day.isoformat()}
            return _moved(request, course, moved, _("The session is moved; those after it follow."))
        if request.POST.get("day") == "":
            kept = {key: value for key, value in course.choices.get("days", {}).items() if key != str(number)}
            return _moved(request, course, kept, _("The session is back on its own day."))
    words = shown.context.words
    offered = days_for_session(**basis, around=session["day"], count=OFFERED)
    context = {
        "course": course,
        "version": course.version,
        "session": session,
        "offered": [{"day": day, "shown": words.weekday(day), "now": day == session["day"]} for day in offered],
        "why": why,
        "typed": request.POST.get("day", ""),
        "asked": words.weekday(day) if (day := _day(request.POST.get("day", ""))) else request.POST.get("day", ""),
    }
    return render(request, "plans/move.html", context, status=422 if request.method == "POST" else 200)


def _basis(course: Course, shown: ShownPlan, number: int) -> dict[str, Any]:
    plan, clinic = shown.plan, course.client.clinic
    days = {one: day for one, day in choices_of(course).days if one != number}
    return {
        "knowledge": knowledge_of(clinic),
        "clinic": folder_of(clinic),
        "intake": plan.intake,
        "screening": plan.screening,
        "prescription": plan.prescription,
        "number": number,
        "days": days,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moved(request: ClinicRequest, course: Course, days: dict[str, str], said: str) -> HttpResponse:
    change_course(course, seen_version(request), days=days)
    problem = replanned(request, course)
    if problem is not None:
        return unusable(request, problem, course)
    messages.success(request, said)
    return redirect("course", client=course.client_id, course=course.pk)
