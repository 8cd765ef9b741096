"""Pages for what went wrong, written for people: what happened, that nothing is lost, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from mesoplan_clinic.clients.models import Client
    from mesoplan_clinic.kernel.locking import Stale

_OWN = ("csrfmiddlewaretoken", "patient", "version")


def stale(request: HttpRequest, error: Stale) -> HttpResponse:
    """Answer 409: both versions side by side; what was typed stands in a form that can be sent again."""
    theirs = error.theirs
    shown = theirs.shown_fields()  # type: ignore[attr-defined]
    typed = [(key, value) for key, values in request.POST.lists() if key not in _OWN for value in values]
    mine = dict(typed)
    rows = [
        {"name": name, "label": label, "theirs": value, "mine": mine.get(name, ""), "differs": mine.get(name) != value}
        for name, (label, value) in shown.items()
        if name in mine
    ]
    context: dict[str, Any] = {"rows": rows, "typed": typed, "version": theirs.version, "action": request.path}
    return render(request, "clinic/stale.html", context, status=409)


def wrong_client(request: HttpRequest, client: Client) -> HttpResponse:
    """Answer 409: the form was made for another client, or before logging in; nothing was saved."""
    return render(request, "clinic/wrong_client.html", {"typed": _typed(request)}, status=409)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403: the form has run out."""
    return render(request, "clinic/form_expired.html", {"typed": _typed(request)}, status=403)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.POST.items() if key not in (*_OWN, "password") and value]


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500, by a page that needs nothing that may have failed."""
    return HttpResponse(
        "<!doctype html><html lang=en><title>Mesoplan</title><h1>Something went wrong</h1>"
        "<p>Nothing of what you sent was saved. Go back, and try again; if it happens again, tell your administrator."
        "<p>Что-то пошло не так. Ничего не сохранено. Вернитесь и попробуйте ещё раз.",
        status=500,
    )
