"""A stamp's course in exact places: rigid plates on all zones, each session's fillings shifted against the others.

A plate touches neither skin of zones that are not laid, nor a circle that is kept out, nor the margin around the eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.footprints import Footprints
from mesoplan.layout.plates import account, grid_pattern, needle_punctures
from mesoplan.layout.press import Plates, press
from mesoplan.layout.space import LaidZone, PlateAccount, PlateCourse
from mesoplan.layout.stamps import cut_for_plates, edge_raster, session_shifts, set_down, touches
from mesoplan.prescription.model import Basis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.clinic.devices import Stamp
    from mesoplan.layout.model import StampLayout
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.discs import MaskedSkin
    from mesoplan.surface.skin import Floats, Skin

    Flags = NDArray[np.bool_]
    MayTouch = Callable[[Floats, NDArray[np.integer]], Flags]

_SAMPLES = 4_000
"""Random places in each zone by which plates are accounted: a share of 10 % is right to within 1 %."""


def plate_course(stamp: Stamp, part: StampLayout, sessions: int) -> PlateCourse:
    """Return the course of a stamp whose needles are known.

    Plates side by side hit no place twice, so fewer fillings reach the wished share than by hand; never more than that.

    Raises:
        ValueError: If the stamp has no grid of needles.
    """
    if stamp.needle_grid is None:
        raise ValueError(f"{stamp.id}: nobody gives where its needles stand")
    (width, height), (columns, rows) = stamp.footprint_mm, stamp.needle_grid
    each = stamp.needle_count * math.pi * part.microzone_mm**2 / 4.0 / (width * height)
    rounds = max(stamp.rounds_min, min(part.rounds, round(part.wished / each)))
    shifts = _dealt(session_shifts((width / columns, height / rows), sessions * rounds), stamp, sessions)
    return PlateCourse(stamp.id, stamp.footprint_mm, stamp.needle_grid, rounds, shifts)


def _dealt(shifts: Floats, stamp: Stamp, sessions: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the shifts of each session: in turn each takes the one farthest from those that it has."""
    assert stamp.needle_grid is not None
    pitch = np.array(stamp.footprint_mm) / stamp.needle_grid
    left = list(range(len(shifts)))
    dealt: list[list[int]] = [[] for _ in range(sessions)]
    for number in range(len(shifts)):
        own = dealt[number % sessions]
        away = [_apart_mm(shifts[one] - shifts[own], pitch) if own else 0.0 for one in left]
        best = left[int(np.argmax(np.round(away, 9)))]
        own.append(best)
        left.remove(best)
    return tuple(tuple((float(shifts[one][0]), float(shifts[one][1])) for one in own) for own in dealt)


def _apart_mm(away: Floats, pitch: Floats) -> float:
    """Return the smallest distance of needles whose grids lie this far apart."""
    return float(np.linalg.norm(away - np.rint(away / pitch) * pitch, axis=1).min())


def set_plates(
    course: PlateCourse, kept: Mapping[str, LaidZone], shown: Mapping[str, LaidZone], ground: MaskedSkin, free: MayTouch
) -> tuple[Footprints, NDArray[np.int64]]:
    """Return the plates of some zones, each in the session of the course that lays it, and which filling each is of.

    The plates are always set down on all zones of the course, so that they lie as they did before.

    Args:
        course: The plate and its shifts.
        kept: Every zone of the course.
        shown: Those that are laid now.
        ground: The skin, with what is kept out.
        free: Says of places on skin whether a plate may touch them.
    """
    skin = ground.skin
    charts = cut_for_plates(skin, list(kept), course.footprint_mm)
    shifts = np.array(course.shifts_mm).reshape(-1, 2)
    never = ~np.isin(skin.zone, [skin.zones.index(zone) for zone in kept])
    needles = course.needle_grid[0] * course.needle_grid[1]
    every = set_down(skin, charts, course.footprint_mm, needles, shifts, never=never)
    stays = ~touches(ground.keep_outs, _plates(every)) & _stays(skin, every, shown, free)
    lattice_session, filling = np.divmod(every.session.astype(np.int64), course.rounds)
    chosen, session = [], []
    total = max(len(one.holds) for one in shown.values())
    for number in range(total):
        own = np.zeros(len(every), np.bool_)
        for name, one in shown.items():
            if (held := one.laid_in(number)) is not None:
                own |= (every.zone == skin.zones.index(name)) & (lattice_session == held - 1)
        places = np.nonzero(own & stays)[0]
        chosen.append(places)
        session.append(np.full(len(places), number, np.int16))
    order = np.concatenate(chosen)
    return taken(every, order, np.concatenate(session), total), filling[order]


def _plates(laid: Footprints) -> Plates:
    return Plates(laid.positions_mm, laid.along if len(laid) else np.empty((0, 3)), laid.normals, laid.footprint_mm)


def _stays(skin: Skin, every: Footprints, shown: Mapping[str, LaidZone], free: MayTouch) -> Flags:
    """Return (n,) whether all skin under each plate may be touched now: of zones that are laid, away from eyes."""
    under = press(skin, _plates(every), edge_raster(every.footprint_mm))
    met = under.triangle >= 0
    laid = np.isin(skin.zone, [skin.zones.index(zone) for zone in shown])
    allowed: Flags = np.ones(met.shape, np.bool_)
    allowed[met] = laid[under.triangle[met]] & free(under.positions_mm[met], under.triangle[met])
    return np.asarray(allowed.all(axis=1), np.bool_)


def taken(laid: Footprints, which: NDArray[np.int64], session: NDArray[np.int16], sessions: int) -> Footprints:
    """Return some of the plates, by their numbers, in other sessions."""
    return replace(
        laid,
        positions_mm=laid.positions_mm[which],
        triangle=laid.triangle[which],
        rotation_rad=laid.rotation_rad[which],
        session=session,
        sessions=sessions,
    )


def needles_of(laid: Footprints, course: PlateCourse, diameter_mm: float) -> Punctures:
    """Return every puncture that the plates' needles make in a zone."""
    basis = Basis("clinic", f"stamps.yaml: {course.stamp}: needle_grid")
    pattern = grid_pattern(*course.needle_grid, course.footprint_mm, basis)
    return needle_punctures(laid, pattern, diameter_mm)[0]


def accounts(
    laid: Footprints, filling: NDArray[np.int64], zones: Mapping[str, LaidZone], session: int
) -> tuple[PlateAccount, ...]:
    """Return how the plates of one session lie on each zone, by the first of its fillings."""
    own = np.nonzero((laid.session == session) & (filling == 0))[0]
    found = account(taken(laid, own, np.zeros(len(own), np.int16), 1), 0, _SAMPLES)
    counts = laid.count()
    told = []
    for zone in zones:
        if zone in found:
            one, number = found[zone], laid.skin.zones.index(zone)
            plates = int(counts[number, session])
            told.append(PlateAccount(zone, plates, one.by_area, one.bare, one.overlapped, one.beside))
    return tuple(told)
