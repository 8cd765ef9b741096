"""Headers of every answer: nothing that a page shows of a person is kept by a browser or a proxy."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict


class NoStore:
    """Marks every answer but static files as not to be stored, and switches off what pages never use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class NoNul:
    """Refuses the one character that nobody types and PostgreSQL cannot keep, wherever in a request it stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request.

        Raises:
            BadRequest: If there is a NUL in its address or in a field of its form.
        """
        if "\0" in request.path_info or any(map(_has_nul, (request.GET, request.POST))):
            raise BadRequest("a NUL is in the request")
        return self.get_response(request)


def _has_nul(sent: QueryDict) -> bool:
    return any("\0" in name or any("\0" in one for one in values) for name, values in sent.lists())
