"""The token that ties a form to the client whose page it was made for; a form sent for another client is refused."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from mesoplan_clinic.clients.models import Client

FIELD = "patient"


def token_of(request: HttpRequest, client: Client) -> str:
    """Return the token of a client's forms in this session."""
    key = request.session.session_key or ""
    return hmac.new(settings.KEYS.web, f"patient|{key}|{client.pk}".encode(), hashlib.sha256).hexdigest()[:32]


def is_token_of(request: HttpRequest, client: Client) -> bool:
    """Return whether a sent form carries this client's token."""
    given = request.POST.get(FIELD) or request.headers.get("X-Patient", "")
    return hmac.compare_digest(given.encode(), token_of(request, client).encode())
