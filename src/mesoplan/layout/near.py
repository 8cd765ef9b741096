"""Which points on a surface are near one another: a sorted grid of cells, so that memory grows with the points only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints

_WIDE = 2097152
"""Cells along an axis that one number can tell apart (2^21)."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Points sorted into cells.

    Attributes:
        points_mm: (n, 3) in the order of their cells.
        normals: (n, 3) in that order.
        order: (n,) the original number of each.
        cells: (n, 3) the cell of each, counted from 1.
        keys: (n,) the cells' numbers, rising.
        radius_mm: Size of a cell, and up to which distance points are near.
    """

    points_mm: Floats
    normals: Floats
    order: Ints
    cells: Ints
    keys: Ints
    radius_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each point, those near it, by rising number.

    Attributes:
        starts: (n + 1,) where each point's neighbours begin in `others`.
        others: (m,) numbers of the neighbours.
        distance_mm: (m,) how far they are.
    """

    starts: Ints
    others: Ints
    distance_mm: Floats


def sort_into_cells(points_mm: Floats, normals: Floats, radius_mm: float) -> Grid:
    """Return the points in cells; points whose normals oppose each other will not be near, as on two lips that meet.

    Raises:
        ValueError: If the points spread over more cells than can be counted.
    """
    low = points_mm.min(axis=0) if len(points_mm) else np.zeros(3)
    cells = np.floor((points_mm - low) / radius_mm).astype(np.int64) + 1
    if int(cells.max(initial=0)) >= _WIDE - 1:
        raise ValueError(f"points spread over {cells.max()} cells of {radius_mm} mm: too many to be counted")
    keys = (cells[:, 0] * _WIDE + cells[:, 1]) * _WIDE + cells[:, 2]
    order = np.argsort(keys, kind="stable")
    return Grid(points_mm[order], normals[order], order, cells[order], keys[order], radius_mm)


def neighbours(points_mm: Floats, normals: Floats, radius_mm: float) -> Neighbours:
    """Return for each point the others within a radius, on the same side of the skin.

    Args:
        points_mm: (n, 3).
        normals: (n, 3) unit normals.
        radius_mm: Above 0.
    """
    grid = sort_into_cells(points_mm, normals, radius_mm)
    counts = _count_near(grid.points_mm, grid.normals, grid.cells, grid.keys, radius_mm)
    starts = np.concatenate([[0], np.cumsum(counts)])
    first, second = np.empty(starts[-1], np.int64), np.empty(starts[-1], np.int64)
    distance = np.empty(starts[-1])
    _list_near(grid.points_mm, grid.normals, grid.cells, grid.keys, radius_mm, first, second, distance)
    first, second = grid.order[first], grid.order[second]
    by = np.lexsort((second, first))
    amount = np.bincount(first, minlength=len(points_mm))
    return Neighbours(np.concatenate([[0], np.cumsum(amount)]), second[by], distance[by])


def least_distance_mm(points_mm: Floats, normals: Floats, radius_mm: float) -> float:
    """Return the smallest distance of two points on the same side of the skin; infinite if none is so near."""
    grid = sort_into_cells(points_mm, normals, radius_mm)
    return float(_least_near(grid.points_mm, grid.normals, grid.cells, grid.keys, radius_mm))


def keep_apart(points_mm: Floats, normals: Floats, least_mm: Floats) -> NDArray[np.bool_]:
    """Return (n,) whether each point stays when, of two too near each other, the later goes; none for no points.

    Args:
        points_mm: (n, 3).
        normals: (n, 3); only points on the same side of the skin are near.
        least_mm: (n,) the distance that each keeps; of a pair the smaller counts.
    """
    stays = np.ones(len(points_mm), np.bool_)
    if len(points_mm):
        grid = sort_into_cells(points_mm, normals, float(least_mm.max()))
        place = np.empty(len(points_mm), np.int64)
        place[grid.order] = np.arange(len(points_mm))
        least = least_mm[grid.order]
        _drop_near(grid.points_mm, grid.normals, grid.cells, grid.keys, grid.order, place, least, stays)
    return stays


@compiled
def _column(keys: Ints, x: int, y: int, z: int) -> tuple[int, int]:
    """Return where the points of the cells (x, y, z - 1) to (x, y, z + 1) begin and end."""
    first = (x * 2097152 + y) * 2097152 + z - 1
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < first:
            low = middle + 1
        else:
            high = middle
    end = low
    while end < len(keys) and keys[end] <= first + 2:
        end += 1
    return low, end


@compiled
def _distance(points: Floats, normals: Floats, p: int, q: int, radius: float) -> float:
    """Return the distance of two points, or -1 where they are not near."""
    x, y, z = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1], points[p, 2] - points[q, 2]
    square = x * x + y * y + z * z
    if square > radius * radius:
        return -1.0
    facing = normals[p, 0] * normals[q, 0] + normals[p, 1] * normals[q, 1] + normals[p, 2] * normals[q, 2]
    return float(np.sqrt(square)) if facing > 0.0 else -1.0


@compiled
def _count_near(points: Floats, normals: Floats, cells: Ints, keys: Ints, radius: float) -> Ints:
    counts = np.zeros(len(points), np.int64)
    for p in range(len(points)):
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                low, end = _column(keys, cells[p, 0] + dx, cells[p, 1] + dy, cells[p, 2])
                for q in range(low, end):
                    if q != p and _distance(points, normals, p, q, radius) >= 0.0:
                        counts[p] += 1
    return counts


@compiled
def _list_near(
    points: Floats,
    normals: Floats,
    cells: Ints,
    keys: Ints,
    radius: float,
    first: Ints,
    second: Ints,
    distance: Floats,
) -> None:
    at = 0
    for p in range(len(points)):
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                low, end = _column(keys, cells[p, 0] + dx, cells[p, 1] + dy, cells[p, 2])
                for q in range(low, end):
                    apart = _distance(points, normals, p, q, radius)
                    if q != p and apart >= 0.0:
                        first[at], second[at], distance[at] = p, q, apart
                        at += 1


@compiled
def _least_near(points: Floats, normals: Floats, cells: Ints, keys: Ints, radius: float) -> float:
    least = np.inf
    for p in range(len(points)):
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                low, end = _column(keys, cells[p, 0] + dx, cells[p, 1] + dy, cells[p, 2])
                for q in range(low, min(end, p)):
                    apart = _distance(points, normals, p, q, radius)
                    if 0.0 <= apart < least:
                        least = apart
    return least


@compiled
def _drop_near(
    points: Floats,
    normals: Floats,
    cells: Ints,
    keys: Ints,
    order: Ints,
    place: Ints,
    least: Floats,
    stays: NDArray[np.bool_],
) -> None:
    for number in range(len(points)):
        p = place[number]
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                low, end = _column(keys, cells[p, 0] + dx, cells[p, 1] + dy, cells[p, 2])
                for q in range(low, end):
                    if order[q] < number and stays[order[q]] and stays[number]:
                        apart = _distance(points, normals, p, q, min(least[p], least[q]))
                        if apart >= 0.0 and apart < min(least[p], least[q]):
                            stays[number] = False
