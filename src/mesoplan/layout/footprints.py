"""Every stamp of a course on the skin: where its rigid plate is set down, how it is turned, in which session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.on_skin import OnSkin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Skin

    Small = NDArray[np.int16]

_LYING = 1e-6
"""A patient's left this short in the skin's plane gives no direction: the skin faces straight to the side there."""


@dataclass(frozen=True, slots=True, eq=False)
class Footprints(OnSkin):
    """Rigid plates set down on a surface, in the order of work.

    Attributes:
        skin: The surface they lie on.
        positions_mm: (n, 3) the middle of each plate.
        triangle: (n,) the triangle of `skin` under the middle.
        rotation_rad: (n,) how far the plate's width is turned about the normal, counter-clockwise as seen from outside,
            from the patient's left as it lies in the plane of the skin there (`across`).
        session: (n,) 0 for the first session.
        sessions: Number of sessions.
        footprint_mm: Width and height of the plate.
        needles: Needles of the plate: punctures of each placement.
    """

    skin: Skin
    positions_mm: Floats
    triangle: NDArray[np.int32]
    rotation_rad: Floats
    session: Small
    sessions: int
    footprint_mm: tuple[float, float]
    needles: int

    @property
    def along(self) -> Floats:
        """(n, 3) unit vector in the skin's plane along each plate's width."""
        return turned(self.normals, self.rotation_rad)


def across(normals: Floats) -> Floats:
    """Return (n, 3) the patient's left as it lies in the plane of each normal.

    Where the normal points to the left or right itself, up takes its place.
    """
    left, up = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    flat = left - normals * normals[:, :1]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    upward = up - normals * normals[:, 1:2]
    flat = np.where(length > _LYING, flat, upward)
    unit: Floats = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    return unit


def turned(normals: Floats, rotation_rad: Floats) -> Floats:
    """Return (n, 3) the direction in the plane of each normal that lies this far counter-clockwise from `across`."""
    first = across(normals)
    second = np.cross(normals, first)
    angle = rotation_rad[:, None]
    result: Floats = first * np.cos(angle) + second * np.sin(angle)
    return result
