"""What of a plan may be compared: as on its papers, settings and course stay away where the verdict forbids them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan.report.compare_model import Value
from mesoplan.report.context import SETTINGS_FOR
from mesoplan.report.zone_tables import may_show

if TYPE_CHECKING:
    from mesoplan.prescription.model import Basis
    from mesoplan.report.context import PaperContext


def missing(why: str) -> Value:
    """Return a value that is not there, with the reason."""
    return Value("missing", (f"compare.missing.{why}",))


def number(
    value: float | None,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    note: str = "",
    bases: tuple[Basis, ...] = (),
) -> Value:
    """Return a number with its unit, its spread, and what it means."""
    return Value("number", number=value, low=low, high=high, unit=unit, note=note, bases=bases)


def course_hidden(context: PaperContext) -> Value | None:
    """Return why neither course nor price is shown, None where they are."""
    if not context.plan.prescription.zones:
        return missing("nothing_planned")
    return None if context.headline in SETTINGS_FOR else missing("not_now")


def settings_hidden(context: PaperContext, zone: str | None = None) -> Value | None:
    """Return why no settings are shown, in one zone or in any; None where they are."""
    hidden = course_hidden(context)
    if hidden is not None or zone is None:
        return hidden or (missing("no_clinic") if context.plan.clinic is None else None)
    planned = next((one for one in context.plan.prescription.zones if one.zone == zone), None)
    if planned is None:
        return missing("not_planned_here")
    if context.plan.clinic is None:
        return missing("no_clinic")
    return None if may_show(context, planned) else missing("not_now")
