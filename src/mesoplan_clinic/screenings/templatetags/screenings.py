"""The screening's part of a client's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from mesoplan_clinic.intakes.selectors import latest_signed, open_intake
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.context import with_more
from mesoplan_clinic.screenings import services
from mesoplan_clinic.screenings.shown import glance, stale_reason

register = template.Library()


@register.inclusion_tag("screenings/on_client.html", takes_context=True)
def screening_on_client(context: Context) -> dict[str, Any]:
    """Show the newest verdict, and whether it still holds."""
    client = context["client"]
    row = services.latest(client)
    shown = None if row is None else glance(row)
    stale = "" if row is None else stale_reason(row, clock.today(client.clinic))
    return with_more(context, shown=shown, stale=stale, signed=latest_signed(client), open=open_intake(client))
