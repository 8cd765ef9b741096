"""One-time links: a client opens one, it is used up, and from then on the browser's session is that client's form."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.accounts.request import AnyRequest
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes.models import AlreadySigned, Intake, IntakeLink
from mesoplan_clinic.kernel import clock

if TYPE_CHECKING:
    from mesoplan_clinic.clients.models import Client

SESSION_KEY = "intake_link"
SENT_FOR, HANDED_FOR = timedelta(hours=48), timedelta(hours=2)
"""How long a link holds that is sent, and a form whose tablet is handed over."""


@dataclass(frozen=True)
class LinkActor:
    """A client who acts by a link; the audit names the link."""

    pk: UUID
    clinic_id: UUID
    link: IntakeLink
    role: str = Role.LINK.value

    @property
    def client(self) -> Client:
        """The only client whose data the link shows."""
        return self.link.client

    def __str__(self) -> str:
        """Return what the audit shows."""
        return "client by link"


class LinkRequest(AnyRequest):
    """A request of a page of a client's own form."""

    actor: LinkActor


def link_actor(request: HttpRequest) -> LinkActor | None:
    """Return the client of the link that this browser session has opened, None without one that still holds.

    Whoever has logged in since is not that client: their answers and signature would be put down as the client's own.
    """
    chosen = request.session.get(SESSION_KEY)
    if not chosen or request.user.is_authenticated:
        return None
    held = IntakeLink.objects.filter(pk=chosen, closed_at=None, expires_at__gt=clock.now())
    link = held.select_related("client", "intake").first()
    return None if link is None else LinkActor(link.pk, link.client.clinic_id, link)


class NoPublicAddress(Exception):
    """A link would lead nowhere: other devices cannot reach this server."""


def make_link(intake: Intake, member: Member) -> tuple[IntakeLink, str]:
    """Return a new link to an open intake with its address, which is shown this once; links made before are closed.

    Raises:
        NoPublicAddress: While the server is reached on this machine alone.
        AlreadySigned: If the intake is signed.
    """
    if not settings.PUBLIC_URL:
        raise NoPublicAddress
    link, token = _new(intake, member, SENT_FOR)
    return link, settings.PUBLIC_URL + reverse("form_open", args=[token])


def hand_over(request: HttpRequest, intake: Intake, member: Member) -> IntakeLink:
    """End the staff's session on this browser and open the client's form in it.

    Raises:
        AlreadySigned: If the intake is signed.
    """
    link, _token = _new(intake, member, HANDED_FOR)
    take_up(request, link)
    return link


def _new(intake: Intake, member: Member, length: timedelta) -> tuple[IntakeLink, str]:
    if not intake.is_open or intake.is_addition:
        raise AlreadySigned(str(intake.pk))
    now, token = clock.now(), secrets.token_urlsafe(32)
    IntakeLink.objects.filter(intake=intake, closed_at=None).update(closed_at=now)
    link = IntakeLink(
        client=intake.client,
        intake=intake,
        made_at=now,
        made_by=member,
        token_hash=hash_of(token),
        expires_at=now + length,
    )
    link.save(force_insert=True)
    return link, token


def hash_of(token: str) -> str:
    """Return what is kept of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def why_closed(link: IntakeLink) -> str:
    """Return why a link no longer opens: "used", "closed" or "expired"; "" while it does."""
    if link.opened_at is not None:
        return "used"
    if link.closed_at is not None or not link.intake.is_open:
        return "closed"
    return "expired" if link.expires_at <= clock.now() else ""


def take_up(request: HttpRequest, link: IntakeLink) -> bool:
    """Use a link up, and make this browser's session the client's; False where somebody was quicker."""
    unused = IntakeLink.objects.filter(pk=link.pk, opened_at=None, closed_at=None, expires_at__gt=clock.now())
    if not unused.update(opened_at=clock.now()):
        return False
    logout(request)
    request.session[SESSION_KEY] = str(link.pk)
    request.session.set_expiry(link.expires_at)
    return True


def in_language_of(client: Client, response: HttpResponse) -> HttpResponse:
    """Show what follows in the client's language."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, client.language, samesite="Lax", secure=settings.SECURE)
    return response
