"""Pictures of a scan: seen from a direction, lit from the front, with a way back from each pixel to the scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.surface.raster import Seen, rasterise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.scan_mesh import Mesh
    from mesoplan.surface.skin import Floats, Ints

    Pixels = NDArray[np.uint8]

SIDE_PX = 512
SEARCH_PX = 160
_BACKGROUND = 225.0
_PLAIN = np.array([205.0, 160.0, 140.0])
_LAMPS = ((0.42, (-0.5, 0.5, 1.0)), (0.28, (0.6, 0.3, 1.0)), (0.10, (0.0, 1.0, 0.2)))
_AMBIENT = 0.36


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """Where a mesh is seen from: from infinitely far away.

    Attributes:
        turn: (3, 3) rotates the mesh so that x is right, y up and z towards the viewer.
        centre: (3,) what lies in the middle of the picture.
        pixels: Pixels in one unit of the mesh.
        side: Width and height of the picture.
    """

    turn: Floats
    centre: Floats
    pixels: float
    side: int = SIDE_PX

    def project(self, points: Floats) -> Floats:
        """Return x and y (downwards) in pixels, and nearness in pixels, of points (n, 3)."""
        turned: Floats = (points - self.centre) @ self.turn.T * (self.pixels, -self.pixels, self.pixels)
        turned += np.array([self.side / 2.0, self.side / 2.0, 0.0])
        return turned

    def back(self, seen: Floats) -> Floats:
        """Return points of the mesh's space from x, y and nearness in pixels: the reverse of `project`."""
        turned = (seen - (self.side / 2.0, self.side / 2.0, 0.0)) / (self.pixels, -self.pixels, self.pixels)
        points: Floats = turned @ self.turn + self.centre
        return points

    def turned(self, turn: Floats) -> Camera:
        """Return the same camera after it was turned further."""
        return Camera(turn @ self.turn, self.centre, self.pixels, self.side)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a camera sees of a mesh.

    Attributes:
        camera: The camera.
        seen: Triangle and nearness of each pixel.
        projected: (v, 3) the vertices in the picture.
        pixels: (side, side, 3) the picture.
    """

    camera: Camera
    seen: Seen
    projected: Floats
    pixels: Pixels

    def surface_at(self, flat: Floats) -> Floats:
        """Return points (n, 3) of the mesh's space that are seen at places (n, 2) of the picture; NaN for none."""
        side = self.camera.side
        column, row = (np.floor(flat[:, axis]).astype(np.int64) for axis in (0, 1))
        inside = (column >= 0) & (row >= 0) & (column < side) & (row < side)
        near = self.seen.depth[np.where(inside, row, 0), np.where(inside, column, 0)]
        found = self.camera.back(np.column_stack([flat, np.where(np.isfinite(near), near, 0.0)]))
        found[~(inside & np.isfinite(near))] = np.nan
        return found

    def shows(self, points: Floats, slack: float) -> NDArray[np.bool_]:
        """Return which points (n, 3) of the mesh's space are no farther than `slack` behind what is seen there."""
        place = self.camera.project(points)
        side = self.camera.side
        column, row = (np.floor(place[:, axis]).astype(np.int64) for axis in (0, 1))
        inside = (column >= 0) & (row >= 0) & (column < side) & (row < side)
        near = self.seen.depth[np.where(inside, row, 0), np.where(inside, column, 0)]
        shown: NDArray[np.bool_] = inside & (place[:, 2] >= near - slack * self.camera.pixels)
        return shown


def look(mesh: Mesh, camera: Camera, *, coloured: bool) -> View:
    """Return what the camera sees; with colours where the mesh has some and they are wished."""
    projected = camera.project(mesh.vertices)
    seen = rasterise(projected, mesh.triangles, (camera.side, camera.side))
    colours = mesh.colours if coloured else None
    return View(camera, seen, projected, _picture(projected, mesh.triangles, seen, colours))


def _picture(projected: Floats, triangles: Ints, seen: Seen, colours: Pixels | None) -> Pixels:
    side = len(seen.owner)
    picture = np.full((side, side, 3), _BACKGROUND)
    row, column = np.nonzero(seen.owner >= 0)
    corners = triangles[seen.owner[row, column]]
    shares = _shares(projected, corners, np.column_stack([column, row]).astype(np.float64) + 0.5)
    normals = _normals(projected, triangles, np.unique(seen.owner[row, column]))
    normal = np.einsum("nk,nkd->nd", shares, normals[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    light = np.full(len(normal), _AMBIENT)
    for strength, source in _LAMPS:
        light += strength * np.clip(normal @ (np.array(source) / np.linalg.norm(source)), 0.0, None)
    if colours is None:
        skin = np.broadcast_to(_PLAIN, (len(row), 3))
    else:
        skin = np.einsum("nk,nkd->nd", shares, colours[corners].astype(float))
    picture[row, column] = skin * light[:, None]
    shown: Pixels = np.clip(picture, 0.0, 255.0).astype(np.uint8)
    return shown


def _shares(projected: Floats, corners: Ints, places: Floats) -> Floats:
    """Return the barycentric shares (n, 3) of pixels in the triangles they show."""
    a, b, c = (projected[corners[:, k], :2] for k in range(3))
    u, v = b - a, c - a
    px, py = (places - a).T
    twice = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = (px * v[:, 1] - py * v[:, 0]) / twice
    t = (py * u[:, 0] - px * u[:, 1]) / twice
    return np.column_stack([1.0 - s - t, s, t])


def _normals(projected: Floats, triangles: Ints, shown: Ints) -> Floats:
    """Return a normal for each vertex, x right, y up, from the triangles shown, each turned towards the viewer."""
    corners = triangles[shown]
    a, b, c = (projected[corners[:, k]] * (1.0, -1.0, 1.0) for k in range(3))
    crossed = np.cross(b - a, c - a)
    crossed = np.where(crossed[:, 2:] < 0.0, -crossed, crossed)
    keys = corners.ravel()
    each = np.repeat(crossed, 3, axis=0)
    columns = [np.bincount(keys, weights=each[:, axis], minlength=len(projected)) for axis in range(3)]
    return np.column_stack(columns)
