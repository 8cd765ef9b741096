"""One-time links: a client opens one, it is used up, and from then on the browser's session is that client's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes.models import IntakeLink
from mesoplan_clinic.kernel import clock

SESSION_KEY = "intake_link"


@dataclass(frozen=True)
class LinkActor:
    """A client who acts by a link; the audit names the link."""

    pk: UUID
    clinic_id: UUID
    link: IntakeLink
    role: str = Role.LINK.value

    def __str__(self) -> str:
        """Return what the audit shows."""
        return "client by link"


def link_actor(request: HttpRequest) -> Any:
    """Return the client of the link that this browser session has opened, None without one that still holds."""
    chosen = request.session.get(SESSION_KEY)
    if not chosen:
        return None
    held = IntakeLink.objects.filter(pk=chosen, closed_at=None, expires_at__gt=clock.now())
    link = held.select_related("client", "intake").first()
    return None if link is None else LinkActor(link.pk, link.client.clinic_id, link)
