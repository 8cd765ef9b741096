"""What the client's and the course's pages show of sessions: `{% courses_of client as courses %}`."""

from __future__ import annotations

from typing import Any

from django import template

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.visits import selectors

register = template.Library()


@register.simple_tag
def courses_of(client: Client) -> list[dict[str, Any]]:
    """Return a client's open courses with whether a session may begin."""
    return selectors.courses_of(client)


@register.simple_tag
def covers_of(course: Course) -> dict[str, Any]:
    """Return planned, delivered and cumulative cover of a course."""
    return selectors.covers(course)


@register.filter
def item(values: dict[str, Any], key: str) -> Any:
    """Return one value of a mapping, "" where there is none."""
    return values.get(key, "")
