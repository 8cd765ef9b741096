"""Every request knows who is here: a member of a clinic, a client by a one-time link, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.kernel import clock

_Next = Callable[[HttpRequest], HttpResponse]
STARTED, SEEN = "started_at", "seen_at"
_SEEN_EVERY = 60


class SessionLimits:
    """Ends a session after it was idle for half an hour, and after twelve hours whatever happened."""

    def __init__(self, get_response: _Next) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as nobody's where the session has run out."""
        if request.user.is_authenticated:
            now = clock.now().timestamp()
            started = request.session.setdefault(STARTED, now)
            seen = request.session.setdefault(SEEN, now)
            if now - started > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif now - seen > _SEEN_EVERY:
                request.session[SEEN] = now
        return self.get_response(request)


class MemberMiddleware:
    """Sets `request.member` (or None), the language of the user, and asks for a second factor where it is required."""

    def __init__(self, get_response: _Next) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        request.member = member_of(request)
        if request.member is not None:
            if request.user.language:
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = request.user.language
            if request.member.clinic.mfa_required and self._second_factor_missing(request):
                return redirect(reverse("mfa_index"))
        return self.get_response(request)

    def _second_factor_missing(self, request: HttpRequest) -> bool:
        from allauth.mfa.utils import is_mfa_enabled

        open_paths = (reverse("mfa_index"), reverse("account_logout"), settings.STATIC_URL, reverse("language"))
        own = request.path.startswith((*open_paths, reverse("account_reauthenticate")))
        return not own and not is_mfa_enabled(request.user)


def member_of(request: HttpRequest) -> Member | None:
    """Return the membership by which the user acts: their only one, or the one chosen in the session."""
    if not request.user.is_authenticated:
        return None
    members = request.user.members.filter(active=True).select_related("clinic").order_by("id")
    chosen = request.session.get("member")
    return (members.filter(id=chosen).first() if chosen else None) or members.first()
