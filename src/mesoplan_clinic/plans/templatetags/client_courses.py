"""A client's courses in templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template

from mesoplan import Plan as CorePlan
from mesoplan.report.names import Names
from mesoplan.report.words import Words, sentence
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.plans.beside import Beside, beside
from mesoplan_clinic.plans.book import BrokenRecord, broken_records
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.plans.services import core_plan, courses_of, latest_plan
from mesoplan_clinic.plans.shown import reading_language

register = template.Library()
SHOWN = 5


@register.simple_tag
def client_courses(client: Client) -> list[dict[str, Any]]:
    """Return the client's newest courses with technique and next session."""
    knowledge, today = knowledge_of(client.clinic), clock.today(client.clinic)
    names = Names(knowledge, Words(knowledge, reading_language()))
    found = []
    for course in courses_of(client)[:SHOWN]:
        row = latest_plan(course)
        used, days = ((), ()) if row is None else _planned(row)
        found.append(
            {
                "course": course,
                "technique": sentence(", ".join(names.technique(one) for one in used if one in knowledge.techniques)),
                "next": min((day for day in days if day >= today), default=None),
            }
        )
    return found


def _planned(row: Plan) -> tuple[tuple[str, ...], tuple[date, ...]]:
    """Return a plan's techniques, and the days of its sessions still to come."""
    plan = core_plan(row)
    used = dict.fromkeys(zone.technique for zone in plan.prescription.zones)
    return tuple(used), tuple(
        one.day for one in plan.course.appointments if one.kind == "session" and one.day >= row.on
    )


@register.filter
def word(words: Mapping[str, str], key: str) -> str:
    """Return the words of a key."""
    return words[key]


@register.simple_tag
def courses_beside(course: Course, core: CorePlan | None = None) -> list[Beside]:
    """Return the client's other open courses in the zones of a course's plan; nothing where a record is broken.

    That it is broken stands above, by `records_broken`.
    """
    row = latest_plan(course)
    plan = core_plan(row) if core is None and row is not None else core
    try:
        return [] if plan is None else beside(course, plan)
    except BrokenRecord:
        return []


@register.simple_tag
def records_broken(client: Client) -> tuple[BrokenRecord, ...]:
    """Return what is broken in the records of a client's courses, for `clinic/broken.html`."""
    return broken_records(client)
