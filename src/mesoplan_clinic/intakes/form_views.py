"""The client's own form, opened by a one-time link or on a tablet handed over: it sees one form, nothing else."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import AnyRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.audit.chain import Event, append
from mesoplan_clinic.intakes import links, pages
from mesoplan_clinic.intakes.links import LinkRequest
from mesoplan_clinic.intakes.models import Intake, IntakeLink
from mesoplan_clinic.intakes.services import Who
from mesoplan_clinic.intakes.shown import Page


def _desk(request: LinkRequest) -> pages.Desk:
    intake = request.actor.link.intake
    return pages.Desk(intake, reverse("form"), Who(intake.client.name), linked=True)


@login_not_required
@require_http_methods(["GET", "POST"])
def form_open(request: AnyRequest, token: str) -> HttpResponse:
    """Ask whether to begin, and begin: that uses the link up. Looking at it does not, so that a preview cannot."""
    rows = IntakeLink.objects.select_related("client__clinic", "intake")
    link = get_object_or_404(rows, token_hash=links.hash_of(token))
    translation.activate(link.client.language)
    request.LANGUAGE_CODE = link.client.language
    actor = links.LinkActor(link.pk, link.client.clinic_id, link)
    with transaction.atomic():
        own = request.session.get(links.SESSION_KEY) == str(link.pk) and links.link_actor(request)
        why = "" if own else links.why_closed(link)
        if request.method == "POST" and not why and not own and not links.take_up(request, link):
            why = "used"
        event = Event("form_open", request.method, 410 if why else 200, link.client_id, f"link {link.pk}")
        append(actor, event)
    if why:
        return render(request, "intakes/link_closed.html", {"why": why}, status=410)
    if own or request.method == "POST":
        return links.in_language_of(link.client, redirect("form"))
    return render(request, "intakes/link_open.html", {"of": link.client.clinic.name, "until": link.expires_at})


@login_not_required
@require_GET
def form_over(request: HttpRequest) -> HttpResponse:
    """Thank the client, or say that the form is closed; nothing here is anybody's."""
    response = render(request, "intakes/over.html", {"signed": "signed" in request.GET})
    if "signed" in request.GET:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


@page(see=May.FILL_LINKED_FORM)
def form(request: LinkRequest) -> HttpResponse:
    """Begin with the first group in which something is open."""
    desk = _desk(request)
    groups = Page(desk.intake).groups()
    first = next((one["id"] for one in groups if one["open"]), "")
    return redirect(f"{desk.base}group/{first}/" if first else f"{desk.base}sign/")


@page(see=May.FILL_LINKED_FORM)
def form_group(request: LinkRequest, group: str) -> HttpResponse:
    """Ask one group of questions."""
    return pages.group(request, _desk(request), group)


@page(act=May.FILL_LINKED_FORM)
def form_answer(request: LinkRequest, question: str) -> HttpResponse:
    """Keep one answer."""
    return pages.answer(request, _desk(request), question)


@page(act=May.FILL_LINKED_FORM)
def form_confirm(request: LinkRequest, group: str) -> HttpResponse:
    """Take over a group's earlier answers as still true."""
    return pages.confirm(request, _desk(request), group)


@page(see=May.FILL_LINKED_FORM, act=May.FILL_LINKED_FORM)
def form_sign(request: LinkRequest) -> HttpResponse:
    """Read everything once more, and sign; that ends this session."""
    desk = _desk(request)
    if request.method != "POST":
        return pages.review(request, desk)
    done = pages.sign(request, desk)
    if isinstance(done, Intake):
        request.session.flush()
        return redirect(reverse("form_over") + "?signed")
    return done
