"""The session sheet as the core writes it, for a session's pages: its words and steps in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language

from mesoplan.record.model import NUMBERS, UNITS, PlannedSession, PlannedZone
from mesoplan.record.planned import planned_session
from mesoplan.report.context import PaperContext
from mesoplan.report.names import zone_order
from mesoplan.report.session_paper import session_context
from mesoplan.report.session_steps import claims_behind
from mesoplan.report.words import sentence
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.plans.models import Plan
from mesoplan_clinic.plans.services import core_plan

DIGITS = 4
STEPS = ("identity", "before", "skin", "work", "finish", "sign")
"""The steps of a session, in their order."""


def context_of(plan: Plan) -> PaperContext:
    """Return a plan with its words in the reader's language, not in that of the client's papers."""
    clinic = plan.client.clinic
    core = replace(core_plan(plan), language=(get_language() or "en")[:2])
    return PaperContext(core, knowledge_of(clinic), folder_of(clinic))


def sheet_of(context: PaperContext) -> dict[str, Any]:
    """Return what the session sheet says; empty where the plan has none, so that nothing is worked by it."""
    return session_context(context, "") if context.sheet_ready and context.clinic is not None else {}


def sources_of(context: PaperContext, lines: Iterable[str]) -> list[dict[str, str]]:
    """Return what the sources say that lines of the sheet name by id: title, day, place and words, each once."""
    behind = claims_behind(context)
    found = [behind[one.rstrip(".")] for one in lines if one.rstrip(".") in behind]
    return [context.say.claim(one) for one in {one.id: one for one in found}.values()]


def planned_of(plan: Plan) -> PlannedSession:
    """Return what the plan set, as the record will hold the session against it."""
    return planned_session(core_plan(plan))


def zone_rows(context: PaperContext, planned: PlannedSession) -> list[dict[str, Any]]:
    """Return the planned zones in the map's order, each with its planned numbers as they can be typed."""
    by_name = {one.zone: one for one in planned.zones}
    return [
        {"zone": name, "name": sentence(context.names.zone(name)), "numbers": numbers_of(context, by_name[name])}
        for name in zone_order(context.knowledge, by_name)
    ]


def numbers_of(context: PaperContext, zone: PlannedZone) -> list[dict[str, str]]:
    """Return the numbers that a zone's plan sets: key, label, unit, planned value; the minutes where it sets none."""
    known = [key for key in NUMBERS if getattr(zone, key) is not None]
    found = []
    for key in known or ["minutes"]:
        unit = "" if UNITS[key] == "1" else context.words.unit(UNITS[key])
        planned = f"{round(float(getattr(zone, key)), DIGITS):g}" if known else ""
        found.append({"key": key, "label": sentence(item_words(context, key)), "unit": unit, "planned": planned})
    return found


def item_words(context: PaperContext, item: str) -> str:
    """Return what an item of the record is called."""
    key = f"record.item.{item}"
    return context.words(key) if key in context.words else item
