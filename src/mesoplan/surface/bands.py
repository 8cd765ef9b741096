"""How far an estimated area may be from the true one, from what was measured on heads of known areas."""

from __future__ import annotations

from collections.abc import Mapping

from mesoplan.surface.parameters import error_bands
from mesoplan.surface.zones import ZoneCatalogue


def with_bands(
    zones: ZoneCatalogue, estimates: Mapping[str, float], basis: str
) -> dict[str, tuple[float, float, float]]:
    """Return low, estimate and high of each estimated zone."""
    found = {}
    for zone, area in estimates.items():
        low, high = truth_band(zones, zones.base(zone).id, basis, area)
        found[zone] = (low, area, high)
    return found


def truth_band(zones: ZoneCatalogue, base: str, basis: str, estimate: float) -> tuple[float, float]:
    """Return the band in which a zone's true area is expected, given its estimate.

    The zone's own measured error decides; where it has none, the widest ends among its neighbours that have one, else
    those of all zones that have one, else the whole face's.
    """
    bands = error_bands(basis)
    neighbours = [name for name in zones.bases[base].neighbours if name in bands]
    names = [base] if base in bands else neighbours or [name for name in bands if name != "all"] or ["all"]
    ends = [bands[name].truth(estimate) for name in names]
    return min(low for low, _ in ends), max(high for _, high in ends)
