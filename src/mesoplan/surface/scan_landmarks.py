"""Finds the face in a scan: which way it looks, and where the landmarks of the face mesh lie on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.mesh import VERTICES
from mesoplan.surface.parameters import number
from mesoplan.surface.photo import pupil_distance
from mesoplan.surface.raster import pixel_pairs
from mesoplan.surface.scan_clean import clustered
from mesoplan.surface.scan_mesh import Damaged, Mesh
from mesoplan.surface.scan_view import SEARCH_PX, SIDE_PX, Camera, View, look
from mesoplan.units import MM_PER_CM

if TYPE_CHECKING:
    from mesoplan.surface.landmarks import Face, Landmarker
    from mesoplan.surface.mesh import FaceMesh
    from mesoplan.surface.skin import Floats, Ints

_CELLS = 90
_MOST, _MARGIN = 0.98, 1.15
_TRIED = 8
_FACE_PX = 290.0
"""Height of the face in the pictures that landmarks are read from."""
_VIEWS_DEG = (0.0, 30.0, -30.0)
_ROUNDS = 2
_MOST_PAIRS = 150_000_000
_IRISES = ((468, 469, 470, 471, 472), (473, 476, 475, 474, 477))
"""The landmarks of each iris: its centre and its outline, the second in the mirrored order of the first."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceInScan:
    """The face of a scan, in the scan's own unit and axes.

    Attributes:
        camera: Looks at the face from the front.
        points: (468, 3) the landmarks on the scan; NaN where no view tells.
        spread: (468,) how far the views disagree on each, root mean square; NaN where only one tells.
        pupils: Distance between the centres of the pupils.
        score: The detector's score for the face from the front.
        views: What was seen from the front and from both sides.
    """

    camera: Camera
    points: Floats
    spread: Floats
    pupils: float
    score: float
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The similarity that lays points on the canonical face: `scale * turn @ (point - centre) + there`."""

    turn: Floats
    scale: float
    centre: Floats
    there: Floats
    mirrored: bool
    height_mm: float

    def __call__(self, points: Floats) -> Floats:
        """Return where points (n, 3) lie on the canonical face, in millimetres of an average head."""
        moved: Floats = self.scale * (points - self.centre) @ self.turn.T + self.there
        return moved


def fit(points: Floats, model: Floats) -> Fit:
    """Return the best similarity from points (n, 3) to a model (n, 3), by Umeyama's method.

    The turn never mirrors; `mirrored` says that a mirroring one would fit better, as it does for a hollow face.
    """
    centre, there = points.mean(axis=0), model.mean(axis=0)
    spread = (model - there).T @ (points - centre)
    u, strength, vt = np.linalg.svd(spread)
    sign = 1.0 if np.linalg.det(u @ vt) >= 0.0 else -1.0
    flip = np.array([1.0, 1.0, sign])
    size = float(((points - centre) ** 2).sum())
    scale = float((strength * flip).sum()) / max(size, 1e-300)
    return Fit((u * flip) @ vt, scale, centre, there, sign < 0.0, float(np.ptp(model[:, 1])))


def find_face(mesh: Mesh, landmarker: Landmarker, canonical: FaceMesh) -> FaceInScan:
    """Return the face of a scan, whichever way it looks in it.

    Raises:
        Damaged: If there is none, or its triangles lie over each other without end.
    """
    for coloured in (True, False) if mesh.colours is not None else (False,):
        reader = _Reader(mesh, coloured, landmarker, canonical.vertices * MM_PER_CM, with_irises(canonical.mirror))
        camera = reader.search()
        if camera is not None:
            return reader.read(camera, vertex_normals(canonical.vertices, canonical))
    remedy = "Scan one face with the eyes, nose and mouth free, and cut the scan to the head."
    raise Damaged("no face was found in the scan", remedy)


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """Reads landmarks off one mesh.

    Attributes:
        mesh: The scan.
        coloured: Whether its colours are shown to the landmark model.
        landmarker: That model.
        model: (468, 3) the canonical face in millimetres.
        mirror: (478,) the landmark that mirrors each one.
    """

    mesh: Mesh
    coloured: bool
    landmarker: Landmarker
    model: Floats
    mirror: Ints

    def search(self) -> Camera | None:
        """Return a camera that looks about straight at the face; None where no face is found."""
        middle = np.median(self.mesh.vertices, axis=0)
        away = np.linalg.norm(self.mesh.vertices - middle, axis=1)
        reach = max(_MARGIN * float(np.quantile(away, _MOST)), 1e-12)  # single vertices far off do not count
        coarse = clustered(self.mesh, middle, 2.0 * reach / _CELLS)
        _check_work(coarse, Camera(np.eye(3), middle, SEARCH_PX / (2.0 * reach), SEARCH_PX))
        whole = Camera(np.eye(3), middle, SEARCH_PX / (2.0 * reach), SEARCH_PX)
        for turns in (_axes(), _between()):
            found: list[tuple[float, int, Camera]] = []
            seen: list[tuple[Camera, Floats]] = []
            for turn in turns:
                camera = whole.turned(turn)
                view = look(coarse, camera, coloured=self.coloured)
                faces = self.landmarker.faces(view.pixels)
                found += [(faces[0].score, len(found), camera)] if faces else []
                seen += [(camera, place) for place in view.surface_at(_middles(faces)) if np.isfinite(place).all()]
            for _, _, camera in sorted(found, key=lambda one: (-one[0], one[1]))[:_TRIED]:
                fine = replace(camera, side=SIDE_PX, pixels=camera.pixels * SIDE_PX / SEARCH_PX)
                fitted = self.fitted(fine)
                if fitted is not None and not fitted.mirrored:
                    front = _frontal(fitted)
                    self._check_alone(replace(fine, turn=front.turn))
                    self._check_elsewhere(front, fitted, seen)
                    return front
        return None

    def _check_alone(self, camera: Camera) -> None:
        """Refuse a second face that looks the same way: nobody knows which of them is to be treated.

        Raises:
            Damaged: If the whole scan, seen from the front, shows more than one sure face.
        """
        _check_work(self.mesh, camera)
        pixels = look(self.mesh, camera, coloured=self.coloured).pixels
        every = self.landmarker.faces(pixels)
        sure = sum(self.landmarker.landmarks(pixels, one)[0] >= number("min_face_score") for one in every)
        if len(every) > 1 and sure > 1:
            remedy = "Cut it to the head of the person who is to be treated."
            raise Damaged(f"the scan shows {sure} faces", remedy)

    def _check_elsewhere(self, front: Camera, fitted: Fit, seen: list[tuple[Camera, Floats]]) -> None:
        """Refuse a second face that looks another way, wherever a first search saw one away from the face found.

        Raises:
            Damaged: If a face is read there.
        """
        height = fitted.height_mm / fitted.scale * number("scan_apart_share")
        looked: list[Floats] = []
        for camera, place in seen:
            near = [fitted.centre, *looked]
            if min(float(np.linalg.norm(place - one)) for one in near) <= height or len(looked) >= _TRIED:
                continue
            other = self.fitted(Camera(camera.turn, place, front.pixels))
            if other is None or other.mirrored:
                continue
            looked.append(place)
            if float(np.linalg.norm(other.centre - fitted.centre)) > height:
                remedy = "Cut it to the head of the person who is to be treated."
                raise Damaged("the scan shows a second face that looks another way", remedy)

    def fitted(self, camera: Camera) -> Fit | None:
        """Return how the face seen by a camera lies against the canonical one; None where there is none."""
        _check_work(self.mesh, camera)
        view = look(self.mesh, camera, coloured=self.coloured)
        read = read_landmarks(view, self.landmarker, self.mirror)
        if read is None:
            return None
        points = view.surface_at(read[1][:VERTICES, :2])
        told = np.isfinite(points).all(axis=1)
        return fit(points[told], self.model[told]) if told.sum() > VERTICES // 2 else None

    def straight(self, camera: Camera) -> Fit:
        """Return how the face seen by a camera lies; raises Damaged where it is not clear any more."""
        fitted = self.fitted(camera)
        if fitted is None or fitted.mirrored:
            raise unclear()
        return fitted

    def read(self, camera: Camera, normals: Floats) -> FaceInScan:
        """Return the landmarks on the scan from three views around the front, after the camera was straightened."""
        fitted = self.straight(camera)
        for _ in range(_ROUNDS - 1):
            fitted = self.straight(_frontal(fitted))
        camera = _frontal(fitted)
        estimates, weights, views = [], [], []
        score = pupils = 0.0
        for angle in _VIEWS_DEG:
            turn = about_y(angle)
            view = look(self.mesh, camera.turned(turn), coloured=self.coloured)
            views.append(view)
            read = read_landmarks(view, self.landmarker, self.mirror)
            if read is None:
                continue
            if angle == 0.0:
                score, pupils = read[0], pupil_distance(read[1]) / camera.pixels
            points = view.surface_at(read[1][:VERTICES, :2])
            weight = np.clip(normals @ turn.T[:, 2], 0.0, None) ** 2
            off = ~(np.linalg.norm(fitted(points) - self.model, axis=1) < number("max_landmark_offset_mm"))
            weight[off], points[off] = 0.0, 0.0  # fallen into the mouth, or past the head
            estimates.append(points)
            weights.append(weight)
        if not score:
            raise unclear()
        merged, spread = _merged(np.array(estimates), np.array(weights))
        return FaceInScan(camera, merged, spread, pupils, score, tuple(views))


def _middles(faces: Sequence[Face]) -> Floats:
    """Return (n, 2) the middles of detected faces in their picture."""
    return np.array([(one.box[:2] + one.box[2:]) / 2.0 for one in faces]).reshape(-1, 2)


def unclear() -> Damaged:
    """Return what is wrong with a scan whose face cannot be read."""
    return Damaged("the face in the scan is not clear enough to be measured", "Scan it anew, in even light.")


def read_landmarks(view: View, landmarker: Landmarker, mirror: Ints) -> tuple[float, Floats] | None:
    """Return the detector's score and the landmarks (478, 3) in the picture; None where there is no sure face.

    The picture and its mirror image are read, so that both halves of a face are treated alike; the mean counts.
    """
    found = []
    for pixels in (view.pixels, np.ascontiguousarray(view.pixels[:, ::-1])):
        faces = landmarker.faces(pixels)
        if not faces:
            return None
        presence, points = landmarker.landmarks(pixels, faces[0])
        if presence < number("min_face_score") or not np.isfinite(points).all():
            return None
        found.append((faces[0].score, points))
    (score, points), (_, other) = found
    turned = other * (-1.0, 1.0, 1.0) + (view.camera.side, 0.0, 0.0)
    return score, (points + turned[mirror]) / 2.0


def with_irises(mirror: Ints) -> Ints:
    """Return which landmark mirrors each of all 478: the irises' five stand behind the mesh's."""
    right, left = (np.array(iris) for iris in _IRISES)
    both = np.empty(len(right) + len(left), np.int64)
    both[right - VERTICES], both[left - VERTICES] = left, right
    return np.concatenate([mirror, both])


def _frontal(fitted: Fit) -> Camera:
    """Return the camera that sees the fitted face from the front, of a fixed height in the picture."""
    return Camera(fitted.turn, fitted.centre, _FACE_PX / fitted.height_mm * fitted.scale)


def _merged(estimates: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean (468, 3) of the views' estimates, and how far they disagree."""
    total = weights.sum(axis=0)
    told = total > 0.0
    share = weights / np.where(told, total, 1.0)
    points = (estimates * share[..., None]).sum(axis=0)
    apart = np.sqrt((((estimates - points) ** 2).sum(axis=2) * share).sum(axis=0))
    several = (weights > 0.0).sum(axis=0) > 1
    points[~told] = np.nan
    return points, np.where(several, apart, np.nan)


def vertex_normals(points: Floats, mesh: FaceMesh) -> Floats:
    """Return (468, 3) the unit normals of the face mesh at its vertices."""
    a, b, c = (points[mesh.triangles[:, corner]] for corner in range(3))
    total = np.zeros_like(points)
    for corner in range(3):
        np.add.at(total, mesh.triangles[:, corner], np.cross(b - a, c - a))
    normals: Floats = total / np.linalg.norm(total, axis=1, keepdims=True)
    return normals


def about_y(angle_deg: float) -> Floats:
    """Return the turn about the upright axis; a positive angle shows the right half of the face."""
    angle = math.radians(angle_deg)
    return np.array([[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]])


def about_x(angle_deg: float) -> Floats:
    """Return the turn about the axis from ear to ear; a positive angle shows the top of the head."""
    angle = math.radians(angle_deg)
    return np.array([[1, 0, 0], [0, math.cos(angle), -math.sin(angle)], [0, math.sin(angle), math.cos(angle)]])


def _rolled(angle_deg: float) -> Floats:
    angle = math.radians(angle_deg)
    return np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])


def _axes() -> Iterator[Floats]:
    """Yield the 24 turns between axes."""
    for facing in (about_y(0), about_y(90), about_y(180), about_y(270), about_x(90), about_x(-90)):
        for roll in (0, 90, 180, 270):
            yield _rolled(roll) @ facing


def _between() -> Iterator[Floats]:
    """Yield turns between those, for a head that stands askew: 26 directions, each rolled by steps of 45 degrees."""
    for up in (0, 45, -45):
        for side in range(0, 360, 45):
            for roll in range(0, 360, 45):
                yield _rolled(roll) @ about_x(up) @ about_y(side)
    for up in (90, -90):
        for roll in range(0, 360, 45):
            yield _rolled(roll) @ about_x(up)


def _check_work(mesh: Mesh, camera: Camera) -> None:
    """Refuse triangles that cover the picture many times over, before they are drawn."""
    if pixel_pairs(camera.project(mesh.vertices), mesh.triangles, (camera.side, camera.side)) > _MOST_PAIRS:
        raise Damaged("the triangles of the scan lie over each other far more than skin does")
