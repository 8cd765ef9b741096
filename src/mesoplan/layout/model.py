"""The layout: settings that reach the prescription, and the cover they give, with its spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mesoplan.prescription.model import Basis, Limit


@dataclass(frozen=True, slots=True)
class Cover:
    """The share of a zone that is hit at least once.

    Attributes:
        mean: Expected share.
        sd: Standard deviation between sessions of the same settings, from the zone's size and the speed's spread.
        low: About 5 % of sessions lie below.
        high: About 5 % of sessions lie above.
    """

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Cover of one zone over the course, for sessions independent of one another.

    Attributes:
        sessions: 1, 2, ... n.
        cover: Expected cover after each, with its spread.
        claimed: What the documents' addition would say after each (1.0 at five sessions of 20 %): refuted.
        sessions_for_95: Sessions until 95 % is expected, None where a session covers nothing.
        sessions_for_99: Sessions until 99 % is expected, None where a session covers nothing.
        sigma_mm: How well the sessions' patterns register with one another; above 0.1 mm they count as independent.
    """

    sessions: tuple[int, ...]
    cover: tuple[Cover, ...]
    claimed: tuple[float, ...]
    sessions_for_95: int | None
    sessions_for_99: int | None
    sigma_mm: float


@dataclass(frozen=True, slots=True)
class PenLayout:
    """Settings of a gliding pen in one zone.

    Attributes:
        zone: Expanded zone id.
        frequency_hz: Strokes of the needle plate each second.
        hand_speed_mm_s: Speed over the skin.
        passes: Whole passes over the zone.
        needles: Needles of the cartridge.
        stripe_width_mm: Width of the stripe that one pass needles.
        microzone_mm: Diameter of the zone that one puncture acts on.
        speed_spread: Relative spread of the time spent on each area (0.3: between 30 % less and 30 % more).
        wished: Wished cover of one session.
        cover: Reached cover.
        reachable: False: `cover` is the nearest that the device's and the clinic's envelopes allow.
        other_modes: Word keys of what would reach it (slower strokes with a cartridge of fewer needles, stamping ...).
        punctures: Expected number of punctures.
        punctures_per_cm2: Expected density.
        seconds: Needling time of this zone.
        hits: Share of the area hit exactly 0, 1, 2, 3 times, and 4 times or more.
        volume_ml: What the needles carry into the skin here, None where no source gives a volume per puncture.
        cumulative: Over the course's sessions.
        limits: Device and clinic limits with their margins.
        bases: (field name, basis).
    """

    zone: str
    frequency_hz: float
    hand_speed_mm_s: float
    passes: int
    needles: int
    stripe_width_mm: float
    microzone_mm: float
    speed_spread: float
    wished: float
    cover: Cover
    reachable: bool
    other_modes: tuple[str, ...]
    punctures: float
    punctures_per_cm2: float
    seconds: float
    hits: tuple[float, float, float, float, float]
    volume_ml: float | None
    cumulative: Cumulative
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]


@dataclass(frozen=True, slots=True)
class PointLayout:
    """Points of a syringe in one zone.

    Attributes:
        zone: Expanded zone id.
        manner: Manner of injection: pricks or papules.
        spacing_mm: Distance between neighbours on a hexagonal lattice.
        points: Number of points.
        volume_per_point_ml: Volume at each point, None where nobody gives one (then asked).
        volume_ml: Volume of the zone.
        asked: Word keys of what the practitioner must still decide.
        limits: Volume limits with their margins; a broken one shows a negative margin, nothing is reduced.
        bases: (field name, basis).
    """

    zone: str
    manner: str
    spacing_mm: float
    points: int
    volume_per_point_ml: float | None
    volume_ml: float | None
    asked: tuple[str, ...]
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]


@dataclass(frozen=True, slots=True)
class StampLayout:
    """Placements of a stamp in one zone: pressed and lifted, its needles in a rigid pattern.

    Attributes:
        zone: Expanded zone id.
        footprint_mm: Width and height of what one placement covers.
        needles: Needles of the cartridge: hits per placement.
        placements: Placements side by side that fill the zone once.
        rounds: How often the zone is filled, each time shifted and turned at random.
        microzone_mm: Diameter of the zone that one puncture acts on.
        spread: Relative spread of the number of placements on each area.
        wished: Wished cover of one session.
        cover: Reached cover: footprints placed by hand overlap and leave gaps at random.
        reachable: False: `cover` is the nearest that the clinic's rounds allow.
        other_modes: Word keys of what would reach it.
        punctures: Expected number of punctures.
        punctures_per_cm2: Expected density.
        hits: Share of the area hit exactly 0, 1, 2, 3 times, and 4 times or more.
        volume_ml: What the needles carry into the skin here, None where no source gives a volume per puncture.
        cumulative: Over the course's sessions.
        limits: Device limits with their margins.
        bases: (field name, basis).
    """

    zone: str
    footprint_mm: tuple[float, float]
    needles: int
    placements: int
    rounds: int
    microzone_mm: float
    spread: float
    wished: float
    cover: Cover
    reachable: bool
    other_modes: tuple[str, ...]
    punctures: float
    punctures_per_cm2: float
    hits: tuple[float, float, float, float, float]
    volume_ml: float | None
    cumulative: Cumulative
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]


@dataclass(frozen=True, slots=True)
class RollerLayout:
    """Passes of a roller in one zone; neither angle nor depth nor an even pattern is promised.

    Attributes:
        zone: Expanded zone id.
        roller: The clinic's roller, None at home.
        paths: Ids of the ways it is led, in order.
        passes: Passes in all, shared over the paths; at home on each path.
        punctures_per_cm2: Expected density, None where neither the clinic nor a source counted one.
        cover: Expected cover, None without a density.
        wished: Wished cover of one session, None at home.
        reachable: Whether that is reached.
        spread: Relative spread of the number of passes over each area.
        volume_ml: Always None: no source gives what a roller carries in.
        cumulative: Over the course's sessions, None without a density.
        asked: Word keys of what the practitioner must still decide.
        limits: Limits of passes with their margins.
        bases: (field name, basis).
    """

    zone: str
    roller: str | None
    paths: tuple[str, ...]
    passes: int
    punctures_per_cm2: float | None
    cover: Cover | None
    wished: float | None
    reachable: bool
    spread: float
    volume_ml: float | None
    cumulative: Cumulative | None
    asked: tuple[str, ...]
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]


@dataclass(frozen=True, slots=True)
class EnergySetting:
    """One setting of a needle-free technique.

    Attributes:
        name: The fact that gives it, or the place of the clinic's parameter: `DEVICE:NUMBER`.
        low: Lower end, None where it is open.
        high: Upper end, None where it is open.
        unit: Its unit.
        basis: Where it comes from.
    """

    name: str
    low: float | None
    high: float | None
    unit: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class NeedleFreeLayout:
    """A needle-free technique in one zone: no puncture, no depth, no cover.

    Attributes:
        zone: Expanded zone id.
        device: The clinic's needle-free device, None without one.
        minutes_low: Shortest time for all zones together, None where nobody gives one.
        minutes_high: Longest time.
        settings: What facts and the clinic's device give; empty: asked.
        volume_ml: Always None: the product is spread.
        asked: Word keys of what the practitioner must still decide.
        limits: Always empty.
        bases: (field name, basis).
    """

    zone: str
    device: str | None
    minutes_low: float | None
    minutes_high: float | None
    settings: tuple[EnergySetting, ...]
    volume_ml: float | None
    asked: tuple[str, ...]
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]


ZoneLayout = PenLayout | PointLayout | StampLayout | RollerLayout | NeedleFreeLayout


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of one session, and what the course adds up to.

    Attributes:
        mode: What the numbers mean: a statistical (free-hand) plan, single points, or no puncture at all.
        pen: Zones done by pen.
        points: Zones done by syringe.
        cumulative: That of the zone with the lowest cover, None where no zone has one.
        cumulative_zone: Which zone that is.
        lattice_per_cm2: For comparison: punctures that reach the wished cover in a lattice without overlap, None
            without a cover.
        total_volume_ml: Over all zones, None where a zone has none.
        total_minutes: Needling time of the pen zones, rounded up, None without one.
        asked: Word keys of what the practitioner must still decide.
        limits: Totals against limits; a broken one shows a negative margin, nothing is reduced.
        bases: (field name, basis).
        stamp: Zones done by stamp.
        roller: Zones done by roller.
        needle_free: Zones done without needles.
    """

    mode: Literal["free hand", "points", "stamp", "roller", "needle free", "mixed", "none"]
    pen: tuple[PenLayout, ...]
    points: tuple[PointLayout, ...]
    cumulative: Cumulative | None
    cumulative_zone: str | None
    lattice_per_cm2: float | None
    total_volume_ml: float | None
    total_minutes: int | None
    asked: tuple[str, ...]
    limits: tuple[Limit, ...]
    bases: tuple[tuple[str, Basis], ...]
    stamp: tuple[StampLayout, ...] = ()
    roller: tuple[RollerLayout, ...] = ()
    needle_free: tuple[NeedleFreeLayout, ...] = ()

    @property
    def zones(self) -> tuple[ZoneLayout, ...]:
        """Every zone that is laid out, by kind of layout."""
        return (*self.pen, *self.points, *self.stamp, *self.roller, *self.needle_free)

    @property
    def settled(self) -> frozenset[str]:
        """The zones whose settings leave nothing to decide."""
        open_ones = {zone for zone, keys in self.asked_in_zones if keys}
        open_ones |= {one.zone for one in self.points if one.volume_ml is None}
        return frozenset(one.zone for one in self.zones if one.zone not in open_ones)

    @property
    def asked_in_zones(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(zone, word keys of what must still be decided there), of the layouts that may leave something open."""
        asking: tuple[PointLayout | RollerLayout | NeedleFreeLayout, ...]
        asking = (*self.points, *self.roller, *self.needle_free)
        return tuple((one.zone, one.asked) for one in asking)
