"""Sets rigid plates down on skin: a lattice of the plate's own size on each chart, turned and moved to waste least.

A chart is looked at through a raster of 9 x 9 points for each plate, laid in the plate's own directions, so that what
a plate covers and where its middle lies are counted from the same points. Each session's plates lie shifted by a part
of the distance between the plate's needles, so that the needles of all sessions interleave.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.chart import cut
from mesoplan.layout.footprints import Footprints, across
from mesoplan.layout.lattice import hermite_forms, reduced, spacing_mm
from mesoplan.layout.lay import lay, make_sheet
from mesoplan.layout.press import Plates, near_skin, press
from mesoplan.surface.discs import NO_DISCS
from mesoplan.surface.skin import NO_ZONE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from mesoplan.layout.chart import Chart
    from mesoplan.surface.discs import Discs
    from mesoplan.surface.skin import Floats, Ints, Skin

    Flags = NDArray[np.bool_]

_RASTER = 9
"""Points along each side of a plate; odd, so that one of them is its middle."""
_RIM = 0.99 * _RASTER / (_RASTER - 1.0)
"""How far the raster is spread to reach the plate's edge, where what must not be touched is looked for."""
_ANGLES = 6
"""Directions of the plates that are tried, from the chart's own up direction on, over a quarter of a turn."""
_TURNING = 0.02
"""Share of the chart that a direction must save against the one found so far."""
_WHOLE = 0.98
"""Share of a plate on the zones from which a lattice is tried as if only whole plates counted."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """A lattice of plates in the plane of a chart: one corner of a plate, and how far the plates are turned."""

    origin_mm: tuple[float, float]
    angle_rad: float
    size_mm: tuple[float, float]

    @property
    def axes(self) -> Floats:
        """(2, 2) rows: the directions of width and height."""
        cosine, sine = math.cos(self.angle_rad), math.sin(self.angle_rad)
        return np.array([(cosine, sine), (-sine, cosine)])

    def moved(self, shift_mm: Floats) -> _Grid:
        """Return the lattice moved along its own width and height."""
        x, y = np.array(self.origin_mm) + shift_mm @ self.axes
        return replace(self, origin_mm=(float(x), float(y)))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The plates of a lattice whose middle lies on a chart, row by row.

    Attributes:
        column_row: (n, 2) which plate of the lattice each is.
        share: (n,) how much of it lies on the chart.
        triangle: (n,) the skin's triangle under its middle.
        middle_mm: (n, 3) its middle on the skin.
        along: (n, 3) the direction of its width on the skin.
    """

    column_row: Ints
    share: Floats
    triangle: Ints
    middle_mm: Floats
    along: Floats

    def taken(self, which: Flags | Ints) -> _Cells:
        return _Cells(*(getattr(self, name)[which] for name in self.__slots__))


def cut_for_plates(skin: Skin, zones: Collection[str], footprint_mm: tuple[float, float]) -> tuple[Chart, ...]:
    """Return the charts of some zones for plates of this size.

    Raises:
        ValueError: If the skin has not all of the zones.
    """
    unknown = sorted(set(zones) - set(skin.zones))
    if unknown:
        raise ValueError(f"zones {unknown} are not on this skin")
    wished = [skin.zones.index(zone) for zone in zones]
    return cut(skin, np.nonzero(np.isin(skin.zone, wished))[0], max(footprint_mm))


def session_shifts(pitch_mm: tuple[float, float], sessions: int) -> Floats:
    """Return (n, 2) how far each session's plates lie from the first one's, along width and height.

    The needles stand in a rectangular grid of this pitch. Of all lattices of which the grid is a sub-lattice of index n
    the one with the largest smallest distance is taken; its cosets are the sessions. No shift is longer than half a
    pitch either way.

    Args:
        pitch_mm: Distance of the needles along the plate's width and height.
        sessions: Number of sessions, 1 or more.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if sessions < 1 or not all(0.0 < side < math.inf for side in pitch_mm):
        raise ValueError(f"{sessions} sessions, needles {pitch_mm} mm apart: no shifts")
    pitch = np.array(pitch_mm)
    forms = np.array(list(hermite_forms(sessions)), dtype=float).swapaxes(-1, -2)
    unions = np.linalg.inv(forms) @ np.diag(pitch)
    best = unions[int(np.argmax(np.round(spacing_mm(reduced(unions)) / pitch.max(), 9)))]
    steps = np.array([(i, j) for i in range(sessions) for j in range(sessions)], dtype=float) @ best / pitch
    places = np.mod(np.rint(steps * sessions).astype(np.int64), sessions)
    kept = np.unique(places, axis=0)
    shifts: Floats = np.where(2 * kept > sessions, kept - sessions, kept) / sessions * pitch
    return shifts


def set_down(
    skin: Skin,
    charts: Sequence[Chart],
    footprint_mm: tuple[float, float],
    needles: int,
    shifts_mm: Floats,
    *,
    least_share: float = 0.5,
    keep_outs: Discs = NO_DISCS,
    margin_mm: float = 0.0,
    never: Flags | None = None,
) -> Footprints:
    """Return every plate of a course: session by session, chart by chart, in rows back and forth.

    A plate is set down where its middle lies on a chart, at least `least_share` of it on the chart's zones, nothing of
    it on skin of `never`, and nothing of it, as seen from the front, in a circle that is kept out.

    Args:
        skin: The surface.
        charts: The zones, flat.
        footprint_mm: Width and height of the plate.
        needles: Needles of the plate.
        shifts_mm: (sessions, 2) how far each session's plates are moved along their width and height.
        least_share: Above 0, at most 1.
        keep_outs: Circles that no plate may touch.
        margin_mm: What to leave beside the circles.
        never: (t,) triangles that no plate may touch; None: all without a zone, for among them are eyes and lips.

    Raises:
        ValueError: If an argument is outside its range.
    """
    shifts = np.asarray(shifts_mm, float).reshape(-1, 2)
    if not all(0.0 < side < math.inf for side in footprint_mm) or needles < 1 or not 0.0 < least_share <= 1.0:
        raise ValueError(f"footprint {footprint_mm} mm, {needles} needles, share {least_share}: no plates")
    if not len(shifts) or not np.isfinite(shifts).all():
        raise ValueError(f"shifts {shifts.tolist()} mm: one is needed for each session")
    ground = _Ground(skin, footprint_mm, least_share, keep_outs, margin_mm, _never(skin, never))
    grids = [ground.best_grid(chart) for chart in charts]
    parts, session = [], []
    for number, shift in enumerate(shifts):
        for chart, grid in zip(charts, grids, strict=True):
            cells = ground.allowed(ground.cells(chart, grid.moved(shift)))
            parts.append(cells.taken(_back_and_forth(cells.column_row)))
            session.append(np.full(len(parts[-1].share), number))
    triangle = np.concatenate([np.empty(0, np.int64), *(part.triangle for part in parts)])
    along = np.concatenate([np.empty((0, 3)), *(part.along for part in parts)])
    return Footprints(
        skin=skin,
        positions_mm=np.concatenate([np.empty((0, 3)), *(part.middle_mm for part in parts)]),
        triangle=triangle.astype(np.int32),
        rotation_rad=_rotation(skin.normals[triangle], along),
        session=np.concatenate([np.empty(0, np.int64), *session]).astype(np.int16),
        sessions=len(shifts),
        footprint_mm=footprint_mm,
        needles=needles,
    )


def raster(size_mm: tuple[float, float], points: int = _RASTER) -> Floats:
    """Return (points^2, 2) places spread evenly over a plate, from its middle."""
    steps = (np.arange(points) + 0.5) / points - 0.5
    x, y = np.meshgrid(steps * size_mm[0], steps * size_mm[1])
    return np.column_stack([x.ravel(), y.ravel()])


def edge_raster(size_mm: tuple[float, float]) -> Floats:
    """Return places spread evenly over a plate up to its edge, from its middle."""
    return _RIM * raster(size_mm)


def _never(skin: Skin, never: Flags | None) -> Flags:
    if never is None:
        without: Flags = skin.zone == NO_ZONE
        return without
    if never.shape != skin.zone.shape or never.dtype != np.bool_:
        raise ValueError(f"`never` must hold a truth value for each of {len(skin.zone)} triangles")
    return never


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What decides where plates may lie."""

    skin: Skin
    size_mm: tuple[float, float]
    least_share: float
    keep_outs: Discs
    margin_mm: float
    never: Flags

    def best_grid(self, chart: Chart) -> _Grid:
        """Return the lattice of least waste: skin left bare and plate beside the zones, both in points of the raster.

        For each direction two lattices are looked at: the best one if enough of a plate lay on the zones, and the best
        if all of it had to; of them the one that keeps to what may be touched counts.
        """
        best, least = _Grid((0.0, 0.0), 0.0, self.size_mm), math.inf
        for turn in range(_ANGLES):
            angle = turn * math.pi / 2.0 / _ANGLES
            for share in (self.least_share, max(self.least_share, _WHOLE)):
                grid, places = self._moved_best(chart, angle, share)
                covered = self.allowed(self.cells(chart, grid), quickly=True).share
                waste = places + _RASTER**2 * (len(covered) - 2.0 * covered.sum())
                if waste < least - (_TURNING * places if turn else 0.5):
                    best, least = grid, waste
        return best

    def _moved_best(self, chart: Chart, angle: float, share: float) -> tuple[_Grid, int]:
        """Return the lattice of this direction that wastes least, by the raster alone, and the chart's points."""
        grid = _centred(chart, angle, self.size_mm)
        column, row = self._points(chart, grid)[0].T
        if not len(column):
            return grid, 0
        low, most = np.array([column.min(), row.min()]), np.array([column.max(), row.max()])
        low, most = low // _RASTER * _RASTER - _RASTER, (most // _RASTER + 2) * _RASTER
        filled = np.zeros(most - low + _RASTER, np.int64)
        filled[column - low[0], row - low[1]] = 1
        sums = np.pad(filled.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        best, least, half = (0, 0), math.inf, _RASTER // 2
        for x in range(_RASTER):
            for y in range(_RASTER):
                ends = sums[x::_RASTER, y::_RASTER]
                held = np.diff(np.diff(ends, axis=0), axis=1)
                middle = filled[x + half :: _RASTER, y + half :: _RASTER][: held.shape[0], : held.shape[1]]
                held = held[(middle > 0) & (held >= share * _RASTER**2)]
                waste = len(column) + _RASTER**2 * len(held) - 2 * int(held.sum())
                if waste < least:
                    best, least = (x, y), waste
        return grid.moved(np.array(best) / _RASTER * self.size_mm), len(column)

    def _points(self, chart: Chart, grid: _Grid) -> tuple[Ints, Ints, Floats]:
        """Return the raster's points on a chart: (n, 2) column and row, (n,) triangle of the chart, (n, 3) on skin."""
        corners = self.skin.triangles[chart.triangles]
        basis = grid.axes * np.array(self.size_mm)[:, None] / _RASTER
        uv = chart.uv_mm - np.array(grid.origin_mm) - basis.sum(axis=0) / 2.0
        sheet = make_sheet(uv, self.skin.vertices_mm[corners], corners, basis, (1, 0, 1))
        laid = lay(sheet)
        flat = lay(replace(sheet, corners_mm=np.pad(sheet.place, ((0, 0), (0, 0), (0, 1)))))
        return np.rint(flat.positions_mm[:, :2]).astype(np.int64), laid.triangle.astype(np.int64), laid.positions_mm

    def cells(self, chart: Chart, grid: _Grid) -> _Cells:
        """Return the plates of a lattice whose middle lies on the chart, row by row."""
        place, triangle, positions = self._points(chart, grid)
        cell, within = np.divmod(place, _RASTER)
        low = cell.min(axis=0, initial=0)
        wide = int(cell[:, 0].max(initial=0)) - low[0] + 1
        key = (cell[:, 1] - low[1]) * wide + cell[:, 0] - low[0]
        held = np.bincount(key, minlength=1)
        middle = np.nonzero((within == _RASTER // 2).all(axis=1))[0]
        own, first = np.unique(key[middle], return_index=True)
        middle = middle[first]
        return _Cells(
            column_row=cell[middle],
            share=np.minimum(held[own] / _RASTER**2, 1.0),
            triangle=chart.triangles[triangle[middle]],
            middle_mm=positions[middle],
            along=_along(self.skin, chart, triangle[middle], grid.axes),
        )

    def allowed(self, cells: _Cells, *, quickly: bool = False) -> _Cells:
        """Return the plates that may be set down; quickly: those that lie wholly on the chart are not looked under."""
        cells = cells.taken(cells.share >= self.least_share - 1e-9)
        plates = Plates(cells.middle_mm, cells.along, self.skin.normals[cells.triangle], self.size_mm)
        stays = ~touches(self.keep_outs, plates, self.margin_mm)
        if self.never.any():
            looked = np.nonzero(stays & near_skin(self.skin, plates, self.never))[0]
            looked = looked[cells.share[looked] < _WHOLE] if quickly else looked
            under = press(self.skin, plates.taken(looked), edge_raster(self.size_mm)).triangle
            stays[looked] = ~(self.never[under] & (under >= 0)).any(axis=1)
        return cells.taken(stays)


def touches(discs: Discs, plates: Plates, margin_mm: float = 0.0) -> Flags:
    """Return (n,) whether any part of each plate, as seen from the front, lies in a circle or within a margin of it."""
    corners = plates.corners_mm()[:, :, :2]
    found = np.zeros(len(plates), np.bool_)
    for x, y, radius in discs.circles:
        start = corners - (x, y)
        side = np.roll(start, -1, axis=1) - start
        square = np.maximum((side * side).sum(axis=2), 1e-30)
        share = np.clip(-(start * side).sum(axis=2) / square, 0.0, 1.0)
        away = np.linalg.norm(start + share[:, :, None] * side, axis=2).min(axis=1)
        turns = side[:, :, 0] * start[:, :, 1] - side[:, :, 1] * start[:, :, 0]
        inside = (turns > 0.0).all(axis=1) | (turns < 0.0).all(axis=1)
        found |= inside | (away <= radius + margin_mm)
    return found


def _centred(chart: Chart, angle: float, size_mm: tuple[float, float]) -> _Grid:
    """Return the lattice in whose middle the chart lies."""
    grid = _Grid((0.0, 0.0), angle, size_mm)
    turned = chart.uv_mm.reshape(-1, 2) @ grid.axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    counts = np.maximum(np.rint((high - low) / size_mm), 1.0)
    return grid.moved((low + high - counts * size_mm) / 2.0)


def _along(skin: Skin, chart: Chart, which: Ints, axes: Floats) -> Floats:
    """Return (n, 3) the direction on the skin of a plate's width, shear shared between width and height."""
    uv, corners = chart.uv_mm[which], skin.vertices_mm[skin.triangles[chart.triangles[which]]]
    flat = np.stack([uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]], axis=1)
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=1)
    up = axes @ np.linalg.inv(flat) @ edges
    normal = skin.normals[chart.triangles[which]]
    wide, high = (up[:, one] / np.linalg.norm(up[:, one], axis=1, keepdims=True) for one in (0, 1))
    along = wide + np.cross(high, normal)
    unit: Floats = along / np.linalg.norm(along, axis=1, keepdims=True)
    return unit


def _rotation(normals: Floats, along: Floats) -> Floats:
    """Return (n,) how far each direction lies counter-clockwise from `across`."""
    first = across(normals) if len(normals) else np.empty((0, 3))
    second = np.cross(normals, first)
    angle: Floats = np.arctan2((along * second).sum(axis=1), (along * first).sum(axis=1))
    return angle


def _back_and_forth(column_row: Ints) -> Ints:
    """Return the order in rows, from the top, every other one backwards."""
    column, row = column_row.T
    return np.lexsort((np.where(row % 2 == 0, column, -column), -row))
