"""The answers' part of a client's page."""

from __future__ import annotations

from typing import Any

from django import template

from mesoplan_clinic.intakes import allergy
from mesoplan_clinic.intakes.selectors import latest_signed, open_intake

register = template.Library()


@register.inclusion_tag("intakes/on_client.html", takes_context=True)
def answers_on_client(context: dict[str, Any]) -> dict[str, Any]:
    """Show where a client's answers stand, with the next step."""
    client = context["client"]
    due = any(one.due for one in allergy.shown(client))
    more = {"open": open_intake(client), "signed": latest_signed(client), "due": due}
    return {**context.flatten(), **more}  # type: ignore[attr-defined]
