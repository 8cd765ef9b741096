"""Circles that are not to be punctured, kept exactly: a point on the skin is outside all of them, or is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.skin import NO_ZONE, Skin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats

    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Discs:
    """Circles as seen from the front, along -z: all skin that lies behind one is kept out.

    Attributes:
        circles: (n, 3) x, y and radius in millimetres, in the skin's own axes.
    """

    circles: Floats

    def __len__(self) -> int:
        return len(self.circles)

    def distance_mm(self, positions_mm: Floats) -> Floats:
        """Return (n,) how far each position (n, 3) is from the nearest circle's edge as seen from the front.

        Negative within a circle; infinite where there are no circles.
        """
        nearest = np.full(len(positions_mm), np.inf)
        for x, y, radius in self.circles:
            away = np.hypot(positions_mm[:, 0] - x, positions_mm[:, 1] - y) - radius
            np.minimum(nearest, away, out=nearest)
        return nearest

    def outside(self, positions_mm: Floats, margin_mm: float = 0.0) -> Flags:
        """Return (n,) whether each position (n, 3) may be punctured: beyond every circle's edge by more than a margin.

        Args:
            positions_mm: Places on the skin.
            margin_mm: What to leave beside the edge, for example the radius of the zone that a puncture acts on.
        """
        return self.distance_mm(positions_mm) > margin_mm

    def allowed_cm2(self, skin: Skin, zone: str) -> float:
        """Return how much of a zone's skin lies outside the circles, exactly as `covered_fractions` counts it."""
        from mesoplan.surface.geometry import covered_fractions
        from mesoplan.units import MM2_PER_CM2

        members = skin.zone == skin.zones.index(zone)
        flat = skin.vertices_mm[skin.triangles[members]][:, :, :2]
        free = skin.triangle_areas_mm2[members] * (1.0 - covered_fractions(flat, self.circles))
        return float(free.sum()) / MM2_PER_CM2


@dataclass(frozen=True, slots=True, eq=False)
class MaskedSkin:
    """A skin with the circles on it that are kept out: what the layout places punctures on.

    Attributes:
        skin: The surface; forbidden and hidden skin has `NO_ZONE` already.
        keep_outs: The circles, which cross triangles and are therefore kept point by point.
        eyes_mm: The closed contour of each eye, (m, 3) in the skin's axes; empty where there is none.
    """

    skin: Skin
    keep_outs: Discs
    eyes_mm: tuple[Floats, ...] = ()

    def distance_to_eyes_mm(self, positions_mm: Floats, most_mm: float) -> Floats:
        """Return (n,) how far each position is from the nearer eye's contour, infinite beyond `most_mm`."""
        from mesoplan.surface.geometry import distance_to_outline

        nearest = np.full(len(positions_mm), np.inf)
        for contour in self.eyes_mm:
            low, high = contour.min(axis=0) - most_mm, contour.max(axis=0) + most_mm
            near = np.nonzero(((positions_mm >= low) & (positions_mm <= high)).all(axis=1))[0]
            away = distance_to_outline(positions_mm[near], contour)
            nearest[near] = np.minimum(nearest[near], np.where(away <= most_mm, away, np.inf))
        return nearest

    def may_puncture(self, positions_mm: Floats, triangle: NDArray[np.int32], margin_mm: float = 0.0) -> Flags:
        """Return (n,) whether each position, on the triangle named, lies in a zone and outside every circle."""
        free: Flags = (self.skin.zone[triangle] != NO_ZONE) & self.keep_outs.outside(positions_mm, margin_mm)
        return free


NO_DISCS = Discs(np.zeros((0, 3)))
