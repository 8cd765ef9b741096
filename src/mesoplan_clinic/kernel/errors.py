"""Pages for what went wrong, written for people: what happened, that nothing is lost, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.request import AnyRequest
    from mesoplan_clinic.clients.models import Client
    from mesoplan_clinic.kernel.broken import BrokenRecord, OtherKnowledge
    from mesoplan_clinic.kernel.locking import Stale

_PLAIN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Something went wrong · Mesoplan</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>Something went wrong</h1>
<p>Nothing of what you sent was saved. Go back, and try again; if it happens again, tell your administrator.</p>
<div lang="ru"><h2>Что-то пошло не так</h2><p>Ничего из отправленного не сохранено. Вернитесь и попробуйте ещё раз; если
это повторится, сообщите администратору.</p></div></main></body></html>
"""
_OWN = ("csrfmiddlewaretoken", "patient", "version")


def stale(request: HttpRequest, error: Stale) -> HttpResponse:
    """Answer 409: both versions side by side; what was typed stands in a form that can be sent again."""
    theirs, typed = error.theirs, []
    for key, values in request.POST.lists():
        typed += [(key, value) for value in values if key not in _OWN]
    rows = _versions(theirs, dict(typed))
    named = {row["name"] for row in rows}
    context: dict[str, Any] = {
        "rows": rows,
        "kept": [(name, value) for name, value in typed if name not in named],  # nothing that was typed is left behind
        "version": theirs.version,
        "action": request.path,
    }
    return render(request, "clinic/stale.html", context, status=409)


def _versions(theirs: Any, mine: dict[str, str]) -> list[dict[str, Any]]:
    """Return field by field what others saved beside what was typed: compared as values, shown in words if there are.

    A model may say in words what a value is (`in_words`), which of its fields are days (`DAYS`) and which are chosen
    (`CHOICES`); what has words and is neither can be kept or dropped, not typed anew here.
    """
    shown = theirs.shown_fields()
    in_words = getattr(theirs, "in_words", None)
    days, choices = getattr(theirs, "DAYS", ()), getattr(theirs, "CHOICES", {})
    rows = []
    for name, value in mine.items():
        label, other = shown.get(name, ("", ""))
        mine_said = other_said = ""
        if in_words is not None:
            own_label, mine_said = in_words(name, value)
            label, other_said = label or own_label, in_words(name, other)[1]
        if label:
            row = {
                "name": name,
                "label": label,
                "theirs": other_said or other,
                "mine": value,
                "differs": value != other,
            }
            row |= {"is_day": name in days, "choices": choices.get(name, ()), "is_long": "\n" in f"{value}{other}"}
            typed_anew = row["is_day"] or row["choices"] or mine_said == value
            rows.append({**row, "said": "" if typed_anew else mine_said})
    return rows


def wrong_client(request: HttpRequest, client: Client) -> HttpResponse:
    """Answer 409: the form was made for another client, or before logging in; nothing was saved."""
    return render(request, "clinic/wrong_client.html", {"typed": _typed(request)}, status=409)


def broken_record(request: AnyRequest, broken: BrokenRecord) -> HttpResponse:
    """Answer 409: a course's record is not as it was written, nothing is planned, treated or added over it."""
    request.event.note(refused="broken record")
    context = {"broken": [broken], "typed": _typed(request), "sent": request.method == "POST"}
    return render(request, "clinic/broken_record.html", context, status=409)


def other_knowledge(request: AnyRequest, other: OtherKnowledge) -> HttpResponse:
    """Answer 409: a plan speaks of what the knowledge base does not have, nothing can be shown or done by it."""
    request.event.note(refused="plan of another knowledge base")
    context = {"other": other, "typed": _typed(request), "sent": request.method == "POST"}
    return render(request, "clinic/other_knowledge.html", context, status=409)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403: the form has run out."""
    return render(request, "clinic/form_expired.html", {"typed": _typed(request)}, status=403)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    sent = [(key, values[-1]) for key, values in request.POST.lists() if values]
    return [(key, value) for key, value in sent if key not in (*_OWN, "password") and value]


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 for what no page of the application sends, 413 for what is too large."""
    too_large = isinstance(exception, RequestDataTooBig)
    return _surely(request, "400.html", 413 if too_large else 400, {"too_large": too_large})


def not_allowed(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """Answer 405: the address takes a form and shows nothing, as after a reload."""
    response = render(request, "405.html", status=405)
    response["Allow"] = ", ".join(allowed)
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500, by a page that needs nothing that may have failed."""
    return HttpResponse(_PLAIN, status=500)


def _surely(request: HttpRequest, template: str, status: int, context: dict[str, Any]) -> HttpResponse:
    """Return a page, the plain one where its own cannot be made: the request may have been stopped anywhere."""
    try:
        return render(request, template, context, status=status)
    except Exception:
        return HttpResponse(_PLAIN, status=status)
