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

from mesoplan.layout.coarse import coarsen, labels_back
from mesoplan.layout.edges import components, edges
from mesoplan.layout.flatten import Flat, flatten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.surface.skin import Skin

    Flags = NDArray[np.bool_]

_SEAM = 0.039
"""What a seam costs, for each millimetre and each millimetre between punctures: the variance, against the distance
squared, of the distances to neighbours along it, in mm2 of skin. Measured before seams are evened out, which takes a
third of it away; the rest stands for what a seam costs the cover. A cut about as long as the piece is wide takes away
three quarters of the variance within the piece."""
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
_TRIES = 3
"""Cuts of a coarse piece that are tried, the shortest for their balance."""
_TURNING_CV = 0.3
"""How uneven a piece counts that turns too far to be tried."""
_HOPELESS = 1.7
"""How many times as uneven as allowed a piece may be after the first iterations; measured, they halve it at most."""
_SMALL = 0.12
"""Share of the whole below which a chart may be joined to a neighbour."""
_LEAST_MM2 = 1e-9
_ROUNDS = 3
"""How often crumbs are handed over: one may hang on another of the other half."""
_LARGE = 2000
"""Triangles from which where to cut is decided on a coarse copy."""
_BEYOND_COARSE = 1.5
"""How many times as uneven as allowed a chart may be that a coarse copy was even enough for: a scan's noise, mostly."""
_STRAIGHTENED = 2
"""How often each triangle along a border is looked at."""
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
    waiting, decided = [], []
    for piece in ground.connected(np.sort(members[ground.area_mm2[members] > _LEAST_MM2])):
        if len(piece) < _LARGE:
            waiting.append(piece)
        else:
            decided += _decided(ground, piece, spacing_mm)
    with ThreadPoolExecutor(2) as pool:
        charts = list(pool.map(lambda piece: ground.flattened(piece, math.inf), decided))
        uneven = [chart for chart in charts if _is_uneven(chart, spacing_mm)]
        for chart in uneven:
            side, _ = ground.halves(chart.triangles, chart.uv_mm.mean(axis=1), 1)[0]
            waiting += ground.parted((chart.triangles[side], chart.triangles[~side]))
        even = [chart for chart in charts if chart not in uneven]
        return (*even, *_cut_until_flat(ground, waiting, spacing_mm, pool))


def _is_uneven(chart: Chart, spacing_mm: float) -> bool:
    """Return whether a chart that was decided on a coarse copy must be cut after all."""
    allowed = _BEYOND_COARSE * _allowed_cv(chart.area_mm2, spacing_mm)
    return len(chart.triangles) > 1 and (chart.flat.spacing_cv > allowed or not _is_in_bounds(chart.flat))


def _cut_until_flat(
    ground: _Ground, pieces: list[Ints], spacing_mm: float, pool: ThreadPoolExecutor, tries: int = 1
) -> list[Chart]:
    """Return the charts of connected pieces; of so many cuts of each the best is made."""
    charts: list[Chart] = []
    waiting: list[_Waiting] = [(piece, None) for piece in pieces]
    while waiting:
        judged = list(pool.map(partial(_judge, ground, spacing_mm, tries), waiting))
        charts += [chart for chart, _ in judged if chart is not None]
        waiting = [part for _, parts in judged for part in parts]
    return _join(ground, charts, spacing_mm)


def _decided(ground: _Ground, piece: Ints, spacing_mm: float) -> list[Ints]:
    """Return a large connected piece in the parts into which a coarse copy of it is cut."""
    coarse = coarsen(ground.skin, piece)
    rough = _Ground(coarse.skin)
    with ThreadPoolExecutor(2) as pool:
        waiting = list(rough.connected(np.nonzero(rough.area_mm2 > _LEAST_MM2)[0]))
        charts = _cut_until_flat(rough, waiting, spacing_mm, pool, _TRIES)
    label = np.full(len(coarse.skin.triangles), -1)
    for number, chart in enumerate(charts):
        label[chart.triangles] = number
    return ground.whole(piece, labels_back(coarse, label))


_Waiting = tuple["Ints", "Chart | None"]
"""A piece, and the chart that it has been found to make."""


def _judge(ground: _Ground, spacing_mm: float, tries: int, waiting: _Waiting) -> tuple[Chart | None, list[_Waiting]]:
    """Return a piece as a chart, or the parts into which it is cut."""
    piece, chart = waiting
    allowed = ground.allowed_cv(piece, spacing_mm)
    if chart is None and not ground.turns_far(piece):
        chart = ground.flattened(piece, allowed)
    if chart is not None and (len(piece) == 1 or (chart.flat.spacing_cv <= allowed and _is_in_bounds(chart.flat))):
        return chart, []
    spread = ground.turning(piece) if chart is None else chart.uv_mm.mean(axis=1)
    best: list[_Waiting] = []
    least = math.inf
    for side, length in ground.halves(piece, spread, tries):
        parts: list[_Waiting] = [(part, None) for part in ground.parted((piece[side], piece[~side]))]
        if tries == 1:
            return None, parts
        parts = [(part, ground.tried(part, spacing_mm)) for part, _ in parts]
        cost = _SEAM * spacing_mm * length + sum(ground.variance_mm2(*part) for part in parts)
        if cost < least:
            best, least = parts, cost
    return None, best


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
        if not len(members):
            return
        one, other, _ = edges(self.skin.triangles[members])
        label = components(len(members), one, other)
        order = np.argsort(label, kind="stable")
        yield from np.split(members[order], np.nonzero(np.diff(label[order]))[0] + 1)

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

    def allowed_cv(self, piece: Ints, spacing_mm: float) -> float:
        """Return how uneven a piece may be before it pays to cut it."""
        return _allowed_cv(float(self.area_mm2[piece].sum()), spacing_mm)

    def tried(self, piece: Ints, spacing_mm: float) -> Chart | None:
        """Return a piece as a chart, however uneven; None if it turns too far."""
        return None if self.turns_far(piece) else self.flattened(piece, self.allowed_cv(piece, spacing_mm))

    def variance_mm2(self, piece: Ints, chart: Chart | None) -> float:
        """Return how unevenly a piece lies, times its area; much for one that turns too far."""
        return _TURNING_CV**2 * float(self.area_mm2[piece].sum()) if chart is None else chart.variance_mm2

    def halves(self, piece: Ints, spread: Floats, tries: int) -> list[tuple[Flags, float]]:
        """Return the best ways to cut a piece in two, one a direction: one side of a straight line, and its length.

        Best is a cut whose length on the skin is least for its balance.
        """
        area = self.area_mm2[piece]
        one, other, ends = edges(self.skin.triangles[piece])
        length = self.lengths_mm(ends)
        found: list[tuple[float, int, Flags, float]] = []
        for number, angle in enumerate(np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS):
            along = spread @ (np.cos(angle), np.sin(angle))
            order = np.argsort(along, kind="stable")
            share = np.cumsum(area[order]) / area.sum()
            here: tuple[float, int, Flags, float] = (math.inf, number, np.zeros(len(piece), bool), 0.0)
            for wanted in _SHARES:
                side = np.zeros(len(piece), bool)
                side[order[: max(1, min(int(np.searchsorted(share, wanted)), len(piece) - 1))]] = True
                balance, cut_mm = float(share[side.sum() - 1]), float(length[side[one] != side[other]].sum())
                cost = cut_mm / (balance * (1.0 - balance))
                if cost < here[0]:
                    here = cost, number, side, cut_mm
            found.append(here)
        found.sort(key=lambda way: way[:2])
        return [(side, cut_mm) for _, _, side, cut_mm in found[:tries]]

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

    def whole(self, piece: Ints, label: Ints) -> list[Ints]:
        """Return the connected parts of a piece that have the same label; crumbs go to what they border on most."""
        one, other, ends = edges(self.skin.triangles[piece])
        length, area = self.lengths_mm(ends), self.area_mm2[piece]
        for turn in range(_ROUNDS + 1):
            label = _straightened(label, one, other, length)
            same = label[one] == label[other]
            part = components(len(piece), one[same], other[same])
            if turn == _ROUNDS:
                break
            size, first = np.bincount(part, area), np.unique(part, return_index=True)[1]
            whole = np.bincount(label + 1, area)[label[first] + 1]
            crumbs = np.nonzero(size < np.where(label[first] < 0, np.inf, _CRUMB * whole))[0]
            ends_of = np.concatenate([part[one[~same]], part[other[~same]]])
            beside = np.concatenate([part[other[~same]], part[one[~same]]])
            for crumb in crumbs:
                own = ends_of == crumb
                if own.any():
                    border = np.bincount(beside[own], np.tile(length[~same], 2)[own])
                    label = np.where(part == crumb, label[first[border.argmax()]], label)
        order = np.argsort(part, kind="stable")
        return np.split(piece[order], np.nonzero(np.diff(part[order]))[0] + 1)


def _straightened(label: Ints, one: Ints, other: Ints, length: Floats) -> Ints:
    """Return labels where each triangle along a border in turn took that of a neighbour if the border got shorter."""
    label = label.copy()
    border = np.zeros(len(label), bool)
    border[one[label[one] != label[other]]] = border[other[label[one] != label[other]]] = True
    beside: dict[int, list[tuple[int, float]]] = {int(number): [] for number in np.nonzero(border)[0]}
    near = border[one] | border[other]
    for a, b, mm in zip(one[near].tolist(), other[near].tolist(), length[near].tolist(), strict=True):
        for own, its in ((a, b), (b, a)):
            if own in beside:
                beside[own].append((its, mm))
    for _ in range(_STRAIGHTENED):
        for own, its in beside.items():
            held: dict[int, float] = {int(label[own]): _LEAST_MM2}
            for its_own, mm in its:
                held[int(label[its_own])] = held.get(int(label[its_own]), 0.0) + mm
            label[own] = max(held, key=held.__getitem__)
    return label
