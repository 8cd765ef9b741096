"""Spreads a piece of skin out flat, as rigidly as possible.

Local/global iteration (Liu, Zhang, Xu, Gotsman, Gortler 2008, A local/global approach to mesh parameterization): each
triangle says what it would look like unstretched, one sparse system, factored once, brings their wishes together.
Half of the shear that remains is allowed to stay, so that areas, and with them counts of punctures, are kept better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ITERATIONS = 9
_BEYOND = 1.4
"""How far each iteration goes towards where it leads; measured, up to 1.6 is faster and from 1.8 on it diverges.
The last two go no further than they should."""
_KEPT_SHEAR = 0.5
"""Exponent with which a triangle's own aspect stays in its wish: 0 is as rigid as possible, 1 keeps any shear."""
_SETTLED = 3
"""Iterations after which a part that came out too large asks to be smaller, and so on until its area is right."""
_PLANE = 1e-9
"""Stretch, less 1, below which a piece is plane as it is."""
_COTANGENTS = (0.05, 10.0)
"""Bounds of an edge's weight: a sliver neither tears the system apart nor rules it."""
_LEAST_STRETCH = 1e-3
_COUNTED = (0.5, 2.0)
"""Bounds of the stretch that counts as unevenness: beyond lie single triangles folded over, too small for a lattice."""


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """A piece of skin in the plane.

    Attributes:
        uv_mm: (v, 2) where each vertex lies.
        stretch: (t, 2) each triangle's largest and smallest length in the plane against that on the skin; the second
            is negative where the triangle is turned over.
        area_mm2: (t,) area of each triangle on the skin.
    """

    uv_mm: Floats
    stretch: Floats
    area_mm2: Floats

    @property
    def spacing_cv(self) -> float:
        """The coefficient of variation that equal steps in the plane have on the skin, over places and directions."""
        angle = np.linspace(0.0, np.pi, 12, endpoint=False)
        ends = np.clip(self.stretch, *_COUNTED)
        length = 1.0 / np.hypot(ends[:, :1] * np.cos(angle), ends[:, 1:] * np.sin(angle))
        weight = self.area_mm2 / self.area_mm2.sum()
        mean = float((weight @ length).mean())
        return float(np.sqrt((weight @ (length - mean) ** 2).mean())) / mean

    def stretch_band(self, tail: float) -> tuple[float, float]:
        """Return the stretch that this share of the area stays below, and the one that it exceeds."""
        low, high = np.argsort(self.stretch[:, 1]), np.argsort(self.stretch[:, 0])
        below = np.searchsorted(np.cumsum(self.area_mm2[low]), tail * self.area_mm2.sum())
        above = np.searchsorted(np.cumsum(self.area_mm2[high]), (1.0 - tail) * self.area_mm2.sum())
        last = len(low) - 1
        return float(self.stretch[low[min(below, last)], 1]), float(self.stretch[high[min(above, last)], 0])


def flatten(vertices_mm: Floats, triangles: Ints, parts: Ints, hopeless: float = math.inf) -> Flat:
    """Return a connected piece of skin spread out flat: isometric where it is developable.

    The start is the view along its mean normal, so it must not wrap around (`chart.cut` sees to that).

    Args:
        vertices_mm: (v, 3), each used by a triangle.
        triangles: (t, 3), connected over their edges, none without area.
        parts: (t,) number of the part whose area is kept as a whole: a zone.
        hopeless: Unevenness from which it is not worth going on: after a few iterations the piece is returned as it is.
    """
    frames = _frames(vertices_mm[triangles])
    area = 0.5 * frames[:, 1, 0] * frames[:, 2, 1]
    uv = _seen_along_normal(vertices_mm, triangles)
    stretch = _stretches(_jacobians(frames, uv[triangles]))
    if np.abs(stretch - 1.0).max() < _PLANE:
        return Flat(uv, stretch, area)
    solver = _Solver(triangles, _weights(vertices_mm[triangles]), len(vertices_mm))
    size = np.ones(len(triangles))
    for step in range(_ITERATIONS):
        maps = _jacobians(frames, uv[triangles])
        if step >= _SETTLED:
            if step == _SETTLED and Flat(uv, _stretches(maps), area).spacing_cv > hopeless:
                break
            size = size / np.sqrt(_by_part(_areas(maps), area, parts))
        uv = uv - uv[0]
        beyond = _BEYOND if step < _ITERATIONS - 2 else 1.0
        uv = uv + beyond * (solver.meet(_wishes(maps) * size[:, None, None], frames) - uv)
    uv = uv / np.sqrt(float(area @ _areas(_jacobians(frames, uv[triangles])) / area.sum()))
    return Flat(uv, _stretches(_jacobians(frames, uv[triangles])), area)


class _Solver:
    """The global step: factors the system once, solves it for each round of wishes."""

    def __init__(self, triangles: Ints, weights: Floats, count: int) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.linalg import splu

        self._triangles, self._weights, self._count = triangles, weights, count
        a, b = triangles[:, [1, 2, 0]].ravel(), triangles[:, [2, 0, 1]].ravel()
        w = weights.ravel()
        rows, columns = np.concatenate([a, b, a, b]), np.concatenate([b, a, a, b])
        matrix = coo_array((np.concatenate([-w, -w, w, w]), (rows, columns)), shape=(count, count)).tocsc()
        # the first vertex stays where it is; the matrix is then positive definite
        options = {"SymmetricMode": True}
        self._factor = splu(matrix[1:, 1:], permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)

    def meet(self, wishes: Floats, frames: Floats) -> Floats:
        """Return the (v, 2) positions that meet the wished (t, 2, 2) maps of the triangles best."""
        second = wishes[:, :, 0] * frames[:, 1, :1]
        third = wishes[:, :, 0] * frames[:, 2, :1] + wishes[:, :, 1] * frames[:, 2, 1:]
        weights = self._weights
        faces = weights[:, 0, None] * (second - third), weights[:, 1, None] * third, -weights[:, 2, None] * second
        pulls = np.stack([faces[2] - faces[1], faces[0] - faces[2], faces[1] - faces[0]], axis=1)
        corners = self._triangles.ravel()
        right = np.stack([np.bincount(corners, pulls[:, :, axis].ravel(), self._count) for axis in (0, 1)], axis=1)
        met = np.zeros((self._count, 2))
        met[1:] = self._factor.solve(right[1:])
        return met


def _frames(corners: Floats) -> Floats:
    """Return (t, 3, 2) each triangle laid in its own plane: first corner at 0, second on the x axis."""
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.linalg.norm(along, axis=1)
    frames = np.zeros((len(corners), 3, 2))
    frames[:, 1, 0] = length
    frames[:, 2, 0] = (along * across).sum(axis=1) / length
    frames[:, 2, 1] = np.linalg.norm(np.cross(along, across), axis=1) / length
    return frames


def _weights(corners: Floats) -> Floats:
    """Return (t, 3) half the cotangent of each corner's angle, within bounds: the weight of the edge that faces it."""
    weights = np.empty((len(corners), 3))
    for corner in range(3):
        a = corners[:, (corner + 1) % 3] - corners[:, corner]
        b = corners[:, (corner + 2) % 3] - corners[:, corner]
        weights[:, corner] = (a * b).sum(axis=1) / np.linalg.norm(np.cross(a, b), axis=1)
    return 0.5 * np.clip(weights, *_COTANGENTS)


def _seen_along_normal(vertices_mm: Floats, triangles: Ints) -> Floats:
    """Return (v, 2) the piece as it is seen along its mean normal, its own up direction up where it has one."""
    a, b, c = (vertices_mm[triangles[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a).sum(axis=0)
    normal /= np.linalg.norm(normal)
    up = np.array([0.0, 1.0, 0.0]) if abs(normal[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    right = np.cross(up, normal)
    right /= np.linalg.norm(right)
    return np.stack([vertices_mm @ right, vertices_mm @ np.cross(normal, right)], axis=1)


def _jacobians(frames: Floats, placed: Floats) -> Floats:
    """Return (t, 2, 2) the linear map from each triangle's own plane to where it is placed."""
    x, u, v = frames[:, 1, 0], frames[:, 2, 0], frames[:, 2, 1]
    first, second = placed[:, 1] - placed[:, 0], placed[:, 2] - placed[:, 0]
    along = first / x[:, None]
    across = (second - u[:, None] * along) / v[:, None]
    return np.stack([along, across], axis=2)


def _wishes(maps: Floats) -> Floats:
    """Return (t, 2, 2) what each triangle would like instead: its rotation, its size, and a part of its shear."""
    cos, sin = maps[:, 0, 0] + maps[:, 1, 1], maps[:, 1, 0] - maps[:, 0, 1]
    norm = np.hypot(cos, sin)
    cos, sin = np.divide(cos, norm, out=np.ones_like(norm), where=norm > 0.0), sin / np.where(norm > 0.0, norm, 1.0)
    a, b, c, d = maps[:, 0, 0], maps[:, 0, 1], maps[:, 1, 0], maps[:, 1, 1]
    # the stretch before the turn is symmetric: ((mean + half, mixed), (mixed, mean - half))
    mean, half = (cos * a + sin * c + cos * d - sin * b) / 2.0, (cos * a + sin * c - cos * d + sin * b) / 2.0
    mixed = (cos * b + sin * d - sin * a + cos * c) / 2.0
    radius = np.hypot(half, mixed)
    aspect = np.maximum(mean + radius, _LEAST_STRETCH) / np.maximum(mean - radius, _LEAST_STRETCH)
    kept = np.clip(aspect, 1.0, 2.0) ** (0.5 * _KEPT_SHEAR)
    centre, swing = (kept + 1.0 / kept) / 2.0, (kept - 1.0 / kept) / 2.0
    swing = swing / np.where(radius > 0.0, radius, 1.0)
    first, second, mixed = centre + swing * half, centre - swing * half, swing * mixed
    wish = np.empty_like(maps)
    wish[:, 0, 0], wish[:, 0, 1] = cos * first - sin * mixed, cos * mixed - sin * second
    wish[:, 1, 0], wish[:, 1, 1] = sin * first + cos * mixed, sin * mixed + cos * second
    return wish


def _stretches(maps: Floats) -> Floats:
    """Return (t, 2) the singular values, the second with the determinant's sign."""
    a, b, c, d = maps[:, 0, 0], maps[:, 0, 1], maps[:, 1, 0], maps[:, 1, 1]
    mean, half = np.hypot(a + d, c - b) / 2.0, np.hypot(a - d, c + b) / 2.0
    return np.stack([mean + half, mean - half], axis=1)


def _areas(maps: Floats) -> Floats:
    """Return (t,) each triangle's area in the plane against that on the skin."""
    areas: Floats = np.abs(maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0])
    return areas


def _by_part(areas: Floats, weight: Floats, parts: Ints) -> Floats:
    """Return (t,) the mean of the part that each triangle belongs to."""
    number = np.unique(parts, return_inverse=True)[1]
    mean: Floats = np.bincount(number, weight * areas) / np.bincount(number, weight)
    return mean[number]
