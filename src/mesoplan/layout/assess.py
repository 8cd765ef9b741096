"""The quality of a plan by hand, in closed form: every number follows from the settings and costs no simulation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce

from mesoplan.knowledge.load import Knowledge
from mesoplan.layout.coverage import boolean_cover, hit_histogram, hits_for_cover, mean_hits
from mesoplan.layout.cumulative import FREE_HAND_SIGMA, low_end
from mesoplan.layout.limits import VOLUME_LIMITS
from mesoplan.layout.model import Cumulative, Layout, PenLayout, RollerLayout, StampLayout, ZoneLayout
from mesoplan.layout.quality import (
    Clearance,
    CoverAfter,
    DepthCase,
    Histogram,
    Passed,
    Quality,
    RegisteredCover,
    SpeedCase,
    Tightest,
    Totals,
    ZoneQuality,
)
from mesoplan.prescription.model import Basis, Limit, Prescription, ZonePrescription
from mesoplan.surface.model import Surface

DEPTH_TOLERANCE, SPEED_TOLERANCE = "tolerance.depth", "tolerance.hand_speed"
SIGMAS = ("sigma.fixed_head", "sigma.interleaving_ends", FREE_HAND_SIGMA)
EYE_MARGIN_ROLE = "eye_margin"
_WHOLE = 1.0 - 1e-9
_SAME = 1e-9
Covering = PenLayout | StampLayout | RollerLayout


def assess(knowledge: Knowledge, prescription: Prescription, layout: Layout, surface: Surface) -> Quality | None:
    """Return the quality of a plan by hand, None where no zone is laid out.

    Args:
        knowledge: Tolerances, registration errors, the margin around the eye.
        prescription: Areas, depths and their limits.
        layout: Settings and cover over the course, with what was delivered so far.
        surface: What lies near the zones.

    Raises:
        ProblemError: If a fact has no such number.
    """
    laid = {one.zone: one for one in layout.zones}
    zones = [one for one in prescription.zones if one.zone in laid]
    if not zones:
        return None
    assessed = tuple(_zone(knowledge, one, laid[one.zone], surface) for one in zones)
    return Quality(
        zones=assessed,
        totals=_totals(zones, layout),
        limits=_tightest(zones, layout),
        passed=(*_too_deep(zones, assessed), *_too_slow_or_fast(knowledge, layout)),
        bases=_bases(assessed),
    )


def _zone(knowledge: Knowledge, zone: ZonePrescription, part: ZoneLayout, surface: Surface) -> ZoneQuality:
    plain = ZoneQuality(
        zone=zone.zone,
        known="statistical",
        hits=None,
        course_hits=None,
        sigma_mm=None,
        course=(),
        registration=(),
        speed=(),
        depth=_depth(knowledge, zone, part),
        clearances=tuple(_clearances(knowledge, zone, surface)),
    )
    if not isinstance(part, Covering) or part.cumulative is None or part.punctures_per_cm2 is None:
        return plain
    total, hits = part.cumulative, mean_hits(part.punctures_per_cm2, zone.microzone_mm or 0.0)
    spread = part.speed_spread if isinstance(part, PenLayout) else part.spread
    last = total.cover[-1].mean
    sigmas = sorted({*(knowledge.value(fact, "mm") for fact in SIGMAS), total.sigma_mm})
    return replace(
        plain,
        hits=hit_histogram(hits, spread),
        course_hits=_course_hits(total, hits, spread),
        sigma_mm=total.sigma_mm,
        course=tuple(
            CoverAfter(number, one.mean, one.low, one.high)
            for number, one in zip(total.sessions, total.cover, strict=True)
        ),
        registration=tuple(RegisteredCover(sigma, last) for sigma in sigmas),
        speed=_speeds(knowledge, part, zone.microzone_mm or 0.0) if isinstance(part, PenLayout) else (),
    )


# -- how often the skin is hit


def _sessions_of(total: Cumulative, hits: float, spread: float) -> Iterator[tuple[float, float]]:
    """Yield (mean hits, spread) of each session: as planned, or what was delivered, as its cover tells."""
    planned, left = hit_histogram(hits, spread)[0], 1.0
    for cover in total.cover:
        vacancy = (1.0 - cover.mean) / left if left > 0.0 else 0.0
        if abs(vacancy - planned) <= _SAME:
            yield hits, spread
        else:
            yield hits_for_cover(min(max(0.0, 1.0 - vacancy), _WHOLE)), 0.0
        left = 1.0 - cover.mean


def _course_hits(total: Cumulative, hits: float, spread: float) -> Histogram:
    """Return how often the skin is hit in the whole course: sessions are independent, so their hits add up."""
    return reduce(together, (hit_histogram(*one) for one in _sessions_of(total, hits, spread)))


def together(one: Histogram, other: Histogram) -> Histogram:
    """Return how often the skin is hit by two independent sessions."""
    zero, once, twice, thrice = (sum(one[k] * other[number - k] for k in range(number + 1)) for number in range(4))
    return zero, once, twice, thrice, max(0.0, 1.0 - zero - once - twice - thrice)


# -- worst cases


def _speeds(knowledge: Knowledge, pen: PenLayout, microzone_mm: float) -> tuple[SpeedCase, ...]:
    """Return a hand that is slower and one that is faster by the tolerance."""
    tolerance = low_end(knowledge, SPEED_TOLERANCE, "1")
    hits = mean_hits(pen.punctures_per_cm2, microzone_mm)
    planned, found = list(_sessions_of(pen.cumulative, hits, pen.speed_spread)), []
    delivered = math.prod(math.exp(-mean) for mean, spread in planned if (mean, spread) != (hits, pen.speed_spread))
    to_come = planned.count((hits, pen.speed_spread))
    for factor in (1.0 - tolerance, 1.0 + tolerance):
        per_cm2 = pen.punctures_per_cm2 / factor
        cover = boolean_cover(per_cm2, microzone_mm)
        course = 1.0 - delivered * (1.0 - cover) ** to_come
        shares = hit_histogram(hits / factor)
        found.append(SpeedCase(factor, per_cm2, cover, course, 1.0 - shares[0] - shares[1]))
    return tuple(found)


def _depth(knowledge: Knowledge, zone: ZonePrescription, part: ZoneLayout) -> DepthCase | None:
    """Return how deep a device may go; a roller's needles and a hand's angle have no tolerance that was read."""
    if zone.depth is None or not isinstance(part, PenLayout | StampLayout):
        return None
    tolerance, planned = low_end(knowledge, DEPTH_TOLERANCE, "mm"), zone.depth.nominal_mm
    return DepthCase(tolerance, planned, max(0.0, planned - tolerance), planned + tolerance)


def _too_deep(zones: Sequence[ZonePrescription], assessed: Sequence[ZoneQuality]) -> Iterator[Passed]:
    """Yield the limits of depth that a device passes at its deepest."""
    for zone, found in zip(zones, assessed, strict=True):
        for limit in zone.depth.limits if zone.depth is not None and found.depth is not None else ():
            by = found.depth.deepest_mm - limit.limit if found.depth else 0.0
            if limit.margin >= -_SAME and by > _SAME:
                yield Passed("deeper", zone.zone, limit.name, by, limit.unit, limit.absolute)


def _too_slow_or_fast(knowledge: Knowledge, layout: Layout) -> Iterator[Passed]:
    """Yield the limits that a faster hand passes by its speed, and a slower one by what it carries in."""
    tolerance = low_end(knowledge, SPEED_TOLERANCE, "1")
    for pen in layout.pen:
        for limit in pen.limits:
            by = limit.planned * (1.0 + tolerance) - limit.limit
            if limit.name == "hand_speed" and limit.margin >= -_SAME and by > _SAME:
                yield Passed("faster", pen.zone, limit.name, by, limit.unit, limit.absolute)
    more = sum(pen.volume_ml or 0.0 for pen in layout.pen) * tolerance / (1.0 - tolerance)
    for limit in layout.limits:
        by = limit.planned + more - limit.limit
        if limit.name in VOLUME_LIMITS and more > 0.0 and limit.margin >= -_SAME and by > _SAME:
            yield Passed("slower", "", limit.name, by, limit.unit, limit.absolute)


# -- what lies nearby


def _clearances(knowledge: Knowledge, zone: ZonePrescription, surface: Surface) -> Iterator[Clearance]:
    """Yield how near the zone is planned to the eye and to each circle that was left out of it.

    To the eye: the margin that devices keep, or how far the zone lies anyway, in whole steps of its samples, of which
    the farther counts. A circle's edge is the zone's own border.
    """
    curve = next((one for one in surface.eye_margins if one.zone == zone.zone), None)
    fact = knowledge.techniques[zone.technique].facts.get(EYE_MARGIN_ROLE)
    if curve is not None:
        low, high = (0.0, 0.0) if fact is None else knowledge.limits(fact, "mm")
        kept = high if high is not None else low or 0.0
        away = sum(1 for one in curve.fractions if one >= _WHOLE) - 1
        yield Clearance("eye", "", max(kept, max(0, away) * curve.step_mm))
    for circle in surface.keep_outs:
        if any(name == zone.zone for name, _ in circle.taken_cm2):
            yield Clearance("keep_out", circle.given, 0.0)


# -- totals and limits


def _totals(zones: Sequence[ZonePrescription], layout: Layout) -> Totals:
    counted: list[float | None] = [one.punctures for one in layout.pen]
    counted += [one.punctures for one in layout.stamp]
    rolled = [
        None if one.punctures_per_cm2 is None else one.punctures_per_cm2 * zone.area_cm2
        for one in layout.roller
        for zone in zones
        if zone.zone == one.zone
    ]
    every = [*counted, *rolled]
    known = [one for one in every if one is not None]
    return Totals(
        area_cm2=sum(one.area_cm2 for one in zones),
        punctures=sum(known) if known and len(known) == len(every) else None,
        points=sum(one.points for one in layout.points) if layout.points else None,
        volume_ml=layout.total_volume_ml,
        minutes=layout.total_minutes,
    )


def _tightest(zones: Sequence[ZonePrescription], layout: Layout) -> tuple[Tightest, ...]:
    """Return each limit where its margin is smallest, as a part of the limit."""
    laid = {one.zone: one.limits for one in layout.zones}
    every: dict[str, list[tuple[str, Limit]]] = {}
    for zone in zones:
        for limit in (*(zone.depth.limits if zone.depth else ()), *laid[zone.zone]):
            every.setdefault(limit.name, []).append((zone.zone, limit))
    for limit in layout.limits:
        every.setdefault(limit.name, []).append(("", limit))
    found = []
    for limits in every.values():
        least = min(limits, key=lambda one: _room(one[1]))[1]
        same = [name for name, one in limits if (one.limit, one.planned) == (least.limit, least.planned) and name]
        found.append(Tightest(tuple(dict.fromkeys(same)), least))
    return tuple(sorted(found, key=lambda one: (_room(one.limit), one.limit.name)))


def _room(limit: Limit) -> float:
    return limit.margin / limit.limit if limit.limit > 0.0 else limit.margin


def _bases(assessed: Sequence[ZoneQuality]) -> tuple[tuple[str, Basis], ...]:
    found = []
    if any(one.depth for one in assessed):
        found.append(("depth_tolerance_mm", Basis("fact", DEPTH_TOLERANCE)))
    if any(one.speed for one in assessed):
        found.append(("speed_tolerance", Basis("fact", SPEED_TOLERANCE)))
    if any(one.course for one in assessed):
        found += [("sigma_mm", Basis("fact", fact)) for fact in SIGMAS]
        found.append(("hits", Basis("computed", "boolean_model")))
    return tuple(found)
