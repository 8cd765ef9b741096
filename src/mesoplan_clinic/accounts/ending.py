"""When a session ends: what a page needs to say so beforehand, so that what is typed there is not lost with it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from mesoplan_clinic.kernel import clock

STARTED, SEEN = "started_at", "seen_at"
HEADER = "X-Session-Left"
"""Header of an answer: seconds until the session ends, for pages that save in the background."""


@dataclass(frozen=True)
class Ending:
    """How long what a page belongs to still holds.

    Attributes:
        key: Names the session to other pages of it in the same browser; opens nothing.
        left: Seconds until it ends if nothing is done.
        most: Seconds until it ends whatever is done.
        form: Whether it is a client's form by a link, whose time nobody can prolong from here.
    """

    key: str
    left: int
    most: int
    form: bool = False


def is_over(request: HttpRequest) -> bool:
    """Return whether a session has run out."""
    started, seen, now = request.session[STARTED], request.session[SEEN], clock.now().timestamp()
    return bool(now - started > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS)


def ending(request: HttpRequest) -> Ending | None:
    """Return when the session of a request ends, None where nobody is here."""
    link = getattr(getattr(request, "actor", None), "link", None)
    now = clock.now()
    if link is not None:
        left = int((link.expires_at - now).total_seconds())
        return Ending(_key(request), left, left, form=True)
    if getattr(request, "member", None) is None or not request.user.is_authenticated or SEEN not in request.session:
        return None
    most = int(request.session[STARTED] + settings.SESSION_COOKIE_AGE - now.timestamp())
    idle = int(request.session[SEEN] + settings.SESSION_IDLE_SECONDS - now.timestamp())
    return Ending(_key(request), min(idle, most), most)


def renew(request: HttpRequest) -> None:
    """Begin the half hour of idleness anew; the end of the day's login stays where it is."""
    request.session[SEEN] = clock.now().timestamp()


def _key(request: HttpRequest) -> str:
    key = request.session.session_key or ""
    return hmac.new(settings.KEYS.web, f"ending|{key}".encode(), hashlib.sha256).hexdigest()[:16]
