"""Which points on a surface are near one another: a sorted grid of cells, so that memory grows with the points only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints

_MOST = 2**62
"""What cells times points may come to, so that a cell and a point fit into one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each point, those near it.

    Attributes:
        starts: (n + 1,) where each point's neighbours begin in `others`.
        others: (m,) numbers of the neighbours.
        distance_mm: (m,) how far they are.
    """

    starts: Ints
    others: Ints
    distance_mm: Floats


def neighbours(points_mm: Floats, normals: Floats, radius_mm: float) -> Neighbours:
    """Return for each point the others nearer than a radius, on the same side of the skin.

    Args:
        points_mm: (n, 3).
        normals: (n, 3) unit normals.
        radius_mm: Above 0.
    """
    one, other, distance = near_pairs(points_mm, normals, np.full(len(points_mm), radius_mm))
    counts = np.bincount(one, minlength=len(points_mm)) + np.bincount(other, minlength=len(points_mm))
    starts = np.concatenate([[0], np.cumsum(counts)])
    others, apart = np.empty(2 * len(one), np.int64), np.empty(2 * len(one))
    _list_both(one, other, distance, starts[:-1].copy(), others, apart)
    return Neighbours(starts, others, apart)


def near_pairs(points_mm: Floats, normals: Floats, least_mm: Floats) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of points nearer than both wish, (m,) lower number, (m,) higher number, (m,) distance.

    Points whose normals oppose each other are on different sides of the skin, as on two lips that meet, and not near.

    Args:
        points_mm: (n, 3).
        normals: (n, 3).
        least_mm: (n,) the distance that each wishes; of a pair the smaller counts.

    Raises:
        ValueError: If the points spread over more cells than can be counted.
    """
    size = float(least_mm.max(initial=0.0))
    if not len(points_mm) or size <= 0.0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    count = len(points_mm)
    cells = ((points_mm - points_mm.min(axis=0)) / size).astype(np.int64) + 1
    wide, deep = int(cells[:, 1].max()) + 2, int(cells[:, 2].max()) + 2
    if (int(cells[:, 0].max()) + 2) * wide * deep * count > _MOST:
        raise ValueError(f"{count} points spread over {cells.max(axis=0)} cells of {size} mm: too many to be counted")
    cell_and_point = np.sort(((cells[:, 0] * wide + cells[:, 1]) * deep + cells[:, 2]) * count + np.arange(count))
    keys, order = np.divmod(cell_and_point, count)
    columns = np.array([-(wide + 1) * deep, -wide * deep, -(wide - 1) * deep, -deep, 0])
    ordered = points_mm[order], keys, order, columns, normals, least_mm
    found = _pairs(*ordered, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    one, other, distance = np.empty(found, np.int64), np.empty(found, np.int64), np.empty(found)
    _pairs(*ordered, one, other, distance)
    return np.minimum(one, other), np.maximum(one, other), distance


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
    stays = np.ones(len(points_mm), np.bool_)
    for number in np.lexsort((one, other)):  # few: only where a lattice meets what it was not made for
        if stays[one[number]]:
            stays[other[number]] = False
    return stays


@compiled
def _pairs(
    points: Floats,
    keys: Ints,
    order: Ints,
    columns: Ints,
    normals: Floats,
    least: Floats,
    one: Ints,
    other: Ints,
    distance: Floats,
) -> int:
    """Return the number of near pairs; write them where the three arrays have room.

    Points come sorted by cell, so that five columns of cells, each behind the point's own, move along with it.
    """
    begins = np.zeros(5, np.int64)
    found, room = 0, len(one)
    for p in range(len(points)):
        for column in range(5):
            first = keys[p] + columns[column] - 1
            low = begins[column]
            while keys[low] < first:
                low += 1
            begins[column] = low
            q = low
            while q < p and keys[q] <= first + 2:
                a, b = order[p], order[q]
                x, y, z = points[p, 0] - points[q, 0], points[p, 1] - points[q, 1], points[p, 2] - points[q, 2]
                square = x * x + y * y + z * z
                wished = min(least[a], least[b])
                if square < wished * wished:
                    facing = (
                        normals[a, 0] * normals[b, 0] + normals[a, 1] * normals[b, 1] + normals[a, 2] * normals[b, 2]
                    )
                    if facing > 0.0:
                        if found < room:
                            one[found], other[found], distance[found] = a, b, np.sqrt(square)
                        found += 1
                q += 1
    return found


@compiled
def _list_both(one: Ints, other: Ints, distance: Floats, at: Ints, others: Ints, apart: Floats) -> None:
    """Write each pair to both its points' lists, which begin at `at`."""
    for pair in range(len(one)):
        a, b = one[pair], other[pair]
        others[at[a]], apart[at[a]] = b, distance[pair]
        others[at[b]], apart[at[b]] = a, distance[pair]
        at[a] += 1
        at[b] += 1
