"""Loop's subdivision of a triangle mesh with a border: smooth, each triangle cut into four."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints


def loop(points: Floats, triangles: Ints, times: int) -> tuple[Floats, Ints]:
    """Return points and triangles after subdividing; triangle t of the result lies within t // 4**times of the mesh.

    Warren's weights inside, the cubic spline's along the border. A point that no triangle uses stays where it is. The
    surface is drawn inwards a little, so that areas of different levels are not to be mixed.
    """
    for _ in range(times):
        points, triangles = _once(points, triangles)
    return points, triangles


def _once(points: Floats, triangles: Ints) -> tuple[Floats, Ints]:
    sides = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    opposite = np.roll(triangles, 1, axis=1).ravel()
    edges, where = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    where = where.ravel()
    count = np.bincount(where, minlength=len(edges))
    across = _sums(points[opposite], where, len(edges))
    inner = count == 2
    middle = points[edges].mean(axis=1)
    new = np.where(inner[:, None], points[edges].sum(axis=1) * 0.375 + across * 0.125, middle)
    moved = _moved(points, edges, inner)
    corner = where.reshape(-1, 3) + len(points)  # corner k: the new point on the side from k to k + 1
    a, b, c = triangles.T
    ab, bc, ca = corner.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    fine = np.stack([np.stack(part, axis=1) for part in parts], axis=1).reshape(-1, 3)
    return np.vstack([moved, new]), fine


def _moved(points: Floats, edges: Ints, inner: NDArray[np.bool_]) -> Floats:
    """Return where the old points go."""
    ends = np.concatenate([edges, edges[:, ::-1]])
    around = _sums(points[ends[:, 1]], ends[:, 0], len(points))
    valence = np.bincount(ends[:, 0], minlength=len(points))
    rim = np.concatenate([edges[~inner], edges[~inner][:, ::-1]])
    beside = _sums(points[rim[:, 1]], rim[:, 0], len(points))
    on_rim = np.bincount(rim[:, 0], minlength=len(points))
    weight = np.where(valence == 3, 3.0 / 16.0, 3.0 / (8.0 * np.maximum(valence, 1)))
    weight = np.where(valence > 0, weight, 0.0)
    smooth = points * (1.0 - weight * valence)[:, None] + around * weight[:, None]
    border = points * 0.75 + beside * 0.125
    moved: Floats = np.where((on_rim == 0)[:, None], smooth, np.where((on_rim == 2)[:, None], border, points))
    return moved


def _sums(values: Floats, keys: Ints, count: int) -> Floats:
    """Return (count, 3) the sum of the values of each key."""
    columns = [np.bincount(keys, weights=values[:, axis], minlength=count) for axis in range(values.shape[1])]
    return np.column_stack(columns)
