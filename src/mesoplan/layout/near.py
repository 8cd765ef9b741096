"""Which points on a surface are near one another: a flat grid of columns, so that memory grows with the points only.

Skin is a sheet: seen along the axis in which it extends least, few of its points lie behind one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mesoplan.layout.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints

    Numbers = NDArray[np.int32]

_PER_POINT = 4.0
"""Most columns for each point: where points lie far apart, columns are wider than asked for."""
_WIDER = 1.0 + 1e-9
"""Columns against the distance looked for: rounding must not put neighbours two columns apart."""
_GUESS = 32
"""Neighbours of a point for which there is room at first; if they are more, they are looked for again."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each point, those near it.

    Attributes:
        starts: (n + 1,) where each point's neighbours begin in `others`.
        others: (m,) numbers of the neighbours.
        distance_mm: (m,) how far they are.
    """

    starts: Ints
    others: Numbers
    distance_mm: Floats


class _Grid(NamedTuple):
    """Columns over two of the three axes; those at the rim are empty.

    Attributes:
        first: The axis along which rows follow one another.
        second: The axis along a row.
        low: Least coordinate of the points along the first axis.
        lower: Least along the second.
        size: Width of a column.
        rows: Number of rows.
        wide: Columns in a row.
    """

    first: int
    second: int
    low: float
    lower: float
    size: float
    rows: int
    wide: int


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Points by the column that they lie in.

    Attributes:
        grid: Where the columns are.
        points_mm: (n, 3) column by column.
        order: (n,) their numbers.
        column: (n,) the column of each.
        starts: Where the points of each column begin; one more than there are columns.
    """

    grid: _Grid
    points_mm: Floats
    order: Numbers
    column: Numbers
    starts: Numbers


def neighbours(
    points_mm: Floats, normals: Floats, radius_mm: Floats, seen: NDArray[np.bool_] | None = None
) -> Neighbours:
    """Return for each point the others nearer than it asks for, on the same side of the skin.

    Args:
        points_mm: (n, 3).
        normals: (n, 3) unit normals.
        radius_mm: (n,) how far each point looks; nowhere for 0.
        seen: (n,) whether a point that is itself seen sees it; one that is not sees all. All are, if not given.
    """
    seen = np.ones(len(points_mm), np.bool_) if seen is None else seen
    count, size = len(points_mm), float(radius_mm.max(initial=0.0))
    starts = np.zeros(count + 1, np.int64)
    if not count or size <= 0.0:
        return Neighbours(starts, np.empty(0, np.int32), np.empty(0))
    columns = _in_columns(points_mm, size)
    grid = columns.points_mm, columns.order, columns.column, columns.starts, columns.grid.wide
    room, found = 0, _GUESS * count
    while found > room:
        room = found
        others, distance = np.empty(room, np.int32), np.empty(room)
        found = int(_list_near(*grid, normals, radius_mm, seen, starts, others, distance))
    return Neighbours(starts, others[:found], distance[:found])


def near_pairs(points_mm: Floats, normals: Floats, least_mm: Floats) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of points nearer than both wish, (m,) lower number, (m,) higher number, (m,) distance.

    Points whose normals oppose each other are on different sides of the skin, as on two lips that meet, and not near.

    Args:
        points_mm: (n, 3).
        normals: (n, 3).
        least_mm: (n,) the distance that each wishes; of a pair the smaller counts.
    """
    one, other, distance = close_pairs(points_mm, least_mm)
    same = facing(normals[one], normals[other])
    return one[same], other[same], distance[same]


def close_pairs(points_mm: Floats, least_mm: Floats) -> tuple[Ints, Ints, Floats]:
    """Return what `near_pairs` returns, on whichever side of the skin the points are."""
    size = float(least_mm.max(initial=0.0))
    if not len(points_mm) or size <= 0.0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    columns = _in_columns(points_mm, size)
    grid = columns.points_mm, columns.order, columns.column, columns.starts, columns.grid.wide
    room, found = 0, len(points_mm)
    while found > room:
        room = found
        one, other, distance = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
        found = int(_pairs(*grid, least_mm, one, other, distance))
    return one[:found], other[:found], distance[:found]


def facing(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Return (n,) whether two normals each are of the same side of the skin."""
    same: NDArray[np.bool_] = one[:, 0] * other[:, 0] + one[:, 1] * other[:, 1] + one[:, 2] * other[:, 2] > 0.0
    return same


def least_distance_mm(points_mm: Floats, normals: Floats, radius_mm: float) -> float:
    """Return the smallest distance of two points on the same side of the skin; infinite if none is so near."""
    distance = near_pairs(points_mm, normals, np.full(len(points_mm), radius_mm))[2]
    return float(distance.min(initial=np.inf))


def keep_apart(points_mm: Floats, normals: Floats, least_mm: Floats) -> NDArray[np.bool_]:
    """Return (n,) whether each point stays when, of two too near each other, the later goes.

    Args:
        points_mm: (n, 3).
        normals: (n, 3).
        least_mm: (n,) the distance that each keeps; of a pair the smaller counts.
    """
    one, other, _ = near_pairs(points_mm, normals, least_mm)
    return without_later(len(points_mm), one, other)


def without_later(count: int, one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Return (count,) whether each point stays when of each pair the later goes, unless the earlier has gone."""
    stays = np.ones(count, np.bool_)
    for number in np.lexsort((one, other)):  # few: only where a lattice meets what it was not made for
        if stays[one[number]]:
            stays[other[number]] = False
    return stays


def distance_to_mm(points_mm: Floats, places_mm: Floats, most_mm: float) -> Floats:
    """Return (n,) how far each point is from the nearest of some places; infinite where that is `most_mm` or more."""
    distance = np.full(len(points_mm), np.inf)
    if len(points_mm) and len(places_mm):
        columns = _in_columns(places_mm, most_mm)
        _nearest(points_mm, columns.grid, columns.points_mm, columns.starts, most_mm, distance)
    return distance


def _grid_of(points_mm: Floats, size_mm: float) -> _Grid:
    """Return the grid over some points; no column is less wide than asked for."""
    bounds = np.empty((2, 3))
    _bound(points_mm, bounds)
    low, extent = bounds[0], bounds[1] - bounds[0]
    first, second = sorted(np.argsort(-extent, kind="stable")[:2].tolist())
    wide, high, most = float(extent[first]), float(extent[second]), _PER_POINT * len(points_mm)
    size = max(size_mm * _WIDER, math.sqrt(wide * high / most), max(wide, high) / most)
    return _Grid(first, second, float(low[first]), float(low[second]), size, int(wide / size) + 3, int(high / size) + 3)


def _in_columns(points_mm: Floats, size_mm: float) -> _Columns:
    """Return points by columns at least so wide."""
    grid, count = _grid_of(points_mm, size_mm), len(points_mm)
    column, order = np.empty(count, np.int32), np.empty(count, np.int32)
    starts, points = np.zeros(grid.rows * grid.wide + 1, np.int32), np.empty((count, 3))
    _sort(points_mm, grid, column, order, starts, points)
    return _Columns(grid, points, order, column, starts)


@compiled
def _bound(points: Floats, bounds: Floats) -> None:
    """Write the least and the most of each coordinate."""
    for axis in range(3):
        least, most = points[0, axis], points[0, axis]
        for p in range(1, len(points)):
            least, most = min(least, points[p, axis]), max(most, points[p, axis])
        bounds[0, axis], bounds[1, axis] = least, most


@compiled
def _sort(points: Floats, grid: _Grid, column: Numbers, order: Numbers, starts: Numbers, placed: Floats) -> None:
    """Write the points column by column, in their own order within each."""
    own = np.empty(len(points), np.int32)
    for p in range(len(points)):
        row = int((points[p, grid.first] - grid.low) / grid.size) + 1
        own[p] = row * grid.wide + int((points[p, grid.second] - grid.lower) / grid.size) + 1
        starts[own[p] + 1] += 1
    for number in range(1, len(starts)):
        starts[number] += starts[number - 1]
    at = starts[:-1].copy()
    for p in range(len(points)):
        to = at[own[p]]
        at[own[p]] = to + 1
        column[to], order[to] = own[p], p
        for axis in range(3):
            placed[to, axis] = points[p, axis]


@compiled
def _pairs(
    points: Floats,
    order: Numbers,
    column: Numbers,
    starts: Numbers,
    wide: int,
    least: Floats,
    one: Ints,
    other: Ints,
    distance: Floats,
) -> int:
    """Return the number of near pairs; write them where the three arrays have room.

    Behind a point lie the columns of the row before, and those of its own row up to itself.
    """
    found, room = 0, len(one)
    for p in range(len(points)):
        before = column[p] - wide
        for row in range(2):
            begin, end = starts[before - 1], starts[before + 2]
            if row == 1:
                begin, end = starts[column[p] - 1], p
            for q in range(begin, end):
                x, y, z = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1], points[p, 2] - points[q, 2]
                square = x * x + y * y + z * z
                a, b = order[p], order[q]
                wished = min(least[a], least[b])
                if square < wished * wished:
                    if found < room:
                        one[found], other[found], distance[found] = min(a, b), max(a, b), np.sqrt(square)
                    found += 1
    return found


@compiled
def _same_side(normals: Floats, a: int, b: int) -> bool:
    """Return whether two normals are of the same side of the skin."""
    cosine: float = normals[a, 0] * normals[b, 0] + normals[a, 1] * normals[b, 1] + normals[a, 2] * normals[b, 2]
    return cosine > 0.0


@compiled
def _list_near(
    points: Floats,
    order: Numbers,
    column: Numbers,
    starts: Numbers,
    wide: int,
    normals: Floats,
    radius: Floats,
    seen: NDArray[np.bool_],
    begins: Ints,
    others: Numbers,
    distance: Floats,
) -> int:
    """Return how many neighbours all points have; write them, point after point, where there is room."""
    place = np.empty(len(points), np.int32)
    for p in range(len(points)):
        place[order[p]] = p
    found, room = 0, len(others)
    for a in range(len(points)):
        begins[a] = found
        p = place[a]
        square = radius[a] * radius[a]
        for row in range(-1, 2):
            middle = column[p] + row * wide
            if square == 0.0:
                break
            for q in range(starts[middle - 1], starts[middle + 2]):
                x, y, z = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1], points[p, 2] - points[q, 2]
                apart = x * x + y * y + z * z
                b = order[q]
                if apart < square and q != p and (seen[b] or not seen[a]) and _same_side(normals, a, b):
                    if found < room:
                        others[found], distance[found] = b, np.sqrt(apart)
                    found += 1
    begins[len(points)] = found
    return found


@compiled
def _nearest(points: Floats, grid: _Grid, places: Floats, starts: Numbers, most: float, distance: Floats) -> None:
    """Write the distance of each point from the nearest place within `most`."""
    rows, wide = grid.rows, grid.wide
    for p in range(len(points)):
        row = np.floor((points[p, grid.first] - grid.low) / grid.size) + 1.0
        along = np.floor((points[p, grid.second] - grid.lower) / grid.size) + 1.0
        if row < 0 or row >= rows or along < 0 or along >= wide:
            continue
        least = most * most
        for near in range(max(int(row) - 1, 0), min(int(row) + 2, rows)):
            begin, end = near * wide + max(int(along) - 1, 0), near * wide + min(int(along) + 2, wide)
            for q in range(starts[begin], starts[end]):
                x, y, z = points[p, 0] - places[q, 0], points[p, 1] - places[q, 1], points[p, 2] - places[q, 2]
                least = min(least, x * x + y * y + z * z)
        if least < most * most:
            distance[p] = np.sqrt(least)
