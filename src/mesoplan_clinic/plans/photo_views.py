"""The photo of a course: choose it, see the zones on it, draw what is kept out; and the map that the core draws."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mesoplan import ProblemError
from mesoplan.report.svg import plan_map
from mesoplan.surface.instructions import photo_instructions
from mesoplan.surface.model import Picture
from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.selectors import jpeg_of
from mesoplan_clinic.plans.drawing import BadDrawing, circles_in, circles_of, drawn_zones
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import ON_PHOTO, change_course, face_model_missing, latest_plan
from mesoplan_clinic.plans.shown import ShownPlan, reading_language
from mesoplan_clinic.plans.views import replanned


@page(see=May.PLAN, act=May.PLAN, client=Client, course=Course)
def course_photo(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Choose the photo that the zones are found on; draw on it what is not to be punctured."""
    row = latest_plan(course)
    if row is None:
        return render(request, "plans/no_plan.html", {"course": course}, status=200 if request.method == "GET" else 422)
    complaint, kept = "", (course.photo, dict(course.choices), course.version)
    if request.method == "POST":
        complaint = _sent(request, course)
        if not complaint:
            return redirect("course_photo", client=client.pk, course=course.pk)
        course.photo, course.choices, course.version = kept
    context = _shown(course, ShownPlan(row), complaint)
    return render(request, "plans/photo.html", context, status=422 if request.method == "POST" else 200)


def _sent(request: ClinicRequest, course: Course) -> str:
    """Do what a form asks for; return why it cannot be done, "" where it is done."""
    if "keep_outs" in request.POST:
        return _keep_outs(request, course)
    wished = request.POST.get("photo", "")
    photo = Photo.objects.filter(client=course.client, pk=wished).first() if _is_id(wished) else None
    if wished and photo is None:
        return _("There is no such photo.")
    others = [text for text in course.choices.get("keep_outs", ()) if not text.startswith(ON_PHOTO)]
    change_course(course, seen_version(request), photo=photo, keep_outs=others)
    problem = replanned(request, course)
    if problem is None:
        messages.success(request, _("The zones are found on this photo.") if photo else _("Planned without a photo."))
    return "" if problem is None else _why_no_face(problem)


def _keep_outs(request: ClinicRequest, course: Course) -> str:
    if course.photo is None:
        return _("There is no photo to draw on.")
    try:
        circles = circles_in(request.POST["keep_outs"], course.photo)
    except BadDrawing:
        return _("The drawing could not be read. Load the page anew and draw it again.")
    others = [text for text in course.choices.get("keep_outs", ()) if not text.startswith(ON_PHOTO)]
    change_course(course, seen_version(request), keep_outs=[*others, *circles])
    problem = replanned(request, course)
    if problem is not None:
        return _("A circle lies on no zone, or is too large. Move it onto the skin or make it smaller.")
    request.event.note(keep_outs=len(circles))
    messages.success(request, _("What is kept out is saved; the plan is made anew."))
    return ""


def _is_id(text: str) -> bool:
    from uuid import UUID

    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _why_no_face(problem: ProblemError) -> str:
    """Return in the reader's language why the zones are not found on a photo."""
    said = " ".join(one.message for one in problem.problems)
    reasons = {
        "no face was found": _("No face is found in this photo."),
        "faces": _("The photo shows several faces."),
        "turned to the side": _("The head is turned to the side."),
        "raised or lowered": _("The chin is raised or lowered."),
        "tilted": _("The head is tilted to the shoulder."),
        "too small": _("The face is too small in this photo."),
        "cut off": _("The face is cut off by the edge of the photo."),
        "not clear enough": _("The face is not clear enough to be measured."),
    }
    found = [text for part, text in reasons.items() if part in said]
    return " ".join(found) or _("The zones cannot be found on this photo. Take a new one from the front.")


def _shown(course: Course, shown: ShownPlan, complaint: str) -> dict[str, Any]:
    plan, photo = shown.plan, course.photo
    on_it = photo is not None and plan.surface.photo_sha256 == photo.sha256
    title, steps = photo_instructions(reading_language() if reading_language() in ("en", "ru") else "en")
    context: dict[str, Any] = {
        "course": course,
        "version": course.version,
        "photos": list(course.client.photos.filter(view=Photo.View.FRONT).defer("thumbnail_sealed")),
        "photo": photo,
        "on_it": on_it,
        "complaint": complaint,
        "side": shown.side,
        "model_missing": face_model_missing(),
        "instructions": (title, steps),
    }
    if photo is not None and on_it:
        context["zones"] = drawn_zones(plan.surface, shown.context.zone_cells, shown.context.names, photo)
        ratio = photo.width / plan.surface.picture_size[0]
        context["box"] = [round(one * ratio) for one in plan.surface.view_box]
        context["circles"] = json.dumps(circles_of(course.choices.get("keep_outs", ())))
        context["mm_per_pixel"] = f"{plan.surface.mm_per_pixel / ratio:.5f}"
        context["taken"] = [
            (number, ", ".join(shown.context.names.zone(zone) for zone, _area in one.taken_cm2))
            for number, one in enumerate(plan.surface.keep_outs, 1)
        ]
    return context


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course_map(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Send the map of the plan as the core draws it: the zones by how they stand, on the photo where there is one."""
    row = latest_plan(course)
    if row is None:
        return HttpResponse(status=404)
    shown = ShownPlan(row)
    response = HttpResponse(plan_map(shown.context, picture_of(shown)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    return response


def picture_of(shown: ShownPlan) -> Picture | None:
    """Return the photo of a plan as the core draws on it, None without one."""
    if shown.photo is None:
        return None
    return Picture(jpeg_of(shown.photo), (shown.photo.width, shown.photo.height))
