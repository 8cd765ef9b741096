"""Cuts the face out of a scan: its triangles in the head's own axes, what is seen of them, and their zones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.geometry import quarter
from mesoplan.surface.mesh import FaceMesh
from mesoplan.surface.parameters import number, whole_number
from mesoplan.surface.scan_cut import edges_of
from mesoplan.surface.scan_landmarks import FaceInScan, about_x, about_y
from mesoplan.surface.scan_mesh import Damaged, Mesh
from mesoplan.surface.scan_view import View, look
from mesoplan.surface.scan_zones import FaceMap, Spline, Zoned, refined, zoned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints

    Flags = NDArray[np.bool_]

_OUTER_CORNERS = (33, 263)
_LEAST_CENTRES = 300
_MORE_VIEWS = (about_y(60.0), about_y(-60.0), about_x(-35.0), about_x(25.0))
_FACING = 0.1
"""A triangle seen at a flatter angle than this (its cosine) does not count as seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadFrame:
    """The head's own axes: millimetres, x to the patient's left, y up, z out of the face, the origin between the eyes.

    Attributes:
        turn: (3, 3) from the scan's axes to the head's.
        origin: (3,) in the scan's axes and unit.
        mm: Millimetres in one unit of the scan.
        landmarks: (468, 3) in millimetres; where the scan does not tell, from their neighbours.
        spread: (468,) how far the views disagree, in millimetres; NaN where only one tells.
        to_map: From millimetres to the flat map of the face mesh.
    """

    turn: Floats
    origin: Floats
    mm: float
    landmarks: Floats
    spread: Floats
    to_map: Spline

    def inwards(self, points: Floats) -> Floats:
        """Return points (n, 3) of the scan in the head's axes."""
        moved: Floats = (points - self.origin) @ self.turn.T * self.mm
        return moved

    def back(self, points: Floats) -> Floats:
        """Return points (n, 3) of the head's axes in the scan's."""
        moved: Floats = points / self.mm @ self.turn + self.origin
        return moved


def head_frame(face: FaceInScan, mm: float, canonical: FaceMesh, faces: FaceMap) -> HeadFrame:
    """Return the head's axes: level through the outer corners of the eyes, seen from the front.

    Raises:
        Damaged: If too few landmarks lie on the scan.
    """
    told = np.isfinite(face.points).all(axis=1)
    told &= ~(face.spread * mm > number("max_landmark_spread_mm"))
    centres = faces.centres[told[faces.centres]]
    if len(centres) < _LEAST_CENTRES or not told[list(_OUTER_CORNERS)].all():
        message = "too much of the face is missing from the scan, or too rough to be measured"
        raise Damaged(message, "Scan it anew, from ear to ear, in even light.")
    right, left = face.points[list(_OUTER_CORNERS)]
    x, y = (face.camera.turn @ (left - right))[:2]
    length = float(np.hypot(x, y))
    turn = np.array([[x, y, 0.0], [-y, x, 0.0], [0.0, 0.0, length]]) / length @ face.camera.turn
    origin = (right + left) / 2.0
    on_scan = (face.points - origin) @ turn.T * mm
    smoothing = number("scan_smoothing_mm")
    to_map = Spline(on_scan[centres], canonical.texture[centres], smoothing)
    size = float(np.linalg.norm(np.ptp(on_scan[centres], axis=0)) / np.linalg.norm(np.ptp(canonical.texture, axis=0)))
    from_map = Spline(canonical.texture[centres] * size, on_scan[centres], smoothing)
    return HeadFrame(turn, origin, mm, from_map(canonical.texture * size), face.spread * mm, to_map)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The face of a scan, cut.

    Attributes:
        points: (v, 3) in the head's axes.
        triangles: (t, 3), counter-clockwise from outside.
        label: (t,) index into the map's names; -1 for what is hidden, far from the face or outside every zone.
        turned: Share of the face's triangles that were the wrong way round.
        left_out: Pieces of the scan that hold next to nothing of the face.
    """

    points: Floats
    triangles: Ints
    label: Ints
    turned: float
    left_out: int


def face_pieces(mesh: Mesh, face: FaceInScan, frame: HeadFrame, canonical: FaceMesh, faces: FaceMap) -> Pieces:
    """Return the face of a scan with its zones, what is hidden in none.

    Raises:
        Damaged: If no triangle of it lies in any zone.
    """
    points = frame.inwards(mesh.vertices)
    around = number("scan_kept_mm")
    low, high = frame.landmarks.min(axis=0) - around, frame.landmarks.max(axis=0) + around
    points, triangles = refined(points, mesh.triangles, low, high, number("scan_edge_mm"))
    away = _away(points[triangles].mean(axis=1), frame.landmarks, canonical)
    kept = away <= around
    if kept.sum() > whole_number("max_face_triangles"):
        message = f"the face alone has {int(kept.sum()):,} triangles".replace(",", " ")
        raise Damaged(message, "Export the scan coarser, with an edge of about half a millimetre.")
    triangles, away = triangles[kept], away[kept]
    facing = _facing(mesh, face, frame, points, triangles)
    shown = (np.abs(facing) >= _FACING) & (away <= number("scan_reach_mm"))
    cut = zoned(points, np.where((facing < 0.0)[:, None], triangles[:, ::-1], triangles), frame.to_map, faces)
    label = np.where(shown[cut.parent], cut.label, -1)
    if not (label >= 0).any():
        raise Damaged("no part of the face's zones is seen in the scan", "Scan the face from the front.")
    turned = float((facing[cut.parent[label >= 0]] < 0.0).mean())
    label, left_out = _largest_part(cut, label)
    _check_branches(cut, label)
    label = _at_most_two_on_an_edge(cut, label)
    used, corners = np.unique(cut.triangles, return_inverse=True)
    return Pieces(cut.points[used], corners.reshape(-1, 3), label, turned, left_out)


def _away(places: Floats, landmarks: Floats, canonical: FaceMesh) -> Floats:
    """Return how far places (n, 3) are from the surface of the landmarks, in millimetres, to within two."""
    from scipy.spatial import cKDTree

    corners = landmarks[canonical.triangles]
    for _ in range(2):
        corners = quarter(corners).reshape(-1, 3, 3)
    away, _ = cKDTree(np.unique(corners.reshape(-1, 3).round(6), axis=0)).query(places)
    return np.asarray(away, np.float64)


def _facing(mesh: Mesh, face: FaceInScan, frame: HeadFrame, points: Floats, triangles: Ints) -> Floats:
    """Return for each triangle the cosine at which it is best seen: negative if from behind, 0 if it is hidden."""
    places = frame.back(points[triangles].mean(axis=1))
    corner = points[triangles]
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    best = np.zeros(len(triangles))
    slack = number("scan_slack_mm") / frame.mm
    for view in _views(mesh, face):
        towards = frame.turn @ view.camera.turn[2]
        cosine: Floats = np.where(view.shows(places, slack), normals @ towards, 0.0)
        better = np.abs(cosine) > np.abs(best)
        best[better] = cosine[better]
    return best


def _views(mesh: Mesh, face: FaceInScan) -> list[View]:
    """Return the views that the landmarks were read from, and more: from both sides, from below and from above."""
    return [*face.views, *(look(mesh, face.camera.turned(turn), coloured=False) for turn in _MORE_VIEWS)]


def _largest_part(cut: Zoned, label: Ints) -> tuple[Ints, int]:
    """Return the labels without those of pieces that hold next to nothing of the face, and how many such there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges, _ = edges_of(cut.triangles, len(cut.points))
    count = len(cut.points)
    graph = coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    parts, part = connected_components(graph, directed=False)
    corner = cut.points[cut.triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1) / 2.0
    of = part[cut.triangles[:, 0]]
    zoned_area = np.bincount(of, weights=np.where(label >= 0, area, 0.0), minlength=parts)
    small = zoned_area < number("scan_part_share") * zoned_area.sum()
    touched = np.bincount(of, minlength=parts) > 0
    return np.where(small[of], -1, label), int((small & touched).sum())


def _check_branches(cut: Zoned, label: Ints) -> None:
    """Refuse a surface that branches within a zone: which branch is skin nobody knows.

    Raises:
        Damaged: If a noteworthy share of a zone lies in triangles that meet more than one other on an edge.
    """
    corner = cut.points[cut.triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    ends, edge = edges_of(cut.triangles, len(cut.points))
    zone = np.nonzero(label >= 0)[0]
    meet = np.bincount(edge[zone].ravel(), minlength=len(ends))
    branching = zone[(meet[edge[zone]] > 2).any(axis=1)]
    whole = np.bincount(label[zone], area[zone])
    share = np.bincount(label[branching], area[branching], minlength=len(whole)) / np.maximum(whole, 1e-300)
    if share.max(initial=0.0) > number("scan_folded_share"):
        message = f"more than two triangles meet on edges of the face, over {share.max():.0%} of a zone"
        raise Damaged(message, "Repair it to a single sheet of skin (spikes and inner walls removed), or scan anew.")


def _at_most_two_on_an_edge(cut: Zoned, label: Ints) -> Ints:
    """Return the labels without those of the smaller triangles that share an edge with two larger ones in a zone."""
    corner = cut.points[cut.triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    _, edge = edges_of(cut.triangles, len(cut.points))
    zone = np.nonzero(label >= 0)[0]
    keys, owner = edge[zone].ravel(), np.repeat(zone, 3)
    order = np.lexsort((owner, -area[owner], keys))
    third = np.zeros(len(order), bool)
    third[2:] = keys[order[2:]] == keys[order[:-2]]
    label = label.copy()
    label[owner[order[third]]] = -1
    return label
