"""What the client's and the course's pages show of sessions: `{% open_courses client as courses %}`."""

from __future__ import annotations

from typing import Any

from django import template

from mesoplan.report.context import PaperContext
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.broken import BrokenRecord
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.visits import line, selectors, sheet
from mesoplan_clinic.visits.models import Session

register = template.Library()


@register.simple_tag
def open_courses(client: Client) -> list[dict[str, Any]]:
    """Return a client's open courses with whether a session may begin."""
    return selectors.open_courses(client)


@register.simple_tag
def sessions_of(client: Client) -> tuple[Session, ...]:
    """Return a client's sessions, newest first."""
    return selectors.sessions_of(client)


@register.simple_tag
def line_of(client: Client, courses: list[dict[str, Any]]) -> dict[str, Any]:
    """Return where a client stands: the stages and the next step."""
    stages, step = line.line_of(client, courses)
    return {"stages": stages, "step": step, "needs": step.needs.name}


@register.filter
def permits(allowed: Any, needs: str) -> bool:
    """Return whether who is here may do what a step needs."""
    return bool(allowed[needs])


@register.simple_tag
def covers_of(course: Course) -> dict[str, Any]:
    """Return planned, delivered and cumulative cover of a course; no rows where its record is broken, as is said."""
    try:
        return selectors.covers(course)
    except BrokenRecord:
        return {"rows": []}


@register.simple_tag
def sources_of(paper: PaperContext, lines: list[str]) -> list[dict[str, str]]:
    """Return the sources that lines of the session sheet name by id."""
    return sheet.sources_of(paper, lines)


@register.filter
def item(values: dict[str, Any], key: str) -> Any:
    """Return one value of a mapping, "" where there is none."""
    return values.get(key, "")
