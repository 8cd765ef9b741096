"""Lays the zones on a scan: every place of the scan gets its place in the face mesh's own flat map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.geometry import inside
from mesoplan.surface.mesh import VERTICES, FaceMesh, zone_chains, zone_triangles
from mesoplan.surface.parameters import number, whole_number
from mesoplan.surface.scan_cut import cut_at_labels, edges_of, halved
from mesoplan.surface.scan_mesh import Damaged
from mesoplan.surface.zones import ZoneCatalogue

if TYPE_CHECKING:
    from mesoplan.surface.skin import Floats, Ints

_LIPS = ("lip_upper", "lip_lower", "mouth")
_PIECE = 8192
_ROUNDS = 12
_SLIVER = 0.05
"""A border is not drawn nearer to a vertex than this share of the edge: it would leave slivers."""


class Spline:
    """A smooth map of space through scattered points: the linear radial spline, which may miss each by a little."""

    def __init__(self, points: Floats, values: Floats, smoothing: float) -> None:
        """Fit the map to values (n, d) at points (n, k)."""
        count, width = points.shape
        kernel = -np.linalg.norm(points[:, None] - points[None], axis=2)
        kernel[np.diag_indices(count)] += smoothing
        plane = np.column_stack([np.ones(count), points])
        system = np.block([[kernel, plane], [plane.T, np.zeros((width + 1, width + 1))]])
        self._points = points
        self._weights = np.linalg.solve(system, np.vstack([values, np.zeros((width + 1, values.shape[1]))]))

    def __call__(self, places: Floats) -> Floats:
        """Return the values (m, d) at places (m, k)."""
        from scipy.spatial.distance import cdist

        found = np.empty((len(places), self._weights.shape[1]))
        count = len(self._points)
        for start in range(0, len(places), _PIECE):
            piece = places[start : start + _PIECE]
            plane = np.column_stack([np.ones(len(piece)), piece])
            found[start : start + _PIECE] = plane @ self._weights[count:]
            found[start : start + _PIECE] -= cdist(piece, self._points) @ self._weights[:count]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class FaceMap:
    """The zones in the flat map of the face mesh.

    Attributes:
        names: Zone ids; a label is an index into them, -1 outside the face.
        outlines: (n, 2) the outline of each.
        centres: Which landmarks the map rests on: not those inside the lips, which fall into the mouth.
    """

    names: tuple[str, ...]
    outlines: tuple[Floats, ...]
    centres: Ints

    def labels(self, flat: Floats) -> Ints:
        """Return (n,) the zone of each place (n, 2) of the map."""
        found = np.full(len(flat), -1, np.int64)
        for index, outline in enumerate(self.outlines):
            low, high = outline.min(axis=0), outline.max(axis=0)
            near = np.nonzero(((flat >= low) & (flat <= high)).all(axis=1))[0]
            found[near[inside(flat[near], outline)]] = index
        return found

    def crossings(self, flat: Floats, edges: Ints, labels: Ints) -> Floats:
        """Return (e,) where each edge between two labels crosses the outline of the zone with the higher one."""
        share = np.full(len(edges), 0.5)
        ends = labels[edges]
        cut = ends[:, 0] != ends[:, 1]
        for index, outline in enumerate(self.outlines):
            which = np.nonzero(cut & (ends.max(axis=1) == index))[0]
            own = ends[which, 1] == index
            inner = flat[np.where(own, edges[which, 1], edges[which, 0])]
            outer = flat[np.where(own, edges[which, 0], edges[which, 1])]
            away = _first_crossing(inner, outer, outline)
            share[which] = np.where(own, 1.0 - away, away)
        clear: Floats = np.clip(share, _SLIVER, 1.0 - _SLIVER)
        return clear


def face_map(zones: ZoneCatalogue, mesh: FaceMesh) -> FaceMap:
    """Return the zones in the face mesh's map."""
    chains = zone_chains(zones, mesh.mirror)
    members = zone_triangles(zones, mesh)
    lips = np.concatenate([members[zone] for zone in _LIPS])
    others = np.setdiff1d(np.arange(len(mesh.triangles)), lips)
    within = np.setdiff1d(mesh.triangles[lips], mesh.triangles[others])
    outlines = tuple(mesh.texture[list(chain)] for chain in chains.values())
    return FaceMap(tuple(chains), outlines, np.setdiff1d(np.arange(VERTICES), within))


@dataclass(frozen=True, slots=True, eq=False)
class Zoned:
    """A piece of a scan with its zones.

    Attributes:
        points: (v, 3) in millimetres.
        triangles: (t, 3).
        label: (t,) index into the map's names, -1 outside every zone.
        parent: (t,) the triangle that each was cut from.
    """

    points: Floats
    triangles: Ints
    label: Ints
    parent: Ints


def refined(points: Floats, triangles: Ints, low: Floats, high: Floats, longest: float) -> tuple[Floats, Ints]:
    """Return the part of a mesh within a box, no edge longer than this.

    Halving moves nothing: the surface and its area stay what they were.

    Raises:
        Damaged: If the triangles in the box are far more than skin has.
    """
    most = whole_number("max_scan_triangles")
    for _ in range(_ROUNDS):
        corner = points[triangles]
        near = ((corner.max(axis=1) >= low) & (corner.min(axis=1) <= high)).all(axis=1)
        triangles, corner = triangles[near], corner[near]
        sides = np.linalg.norm(corner - np.roll(corner, -1, axis=1), axis=2)
        if len(triangles) > most:
            raise Damaged("the triangles of the scan lie over each other far more than skin does")
        if not len(triangles) or sides.max() <= longest:
            break
        points, triangles, _ = halved(points, triangles, longest, np.ones(len(triangles), bool))
    used, corners = np.unique(triangles, return_inverse=True)
    return points[used], corners.reshape(-1, 3)


def zoned(points: Floats, triangles: Ints, spline: Spline, faces: FaceMap) -> Zoned:
    """Return a piece of a scan cut along the borders of the zones.

    Args:
        points: (v, 3) in millimetres.
        triangles: (t, 3).
        spline: From space to the flat map.
        faces: The zones there.
    """
    parent = np.arange(len(triangles))
    flat = spline(points)
    labels = faces.labels(flat)
    longest = number("scan_border_edge_mm")
    for _ in range(_ROUNDS):
        ends = labels[triangles]
        border = (ends != ends[:, :1]).any(axis=1)
        before = len(points)
        points, triangles, of = halved(points, triangles, longest, border)
        parent = parent[of]
        if len(points) == before:
            break
        more = spline(points[before:])
        flat = np.vstack([flat, more])
        labels = np.concatenate([labels, faces.labels(more)])
    edges, _ = edges_of(triangles, len(points))
    shares = faces.crossings(flat, edges, labels)
    points, triangles, label, of = cut_at_labels(points, triangles, labels, shares)
    return Zoned(points, triangles, label, parent[of])


def _first_crossing(start: Floats, end: Floats, outline: Floats) -> Floats:
    """Return (n,) how far from start to end (n, 2) an outline (m, 2) is first crossed, 0 to 1; 0.5 where it is not."""
    a, b = outline, np.roll(outline, -1, axis=0)
    way, side = (end - start)[:, None], (b - a)[None]
    turn = way[..., 0] * side[..., 1] - way[..., 1] * side[..., 0]
    gap = a[None] - start[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (gap[..., 0] * side[..., 1] - gap[..., 1] * side[..., 0]) / turn
        beside = (gap[..., 0] * way[..., 1] - gap[..., 1] * way[..., 0]) / turn
    met = (along >= 0.0) & (along <= 1.0) & (beside >= -1e-9) & (beside <= 1.0 + 1e-9)
    first = np.where(met, along, np.inf).min(axis=1)
    return np.where(np.isfinite(first), first, 0.5)
