"""Finds the one face in a photo and its 478 landmarks, with the pinned model run by OpenCV on one core."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.mesh import DETECTOR, LANDMARKS
from mesoplan.surface.parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.mesh import Floats

    Pixels = NDArray[np.uint8]

# The model's own interface, not settings: sizes of its two inputs, its anchor grids (side, anchors per cell), the
# overlap above which two boxes are one face, and how much larger than the face box the landmark network's region is.
DETECTOR_SIDE = 128
LANDMARK_SIDE = 256
ANCHOR_GRIDS = ((16, 2), (8, 6))
SAME_FACE_OVERLAP = 0.3
REGION_SCALE = 1.5
RIGHT_EYE, LEFT_EYE = 0, 1  # the detector's key points; the subject's right eye is on the left of an unmirrored photo
POINTS = 478


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face, in pixels of the picture.

    Attributes:
        score: 0 to 1.
        box: Left, top, right, bottom.
        keypoints: (6, 2), the subject's right and left eye first.
    """

    score: float
    box: Floats
    keypoints: Floats


class Landmarker:
    """The two networks of the bundle, loaded once."""

    def __init__(self, bundle: dict[str, bytes]) -> None:
        """Load both networks from the bundle's members; raises cv2.error if OpenCV cannot read them."""
        # OpenCV 5 honours the choice of its engine only for a network read from a file, and only the classic engine
        # gives every output of these networks by name.
        import cv2

        engine = {"engine": cv2.dnn.ENGINE_CLASSIC} if hasattr(cv2.dnn, "ENGINE_CLASSIC") else {}
        with tempfile.TemporaryDirectory(prefix="mesoplan-") as folder:
            nets = []
            for name in (DETECTOR, LANDMARKS):
                path = Path(folder) / name
                path.write_bytes(bundle[name])
                nets.append(cv2.dnn.readNetFromTFLite(str(path), **engine))
        self._detector, self._landmarks = nets

    def faces(self, pixels: Pixels) -> list[Face]:
        """Return the faces whose score reaches the limit, best first; (height, width, 3) RGB in."""
        import cv2

        height, width = pixels.shape[:2]
        scale = DETECTOR_SIDE / max(height, width)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (DETECTOR_SIDE - inner[0]) // 2, (DETECTOR_SIDE - inner[1]) // 2
        square = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.uint8)
        square[top : top + inner[1], left : left + inner[0]] = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA)
        with _OneThread():
            self._detector.setInput(_blob(square.astype(np.float32) / 127.5 - 1.0))
            raw, scores = self._detector.forward(["regressors", "classificators"])
        found = _merge(*_decode(np.asarray(raw).reshape(-1, 16), np.asarray(scores).ravel()))
        shift = np.array([left, top])
        per_pixel = np.array([width / inner[0], height / inner[1]])
        return [
            Face(
                score,
                ((box.reshape(2, 2) * DETECTOR_SIDE - shift) * per_pixel).ravel(),
                (points * DETECTOR_SIDE - shift) * per_pixel,
            )
            for score, box, points in found
        ]

    def landmarks(self, pixels: Pixels, face: Face) -> tuple[float, Floats]:
        """Return how sure the model is of a face there (0 to 1), and its (478, 3) landmarks in pixels.

        x and y are the picture's, y downwards; z has the same unit and falls towards the camera.
        """
        import cv2

        right, left = face.keypoints[RIGHT_EYE], face.keypoints[LEFT_EYE]
        angle = np.arctan2(left[1] - right[1], left[0] - right[0])
        side = REGION_SCALE * float(np.max(face.box[2:] - face.box[:2]))
        centre = (face.box[:2] + face.box[2:]) / 2
        scale = LANDMARK_SIDE / side
        shrink = min(1.0, 2.0 * scale)  # a large face is first averaged down, so that no pixel is skipped
        if shrink < 1.0:
            pixels = np.asarray(cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        # Points are continuous (0 is the picture's edge); OpenCV warps by pixel centres, half a pixel further in.
        linear = turn * scale / shrink
        offset = LANDMARK_SIDE / 2 - turn @ centre * scale + linear @ (0.5, 0.5) - 0.5
        to_crop = np.column_stack([linear, offset])
        crop = cv2.warpAffine(
            pixels, to_crop, (LANDMARK_SIDE, LANDMARK_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        with _OneThread():
            self._landmarks.setInput(_blob(crop.astype(np.float32) / 255.0))
            points, presence = self._landmarks.forward(["Identity", "Identity_1"])
        cropped = np.asarray(points, np.float64).reshape(POINTS, 3)
        flat = (cropped[:, :2] - LANDMARK_SIDE / 2) @ turn / scale + centre
        sure = _sigmoid(np.asarray(presence, np.float64).ravel())
        return float(sure[0]), np.column_stack([flat, cropped[:, 2] / scale])


def anchors() -> Floats:
    """Return the centres (896, 2) of the detector's anchors, as fractions of its input."""
    cells = []
    for side, count in ANCHOR_GRIDS:
        steps = (np.arange(side) + 0.5) / side
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        cells.append(np.repeat(grid, count, axis=0))
    return np.concatenate(cells)


def _decode(raw: Any, scores: Any) -> tuple[Floats, Floats, Floats]:
    """Return scores (n,), boxes (n, 4) and key points (n, 6, 2) of the candidates, best first, as fractions."""
    chance = _sigmoid(scores.astype(np.float64))
    kept = np.nonzero(chance >= number("min_face_score"))[0]
    kept = kept[np.argsort(-chance[kept], kind="stable")]
    near = anchors()[kept]
    values = raw[kept].astype(np.float64) / DETECTOR_SIDE
    centre, half = near + values[:, :2], values[:, 2:4] / 2
    points = values[:, 4:].reshape(-1, 6, 2) + near[:, None]
    return chance[kept], np.concatenate([centre - half, centre + half], axis=1), points


def _merge(scores: Floats, boxes: Floats, points: Floats) -> list[tuple[float, Floats, Floats]]:
    """Merge candidates that overlap into their score-weighted mean; each group keeps its best score."""
    faces = []
    left = np.arange(len(scores))
    while len(left):
        same = _overlap(boxes[left[0]], boxes[left]) > SAME_FACE_OVERLAP
        same[0] = True
        group = left[same]
        weight = scores[group] / scores[group].sum()
        faces.append((float(scores[group[0]]), weight @ boxes[group], np.tensordot(weight, points[group], axes=1)))
        left = left[~same]
    return faces


def _overlap(box: Floats, boxes: Floats) -> Floats:
    """Return intersection over union of one box with each of several (n, 4)."""
    size = np.clip(np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2]), 0, None)
    shared = size.prod(axis=1)
    total = np.prod(box[2:] - box[:2]) + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - shared
    ratio: Floats = shared / np.maximum(total, 1e-12)
    return ratio


def _sigmoid(values: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0)))
    return result


def _blob(picture: Any) -> Any:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None])


class _OneThread:
    """Run OpenCV on one core for the moment: the same bits on every machine, and less memory."""

    def __enter__(self) -> None:
        import cv2

        self._threads = cv2.getNumThreads()
        cv2.setNumThreads(1)

    def __exit__(self, *_: object) -> None:
        import cv2

        cv2.setNumThreads(self._threads)
