"""plan.pdf, page 2: every limit with its margin and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.report.context import PaperContext
from mesoplan.report.words import sentence
from mesoplan.report.zone_tables import may_show

if TYPE_CHECKING:
    from mesoplan.prescription.model import Basis, Limit


def limits(context: PaperContext) -> dict[str, Any]:
    """Return every limit with its margin: of each zone the lowest with its source; those that all zones share, once."""
    words = context.words
    head = [words(f"limits.{one}") for one in ("zones", "lowest", "others")]
    rows = []
    if context.settings_shown:
        own, shared = _zone_limits(context)
        by_zone: dict[tuple[Limit, ...], list[str]] = {}
        for zone, every in own.items():
            by_zone.setdefault(tuple(every), []).append(zone)
        rows = [_limit_row(context, every, context.names.zones(zones)) for every, zones in by_zone.items() if every]
        rows += [_limit_row(context, shared, words("limits.all_zones"))] if shared else []
        session = context.plan.layout.limits
        rows += [_limit_row(context, session, words("limits.session"))] if session else []
    return {"head": head, "columns": ["0.75", "1.5", "2.05"], "rows": rows, "note": words("limits.note")}


def _zone_limits(context: PaperContext) -> tuple[dict[str, list[Limit]], tuple[Limit, ...]]:
    """Return zone -> its own limits, lowest first, and the limits that every zone shares, with the smallest margin."""
    plan = context.plan
    shown = {zone.zone: zone for zone in plan.prescription.zones if may_show(context, zone)}
    own: dict[str, list[Limit]] = {}
    for zone in (one for one in context.zone_cells if one in shown):
        depth = shown[zone].depth
        of_parts = [limit for part in plan.layout.zones if part.zone == zone for limit in part.limits]
        own[zone] = [*(depth.limits if depth else ()), *of_parts, *shown[zone].limits]
    shared: list[Limit] = []
    for limit in list(next(iter(own.values()), [])) if len(own) > 1 else []:
        same = [one for found in own.values() for one in found if _same(one, limit)]
        if len(same) == len(own) and all(found[0] not in same for found in own.values()):
            shared.append(min(same, key=lambda one: one.margin))
            for found in own.values():
                found[:] = [one for one in found if not _same(one, limit)]
    return own, tuple(shared)


def _same(one: Limit, other: Limit) -> bool:
    return (one.name, one.limit, one.unit, one.basis) == (other.name, other.limit, other.unit, other.basis)


def _limit_row(context: PaperContext, every: tuple[Limit, ...], where: str) -> list[str]:
    first = every[0]
    lowest = f"{_limit(context, first)}; {basis_name(context, first.basis)}"
    return [sentence(where), lowest, "; ".join(_limit(context, one) for one in every[1:])]


def _limit(context: PaperContext, limit: Limit) -> str:
    """Return one limit: name, value and margin; a broken or merely recommended one says so."""
    words = context.words
    key = "limits.broken" if limit.margin < 0 else "limits.one" if limit.absolute else "limits.soft"
    return words(
        key,
        name=words(f"limit.{limit.name}"),
        limit=words.measure(limit.limit, limit.unit),
        margin=words.number(abs(limit.margin)),
    )


def basis_name(context: PaperContext, basis: Basis) -> str:
    """Return where a number comes from, in words."""
    words, reference = context.words, basis.reference
    if basis.kind == "fact" and reference in context.knowledge.facts:
        reference = words("basis.fact", title=words.text(context.knowledge.facts[reference].title))
    elif basis.kind == "atlas" and reference in context.knowledge.thickness:
        row = context.knowledge.thickness[reference]
        reference = words("basis.atlas", source=row.source)
    elif basis.kind == "computed":
        key = f"computed.{reference}"
        reference = words(key) if key in words else reference
    elif basis.kind == "clinic":
        reference = words("basis.clinic", entry=reference)
    elif basis.kind == "intake":
        reference = words("basis.intake")
    elif basis.kind == "choice":
        reference = words("basis.choice_made")
    elif basis.kind == "chart":
        reference = words("basis.chart", source=reference.partition(":")[0])
    elif basis.kind == "surface":
        reference = words(f"scale.{reference.replace('+', '_')}").rstrip(".")
    note = context.said(basis.note) if basis.note else ""
    return f"{reference}; {note}" if note else reference
