"""Skin and punctures as the small numbers that a page can carry: 16 bits a coordinate, sorted by session and zone."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.skin import NO_ZONE, Skin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.punctures import Punctures

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

STEPS = 65535
NOWHERE = 255
"""The zone of skin that belongs to none, as the page writes it."""
TRIANGLES = 90_000
"""More triangles than these are merged for the page; the punctures keep their places."""
LIFT_MM = 0.35
"""How far dots are drawn towards the viewer, so that the skin they lie on does not hide them."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where the coordinates lie: `low_mm` and `size_mm` (3,)."""

    low_mm: Floats
    size_mm: Floats

    def quantised(self, points: Floats) -> NDArray[np.uint16]:
        """Return coordinates as whole steps from the box's corner; (n, 3)."""
        steps: NDArray[np.uint16] = np.rint(np.clip((points - self.low_mm) / self.size_mm, 0.0, 1.0) * STEPS).astype(
            "<u2"
        )
        return steps


def box_of(skin: Skin) -> Box:
    """Return the box around every vertex that a triangle uses."""
    used = skin.vertices_mm[np.unique(skin.triangles)]
    low = used.min(axis=0)
    return Box(low, np.maximum(used.max(axis=0) - low, 1e-3))


def packed(values: NDArray[Any]) -> str:
    """Return the bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def mesh_data(skin: Skin, box: Box) -> dict[str, Any]:
    """Return the skin for the page: a vertex of several zones once in each, normals smooth across their borders."""
    zone = np.where(skin.zone == NO_ZONE, NOWHERE, skin.zone)
    pairs = skin.triangles * (NOWHERE + 1) + zone[:, None]
    unique, index = np.unique(pairs, return_inverse=True)
    vertex = unique // (NOWHERE + 1)
    normals = vertex_normals(skin)[vertex]
    return {
        "position": packed(box.quantised(skin.vertices_mm[vertex])),
        "normal": packed(np.rint(normals * 127).astype("i1")),
        "zone": packed((unique % (NOWHERE + 1)).astype("u1")),
        "index": packed(index.reshape(-1).astype("<u4")),
        "border": packed(box.quantised(skin.vertices_mm[border_edges(skin)].reshape(-1, 3))),
    }


def vertex_normals(skin: Skin) -> Floats:
    """Return (v, 3) unit normals, the triangles around weighted by their area."""
    a, b, c = (skin.vertices_mm[skin.triangles[:, corner]] for corner in range(3))
    crossed = np.cross(b - a, c - a)
    summed = np.zeros_like(skin.vertices_mm)
    for corner in range(3):
        np.add.at(summed, skin.triangles[:, corner], crossed)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    normals: Floats = np.divide(summed, length, out=np.zeros_like(summed), where=length > 0)
    return normals


def border_edges(skin: Skin) -> Ints:
    """Return (e, 2) the edges on which two zones meet, or a zone and skin of none."""
    edges = np.sort(skin.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    zone = np.repeat(skin.zone, 3)
    many = len(skin.vertices_mm)
    unique, where = np.unique(edges[:, 0] * many + edges[:, 1], return_inverse=True)
    low, high = np.full(len(unique), np.iinfo(np.int64).max), np.full(len(unique), np.iinfo(np.int64).min)
    np.minimum.at(low, where, zone)
    np.maximum.at(high, where, zone)
    border: Ints = np.column_stack(np.divmod(unique[low != high], many))
    return border


def dots_data(punctures: Punctures, box: Box, most: int) -> dict[str, Any]:
    """Return the punctures for the page, sorted by session and zone; of more than `most` every nth."""
    zone, session = punctures.zone, punctures.session
    order = np.argsort(session.astype(np.int32) * (NOWHERE + 1) + zone, kind="stable")
    every = max(1, -(-len(punctures) // max(most, 1)))
    order = order[::every]
    facing = octahedral(punctures.skin.normals)[punctures.triangle]
    ends = np.searchsorted(session[order], np.arange(punctures.sessions), side="right")
    return {
        "position": packed(box.quantised(punctures.positions_mm[order])),
        "tag": packed(np.column_stack([session[order], zone[order], facing[order]]).astype("u1")),
        "ends": ends.tolist(),
        "every": every,
    }


def octahedral(normals: Floats) -> NDArray[np.uint8]:
    """Return (n, 2) unit vectors folded onto a square, a byte each way; within a degree of what they were."""
    length = np.abs(normals).sum(axis=1, keepdims=True)
    folded = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
    sign = np.where(folded[:, :2] >= 0, 1.0, -1.0)
    under = (1.0 - np.abs(folded[:, 1::-1])) * sign
    flat = np.where(folded[:, 2:] < 0, under, folded[:, :2])
    square: NDArray[np.uint8] = np.rint((flat + 1.0) * 127.5).astype(np.uint8)
    return square


def zone_views(skin: Skin) -> list[dict[str, list[float]] | None]:
    """Return from where each zone is looked at: its middle and its mean normal; None for one without skin."""
    areas, normals = skin.triangle_areas_mm2, skin.normals
    middles = skin.vertices_mm[skin.triangles].mean(axis=1)
    views: list[dict[str, list[float]] | None] = []
    for zone in range(len(skin.zones)):
        members = (skin.zone == zone) & (areas > 0)
        if not members.any():
            views.append(None)
            continue
        weight = areas[members] / areas[members].sum()
        middle = weight @ middles[members]
        reach = np.linalg.norm(middles[members] - middle, axis=1).max()
        normal = weight @ normals[members]
        views.append(
            {
                "middle": np.round(middle, 2).tolist(),
                "normal": np.round(normal / max(float(np.linalg.norm(normal)), 1e-9), 4).tolist(),
                "reach": [round(float(reach), 1)],
            }
        )
    return views


def simplified(skin: Skin, most: int = TRIANGLES) -> tuple[Skin, float]:
    """Return skin of at most so many triangles, and how far its surface may have moved, in mm.

    Vertices in one cell of a grid become one, at their mean; triangles that lose their extent go.
    """
    if len(skin.triangles) <= most:
        return skin, 0.0
    low = skin.vertices_mm.min(axis=0)
    cell = float(np.sqrt(2.0 * skin.triangle_areas_mm2.sum() / most))
    while True:
        steps = np.floor((skin.vertices_mm - low) / cell).astype(np.int64)
        _, merged = np.unique(np.ravel_multi_index(tuple(steps.T), steps.max(axis=0) + 1), return_inverse=True)
        triangles = merged[skin.triangles]
        kept = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
        if kept.sum() <= most:
            break
        cell *= 1.25
    counts = np.bincount(merged)
    means = np.column_stack([np.bincount(merged, skin.vertices_mm[:, axis]) / counts for axis in range(3)])
    return Skin(means, triangles[kept], skin.zone[kept], skin.zones, skin.source, skin.side), cell / 2.0
