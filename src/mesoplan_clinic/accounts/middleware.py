"""Every request knows who is here: a member of a clinic, a client by a one-time link, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from mesoplan_clinic.accounts import ending
from mesoplan_clinic.accounts.ending import SEEN, STARTED
from mesoplan_clinic.accounts.models import Member, User
from mesoplan_clinic.accounts.request import AnyRequest
from mesoplan_clinic.kernel import clock

_Next = Callable[[HttpRequest], HttpResponse]
CHOSEN = "member"
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
            request.session.setdefault(STARTED, now)
            seen = request.session.setdefault(SEEN, now)
            if ending.is_over(request):
                logout(request)
            elif now - seen > _SEEN_EVERY:
                ending.renew(request)
        response = self.get_response(request)
        left = ending.ending(request)
        if left is not None:
            response[ending.HEADER] = str(left.left)
        return response


class MemberMiddleware:
    """Sets `request.member` (or None) and the language of the user, and asks for what must come before any page.

    In this order: a password of one's own, the clinic where there are several, a second factor where it is required.
    """

    def __init__(self, get_response: _Next) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: AnyRequest) -> HttpResponse:
        """Answer the request."""
        member = request.member = member_of(request)
        if member is not None:
            user = member.user
            if user.must_choose_password and self._password_first(request):
                return redirect("account_change_password")
            if member.must_choose and self._for_a_clinic(request):
                return redirect(f"{reverse('clinic_choose')}?{urlencode({'next': request.get_full_path()})}")
            if user.language:
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
            if member.clinic.mfa_required and self._second_factor_missing(request, user):
                return redirect(reverse("mfa_index"))
        return self.get_response(request)

    def _password_first(self, request: HttpRequest) -> bool:
        names = ("account_change_password", "account_set_password", "account_logout", "language", "health")
        return not request.path.startswith((*map(reverse, names), settings.STATIC_URL))

    def _for_a_clinic(self, request: HttpRequest) -> bool:
        own = (reverse("account"), reverse("language"), reverse("health"), settings.STATIC_URL)
        return not request.path.startswith(own)

    def _second_factor_missing(self, request: HttpRequest, user: User) -> bool:
        from allauth.mfa.utils import is_mfa_enabled

        open_paths = (
            reverse("mfa_index"),
            reverse("account_logout"),
            settings.STATIC_URL,
            reverse("language"),
            reverse("stay"),
        )
        own = request.path.startswith((*open_paths, reverse("account_reauthenticate")))
        return not own and not is_mfa_enabled(user)


def member_of(request: HttpRequest) -> Member | None:
    """Return the membership by which the user acts: their only one, or the one chosen in the session.

    Who works in several clinics and has chosen none must choose before any page of a clinic opens.
    """
    if not request.user.is_authenticated:
        return None
    members = list(request.user.members.filter(active=True).select_related("clinic").order_by("clinic__name", "id"))
    chosen = next((one for one in members if str(one.pk) == request.session.get(CHOSEN)), None)
    member = chosen or next(iter(members), None)
    if member is not None:
        member.elsewhere = [one for one in members if one is not member]
        member.must_choose = chosen is None and len(members) > 1
    return member


def choose(request: HttpRequest, member: Member) -> None:
    """Act by another membership from now on, in a session whose open forms are all refused."""
    request.session.cycle_key()  # forms of clients are bound to it
    rotate_token(request)  # and all others to this
    request.session[CHOSEN] = str(member.pk)
