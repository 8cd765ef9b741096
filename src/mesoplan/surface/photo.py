"""From a photo to the face in it: one frontal face, its pose, its scale."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.errors import Problem, ProblemError
from mesoplan.surface.instructions import PHOTO_PLACE, POINTER
from mesoplan.surface.landmarks import Landmarker
from mesoplan.surface.mesh import FaceMesh, canonical_mesh, read_bundle
from mesoplan.surface.model_file import ModelFile, find_model
from mesoplan.surface.parameters import number
from mesoplan.surface.picture import Photo, photo_problem

if TYPE_CHECKING:
    from pathlib import Path

    from mesoplan.surface.mesh import Floats

# The model's landmarks of each iris: its centre, then its outline at 0, 90, 180 and 270 degrees.
IRISES = ((468, 469, 471), (473, 474, 476))


@dataclass(frozen=True, slots=True)
class Pose:
    """How the head is turned against the canonical face, in degrees.

    Attributes:
        yaw_deg: Positive when the face points to the picture's right.
        pitch_deg: Positive when the chin is lowered.
        roll_deg: Positive when the head is tilted clockwise in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, eq=False)
class FaceInPhoto:
    """The one face of a photo.

    Attributes:
        points: (478, 3) landmarks in pixels of the kept picture.
        mesh: The canonical mesh they belong to.
        mm_per_pixel: Scale in the plane of the face.
        basis: What that scale rests on.
        score: The detector's score.
        pose: How the head is turned.
        model: The landmark model used.
    """

    points: Floats
    mesh: FaceMesh
    mm_per_pixel: float
    basis: Literal["photo+pd", "photo+iris"]
    score: float
    pose: Pose
    model: ModelFile


def face_in_photo(photo: Photo, pupillary_distance_mm: float | None, name: Path | str) -> FaceInPhoto:
    """Return the face of a photo with its scale.

    Args:
        photo: The photo.
        pupillary_distance_mm: As measured; None takes the irises' known diameter as the scale.
        name: What to call the photo in an error.

    Raises:
        ProblemError: If the model is missing, or there is not exactly one frontal face of sufficient size.
    """
    model = find_model()
    bundle = read_bundle(model)
    mesh = canonical_mesh(model, bundle)
    landmarker = load_landmarker(model, bundle)
    faces = landmarker.faces(photo.pixels)
    if not faces:
        remedy = "Let one face, looking at the camera, fill about half of the picture's height."
        raise photo_problem(name, "no face was found in the photo", remedy)
    if len(faces) > 1:
        raise photo_problem(name, f"the photo shows {len(faces)} faces", "Crop it to the person who is to be treated.")
    presence, points = landmarker.landmarks(photo.pixels, faces[0])
    if presence < number("min_face_score") or not np.isfinite(points).all():
        raise photo_problem(name, "the face is not clear enough to be measured", "Take a sharp, evenly lit photo.")
    pose = head_pose(points, mesh)
    _check_view(points, pose, photo, name)
    mm_per_pixel, basis = _scale(points, pupillary_distance_mm)
    return FaceInPhoto(points, mesh, mm_per_pixel, basis, faces[0].score, pose, model)


def load_landmarker(model: ModelFile, bundle: dict[str, bytes]) -> Landmarker:
    """Return the networks of the bundle, ready to run.

    Raises:
        ProblemError: If they cannot be unpacked or read.
    """
    import cv2

    try:
        return Landmarker(bundle)
    except OSError as error:
        message = f"the face model cannot be unpacked into a temporary file ({error.strerror or error})"
        remedy = "Free some space there, or name another folder by TMPDIR."
        raise ProblemError([Problem("face model", tempfile.gettempdir(), message, remedy)]) from error
    except cv2.error as error:
        message = f"OpenCV cannot read the face model (SHA-256 {model.sha256})"
        remedy = "Run `mesoplan model install`."
        raise ProblemError([Problem("face model", str(model.path), message, remedy)]) from error


def head_pose(points: Floats, mesh: FaceMesh) -> Pose:
    """Return how the head is turned, from the weighted Procrustes fit of the canonical mesh to the landmarks.

    Kabsch's method with the bundle's own weights; the picture's axes are turned to x right, y up, z to the camera.
    """
    seen = points[mesh.basis] * (1.0, -1.0, -1.0)
    model = mesh.vertices[mesh.basis]
    weight = mesh.weights[:, None]
    spread = (weight * (model - (weight * model).sum(axis=0))).T @ (seen - (weight * seen).sum(axis=0))
    u, _, vt = np.linalg.svd(spread)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u @ flip @ vt).T
    return Pose(
        yaw_deg=math.degrees(math.asin(float(np.clip(-turn[2, 0], -1.0, 1.0)))),
        pitch_deg=math.degrees(math.atan2(float(turn[2, 1]), float(turn[2, 2]))),
        roll_deg=-math.degrees(math.atan2(float(turn[1, 0]), float(turn[0, 0]))),
    )


def pupil_distance(points: Floats) -> float:
    """Return the distance between the centres of the irises, in the landmarks' unit."""
    return float(np.linalg.norm(points[IRISES[0][0]] - points[IRISES[1][0]]))


def iris_diameter(points: Floats) -> float:
    """Return the mean horizontal diameter of the two irises, in the landmarks' unit."""
    return float(np.mean([np.linalg.norm(points[a] - points[b]) for _, a, b in IRISES]))


def _check_view(points: Floats, pose: Pose, photo: Photo, name: Path | str) -> None:
    """Raise all that is wrong with how the face is seen."""
    problems = []
    original = max(photo.size) / max(photo.picture.size)
    apart = pupil_distance(points) * min(original, 1.0)
    least = number("min_pupil_distance_px")
    if apart < least:
        message = f"the face is too small: the pupils are {apart:.0f} pixels apart, at least {least:.0f} are needed"
        problems.append((message, "Let the face fill about half of the picture's height."))
    for angle, limit, what, remedy in (
        (pose.yaw_deg, number("max_yaw_deg"), "turned to the side", "Look straight into the lens."),
        (pose.pitch_deg, number("max_pitch_deg"), "raised or lowered", "Hold the camera at eye height, chin level."),
        (pose.roll_deg, number("max_roll_deg"), "tilted to the shoulder", "Hold the head and the camera upright."),
    ):
        if abs(angle) > limit:
            message = f"the head is {what} by {abs(angle):.0f} degrees; at most {limit:.0f} are allowed"
            problems.append((message, remedy))
    width, height = photo.picture.size
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    if low.min() < 0 or high[0] > width or high[1] > height:
        remedy = "Keep the whole face, with some space, in the frame."
        problems.append(("the face is cut off by the picture's edge", remedy))
    if problems:
        raise ProblemError(Problem(PHOTO_PLACE, str(name), text, f"{remedy} {POINTER}") for text, remedy in problems)


def _scale(points: Floats, pupillary_distance_mm: float | None) -> tuple[float, Literal["photo+pd", "photo+iris"]]:
    if pupillary_distance_mm is not None:
        return pupillary_distance_mm / pupil_distance(points), "photo+pd"
    return number("iris_diameter_mm") / iris_diameter(points), "photo+iris"
