"""Skin as a raster of points: which of them lie in a zone, and how often punctures hit them.

The points are the middles of squares a sixth of a microzone wide; one is hit by every puncture at most half a microzone
away. Point by point that is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Allowed = Callable[[Floats], Flags]
    """Which of the places (n, 2) lie in the zone."""

_PER_DIAMETER = 6
_REACH = _PER_DIAMETER // 2 + 1
"""Steps of the raster beyond which no puncture hits."""
_BESIDE = (0.29, 0.13)
_SHOWN_HITS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Points of a zone.

    Attributes:
        low: The corner of the first square.
        step_mm: Side of a square.
        inside: (rows, columns) which points lie in the zone.
    """

    low: Floats
    step_mm: float
    inside: Flags

    @classmethod
    def of(cls, outline_mm: Floats, diameter_mm: float) -> Raster:
        """Return the raster of a polygon, (m, 2) corners in either order."""
        step = diameter_mm / _PER_DIAMETER
        low, rows, columns = _extent(outline_mm, step)
        return cls(low, step, _filled(outline_mm, low, step, rows, columns))

    @classmethod
    def where(cls, allowed: Allowed, bounds_mm: Floats, diameter_mm: float) -> Raster:
        """Return the raster of a zone of any shape within bounds, (2, 2): lowest and highest x and y."""
        step = diameter_mm / _PER_DIAMETER
        low, rows, columns = _extent(bounds_mm, step)
        raster = cls(low, step, np.zeros((rows, columns), dtype=np.bool_))
        return cls(low, step, allowed(raster.points_mm).reshape(rows, columns))

    @property
    def points_mm(self) -> Floats:
        """(rows x columns, 2) the points, row by row."""
        rows, columns = self.inside.shape
        x = self.low[0] + (np.arange(columns) + 0.5) * self.step_mm
        y = self.low[1] + (np.arange(rows) + 0.5) * self.step_mm
        points: Floats = np.column_stack([np.tile(x, rows), np.repeat(y, columns)])
        return points

    def reached(self, places_mm: Floats) -> tuple[Counts, Flags]:
        """Return the points around each place, (n, k) as numbers of the raster, and which of them it hits.

        A place so near the raster's edge that it reaches no point of the zone hits none.
        """
        rows, columns = self.inside.shape
        place = (places_mm - self.low) / self.step_mm - 0.5  # a point's own coordinates are whole here
        middle = np.rint(place).astype(np.int64)
        near = (middle >= _REACH).all(axis=1) & (middle[:, 0] < columns - _REACH) & (middle[:, 1] < rows - _REACH)
        place, middle = np.where(near[:, None], place, _REACH), np.where(near[:, None], middle, _REACH)
        offset = np.arange(-_REACH, _REACH + 1)
        right = (middle[:, :1] + offset - place[:, :1]) ** 2
        up = (middle[:, 1:] + offset - place[:, 1:]) ** 2
        hit = (up[:, :, None] + right[:, None, :] <= (_PER_DIAMETER / 2.0) ** 2) & near[:, None, None]
        index = (middle[:, 1:] + offset)[:, :, None] * columns + (middle[:, :1] + offset)[:, None, :]
        shape = (len(places_mm), len(offset) ** 2)
        return index.reshape(shape), hit.reshape(shape)

    def counts(self, punctures_mm: Floats) -> Counts:
        """Return how often each point is hit, (rows, columns)."""
        index, hit = self.reached(punctures_mm)
        return np.bincount(index[hit], minlength=self.inside.size).reshape(self.inside.shape)

    @property
    def beside_mm(self) -> Floats:
        """(2,) how far from its point `gain` places a puncture: where no point lies exactly half a microzone away."""
        beside: Floats = np.array(_BESIDE) * self.step_mm
        return beside

    def gain(self, wanted: Flags) -> Counts:
        """Return how many of the wanted points a puncture beside each point would hit, (rows, columns)."""
        rows, columns = self.inside.shape
        padded = np.pad(wanted, _REACH).astype(np.int64)
        found = np.zeros((rows, columns), dtype=np.int64)
        for up in range(-_REACH, _REACH + 1):
            for right in range(-_REACH, _REACH + 1):
                if (right - _BESIDE[0]) ** 2 + (up - _BESIDE[1]) ** 2 <= (_PER_DIAMETER / 2.0) ** 2:
                    found += padded[_REACH + up : _REACH + up + rows, _REACH + right : _REACH + right + columns]
        return found

    def histogram(self, punctures_mm: Floats) -> Floats:
        """Return the shares of the zone hit 0, 1, 2, 3 times and more often."""
        within = np.minimum(self.counts(punctures_mm)[self.inside], _SHOWN_HITS - 1)
        return np.bincount(within, minlength=_SHOWN_HITS) / len(within)

    def within(self, punctures_mm: Floats) -> int:
        """Return how many punctures lie in the zone."""
        rows, columns = self.inside.shape
        cells = np.floor((punctures_mm - self.low) / self.step_mm).astype(np.int64)
        on = (cells >= 0).all(axis=1) & (cells[:, 0] < columns) & (cells[:, 1] < rows)
        return int(self.inside[cells[on, 1], cells[on, 0]].sum())


def _extent(corners_mm: Floats, step: float) -> tuple[Floats, int, int]:
    """Return corner, rows and columns of a raster with room around it for every puncture that reaches into the zone."""
    low: Floats = corners_mm.min(axis=0) - 2 * _REACH * step
    columns, rows = (math.ceil(size / step) + 2 * _REACH for size in corners_mm.max(axis=0) - low)
    return low, rows, columns


def _filled(outline_mm: Floats, low: Floats, step: float, rows: int, columns: int) -> NDArray[np.bool_]:
    """Return which middles of squares lie within a polygon: an odd number of its sides to the left of them."""
    heights = low[1] + (np.arange(rows) + 0.5) * step
    toggles = np.zeros((rows, columns + 1), dtype=np.int64)
    for one, other in zip(outline_mm, np.roll(outline_mm, -1, axis=0), strict=True):
        (x, y), (next_x, next_y) = (one, other) if one[1] < other[1] else (other, one)
        crossed = np.flatnonzero((heights < y) != (heights < next_y))
        if len(crossed):
            at = x + (heights[crossed] - y) / (next_y - y) * (next_x - x)
            column = np.clip(np.ceil((at - low[0]) / step - 0.5), 0, columns).astype(np.int64)
            np.add.at(toggles, (crossed, column), 1)
    inside: NDArray[np.bool_] = np.cumsum(toggles, axis=1)[:, :columns] % 2 == 1
    return inside


def hit_counts(punctures_mm: Floats, points_mm: Floats, diameter_mm: float) -> Counts:
    """Return how often each point is hit, (p,): the reference of the raster, one distance at a time.

    Args:
        punctures_mm: (n, 2).
        points_mm: (p, 2).
        diameter_mm: Diameter of a microzone.
    """
    counts = np.zeros(len(points_mm), dtype=np.int64)
    for x, y in punctures_mm:
        counts += (points_mm[:, 0] - x) ** 2 + (points_mm[:, 1] - y) ** 2 <= (diameter_mm / 2.0) ** 2
    return counts
