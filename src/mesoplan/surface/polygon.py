"""A flat polygon: what is wrong with it, and an even mesh that fills it exactly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.geometry import distance_to_outline, inside
from mesoplan.surface.parameters import number, whole_number
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from mesoplan.surface.skin import Floats, Ints

_ROUNDS = 24
_SAME = 1e-9
"""Corners nearer than this share of the polygon's size are one."""


def polygon_problem(corners: Floats) -> tuple[str, str, str] | None:
    """Return value, message and remedy if these corners (n, 2) enclose no area in one piece, else None."""
    most = whole_number("max_polygon_corners")
    if len(corners) < 3:
        return f"{len(corners)} corners", "a polygon has at least three corners", "Add the missing corners."
    if len(corners) > most:
        return f"{len(corners)} corners", f"a drawn polygon has at most {most} corners", "Draw it with fewer."
    if not np.isfinite(corners).all():
        bad = int(np.nonzero(~np.isfinite(corners).all(axis=1))[0][0])
        return f"corner {bad + 1}", "a corner is not a pair of finite numbers", "Give x and y in millimetres."
    size = float(np.ptp(corners, axis=0).max())
    step = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if (step <= _SAME * size).any():
        at = int(step.argmin())
        return f"corner {at + 1}", "two corners that follow each other are the same", "Leave one of them out."
    crossing = _crossing(corners)
    if crossing is not None:
        first, second = crossing
        value = f"the sides after corners {first + 1} and {second + 1}"
        return value, "the polygon crosses or touches itself", "Draw its outline once round, without crossing it."
    least = number("min_patch_area_cm2") * MM2_PER_CM2
    if abs(signed_area(corners)) < least:
        area = abs(signed_area(corners)) / MM2_PER_CM2
        return f"{area:.2g} cm2", "the polygon has next to no area", f"Draw at least {least / MM2_PER_CM2:g} cm2."
    return None


def signed_area(corners: Floats) -> float:
    """Return the area of a polygon (n, 2), positive where it runs counter-clockwise."""
    x, y = (corners - corners[0]).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2.0)


def fill_polygon(corners: Floats, edge_mm: float) -> tuple[Floats, Ints]:
    """Return points (n, 2) and counter-clockwise triangles (m, 3) that fill a simple polygon (k, 2) exactly.

    Points of a hexagonal lattice fill it, points along its sides bound it; a side that Delaunay's triangulation cuts
    off is halved until it stands.
    """
    from scipy.spatial import Delaunay

    if signed_area(corners) < 0.0:
        corners = corners[::-1]
    border = _sampled(corners, edge_mm)
    lattice = _lattice(corners, edge_mm)
    within = lattice[inside(lattice, corners)]
    within = within[distance_to_outline(within, corners) > edge_mm / 2.0] if len(within) else within
    for _ in range(_ROUNDS):
        points = np.vstack([border, within])
        triangles = np.asarray(Delaunay(points).simplices, np.int64)
        missing = _missing(triangles, len(border))
        if not len(missing):
            break
        middles = (border[missing] + border[(missing + 1) % len(border)]) / 2.0
        border = np.insert(border, missing + 1, middles, axis=0)
    corner = points[triangles]
    twice = _turn(corner[:, 0], corner[:, 1], corner[:, 2])
    kept = inside(corner.mean(axis=1), corners) & (np.abs(twice) > _SAME * edge_mm**2)
    turned = np.where((twice < 0.0)[:, None], triangles[:, ::-1], triangles)
    return points, turned[kept]


def _sampled(corners: Floats, edge_mm: float) -> Floats:
    sides = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        parts = max(1, math.ceil(float(np.linalg.norm(end - start)) / edge_mm))
        sides.append(start + np.arange(parts)[:, None] / parts * (end - start))
    return np.concatenate(sides)


def _lattice(corners: Floats, edge_mm: float) -> Floats:
    low, high = corners.min(axis=0), corners.max(axis=0)
    rise = edge_mm * math.sqrt(3.0) / 2.0
    columns, rows = int((high[0] - low[0]) / edge_mm) + 2, int((high[1] - low[1]) / rise) + 2
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    return np.column_stack([(low[0] + (column + row % 2 / 2.0) * edge_mm).ravel(), (low[1] + row * rise).ravel()])


def _missing(triangles: Ints, border: int) -> Ints:
    """Return the sides, by their first point, that are no edge of any triangle."""
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    present = set(map(tuple, edges[(edges < border).all(axis=1)].tolist()))
    sides = ((at, (at + 1) % border) for at in range(border))
    return np.array([a for a, b in sides if (min(a, b), max(a, b)) not in present], np.int64)


def _crossing(corners: Floats) -> tuple[int, int] | None:
    """Return two sides, by their first corners, that meet elsewhere than at a corner they share; None if none do."""
    count, ends = len(corners), np.roll(corners, -1, axis=0)
    first, second = np.triu_indices(count, 1)
    beside = (second - first == 1) | ((first == 0) & (second == count - 1))
    a, b, c, d = corners[first], ends[first], corners[second], ends[second]
    size = float(np.ptp(corners, axis=0).max())
    near = _SAME * size**2
    sides = [_sign(_turn(*three), near) for three in ((a, b, c), (a, b, d), (c, d, a), (c, d, b))]
    apart = (np.maximum(a, b) < np.minimum(c, d)).any(axis=1) | (np.maximum(c, d) < np.minimum(a, b)).any(axis=1)
    meet = (sides[0] * sides[1] <= 0) & (sides[2] * sides[3] <= 0) & ~apart
    # Sides that share a corner meet there; they are wrong only where one folds back over the other.
    straight = np.abs(_turn(a, b, c)) + np.abs(_turn(a, b, d)) <= near
    back = straight & (((b - a) * (d - c)).sum(axis=1) < 0.0)
    wrong = np.nonzero(np.where(beside, back, meet))[0]
    return (int(first[wrong[0]]), int(second[wrong[0]])) if len(wrong) else None


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return twice the signed area of each triangle (n, 2) a, b, c."""
    u, v = b - a, c - a
    twice: Floats = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return twice


def _sign(values: Floats, near: float) -> Floats:
    signs: Floats = np.where(np.abs(values) <= near, 0.0, np.sign(values))
    return signs
