"""A depth buffer in NumPy: which triangle of a mesh is seen in each pixel, and where on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints

_PAIRS = 2_000_000
"""Pairs of triangle and pixel looked at in one go; keeps the memory below 200 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is seen of a mesh from afar, along -z.

    Attributes:
        owner: (height, width) the triangle nearest to the viewer, -1 where there is none.
        depth: (height, width) its z there; -inf where there is none.
    """

    owner: NDArray[np.int32]
    depth: Floats


def pixel_pairs(points: Floats, triangles: Ints, size: tuple[int, int]) -> int:
    """Return how many pixels the triangles' boxes hold in all: the work that `rasterise` would have."""
    low, high = _boxes(points, triangles, size)
    return int(np.prod(np.maximum(high - low, 0), axis=1).sum())


def rasterise(points: Floats, triangles: Ints, size: tuple[int, int]) -> Seen:
    """Return what is seen from +z of triangles over points (n, 3): x and y in pixels, y downwards, z nearness.

    Both sides of a triangle are seen. A pixel belongs to the triangle nearest at the pixel's centre.
    """
    width, height = size
    owner = np.full(width * height, -1, np.int32)
    depth = np.full(width * height, -np.inf)
    low, high = _boxes(points, triangles, size)
    span = np.maximum(high - low, 0)
    count = span[:, 0] * span[:, 1]
    chosen = np.nonzero(count)[0]
    ends = np.cumsum(count[chosen])
    start = 0
    while start < len(chosen):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _PAIRS)))
        _draw(points, triangles, chosen[start:stop], low, span, width, owner, depth)
        start = stop
    return Seen(owner.reshape(height, width), depth.reshape(height, width))


def _boxes(points: Floats, triangles: Ints, size: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return the first pixel and the one after the last whose centre may lie in each triangle, within the picture."""
    flat = points[:, :2]
    a, b, c = (flat[triangles[:, corner]] for corner in range(3))
    low = np.ceil(np.minimum(np.minimum(a, b), c) - 0.5)
    high = np.floor(np.maximum(np.maximum(a, b), c) - 0.5) + 1.0
    limit = np.array(size, float)
    return np.clip(low, 0, limit).astype(np.int64), np.clip(high, 0, limit).astype(np.int64)


def _draw(
    points: Floats,
    triangles: Ints,
    chosen: Ints,
    low: Ints,
    span: Ints,
    width: int,
    owner: NDArray[np.int32],
    depth: Floats,
) -> None:
    """Draw some triangles into the buffers, of which `owner` and `depth` are changed."""
    count = span[chosen, 0] * span[chosen, 1]
    pair = np.repeat(np.arange(len(chosen)), count)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    one = chosen[pair]
    columns = span[one, 0]
    x, y = low[one, 0] + within % columns, low[one, 1] + within // columns
    a, b, c = (points[triangles[chosen, corner]] for corner in range(3))
    u, v = b - a, c - a
    twice = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    scale = np.divide(1.0, twice, out=np.full_like(twice, np.nan), where=twice != 0.0)
    px, py = x + 0.5 - a[pair, 0], y + 0.5 - a[pair, 1]
    s = (px * v[pair, 1] - py * v[pair, 0]) * scale[pair]
    t = (py * u[pair, 0] - px * u[pair, 1]) * scale[pair]
    hit = np.nonzero((s >= 0.0) & (t >= 0.0) & (s + t <= 1.0))[0]
    z = a[pair[hit], 2] + s[hit] * u[pair[hit], 2] + t[hit] * v[pair[hit], 2]
    pixel = y[hit] * width + x[hit]
    order = np.argsort(z, kind="stable")
    pixel, z, one = pixel[order], z[order], one[hit][order]
    nearest = np.full(len(depth), -1, np.int64)
    nearest[pixel] = np.arange(len(pixel))  # the last one written, which is the nearest, stays
    last = np.nonzero(nearest >= 0)[0]
    which = nearest[last]
    closer = z[which] > depth[last]
    owner[last[closer]] = one[which[closer]]
    depth[last[closer]] = z[which[closer]]
