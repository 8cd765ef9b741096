"""What a plan keeps of its course in space, so that the next session can be laid on the same skin and the same lattice.

The punctures themselves are not kept: the same skin and the same lattice give the same punctures again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mesoplan.prescription.model import Basis
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from mesoplan.surface.skin import Skin

SAME_MM, SAME_SHARE = 0.01, 1e-4
"""How far a zone's middle, and its area as a share, may be off on skin that counts as the same: rounding, no more."""


@dataclass(frozen=True, slots=True)
class LaidZone:
    """A zone of a course of exact places.

    Attributes:
        zone: Zone id.
        area_cm2: Area of its skin.
        centre_mm: Middle of its skin, in the skin's axes.
        lattice_sessions: Sessions that its lattice was interleaved for.
        fraction: Share of the area that each of them hits.
        microzone_mm: Diameter of the zone that one puncture acts on.
        holds: For each session of the course, which of the lattice it lays, 1 for the first; None: none is left.
        delivered: For each session so far the share of the zone that was worked on; None while it is not known.
    """

    zone: str
    area_cm2: float
    centre_mm: tuple[float, float, float]
    lattice_sessions: int
    fraction: float
    microzone_mm: float
    holds: tuple[int | None, ...]
    delivered: tuple[float | None, ...] = ()

    def missing(self) -> tuple[int, ...]:
        """Return the lattice's sessions that no session of the course lays, not even in part."""
        laid = {held for held, share in self.shares() if share != 0.0}
        return tuple(one for one in range(1, self.lattice_sessions + 1) if one not in laid)

    def laid_in(self, session: int) -> int | None:
        """Return which session of the lattice lies in a session of the course, 0 for the first; None: nothing does."""
        over = session < len(self.delivered) and self.delivered[session] == 0.0
        return None if over or session >= len(self.holds) else self.holds[session]

    def shares(self) -> Iterator[tuple[int | None, float | None]]:
        """Yield for each session of the course what it lays, and the share of it: 1 for sessions to come."""
        for number, held in enumerate(self.holds):
            yield held, self.delivered[number] if number < len(self.delivered) else 1.0


@dataclass(frozen=True, slots=True)
class PlateCourse:
    """The rigid plate of a stamp, and how often a session fills its zones with it.

    Attributes:
        stamp: The clinic's stamp.
        footprint_mm: Width and height of the plate.
        needle_grid: Needles along its width and its height.
        rounds: Fillings of each zone in a session.
        shifts_mm: For each session, how far the plates of each of its fillings lie from the lattice's own place, along
            their width and height.
    """

    stamp: str
    footprint_mm: tuple[float, float]
    needle_grid: tuple[int, int]
    rounds: int
    shifts_mm: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class PlateAccount:
    """How the plates of the next session lie on one zone.

    Attributes:
        zone: Zone id.
        plates: Plates of the whole session whose middle lies in the zone.
        by_area: Plates of one filling that a tiling without gap and overlap would take.
        bare: Share of the zone under no plate of one filling, those that nothing may touch and rigid edges left out.
        overlapped: Share under two plates of one filling or more.
        beside: Share of those plates' area beside the treated skin.
    """

    zone: str
    plates: int
    by_area: float
    bare: float
    overlapped: float
    beside: float


@dataclass(frozen=True, slots=True)
class SessionWork:
    """The work of one session of exact places, in the order in which the exports have it.

    Attributes:
        session: Its number in the course, 1 for the first.
        places: Punctures, or placements of a stamp.
        path_mm: Length of the way from the first place to the last, in straight lines.
        seconds: How long it takes a guided device; None while the clinic's files give no figures for it.
    """

    session: int
    places: int
    path_mm: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Space:
    """A course in space as it was laid.

    Attributes:
        mode: What the places mean.
        source: What the skin comes from.
        triangles: Triangles of the skin.
        zones: The zones of exact places; empty by free hand.
        files: The files beside the plan that show or hold it.
        work: The sessions of exact places that are to come; empty by free hand.
        bases: (`seconds`, where its figures come from), one for each figure.
        plate: The stamp's plate; None where single places are laid.
        plates: How its plates lie, zone by zone; empty without one.
    """

    mode: Literal["exact", "example", "points"]
    source: Literal["canonical", "photo", "scan", "patch"]
    triangles: int
    zones: tuple[LaidZone, ...]
    files: tuple[str, ...]
    work: tuple[SessionWork, ...] = ()
    bases: tuple[tuple[str, Basis], ...] = ()
    plate: PlateCourse | None = None
    plates: tuple[PlateAccount, ...] = ()

    def lies_on(self, skin: Skin) -> bool:
        """Return whether this is the skin on which the course was laid."""
        if skin.source != self.source or len(skin.triangles) != self.triangles:
            return False
        if not {one.zone for one in self.zones} <= set(skin.zones):
            return False
        for one in self.zones:
            area, centre = measured(skin, one.zone)
            same = abs(area - one.area_cm2) <= SAME_SHARE * one.area_cm2
            if not same or max(abs(a - b) for a, b in zip(centre, one.centre_mm, strict=True)) > SAME_MM:
                return False
        return True


def measured(skin: Skin, zone: str) -> tuple[float, tuple[float, float, float]]:
    """Return the area in cm2 and the middle in mm of one zone; all 0 where no triangle belongs to it."""
    own = skin.zone == skin.zones.index(zone)
    areas = skin.triangle_areas_mm2[own]
    total = float(areas.sum())
    middles = skin.vertices_mm[skin.triangles[own]].mean(axis=1)
    x, y, z = (areas @ middles / total).tolist() if total > 0.0 else (0.0, 0.0, 0.0)
    return total / MM2_PER_CM2, (round(x, 4), round(y, 4), round(z, 4))


def holds_next(
    lattice_sessions: int, held: Sequence[int | None], delivered: Sequence[float | None], sessions: int
) -> tuple[int | None, ...]:
    """Return which session of the lattice each session of the course lays, in the light of what was delivered.

    What was not delivered is laid by the first session to come, and the others follow. What was stopped part-way is
    laid again only when nothing else is left, for the record does not tell where it stopped: a part of its places is
    then hit a second time. What may have been delivered (unknown) is not laid again, and no session ever lays two.

    Args:
        lattice_sessions: Sessions of the lattice.
        held: What each session so far was to lay.
        delivered: The share of the zone that each of them worked on; None while it is not known.
        sessions: Sessions of the whole course.
    """
    done: dict[int, float] = {}
    for one, share in zip(held, delivered, strict=True):
        if one is not None:
            done[one] = max(done.get(one, 0.0), 1.0 if share is None else share)
    every = range(1, lattice_sessions + 1)
    untouched = [one for one in every if done.get(one, 0.0) == 0.0]
    in_part = sorted((one for one in every if 0.0 < done.get(one, 0.0) < 1.0), key=lambda one: (done[one], one))
    to_come: list[int | None] = [*untouched, *in_part]
    rest = max(0, sessions - len(held))
    return (*held, *to_come[:rest], *([None] * (rest - len(to_come))))


def cover_after(zone: LaidZone, covers: Sequence[float], count: int) -> float:
    """Return the expected cover after so many sessions of the course, each counted by the share that was delivered.

    An unknown share counts as none: what is returned is reached at least.

    Args:
        zone: The zone.
        covers: Cover of 0, 1, 2 ... of the lattice's sessions.
        count: Sessions of the course.
    """
    shares: dict[int, float] = {}
    for held, share in list(zone.shares())[:count]:
        if held is not None:
            known = 0.0 if share is None else share
            shares[held] = 1.0 - (1.0 - shares.get(held, 0.0)) * (1.0 - known)
    chances = [1.0]
    for share in shares.values():  # how many of them hit a place, places worked on independently
        more = [0.0, *(one * share for one in chances)]
        chances = [one * (1.0 - share) + other for one, other in zip([*chances, 0.0], more, strict=True)]
    return sum(chance * cover for chance, cover in zip(chances, covers, strict=False))


def by_zone(space: Space | None) -> Mapping[str, LaidZone]:
    """Return the exact zones of a course by their id; none where it was not laid exactly."""
    return {one.zone: one for one in space.zones} if space is not None and space.mode == "exact" else {}
