"""Accounts for plates as they lie on skin: what they cover once, twice or not at all, and where their needles go in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.measure import random_places
from mesoplan.layout.needles import Pattern
from mesoplan.layout.press import FACING, Plates, press
from mesoplan.layout.punctures import Punctures
from mesoplan.layout.stamps import raster
from mesoplan.surface.skin import NO_ZONE
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.footprints import Footprints
    from mesoplan.prescription.model import Basis
    from mesoplan.surface.skin import Floats, Ints


@dataclass(frozen=True, slots=True)
class ZoneAccount:
    """How the plates of one session lie on one zone.

    Attributes:
        plates: Plates whose middle lies in the zone.
        by_area: Its area against the plate's: what a tiling without gap and overlap would take.
        bare: Share of the zone under no plate.
        once: Share under one plate.
        overlapped: Share under two plates or more.
        beside: Share of its plates' area that lies on skin of no zone, or beyond the skin.
    """

    plates: int
    by_area: float
    bare: float
    once: float
    overlapped: float
    beside: float


def account(footprints: Footprints, session: int, samples: int = 20_000) -> dict[str, ZoneAccount]:
    """Return by zone how the plates of one session lie, measured at random places that are the same each time.

    A share has a standard error of sqrt(share (1 - share) / samples). A zone without area is left out.

    Args:
        footprints: The plates.
        session: 0 for the first.
        samples: Random places in each zone.
    """
    skin = footprints.skin
    own = footprints.session == session
    plates = _plates(footprints, own)
    zone = footprints.zone[own]
    under = press(skin, plates, raster(footprints.footprint_mm)).triangle
    beside = ((under < 0) | (skin.zone[under] == NO_ZONE)).mean(axis=1)
    size_mm2 = footprints.footprint_mm[0] * footprints.footprint_mm[1]
    found = {}
    for number, name in enumerate(skin.zones):
        places, triangle = random_places(skin, skin.zone == number, samples)
        if len(places):
            over = _plates_over(plates, places, skin.normals[triangle])
            mine = zone == number
            found[name] = ZoneAccount(
                plates=int(mine.sum()),
                by_area=skin.area_cm2(name) * MM2_PER_CM2 / size_mm2,
                bare=float((over == 0).mean()),
                once=float((over == 1).mean()),
                overlapped=float((over > 1).mean()),
                beside=float(beside[mine].mean()) if mine.any() else 0.0,
            )
    return found


def grid_pattern(columns: int, rows: int, footprint_mm: tuple[float, float], basis: Basis) -> Pattern:
    """Return needles in a rectangular grid that goes on from plate to plate where plates lie side by side.

    Args:
        columns: Needles along the plate's width.
        rows: Needles along its height.
        footprint_mm: Width and height of the plate.
        basis: Where it is said that they stand so.

    Raises:
        ValueError: If there is no needle or no plate.
    """
    if min(columns, rows) < 1 or not min(footprint_mm) > 0.0:
        raise ValueError(f"{columns} x {rows} needles on {footprint_mm} mm: no pattern")
    x, y = ((np.arange(count) + 0.5) / count - 0.5 for count in (columns, rows))
    across, along = np.meshgrid(x * footprint_mm[0], y * footprint_mm[1])
    return Pattern(np.column_stack([across.ravel(), along.ravel()]), footprint_mm[0], None, basis)


def needle_punctures(footprints: Footprints, pattern: Pattern, diameter_mm: float) -> tuple[Punctures, Ints]:
    """Return every puncture that the plates' needles make in a zone, and how many each session makes elsewhere.

    The punctures are those of one plate after the other; (sessions,) counts the needles that meet skin of no zone or
    no skin at all.

    Args:
        footprints: The plates.
        pattern: Where the needles stand, along width and height, from the middle of the plate.
        diameter_mm: Diameter of the zone that one puncture acts on.

    Raises:
        ValueError: If the pattern has another number of needles than the plates.
    """
    needles = len(pattern.places_mm)
    if needles != footprints.needles:
        raise ValueError(f"a pattern of {needles} needles on plates of {footprints.needles}")
    skin = footprints.skin
    under = press(skin, _plates(footprints), pattern.places_mm)
    triangle = under.triangle.ravel()
    session = np.repeat(footprints.session, needles)
    treated = (triangle >= 0) & (skin.zone[triangle] != NO_ZONE)
    punctures = Punctures(
        skin=skin,
        positions_mm=under.positions_mm.reshape(-1, 3)[treated],
        triangle=triangle[treated].astype(np.int32),
        session=session[treated],
        sessions=footprints.sessions,
        diameter_mm=diameter_mm,
    )
    return punctures, np.bincount(session[~treated], minlength=footprints.sessions)


def _plates(footprints: Footprints, which: NDArray[np.bool_] | None = None) -> Plates:
    own = np.ones(len(footprints), np.bool_) if which is None else which
    along = footprints.along if len(footprints) else np.empty((0, 3))
    return Plates(footprints.positions_mm[own], along[own], footprints.normals[own], footprints.footprint_mm)


def _plates_over(plates: Plates, places_mm: Floats, normals: Floats) -> Ints:
    """Return (n,) how many plates lie over each place, as `press` sees it."""
    from scipy.spatial import KDTree

    over = np.zeros(len(places_mm), np.int64)
    if not len(plates):
        return over
    reach = float(np.hypot(plates.depth_mm, np.hypot(*plates.size_mm) / 2.0))
    lists: NDArray[np.object_] = np.asarray(KDTree(plates.middle_mm).query_ball_point(places_mm, reach), object)
    counts = np.array([len(one) for one in lists], np.int64)
    place = np.repeat(np.arange(len(places_mm)), counts)
    plate = np.concatenate([np.asarray(one, np.int64) for one in lists])
    local = np.einsum("px,pax->pa", places_mm[place] - plates.middle_mm[plate], plates.frames[plate])
    half = np.array([plates.size_mm[0] / 2.0, plates.size_mm[1] / 2.0, plates.depth_mm])
    lies = (np.abs(local) <= half).all(axis=1)
    lies &= (normals[place] * plates.normal[plate]).sum(axis=1) > FACING
    return np.bincount(place[lies], minlength=len(places_mm))
