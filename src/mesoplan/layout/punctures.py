"""Every puncture of a course on the skin: where, in which zone, in which session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesoplan.layout.on_skin import OnSkin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Skin

    Small = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Punctures(OnSkin):
    """Punctures on a surface, in the order in which they were laid.

    Attributes:
        skin: The surface they lie on.
        positions_mm: (n, 3).
        triangle: (n,) the triangle of `skin` that each lies on.
        session: (n,) 0 for the first session.
        sessions: Number of sessions.
        diameter_mm: Diameter of the zone that one puncture acts on.
    """

    skin: Skin
    positions_mm: Floats
    triangle: NDArray[np.int32]
    session: Small
    sessions: int
    diameter_mm: float
