"""The pages of a course: choose, see the plan, change it; dates, consent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from mesoplan import ProblemError
from mesoplan.prescription.choices import ChoiceError
from mesoplan.report.consent_paper import has_consent
from mesoplan.report.context import PaperContext
from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.selectors import latest_signed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.core_words import lines
from mesoplan_clinic.plans import choosing, consents
from mesoplan_clinic.plans.models import Consent, Course
from mesoplan_clinic.plans.services import (
    change_course,
    face_model_missing,
    latest_plan,
    open_course,
    plan_course,
    preview,
)
from mesoplan_clinic.plans.shown import (
    ShownPlan,
    context_of,
    product_cards,
    refusal_lines,
    technique_cards,
)
from mesoplan_clinic.plans.taken_over import dropped_words, taken_over
from mesoplan_clinic.plans.treatment import consent_state


@page(see=May.PLAN, act=May.PLAN, client=Client)
def course_new(request: ClinicRequest, client: Client) -> HttpResponse:
    """Compare the techniques with the reasons for and against, choose one, and open a course with its first plan."""
    intake, today = latest_signed(client), clock.today(client.clinic)
    if intake is None:
        return render(request, "plans/no_intake.html", status=200 if request.method == "GET" else 422)
    try:
        context = context_of(client, preview(client, intake, today))
    except ProblemError as error:
        return unusable(request, error)
    cards = technique_cards(context)
    if request.method == "POST":
        sent = choosing.entered(request.POST)
        if sent.own["technique"] in {"", *(card["id"] for card in cards)}:
            course = open_course(client, request.member, **sent.own)
            try:
                plan = plan_course(course, intake, request.member, today)
            except ProblemError as error:
                return unusable(request, error, context=context)
            request.event.note(course=str(course.pk), plan=str(plan.pk), technique=course.technique)
            return redirect("course", client=client.pk, course=course.pk)
    shown = {"cards": cards, "context": context, "intake": intake, "today": today}
    shown |= {"treatable": any(card["proposed"] for card in cards), "verdict": _verdict(context)}
    return render(request, "plans/new.html", shown, status=422 if request.method == "POST" else 200)


@page(see=May.SEE_CLIENTS, client=Client, course=Course)
def course(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Show a course's plan: verdict, settings with limits, product, dates, price, papers, consent."""
    row = latest_plan(course)
    if row is None:
        return render(request, "plans/no_plan.html", {"course": course})
    shown = ShownPlan(row)
    context = {
        "course": course,
        "version": course.version,
        "shown": shown,
        "plan": row,
        "plans": course.plans.count(),
        "today": clock.today(client.clinic),
        "consent": consent_state(course, shown.plan),
        "model_missing": course.photo_id is not None and face_model_missing(),
    }
    return render(request, "plans/course.html", context)


@page(act=May.PLAN, client=Client, course=Course)
def course_replan(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Make the plan anew for today, from the newest signed answers."""
    error = replanned(request, course)
    if error is not None:
        return unusable(request, error, course)
    messages.success(request, _("Planned anew for today."))
    return redirect("course", client=client.pk, course=course.pk)


@page(see=May.PLAN, act=May.PLAN, client=Client, course=Course)
def course_choose(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Change what was chosen: technique, product, device, depth, cover and sizes, each within the limits."""
    row = latest_plan(course)
    if row is None:
        return render(request, "plans/no_plan.html", {"course": course}, status=200 if request.method == "GET" else 422)
    context, problem, wrong = ShownPlan(row).context, None, []
    kept = (course.technique, course.manner, dict(course.choices), course.version)
    if request.method == "POST":
        sent = choosing.entered(request.POST)
        wrong = sent.wrong
        if not wrong:
            problem = _chosen(request, course, sent, context)
            if problem is None:
                messages.success(request, _("The plan is made anew with your choices."))
                return redirect("course", client=client.pk, course=course.pk)
            course.technique, course.manner, course.choices, course.version = kept
    typed = request.POST if request.method == "POST" else None
    shown = _choices_shown(course, context, typed, wrong, problem)
    return render(request, "plans/choose.html", shown, status=422 if typed is not None else 200)


def _chosen(
    request: ClinicRequest, course: Course, sent: choosing.Entered, context: PaperContext
) -> ProblemError | None:
    """Plan with what was sent; what another technique has no place for is dropped, and said."""
    kept, intake, gone = course.choices, latest_signed(course.client), []
    if intake is not None:
        try:
            gone = taken_over(course, sent, context.plan, intake, clock.today(course.client.clinic))
        except ProblemError as error:
            return error
    change_course(course, seen_version(request), **sent.own, **sent.choices)
    problem = replanned(request, course)
    if problem is None and gone:
        request.event.note(dropped=sorted({what for what, _key in gone}))
        text = _("Not taken over, because it was chosen for the technique before: %(what)s.")
        messages.warning(request, text % {"what": dropped_words(context, kept, gone)})
    return problem


def _choices_shown(
    course: Course, context: PaperContext, typed: QueryDict | None, wrong: list[str], problem: ProblemError | None
) -> dict[str, Any]:
    refused = problem if isinstance(problem, ChoiceError) else None
    said = typed or QueryDict()
    technique = said.get("technique", course.technique)
    return {
        "course": course,
        "version": course.version,
        "cards": technique_cards(context),
        "technique": technique,
        "manner": said.get("manner", course.manner),
        "products": product_cards(context),
        "product": said.get("product", course.choices.get("product", "")),
        "tools": choosing.tools(context, course),
        "zones": choosing.zone_rows(context, course, typed, wrong),
        "sizes": choosing.size_rows(context, course, typed, wrong),
        "reasons": choosing.reason_rows(context, course, typed, refused),
        "refused": refusal_lines(context, refused) if refused else [],
        "problems": lines(problem.problems, context.names.zone) if problem is not None and refused is None else [],
        "wrong": wrong,
    }


@page(see=May.PLAN, act=May.PLAN, client=Client, course=Course)
def course_consent(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Read the consent to the treatment in the client's language, and sign it."""
    from mesoplan.report.consent_text import treatment_consent
    from mesoplan_clinic.plans.signing import SigningForm

    row = latest_plan(course)
    context = None if row is None else context_of(client, ShownPlan(row).plan, client.language)
    if context is None or not has_consent(context):
        shown: dict[str, Any] = {"course": course, "consent": consents.given(client, Consent.Kind.TREATMENT, course)}
        return render(request, "plans/no_consent.html", shown, status=200 if request.method == "GET" else 422)
    text, state = treatment_consent(context), consent_state(course, context.plan)
    form = SigningForm(request.POST or None, initial={"signed_as": client.name})
    with override(client.language):  # who signs reads what is still missing in the language of the text
        signed = request.method == "POST" and form.is_valid()
    if signed:
        said, used = form.cleaned_data, {zone.technique: None for zone in context.plan.prescription.zones}
        consents.withdraw(client, Consent.Kind.TREATMENT, course)
        consents.sign(
            client,
            request.member,
            Consent.Kind.TREATMENT,
            text,
            signed_as=said["signed_as"],
            signature=said["signature"],
            course=course,
            technique=",".join(used)[:200],
        )
        request.event.note(consent="treatment", version=text.version)
        messages.success(request, _("The consent is signed."))
        return redirect("course", client=client.pk, course=course.pk)
    shown = {
        "course": course,
        "text": text,
        "form": form,
        "standing": state.consent if state.state == "signed" else None,
        "history": course.consents.filter(kind=Consent.Kind.TREATMENT),
    }
    return render(request, "plans/consent.html", shown, status=422 if form.is_bound else 200)


@page(act=May.PLAN, client=Client, course=Course)
def course_consent_withdraw(request: ClinicRequest, client: Client, course: Course) -> HttpResponse:
    """Withdraw the consent to the treatment as of today."""
    request.event.note(withdrawn=consents.withdraw(client, Consent.Kind.TREATMENT, course))
    messages.success(request, _("The consent is withdrawn as of today: no session may be held."))
    return redirect("course", client=client.pk, course=course.pk)


def replanned(request: ClinicRequest, course: Course) -> ProblemError | None:
    """Plan a course anew for today; return what stands against it, None where nothing does."""
    intake = latest_signed(course.client)
    if intake is None:
        from mesoplan.errors import Problem

        return ProblemError([Problem("intake", "", "there are no signed answers", "Ask the client, and sign.")])
    try:
        row = plan_course(course, intake, request.member, clock.today(course.client.clinic))
    except ProblemError as error:
        return error
    request.event.note(plan=str(row.pk), number=row.number)
    return None


def unusable(
    request: ClinicRequest, error: ProblemError, course: Course | None = None, context: PaperContext | None = None
) -> HttpResponse:
    """Say why nothing is planned; where a course's choices stand in the way, lead to them."""
    row = None if course is None else latest_plan(course)
    context = context if row is None else ShownPlan(row).context
    refused = refusal_lines(context, error) if context is not None and isinstance(error, ChoiceError) else []
    shown = {"course": course, "refused": refused, "problems": [] if refused else lines(error.problems)}
    return render(request, "plans/unusable.html", shown, status=422)


def _verdict(context: Any) -> dict[str, Any]:
    from mesoplan.report.plan_paper import verdict_panel

    found: dict[str, Any] = verdict_panel(context)
    return found
