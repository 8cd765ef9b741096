"""A piece of skin in space: triangles, and the zone of each; what a photo, a scan or a patch becomes for the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.surface.model import Side
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NO_ZONE = -1
"""The zone of a triangle that is never punctured: an eye, a lip, hidden or forbidden skin, or outside every zone."""


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """A surface cut into zones, in millimetres: x to the patient's left, y up, z out of the face.

    Attributes:
        vertices_mm: (v, 3).
        triangles: (t, 3) vertex indices, counter-clockwise as seen from outside the body.
        zone: (t,) index into `zones` of each triangle, or `NO_ZONE`.
        zones: Zone ids.
        source: Where the surface comes from.
        side: Whether left and right are the patient's for certain.
    """

    vertices_mm: Floats
    triangles: Ints
    zone: Ints
    zones: tuple[str, ...]
    source: Literal["canonical", "photo", "scan", "patch"]
    side: Side

    @property
    def triangle_areas_mm2(self) -> Floats:
        """(t,) the area of each triangle; 0 for one without extent."""
        areas: Floats = 0.5 * np.linalg.norm(self._crossed(), axis=1)
        return areas

    @property
    def normals(self) -> Floats:
        """(t, 3) the unit normal of each triangle, out of the body; zero for a triangle without extent."""
        crossed = self._crossed()
        length = np.linalg.norm(crossed, axis=1, keepdims=True)
        normals: Floats = np.divide(crossed, length, out=np.zeros_like(crossed), where=length > 0.0)
        return normals

    def area_cm2(self, zone: str) -> float:
        """Return the area of one zone; 0 where no triangle belongs to it.

        Raises:
            ValueError: If the skin has no such zone.
        """
        members = self.zone == self.zones.index(zone)
        return float(self.triangle_areas_mm2[members].sum()) / MM2_PER_CM2

    def _crossed(self) -> Floats:
        a, b, c = (self.vertices_mm[self.triangles[:, corner]] for corner in range(3))
        crossed: Floats = np.cross(b - a, c - a)
        return crossed
