"""The layout of one session: settings per zone, the cover they give over the course, and volumes against limits."""

from __future__ import annotations

import math
from typing import Literal, TypeVar

from mesoplan.clinic.devices import HandProtocol
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Manner, Technique
from mesoplan.layout.coverage import hit_histogram, lattice_density_per_cm2
from mesoplan.layout.cumulative import cumulate, low_end
from mesoplan.layout.freehand import other_modes, solve_setting
from mesoplan.layout.limits import Pen, pen_bases, pen_limits, pen_of, session_limits, zone_limits
from mesoplan.layout.model import (
    Layout,
    NeedleFreeLayout,
    PenLayout,
    PointLayout,
    RollerLayout,
    StampLayout,
    ZoneLayout,
)
from mesoplan.layout.needle_free import set_energy
from mesoplan.layout.points import count_points
from mesoplan.layout.roller import roll
from mesoplan.layout.stamp import solve_stamp
from mesoplan.prescription.depth import by_hand
from mesoplan.prescription.model import Basis, Prescription, ZonePrescription
from mesoplan.units import MM2_PER_CM2, SECONDS_PER_MINUTE

PER_PUNCTURE_ROLE = "volume_per_puncture"


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
    zones: list[ZoneLayout] = []
    asked: list[str] = []
    for zone in prescription.zones:
        placed = _lay_out(knowledge, clinic, prescription, zone, max(1, course_sessions))
        if placed is None:
            asked.append(_MISSING[knowledge.techniques[zone.technique].layout])
        else:
            zones.append(placed)
            asked += ["asked.speed_spread"] if _never_varies(placed) else []
    volumes = [one.volume_ml for one in zones]
    known = [volume for volume in volumes if volume is not None]
    total = sum(known) if known and len(known) == len(volumes) else None
    limits = session_limits(knowledge, clinic, prescription, zones)
    broken = [one.name for one in limits if one.margin < 0.0] + [
        limit.name for zone in zones if isinstance(zone, PointLayout) for limit in zone.limits if limit.margin < 0.0
    ]
    asked += [f"asked.limit_broken:{name}" for name in dict.fromkeys(broken)]
    covered = [(one.cumulative, one) for one in zones if isinstance(one, _COVERING) and one.cumulative is not None]
    total_cover, worst = min(covered, key=lambda pair: pair[0].cover[-1].mean, default=(None, None))
    pens = _of(zones, PenLayout)
    return Layout(
        mode=_mode(zones),
        pen=pens,
        points=_of(zones, PointLayout),
        stamp=_of(zones, StampLayout),
        roller=_of(zones, RollerLayout),
        needle_free=_of(zones, NeedleFreeLayout),
        cumulative=total_cover,
        cumulative_zone=None if worst is None else worst.zone,
        lattice_per_cm2=None if worst is None else _lattice(prescription, worst),
        total_volume_ml=total,
        total_minutes=math.ceil(sum(one.seconds for one in pens) / SECONDS_PER_MINUTE) if pens else None,
        asked=tuple(dict.fromkeys(asked)),
        limits=limits,
        bases=(("lattice_per_cm2", Basis("computed", "lattice_density")),) if worst is not None else (),
    )


_MISSING = {
    "gliding_pen": "asked.pen_settings",
    "points": "asked.spacing",
    "stamp": "asked.stamp_settings",
    "roller": "asked.roller_settings",
    "needle_free": "asked.needle_free_settings",
}
"""Layout -> what is asked where a zone cannot be laid out."""
_COVERING = (PenLayout, StampLayout, RollerLayout)
Kind = TypeVar("Kind", PenLayout, PointLayout, StampLayout, RollerLayout, NeedleFreeLayout)
Mode = Literal["free hand", "points", "stamp", "roller", "needle free", "mixed", "none"]
_MODES: dict[type[ZoneLayout], Mode] = {
    PenLayout: "free hand",
    PointLayout: "points",
    StampLayout: "stamp",
    RollerLayout: "roller",
    NeedleFreeLayout: "needle free",
}


def _lay_out(
    knowledge: Knowledge, clinic: Clinic | None, prescription: Prescription, zone: ZonePrescription, sessions: int
) -> ZoneLayout | None:
    """Return the layout of one zone by the technique's own mode, None where something is missing for it."""
    technique = knowledge.techniques[zone.technique]
    match technique.layout:
        case "gliding_pen":
            pen = pen_of(clinic, prescription, technique, zone)
            return None if pen is None else solve_pen(knowledge, pen, zone, sessions)
        case "points":
            return place_points(knowledge, clinic, technique, zone)
        case "stamp":
            return solve_stamp(knowledge, clinic, technique, zone, sessions)
        case "roller":
            return roll(knowledge, clinic, technique, zone, sessions)
        case "needle_free":
            return set_energy(knowledge, clinic, technique, zone)


def _of(zones: list[ZoneLayout], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(one for one in zones if isinstance(one, kind))


def _mode(zones: list[ZoneLayout]) -> Mode:
    kinds = {type(one) for one in zones}
    return "mixed" if len(kinds) > 1 else _MODES[kinds.pop()] if kinds else "none"


def _never_varies(zone: ZoneLayout) -> bool:
    """Return whether a hand is said to work without any spread, which is not believed."""
    match zone:
        case PenLayout():
            return zone.speed_spread == 0.0
        case StampLayout():
            return zone.spread == 0.0
        case RollerLayout():
            return zone.cover is not None and zone.spread == 0.0
        case _:
            return False


def _lattice(prescription: Prescription, worst: PenLayout | StampLayout | RollerLayout) -> float | None:
    """Return the lattice that reaches the wished cover without overlap."""
    zone = next(one for one in prescription.zones if one.zone == worst.zone)
    if zone.area_fraction is None or zone.microzone_mm is None:
        return None
    return lattice_density_per_cm2(zone.area_fraction, zone.microzone_mm)


def solve_pen(knowledge: Knowledge, pen: Pen, zone: ZonePrescription, sessions: int) -> PenLayout:
    """Return settings, cover, time and volume of one zone by a gliding pen."""
    solution = solve_setting(pen.envelope, pen.wished)
    setting, envelope = solution.setting, pen.envelope
    swept_mm2_s = envelope.stripe_width_mm * setting.hand_speed_mm_s
    per_cm2 = setting.passes * envelope.needles * setting.frequency_hz / swept_mm2_s * MM2_PER_CM2
    punctures = per_cm2 * zone.area_cm2
    volume_fact = pen.technique.facts.get(PER_PUNCTURE_ROLE)
    volume = None if volume_fact is None else punctures * low_end(knowledge, volume_fact, "ml")
    cumulative = cumulate(
        knowledge,
        pen.technique,
        per_cm2=per_cm2,
        microzone_mm=envelope.microzone_mm,
        area_cm2=zone.area_cm2,
        spread=pen.time_spread,
        wished=pen.wished,
        sessions=sessions,
        sigma_mm=pen.device.registration_sigma_mm,
    )
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
        bases=(*pen_bases(pen, zone), *volume_basis),
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
    count = count_points(zone.area_cm2, spacing, zone.size_cm)
    own = None if clinic is None else clinic.hand_protocol(technique.id, manner.id)
    each, each_basis = _volume_per_point(knowledge, manner, own)
    volume = None if each is None else count * each
    bases = [("spacing_mm", Basis("fact", manner.facts["spacing"])), ("points", Basis("computed", "hexagonal_lattice"))]
    bases += [("volume_per_point_ml", each_basis)] if each_basis is not None else []
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


def _volume_per_point(
    knowledge: Knowledge, manner: Manner, own: HandProtocol | None
) -> tuple[float | None, Basis | None]:
    """Return the volume of a point that a source gives, else the practitioner's own, with its basis."""
    fact = manner.facts.get("volume_per_point")
    if fact is not None and knowledge.facts[fact].resolution.quantity is not None:
        return low_end(knowledge, fact, "ml"), Basis("fact", fact)
    if fact is None and own is not None and own.volume_per_point_ml is not None:
        return own.volume_per_point_ml, by_hand(own, "volume_per_point_ml")
    return None, None
