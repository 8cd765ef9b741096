"""Depth of the needle by zone: the lowest of all ceilings for a pen, the stated technique for a syringe."""

from __future__ import annotations

import math
from dataclasses import replace

from mesoplan.clinic.devices import Cartridge, Device, HandProtocol, NeedleDevice, Roller, Stamp
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Manner, Technique
from mesoplan.prescription.model import Basis, Depth, Limit
from mesoplan.prescription.skin import chart_end, mean_full_skin, thin_end

HARD_LIMIT, NOT_EVALUATED, ACHIEVED = "depth.hard_limit", "depth.label_not_evaluated", "depth.achieved_ratio"
PRACTITIONER = "basis.practitioner"
SYRINGE_RESOLUTION_MM = 0.1
"""A depth by hand is stated no finer than this, rounded down."""
_EPSILON = 1e-9

Planned = tuple[Depth | None, tuple[str, ...]]


def plan_depth(
    knowledge: Knowledge,
    clinic: Clinic | None,
    technique: Technique,
    manner: Manner | None,
    zone: str,
    device: Device | None,
    cartridge: Cartridge | None,
) -> Planned:
    """Return the depth of one zone, or None, with the word keys of what the practitioner must then decide.

    A device is set to the lowest of the skin's thin end, the vendor's chart, label, device, cartridge, documents and
    the hard limit, rounded down to a step of the device. A syringe keeps the manner's depth, capped by the skin's mean.

    Args:
        knowledge: Facts, atlas and charts.
        clinic: The clinic, None without a folder.
        technique: The technique; its layout decides between device and syringe.
        manner: Manner of injection, None for a device.
        zone: Expanded zone id.
        device: Device of the clinic, None without one.
        cartridge: Its cartridge, None without one.

    Raises:
        ProblemError: If a fact has no such number.
    """
    if manner is not None:
        own = None if clinic is None else clinic.hand_protocol(technique.id, manner.id)
        return _syringe(knowledge, manner, zone, own)
    if clinic is None or device is None or cartridge is None:
        return None, ("asked.device",)
    entry = _entry("cartridges", cartridge.id, "needle_length_mm")
    needles = _limit("depth_cartridge", cartridge.needle_length_mm, entry)
    return _set(knowledge, technique, zone, device, "devices", needles)


def plan_stamp(knowledge: Knowledge, technique: Technique, zone: str, stamp: Stamp | None) -> Planned:
    """Return the depth of one zone for a stamp, by the same limits as a pen's; without one, it is asked."""
    if stamp is None:
        return None, ("asked.device",)
    entry = _entry("stamps", stamp.id, "needle_length_mm")
    needles = _limit("depth_cartridge", stamp.needle_length_mm, entry)
    return _set(knowledge, technique, zone, stamp, "stamps", needles)


def _set(
    knowledge: Knowledge, technique: Technique, zone: str, device: NeedleDevice, file: str, needles: Limit
) -> Planned:
    """Return the deepest setting of a device that every limit allows."""
    limits = _skin_limits(knowledge, technique, zone)
    if limits is None:
        return None, ("asked.depth_no_thickness",)
    label = _label(knowledge, device.label_max_depth_mm, _entry(file, device.id, "label_max_depth_mm"))
    own = _limit("depth_device", device.max_depth_mm, _entry(file, device.id, "max_depth_mm"))
    limits = [*limits, label, own, needles]
    reference_low, reference_high = _range_mm(knowledge, technique.facts.get("depth"))
    ceiling = min(one.limit for one in limits)
    steps = math.floor((ceiling - device.min_depth_mm) / device.depth_step_mm + _EPSILON)
    nominal = round(device.min_depth_mm + steps * device.depth_step_mm, 6)
    if steps < 0 or nominal <= 0.0:
        return None, ("asked.depth_below_device",)
    low, high = knowledge.limits(ACHIEVED, "1")
    angle, angle_basis = _angle(knowledge, technique.facts.get("angle"))
    bases = (
        ("nominal_mm", min(limits, key=lambda one: one.limit).basis),
        ("achieved_low_mm", Basis("fact", ACHIEVED)),
        ("achieved_high_mm", Basis("fact", ACHIEVED)),
        *angle_basis,
    )
    depth = Depth(
        nominal_mm=nominal,
        achieved_low_mm=None if low is None else low * nominal,
        achieved_high_mm=None if high is None else high * nominal,
        ceiling_mm=ceiling,
        limits=_with_planned(limits, nominal),
        angle_deg=angle,
        inserted_mm=_inserted(nominal, angle),
        reference_low_mm=reference_low,
        reference_high_mm=reference_high,
        notes=_notes(nominal, reference_low),
        bases=bases,
    )
    return depth, ()


def plan_roller(
    knowledge: Knowledge, technique: Technique, zone: str, rollers: tuple[Roller, ...]
) -> tuple[Depth | None, Roller | None, tuple[str, ...]]:
    """Return the depth of one zone with the longest roller that fits under its ceiling, that roller, and what is asked.

    A roller has no setting: its needles are as long as they are. What is reached, and at which angle, is not promised.

    Args:
        knowledge: Facts, atlas and charts.
        technique: The technique.
        zone: Expanded zone id.
        rollers: The clinic's, the longest needles first.
    """
    skin = _skin_limits(knowledge, technique, zone)
    if not rollers or skin is None:
        return None, None, ("asked.roller" if not rollers else "asked.depth_no_thickness",)
    for roller in rollers:
        label = _label(knowledge, roller.label_max_depth_mm, _entry("rollers", roller.id, "label_max_depth_mm"))
        limits = [*skin, label]
        ceiling, length = min(one.limit for one in limits), roller.needle_length_mm
        if length <= ceiling + _EPSILON:
            reference_low, reference_high = _range_mm(knowledge, technique.facts.get("depth"))
            depth = Depth(
                nominal_mm=length,
                achieved_low_mm=None,
                achieved_high_mm=None,
                ceiling_mm=ceiling,
                limits=_with_planned(limits, length),
                angle_deg=None,
                inserted_mm=None,
                reference_low_mm=reference_low,
                reference_high_mm=reference_high,
                notes=("depth.roller",),
                bases=(("nominal_mm", _entry("rollers", roller.id, "needle_length_mm")),),
            )
            return depth, roller, ()
    return None, None, ("asked.roller_too_long",)


def _skin_limits(knowledge: Knowledge, technique: Technique, zone: str) -> list[Limit] | None:
    """Return the limits that skin, chart and documents set to any needle of a device, None without a thickness."""
    thin = thin_end(knowledge, zone)
    if thin is None:
        return None
    limits = [_limit("depth_thin_skin", thin.value_mm, thin.basis)]
    chart = chart_end(knowledge, zone)
    if chart is not None:
        limits.append(_limit("depth_chart", chart.value_mm, chart.basis))
    _, documents = _range_mm(knowledge, technique.facts.get("depth"))
    if documents is not None:
        limits.append(_limit("depth_documents", documents, Basis("fact", technique.facts["depth"])))
    return [*limits, _hard(knowledge)]


def _syringe(knowledge: Knowledge, manner: Manner, zone: str, own: HandProtocol | None) -> Planned:
    """Return the manner's depth, or the practitioner's own where no source gives one; the skin's mean caps either."""
    stated = _stated_by_hand(knowledge, manner, own)
    if stated is None:
        return None, ("asked.depth_no_source",)
    skin = mean_full_skin(knowledge, zone)
    if skin is None:
        return None, ("asked.depth_no_thickness",)
    low, high, basis = stated
    limits = [_limit("depth_skin_mean", skin.value_mm, skin.basis), _hard(knowledge)]
    if high is not None:
        limits.append(_limit("depth_technique", high, basis))
    ceiling = min(one.limit for one in limits)
    wished = low if low is not None else ceiling
    capped = min(wished, ceiling)
    nominal = round(math.floor(capped / SYRINGE_RESOLUTION_MM + _EPSILON) * SYRINGE_RESOLUTION_MM, 6)
    if nominal <= 0.0:
        return None, ("asked.depth_no_thickness",)
    angle, angle_basis = _angle(knowledge, manner.facts.get("angle"))
    if angle is None and own is not None and own.angle_deg is not None:
        angle, angle_basis = own.angle_deg, (("angle_deg", by_hand(own, "angle_deg")),)
    notes = ("depth.up_to",) if low is None else ("depth.practitioner",) if basis.kind == "clinic" else ()
    depth = Depth(
        nominal_mm=nominal,
        achieved_low_mm=None,
        achieved_high_mm=None,
        ceiling_mm=ceiling,
        limits=_with_planned(limits, nominal),
        angle_deg=angle,
        inserted_mm=_inserted(nominal, angle),
        reference_low_mm=low,
        reference_high_mm=high,
        notes=(*notes, *(("depth.capped_by_skin",) if wished > ceiling else ())),
        bases=(("nominal_mm", skin.basis if wished > ceiling else basis), *angle_basis),
    )
    return depth, () if angle is not None else ("asked.angle",)


def _stated_by_hand(
    knowledge: Knowledge, manner: Manner, own: HandProtocol | None
) -> tuple[float | None, float | None, Basis] | None:
    """Return both ends of the depth that a source gives, else the practitioner's own, None where nobody gives one."""
    if "depth" in manner.facts:
        return (*_range_mm(knowledge, manner.facts["depth"]), Basis("fact", manner.facts["depth"]))
    if own is None or own.depth_mm is None:
        return None
    return own.depth_mm, own.depth_mm, by_hand(own, "depth_mm")


def by_hand(own: HandProtocol, key: str) -> Basis:
    """Return the basis of a number that the practitioner set."""
    return Basis("clinic", f"by_hand.yaml: {own.id}: {key}", PRACTITIONER)


def _limit(name: str, value_mm: float, basis: Basis) -> Limit:
    return Limit(name, value_mm, value_mm, "mm", True, basis)


def _with_planned(limits: list[Limit], planned_mm: float) -> tuple[Limit, ...]:
    return tuple(sorted((replace(one, planned=planned_mm) for one in limits), key=lambda one: (one.limit, one.name)))


def _hard(knowledge: Knowledge) -> Limit:
    _, high = knowledge.limits(HARD_LIMIT, "mm")
    return _limit("depth_hard", high or 0.0, Basis("fact", HARD_LIMIT))


def _label(knowledge: Knowledge, own_mm: float | None, entry: Basis) -> Limit:
    """Return the device's own label, else the only label that is known."""
    if own_mm is not None:
        return _limit("depth_label", own_mm, entry)
    _, high = knowledge.limits(NOT_EVALUATED, "mm")
    return _limit("depth_label", high or 0.0, Basis("fact", NOT_EVALUATED, "basis.other_label"))


def _entry(file: str, item: str, name: str) -> Basis:
    return Basis("clinic", f"{file}.yaml: {item}: {name}")


def _range_mm(knowledge: Knowledge, fact: str | None) -> tuple[float | None, float | None]:
    return (None, None) if fact is None else knowledge.limits(fact, "mm")


def _angle(knowledge: Knowledge, fact: str | None) -> tuple[float | None, tuple[tuple[str, Basis], ...]]:
    """Return the steepest sourced angle: a hand that is flatter then stays shallower than planned."""
    if fact is None:
        return None, ()
    low, high = knowledge.limits(fact, "deg")
    return (high if high is not None else low), (("angle_deg", Basis("fact", fact)),)


def _inserted(depth_mm: float, angle_deg: float | None) -> float | None:
    """Return the needle length in the skin: depth over the sine of the angle (Micheels 2016)."""
    return None if angle_deg is None else depth_mm / math.sin(math.radians(angle_deg))


def _notes(nominal_mm: float, reference_low_mm: float | None) -> tuple[str, ...]:
    shallower = reference_low_mm is not None and nominal_mm < reference_low_mm
    return ("depth.shallower_than_documents",) if shallower else ()
