"""The layout of one session: settings per zone, the cover they give over the course, and volumes against limits."""

from __future__ import annotations

import math

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Manner, Technique
from mesoplan.layout.coverage import (
    cover_spread,
    hit_histogram,
    lattice_density_per_cm2,
    sessions_until,
)
from mesoplan.layout.freehand import other_modes, solve_setting
from mesoplan.layout.limits import Pen, pen_bases, pen_limits, pen_of, session_limits, zone_limits
from mesoplan.layout.model import Cover, Cumulative, Layout, PenLayout, PointLayout
from mesoplan.layout.points import count_points
from mesoplan.prescription.model import Basis, Prescription, ZonePrescription
from mesoplan.units import MM2_PER_CM2, SECONDS_PER_MINUTE

NEARLY_ALL, ALL_BUT_ONE_PERCENT = 0.95, 0.99
"""The two covers for which the number of sessions is printed."""
SIGMA_ROLE, PER_PUNCTURE_ROLE = "registration_sigma", "volume_per_puncture"
FREE_HAND_SIGMA = "sigma.freehand"


def solve(knowledge: Knowledge, clinic: Clinic | None, prescription: Prescription, course_sessions: int) -> Layout:
    """Return how the prescription is reached in one session, and what a course of such sessions covers.

    A pen zone without device, cartridge or wished cover has no settings, and a hand whose speed never varies is not
    believed: `asked` says so. Nothing is reduced to fit a limit: a limit that the plan would break stands with a
    negative margin, and `asked` names it.

    Args:
        knowledge: Facts.
        clinic: Devices and envelopes, None without a folder.
        prescription: Zones with what is wished in each.
        course_sessions: Sessions over which the cover is added up, at least one is shown.

    Raises:
        ProblemError: If a fact has no such number.
    """
    pens: list[PenLayout] = []
    points: list[PointLayout] = []
    asked: list[str] = []
    for zone in prescription.zones:
        technique = knowledge.techniques[zone.technique]
        if technique.layout == "points":
            placed = place_points(knowledge, clinic, technique, zone)
            points += [placed] if placed is not None else []
            asked += [] if placed is not None else ["asked.spacing"]
            continue
        pen = pen_of(clinic, prescription, technique, zone)
        if pen is None:
            asked.append("asked.pen_settings")
        else:
            pens.append(solve_pen(knowledge, pen, zone, max(1, course_sessions)))
            asked += ["asked.speed_spread"] if pen.time_spread == 0.0 else []
    zones: list[PenLayout | PointLayout] = [*pens, *points]
    volumes = [one.volume_ml for one in zones]
    known = [volume for volume in volumes if volume is not None]
    total = sum(known) if known and len(known) == len(volumes) else None
    limits = session_limits(knowledge, clinic, prescription, zones)
    broken = [one.name for one in limits if one.margin < 0.0] + [
        limit.name for zone in points for limit in zone.limits if limit.margin < 0.0
    ]
    asked += [f"asked.limit_broken:{name}" for name in dict.fromkeys(broken)]
    worst = min(pens, key=lambda one: one.cumulative.cover[-1].mean, default=None)
    return Layout(
        mode="mixed" if pens and points else "free hand" if pens else "points" if points else "none",
        pen=tuple(pens),
        points=tuple(points),
        cumulative=None if worst is None else worst.cumulative,
        cumulative_zone=None if worst is None else worst.zone,
        lattice_per_cm2=None if worst is None else lattice_density_per_cm2(worst.wished, worst.microzone_mm),
        total_volume_ml=total,
        total_minutes=math.ceil(sum(one.seconds for one in pens) / SECONDS_PER_MINUTE) if pens else None,
        asked=tuple(dict.fromkeys(asked)),
        limits=limits,
        bases=(("lattice_per_cm2", Basis("computed", "lattice_density")),) if worst is not None else (),
    )


def solve_pen(knowledge: Knowledge, pen: Pen, zone: ZonePrescription, sessions: int) -> PenLayout:
    """Return settings, cover, time and volume of one zone by a gliding pen."""
    solution = solve_setting(pen.envelope, pen.wished)
    setting, envelope = solution.setting, pen.envelope
    swept_mm2_s = envelope.stripe_width_mm * setting.hand_speed_mm_s
    per_cm2 = setting.passes * envelope.needles * setting.frequency_hz / swept_mm2_s * MM2_PER_CM2
    punctures = per_cm2 * zone.area_cm2
    volume_fact = pen.technique.facts.get(PER_PUNCTURE_ROLE)
    volume = None if volume_fact is None else punctures * _low(knowledge, volume_fact, "ml")
    cumulative = _cumulative(knowledge, pen, per_cm2, zone.area_cm2, sessions)
    volume_basis = () if volume_fact is None else (("volume_ml", Basis("fact", volume_fact)),)
    return PenLayout(
        zone=zone.zone,
        frequency_hz=setting.frequency_hz,
        hand_speed_mm_s=setting.hand_speed_mm_s,
        passes=setting.passes,
        needles=envelope.needles,
        stripe_width_mm=envelope.stripe_width_mm,
        microzone_mm=envelope.microzone_mm,
        speed_spread=pen.time_spread,
        wished=pen.wished,
        cover=cumulative.cover[0],
        reachable=solution.reachable,
        other_modes=other_modes(envelope, solution, pen.wished),
        punctures=punctures,
        punctures_per_cm2=per_cm2,
        seconds=setting.passes * zone.area_cm2 * MM2_PER_CM2 / swept_mm2_s,
        hits=hit_histogram(envelope.hits(setting)),
        volume_ml=volume,
        cumulative=cumulative,
        limits=pen_limits(pen, setting),
        bases=(*pen_bases(pen), *volume_basis),
    )


def place_points(
    knowledge: Knowledge, clinic: Clinic | None, technique: Technique, zone: ZonePrescription
) -> PointLayout | None:
    """Return the points of one zone by syringe, None where nobody gives a spacing.

    Of a range of spacings the widest counts, of a range of volumes the smallest: the milder ends.
    """
    manner = next((one for one in technique.manners if one.id == zone.manner), None)
    if manner is None or "spacing" not in manner.facts:
        return None
    low, high = knowledge.limits(manner.facts["spacing"], "mm")
    spacing = high if high is not None else low or 0.0
    count = count_points(zone.area_cm2, spacing)
    each = _volume_per_point(knowledge, manner)
    volume = None if each is None else count * each
    bases = [("spacing_mm", Basis("fact", manner.facts["spacing"])), ("points", Basis("computed", "hexagonal_lattice"))]
    bases += [("volume_per_point_ml", Basis("fact", manner.facts["volume_per_point"]))] if each is not None else []
    return PointLayout(
        zone=zone.zone,
        manner=manner.id,
        spacing_mm=spacing,
        points=count,
        volume_per_point_ml=each,
        volume_ml=volume,
        asked=("asked.volume_per_point",) if each is None else (),
        limits=zone_limits(clinic, volume),
        bases=tuple(bases),
    )


def _volume_per_point(knowledge: Knowledge, manner: Manner) -> float | None:
    fact = manner.facts.get("volume_per_point")
    return None if fact is None or knowledge.facts[fact].resolution.quantity is None else _low(knowledge, fact, "ml")


def _low(knowledge: Knowledge, fact: str, unit: str) -> float:
    """Return the lower end of a fact, or its only end."""
    low, high = knowledge.limits(fact, unit)
    return low if low is not None else high or 0.0


def _cumulative(knowledge: Knowledge, pen: Pen, per_cm2: float, area_cm2: float, sessions: int) -> Cumulative:
    """Return the cover after each session, its spread from the zone's size and the dwelling time."""
    covers = []
    for number in range(1, sessions + 1):
        spread = cover_spread(per_cm2, pen.envelope.microzone_mm, area_cm2, pen.time_spread, number)
        covers.append(Cover(spread.mean, spread.sd, spread.low, spread.high))
    each = covers[0].mean
    measured = pen.device.registration_sigma_mm
    sigma = pen.technique.facts.get(SIGMA_ROLE, FREE_HAND_SIGMA)
    return Cumulative(
        sessions=tuple(range(1, sessions + 1)),
        cover=tuple(covers),
        claimed=tuple(min(1.0, number * pen.wished) for number in range(1, sessions + 1)),
        sessions_for_95=sessions_until(each, NEARLY_ALL),
        sessions_for_99=sessions_until(each, ALL_BUT_ONE_PERCENT),
        sigma_mm=measured if measured is not None else _low(knowledge, sigma, "mm"),
    )
