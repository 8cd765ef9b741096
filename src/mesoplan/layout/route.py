"""The order of work: zone after zone, row after row back and forth; how long the path is, and how long it takes.

Rows run round the body: a place is given by its height and by its angle round an upright axis behind the zone, so that
rows do not fold over on an arm. Where the places are those of a lattice, its own directions are tried as rows too, and
of all rows those with the shortest path are taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mesoplan.layout.footprints import Footprints
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.skin import Floats, Ints, Skin

_RANDOM_ROWS = math.sqrt(3.0)
"""Height of rows against the root of the area for each place: the shortest where places lie at random."""
_EVEN_ROWS = math.sqrt(math.sqrt(3.0) / 2.0)
"""The same where they are a hexagonal lattice."""
_GAIN = 0.05
"""Share of the path that slanting or high rows must save against level ones."""
_LOOKED = 400
"""Places in the middle of a zone whose neighbours tell the directions of a lattice."""
_ALIKE = math.cos(math.radians(20.0))
"""Cosine from which two directions are one."""
_OWN_ROW = 0.3
"""Distance across a direction, against that of the nearest place, below which a neighbour is in the same row."""
_UPWARD = 0.9
"""Height of a zone's mean normal, or depth, from which its rows are told by front and back."""
_FLAT = 0.9
"""Length of a zone's mean normal from which it is seen from the front rather than unrolled."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """In which order places are worked on.

    Attributes:
        order: (n,) numbers of the places, session after session.
        starts: (sessions + 1,) where each session begins in `order`.
        path_mm: (sessions,) the length of the way from its first place to its last, in straight lines.
        zones: Of each session the zones in their order, as indices into the skin's.
    """

    order: Ints
    starts: Ints
    path_mm: Floats
    zones: tuple[tuple[int, ...], ...]

    def seconds(
        self, session: int, move_mm_s: float | None, each_s: float | None = None, each_hz: float | None = None
    ) -> float | None:
        """Return how long a session takes: all of its way, and a time for each place; None where a figure is not known.

        Args:
            session: 0 for the first.
            move_mm_s: How fast the device moves from place to place.
            each_s: Seconds for each place, or
            each_hz: places in a second, without the way.

        Raises:
            ValueError: If a figure is not above 0, or the time for each place is given twice.
        """
        given = [one for one in (move_mm_s, each_s, each_hz) if one is not None]
        if not all(0.0 < one < math.inf for one in given) or (each_s is not None and each_hz is not None):
            raise ValueError(f"{move_mm_s} mm/s, {each_s} s, {each_hz} Hz: no time")
        each = each_s if each_hz is None else 1.0 / each_hz
        if move_mm_s is None or each is None:
            return None
        count = int(self.starts[session + 1] - self.starts[session])
        return float(self.path_mm[session]) / move_mm_s + count * each


@dataclass(frozen=True, slots=True)
class _Way:
    """Rows: the angle of their direction and their height."""

    angle_rad: float
    height_mm: float


def find_route(work: Punctures | Footprints) -> Route:
    """Return a short natural order of work, session by session; the same work gives the same order."""
    zones, sessions = len(work.skin.zones), work.sessions
    if len(work) and int(work.zone.min()) < 0:
        raise ValueError("a place lies in no zone: nothing is worked on there")
    key = work.zone.astype(np.int32) * np.int32(max(1, sessions)) + work.session.astype(np.int32)
    by_group = np.argsort(key, kind="stable")
    begins = np.searchsorted(key[by_group], np.arange(zones * sessions + 1))
    normals = work.skin.normals
    chain = [
        (number, _Zone(work, by_group[begins[number * sessions] : begins[(number + 1) * sessions]], normals))
        for number in _chain(work.skin, np.unique(work.zone).tolist())
    ]
    parts: list[Ints] = []
    path, starts, met = np.zeros(sessions), [0], []
    for session in range(sessions):
        last: Floats | None = None
        visited = []
        for number, zone in chain:
            own = by_group[begins[number * sessions + session] : begins[number * sessions + session + 1]]
            if len(own):
                places = work.positions_mm[own]
                order = zone.order(places, last)
                path[session] += _length_mm(places[order], last)
                last = places[order[-1]]
                parts.append(own[order])
                visited.append(number)
        starts.append(sum(map(len, parts)))
        met.append(tuple(visited))
    return Route(np.concatenate([np.empty(0, np.int64), *parts]), np.array(starts), path, tuple(met))


class _Zone:
    """The plane in which the rows of one zone are told."""

    def __init__(self, work: Punctures | Footprints, members: Ints, normals: Floats) -> None:
        places = work.positions_mm[members]
        mean = normals[work.triangle[members]].mean(axis=0)
        length = float(np.linalg.norm(mean))
        self._up = np.array([0.0, 1.0, 0.0])
        if length > 0.0 and abs(mean[1]) > _UPWARD * length:
            self._up = np.array([0.0, 0.0, -1.0])
        out = mean - self._up * (self._up @ mean)
        bent = float(np.linalg.norm(out))
        self._out = out / bent if bent > 1e-9 else np.array([0.0, 0.0, 1.0])
        self._left = np.cross(self._up, self._out)
        self._unrolled = bent < _FLAT
        wide = float(np.ptp(places @ self._left))
        self._axis = places.mean(axis=0) - self._out * min(bent, 1.0) * wide / 2.0
        self._area_mm2 = float(work.skin.triangle_areas_mm2[work.skin.zone == work.zone[members[0]]].sum())
        self._way: _Way | None = None

    def order(self, places: Floats, last: Floats | None) -> Ints:
        """Return the order of one session's places, from the end that is nearest to the last place."""
        flat = self._flat(places)
        if self._way is None:
            self._way = self._best(flat, places)
        order = _in_rows(flat, self._way)
        if last is None:
            return order
        other = _in_rows(flat, self._way, backwards=True)
        ends = [order, order[::-1], other, other[::-1]]
        return min(ends, key=lambda one: round(float(np.linalg.norm(places[one[0]] - last)), 6))

    def _flat(self, places: Floats) -> Floats:
        """Return (n, 2) along the rows and up."""
        from_axis = places - self._axis
        if not self._unrolled:
            return np.stack([from_axis @ self._left, from_axis @ self._up], axis=1)
        left, out = from_axis @ self._left, from_axis @ self._out
        radius = float(np.hypot(left, out).mean())
        return np.stack([np.arctan2(left, out) * radius, from_axis @ self._up], axis=1)

    def _best(self, flat: Floats, places: Floats) -> _Way:
        """Return the rows of the shortest path; level rows unless others save something."""
        root = math.sqrt(self._area_mm2 / len(flat))
        ways = [_Way(0.0, _EVEN_ROWS * root), _Way(0.0, _RANDOM_ROWS * root), *_lattice_ways(flat)]
        best, least = ways[0], math.inf
        for way in ways:
            length = _length_mm(places[_in_rows(flat, way)], None)
            if length < (1.0 - _GAIN) * least:
                best, least = way, length
        return best


def _lattice_ways(flat: Floats) -> list[_Way]:
    """Return the rows of the lattice that the places in the middle of a zone form; none for a handful of places."""
    from scipy.spatial import KDTree

    most = 7
    if len(flat) <= most:
        return []
    tree = KDTree(flat)
    looked = np.asarray(tree.query(np.median(flat, axis=0), k=min(_LOOKED, len(flat)))[1], np.int64)
    near = np.asarray(tree.query(flat[looked], k=most)[1], np.int64)
    steps = flat[near[:, 1:]] - flat[looked][:, None]
    lengths = np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-12)
    units = (steps / lengths).reshape(-1, 2)
    ways: list[_Way] = []
    for first in units[: most - 1]:
        if any(abs(first @ (math.cos(way.angle_rad), math.sin(way.angle_rad))) > _ALIKE for way in ways):
            continue
        turned = units * np.sign(units @ first)[:, None]
        mean = turned[turned @ first > _ALIKE].mean(axis=0)
        angle = math.atan2(mean[1], mean[0])
        apart = np.abs(steps.reshape(-1, 2) @ (-math.sin(angle), math.cos(angle)))
        beside = apart[apart > _OWN_ROW * float(np.median(lengths[:, 0]))]
        if len(beside):
            ways.append(_Way(angle, float(np.median(beside))))
    return ways


def _in_rows(flat: Floats, way: _Way, *, backwards: bool = False) -> Ints:
    """Return the order along rows from the top, every other one the other way round."""
    cosine, sine = math.cos(way.angle_rad), math.sin(way.angle_rad)
    along, up = flat @ (cosine, sine), flat @ (-sine, cosine)
    turns = np.exp(2j * np.pi * up / way.height_mm).mean()
    middle = math.atan2(turns.imag, turns.real) / (2.0 * math.pi) if abs(turns) > 1e-9 else 0.0
    row = -np.rint(up / way.height_mm - middle).astype(np.int64)
    forth = (row - row.min()) % 2 == (1 if backwards else 0)
    return np.lexsort((np.where(forth, along, -along), row))


def _length_mm(places: Floats, last: Floats | None) -> float:
    length = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    return length if last is None else length + float(np.linalg.norm(places[0] - last))


def _chain(skin: Skin, zones: list[int]) -> list[int]:
    """Return zones from the highest on, each followed by the nearest of those left: neighbours before others."""
    area, middles = skin.triangle_areas_mm2, skin.vertices_mm[skin.triangles].mean(axis=1)
    centre = {}
    for zone in zones:
        own = skin.zone == zone
        centre[zone] = area[own] @ middles[own] / area[own].sum()
    beside = _neighbouring(skin)
    left = sorted(zones, key=lambda zone: (-round(float(centre[zone][1]), 6), zone))
    chain = left[:1]
    while len(chain) < len(zones):
        here = chain[-1]
        left.remove(here)
        chain.append(
            min(
                left,
                key=lambda zone: (
                    (min(here, zone), max(here, zone)) not in beside,
                    round(float(np.linalg.norm(centre[zone] - centre[here])), 6),
                    zone,
                ),
            )
        )
    return chain


def _neighbouring(skin: Skin) -> set[tuple[int, int]]:
    """Return the pairs of zones that share an edge, the lower number first."""
    from mesoplan.layout.edges import edges

    one, other, _ = edges(skin.triangles)
    pairs = np.sort(np.stack([skin.zone[one], skin.zone[other]], axis=1), axis=1)
    met = np.unique(pairs[(pairs[:, 0] >= 0) & (pairs[:, 0] != pairs[:, 1])], axis=0)
    return {(int(low), int(high)) for low, high in met}
