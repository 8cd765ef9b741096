"""Requests as views get them: the middleware has looked who is here, and `page` has said what the request is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.urls import ResolverMatch
    from django_htmx.middleware import HtmxDetails

    from mesoplan_clinic.accounts.models import Member, User
    from mesoplan_clinic.audit.chain import Event
    from mesoplan_clinic.clients.models import Client
    from mesoplan_clinic.intakes.links import LinkActor

    Actor: TypeAlias = Member | LinkActor


class AnyRequest(HttpRequest):
    """A request as the middleware hands it on: of a member of a clinic, of a client by a one-time link, or of nobody.

    It says to the type checker what stands on every request by then; no request is ever made from it.

    Attributes:
        member: By which membership the user acts, None where none does.
        htmx: Whether a part of a page was asked for.
        event: What the audit will say of it; this and what follows is set by `page`.
        actor: Who acts.
        client_here: The client whose page it is.
    """

    method: str
    resolver_match: ResolverMatch
    member: Member | None
    htmx: HtmxDetails
    event: Event
    actor: Actor
    client_here: Client | None


class ClinicRequest(AnyRequest):
    """A request of a member's page: `page` lets nobody else in."""

    user: User
    member: Member
    actor: Member
