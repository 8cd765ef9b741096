"""Skin thickness and vendors' charts by zone, with the strictest neighbour's value where a zone has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import ThicknessRow

_SKIN_LAYERS = ("dermis", "full skin")


@dataclass(frozen=True, slots=True)
class SkinValue:
    """A thickness or depth in millimetres, and the row that gives it.

    Attributes:
        value_mm: The value.
        kind: "atlas" for a measured thickness, "chart" for a vendor's depth chart.
        reference: The row's id, or `source: locator` of a chart.
        dermis_only: Whether only the dermis was measured there.
        neighbour: The neighbouring zone that the value is of; "" for the zone's own.
    """

    value_mm: float
    kind: Literal["atlas", "chart"]
    reference: str
    dermis_only: bool = False
    neighbour: str = ""


Lookup = Callable[[str], SkinValue | None]


def thin_end(knowledge: Knowledge, zone: str) -> SkinValue | None:
    """Return how thin the skin of a zone may be: the least of mean - 2 SD and published minima of its rows.

    Rows of the epidermis alone do not count. Where the zone has no such row, the strictest of the nearest ring of
    neighbours that has one, and says so; None where nobody does (a zone without neighbours).
    """

    def lookup(base: str) -> SkinValue | None:
        ends = [(end, row) for row in _rows(knowledge, base) if (end := _thin_end_of(row)) is not None]
        if not ends:
            return None
        value, row = min(ends, key=lambda pair: (pair[0], pair[1].id))
        return SkinValue(value, "atlas", row.id)

    return _with_neighbours(knowledge, zone, lookup)


def mean_full_skin(knowledge: Knowledge, zone: str) -> SkinValue | None:
    """Return the least published mean thickness of the zone's full skin, None without one.

    A range published for the same zone bounds its mean: the range's upper end counts where it is lower. Where only the
    dermis was measured its mean counts, which is stricter, and it says so. No neighbour's.
    """
    base = knowledge.zone_of(zone)[0].id
    for layer in ("full skin", "dermis"):
        rows = [row for row in _rows(knowledge, base) if row.layer == layer]
        means = [(row.mean_mm, row.id) for row in rows if row.mean_mm]
        if means:
            value, row_id = min([*means, *((row.max_mm, row.id) for row in rows if row.max_mm)])
            return SkinValue(value, "atlas", row_id, dermis_only=layer == "dermis")
    return None


def chart_end(knowledge: Knowledge, zone: str) -> SkinValue | None:
    """Return the vendors' lowest upper depth for thin skin; a zone without one takes its strictest neighbour's."""

    def lookup(base: str) -> SkinValue | None:
        rows = [row for row in knowledge.charts if base in _bases(knowledge, row.zones)]
        if not rows:
            return None
        row = min(rows, key=lambda one: (one.thin_max_mm, one.source))
        return SkinValue(row.thin_max_mm, "chart", f"{row.source}: {row.locator}")

    return _with_neighbours(knowledge, zone, lookup)


def _thin_end_of(row: ThicknessRow) -> float | None:
    if row.layer not in _SKIN_LAYERS:
        return None
    ends = [row.mean_mm - 2.0 * row.sd_mm] if row.mean_mm is not None and row.sd_mm is not None else []
    ends += [row.min_mm] if row.min_mm is not None else []
    return max(0.0, min(ends)) if ends else None


def _rows(knowledge: Knowledge, base: str) -> list[ThicknessRow]:
    return [row for row in knowledge.thickness.values() if base in _bases(knowledge, row.zones)]


def _bases(knowledge: Knowledge, names: tuple[str, ...]) -> set[str]:
    return {knowledge.zone_of(zone)[0].id for name in names for zone in knowledge.expand(name)}


def _with_neighbours(knowledge: Knowledge, zone: str, lookup: Lookup) -> SkinValue | None:
    """Return the zone's own value, else the least of the nearest ring of treatable neighbours that has any."""
    base = knowledge.zone_of(zone)[0].id
    own = lookup(base)
    if own is not None:
        return own
    seen, ring = {base}, [base]
    while ring:
        around = (name for one in ring for name in knowledge.zones[one].neighbours)
        ring = [name for name in dict.fromkeys(around) if name not in seen and knowledge.zones[name].treatable]
        seen.update(ring)
        found = [(value.value_mm, name, value) for name in ring if (value := lookup(name)) is not None]
        if found:
            _, name, value = min(found, key=lambda one: one[:2])
            return replace(value, neighbour=name)
    return None
