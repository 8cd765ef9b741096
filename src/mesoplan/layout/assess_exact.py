"""The quality of exact places: measured on every puncture as it is laid, and what a registration error leaves of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.coverage import NORMAL_QUANTILE_95
from mesoplan.layout.measure import count_hits
from mesoplan.layout.quality import Clearance, CoverAfter, Histogram, Quality, RegisteredCover, Totals, ZoneQuality
from mesoplan.layout.registration import registered_cover, registered_spread
from mesoplan.layout.space import cover_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mesoplan.layout.flatten import Ints
    from mesoplan.layout.in_space import InSpace
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.layout.punctures import Punctures
    from mesoplan.layout.space import LaidZone

_SEED = 20261129
_NEAR_MM = 30.0
"""Up to which distance from an eye or a circle the smallest one is told."""


def assess_exact(quality: Quality, laid: InSpace, sigmas_mm: Sequence[float]) -> Quality:
    """Return the quality of a plan with the zones that are laid exactly measured; the others stay as they are.

    Args:
        quality: Of the same plan by hand: its depths, totals and limits hold here too.
        laid: The exact course.
        sigmas_mm: Registration errors to tell the cover for.
    """
    sessions = laid.punctures.sessions
    once = count_hits(session_alone(laid, min(laid.done, sessions - 1)), 1, counted=laid.may_puncture)
    course_hits = count_hits(as_delivered(laid), sessions, counted=laid.may_puncture)
    told: dict[_Alike, _Told] = {}
    zones = []
    for zone in quality.zones:
        course = laid.courses.get(zone.zone)
        if course is None:
            zones.append(zone)
            continue
        kept = laid.zones[zone.zone]
        alike = course, kept.holds, kept.delivered, laid.cumulative[zone.zone].sigma_mm
        if alike not in told:
            told[alike] = _told(course, kept, laid.cumulative[zone.zone].sigma_mm, sigmas_mm)
        covers, registered = told[alike]
        zones.append(
            replace(
                zone,
                known="measured",
                hits=histogram(once[zone.zone]),
                course_hits=histogram(course_hits[zone.zone]),
                sigma_mm=laid.cumulative[zone.zone].sigma_mm,
                course=covers,
                registration=registered,
                speed=(),
                clearances=measured_clearances(zone, laid),
            )
        )
    return replace(quality, zones=tuple(zones), totals=totals_of(quality.totals, laid))


_Told = tuple["tuple[CoverAfter, ...]", "tuple[RegisteredCover, ...]"]
_Alike = tuple["Interleaving", "tuple[int | None, ...]", "tuple[float | None, ...]", float]


def session_alone(laid: InSpace, number: int) -> Punctures:
    """Return one session of a course, as if it were the only one."""
    own = laid.punctures.session == number
    return _some(laid.punctures, own, np.zeros(int(own.sum()), np.int16))


def as_delivered(laid: InSpace) -> Punctures:
    """Return the course with so many punctures of each session so far as were delivered, in whichever places.

    Where a session stopped is not known, so any places are as good for how often skin is hit; an unknown share counts
    as none.
    """
    punctures, stays = laid.punctures, np.ones(len(laid.punctures), np.bool_)
    chance = np.random.Generator(np.random.PCG64(_SEED)).random(len(punctures))
    for name in sorted(laid.zones_worked):
        own = punctures.zone == punctures.skin.zones.index(name)
        for number, share in enumerate(laid.zones[name].delivered):
            stays &= ~(own & (punctures.session == number) & (chance >= (share or 0.0)))
    return punctures if stays.all() else _some(punctures, stays, punctures.session[stays])


def _some(punctures: Punctures, own: NDArray[np.bool_], session: NDArray[np.int16]) -> Punctures:
    return replace(
        punctures, positions_mm=punctures.positions_mm[own], triangle=punctures.triangle[own], session=session
    )


def totals_of(by_hand: Totals, laid: InSpace) -> Totals:
    """Return what one session adds up to; how long a guided device takes nobody has told."""
    punctures = float((laid.punctures.session >= laid.done).sum()) / max(1, laid.punctures.sessions - laid.done)
    volume = by_hand.volume_ml
    if volume is not None and by_hand.punctures:
        volume *= punctures / by_hand.punctures
    return replace(by_hand, punctures=punctures, volume_ml=volume, minutes=None)


def _told(course: Interleaving, kept: LaidZone, sigma: float, sigmas_mm: Sequence[float]) -> _Told:
    """Return the cover of a course after each session with its own error, and of the whole with each error.

    Each session counts by the share of it that was delivered; of the spread that of as many whole sessions stands.
    """
    counts = range(course.sessions + 1)
    means = [registered_cover(course, sigma, count) if count else 0.0 for count in counts]
    ideals = [registered_cover(course, 0.0, count) if count else 0.0 for count in counts]
    covers, sessions = [], len(kept.holds)
    for count in range(1, sessions + 1):
        mean, whole = cover_after(kept, means, count), _whole(kept, count)
        spread = registered_spread(course, sigma, whole) if whole else 0.0
        low, high = mean - NORMAL_QUANTILE_95 * spread, min(1.0, mean + NORMAL_QUANTILE_95 * spread)
        covers.append(CoverAfter(count, mean, max(0.0, low), high, cover_after(kept, ideals, count)))
    registered = []
    for one in sorted({*sigmas_mm, sigma}):
        every = [registered_cover(course, one, count) if count else 0.0 for count in counts]
        registered.append(RegisteredCover(one, cover_after(kept, every, sessions)))
    return tuple(covers), tuple(registered)


def _whole(kept: LaidZone, count: int) -> int:
    """Return how many different sessions of the lattice were worked on at all by then."""
    return len({held for held, share in list(kept.shares())[:count] if held is not None and share})


def histogram(hits: Ints) -> Histogram:
    """Return the shares hit 0, 1, 2, 3 times, and 4 times or more; all 0 for no places."""
    counts = np.bincount(np.minimum(hits, 4), minlength=5) / max(len(hits), 1)
    zero, once, twice, thrice, more = (float(one) for one in counts)
    return zero, once, twice, thrice, more


def measured_clearances(zone: ZoneQuality, laid: InSpace) -> tuple[Clearance, ...]:
    """Return the smallest distances that were measured, in place of those that were planned."""
    own = laid.punctures.positions_mm[laid.punctures.zone == laid.ground.skin.zones.index(zone.zone)]
    nearest = {
        "eye": laid.ground.distance_to_eyes_mm(own, _NEAR_MM).min(initial=np.inf),
        "keep_out": laid.ground.keep_outs.distance_mm(own).min(initial=np.inf),
    }
    measured = [replace(one, distance_mm=float(nearest[one.what])) for one in zone.clearances]
    return tuple(one for one in measured if np.isfinite(one.distance_mm))
