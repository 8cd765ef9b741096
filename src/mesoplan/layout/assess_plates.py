"""The quality of a stamp's exact course: what its needles hit as the plates lie, and where sessions are misplaced.

Each session is shifted as a whole along the skin by an error of its own, many times; what no plate reaches stays bare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.assess_exact import as_delivered, histogram, measured_clearances, session_alone, totals_of
from mesoplan.layout.coverage import NORMAL_QUANTILE_95
from mesoplan.layout.footprints import across
from mesoplan.layout.measure import count_hits, random_places
from mesoplan.layout.quality import CoverAfter, Quality, RegisteredCover, ZoneQuality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.spatial import KDTree

    from mesoplan.layout.in_space import InSpace
    from mesoplan.surface.skin import Floats

_PLACES, _COURSES, _SEED = 3_000, 24, 20261130
"""Random places in a zone and simulated courses: the mean of a cover is right to within 1 %."""


def assess_plates(quality: Quality, laid: InSpace, sigmas_mm: Sequence[float]) -> Quality:
    """Return the quality of a plan with the zones of a stamp's exact course measured; the others stay as they are.

    Args:
        quality: Of the same plan by hand: its depths, totals and limits hold here too.
        laid: The course.
        sigmas_mm: Registration errors to tell the cover for.
    """
    sessions = laid.punctures.sessions
    once = count_hits(session_alone(laid, min(laid.done, sessions - 1)), 1, counted=laid.may_puncture)
    delivered = as_delivered(laid)
    course_hits = count_hits(delivered, sessions, counted=laid.may_puncture)
    trees = _trees(delivered.positions_mm, delivered.session, sessions)
    zones: list[ZoneQuality] = []
    for zone in quality.zones:
        if zone.zone not in laid.zones_worked:
            zones.append(zone)
            continue
        look = _Look.at(laid, zone.zone, trees)
        sigma = laid.cumulative[zone.zone].sigma_mm
        ideal, covers = look.covers(0.0, 1).mean(axis=0), look.covers(sigma, _COURSES)
        mean, spread = covers.mean(axis=0), NORMAL_QUANTILE_95 * covers.std(axis=0)
        low, high = np.maximum(0.0, mean - spread), np.minimum(1.0, mean + spread)
        after = zip(*(one.tolist() for one in (mean, low, high, ideal)), strict=True)
        zones.append(
            replace(
                zone,
                known="measured",
                hits=histogram(once[zone.zone]),
                course_hits=histogram(course_hits[zone.zone]),
                sigma_mm=sigma,
                course=tuple(CoverAfter(number, *one) for number, one in enumerate(after, 1)),
                registration=tuple(
                    RegisteredCover(one, float(look.covers(one, _COURSES)[:, -1].mean()))
                    for one in sorted({*sigmas_mm, sigma})
                ),
                speed=(),
                clearances=measured_clearances(zone, laid),
            )
        )
    return replace(quality, zones=tuple(zones), totals=totals_of(quality.totals, laid))


def _trees(
    places_mm: Floats, session: np.ndarray[tuple[int], np.dtype[np.int16]], sessions: int
) -> list[KDTree | None]:
    from scipy.spatial import KDTree

    parts = [places_mm[session == number] for number in range(sessions)]
    return [KDTree(part) if len(part) else None for part in parts]


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Random places of one zone, with two directions along the skin at each, and what each session hits."""

    places_mm: Floats
    along: Floats
    up: Floats
    trees: Sequence[KDTree | None]
    radius_mm: float

    @staticmethod
    def at(laid: InSpace, zone: str, trees: Sequence[KDTree | None]) -> _Look:
        skin = laid.punctures.skin
        places, triangle = random_places(skin, skin.zone == skin.zones.index(zone), _PLACES)
        counted = laid.may_puncture(places, triangle)
        places, normals = places[counted], skin.normals[triangle[counted]]
        along = across(normals)
        return _Look(places, along, np.cross(normals, along), trees, laid.punctures.diameter_mm / 2.0)

    def covers(self, sigma_mm: float, courses: int) -> Floats:
        """Return (courses, sessions) the share hit after each session, each shifted by its own error."""
        rng = np.random.Generator(np.random.PCG64(_SEED))
        told = np.zeros((courses, len(self.trees)))
        for number in range(courses):
            hit = np.zeros(len(self.places_mm), np.bool_)
            for session, tree in enumerate(self.trees):
                x, y = rng.normal(0.0, 1.0, 2) * sigma_mm
                if tree is not None and len(hit):
                    places = self.places_mm - x * self.along - y * self.up
                    hit |= np.isfinite(tree.query(places, distance_upper_bound=self.radius_mm)[0])
                told[number, session] = hit.mean() if len(hit) else 0.0
        return told
