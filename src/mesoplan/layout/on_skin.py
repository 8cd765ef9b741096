"""What punctures and stamps have in common: places on the triangles of a skin, each in a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Skin

    Small = NDArray[np.int16]


class OnSkin:
    """Places on a skin; who inherits has them as fields.

    Attributes:
        skin: The surface they lie on.
        positions_mm: (n, 3).
        triangle: (n,) the triangle of `skin` that each lies on.
        session: (n,) 0 for the first session.
        sessions: Number of sessions.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        skin: Skin
        positions_mm: Floats
        triangle: NDArray[np.int32]
        session: Small
        sessions: int

    def __len__(self) -> int:
        return len(self.positions_mm)

    @property
    def zone(self) -> Small:
        """(n,) index into `skin.zones`."""
        zones: Small = self.skin.zone[self.triangle].astype(np.int16)
        return zones

    @property
    def normals(self) -> Floats:
        """(n, 3) unit normal of the skin at each place, out of the body."""
        normals: Floats = self.skin.normals[self.triangle]
        return normals

    def count(self) -> NDArray[np.int64]:
        """Return (zones, sessions) how many places each zone has in each session; those in no zone count nowhere."""
        table = np.zeros((len(self.skin.zones), self.sessions), np.int64)
        held = self.zone >= 0
        np.add.at(table, (self.zone[held].astype(np.intp), self.session[held].astype(np.intp)), 1)
        return table
