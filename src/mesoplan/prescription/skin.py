"""Skin thickness and vendors' charts by zone, as limits of a depth with their basis."""

from __future__ import annotations

from dataclasses import dataclass

from mesoplan.knowledge import skin_rows
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.skin_rows import SkinValue
from mesoplan.prescription.model import Basis

NEIGHBOUR = "basis.strictest_neighbour"
CHART_NOTE = "basis.vendor_chart"
DERMIS_NOTE = "basis.dermis_only"


@dataclass(frozen=True, slots=True)
class Thickness:
    """A thickness in millimetres with its row."""

    value_mm: float
    basis: Basis


def thin_end(knowledge: Knowledge, zone: str) -> Thickness | None:
    """Return how thin the skin of a zone may be; see `skin_rows.thin_end`."""
    return _based(skin_rows.thin_end(knowledge, zone))


def mean_full_skin(knowledge: Knowledge, zone: str) -> Thickness | None:
    """Return the least published mean thickness of the zone's full skin; see `skin_rows.mean_full_skin`."""
    return _based(skin_rows.mean_full_skin(knowledge, zone))


def chart_end(knowledge: Knowledge, zone: str) -> Thickness | None:
    """Return the vendors' lowest upper depth for thin skin; see `skin_rows.chart_end`."""
    return _based(skin_rows.chart_end(knowledge, zone))


def _based(found: SkinValue | None) -> Thickness | None:
    if found is None:
        return None
    note = CHART_NOTE if found.kind == "chart" else DERMIS_NOTE if found.dermis_only else ""
    if found.neighbour:
        note = f"{NEIGHBOUR}:{found.neighbour}"
    return Thickness(found.value_mm, Basis(found.kind, found.reference, note))
