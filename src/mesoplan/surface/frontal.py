"""The face as seen from the front: where the zones lie in the picture, and how large each triangle is on the skin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.geometry import covered_fractions, distance_to_outline, fraction_beyond, label_place, quarter
from mesoplan.surface.mesh import VERTICES, FaceMesh, triangle_areas, zone_chains, zone_triangles
from mesoplan.surface.model import EyeMargin, ZoneOutline
from mesoplan.surface.parameters import number
from mesoplan.surface.zones import ZoneCatalogue, other_side, side_of
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from mesoplan.surface.mesh import Floats, Ints

_OUTER_CORNERS = (33, 263)  # of the eyes, from the left to the right of an upright picture
_QUARTERINGS = 2


@dataclass(frozen=True, eq=False)
class Frontal:
    """The mesh of one face in a picture seen from the front.

    Attributes:
        points: (468 or more, 3) in pixels: x and y of the picture, y downwards, z in the same unit; the landmarks, and
            after them the vertices of a scan.
        mm_per_pixel: Scale.
        triangles: (898, 3) vertex indices, or those of a scan.
        zones: Triangles of each zone by zone id; the sides are the patient's.
        chains: Outline vertices of each zone by zone id.
        axis: The vertices on the face's midline; a midline zone is labelled between its two.
        left_is_right: Whether the patient's left is towards the picture's right, as in an unmirrored photo.
        quarterings: How often a triangle near an eye is cut into four, so that distances vary linearly over each.
    """

    points: Floats
    mm_per_pixel: float
    triangles: Ints
    zones: dict[str, Ints]
    chains: dict[str, tuple[int, ...]]
    axis: frozenset[int]
    left_is_right: bool
    quarterings: int = _QUARTERINGS

    @cached_property
    def areas_cm2(self) -> Floats:
        """The area of each triangle on the skin."""
        return triangle_areas(self.points, self.triangles) * (self.mm_per_pixel**2 / MM2_PER_CM2)

    @property
    def flat(self) -> Floats:
        """(t, 3, 2) the triangles as they lie in the picture."""
        corners: Floats = self.points[:, :2][self.triangles]
        return corners

    def area_cm2(self, zone: str) -> float:
        """Return the area of one zone."""
        return float(self.areas_cm2[self.zones[zone]].sum())

    def centre(self, zone: str) -> tuple[float, float]:
        """Return the centroid of a zone's skin, as it lies in the picture, in pixels."""
        members = self.zones[zone]
        x, y = np.average(self.flat[members].mean(axis=1), axis=0, weights=self.areas_cm2[members])
        return float(x), float(y)

    @property
    def to_patients_left(self) -> Floats:
        """Unit vector in the picture, along the line between the outer corners of the eyes."""
        across = self.points[_OUTER_CORNERS[1], :2] - self.points[_OUTER_CORNERS[0], :2]
        unit: Floats = across / np.linalg.norm(across)
        return unit if self.left_is_right else -unit

    @property
    def between_the_eyes(self) -> Floats:
        """The place in the picture halfway between the outer corners of the eyes."""
        middle: Floats = self.points[list(_OUTER_CORNERS), :2].mean(axis=0)
        return middle

    @property
    def upwards(self) -> Floats:
        """Unit vector in the picture towards the top of the head, square to the line between the eyes."""
        x, y = self.to_patients_left if self.left_is_right else -self.to_patients_left
        return np.array([y, -x])

    def outlines(self) -> tuple[ZoneOutline, ...]:
        """Return the outline of every zone in the picture, rounded to a hundredth of a pixel."""
        found = []
        for zone, chain in self.chains.items():
            corners = self.points[list(chain), :2]
            points = tuple((round(float(x), 2), round(float(y), 2)) for x, y in corners)
            axis = [vertex for vertex in chain if vertex in self.axis]
            place = self.points[axis, :2].mean(axis=0) if axis else np.array(label_place(corners))
            found.append(ZoneOutline(zone, points, (round(float(place[0]), 2), round(float(place[1]), 2))))
        return tuple(found)

    def view_box(self) -> tuple[float, float, float, float]:
        """Return x, y, width, height of the face itself in the picture."""
        low, high = self.points[:VERTICES, :2].min(axis=0), self.points[:VERTICES, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def frontal(
    points: Floats, mm_per_pixel: float, zones: ZoneCatalogue, mesh: FaceMesh, *, left_is_right: bool = True
) -> Frontal:
    """Return the face in a picture; with `left_is_right` false the model's sides are swapped, for a mirrored photo."""
    members, chains = zone_triangles(zones, mesh), zone_chains(zones, mesh.mirror)
    if not left_is_right:
        members = {zone: members[other_side(zone)] for zone in members}
        chains = {zone: chains[other_side(zone)] for zone in chains}
    axis = frozenset(np.nonzero(mesh.mirror == np.arange(VERTICES))[0].tolist())
    return Frontal(points[:VERTICES], mm_per_pixel, mesh.triangles, members, chains, axis, left_is_right)


def eye_margins(face: Frontal, circles: Floats) -> tuple[EyeMargin, ...]:
    """Return, for every zone that comes near an eye, how its area outside the keep-outs falls as the margin grows."""
    step, last = number("eye_margin_step_mm"), number("eye_margin_last_mm")
    limits = np.arange(0.0, last + step / 2, step)
    space = face.points * face.mm_per_pixel
    curves = []
    for zone, members in face.zones.items():
        side = side_of(zone)
        eyes = [f"eye_{side}"] if side else ["eye_right", "eye_left"]
        corners = space[face.triangles[members]]
        outlines = [space[list(face.chains[eye])] for eye in eyes]
        near = min(float(distance_to_outline(corners.reshape(-1, 3), line).min()) for line in outlines)
        if near >= last or zone in eyes:
            continue
        curves.append(_curve(zone, corners, outlines, limits, face, circles))
    return tuple(curves)


def _curve(
    zone: str, corners: Floats, outlines: list[Floats], limits: Floats, face: Frontal, circles: Floats
) -> EyeMargin:
    for _ in range(face.quarterings):
        corners = quarter(corners).reshape(-1, 3, 3)
    flat = corners.reshape(-1, 3)
    distance = np.min([distance_to_outline(flat, line) for line in outlines], axis=0).reshape(-1, 3)
    area = triangle_areas(flat, np.arange(len(flat), dtype=np.intp).reshape(-1, 3))
    area = area * (1.0 - covered_fractions(corners[:, :, :2] / face.mm_per_pixel, circles))
    whole = float(area.sum())
    ordered = np.sort(distance, axis=1)
    beyond = [float((area * fraction_beyond(ordered, limit)).sum()) for limit in limits]
    shares = tuple(round(value / whole, 6) if whole else 0.0 for value in beyond)
    step = number("eye_margin_step_mm")
    return EyeMargin(zone, step, (1.0 if whole else 0.0, *shares[1:]))
