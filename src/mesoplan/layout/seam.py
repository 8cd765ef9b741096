"""Repairs the seams, where the lattices of two charts meet at random.

Of two punctures too near each other across a seam one goes; a wide gap gets one on the seam itself; then the sessions
of the punctures along the seam are dealt anew, so that each keeps its distance from its like; and what still lies too
near one of its own session goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.chart import Chart
from mesoplan.layout.edges import across, edges
from mesoplan.layout.even import Ground
from mesoplan.layout.kernels import compiled
from mesoplan.layout.near import distance_to_mm, neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.surface.skin import Skin

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int32]

LEAST = 0.7
"""Least distance of two punctures of a session against the lattice's own."""
_CROWDED = 0.55
"""Distance across a seam, against the union lattice's own, below which one of two punctures goes."""
_EMPTY = 0.85
"""Distance from every puncture, against the union lattice's own, from which a place on a seam gets one."""
_REACH = 1.35
"""How far punctures of one session are felt, against the session lattice's own distance."""
_BAND = 2.6
"""Width of the band along a seam in which punctures are looked at, on either side, in the same measure."""
FREE = 1.2
"""Width of the band in which sessions are dealt anew, in the same measure."""
_STEP = 0.3
"""Distance of the places along a seam against the union lattice's own."""
_SPARSE = 3
"""Of so many places along a seam one is enough to tell how far it is."""
_SWEEPS = 6
_HOLE = 0.71
"""Distance from its like, against the session lattice's own, from which a place that is left over gets a session."""
_SURPLUS = -2
"""How many more punctures than a zone would have without a seam a session may get there to fill holes, below 0."""
_TOO_NEAR = 100.0
"""Weight of a puncture of the same session that is nearer than allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Seams:
    """Where charts meet.

    Attributes:
        places_mm: (m, 3) places along the seams, close to one another.
        triangle: (m,) the triangle of the skin that each lies on.
        near: (t,) of every triangle of the skin, whether a puncture on it could lie in the band along a seam.
        ground: The skin's triangles; those of no chart have none beside them.
    """

    places_mm: Floats
    triangle: Ints
    near: Flags
    ground: Ground


def find_seams(skin: Skin, charts: Sequence[Chart], course: Interleaving) -> Seams:
    """Return the seams between charts on which one course is laid; no places where no charts meet."""
    chart = np.full(len(skin.triangles), -1)
    for number, one in enumerate(charts):
        chart[one.triangles] = number
    members = np.nonzero(chart >= 0)[0]
    beside = np.full((len(skin.triangles), 3), -1, np.int32)
    own = across(skin.triangles[members])
    beside[members] = np.where(own >= 0, members[own], -1)
    ground = Ground(skin.vertices_mm[skin.triangles], skin.normals, beside)
    left, right, ends = edges(skin.triangles[members])
    left, right = members[left], members[right]
    apart = chart[left] != chart[right]
    start, along = skin.vertices_mm[ends[apart, 0]], np.diff(skin.vertices_mm[ends[apart]], axis=1)[:, 0]
    steps = np.ceil(np.linalg.norm(along, axis=1) / (_STEP * course.union_spacing_mm)).astype(np.int64)
    which = np.repeat(np.arange(len(start)), steps)
    share = (np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps) + 0.5) / steps[which]
    places = start[which] + share[:, None] * along[which]
    near = np.zeros(len(skin.triangles), np.bool_)
    if len(places):
        corners = skin.vertices_mm[skin.triangles[members]]
        reach = _BAND * course.spacing_mm + np.linalg.norm(corners - corners.mean(axis=1)[:, None], axis=2).max(axis=1)
        near[members] = distance_to_mm(corners.mean(axis=1), places[::_SPARSE], float(reach.max())) <= reach
    return Seams(places, np.minimum(left, right)[apart][which], near, ground)


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Punctures along the seams, and places on the seams that could get one.

    Attributes:
        positions_mm: (n, 3), the punctures first, then the places.
        normals: (n, 3).
        zone: (n,) zone of the skin there.
        chart: (n,) chart of a puncture, -1 for a place on a seam.
        session: (n,) of a puncture, -2 for a place.
        seam_mm: (n,) how far it is from a seam: close to one a session may change.
    """

    positions_mm: Floats
    normals: Floats
    zone: Ints
    chart: Ints
    session: Ints
    seam_mm: Floats


def distance_to_seams_mm(seams: Seams, positions_mm: Floats, course: Interleaving) -> Floats:
    """Return (n,) how far positions are from the nearest place on a seam, infinite beyond the band."""
    return distance_to_mm(positions_mm, seams.places_mm[::_SPARSE], _BAND * course.spacing_mm)


def repair(band: Band, course: Interleaving) -> Ints:
    """Return (n,) the session of each puncture and place, -1 for those that go or stay empty."""
    session, place = band.session.copy(), band.chart < 0
    crowded, empty = _CROWDED * course.union_spacing_mm, _EMPTY * course.union_spacing_mm
    reach, least, hole = (share * course.spacing_mm for share in (_REACH, LEAST, _HOLE))
    looks = np.where(place, empty, np.where(band.seam_mm <= crowded, crowded, 0.0))
    lists = _lists(band, looks)
    _thin(*lists, band.chart, session, crowded)
    placed = _sow(*lists, session, empty)
    free = placed | (~place & (band.seam_mm < FREE * course.spacing_mm))
    # what keeps its session looks only for what is too near it; farther from the seam nothing is
    looks = np.where(free, reach, np.where(band.seam_mm <= FREE * course.spacing_mm + hole, max(least, hole), 0.0))
    lists = _lists(band, looks, session >= 0)
    _deal(*lists, session, free, course.sessions, reach, least, _SWEEPS)
    _separate(*lists, session, least)
    missing = _per_zone(band.zone, band.session, course.sessions) - _per_zone(band.zone, session, course.sessions)
    first = np.argsort(place & ~placed, kind="stable")
    _refill(*lists, first, band.zone, session, missing, reach, hole)
    return session


def _lists(band: Band, looks_mm: Floats, seen: Flags | None = None) -> tuple[Ints, Numbers, Floats]:
    near = neighbours(band.positions_mm, band.normals, looks_mm, seen)
    return near.starts, near.others, near.distance_mm


@compiled
def _thin(starts: Ints, others: Numbers, distance: Floats, chart: Ints, session: Ints, least: float) -> None:
    """Take out every puncture that is too near an earlier one of another chart which stays."""
    for p in range(len(chart)):
        if session[p] < 0:
            continue
        for at in range(starts[p], starts[p + 1]):
            q = others[at]
            if q < p and session[q] >= 0 and chart[q] != chart[p] and distance[at] < least:
                session[p] = -1
                break


@compiled
def _sow(starts: Ints, others: Numbers, distance: Floats, session: Ints, least: float) -> Flags:
    """Give session 0 to every place that is far from all punctures and from the places before it; return which."""
    placed = np.zeros(len(session), np.bool_)
    for p in range(len(session)):
        if session[p] != -2:
            continue
        empty = True
        for at in range(starts[p], starts[p + 1]):
            if session[others[at]] >= 0 and distance[at] < least:
                empty = False
                break
        session[p] = 0 if empty else -1
        placed[p] = empty
    return placed


@compiled
def _deal(
    starts: Ints,
    others: Numbers,
    distance: Floats,
    session: Ints,
    free: Flags,
    sessions: int,
    reach: float,
    least: float,
    sweeps: int,
) -> None:
    """Let each free puncture in turn take the session whose punctures crowd it least, until none changes."""
    crowd = np.zeros(sessions)
    for _ in range(sweeps):
        changed = False
        for p in range(len(session)):
            if session[p] < 0 or not free[p]:
                continue
            crowd[:] = 0.0
            for at in range(starts[p], starts[p + 1]):
                other = session[others[at]]
                if other >= 0:
                    room = reach / max(distance[at], 1e-9) - 1.0
                    crowd[other] += room * room * room + (_TOO_NEAR if distance[at] < least else 0.0)
            best = session[p]
            for one in range(sessions):
                if crowd[one] < crowd[best] - 1e-12:
                    best = one
            if best != session[p]:
                session[p] = best
                changed = True
        if not changed:
            break


@compiled
def _separate(starts: Ints, others: Numbers, distance: Floats, session: Ints, least: float) -> None:
    """Take out every puncture that is too near an earlier one of its session which stays."""
    for p in range(len(session)):
        if session[p] < 0:
            continue
        for at in range(starts[p], starts[p + 1]):
            q = others[at]
            if q < p and session[q] == session[p] and distance[at] < least:
                session[p] = -1
                break


@compiled
def _refill(
    starts: Ints,
    others: Numbers,
    distance: Floats,
    order: Ints,
    zone: Ints,
    session: Ints,
    missing: Ints,
    reach: float,
    least: float,
) -> None:
    """Give each place that went or stayed empty to a session far enough from it: the one that misses most there.

    What is seen by all comes first, so that each sees those given before it.
    """
    sessions = missing.shape[1]
    nearest = np.zeros(sessions)
    for p in order:
        if session[p] >= 0:
            continue
        nearest[:] = reach
        for at in range(starts[p], starts[p + 1]):
            other = session[others[at]]
            if other >= 0:
                nearest[other] = min(nearest[other], distance[at])
        best = -1
        for one in range(sessions):
            if nearest[one] >= least and (best < 0 or missing[zone[p], one] > missing[zone[p], best]):
                best = one
        if best >= 0 and missing[zone[p], best] > _SURPLUS:
            session[p] = best
            missing[zone[p], best] -= 1


def _per_zone(zone: Ints, session: Ints, sessions: int) -> Ints:
    """Return (zones, sessions) how many punctures there are of each."""
    table = np.zeros((int(zone.max(initial=0)) + 1, sessions), np.int64)
    held = session >= 0
    np.add.at(table, (zone[held], session[held]), 1)
    return table
