"""`page`: what every view of the application is wrapped in. It checks, it locks, it writes the audit; views only act.

In this order: who is here; may their role do this; does what the address names belong to their clinic (else it does
not exist); was the form made for this client; then the view, and exactly one event of the audit. A view that writes
runs in one transaction with its event: if either fails, neither happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.accounts.request import AnyRequest
from mesoplan_clinic.accounts.roles import May, may
from mesoplan_clinic.audit.chain import Event, append
from mesoplan_clinic.kernel import errors, vault
from mesoplan_clinic.kernel.broken import BrokenRecord, OtherKnowledge
from mesoplan_clinic.kernel.locking import Stale
from mesoplan_clinic.kernel.patient_token import is_token_of
from mesoplan_clinic.kernel.prepared import rows
from mesoplan_clinic.kernel.reading import reading

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.request import Actor

View = Callable[..., HttpResponseBase]
READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Page:
    """What a route declares.

    Attributes:
        see: What somebody must be allowed to do to read it, None: it is not read.
        act: What somebody must be allowed to do to send a form to it, None: it takes none.
        parts: Parameter of the address -> model, looked up within the client, or within the clinic without one.
        action: Name of the audit's events; the route's by default.
    """

    see: May | None
    act: May | None
    parts: dict[str, type[models.Model]] = field(default_factory=dict)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the route takes."""
        return (*(("GET", "HEAD") if self.see else ()), *(("POST",) if self.act else ()))

    def needed(self, method: str) -> May | None:
        """Return what a method needs, None for one that the route does not take."""
        return self.see if method in READING else self.act if method == "POST" else None


def page(see: May | None = None, act: May | None = None, **parts: type[models.Model]) -> Callable[[View], View]:
    """Declare a view; `parts` names the models of its address's parameters, `client` first where there is one."""
    declared = Page(see, act, parts)

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: AnyRequest, **kwargs: Any) -> HttpResponseBase:
            needed = declared.needed(request.method)
            if needed is None:
                return errors.not_allowed(request, declared.methods)
            return _answer(declared, needed, view, request, kwargs)

        answer.page = declared  # type: ignore[attr-defined]  # for whoever goes through all routes
        return login_not_required(answer)  # `page` itself asks who is here

    return wrap


def _answer(declared: Page, needed: May, view: View, request: AnyRequest, kwargs: dict[str, Any]) -> HttpResponseBase:
    request.event = Event(action=request.resolver_match.view_name, method=request.method)
    actor = _actor(request, needed)
    if actor is None:
        return redirect("form_over") if needed is May.FILL_LINKED_FORM else _to_login(request)
    if not may(actor.role, needed):
        _refused(request, actor, "role")
        raise PermissionDenied
    try:
        found = _found(declared, actor, kwargs)
    except Http404:
        _refused(request, actor, "not here")
        raise
    request.actor = actor
    client = request.client_here = found.get("client") or getattr(actor, "client", None)
    request.event.client = getattr(client, "pk", None)
    if request.method == "POST" and client is not None and not is_token_of(request, client):
        _refused(request, actor, "form of another client")
        return errors.wrong_client(request, client)
    try:
        return (
            _read(view, request, actor, found) if request.method in READING else _written(view, request, actor, found)
        )
    except Http404:
        _refused(request, actor, "not here")
        raise


def _read(view: View, request: AnyRequest, actor: Actor, found: dict[str, Any]) -> HttpResponseBase:
    """Run a view that reads, and write its event before anything is shown."""
    with reading():
        try:
            response = view(request, **found)
        except BrokenRecord as broken:
            response = errors.broken_record(request, broken)
        except OtherKnowledge as other:
            response = errors.other_knowledge(request, other)
    with transaction.atomic():
        append(actor, request.event.about(found, response.status_code))
    return response


def _written(view: View, request: AnyRequest, actor: Actor, found: dict[str, Any]) -> HttpResponseBase:
    """Run a view that writes, and its event, as one; what ends in a refusal leaves the event alone."""
    with vault.attempt() as files:
        with transaction.atomic():
            inner = transaction.savepoint()
            try:
                response = view(request, **found)
            except Stale as stale:
                response = errors.stale(request, stale)
            except BrokenRecord as broken:
                response = errors.broken_record(request, broken)
            except OtherKnowledge as other:
                response = errors.other_knowledge(request, other)
            if response.status_code >= 400:
                transaction.savepoint_rollback(inner)
            else:
                transaction.savepoint_commit(inner)
            append(actor, request.event.about(found, response.status_code))
        if response.status_code < 400:
            files.keep()
    return response


def _actor(request: AnyRequest, needed: May) -> Actor | None:
    """Return who acts: the client of a link where the page is for one, else the member; None for nobody."""
    if needed is May.FILL_LINKED_FORM:
        from mesoplan_clinic.intakes.links import link_actor

        return link_actor(request) or request.member
    return request.member


def _to_login(request: AnyRequest) -> HttpResponse:
    """Ask to log in; who is logged in and works in no clinic is told so, and logged out: else this would go round."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    logout(request)
    messages.warning(request, _("You work in no clinic here any more. Ask its owner if that is a mistake."))
    return redirect("account_login")


def _found(declared: Page, actor: Actor, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the rows that the address names, each within the clinic and within the client."""
    found: dict[str, Any] = {}
    for name, value in kwargs.items():
        model = declared.parts.get(name)
        if model is None:
            found[name] = value
            continue
        scope: dict[str, Any] = {"clinic": actor.clinic_id}
        if name == "client":
            scope["erased_at"] = None
        elif "client" in found:
            scope = {"client": found["client"].pk}
        found[name] = next(iter(rows(model, most=1, id=value, **scope)), None)
        if found[name] is None:
            raise Http404
        # the very rows, so that nobody reads them again
        if name == "client" and isinstance(actor, Member):
            found[name].clinic = actor.clinic
        elif "client" in scope:
            found[name].client = found["client"]
    return found


def _refused(request: AnyRequest, actor: Actor, why: str) -> None:
    event = request.event
    event.note(refused=why)
    with transaction.atomic():
        append(actor, event.about({}, 403))


def seen_version(request: AnyRequest) -> int:
    """Return the version that the sender of a form saw; 0, which never fits, where it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


__all__ = ["Page", "page", "seen_version"]
