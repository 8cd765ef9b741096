"""The JSON of an export, as types: what `docs/schemas` describes, and what reads such a file back."""

from __future__ import annotations

from dataclasses import dataclass

from mesoplan.exchange.rows import Mode
from mesoplan.surface.model import Side

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ExportedZone:
    """One zone that has rows.

    Attributes:
        zone: Zone id.
        count: Its rows, over all sessions.
        depth_mm: Depth of each puncture; None where nobody gives one.
        volume_ml: Volume of each row; None where nobody gives one.
    """

    zone: str
    count: int
    depth_mm: float | None
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class ExportedPuncture:
    """One puncture: millimetres, x to the patient's left, y up, z out of the face; `session` is 1 for the first."""

    position_mm: Triple
    normal: Triple
    zone: str
    session: int
    depth_mm: float | None
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class ExportedFootprint:
    """One placement of a stamp: its middle, `along` the direction of its width, `angle_deg` the same as an angle."""

    position_mm: Triple
    normal: Triple
    along: Triple
    angle_deg: float
    zone: str
    session: int
    depth_mm: float | None
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class Export:
    """What holds for all rows.

    Attributes:
        made_by: Program and version.
        notes: What a reader must know first.
        side: Whether left and right are the patient's for certain.
        mode: `exact` places for a guided device, one simulated `example` of a free hand, or the `points` of a syringe.
        source: Where the surface comes from.
        sessions: Number of sessions.
        count: Number of rows.
        zones: The zones that have rows.
    """

    made_by: str
    notes: tuple[str, ...]
    side: Side
    mode: Mode
    source: str
    sessions: int
    count: int
    zones: tuple[ExportedZone, ...]


@dataclass(frozen=True, slots=True)
class PunctureExport(Export):
    """Every puncture of a course; `diameter_mm` is that of the zone that one puncture acts on, null for points."""

    diameter_mm: float | None
    punctures: tuple[ExportedPuncture, ...]


@dataclass(frozen=True, slots=True)
class FootprintExport(Export):
    """Every placement of a stamp whose plate is `width_mm` wide and `height_mm` high, with its number of needles."""

    width_mm: float
    height_mm: float
    needles: int
    footprints: tuple[ExportedFootprint, ...]
