"""The answers' part of a client's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from mesoplan_clinic.intakes import allergy
from mesoplan_clinic.intakes.selectors import latest_signed, open_intake
from mesoplan_clinic.kernel.context import with_more

register = template.Library()


@register.inclusion_tag("intakes/on_client.html", takes_context=True)
def answers_on_client(context: Context) -> dict[str, Any]:
    """Show where a client's answers stand, with the next step."""
    client = context["client"]
    due = any(one.due for one in allergy.shown(client))
    return with_more(context, open=open_intake(client), signed=latest_signed(client), due=due)
