"""What a plan set for the session it prepares, in the form in which the record keeps it."""

from __future__ import annotations

import hashlib

from mesoplan.layout.model import PenLayout, PointLayout, RollerLayout, StampLayout
from mesoplan.plan import Plan
from mesoplan.prescription.model import ZonePrescription
from mesoplan.record.model import PlannedSession, PlannedZone
from mesoplan.serial import to_json
from mesoplan.units import SECONDS_PER_MINUTE


def planned_session(plan: Plan) -> PlannedSession:
    """Return what a plan set; zones that it does not lay out have no settings."""
    prescription = plan.prescription
    techniques = {one.technique for one in prescription.zones}
    cleared = [one.zone for one in plan.screening.cells if one.may_treat and one.technique in techniques]
    return PlannedSession(
        client=plan.intake.client.identifier,
        number=plan.course.sessions_done + 1,
        sessions=plan.course.sessions,
        on=plan.on,
        plan_sha256=hashlib.sha256(to_json(plan).encode()).hexdigest(),
        knowledge_version=plan.screening.knowledge_version,
        intake_hash=plan.screening.intake_hash,
        device=prescription.device or next((one.device for one in prescription.zones if one.device), None),
        cartridge=prescription.cartridge,
        products=tuple(dict.fromkeys(one.product for one in prescription.zones if one.product is not None)),
        tested=tuple(one.product for one in prescription.products if one.test == "negative"),
        treatable=plan.screening.may_treat and not prescription.provisional,
        cleared=tuple(dict.fromkeys(zone for zone in cleared if zone is not None)),
        zones=tuple(_zone(plan, one) for one in prescription.zones),
        limits=plan.layout.limits,
        interval_minimum_days=plan.course.interval_minimum_days,
        sheet=plan.session_sheet,
    )


def _zone(plan: Plan, zone: ZonePrescription) -> PlannedZone:
    layout = next((one for one in plan.layout.zones if one.zone == zone.zone), None)
    pen = layout if isinstance(layout, PenLayout) else None
    points = layout if isinstance(layout, PointLayout) else None
    stamp = layout if isinstance(layout, StampLayout) else None
    roller = layout if isinstance(layout, RollerLayout) else None
    covering = pen or stamp or roller
    steps = pen or roller
    return PlannedZone(
        zone=zone.zone,
        technique=zone.technique,
        area_cm2=zone.area_cm2,
        depth_mm=zone.depth.nominal_mm if zone.depth else None,
        frequency_hz=pen.frequency_hz if pen else None,
        hand_speed_mm_s=pen.hand_speed_mm_s if pen else None,
        passes=steps.passes if steps else None,
        rounds=stamp.rounds if stamp else None,
        placements=stamp.placements if stamp else None,
        minutes=round(pen.seconds / SECONDS_PER_MINUTE, 2) if pen else None,
        points=points.points if points else None,
        volume_ml=points.volume_ml if points else None,  # nobody can read off what a device's needles carry in
        needles=pen.needles if pen else None,
        stripe_width_mm=pen.stripe_width_mm if pen else None,
        microzone_mm=zone.microzone_mm,
        cover=covering.cover.mean if covering and covering.cover else None,
        may_treat=zone.may_treat,
        limits=(*(zone.depth.limits if zone.depth else ()), *(layout.limits if layout else ())),
    )
