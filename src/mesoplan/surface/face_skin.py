"""The canonical face, or a photo's, as skin in space: smooth, cut into zones, without what is never treated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.surface.discs import Discs, MaskedSkin
from mesoplan.surface.model import KeepOut, Side
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.surface.subdivide import loop
from mesoplan.surface.zones import ZoneCatalogue, load_zones

if TYPE_CHECKING:
    from mesoplan.surface.frontal import Frontal
    from mesoplan.surface.skin import Floats, Ints

_EYES = ("eye_right", "eye_left")
LEVEL = 2
"""How often the 898 triangles are cut into four: 14,368 of about 1.8 mm."""


def canonical_skin(zones: ZoneCatalogue | None = None, *, scale: float = 1.0, level: int = LEVEL) -> Skin:
    """Return the canonical face as skin.

    Args:
        zones: The zone catalogue; None: the one that ships.
        scale: Against the face of the mean pupillary distance.
        level: How often each triangle is cut into four; 3 gives 57,472.

    Raises:
        ProblemError: If the face model, which holds the mesh, is missing.
    """
    from mesoplan.surface.canonical import canonical_drawing

    catalogue = zones if zones is not None else load_zones()
    face = canonical_drawing().face(catalogue, scale)
    return frontal_skin(face, catalogue, "canonical", "confirmed", level=level).skin


def frontal_skin(
    face: Frontal,
    zones: ZoneCatalogue,
    source: Literal["canonical", "photo"],
    side: Side,
    keep_outs: Sequence[KeepOut] = (),
    *,
    level: int = LEVEL,
) -> MaskedSkin:
    """Return a face seen from the front as skin, with the circles kept out of it.

    The axes follow the line between the outer corners of the eyes, halfway between which the origin lies. Loop's
    subdivision draws the surface inwards by about 2 %: areas that are printed are those of the 898 triangles, always.

    Args:
        face: The mesh of 898 triangles in its picture.
        zones: The zone catalogue.
        source: What the mesh comes from.
        side: Whether its sides are the patient's for certain.
        keep_outs: Circles in the picture; those on a patch are left aside.
        level: How often each triangle is cut into four.
    """
    treated = tuple(zone for zone in face.zones if zones.base(zone).treatable)
    parent = np.full(len(face.triangles), NO_ZONE, np.int64)
    for index, zone in enumerate(treated):
        parent[face.zones[zone]] = index
    points, triangles = loop(_in_space(face), _outwards(face), level)
    skin = Skin(points, triangles, np.repeat(parent, 4**level), treated, source, side)
    return MaskedSkin(skin, discs_on(face, keep_outs), eye_contours(face))


def eye_contours(face: Frontal) -> tuple[Floats, ...]:
    """Return the closed contour of each eye, (m, 3) in the axes of the face's skin."""
    points = _in_space(face)
    return tuple(points[list(chain)] for zone, chain in face.chains.items() if zone in _EYES)


def discs_on(face: Frontal, keep_outs: Sequence[KeepOut]) -> Discs:
    """Return the circles of a picture in the axes of its skin; those given on a patch are left aside."""
    on_face = [one for one in keep_outs if one.zone is None or one.zone in face.zones]
    flat = np.array([(one.x, one.y) for one in on_face]).reshape(-1, 2)
    radii = np.array([one.radius for one in on_face]) * face.mm_per_pixel
    return Discs(np.column_stack([_in_front(face, flat), radii]))


def _in_front(face: Frontal, flat: Floats) -> Floats:
    """Return places in the picture (n, 2) in millimetres, x to the patient's left and y up."""
    away = (flat - face.between_the_eyes) * face.mm_per_pixel
    return np.column_stack([away @ face.to_patients_left, away @ face.upwards])


def _in_space(face: Frontal) -> Floats:
    """Return the mesh's points in millimetres, x to the patient's left, y up, z out of the face."""
    out = -face.points[:, 2] * face.mm_per_pixel
    return np.column_stack([_in_front(face, face.points[:, :2]), out])


def _outwards(face: Frontal) -> Ints:
    """Return the triangles counter-clockwise from outside; in a mirrored photo they run the other way."""
    triangles = face.triangles.astype(np.int64)
    return triangles if face.left_is_right else triangles[:, ::-1]
