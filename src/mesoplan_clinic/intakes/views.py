"""The pages on which staff ask a client, hand over the tablet, make a link, and read what was signed."""

from __future__ import annotations

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes import links, pages, services
from mesoplan_clinic.intakes.interview import GOALS, GOALS_GROUP
from mesoplan_clinic.intakes.models import AlreadySigned, Intake
from mesoplan_clinic.intakes.selectors import latest_signed
from mesoplan_clinic.intakes.services import Who
from mesoplan_clinic.intakes.shown import Page
from mesoplan_clinic.kernel import clock


def desk_of(request: ClinicRequest, client: Client, intake: Intake) -> pages.Desk:
    """Return the staff's own desk."""
    who = Who(request.member.user.shown_name, request.member)
    return pages.Desk(intake, reverse("intake", args=[client.pk, intake.pk]), who)


@page(act=May.FILL_INTAKE, client=Client)
def intake_begin(request: ClinicRequest, client: Client) -> HttpResponse:
    """Begin to ask, or go on where it was begun."""
    intake = services.begin(client, request.member)
    request.event.note(intake=str(intake.pk))
    return redirect("intake", client=client.pk, intake=intake.pk)


@page(see=May.SEE_CLIENTS, client=Client)
def intake_list(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show every form of a client."""
    return render(request, "intakes/list.html", {"intakes": client.intakes.all()})


@page(see=May.SEE_CLIENTS, client=Client, intake=Intake)
def intake(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Show a form: what is still open, or what was signed."""
    shown, desk = Page(intake), desk_of(request, client, intake)
    groups = shown.groups() if intake.is_open else []
    context = desk.context(
        groups=groups,
        unanswered=sum(one["open"] for one in groups),
        first=next((one["id"] for one in groups if one["open"]), ""),
        answers=[] if intake.is_open else shown.answers(),
        added=shown.added(),
        older=intake.is_open and intake.visit_date < clock.today(client.clinic),
        newest=latest_signed(client) == intake,
        signature=_picture(intake),
        may_send=bool(settings.PUBLIC_URL),
        links=intake.links.filter(closed_at=None, opened_at=None, expires_at__gt=clock.now()),
        version=intake.version,
    )
    return render(request, "intakes/intake.html", context)


def _picture(row: Intake) -> str:
    import base64

    return "" if row.signature is None else "data:image/png;base64," + base64.b64encode(row.signature).decode()


@page(see=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_group(request: ClinicRequest, client: Client, intake: Intake, group: str) -> HttpResponse:
    """Ask one group of questions."""
    return pages.group(request, desk_of(request, client, intake), group)


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_answer(request: ClinicRequest, client: Client, intake: Intake, question: str) -> HttpResponse:
    """Keep one answer."""
    return pages.answer(request, desk_of(request, client, intake), question)


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_confirm(request: ClinicRequest, client: Client, intake: Intake, group: str) -> HttpResponse:
    """Take over a group's earlier answers as still true."""
    return pages.confirm(request, desk_of(request, client, intake), group)


@page(see=May.FILL_INTAKE, act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_sign(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Read everything once more, and sign."""
    desk = desk_of(request, client, intake)
    if request.method != "POST":
        return pages.review(request, desk) if intake.is_open else redirect(desk.base)
    done = pages.sign(request, desk)
    if isinstance(done, Intake):
        messages.success(request, _("Signed. These answers can no longer be changed."))
        return redirect("client", client=client.pk)
    return done


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_discard(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Throw away a draft."""
    try:
        services.discard(intake)
    except AlreadySigned:
        return _signed_already(request, client, intake)
    messages.success(request, _("The unsigned form was thrown away."))
    return redirect("client", client=client.pk)


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_hand_over(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Make this tablet the client's: the staff's session on it ends, the form opens."""
    try:
        links.hand_over(request, intake, request.member)
    except AlreadySigned:
        return _signed_already(request, client, intake)
    return links.in_language_of(client, redirect("form"))


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_link(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Make a one-time link and show it, this once."""
    desk = desk_of(request, client, intake)
    try:
        link, address = links.make_link(intake, request.member)
    except AlreadySigned:
        return _signed_already(request, client, intake)
    except links.NoPublicAddress:
        why = _(
            "No link was made: this server is reached on this computer alone, so the link would lead nowhere. Start "
            "it with a public address, or hand over the tablet instead."
        )
        return pages.refusal(request, desk, why, status=422)
    code = segno.make(address, error="m").svg_data_uri(scale=8, border=4)
    request.event.note(link=str(link.pk))
    return render(request, "intakes/link.html", desk.context(address=address, code=code, link=link))


@page(act=May.FILL_INTAKE, client=Client, intake=Intake)
def intake_link_close(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    """Close every link to a form, opened or not."""
    intake.links.filter(closed_at=None).update(closed_at=clock.now())
    messages.success(request, _("The links to this form no longer open it."))
    return redirect("intake", client=client.pk, intake=intake.pk)


@page(act=May.FILL_INTAKE, client=Client)
def intake_ask(request: ClinicRequest, client: Client, question: str) -> HttpResponse:
    """Open the very question that is missing: in the open form, or as an addition to what was signed."""
    knowledge = knowledge_of(client.clinic)
    asked = knowledge.questions.get(question)
    if question == "birth_date" and not client.birth_date:
        return redirect("client_change", client=client.pk)
    try:
        missing = question in ("visit_date", "visit_date_stale")
        row = services.begin(client, request.member) if missing else services.begin_addition(client, request.member)
    except LookupError:
        row = services.begin(client, request.member)
    request.event.note(question=question, intake=str(row.pk))
    base = reverse("intake", args=[client.pk, row.pk])
    group = GOALS_GROUP if question == GOALS else asked.group if asked else ""
    return redirect(f"{base}group/{group}/#q-{question}" if group else base)


def _signed_already(request: ClinicRequest, client: Client, intake: Intake) -> HttpResponse:
    why = _("These answers are signed and stay as they are. Nothing was changed.")
    return pages.refusal(request, desk_of(request, client, intake), why)
