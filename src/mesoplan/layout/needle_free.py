"""Settings of a needle-free technique: only what a fact or the clinic's own device gives; everything else is asked."""

from __future__ import annotations

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Technique
from mesoplan.layout.model import EnergySetting, NeedleFreeLayout
from mesoplan.prescription.model import Basis, ZonePrescription
from mesoplan.prescription.target import PARAMETER_ROLE

MINUTES_ROLE = "parameter_minutes"


def set_energy(
    knowledge: Knowledge, clinic: Clinic | None, technique: Technique, zone: ZonePrescription
) -> NeedleFreeLayout:
    """Return time and settings of one zone; without any, `asked` says so.

    Time and settings of the clinic's device stand beside what facts give; the time is the shorter of both longest ends.
    """
    settings = [
        EnergySetting(fact, quantity.low, quantity.high, quantity.unit, Basis("fact", fact))
        for role, fact in technique.facts.items()
        if role.startswith(PARAMETER_ROLE) and role != MINUTES_ROLE
        if (quantity := knowledge.facts[fact].resolution.quantity) is not None
    ]
    low: float | None = None
    high: float | None = None
    bases: list[tuple[str, Basis]] = []
    if MINUTES_ROLE in technique.facts:
        low, high = knowledge.limits(technique.facts[MINUTES_ROLE], "min")
        bases.append(("minutes", Basis("fact", technique.facts[MINUTES_ROLE])))
    device = None if clinic is None or zone.device is None else clinic.needle_free[zone.device]
    if device is not None:
        place = f"needle_free.yaml: {device.id}: "
        own = Basis("clinic", place + "parameters")
        settings += [
            EnergySetting(f"{device.id}:{number}", one.min, one.max, one.unit, own)
            for number, one in enumerate(device.parameters)
        ]
        if high is None or device.minutes_max <= high:
            low, high = device.minutes_min, device.minutes_max
        bases.append(("minutes", Basis("clinic", place + "minutes_min, minutes_max")))
    return NeedleFreeLayout(
        zone=zone.zone,
        device=None if device is None else device.id,
        minutes_low=low,
        minutes_high=high,
        settings=tuple(settings),
        volume_ml=None,
        asked=() if settings and high is not None else ("asked.needle_free_settings",),
        limits=(),
        bases=tuple(dict.fromkeys((*bases, *(("settings", one.basis) for one in settings)))),
    )
