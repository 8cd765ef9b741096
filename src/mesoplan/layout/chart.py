"""Cuts skin into few pieces that lie flat almost without distortion: the charts on which lattices are laid.

A piece that wraps around, or that lies too unevenly once it is flat, is cut in two along a straight line, where the cut
is short; so are its parts, until each lies well.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.flatten import Flat, flatten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.surface.skin import Skin

_SEAM = 0.039
"""What a seam costs, for each millimetre and each millimetre between punctures: the variance, against the distance
squared, of the distances to neighbours along it, in mm2 of skin. Measured; a cut about as long as the piece is wide
takes away three quarters of the variance within the piece."""
_STRETCH = (0.88, 1.14)
"""Bounds of a chart's stretch, but for 3 % of its area at either end: so that no lattice comes near 0.7 of itself."""
_TAIL = 0.03
_FACING = 0.7
"""Least mean cosine between the normals of a piece and their mean: one that turns more is cut before it is tried."""
_SIDEWAYS = 0.2
"""Least cosine, but for 3 % of the area: a piece seen along its mean normal must not be seen edge-on."""
_DIRECTIONS = 12
_SHARES = np.linspace(0.3, 0.7, 9)
"""Shares of the area on one side of the cuts that are tried."""
_HOPELESS = 1.7
"""How many times as uneven as allowed a piece may be after the first iterations; measured, they halve it at most."""
_SMALL = 0.12
"""Share of the whole below which a chart may be joined to a neighbour."""
_LEAST_MM2 = 1e-9
_ROUNDS = 3
"""How often crumbs are handed over: one may hang on another of the other half."""
_CRUMB = 0.02
"""Share of a piece below which what a cut leaves loose on one side stays with the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A piece of skin that lies flat.

    Attributes:
        triangles: (t,) indices into the skin's triangles.
        uv_mm: (t, 3, 2) where their corners lie in the plane; every zone has the same area as on the skin.
        flat: How evenly it lies.
    """

    triangles: Ints
    uv_mm: Floats
    flat: Flat

    @property
    def area_mm2(self) -> float:
        """Its area on the skin."""
        return float(self.flat.area_mm2.sum())

    @property
    def variance_mm2(self) -> float:
        """How unevenly it lies, times its area: what charts add up to."""
        return self.area_mm2 * self.flat.spacing_cv**2


def cut(skin: Skin, members: Ints, spacing_mm: float) -> tuple[Chart, ...]:
    """Return the charts of a part of the skin, in a fixed order; none for no triangles.

    A piece is cut where that makes the lattice more even: uneven pieces are, unless the seam would cost more.

    Args:
        skin: The surface.
        members: Indices of the triangles to cover; those without area are in no chart.
        spacing_mm: Distance of neighbours in the lattice of one session.
    """
    ground = _Ground(skin)
    waiting = list(ground.connected(np.sort(members[ground.area_mm2[members] > _LEAST_MM2])))
    charts: list[Chart] = []
    with ThreadPoolExecutor(2) as pool:
        while waiting:
            judged = list(pool.map(partial(_judge, ground, spacing_mm), waiting))
            charts += [chart for chart, _ in judged if chart is not None]
            waiting = [part for _, parts in judged for part in parts]
    return tuple(_join(ground, charts, spacing_mm))


def _judge(ground: _Ground, spacing_mm: float, piece: Ints) -> tuple[Chart | None, list[Ints]]:
    """Return a piece as a chart, or the parts into which it is cut."""
    allowed = _allowed_cv(float(ground.area_mm2[piece].sum()), spacing_mm)
    chart = None if ground.turns_far(piece) else ground.flattened(piece, allowed)
    if chart is not None and (len(piece) == 1 or (chart.flat.spacing_cv <= allowed and _is_in_bounds(chart.flat))):
        return chart, []
    spread = ground.turning(piece) if chart is None else chart.uv_mm.mean(axis=1)
    return None, ground.parted(ground.halves(piece, spread))


def _join(ground: _Ground, charts: list[Chart], spacing_mm: float) -> list[Chart]:
    """Return the charts with small ones joined to their neighbour where the seam cost more than it brought."""
    seams = _seams_between(ground, charts)
    standing = dict(enumerate(charts))
    small = _SMALL * sum(chart.area_mm2 for chart in charts)
    for number in sorted(standing, key=lambda one: (charts[one].area_mm2, one)):
        if standing[number].area_mm2 < small:
            beside = {pair: length for pair, length in seams.items() if number in pair}
            if not beside:
                continue
            pair = max(beside, key=lambda one: (beside[one], one))
            other = pair[0] + pair[1] - number
            parts = standing[number], standing[other]
            piece = np.sort(np.concatenate([part.triangles for part in parts]))
            most = sum(part.variance_mm2 for part in parts) + _SEAM * spacing_mm * beside[pair]
            allowed = math.sqrt(most / sum(part.area_mm2 for part in parts))
            joined = None if ground.turns_far(piece) else ground.flattened(piece, allowed)
            if joined is None or joined.flat.spacing_cv > allowed or not _is_in_bounds(joined.flat):
                continue
            standing[other] = joined
            del standing[number]
            seams = _renamed(seams, number, other)
    return list(standing.values())


def _seams_between(ground: _Ground, charts: list[Chart]) -> dict[tuple[int, int], float]:
    """Return the length of the seam between each two charts that meet, the lower number first."""
    number = np.full(len(ground.skin.triangles), -1)
    for index, chart in enumerate(charts):
        number[chart.triangles] = index
    members = np.nonzero(number >= 0)[0]
    left, right, ends = edges(ground.skin.triangles[members])
    one, other = number[members[left]], number[members[right]]
    low, high, length = np.minimum(one, other), np.maximum(one, other), ground.lengths_mm(ends)
    keys, which = np.unique(low * len(charts) + high, return_inverse=True)
    sums = np.bincount(which, length)
    pairs = [(int(key) // len(charts), int(key) % len(charts)) for key in keys]
    return {pair: float(total) for pair, total in zip(pairs, sums, strict=True) if pair[0] != pair[1]}


def _renamed(seams: dict[tuple[int, int], float], old: int, new: int) -> dict[tuple[int, int], float]:
    """Return the seams after one chart has become part of another."""
    found: dict[tuple[int, int], float] = {}
    for (low, high), length in seams.items():
        one, other = (new if end == old else end for end in (low, high))
        if one != other:
            pair = min(one, other), max(one, other)
            found[pair] = found.get(pair, 0.0) + length
    return found


def edges(triangles: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the inner edges: the triangles on both sides, (e,) each, and their ends, (e, 2) vertex indices.

    An edge of more than two triangles joins none of them, so that what is laid flat is always a surface.
    """
    count = len(triangles)
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    key = pairs[:, 0] * (int(triangles.max(initial=0)) + 1) + pairs[:, 1]
    order = np.argsort(key, kind="stable")
    first = np.nonzero(np.diff(key[order], prepend=-1))[0]
    inner = first[np.diff(first, append=len(key)) == 2]
    return order[inner] % count, order[inner + 1] % count, pairs[order[inner]]


def _allowed_cv(area_mm2: float, spacing_mm: float) -> float:
    """Return how uneven a piece of this area may be before it pays to cut it."""
    return math.sqrt(_SEAM * spacing_mm / (0.75 * math.sqrt(area_mm2)))


def _is_in_bounds(flat: Flat) -> bool:
    low, high = flat.stretch_band(_TAIL)
    return low >= _STRETCH[0] and high <= _STRETCH[1]


class _Ground:
    """The skin with what cutting asks of it again and again."""

    def __init__(self, skin: Skin) -> None:
        self.skin, self.area_mm2, self.normals = skin, skin.triangle_areas_mm2, skin.normals

    def lengths_mm(self, ends: Ints) -> Floats:
        """Return (e,) the lengths of edges given by their two vertices."""
        lengths: Floats = np.linalg.norm(self.skin.vertices_mm[ends[:, 0]] - self.skin.vertices_mm[ends[:, 1]], axis=1)
        return lengths

    def connected(self, members: Ints) -> Iterator[Ints]:
        """Yield the parts of some triangles that hang together over edges, by their first triangle."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not len(members):
            return
        one, other, _ = edges(self.skin.triangles[members])
        graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(members), len(members)))
        count, label = connected_components(graph, directed=False)
        order = np.argsort(label, kind="stable")
        yield from np.split(members[order], np.searchsorted(label[order], np.arange(1, count)))

    def turns_far(self, piece: Ints) -> bool:
        """Return whether a piece turns too far to be seen along its mean normal."""
        area, normal = self.area_mm2[piece], self.normals[piece]
        mean = area @ normal / area.sum()
        length = float(np.linalg.norm(mean))
        if len(piece) == 1 or length < _FACING:
            return len(piece) > 1
        facing = normal @ (mean / length)
        order = np.argsort(facing)
        lowest = np.searchsorted(np.cumsum(area[order]), _TAIL * area.sum())
        return float(facing[order[lowest]]) < _SIDEWAYS

    def flattened(self, piece: Ints, allowed_cv: float) -> Chart:
        """Return a connected piece as a chart; one far from what is allowed is left half done."""
        used, triangles = np.unique(self.skin.triangles[piece], return_inverse=True)
        triangles = triangles.reshape(-1, 3)
        flat = flatten(self.skin.vertices_mm[used], triangles, self.skin.zone[piece], _HOPELESS * allowed_cv)
        return Chart(piece, flat.uv_mm[triangles], flat)

    def turning(self, piece: Ints) -> Floats:
        """Return (t, 2) coordinates by which a piece that turns too far is cut: along which its normals turn most."""
        area, normal = self.area_mm2[piece][:, None], self.normals[piece]
        centred = normal - (area * normal).sum(axis=0) / area.sum()
        _, axes = np.linalg.eigh(centred.T @ (area * centred))
        return np.asarray(normal @ axes[:, :0:-1])

    def halves(self, piece: Ints, spread: Floats) -> tuple[Ints, Ints]:
        """Return a piece in two, cut along the line in the plane whose length on the skin is least for its balance."""
        area = self.area_mm2[piece]
        one, other, ends = edges(self.skin.triangles[piece])
        length = self.lengths_mm(ends)
        best, least = np.zeros(len(piece), bool), np.inf
        for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
            along = spread @ (np.cos(angle), np.sin(angle))
            order = np.argsort(along, kind="stable")
            share = np.cumsum(area[order]) / area.sum()
            for wanted in _SHARES:
                side = np.zeros(len(piece), bool)
                side[order[: max(1, min(int(np.searchsorted(share, wanted)), len(piece) - 1))]] = True
                balance = float(share[side.sum() - 1])
                cost = float(length[side[one] != side[other]].sum()) / (balance * (1.0 - balance))
                if cost < least:
                    best, least = side, cost
        return piece[best], piece[~best]

    def parted(self, halves: tuple[Ints, Ints]) -> list[Ints]:
        """Return the connected parts of both halves; crumbs along the cut go back to the half that they hang on."""
        for _ in range(_ROUNDS):
            parts = [list(self.connected(half)) for half in halves]
            sizes = [[float(self.area_mm2[part].sum()) for part in own] for own in parts]
            least = _CRUMB * sum(map(sum, sizes))
            kept: tuple[list[Ints], list[Ints]] = ([], [])
            for side in (0, 1):
                biggest = max(range(len(sizes[side])), key=sizes[side].__getitem__)
                for number, part in enumerate(parts[side]):
                    stays = number == biggest or sizes[side][number] >= least
                    kept[side if stays else 1 - side].append(part)
            halves = np.sort(np.concatenate(kept[0])), np.sort(np.concatenate(kept[1]))
        return [part for half in halves for part in self.connected(half)]
