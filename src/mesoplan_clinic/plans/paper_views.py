"""Papers and the map in space: made in the background, told how far they are, sent to who may see them."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from mesoplan import ProblemError
from mesoplan.report.map_course import lay_plan, map_content
from mesoplan.report.map_page import map_page
from mesoplan.report.papers import make_papers
from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.errors import not_found
from mesoplan_clinic.photos.selectors import jpeg_of
from mesoplan_clinic.plans import jobs
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.plans.photo_views import picture_of
from mesoplan_clinic.plans.services import face_of_course, latest_plan
from mesoplan_clinic.plans.shown import ShownPlan, context_of, reading_language

TYPES = {"pdf": "application/pdf", "ics": "text/calendar; charset=utf-8"}
SHOWN = ("plan.pdf", "session.pdf", "consent.pdf", "leaflet.pdf", "referral.pdf", "sources.pdf", "course.ics")
MAP_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
"""For the map alone: it is one file with its script inside, whose own policy names that script by its hash. Without
`allow-same-origin` it has no cookie, no storage and no way back into the application."""


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course_papers(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Tell which papers there are; asks to be asked again while they are made."""
    row = latest_plan(course)
    if row is None:
        return not_found(request)
    future = _papers(row)
    context: dict[str, Any] = {"course": course, "done": future.done()}
    if future.done():
        made = future.result()
        context["papers"] = [name for name in SHOWN if name in made]
        context["sheet"] = ShownPlan(row).sheet
    template = "plans/papers_part.html" if request.htmx and not request.htmx.boosted else "plans/papers.html"
    return render(request, template, context)


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course_paper(request: ClinicRequest, client: Client, course: Course, name: str) -> HttpResponse:
    """Send one paper in the client's language."""
    row = latest_plan(course)
    made = _papers(row).result() if row is not None and name in SHOWN else {}
    if name not in made:
        return not_found(request)
    request.event.note(paper=name)
    kind = name.rpartition(".")[2]
    response = HttpResponse(made[name], content_type=TYPES[kind])
    where = "inline" if kind == "pdf" else "attachment"
    response["Content-Disposition"] = f'{where}; filename="{name}"'
    return response


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course_space(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Show the course in space; asks to be asked again while it is laid."""
    row = latest_plan(course)
    if row is None:
        return not_found(request)
    future = _space(course, row)
    context: dict[str, Any] = {"course": course, "done": future.done(), "plan": row}
    if future.done():
        try:
            context["there"] = future.result() is not None
        except ProblemError:
            context["failed"] = True
    template = "plans/space_part.html" if request.htmx and not request.htmx.boosted else "plans/space.html"
    return render(request, template, context)


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course_space_file(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Send the map in space: one page that runs its own script and nothing else, cut off from this application."""
    row = latest_plan(course)
    try:
        content = None if row is None else _space(course, row).result()
    except ProblemError:
        content = None
    if content is None:
        return not_found(request)
    response = HttpResponse(content, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = MAP_POLICY
    response.xframe_options_exempt = True  # the policy says who may frame it
    return response


def _papers(row: Plan) -> Future[dict[str, bytes]]:
    """Return the papers of a plan in the client's language, being made or done."""
    client = row.client
    key = ("papers", row.pk, client.language)
    known = jobs.finished(key)
    if known is not None:
        return known
    shown = ShownPlan(row)
    context, picture = context_of(client, shown.plan, client.language), picture_of(shown)
    return jobs.job(key, lambda: make_papers(context.plan, context.knowledge, context.clinic, picture))


def _space(course: Course, row: Plan) -> Future[bytes | None]:
    """Return the map of a plan in the reader's language, being made or done; None where nothing is laid."""
    key = ("map", row.pk, reading_language())
    known = jobs.finished(key)
    if known is not None:
        return known
    context = ShownPlan(row).context
    photo = None if course.photo is None else jpeg_of(course.photo)

    def make() -> bytes | None:
        laid = lay_plan(context, face_of_course(course, photo).skins(), exact=False)
        return None if laid is None else map_page(map_content(context, laid), context.words)

    return jobs.job(key, make)
