"""What is exported, as rows: numbers of each row, and what is the same for every row of a zone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.errors import Problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Skin

Mode = Literal["exact", "example", "points"]
"""`exact`: where a guided device is to puncture. `example`: one simulated pass of a free hand; no hand repeats it.
`points`: where the points of a syringe lie in one session, as far as a hand sets them there."""

Progress = Callable[[int, int], None]
"""Called with the rows written so far and the rows there are."""

CHUNK = 1 << 16
"""Rows that are in memory as text at one time."""


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers of a row that belong together: one key in JSON, a column each elsewhere.

    Attributes:
        key: Name in JSON.
        columns: Names in tables; one alone is a plain number in JSON.
        digits: Decimals in text.
        ply: Names in PLY, which has its own for some.
    """

    key: str
    columns: tuple[str, ...]
    digits: int
    ply: tuple[str, ...]


POSITION = Group("position_mm", ("x_mm", "y_mm", "z_mm"), 3, ("x", "y", "z"))
NORMAL = Group("normal", ("normal_x", "normal_y", "normal_z"), 5, ("nx", "ny", "nz"))
ALONG = Group("along", ("along_x", "along_y", "along_z"), 5, ("along_x", "along_y", "along_z"))
TURN = Group("angle_deg", ("angle_deg",), 2, ("angle_deg",))


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some rows: `numbers` (m, all columns of the groups), `zone` (m,) and `session` (m,), 1 for the first."""

    numbers: Floats
    zone: NDArray[np.int16]
    session: NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """All rows of an export.

    Attributes:
        kind: What a row is.
        skin: The surface they lie on.
        groups: What `part` gives.
        part: The numbers of the rows from one position to another.
        triangle: (n,) the triangle of each row.
        session: (n,) 0 for the first session.
        sessions: Number of sessions.
        depth_mm, volume_ml: By zone index; None where nobody gives one.
        mode: What the places mean.
        facts: What holds for all rows, beyond this.
        notes: What a reader must know first.
    """

    kind: Literal["punctures", "footprints"]
    skin: Skin
    groups: tuple[Group, ...]
    part: Callable[[int, int], Floats]
    triangle: NDArray[np.int32]
    session: NDArray[np.int16]
    sessions: int
    depth_mm: tuple[float | None, ...]
    volume_ml: tuple[float | None, ...]
    mode: Mode
    facts: Mapping[str, float | None]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.triangle)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of a row."""
        return tuple(name for group in self.groups for name in group.columns)

    def chunks(self, progress: Progress | None = None) -> Iterator[Chunk]:
        """Yield the rows in pieces, in order; `progress` is told after each.

        Raises:
            ValueError: If a row lies in no zone, in no session, or nowhere: such a plan must not leave the house.
        """
        total = len(self)
        for start in range(0, total, CHUNK):
            stop = min(start + CHUNK, total)
            zone = self.skin.zone[self.triangle[start:stop]].astype(np.int16)
            session = self.session[start:stop].astype(np.int16) + np.int16(1)
            numbers = self.part(start, stop)
            if zone.min() < 0 or session.min() < 1 or session.max() > self.sessions or not np.isfinite(numbers).all():
                raise ValueError(f"a row of {start} to {stop} lies in no zone, in no session, or nowhere")
            yield Chunk(numbers, zone, session)
            if progress is not None:
                progress(stop, total)

    def count(self) -> NDArray[np.int64]:
        """Return (zones,) how many rows each zone has."""
        counted: NDArray[np.int64] = np.bincount(self.skin.zone[self.triangle] + 1, minlength=len(self.skin.zones) + 1)
        return counted[1:]


def by_zone(values: Mapping[str, float], skin: Skin, name: str) -> tuple[float | None, ...]:
    """Return the value of every zone of the skin, None where the mapping has none.

    Raises:
        ProblemError: If the mapping names a zone that the skin does not have, or a value is no positive number.
    """
    problems = Problems()
    for zone, value in values.items():
        if zone not in skin.zones:
            problems.add(name, zone, "the surface has no such zone", "Name a zone of the surface.")
        elif not 0.0 < value < math.inf:
            problems.add(name, f"{zone}: {value}", "this is no size", "Give a number above zero.")
    problems.raise_if_any()
    return tuple(float(values[zone]) if zone in values else None for zone in skin.zones)
