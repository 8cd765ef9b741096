"""Lays a coloured lattice on charts: every lattice point that falls into a triangle is brought back onto the skin.

`lay_plainly` is the NumPy reference; where Numba is installed `lay` does the same arithmetic point by point in machine
code, and gives the same bits. A point on an edge belongs to exactly one of its two triangles: the sign of a point
against an edge is always computed from the edge's lower-numbered end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints

SLACK = 1e-6
"""How far beyond a triangle's rounded ends lattice points are still tried, in steps of the lattice."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Triangles in the coordinates of a lattice, ready to be laid.

    Attributes:
        place: (t, 3, 2) corners in lattice coordinates: whole numbers are lattice points.
        corners_mm: (t, 3, 3) corners on the skin.
        forward: (t, 3) whether the edge that faces each corner runs from its lower-numbered vertex to the higher.
        hermite: (d1, c, d2) of the colouring, see `Interleaving`.
    """

    place: Floats
    corners_mm: Floats
    forward: NDArray[np.bool_]
    hermite: tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Lattice points on a sheet.

    Attributes:
        positions_mm: (n, 3) on the skin.
        triangle: (n,) index into the sheet's triangles; never falls.
        colour: (n,) 0 to the number of sessions - 1.
    """

    positions_mm: Floats
    triangle: NDArray[np.int32]
    colour: NDArray[np.int16]


def make_sheet(
    uv_mm: Floats, corners_mm: Floats, vertices: Ints, basis_mm: Floats, hermite: tuple[int, int, int]
) -> Sheet:
    """Return triangles in lattice coordinates.

    Args:
        uv_mm: (t, 3, 2) corners in the plane, the lattice's origin at 0.
        corners_mm: (t, 3, 3) corners on the skin.
        vertices: (t, 3) numbers of the corners.
        basis_mm: (2, 2) rows are the lattice's basis.
        hermite: (d1, c, d2) of the colouring.
    """
    forward = vertices[:, [1, 2, 0]] < vertices[:, [2, 0, 1]]
    return Sheet(np.ascontiguousarray(uv_mm @ np.linalg.inv(basis_mm)), corners_mm, forward, hermite)


def lay(sheet: Sheet) -> Laid:
    """Return every lattice point of a sheet, triangle by triangle, row by row; none for no triangles."""
    from mesoplan.layout import kernels

    if not kernels.COMPILED:
        return lay_plainly(sheet)
    total = int(kernels.count_points(sheet.place, sheet.forward).sum())
    laid = Laid(np.empty((total, 3)), np.empty(total, np.int32), np.empty(total, np.int16))
    kernels.fill_points(
        sheet.place, sheet.corners_mm, sheet.forward, sheet.hermite, laid.positions_mm, laid.triangle, laid.colour
    )
    return laid


def lay_plainly(sheet: Sheet) -> Laid:
    """Return what `lay` returns, to the bit, by NumPy alone: slower, and the reference."""
    owner, i, j = _candidates(sheet.place)
    weights, inside = _weigh(sheet, owner, i, j)
    owner, i, j, weights = owner[inside], i[inside], j[inside], weights[inside]
    corners = sheet.corners_mm[owner]
    total = weights[:, 0] + weights[:, 1] + weights[:, 2]
    positions = (
        (weights[:, 0] / total)[:, None] * corners[:, 0]
        + (weights[:, 1] / total)[:, None] * corners[:, 1]
        + (weights[:, 2] / total)[:, None] * corners[:, 2]
    )
    d1, c, d2 = sheet.hermite
    turns = np.floor_divide(i, d1)
    colour = (i - turns * d1) * d2 + np.mod(j - turns * c, d2)
    return Laid(positions, owner.astype(np.int32), colour.astype(np.int16))


def _candidates(place: Floats) -> tuple[Ints, Ints, Ints]:
    """Return (triangle, i, j) of every lattice point in a triangle's rows, a little beyond its ends."""
    low = np.ceil(place[:, :, 0].min(axis=1, initial=np.inf) - SLACK).astype(np.int64)
    high = np.floor(place[:, :, 0].max(axis=1, initial=-np.inf) + SLACK).astype(np.int64)
    rows = np.maximum(high - low + 1, 0)
    owner = np.repeat(np.arange(len(place)), rows)
    i = low[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(rows) - rows, rows)
    first, last = _row_ends(place[owner], i.astype(float))
    counts = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(owner)), counts)
    j = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner[row], i[row], j


def _row_ends(place: Floats, row: Floats) -> tuple[Ints, Ints]:
    """Return the first and last whole number that each row meets in its triangle; the first is larger for none."""
    least, most = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        x0, y0, x1, y1 = place[:, start, 0], place[:, start, 1], place[:, end, 0], place[:, end, 1]
        crosses = (np.minimum(x0, x1) <= row + SLACK) & (np.maximum(x0, x1) >= row - SLACK)
        upright = np.abs(x1 - x0) <= SLACK
        share = np.clip((row - x0) / np.where(upright, 1.0, x1 - x0), 0.0, 1.0)
        one = np.where(upright, np.minimum(y0, y1), y0 + share * (y1 - y0))
        other = np.where(upright, np.maximum(y0, y1), one)
        least = np.where(crosses, np.minimum(least, one), least)
        most = np.where(crosses, np.maximum(most, other), most)
    met = least <= most
    least, most = np.where(met, least, 1.0), np.where(met, most, 0.0)
    return np.ceil(least - SLACK).astype(np.int64), np.floor(most + SLACK).astype(np.int64)


def _weigh(sheet: Sheet, owner: Ints, i: Ints, j: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (n, 3) twice the signed area that each point spans with each edge, and whether it is inside."""
    x, y = i.astype(float), j.astype(float)
    place, forward = sheet.place[owner], sheet.forward[owner]
    spans = np.empty((len(owner), 3))
    for corner in range(3):
        a, b = place[:, (corner + 1) % 3], place[:, (corner + 2) % 3]
        ahead = forward[:, corner]
        p, q = np.where(ahead[:, None], a, b), np.where(ahead[:, None], b, a)
        span = (q[:, 0] - p[:, 0]) * (y - p[:, 1]) - (q[:, 1] - p[:, 1]) * (x - p[:, 0])
        spans[:, corner] = np.where(ahead, span, -span)
    turned = spans[:, 0] + spans[:, 1] + spans[:, 2] < 0.0
    signed = np.where(turned[:, None], -spans, spans)
    owned = (signed > 0.0) | ((signed == 0.0) & (forward ^ turned[:, None]))
    return signed, owned.all(axis=1)
