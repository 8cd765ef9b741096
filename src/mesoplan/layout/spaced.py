"""Points of a syringe on a chart of the skin: a lattice of equal triangles, laid where the zone holds its points best.

A chart is skin made flat: each vertex of its triangles has a place (x, y) in millimetres. Points are laid there and
brought back by their place within a triangle, so that on the curved skin they are as far apart as the chart is true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.points import count_points
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SHIFTS, _TURNS = 8, 4
"""Places of the lattice along each of its two directions, and directions up to the one that looks the same again."""
_COMPARED = 32
"""Lattices of the same number of points that are compared by their distance from the border."""
_INSIDE = -1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SpacedPoints:
    """Points on a chart.

    Attributes:
        places_mm: (n, 2) on the chart.
        triangle: (n,) the triangle each lies in.
        weights: (n, 3) how much each corner of it counts; they add up to 1.
        spacing_mm: Distance between neighbours on the chart.
    """

    places_mm: Floats
    triangle: Ints
    weights: Floats
    spacing_mm: float

    def __len__(self) -> int:
        return len(self.places_mm)

    def on_skin(self, vertices_mm: Floats, triangles: Ints) -> Floats:
        """Return where they lie on the curved skin, (n, 3), given its vertices (v, 3) and the chart's triangles."""
        corners = vertices_mm[triangles[self.triangle]]
        positions: Floats = (corners * self.weights[:, :, None]).sum(axis=1)
        return positions


def space_points(flat_mm: Floats, triangles: Ints, spacing_mm: float, most: int | None = None) -> SpacedPoints:
    """Return points on a lattice of equal triangles, as many as the area holds at this spacing and never more.

    Of the places where the lattice may lie the one is taken that holds the number nearest to it, then the one whose
    points stay farthest from the zone's border. Where it holds more, the points nearest to the border are left out: a
    volume is planned for the number, and the milder side is fewer. A zone too narrow for any place gets one
    point, where it is widest.

    Args:
        flat_mm: (v, 2) the vertices on the chart.
        triangles: (t, 3) those of the zone.
        spacing_mm: Distance between neighbours, above 0.
        most: Most points; None: as the plan counts them for this area.

    Raises:
        ValueError: If the zone has no area or the spacing is not above 0.
    """
    corners = flat_mm[triangles]
    area = float(_areas_mm2(corners).sum())
    if not 0.0 < spacing_mm < math.inf or area <= 0.0:
        raise ValueError(f"spacing {spacing_mm} mm on {area} mm2: no points")
    wanted = count_points(area / MM2_PER_CM2, spacing_mm) if most is None else most
    border = _border_mm(flat_mm, triangles)
    candidates, lattice = _candidates(corners.reshape(-1, 2), spacing_mm)
    owner = _triangle_of(candidates, corners)
    held = owner >= 0
    counts = np.bincount(lattice[held], minlength=_TURNS * _SHIFTS * _SHIFTS)
    misses = np.where(counts == 0, np.iinfo(np.int64).max, np.abs(counts - wanted))
    best = np.flatnonzero(misses == misses.min())[:_COMPARED]
    chosen = candidates[:0]
    if counts.max() > 0 and wanted > 0:
        tried = np.flatnonzero(held & np.isin(lattice, best))
        closest = np.full(len(counts), math.inf)
        np.minimum.at(closest, lattice[tried], np.round(_to_border_mm(candidates[tried], border), 9))
        chosen = candidates[held & (lattice == max(best, key=lambda one: closest[one]))]
    elif wanted > 0:
        middles = corners.mean(axis=1)
        chosen = middles[[int(np.argmax(_to_border_mm(middles, border)))]]
    if len(chosen) > wanted:
        farthest = np.argsort(-_to_border_mm(chosen, border), kind="stable")[:wanted]
        chosen = chosen[np.sort(farthest)]
    triangle = _triangle_of(chosen, corners)
    return SpacedPoints(chosen, triangle, _weights(chosen, corners[triangle]), spacing_mm)


def _candidates(corners_mm: Floats, spacing_mm: float) -> tuple[Floats, Ints]:
    """Return the points of every turned and shifted lattice over the zone, with the number of the lattice."""
    middle = (corners_mm.min(axis=0) + corners_mm.max(axis=0)) / 2.0
    reach = float(np.hypot(*(corners_mm - middle).T).max()) + 2.0 * spacing_mm
    basis = np.array([(1.0, 0.0), (0.5, math.sqrt(3.0) / 2.0)]) * spacing_mm
    most = math.ceil(reach / basis[1, 1])
    i, j = (one.ravel() for one in np.meshgrid(np.arange(-2 * most, 2 * most + 1), np.arange(-most, most + 1)))
    lattice = i[:, None] * basis[0] + j[:, None] * basis[1]
    lattice = lattice[np.hypot(*lattice.T) <= reach]
    steps = np.arange(_SHIFTS) / _SHIFTS
    shifts = (steps[:, None, None] * basis[0] + steps[None, :, None] * basis[1]).reshape(-1, 2)
    shifted = (shifts[:, None, :] + lattice).reshape(-1, 2)
    every = []
    for turn in range(_TURNS):
        angle = math.pi / 6.0 * turn / (_TURNS - 1)
        cosine, sine = math.cos(angle), math.sin(angle)
        x, y = shifted.T
        every.append(middle + np.column_stack([x * cosine - y * sine, x * sine + y * cosine]))
    return np.concatenate(every), np.repeat(np.arange(_TURNS * len(shifts)), len(lattice))


def _triangle_of(places_mm: Floats, corners_mm: Floats) -> Ints:
    """Return the triangle that each place lies in, -1 outside all; on a common side the first one.

    Triangles are entered into the cells of a grid that they touch, and a place looks only at those of its own cell.
    """
    wide = np.flatnonzero(_areas_mm2(corners_mm) > 0.0)
    low, high = corners_mm[wide].min(axis=1), corners_mm[wide].max(axis=1)
    origin, size = low.min(axis=0), max(float((high - low).mean()), 1e-9)
    first, last = (np.floor((one - origin) / size).astype(np.int64) for one in (low - 1e-9, high + 1e-9))
    across, along = (last - first + 1).T
    number, entry = _runs(across * along)
    cell = first[entry] + np.column_stack([number % across[entry], number // across[entry]])
    rows = int(last[:, 1].max()) + 3
    keys = (cell[:, 0] + 1) * rows + cell[:, 1] + 1
    order = np.argsort(keys, kind="stable")
    keys, entry = keys[order], entry[order]
    own = np.floor((places_mm - origin) / size).astype(np.int64)
    near = ((own >= -1) & (own <= last.max(axis=0) + 1)).all(axis=1)
    wanted = np.where(near, (own[:, 0] + 1) * rows + own[:, 1] + 1, -1)
    begin, end = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
    number, place = _runs(end - begin)
    triangle = wide[entry[begin[place] + number]]
    inside = (_weights(places_mm[place], corners_mm[triangle]) >= _INSIDE).all(axis=1)
    found = np.full(len(places_mm), len(corners_mm), dtype=np.int64)
    np.minimum.at(found, place[inside], triangle[inside])
    found[found == len(corners_mm)] = -1
    return found


def _runs(sizes: Ints) -> tuple[Ints, Ints]:
    """Return 0, 1, ... for each size one after the other, and which of the sizes it belongs to."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(owner)) - (np.cumsum(sizes) - sizes)[owner], owner


def _weights(places_mm: Floats, corners_mm: Floats) -> Floats:
    """Return (n, 3) how much each corner of its triangle counts for a place."""
    a, b, c = (corners_mm[:, corner] for corner in range(3))
    whole = _cross(b - a, c - a)
    first, second = _cross(b - places_mm, c - places_mm) / whole, _cross(c - places_mm, a - places_mm) / whole
    return np.column_stack([first, second, 1.0 - first - second])


def _areas_mm2(corners_mm: Floats) -> Floats:
    areas: Floats = np.abs(_cross(corners_mm[:, 1] - corners_mm[:, 0], corners_mm[:, 2] - corners_mm[:, 0])) / 2.0
    return areas


def _cross(one: Floats, other: Floats) -> Floats:
    crossed: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return crossed


def _border_mm(flat_mm: Floats, triangles: Ints) -> Floats:
    """Return (b, 2, 2) the sides that belong to one triangle only."""
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    every, counts = np.unique(sides, axis=0, return_counts=True)
    border: Floats = flat_mm[every[counts == 1]]
    return border


def _to_border_mm(places_mm: Floats, border_mm: Floats) -> Floats:
    """Return how far each place is from the nearest side of the border."""
    start, along = border_mm[:, 0], border_mm[:, 1] - border_mm[:, 0]
    length2 = np.maximum((along * along).sum(axis=1), 1e-30)
    nearest = np.full(len(places_mm), math.inf)
    for begin, side, square in zip(start, along, length2, strict=True):
        away = places_mm - begin
        share = np.clip((away @ side) / square, 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*(away - share[:, None] * side).T))
    return nearest
