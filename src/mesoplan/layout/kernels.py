"""The layout's loops, compiled where Numba is installed (the extra `layout`), plain Python where it is not.

Each does the arithmetic of its plain reference in the same order, without fast-math, and so gives the same bits. The
machine code is kept beside this file, or where Numba may write, so that only the first run on a machine compiles.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints

    Flags = NDArray[np.bool_]

COMPILED = find_spec("numba") is not None
"""Whether the loops run as machine code."""

_SLACK = 1e-6
"""As `lay.SLACK`."""

Loop = TypeVar("Loop")


def compiled(loop: Loop) -> Loop:
    """Return a loop over arrays as machine code, or as it is where Numba is not installed."""
    if not COMPILED:
        return loop
    from numba import njit

    return cast(Loop, cast(Any, njit(cache=True, nogil=True))(loop))


@compiled
def row_ends(place: Floats, triangle: int, row: float) -> tuple[int, int]:
    """Return the first and last whole number that a row meets in a triangle; the first is larger for none."""
    least, most = math.inf, -math.inf
    for start in range(3):
        end = (start + 1) % 3
        x0, y0 = place[triangle, start, 0], place[triangle, start, 1]
        x1, y1 = place[triangle, end, 0], place[triangle, end, 1]
        if not (min(x0, x1) <= row + _SLACK and max(x0, x1) >= row - _SLACK):
            continue
        if abs(x1 - x0) <= _SLACK:
            one, other = min(y0, y1), max(y0, y1)
        else:
            share = min(max((row - x0) / (x1 - x0), 0.0), 1.0)
            one = y0 + share * (y1 - y0)
            other = one
        least = min(least, one)
        most = max(most, other)
    if least > most:
        return 1, 0
    return math.ceil(least - _SLACK), math.floor(most + _SLACK)


@compiled
def weigh(place: Floats, forward: Flags, triangle: int, x: float, y: float, spans: Floats) -> bool:
    """Write twice the signed area that a point spans with each edge into `spans`; return whether it is inside."""
    for corner in range(3):
        a, b = (corner + 1) % 3, (corner + 2) % 3
        if not forward[triangle, corner]:
            a, b = b, a
        px, py = place[triangle, a, 0], place[triangle, a, 1]
        qx, qy = place[triangle, b, 0], place[triangle, b, 1]
        span = (qx - px) * (y - py) - (qy - py) * (x - px)
        spans[corner] = span if forward[triangle, corner] else -span
    turned = spans[0] + spans[1] + spans[2] < 0.0
    for corner in range(3):
        span = -spans[corner] if turned else spans[corner]
        spans[corner] = span
        if span < 0.0 or (span == 0.0 and forward[triangle, corner] == turned):
            return False
    return True


@compiled
def count_points(place: Floats, forward: Flags) -> Ints:
    """Return how many lattice points fall into each triangle."""
    counts = np.zeros(len(place), np.int64)
    spans = np.empty(3)
    for triangle in range(len(place)):
        low = min(place[triangle, 0, 0], place[triangle, 1, 0], place[triangle, 2, 0])
        high = max(place[triangle, 0, 0], place[triangle, 1, 0], place[triangle, 2, 0])
        for i in range(math.ceil(low - _SLACK), math.floor(high + _SLACK) + 1):
            first, last = row_ends(place, triangle, float(i))
            for j in range(first, last + 1):
                if weigh(place, forward, triangle, float(i), float(j), spans):
                    counts[triangle] += 1
    return counts


@compiled
def fill_points(
    place: Floats,
    corners_mm: Floats,
    forward: Flags,
    hermite: tuple[int, int, int],
    positions: Floats,
    owner: NDArray[np.int32],
    colour: NDArray[np.int16],
) -> None:
    """Write position, triangle and colour of every lattice point, triangle by triangle, row by row."""
    d1, c, d2 = hermite
    spans = np.empty(3)
    at = 0
    for triangle in range(len(place)):
        low = min(place[triangle, 0, 0], place[triangle, 1, 0], place[triangle, 2, 0])
        high = max(place[triangle, 0, 0], place[triangle, 1, 0], place[triangle, 2, 0])
        for i in range(math.ceil(low - _SLACK), math.floor(high + _SLACK) + 1):
            first, last = row_ends(place, triangle, float(i))
            turns = i // d1
            for j in range(first, last + 1):
                if not weigh(place, forward, triangle, float(i), float(j), spans):
                    continue
                total = spans[0] + spans[1] + spans[2]
                a, b, e = spans[0] / total, spans[1] / total, spans[2] / total
                for axis in range(3):
                    positions[at, axis] = (
                        a * corners_mm[triangle, 0, axis]
                        + b * corners_mm[triangle, 1, axis]
                        + e * corners_mm[triangle, 2, axis]
                    )
                owner[at] = triangle
                colour[at] = (i - turns * d1) * d2 + (j - turns * c) % d2
                at += 1


@compiled
def count_sessions(triangle: NDArray[np.int32], session: NDArray[np.int16], zone: Ints, table: Ints) -> None:
    """Count into `table`, zone by session, the punctures that have a session."""
    for p in range(len(triangle)):
        if session[p] >= 0:
            table[zone[triangle[p]], session[p]] += 1
