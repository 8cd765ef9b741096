"""The quality of exact places: measured on every puncture as it is laid, and what a registration error leaves of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.coverage import NORMAL_QUANTILE_95
from mesoplan.layout.measure import count_hits
from mesoplan.layout.quality import Clearance, CoverAfter, Histogram, Quality, RegisteredCover, Totals, ZoneQuality
from mesoplan.layout.registration import registered_cover, registered_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesoplan.layout.flatten import Ints
    from mesoplan.layout.in_space import InSpace
    from mesoplan.layout.lattice import Interleaving

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
    once, course_hits = (count_hits(laid.punctures, count, counted=laid.may_puncture) for count in (1, sessions))
    told = {course: _told(course, laid, sigmas_mm) for course in dict.fromkeys(laid.courses.values())}
    zones = []
    for zone in quality.zones:
        course = laid.courses.get(zone.zone)
        if course is None:
            zones.append(zone)
            continue
        covers, registered = told[course]
        zones.append(
            replace(
                zone,
                known="measured",
                hits=_histogram(once[zone.zone]),
                course_hits=_histogram(course_hits[zone.zone]),
                sigma_mm=laid.cumulative[zone.zone].sigma_mm,
                course=covers,
                registration=registered,
                speed=(),
                clearances=_clearances(zone, laid),
            )
        )
    return replace(quality, zones=tuple(zones), totals=_totals(quality.totals, laid))


def _totals(by_hand: Totals, laid: InSpace) -> Totals:
    """Return what one session adds up to; how long a guided device takes nobody has told."""
    punctures = len(laid.punctures) / laid.punctures.sessions
    volume = by_hand.volume_ml
    if volume is not None and by_hand.punctures:
        volume *= punctures / by_hand.punctures
    return replace(by_hand, punctures=punctures, volume_ml=volume, minutes=None)


def _told(
    course: Interleaving, laid: InSpace, sigmas_mm: Sequence[float]
) -> tuple[tuple[CoverAfter, ...], tuple[RegisteredCover, ...]]:
    """Return the cover of a course after each session with its own error, and of the whole with each error."""
    sigma = next(laid.cumulative[zone].sigma_mm for zone, own in laid.courses.items() if own == course)
    covers = []
    for count in range(1, course.sessions + 1):
        mean, spread = registered_cover(course, sigma, count), registered_spread(course, sigma, count)
        low, high = mean - NORMAL_QUANTILE_95 * spread, min(1.0, mean + NORMAL_QUANTILE_95 * spread)
        covers.append(CoverAfter(count, mean, max(0.0, low), high, registered_cover(course, 0.0, count)))
    every = sorted({*sigmas_mm, sigma})
    return tuple(covers), tuple(RegisteredCover(one, registered_cover(course, one)) for one in every)


def _histogram(hits: Ints) -> Histogram:
    """Return the shares hit 0, 1, 2, 3 times, and 4 times or more; all 0 for no places."""
    counts = np.bincount(np.minimum(hits, 4), minlength=5) / max(len(hits), 1)
    zero, once, twice, thrice, more = (float(one) for one in counts)
    return zero, once, twice, thrice, more


def _clearances(zone: ZoneQuality, laid: InSpace) -> tuple[Clearance, ...]:
    """Return the smallest distances that were measured, in place of those that were planned."""
    own = laid.punctures.positions_mm[laid.punctures.zone == laid.ground.skin.zones.index(zone.zone)]
    nearest = {
        "eye": laid.ground.distance_to_eyes_mm(own, _NEAR_MM).min(initial=np.inf),
        "keep_out": laid.ground.keep_outs.distance_mm(own).min(initial=np.inf),
    }
    measured = [replace(one, distance_mm=float(nearest[one.what])) for one in zone.clearances]
    return tuple(one for one in measured if np.isfinite(one.distance_mm))
