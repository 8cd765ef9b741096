"""The course of a plan laid on the skin in space: the exact places of a guided device, or an example of a free hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.layout.lattice import MOST_SESSIONS, Interleaving, interleave
from mesoplan.layout.model import Cumulative, Layout, PenLayout, RollerLayout, StampLayout
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.space import LaidZone, PlateAccount, PlateCourse, measured
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.clinic.model import Clinic
    from mesoplan.layout.footprints import Footprints
    from mesoplan.prescription.model import Prescription
    from mesoplan.surface.discs import MaskedSkin
    from mesoplan.surface.skin import Floats

_SEED = 20211027
_SAME = 1e-6
POINT_MM = 2.0
"""Size in which a point of a syringe is drawn; it says nothing of what the point acts on."""
Covering = PenLayout | StampLayout | RollerLayout


@dataclass(frozen=True, slots=True)
class Margins:
    """What punctures keep away from, by zone.

    Attributes:
        eye_mm: The distance that the zone's device keeps from the eye.
        mark_mm: Radius of what one puncture marks, for every zone treated: of the needle, where the clinic gives its
            diameter, or of the zone that a puncture acts on, the larger of the two; 0 where neither is known.
    """

    eye_mm: Mapping[str, float]
    mark_mm: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class InSpace:
    """The punctures of a course on one piece of skin.

    Attributes:
        punctures: All of them.
        mode: `exact`: where a guided device is to puncture; `example`: one simulated course of a free hand; `points`:
            the points of a syringe in one session.
        courses: The lattice of each zone; empty by free hand.
        cumulative: The planned cover of each zone that is laid, by free hand.
        ground: The skin with what is kept out.
        margins: What punctures keep away from.
        zones: What the plan keeps of the exact course, by zone: those that are left out this time among them.
        done: Sessions that are over.
        path_mm: Of each session of exact places, the length of the way in the order of work.
        footprints: The plates of a stamp, whose needles the punctures are; None where single places are laid.
        plate: That stamp's plate.
        plates: How its plates lie, zone by zone.
    """

    punctures: Punctures
    mode: Literal["exact", "example", "points"]
    courses: Mapping[str, Interleaving]
    cumulative: Mapping[str, Cumulative]
    ground: MaskedSkin
    margins: Margins
    zones: Mapping[str, LaidZone] = field(default_factory=dict)
    done: int = 0
    path_mm: tuple[float, ...] = ()
    footprints: Footprints | None = None
    plate: PlateCourse | None = None
    plates: tuple[PlateAccount, ...] = ()

    @property
    def worked(self) -> Punctures | Footprints:
        """The places of a device, in the order of work."""
        return self.punctures if self.footprints is None else self.footprints

    @property
    def zones_worked(self) -> frozenset[str]:
        """The zones that are laid exactly this time."""
        return frozenset(self.courses) if self.footprints is None else frozenset(self.cumulative)

    def may_puncture(self, positions_mm: Floats, triangle: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return (n,) which places may be punctured: outside every circle, as far from an eye as their device keeps."""
        return may_puncture(self.ground, self.margins, positions_mm, triangle)


def zones_in_space(prescription: Prescription, layout: Layout, ground: MaskedSkin) -> dict[str, Covering]:
    """Return the zones of a layout that have a cover and lie on this skin; where in a zone a scar lies is not known."""
    whole = {one.zone for one in prescription.zones if one.size_cm is None and one.zone in ground.skin.zones}
    laid: tuple[Covering, ...] = (*layout.pen, *layout.stamp, *layout.roller)
    covered = [one for one in laid if one.cumulative is not None and one.punctures_per_cm2 is not None]
    return {one.zone: one for one in covered if one.zone in whole}


def lay_exactly(
    prescription: Prescription,
    layout: Layout,
    ground: MaskedSkin,
    margins: Margins,
    clinic: Clinic | None = None,
) -> InSpace | None:
    """Return the course in exact places, in the order of work; None where no zone can have any.

    A pen's places are interleaved lattices, one session a colour. A stamp's are rigid plates, where the clinic tells
    how its needles stand; of several stamps that of the first zone is laid, and none beside a pen. A roller has none.

    Args:
        prescription: What is wished.
        layout: How many sessions it takes.
        ground: The skin, with what is kept out.
        margins: What punctures keep away from.
        clinic: The clinic, for its stamps.

    Raises:
        ValueError: If a course has more sessions than can be interleaved, or zones differ in their microzone.
    """
    zones = exact_zones(prescription, layout, ground, clinic)
    wished = {one.zone: one for one in prescription.zones if one.zone in zones}
    kept: dict[str, LaidZone] = {}
    for zone, part in zones.items():
        sessions, fraction, microzone = _sessions(part), wished[zone].area_fraction, wished[zone].microzone_mm
        if sessions > MOST_SESSIONS:
            raise ValueError(f"{sessions} sessions in {zone}: at most {MOST_SESSIONS} can be interleaved")
        if fraction is not None and microzone is not None:
            area, centre = measured(ground.skin, zone)
            holds = tuple(range(1, sessions + 1))
            kept[zone] = LaidZone(zone, area, centre, sessions, fraction, microzone, holds)
    plate = None
    first = next(iter(zones.values()), None)
    if isinstance(first, StampLayout) and clinic is not None:
        from mesoplan.layout.exact_plates import plate_course

        plate = plate_course(clinic.stamps[wished[first.zone].device or ""], first, _sessions(first))
    return _laid(kept, zones, ground, margins, 0, plate)


def exact_zones(
    prescription: Prescription, layout: Layout, ground: MaskedSkin, clinic: Clinic | None
) -> dict[str, Covering]:
    """Return the zones that can have exact places: those of pens, else those of one stamp whose needles are known."""
    zones = zones_in_space(prescription, layout, ground)
    device = {one.zone: one.device or "" for one in prescription.zones}
    pens: dict[str, Covering] = {zone: part for zone, part in zones.items() if isinstance(part, PenLayout)}
    if pens or clinic is None:
        return pens
    stamps = clinic.stamps
    known = {
        zone: part
        for zone, part in zones.items()
        if isinstance(part, StampLayout) and device[zone] in stamps and stamps[device[zone]].needle_grid is not None
    }
    alike = [
        (device[zone], part.rounds, part.microzone_mm, part.wished, _sessions(part)) for zone, part in known.items()
    ]
    return {zone: part for (zone, part), kind in zip(known.items(), alike, strict=True) if kind == alike[0]}


def lay_again(
    prescription: Prescription,
    layout: Layout,
    ground: MaskedSkin,
    margins: Margins,
    kept: Mapping[str, LaidZone],
    plate: PlateCourse | None = None,
) -> InSpace | None:
    """Return a course that has begun, on the lattices it was begun with; None where no zone of it is laid now.

    Args:
        prescription: What is wished now; zones that were not laid exactly from the start are left out.
        layout: Its layout.
        ground: The skin on which the course was laid, with what is kept out now.
        margins: What punctures keep away from.
        kept: What the plan before kept, with what was delivered and what each session holds.
        plate: The stamp's plate that it was begun with, None for single places.
    """
    zones = {zone: part for zone, part in zones_in_space(prescription, layout, ground).items() if zone in kept}
    done = max((len(one.delivered) for one in kept.values()), default=0)
    return _laid(kept, zones, ground, margins, done, plate)


def _laid(
    kept: Mapping[str, LaidZone],
    zones: Mapping[str, Covering],
    ground: MaskedSkin,
    margins: Margins,
    done: int,
    plate: PlateCourse | None,
) -> InSpace | None:
    """Return the places of some zones of a course, in the order of work.

    The lattices are always laid on all zones of the course, so that they lie as they did before.
    """
    from mesoplan.layout.place import place, prepare
    from mesoplan.layout.route import find_route

    courses = {one.zone: interleave(one.lattice_sessions, one.fraction, one.microzone_mm) for one in kept.values()}
    shown = {zone: kept[zone] for zone in zones if zone in kept}
    if not shown:
        return None
    if plate is not None:
        return _laid_plates(plate, kept, zones, ground, margins, done)
    placed = _dealt(place(prepare(ground.skin, courses)), shown, courses, done)
    stays = may_puncture(ground, margins, placed.positions_mm, placed.triangle)
    free = _only(placed, np.nonzero(stays)[0])
    route = find_route(free)
    in_order, path = _only(free, route.order), tuple(float(one) for one in route.path_mm)
    own = {zone: course for zone, course in courses.items() if zone in shown}
    return InSpace(in_order, "exact", own, _cumulative(zones), ground, margins, kept, done, path)


def _laid_plates(
    plate: PlateCourse,
    kept: Mapping[str, LaidZone],
    zones: Mapping[str, Covering],
    ground: MaskedSkin,
    margins: Margins,
    done: int,
) -> InSpace | None:
    """Return the plates of some zones of a stamp's course, in the order of work, with their needles' punctures."""
    from mesoplan.layout.exact_plates import accounts, needles_of, set_plates, taken
    from mesoplan.layout.route import find_route

    shown = {zone: kept[zone] for zone in zones if zone in kept}
    free = partial(may_puncture, ground, margins)
    laid, filling = set_plates(plate, kept, shown, ground, free)
    route = find_route(laid)
    in_order = taken(laid, route.order, laid.session[route.order], laid.sessions)
    told = accounts(in_order, filling[route.order], shown, min(done, laid.sessions - 1))
    punctures = needles_of(in_order, plate, next(iter(shown.values())).microzone_mm)
    path = tuple(float(one) for one in route.path_mm)
    return InSpace(
        *(punctures, "exact", {}, _cumulative(zones), ground, margins, kept, done, path),
        footprints=in_order,
        plate=plate,
        plates=told,
    )


def _dealt(
    placed: Punctures, shown: Mapping[str, LaidZone], courses: Mapping[str, Interleaving], done: int
) -> Punctures:
    """Return the places of some zones, each in the session of the course that lays it.

    Where zones beside each other are at different sessions of their lattices, of two places of one session to come that
    are too near each other the later goes.
    """
    from mesoplan.layout.near import keep_apart
    from mesoplan.layout.seam import LEAST

    skin, zone = placed.skin, placed.zone
    total = max(len(one.holds) for one in shown.values())
    least = LEAST * np.array([courses[name].spacing_mm if name in courses else 0.0 for name in skin.zones])
    chosen, session = [], []
    for number in range(total):
        own = np.zeros(len(placed), np.bool_)
        for name, one in shown.items():
            if (held := one.laid_in(number)) is not None:
                own |= (zone == skin.zones.index(name)) & (placed.session == held - 1)
        places = np.nonzero(own)[0]
        if number >= done:
            places = places[keep_apart(placed.positions_mm[places], placed.normals[places], least[zone[places]])]
        chosen.append(places)
        session.append(np.full(len(places), number, np.int16))
    dealt = _only(placed, np.concatenate(chosen))
    return Punctures(skin, dealt.positions_mm, dealt.triangle, np.concatenate(session), total, placed.diameter_mm)


def to_come(laid: InSpace) -> Punctures | Footprints:
    """Return the punctures, or a stamp's plates, of the sessions that are not over, numbered as in the course."""
    if not laid.done:
        return laid.worked
    rest = np.nonzero(laid.worked.session >= laid.done)[0]
    if laid.footprints is None:
        return _only(laid.punctures, rest)
    from mesoplan.layout.exact_plates import taken

    return taken(laid.footprints, rest, laid.footprints.session[rest], laid.footprints.sessions)


def lay_by_hand(prescription: Prescription, layout: Layout, ground: MaskedSkin, margins: Margins) -> InSpace | None:
    """Return one course as a free hand may bring it out: as many punctures as planned, anywhere in their zones.

    The same plan gives the same example. None where no zone has a cover.

    Args:
        prescription: What is wished.
        layout: The density of each zone, and how many sessions it takes.
        ground: The skin, with what is kept out.
        margins: What punctures keep away from.
    """
    from mesoplan.layout.measure import random_places

    zones = zones_in_space(prescription, layout, ground)
    skin, positions, triangles, sessions = ground.skin, [], [], []
    for number, (zone, part) in enumerate(zones.items()):
        members = skin.zone == skin.zones.index(zone)
        expected = (part.punctures_per_cm2 or 0.0) / MM2_PER_CM2 * float(skin.triangle_areas_mm2[members].sum())
        for session in range(_sessions(part)):
            rng = np.random.Generator(np.random.PCG64([_SEED, number, session]))
            places, owner = random_places(skin, members, int(rng.poisson(expected)), rng)
            positions.append(places)
            triangles.append(owner)
            sessions.append(np.full(len(places), session, np.int16))
    if not positions:
        return None
    diameter = max(one.microzone_mm or 0.0 for one in prescription.zones if one.zone in zones)
    laid = Punctures(
        skin,
        np.concatenate(positions),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate(sessions),
        max(_sessions(part) for part in zones.values()),
        diameter,
    )
    stays = may_puncture(ground, margins, laid.positions_mm, laid.triangle)
    return InSpace(_only(laid, np.nonzero(stays)[0]), "example", {}, _cumulative(zones), ground, margins)


def lay_points(prescription: Prescription, layout: Layout, ground: MaskedSkin, margins: Margins) -> InSpace | None:
    """Return the points of a syringe in one session; None where no zone of this skin has any.

    No zone gets more points than are planned, for the volume is planned by their number. Where in a zone of the face a
    scar lies is not known, so its points are left out.

    Args:
        prescription: What is wished.
        layout: Spacing and number of points.
        ground: The skin, with what is kept out.
        margins: What punctures keep away from.
    """
    skin = ground.skin
    size = {one.zone: one.size_cm for one in prescription.zones if one.zone in skin.zones}
    points = {one.zone: one for one in layout.points if one.zone in size}
    known = {zone: one for zone, one in points.items() if size[zone] is None or skin.source == "patch"}
    if not known:
        return None
    from mesoplan.layout.route import find_route
    from mesoplan.layout.skin_points import points_on_skin

    spacing = {zone: one.spacing_mm for zone, one in known.items()}
    laid = points_on_skin(skin, spacing, diameter_mm=min(POINT_MM, *spacing.values()))
    stays = may_puncture(ground, margins, laid.positions_mm, laid.triangle)
    for zone, one in known.items():
        own = np.nonzero(stays & (laid.zone == skin.zones.index(zone)))[0]
        stays[own[one.points :]] = False
    free = _only(laid, np.nonzero(stays)[0])
    in_order = _only(free, find_route(free).order)
    return InSpace(in_order, "points", {}, {}, ground, margins)


def _sessions(part: Covering) -> int:
    return 0 if part.cumulative is None else len(part.cumulative.cover)


def _cumulative(zones: Mapping[str, Covering]) -> dict[str, Cumulative]:
    return {zone: part.cumulative for zone, part in zones.items() if part.cumulative is not None}


def may_puncture(
    ground: MaskedSkin, margins: Margins, positions_mm: Floats, triangle: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Return (n,) which places may be punctured: the whole mark of the needle lies where it may.

    It lies in zones that are treated, outside every circle, and as far from an eye as the device of its zone keeps.
    """
    from mesoplan.surface.border import distance_to_others_mm

    skin = ground.skin
    zone = skin.zone[triangle]
    mark = np.array([*(margins.mark_mm.get(name, 0.0) for name in skin.zones), 0.0])[zone]
    treated = np.array([*(name in margins.mark_mm for name in skin.zones), False])[zone]
    stays: NDArray[np.bool_] = treated & (ground.keep_outs.distance_mm(positions_mm) > mark)
    widest = max(margins.mark_mm.values(), default=0.0)
    if widest > 0.0:
        away = distance_to_others_mm(skin, frozenset(margins.mark_mm), positions_mm, widest * (1.0 + _SAME))
        stays = stays & (away > mark)
    most = max(margins.eye_mm.values(), default=0.0)
    if most > 0.0 and ground.eyes_mm:
        kept = np.array([*(margins.eye_mm.get(name, 0.0) for name in skin.zones), 0.0])[zone] + mark
        stays = stays & (ground.distance_to_eyes_mm(positions_mm, most + widest) > kept)
    return stays


def _only(laid: Punctures, stays: NDArray[np.int64]) -> Punctures:
    """Return some of the punctures, by their numbers."""
    return Punctures(
        laid.skin,
        laid.positions_mm[stays],
        laid.triangle[stays],
        laid.session[stays],
        laid.sessions,
        laid.diameter_mm,
    )
