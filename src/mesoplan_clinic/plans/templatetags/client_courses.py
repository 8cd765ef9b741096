"""A client's courses in templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template

from mesoplan.report.names import Names
from mesoplan.report.words import Words, sentence
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.plans.services import latest_plan
from mesoplan_clinic.plans.shown import reading_language

register = template.Library()
SHOWN = 5


@register.simple_tag
def client_courses(client: Client) -> list[dict[str, Any]]:
    """Return the client's newest courses with technique and next session."""
    knowledge = knowledge_of(client.clinic)
    names = Names(knowledge, Words(knowledge, reading_language()))
    found = []
    for course in client.courses.all()[:SHOWN]:
        row = latest_plan(course)
        plan = {} if row is None else json.loads(row.plan)  # as a value of the core it would take ten times as long
        zones = plan.get("prescription", {}).get("zones", ())
        used = [one for one in dict.fromkeys(zone["technique"] for zone in zones) if one in knowledge.techniques]
        appointments = plan.get("course", {}).get("appointments", ())
        days = [date.fromisoformat(one["day"]) for one in appointments if one["kind"] == "session"]
        found.append(
            {
                "course": course,
                "technique": sentence(", ".join(names.technique(one) for one in used)),
                "next": min((day for day in days if row is not None and day >= row.on), default=None),
            }
        )
    return found


@register.filter
def word(words: Mapping[str, str], key: str) -> str:
    """Return the words of a key."""
    return words[key]
