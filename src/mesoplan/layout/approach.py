"""From where a guided needle comes: along the skin's normal, smoothed so that neighbours come from nearly one side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mesoplan.layout.footprints import Footprints
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.skin import Floats, Skin


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """The directions in which needles come.

    Attributes:
        directions: (n, 3) unit vectors into the body.
        largest_deg: Largest angle between a direction and the normal of its own triangle; 0 for no places.
    """

    directions: Floats
    largest_deg: float


def find_approach(work: Punctures | Footprints) -> Approach:
    """Return for each place minus the normal of the skin, interpolated between those of its triangle's corners.

    The normal of a corner is the mean of its triangles' normals, by their angle there. Where the interpolated normal
    would point away from the outside of its own triangle, as on a crumpled scan, the triangle's own stands instead.
    """
    skin = work.skin
    if not len(work):
        return Approach(np.empty((0, 3)), 0.0)
    own = skin.normals[work.triangle]
    corners = skin.triangles[work.triangle]
    smooth = np.zeros_like(own)
    weights = _weights(work.positions_mm, skin.vertices_mm[corners], own)
    at_corners = _corner_normals(skin)
    for corner in range(3):
        smooth += weights[:, corner, None] * at_corners[corners[:, corner]]
    length = np.linalg.norm(smooth, axis=1, keepdims=True)
    smooth = np.divide(smooth, length, out=own.copy(), where=length > 1e-9)
    cosine = (smooth * own).sum(axis=1)
    smooth = np.where(cosine[:, None] > 0.0, smooth, own)
    least = float(np.clip(np.where(cosine > 0.0, cosine, 1.0).min(), -1.0, 1.0))
    return Approach(-smooth, float(np.degrees(np.arccos(least))))


def _corner_normals(skin: Skin) -> Floats:
    """Return (v, 3) the unit normal at each vertex; zero where no triangle with area meets it."""
    normals, points = skin.normals, skin.vertices_mm[skin.triangles]
    total = np.zeros_like(skin.vertices_mm)
    for corner in range(3):
        one = points[:, (corner + 1) % 3] - points[:, corner]
        other = points[:, (corner + 2) % 3] - points[:, corner]
        angle = np.arctan2(np.linalg.norm(np.cross(one, other), axis=1), (one * other).sum(axis=1))
        for axis in range(3):
            total[:, axis] += np.bincount(skin.triangles[:, corner], angle * normals[:, axis], len(total))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    unit: Floats = np.divide(total, length, out=np.zeros_like(total), where=length > 1e-12)
    return unit


def _weights(places_mm: Floats, corners_mm: Floats, normals: Floats) -> Floats:
    """Return (n, 3) how much each corner of its triangle counts for a place."""
    a, b, c = (corners_mm[:, corner] - places_mm for corner in range(3))
    spans = np.stack([(np.cross(one, other) * normals).sum(axis=1) for one, other in ((b, c), (c, a), (a, b))], axis=1)
    spans = np.maximum(spans, 0.0)
    total = spans.sum(axis=1, keepdims=True)
    weights: Floats = np.divide(spans, total, out=np.full_like(spans, 1.0 / 3.0), where=total > 0.0)
    return weights
