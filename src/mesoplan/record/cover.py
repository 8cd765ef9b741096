"""Cover as delivered, zone by zone and over the sessions, by the same Boolean model as the plan's."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mesoplan.layout.coverage import mean_hits
from mesoplan.record.model import Delivered, DeliveredZone, PlannedSession, PlannedZone, ZoneCover
from mesoplan.units import MM2_PER_CM2, SECONDS_PER_MINUTE


def cumulative(covers: Iterable[float]) -> float:
    """Return the expected cover after sessions independent of one another: 1 - (1 - c1)(1 - c2) ...; 0 for none."""
    return 1.0 - math.prod(1.0 - cover for cover in covers)


def covers_of(
    planned: PlannedSession, delivered: Delivered, pattern: tuple[int, float] | None
) -> tuple[ZoneCover, ...]:
    """Return the cover of every zone of a session, planned ones first, in the plan's order.

    Args:
        planned: The plan.
        delivered: What was done.
        pattern: Needles and stripe width in mm of the cartridge that was used, None where that is not known.
    """
    done = {one.zone: one for one in delivered.zones}
    same = delivered.device is not None and delivered.device == planned.device
    zones = dict.fromkeys((*(one.zone for one in planned.zones), *done))
    found = []
    for name in zones:
        plan = planned.zone(name)
        zone = done.get(name)
        reached = None if zone is None or plan is None else delivered_cover(plan, zone, pattern, same_device=same)
        found.append(ZoneCover(name, None if plan is None else plan.cover, reached))
    return tuple(found)


def delivered_cover(
    plan: PlannedZone, zone: DeliveredZone, pattern: tuple[int, float] | None, *, same_device: bool = False
) -> float | None:
    """Return the cover that was reached in a zone, averaged over its area; None where a number is not known.

    A zone that was not worked on has 0, and whatever was done in a part counts for that part. A pen: by passes and
    hand speed, else by the minutes spent on the zone. A stamp or a roller: in proportion to its planned rounds or
    passes, where it is the planned one.
    """
    if zone.delivered == "no":
        return 0.0
    share = 1.0 if zone.delivered == "yes" else zone.share if zone.delivered == "part" else None
    if share is None or plan.microzone_mm is None:
        return None
    if share == 0.0:
        return 0.0
    if plan.frequency_hz is None:
        times = _times(plan, zone) if same_device else None
        return None if times is None or plan.cover is None else share * (1.0 - (1.0 - plan.cover) ** times)
    per_cm2 = None if pattern is None else _density(plan, zone, share, pattern)
    return None if per_cm2 is None else share * -math.expm1(-mean_hits(per_cm2, plan.microzone_mm))


def _times(plan: PlannedZone, zone: DeliveredZone) -> float | None:
    """Return how many times the planned rounds or passes were done, None where that is not known.

    Placements that were not counted count as planned, for they fill the zone once.
    """
    if plan.rounds and zone.rounds is not None:
        placed = 1.0 if not plan.placements or zone.placements is None else zone.placements / plan.placements
        return zone.rounds / plan.rounds * placed
    return zone.passes / plan.passes if plan.passes and zone.passes is not None else None


def _density(plan: PlannedZone, zone: DeliveredZone, share: float, pattern: tuple[int, float]) -> float | None:
    """Return punctures per cm2 where the zone was worked on."""
    needles, stripe_mm = pattern
    if zone.frequency_hz is None:
        return None
    if zone.passes is not None and zone.hand_speed_mm_s:
        return zone.passes * needles * zone.frequency_hz / (stripe_mm * zone.hand_speed_mm_s) * MM2_PER_CM2
    if zone.minutes is not None and plan.area_cm2 > 0.0:
        return needles * zone.frequency_hz * zone.minutes * SECONDS_PER_MINUTE / (plan.area_cm2 * share)
    return None
