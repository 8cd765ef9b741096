"""Points of a syringe: their number on a hexagonal lattice, and the volumes they add up to."""

from __future__ import annotations

import math

from mesoplan.units import MM2_PER_CM2, MM_PER_CM

_EPSILON = 1e-9


def area_per_point_mm2(spacing_mm: float) -> float:
    """Return the area that belongs to one point of a hexagonal lattice: spacing squared times sqrt(3)/2."""
    return spacing_mm**2 * math.sqrt(3.0) / 2.0


def count_points(area_cm2: float, spacing_mm: float, size_cm: tuple[float, float] | None = None) -> int:
    """Return the number of points: one per lattice cell, rounded down; at least one on any area, none on no area.

    Rounding down keeps points at least `spacing_mm` apart on average, and the volume on the low side. A scar that is
    narrower than the spacing has one row of points along it, one for each whole spacing of its length (`size_cm`).

    Raises:
        ValueError: If the area is negative or the spacing not above 0.
    """
    if area_cm2 < 0.0 or spacing_mm <= 0.0:
        raise ValueError(f"area {area_cm2} cm2, spacing {spacing_mm} mm: no lattice")
    if area_cm2 == 0.0:
        return 0
    row = 0 if size_cm is None else math.floor(area_cm2 / min(size_cm) * MM_PER_CM / spacing_mm + _EPSILON)
    return max(1, row, math.floor(area_cm2 * MM2_PER_CM2 / area_per_point_mm2(spacing_mm)))
