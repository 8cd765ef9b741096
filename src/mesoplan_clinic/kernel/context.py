"""What every template knows: who is here and until when, the clinic, the client of the page with their form token."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.template import Context

from mesoplan_clinic.accounts.ending import ending
from mesoplan_clinic.accounts.roles import May, may
from mesoplan_clinic.kernel.patient_token import token_of


class _Allowed:
    """`allowed.PLAN` in a template: whether who is here may do that."""

    def __init__(self, role: str | None) -> None:
        self.role = role

    def __getitem__(self, name: str) -> bool:
        return may(self.role, May[name])


def clinic(request: HttpRequest) -> dict[str, Any]:
    """Return the values for a request."""
    member = getattr(request, "member", None)
    client = getattr(request, "client_here", None)
    return {
        "member": member,
        "clinic": member.clinic if member else None,
        "client": client,
        "patient_token": token_of(request, client) if client else "",
        "ends": ending(request),
        "allowed": _Allowed(member.role if member else None),
    }


def with_more(context: Context, **more: Any) -> dict[str, Any]:
    """Return what the template of a page knows, and more, for a part of the page with a template of its own."""
    return cast("dict[str, Any]", context.flatten()) | more
