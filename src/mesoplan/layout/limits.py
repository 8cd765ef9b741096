"""What a layout is held against: the envelopes of device and clinic, and the volumes of a zone and a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mesoplan.clinic.devices import Cartridge, Device
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.layout.freehand import Envelope, PenEnvelope, PenSetting
from mesoplan.layout.model import ZoneLayout
from mesoplan.prescription.model import Basis, Limit, Prescription, ZonePrescription

SESSION_VOLUME_ROLE = "volume_session_max"
FACE = "face"
_ON_FACE, _IN_SESSION, _OF_PRODUCT = VOLUME_LIMITS = ("volume_face", "volume_session", "volume_product")
"""Limits on the volumes of several zones together."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Everything that a pen zone is solved with.

    Attributes:
        technique: The technique, with its facts.
        device: Device of the clinic.
        cartridge: Its cartridge.
        envelope: What both and the clinic's rules allow.
        wished: Wished cover of one session.
        time_spread: Relative spread of the time spent on each area.
    """

    technique: Technique
    device: Device
    cartridge: Cartridge
    envelope: PenEnvelope
    wished: float
    time_spread: float


def pen_of(
    clinic: Clinic | None, prescription: Prescription, technique: Technique, zone: ZonePrescription
) -> Pen | None:
    """Return what a pen zone is solved with, None where the clinic, its device for it or the wish is missing.

    A zone that names no device of its own takes the prescription's.
    """
    used, needles = zone.device or prescription.device, zone.cartridge or prescription.cartridge
    if clinic is None or used is None or needles is None:
        return None
    if zone.area_fraction is None or zone.microzone_mm is None:
        return None
    device, cartridge = clinic.devices[used], clinic.cartridges[needles]
    if technique.id not in device.techniques:
        return None
    envelope = PenEnvelope(
        Envelope.of(device.frequency_min_hz, device.frequency_max_hz, device.frequency_step_hz),
        Envelope.of(device.hand_speed_min_mm_s, device.hand_speed_max_mm_s, device.hand_speed_step_mm_s),
        device.passes_min,
        device.passes_max,
        cartridge.needle_count,
        cartridge.stripe_width_mm,
        zone.microzone_mm,
    )
    return Pen(technique, device, cartridge, envelope, zone.area_fraction, device.hand_speed_spread)


def pen_limits(pen: Pen, setting: PenSetting) -> tuple[Limit, ...]:
    """Return the upper limits of the settings with what is planned; the lower ones are held by the solver alone."""
    envelope = pen.envelope
    return (
        Limit(
            "frequency", envelope.frequency_hz.high, setting.frequency_hz, "Hz", True, _device(pen, "frequency_max_hz")
        ),
        Limit(
            "hand_speed",
            envelope.hand_speed_mm_s.high,
            setting.hand_speed_mm_s,
            "mm/s",
            True,
            _device(pen, "hand_speed_max_mm_s"),
        ),
        Limit("passes", envelope.passes_high, setting.passes, "1", True, _device(pen, "passes_max")),
    )


def pen_bases(pen: Pen, zone: ZonePrescription) -> tuple[tuple[str, Basis], ...]:
    """Return where the numbers of a pen layout come from."""
    cartridge = f"cartridges.yaml: {pen.cartridge.id}: "
    return (
        ("frequency_hz", _device(pen, "frequency_min_hz, frequency_max_hz")),
        ("hand_speed_mm_s", _device(pen, "hand_speed_min_mm_s, hand_speed_max_mm_s")),
        ("passes", _device(pen, "passes_min, passes_max")),
        ("speed_spread", _device(pen, "hand_speed_spread")),
        ("needles", Basis("clinic", cartridge + "needle_count")),
        ("stripe_width_mm", Basis("clinic", cartridge + "stripe_width_mm")),
        ("microzone_mm", Basis("fact", pen.technique.facts["microzone"])),
        ("wished", dict(zone.bases).get("area_fraction", Basis("fact", pen.technique.facts["coverage"]))),
        ("cover", Basis("computed", "boolean_model")),
    )


def zone_limits(clinic: Clinic | None, volume_ml: float | None) -> tuple[Limit, ...]:
    """Return the clinic's volume limit of one zone, nothing where it has none or the volume is not known."""
    most = None if clinic is None else clinic.volumes.zone_max_ml
    if most is None or volume_ml is None:
        return ()
    return (Limit("volume_zone", most, volume_ml, "ml", True, _volumes("zone_max_ml")),)


def session_limits(
    knowledge: Knowledge,
    clinic: Clinic | None,
    prescription: Prescription,
    zones: Sequence[ZoneLayout],
) -> tuple[Limit, ...]:
    """Return the volume limits of the whole session: the sources' for the face, the product's, the clinic's.

    Nothing without a laid-out zone. A limit on zones of which a volume is not known stands only where the known ones
    break it already: what is not known is no room to spare. `asked` says what is missing.
    """
    if not zones:
        return ()
    volumes = {one.zone: one.volume_ml for one in zones}
    face = set(knowledge.expand(FACE))
    on_face = [volume for zone, volume in volumes.items() if zone in face]
    facts = {knowledge.techniques[one.technique].facts.get(SESSION_VOLUME_ROLE) for one in prescription.zones}
    limits: list[Limit | None] = []
    for fact in sorted(one for one in facts if one is not None and on_face):
        low, high = knowledge.limits(fact, "ml")
        limits.append(_volume_limit(_ON_FACE, high if high is not None else low, on_face, Basis("fact", fact)))
    if clinic is not None:
        every = list(volumes.values())
        limits.append(_volume_limit(_IN_SESSION, clinic.volumes.session_max_ml, every, _volumes("session_max_ml")))
        for name in dict.fromkeys(one.product for one in prescription.zones if one.product is not None):
            used = [volumes.get(one.zone, 0.0) for one in prescription.zones if one.product == name]
            basis = Basis("clinic", f"products.yaml: {name}: session_max_ml")
            limits.append(_volume_limit(_OF_PRODUCT, clinic.products[name].session_max_ml, used, basis))
    return tuple(one for one in limits if one is not None)


def _volume_limit(name: str, most: float | None, volumes: Sequence[float | None], basis: Basis) -> Limit | None:
    """Return a limit on volumes together, None without one or where an unknown volume leaves it open."""
    known = [volume for volume in volumes if volume is not None]
    if most is None or (len(known) < len(volumes) and sum(known) <= most):
        return None
    return Limit(name, most, sum(known), "ml", True, basis)


def _device(pen: Pen, key: str) -> Basis:
    return Basis("clinic", f"devices.yaml: {pen.device.id}: {key}")


def _volumes(key: str) -> Basis:
    return Basis("clinic", f"limits.yaml: volumes: {key}")
