"""What lies under rigid plates that are pressed onto skin: the triangle and the place under each point of a plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints, Skin

    Flags = NDArray[np.bool_]

FACING = 0.1
"""Least cosine between a plate's normal and that of skin that counts as lying under it."""
_DEPTH = 0.5
"""How far from a plate's plane skin may lie and still be under it, against the plate's longer side."""
_INSIDE = -1e-9
_TESTS = 4_000_000
"""Tests of points against triangles at once: bounds the memory."""
_ROUNDED = 9


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """Rigid rectangles in space.

    Attributes:
        middle_mm: (n, 3).
        along: (n, 3) unit vectors along the width.
        normal: (n, 3) unit vectors out of the skin, at right angles to `along`.
        size_mm: Width and height.
    """

    middle_mm: Floats
    along: Floats
    normal: Floats
    size_mm: tuple[float, float]

    def __len__(self) -> int:
        return len(self.middle_mm)

    def taken(self, which: Flags | Ints) -> Plates:
        """Return some of them."""
        return Plates(self.middle_mm[which], self.along[which], self.normal[which], self.size_mm)

    @property
    def frames(self) -> Floats:
        """(n, 3, 3) rows: along the width, along the height, out of the skin."""
        frames: Floats = np.stack([self.along, np.cross(self.normal, self.along), self.normal], axis=1)
        return frames

    @property
    def depth_mm(self) -> float:
        """How far from the plate's plane skin may lie and still be under it."""
        return _DEPTH * max(self.size_mm)

    def corners_mm(self) -> Floats:
        """Return (n, 4, 3) the corners, counter-clockwise as seen from outside."""
        signs = 0.5 * np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]) * self.size_mm
        corners: Floats = self.middle_mm[:, None] + signs @ self.frames[:, :2]
        return corners


@dataclass(frozen=True, slots=True, eq=False)
class Under:
    """What lies under the points of plates.

    Attributes:
        triangle: (n, m) index into the skin's triangles, -1 where no skin lies under the point.
        positions_mm: (n, m, 3) where each point meets the skin; nan where there is none.
    """

    triangle: Ints
    positions_mm: Floats


def press(skin: Skin, plates: Plates, places_mm: Floats) -> Under:
    """Return what lies under the same points of every plate, each moved along the plate's normal.

    Skin that faces away, or farther from the plate's plane than half its longer side, does not lie under it; of two
    folds the one nearer to the plane does.

    Args:
        skin: The surface.
        plates: The plates.
        places_mm: (m, 2) along the width and the height, from the middle.
    """
    count, points = len(plates), len(places_mm)
    triangle = np.full((count, points), -1, np.int64)
    height = np.full((count, points), np.nan)
    frames, normals = plates.frames, skin.normals
    reach = np.hypot(plates.depth_mm, np.hypot(*np.abs(places_mm).max(axis=0, initial=0.0)))
    for every, near in _near(skin, plates, float(reach), max(1, _TESTS // max(1, points))):
        facing = (plates.normal[every] * normals[near]).sum(axis=1) > FACING
        plate, owner = every[facing], near[facing]
        corners = skin.vertices_mm[skin.triangles[owner]] - plates.middle_mm[plate][:, None]
        corners = np.einsum("pcx,pax->pca", corners, frames[plate])
        pair, point, depth = _hits(corners, places_mm)
        deep = np.abs(depth) <= plates.depth_mm
        pair, point, depth = pair[deep], point[deep], depth[deep]
        key = plate[pair] * points + point
        order = np.lexsort((owner[pair], np.round(np.abs(depth), _ROUNDED), key))
        first = order[np.diff(key[order], prepend=-1) != 0]
        triangle.ravel()[key[first]] = owner[pair[first]]
        height.ravel()[key[first]] = depth[first]
    local = np.concatenate([np.broadcast_to(places_mm, (count, points, 2)), height[:, :, None]], axis=2)
    return Under(triangle, plates.middle_mm[:, None] + local @ frames)


def near_skin(skin: Skin, plates: Plates, which: Flags) -> Flags:
    """Return (n,) whether any of some triangles, (t,), comes near enough to each plate to lie under it."""
    from scipy.spatial import KDTree

    if not which.any() or not len(plates):
        return np.zeros(len(plates), np.bool_)
    middle, radius = _balls(skin, np.nonzero(which)[0])
    reach = np.hypot(plates.depth_mm, np.hypot(*plates.size_mm) / 2.0) + radius.max()
    near: Flags = KDTree(middle).query(plates.middle_mm, distance_upper_bound=reach)[0] <= reach
    return near


def _balls(skin: Skin, which: Ints) -> tuple[Floats, Floats]:
    """Return (t, 3) the middles of triangles and (t,) how far their corners are from them."""
    corners = skin.vertices_mm[skin.triangles[which]]
    middle = corners.mean(axis=1)
    return middle, np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)


def _near(skin: Skin, plates: Plates, reach_mm: float, most: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs of plates and triangles that may lie under them, all pairs of one plate together."""
    from scipy.spatial import KDTree

    wide = np.nonzero(skin.triangle_areas_mm2 > 0.0)[0]
    if not len(plates) or not len(wide):
        return
    middle, radius = _balls(skin, wide)
    lists = KDTree(middle).query_ball_point(plates.middle_mm, reach_mm + radius.max(), return_sorted=True)
    waiting: list[tuple[int, Ints]] = []
    held = 0
    for number, found in enumerate(lists):
        near = np.asarray(found, np.int64)
        apart = np.linalg.norm(middle[near] - plates.middle_mm[number], axis=1)
        near = near[apart <= reach_mm + radius[near]]
        waiting.append((number, wide[near]))
        held += len(near)
        if held >= most or number == len(plates) - 1:
            plate = np.repeat([one for one, _ in waiting], [len(own) for _, own in waiting])
            yield plate.astype(np.int64), np.concatenate([own for _, own in waiting])
            waiting, held = [], 0


def _hits(corners: Floats, places_mm: Floats) -> tuple[Ints, Ints, Floats]:
    """Return which points lie in which triangles as seen along the normal: (pair, point, height of the triangle)."""
    low, high = corners[:, :, :2].min(axis=1), corners[:, :, :2].max(axis=1)
    lowest, highest = places_mm.min(axis=0), places_mm.max(axis=0)
    close = np.nonzero(((low <= highest) & (high >= lowest)).all(axis=1))[0]
    a, b, c = (corners[close, corner] for corner in range(3))
    x, y = places_mm.T
    whole = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])[:, None]
    spans = []
    for one, other in ((b, c), (c, a)):
        edge = other - one
        spans.append((edge[:, :1] * (y - one[:, 1:2]) - edge[:, 1:2] * (x - one[:, :1])) / whole)
    third = 1.0 - spans[0] - spans[1]
    pair, point = np.nonzero((spans[0] >= _INSIDE) & (spans[1] >= _INSIDE) & (third >= _INSIDE))
    shares = spans[0][pair, point], spans[1][pair, point], third[pair, point]
    depth = shares[0] * a[pair, 2] + shares[1] * b[pair, 2] + shares[2] * c[pair, 2]
    return close[pair], point, depth
