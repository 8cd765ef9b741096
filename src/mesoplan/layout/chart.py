"""Cuts skin into few pieces that lie flat almost without distortion: the charts on which lattices are laid.

A piece that wraps around, or that lies too unevenly once it is flat, is cut in two along a straight line, where the cut
is short; so are its parts, until each lies well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.flatten import Flat, flatten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mesoplan.layout.flatten import Floats, Ints
    from mesoplan.surface.skin import Skin

EVEN = 0.02
"""Largest coefficient of variation that equal steps in a chart may have on the skin."""
STRETCH = (0.94, 1.06)
"""Bounds of a chart's stretch, but for 3 % of its area at either end."""
_TAIL = 0.03
_FACING = 0.7
"""Least mean cosine between the normals of a piece and their mean: one that turns more is cut before it is tried."""
_SIDEWAYS = 0.2
"""Least cosine, but for 3 % of the area: a piece seen along its mean normal must not be seen edge-on."""
_DIRECTIONS = 12
_SHARES = np.linspace(0.3, 0.7, 9)
"""Shares of the area on one side of the cuts that are tried."""
_LEAST_MM2 = 1e-9
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


def cut(skin: Skin, members: Ints) -> tuple[Chart, ...]:
    """Return the charts of a part of the skin, in a fixed order; none for no triangles.

    Args:
        skin: The surface.
        members: Indices of the triangles to cover; those without area are in no chart.
    """
    ground = _Ground(skin)
    extended = np.sort(members[ground.area_mm2[members] > _LEAST_MM2])
    waiting = list(ground.connected(extended))[::-1]
    charts = []
    while waiting:
        piece = waiting.pop()
        chart = None if ground.turns_far(piece) else ground.flattened(piece)
        if chart is not None and (len(piece) == 1 or _lies_well(chart.flat)):
            charts.append(chart)
            continue
        spread = ground.turning(piece) if chart is None else chart.uv_mm.mean(axis=1)
        waiting += ground.parted(ground.halves(piece, spread))[::-1]
    return tuple(charts)


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


def _lies_well(flat: Flat) -> bool:
    low, high = flat.stretch_band(_TAIL)
    return flat.spacing_cv <= EVEN and low >= STRETCH[0] and high <= STRETCH[1]


class _Ground:
    """The skin with what cutting asks of it again and again."""

    def __init__(self, skin: Skin) -> None:
        self.skin, self.area_mm2, self.normals = skin, skin.triangle_areas_mm2, skin.normals

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

    def flattened(self, piece: Ints) -> Chart:
        """Return a connected piece as a chart."""
        used, triangles = np.unique(self.skin.triangles[piece], return_inverse=True)
        triangles = triangles.reshape(-1, 3)
        flat = flatten(self.skin.vertices_mm[used], triangles, self.skin.zone[piece])
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
        along_edge = self.skin.vertices_mm[ends[:, 0]] - self.skin.vertices_mm[ends[:, 1]]
        length = np.linalg.norm(along_edge, axis=1)
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
        parts = [list(self.connected(half)) for half in halves]
        sizes = [[float(self.area_mm2[part].sum()) for part in own] for own in parts]
        least = _CRUMB * sum(map(sum, sizes))
        kept: tuple[list[Ints], list[Ints]] = ([], [])
        for side in (0, 1):
            biggest = max(range(len(sizes[side])), key=sizes[side].__getitem__)
            for number, part in enumerate(parts[side]):
                stays = number == biggest or sizes[side][number] >= least
                kept[side if stays else 1 - side].append(part)
        return [part for own in kept for part in self.connected(np.sort(np.concatenate(own)))]
