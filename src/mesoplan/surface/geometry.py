"""Plane and space geometry of the keep-outs and of the margin around the eye: exact areas, no sampling of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DEPTH = 7
"""How often a triangle that several circles' edges cross is quartered: its edges end up 128 times shorter."""

_NOISE = 1e-10
"""Shares of a triangle this close to none or all are rounding."""

_FLAT = 1e-9
"""A triangle whose picture is this small against its longest edge squared is seen edge-on."""


def circle_overlap(triangles: Floats, centre: Floats, radius: float) -> Floats:
    """Return the area (n,) that a disc shares with each plane triangle (n, 3, 2), exactly.

    Each edge contributes the signed area between the disc's centre and the edge's part inside, a sector elsewhere.
    A triangle without area gives 0.
    """
    corners = triangles - centre
    total = np.zeros(len(triangles))
    for start, end in ((0, 1), (1, 2), (2, 0)):
        total += _edge_share(corners[:, start], corners[:, end], radius)
    return np.abs(total)


def _edge_share(p: Floats, q: Floats, radius: float) -> Floats:
    """Return the signed area that a disc round the origin shares with the triangles (origin, p, q)."""
    d = q - p
    length2 = np.maximum((d**2).sum(axis=1), 1e-300)
    middle = -(p * d).sum(axis=1) / length2  # where along the edge it is nearest to the origin
    gap2 = radius**2 - (_cross(p, d) ** 2) / length2  # half the chord, squared
    half = np.sqrt(np.maximum(gap2, 0.0) / length2)
    enter = np.clip(middle - half, 0.0, 1.0)
    leave = np.clip(middle + half, 0.0, 1.0)
    crosses = (gap2 > 0) & (leave > enter)
    enter, leave = np.where(crosses, enter, 0.0), np.where(crosses, leave, 0.0)
    a = p + enter[:, None] * d
    b = np.where(leave[:, None] == 1.0, q, p + leave[:, None] * d)  # an end inside the disc has no sector, to the bit
    inside = np.where(crosses, _cross(a, b) / 2.0, 0.0)
    return inside + radius**2 / 2.0 * (_angle(p, a) + _angle(b, q))


def _cross(u: Floats, v: Floats) -> Floats:
    result: Floats = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return result


def _angle(u: Floats, v: Floats) -> Floats:
    result: Floats = np.arctan2(_cross(u, v), (u * v).sum(axis=1))
    return result


def covered_fractions(triangles: Floats, circles: Floats) -> Floats:
    """Return the share (n,) of each plane triangle (n, 3, 2) covered by the union of circles (k, 3: x, y, radius).

    Exact where the edge of at most one circle crosses a triangle; where several do, the triangle is quartered until
    that no longer matters (edges 128 times shorter). A triangle seen edge-on counts by its centroid.
    """
    circles = np.unique(circles, axis=0)
    fractions = np.zeros(len(triangles))
    if not len(circles):
        return fractions
    size = np.abs(_cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])) / 2.0
    edges = triangles - np.roll(triangles, 1, axis=1)
    flat = size <= _FLAT * np.maximum((edges**2).sum(axis=2).max(axis=1), 1e-300)
    centroids = triangles.mean(axis=1)
    reach = np.linalg.norm(centroids[:, None] - circles[None, :, :2], axis=2) <= circles[:, 2]
    fractions[flat] = reach[flat].any(axis=1)
    fractions[~flat] = _union(triangles[~flat], size[~flat], circles, _DEPTH)
    return fractions


def _union(triangles: Floats, size: Floats, circles: Floats, depth: int) -> Floats:
    if not len(triangles):
        return np.zeros(0)
    shares = np.stack([circle_overlap(triangles, c[:2], float(c[2])) / size for c in circles])
    shares = np.where(shares < _NOISE, 0.0, np.where(shares > 1.0 - _NOISE, 1.0, shares))
    result: Floats = np.minimum(shares.sum(axis=0), 1.0)
    unsure = ((shares > 0.0).sum(axis=0) > 1) & (shares.max(axis=0) < 1.0)
    if unsure.any():
        parts = quarter(triangles[unsure]).reshape(-1, 3, 2)
        inner = _union(parts, np.repeat(size[unsure] / 4.0, 4), circles, depth - 1) if depth else _hits(parts, circles)
        # Whatever the resolution, a union is no smaller than its largest part and no larger than their sum.
        most = shares[:, unsure].max(axis=0)
        result[unsure] = np.clip(inner.reshape(-1, 4).mean(axis=1), most, np.minimum(result[unsure], 1.0))
    return result


def _hits(triangles: Floats, circles: Floats) -> Floats:
    """Return the share of four points, spread over each triangle, that any circle covers."""
    points = quarter(triangles).reshape(-1, 3, 2).mean(axis=1)
    hit = (np.linalg.norm(points[:, None] - circles[None, :, :2], axis=2) <= circles[:, 2]).any(axis=1)
    shares: Floats = hit.reshape(-1, 4).mean(axis=1)
    return shares


def quarter(triangles: Floats) -> Floats:
    """Return the four equal parts (n, 4, 3, d) of each triangle (n, 3, d), cut at the middles of its edges."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.stack([np.stack(part, axis=1) for part in parts], axis=1)


def distance_to_outline(points: Floats, outline: Floats) -> Floats:
    """Return the distance (n,) of points (n, d) to a closed polyline (m, d)."""
    ends = np.roll(outline, -1, axis=0)
    edge = ends - outline
    along = np.einsum("nmd,md->nm", points[:, None] - outline[None], edge) / np.maximum((edge**2).sum(axis=1), 1e-300)
    nearest = outline + np.clip(along, 0.0, 1.0)[..., None] * edge
    distances: Floats = np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)
    return distances


def distance_to_segments(points: Floats, start: Floats, end: Floats) -> Floats:
    """Return the distance (n,) of each point (n, d) to a segment of its own, from (n, d) to (n, d)."""
    edge = end - start
    along = ((points - start) * edge).sum(axis=1) / np.maximum((edge**2).sum(axis=1), 1e-300)
    nearest = start + np.clip(along, 0.0, 1.0)[:, None] * edge
    distances: Floats = np.linalg.norm(points - nearest, axis=1)
    return distances


def label_place(outline: Floats) -> tuple[float, float]:
    """Return a point well inside a plane outline (m, 2): its centroid if that is good enough, else the innermost found.

    The innermost point is sought on a grid of 41 x 41; an outline without an interior gives its centroid.
    """
    low, high = outline.min(axis=0), outline.max(axis=0)
    steps = np.linspace(0.0, 1.0, 41)
    grid = low + np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * (high - low)
    before, after = outline, np.roll(outline, -1, axis=0)
    twist = _cross(before, after)
    doubled = float(twist.sum())
    centroid = ((before + after) * twist[:, None]).sum(axis=0) / (3.0 * doubled) if doubled else outline.mean(axis=0)
    points = np.vstack([centroid, grid])
    room = np.where(inside(points, outline), distance_to_outline(points, outline), 0.0)
    x, y = points[0] if room[0] >= 0.6 * room.max() else points[int(room.argmax())]
    return float(x), float(y)


def inside(points: Floats, polygon: Floats) -> NDArray[np.bool_]:
    """Return for each point (n, 2) whether the polygon (m, 2) encloses it, by the even-odd rule."""
    enclosed = np.zeros(len(points), bool)
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (start[1] > points[:, 1]) != (end[1] > points[:, 1])
        rise = end[1] - start[1]
        if rise:  # a horizontal edge is never crossed
            at = start[0] + (points[:, 1] - start[1]) * (end[0] - start[0]) / rise
            enclosed ^= crosses & (points[:, 0] < at)
    return enclosed


def fraction_beyond(ordered: Floats, limit: float) -> Floats:
    """Return the share (n,) of each triangle where a linear function exceeds a limit.

    The function is given at the corners (n, 3), in rising order.
    """
    low, middle, high = ordered.T
    span = np.maximum(high - low, 1e-300)
    upper = np.where(high > limit, np.maximum(high - limit, 0) ** 2 / (span * np.maximum(high - middle, 1e-300)), 0.0)
    lower = np.where(low < limit, np.maximum(limit - low, 0) ** 2 / (span * np.maximum(middle - low, 1e-300)), 0.0)
    partly = np.where(limit > middle, upper, 1.0 - lower)
    result: Floats = np.where(limit <= low, 1.0, np.where(limit >= high, 0.0, partly))
    return result
