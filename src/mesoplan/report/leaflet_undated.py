"""The leaflet's days while no session has a date: how long before and after every session, instead of from when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.course.bans import applying
from mesoplan.knowledge.model import Quantity
from mesoplan.report.context import PaperContext
from mesoplan.report.words import within
from mesoplan.units import longest_days

if TYPE_CHECKING:
    from mesoplan.knowledge.model import Ban


def bans_after(context: PaperContext) -> list[Ban]:
    """Return what is left off after every session of this plan, the shortest first."""
    return [
        ban for ban in sorted(bans_here(context), key=lambda one: _days(context, one.after)) if ban.after is not None
    ]


def bans_here(context: PaperContext) -> tuple[Ban, ...]:
    """Return what is left off before or after a session of this plan's techniques."""
    techniques = (context.knowledge.techniques[zone.technique] for zone in context.plan.prescription.zones)
    return applying(context.knowledge, {tag for one in techniques for tag in one.tags})


def _longest(context: PaperContext, fact: str | None) -> Quantity | None:
    """Return the longer end of a fact's duration, as the calendar would count it; None without one."""
    if fact is None or fact not in context.knowledge.facts:
        return None
    quantity = context.knowledge.facts[fact].resolution.quantity
    if quantity is None:
        return None
    return Quantity(value=quantity.high if quantity.high is not None else quantity.low, unit=quantity.unit)


def _days(context: PaperContext, fact: str | None) -> float:
    length = _longest(context, fact)
    return 0.0 if length is None or length.value is None else longest_days(length.value, length.unit)


def length_words(context: PaperContext, fact: str | None) -> str:
    """Return a fact's longest duration in words: `7 days`; a dash where no source gives one."""
    return context.words.quantity(_longest(context, fact)) or "\u2013"


def undated_before(context: PaperContext) -> list[str]:
    """Return what to leave off ahead of every session, the longest first."""
    words, found = context.words, []
    for ban in sorted(bans_here(context), key=lambda one: -_days(context, one.before)):
        what = within(words.text(ban.leaflet))
        if _days(context, ban.before) > 0.0:
            found.append(words("leaflet.before_length", length=length_words(context, ban.before), what=what))
        elif ban.after is None:
            found.append(words("leaflet.on_the_day", what=what))
    return found


def undated_table(context: PaperContext) -> dict[str, Any]:
    """Return how long each thing is left off after every session."""
    words, rows = context.words, []
    for ban in bans_after(context):
        limited = words("leaflet.limited") if ban.severity == "limit" else ""
        rows.append([words.text(ban.title) + limited, length_words(context, ban.after)])
    return {
        "title": words("leaflet.table_undated_title"),
        "head": [words(f"leaflet.table.{one}") for one in ("what", "not_for")],
        "columns": ["1", "auto"],
        "rows": rows,
        "note": words("leaflet.table_undated_note"),
    }
