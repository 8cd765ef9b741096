"""Devices on which somebody has logged in before: what strangers do elsewhere never locks their owner out there.

A device keeps a signed cookie with a number of its own and, hashed, the names that have logged in on it. It opens
nothing: it only says that attempts from here are counted apart from those of everybody else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

COOKIE = "device"
_SALT = "mesoplan_clinic.accounts.devices"
_DAYS = 180
_NAMES = 16
"""How many people share a device at most; the one who logged in longest ago is forgotten first."""


def of_owner(request: HttpRequest, name: str) -> str:
    """Return the number of the device where somebody of this name has logged in on it before, "" where nobody has."""
    device, names = _read(request)
    return device if _hashed(name) in names else ""


def remember(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Write into the answer that somebody of this name has logged in on this device."""
    device, names = _read(request)
    kept = [one for one in names if one != _hashed(name)][-_NAMES + 1 :]
    value = signing.dumps([device or secrets.token_hex(16), [*kept, _hashed(name)]], salt=_SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=_DAYS * 86_400,
        path=reverse("account_login"),
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        said: Any = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_DAYS * 86_400)
    except signing.BadSignature:
        return "", []
    return said[0], said[1]


def _hashed(name: str) -> str:
    return hmac.new(settings.KEYS.web, f"device|{name.casefold()}".encode(), hashlib.sha256).hexdigest()[:32]
