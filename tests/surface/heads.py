"""Ten synthetic heads of different age, sex and ancestry as skin, and one of them as a phone would scan it.

All are shapes of one CC0 mesh: the zones are found once, by the landmark model in a picture of the average head, and
hold for every head by its triangles, so that they lie at the same anatomical place on each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mesoplan.surface.frontal import Frontal, frontal
from mesoplan.surface.geometry import inside, quarter
from mesoplan.surface.landmarks import Landmarker
from mesoplan.surface.mesh import canonical_mesh, read_bundle
from mesoplan.surface.model_file import find_model
from mesoplan.surface.raster import rasterise
from mesoplan.surface.scan_landmarks import read_landmarks, with_irises
from mesoplan.surface.scan_mesh import Mesh
from mesoplan.surface.scan_view import Camera, View, look
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.surface.subdivide import loop
from mesoplan.surface.zones import load_zones
from surface.synthetic_head import PARTS, Head, _eye, _skin, load_head

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEADS = {
    "african woman": ("african", "female", "young", "averageweight"),
    "african man, old": ("african", "male", "old", "averageweight"),
    "african man, heavy": ("african", "male", "young", "maxweight"),
    "asian woman": ("asian", "female", "young", "averageweight"),
    "asian woman, old": ("asian", "female", "old", "averageweight"),
    "asian man": ("asian", "male", "young", "averageweight"),
    "caucasian woman": ("caucasian", "female", "young", "averageweight"),
    "caucasian woman, old": ("caucasian", "female", "old", "minweight"),
    "caucasian man": ("caucasian", "male", "young", "averageweight"),
    "caucasian man, old": ("caucasian", "male", "old", "maxweight"),
}
LEVEL = 2
SCANNED = "asian woman, old"
"""The head of the phone scan."""
_VIEWS_DEG = (-45.0, 0.0, 45.0)
_PIXELS_PER_MM = 3.0


@dataclass(frozen=True, eq=False)
class _Template:
    """What holds for every head.

    Attributes:
        number: Which triangles of the body belong to the part that a scanner would take.
        zone: The zone of each after subdividing.
        zones: Zone ids.
    """

    number: Ints
    zone: Ints
    zones: tuple[str, ...]


def targets(name: str) -> dict[str, float]:
    """Return the shape targets of one of the `HEADS`."""
    origin, sex, age, weight = HEADS[name]
    return {
        f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}": 1.0,
        f"macrodetails/{origin}-{sex}-{age}": 1.0,
    }


@cache
def head(name: str) -> Head:
    """Return one of the `HEADS` as it is in the wheel: body and eyes."""
    return load_head(targets=targets(name))


@cache
def head_skin(name: str) -> Skin:
    """Return one of the `HEADS` as the skin of its face: about 50,000 triangles, eyes and hidden skin in no zone."""
    one, template = head(name), _template()
    points, triangles = _smooth(one, np.searchsorted(one.number, template.number))
    return Skin(points, triangles, template.zone, template.zones, "scan", "confirmed")


def head_skins() -> dict[str, Skin]:
    """Return the skin of all ten heads by name."""
    return {name: head_skin(name) for name in HEADS}


@dataclass(frozen=True, eq=False)
class PhoneScan:
    """What a phone makes of a head: a sheet of even triangles with noise and holes, bumpy where there is hair.

    Attributes:
        skin: Its triangles with the zone of the skin under each.
        colours: (v, 3) red, green and blue of each vertex, as unsigned bytes.
    """

    skin: Skin
    colours: NDArray[np.uint8]


@cache
def phone_scan(name: str = SCANNED, *, step_mm: float = 1.5, noise_mm: float = 0.15) -> PhoneScan:
    """Return one of the `HEADS` taken anew along the rays of a cylinder round the head, from one ear to the other."""
    one, template = head(name), _template()
    kept = np.searchsorted(one.number, template.number)
    points, triangles = _smooth(one, kept)
    radius, owner = _around(points, triangles, step_mm)
    rng = np.random.default_rng(5)
    height, width = owner.shape
    angle = ((np.arange(width) + 0.5) * step_mm / _ROUND_MM - _HALF)[None].repeat(height, 0)
    up = (_TOP_MM - (np.arange(height) + 0.5) * step_mm)[:, None].repeat(width, 1)
    place = _in_space(radius, angle, up)
    colour = _colours(one, kept, owner, place)
    hair = colour.mean(axis=-1) < 0.3
    bumps = _blurred(rng.normal(0.0, 1.0, owner.shape), 3) * 8.0 + 3.0
    noise = rng.normal(0.0, noise_mm, owner.shape) + _blurred(rng.normal(0.0, 1.0, owner.shape), 6) * 2.0 * noise_mm
    place = _in_space(radius + np.where(hair, np.maximum(bumps, 0.0), 0.0) + noise, angle, up)
    there = (owner >= 0) & (_blurred(rng.normal(0.0, 1.0, owner.shape), 3) < 0.3)
    return _sheet(place, colour, there, owner, template)


_HALF, _ROUND_MM, _TOP_MM, _AXIS_MM = np.radians(105.0), 75.0, 78.0, -70.0


def _in_space(radius: Floats, angle: Floats, up: Floats) -> Floats:
    return np.stack([radius * np.sin(angle), up, radius * np.cos(angle) + _AXIS_MM], axis=-1)


def _around(points: Floats, triangles: Ints, step_mm: float) -> tuple[Floats, NDArray[np.int32]]:
    """Return the distance from the axis, and the triangle, that rays from outside meet first."""
    size = (int(2 * _HALF * _ROUND_MM / step_mm), int((_TOP_MM + 128.0) / step_mm))
    angle = np.arctan2(points[:, 0], points[:, 2] - _AXIS_MM)
    column = (angle + _HALF) * _ROUND_MM / step_mm
    row = (_TOP_MM - points[:, 1]) / step_mm
    unrolled = np.column_stack([column, row, np.hypot(points[:, 0], points[:, 2] - _AXIS_MM)])
    behind = (np.abs(angle) > _HALF + 0.1)[triangles].any(axis=1)
    front = np.nonzero(~behind)[0]
    seen = rasterise(unrolled, triangles[front], size)
    owner = np.where(seen.owner >= 0, front[seen.owner], -1).astype(np.int32)
    return np.where(owner >= 0, seen.depth, 0.0), owner


def _colours(one: Head, kept: Ints, owner: NDArray[np.int32], place: Floats) -> Floats:
    spots = one.texture[kept]
    for _ in range(LEVEL):
        spots = quarter(spots).reshape(-1, 3, 2)
    flat = _skin(one, place.reshape(-1, 3), spots.mean(axis=1)[owner.ravel()])
    part = one.parts[kept][np.maximum(owner.ravel(), 0) // 4**LEVEL]
    for index, eye in enumerate(("helper-r-eye", "helper-l-eye")):
        here = part == PARTS[eye]
        flat[here] = _eye(place.reshape(-1, 3)[here] - one.pupils[index], np.ones(here.sum()))
    return np.clip(flat, 0.0, 1.0).reshape(place.shape)


def _blurred(values: Floats, radius: int) -> Floats:
    kernel = np.ones(2 * radius + 1) / (2 * radius + 1)
    for axis in (0, 1, 0, 1):
        values = np.apply_along_axis(np.convolve, axis, values, kernel, "same")
    return values


def _sheet(place: Floats, colour: Floats, there: NDArray[np.bool_], owner: Ints, template: _Template) -> PhoneScan:
    """Join neighbouring points where the surface does not jump."""
    height, width = owner.shape
    grid = np.arange(height * width).reshape(height, width)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, 1:].ravel(), grid[1:, :-1].ravel()
    triangles = np.concatenate([np.column_stack([a, c, b]), np.column_stack([a, d, c])])
    corner = place.reshape(-1, 3)[triangles]
    longest = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max(axis=1)
    triangles = triangles[there.ravel()[triangles].all(axis=1) & (longest < 6.0)]
    zone = template.zone[owner.ravel()[triangles[:, 0]]]
    used, corners = np.unique(triangles, return_inverse=True)
    points = place.reshape(-1, 3)[used]
    skin = Skin(points, corners.reshape(-1, 3).astype(np.int64), zone, template.zones, "scan", "confirmed")
    return PhoneScan(skin, (colour.reshape(-1, 3)[used] * 255).astype(np.uint8))


Coloured = tuple[Floats, Ints, None]


@cache
def head_mesh(name: str, level: int) -> Coloured:
    """Return vertices and triangles of one of the `HEADS`, eyes and all, subdivided so many times."""
    one, template = head(name), _template()
    kept = np.searchsorted(one.number, template.number)
    used, corners = np.unique(one.triangles[kept], return_inverse=True)
    points, triangles = loop(one.vertices[used], corners.reshape(-1, 3).astype(np.int64), level)
    return points, triangles, None


def _smooth(one: Head, kept: Ints) -> tuple[Floats, Ints]:
    used, corners = np.unique(one.triangles[kept], return_inverse=True)
    return loop(one.vertices[used], corners.reshape(-1, 3).astype(np.int64), LEVEL)


@cache
def _template() -> _Template:
    """Find the zones in a picture of the default head."""
    one = load_head()
    middles = one.vertices[one.triangles].mean(axis=1)
    kept = np.nonzero((np.abs(middles[:, 1] + 25.0) < 105.0) & (middles[:, 2] > -70.0))[0]
    points, triangles = _smooth(one, kept)
    view = look(Mesh(points, triangles), Camera(np.eye(3), np.array([0.0, -25.0, 0.0]), 1.6), coloured=False)
    face = _face_in(view)
    flat = view.projected[:, :2]
    shown = _shown(points, triangles) & (np.repeat(one.parts[kept], 4**LEVEL) == PARTS["body"])
    zones = tuple(zone for zone in face.zones if load_zones().base(zone).treatable)
    zone = np.full(len(triangles), NO_ZONE, np.int64)
    for index, name in enumerate(zones):
        zone[shown & inside(flat[triangles].mean(axis=1), face.points[list(face.chains[name]), :2])] = index
    return _Template(one.number[kept], zone, zones)


def _face_in(view: View) -> Frontal:
    """Return the landmarks' mesh in the picture of a head seen from the front, from infinitely far away."""
    bundle = read_bundle(find_model())
    mesh = canonical_mesh(find_model(), bundle)
    read = read_landmarks(view, Landmarker(bundle), with_irises(mesh.mirror))
    assert read is not None
    return frontal(read[1], 1.0 / view.camera.pixels, load_zones(), mesh)


def _shown(points: Floats, triangles: Ints) -> NDArray[np.bool_]:
    """Return which triangles are seen from the front or one side, from outside, and not as far behind as a neck."""
    shown = np.zeros(len(triangles), bool)
    high = np.full(len(triangles), np.inf)
    for angle in np.radians(_VIEWS_DEG):
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        turned = points @ turn.T
        placed = turned * (_PIXELS_PER_MM, -_PIXELS_PER_MM, 1.0) + (400.0, 450.0, 0.0)
        seen = rasterise(placed, triangles, (800, 1100))
        middles = placed[triangles].mean(axis=1)
        column, row = (np.clip(middles[:, axis].astype(int), 0, limit) for axis, limit in ((0, 799), (1, 1099)))
        a, b, c = (turned[triangles[:, corner]] for corner in range(3))
        shown |= (np.cross(b - a, c - a)[:, 2] > 0) & (middles[:, 2] > seen.depth[row, column] - 0.5)
        high = seen.depth[row, column] - middles[:, 2] if angle == 0.0 else high
    return shown & (high < 15.0)
