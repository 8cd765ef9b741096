"""Evens out the punctures along seams: those too close push each other apart, along the skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.kernels import compiled
from mesoplan.layout.near import neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.layout.lattice import Interleaving

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int32]

_REACH = 1.35
"""How far punctures push each other, against the distance that their lattice has; of a session, and of all."""
_UNION = 0.5
"""How much punctures of other sessions count."""
_GAIN = 0.12
"""How far a push moves, in the distance of the session's lattice."""
_MOST = 0.05
"""Most that one push moves, in the same measure."""
_SWEEPS = 6
_MARGIN = 0.2
"""How much farther neighbours are looked for, for they come nearer; in the same measure."""
_STOPPED = 1e-12
_EDGES = 32
"""Most edges that one push crosses."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Triangles to move on.

    Attributes:
        corners_mm: (t, 3, 3).
        normals: (t, 3) unit normals.
        across: (t, 3) the triangle on the other side of each edge, the first from corner 0 to 1; -1 where none is.
    """

    corners_mm: Floats
    normals: Floats
    across: Numbers


def even_out(
    ground: Ground, positions_mm: Floats, triangle: Ints, session: Ints, free: Flags, course: Interleaving
) -> tuple[Floats, Ints]:
    """Return where punctures lie after they have pushed each other apart, (n, 3), and on which triangle, (n,).

    Args:
        ground: The skin around them.
        positions_mm: (n, 3).
        triangle: (n,) index into the ground's triangles.
        session: (n,).
        free: (n,) whether each may move.
        course: Their lattice.
    """
    spacing, union = course.spacing_mm, course.union_spacing_mm
    looks = np.where(free, (_REACH + _MARGIN) * spacing, 0.0)
    near = neighbours(positions_mm, ground.normals[triangle], looks)
    positions, triangle = positions_mm.copy(), triangle.copy()
    lists = near.starts, near.others, near.distance_mm
    reach = _REACH * spacing, _REACH * union, _REACH * union + _MARGIN * spacing
    steps = _GAIN * spacing, _GAIN * _UNION * union, _MOST * spacing
    _push(ground.corners_mm, ground.normals, ground.across, lists, reach, steps, session, positions, triangle, _SWEEPS)
    return positions, triangle


@compiled
def _push(
    corners: Floats,
    normals: Floats,
    across: Numbers,
    lists: tuple[Ints, Numbers, Floats],
    reach: tuple[float, float, float],
    steps: tuple[float, float, float],
    session: Ints,
    positions: Floats,
    triangle: Ints,
    sweeps: int,
) -> None:
    """Move each puncture that has neighbours in turn."""
    starts, others, distance = lists
    ends = _without_far(starts, others, distance, session, reach[2])
    push = np.empty(3)
    for _ in range(sweeps):
        for p in range(len(positions)):
            if starts[p] == ends[p]:
                continue
            _add_up(positions, session, p, others, starts[p], ends[p], reach, steps, push)
            length = np.sqrt(push[0] * push[0] + push[1] * push[1] + push[2] * push[2])
            if length > steps[2]:
                for axis in range(3):
                    push[axis] *= steps[2] / length
            triangle[p] = _walk(corners, normals, across, positions, p, triangle[p], push)


@compiled
def _without_far(starts: Ints, others: Numbers, distance: Floats, session: Ints, far: float) -> Ints:
    """Leave out of each list those of other sessions that are far; return where the lists now end."""
    ends = np.empty(len(session), np.int64)
    for p in range(len(session)):
        end = starts[p]
        for at in range(starts[p], starts[p + 1]):
            if session[others[at]] == session[p] or distance[at] < far:
                others[end] = others[at]
                end += 1
        ends[p] = end
    return ends


@compiled
def _add_up(
    positions: Floats,
    session: Ints,
    p: int,
    others: Numbers,
    start: int,
    end: int,
    reach: tuple[float, float, float],
    steps: tuple[float, float, float],
    push: Floats,
) -> None:
    """Write what all neighbours of a puncture push it together."""
    push[:] = 0.0
    for at in range(start, end):
        q = others[at]
        x, y, z = (
            positions[p, 0] - positions[q, 0],
            positions[p, 1] - positions[q, 1],
            positions[p, 2] - positions[q, 2],
        )
        apart = max(np.sqrt(x * x + y * y + z * z), 1e-9)
        much = steps[1] * max(reach[1] / apart - 1.0, 0.0)
        if session[p] == session[q]:
            much += steps[0] * max(reach[0] / apart - 1.0, 0.0)
        push[0] += much * x / apart
        push[1] += much * y / apart
        push[2] += much * z / apart


@compiled
def _walk(
    corners: Floats, normals: Floats, across: Numbers, positions: Floats, p: int, triangle: int, push: Floats
) -> int:
    """Move a puncture on its triangle and over its edges; return the triangle that it comes to lie on."""
    before = -1
    for _ in range(_EDGES):
        n = normals[triangle]
        off = push[0] * n[0] + push[1] * n[1] + push[2] * n[2]
        old = np.sqrt(push[0] * push[0] + push[1] * push[1] + push[2] * push[2])
        for axis in range(3):
            push[axis] -= off * n[axis]
        new = np.sqrt(push[0] * push[0] + push[1] * push[1] + push[2] * push[2])
        if new <= _STOPPED:
            break
        if before >= 0:  # round an edge the way stays as long
            for axis in range(3):
                push[axis] *= old / new
        edge, share = _way_out(corners[triangle], n, across[triangle], positions[p], push, before)
        for axis in range(3):
            positions[p, axis] += share * push[axis]
            push[axis] *= 1.0 - share
        if edge < 0 or across[triangle, edge] < 0:
            break
        before = triangle
        triangle = across[triangle, edge]
    return triangle


@compiled
def _way_out(
    corners: Floats, n: Floats, across: Numbers, position: Floats, push: Floats, before: int
) -> tuple[int, float]:
    """Return over which edge a push leaves a triangle, -1 for none, and after which share of it."""
    found, share = -1, 1.0
    for edge in range(3):
        a, b = corners[edge], corners[(edge + 1) % 3]
        u, v, w = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        i, j, k = n[1] * w - n[2] * v, n[2] * u - n[0] * w, n[0] * v - n[1] * u  # into the triangle
        inside = (position[0] - a[0]) * i + (position[1] - a[1]) * j + (position[2] - a[2]) * k
        towards = push[0] * i + push[1] * j + push[2] * k
        if towards < 0.0 and inside + towards < 0.0 and (before < 0 or across[edge] != before):
            at = max(inside, 0.0) / -towards
            if at < share:
                found, share = edge, at
    return found, share
