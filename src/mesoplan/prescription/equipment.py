"""What the clinic has for a technique: a device with its cartridge, rollers, or a needle-free device."""

from __future__ import annotations

from dataclasses import dataclass

from mesoplan.clinic.devices import Cartridge, Device, NeedleFreeDevice, Roller, Stamp
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.technique import Technique


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a technique is done with; empty where the clinic has none, none is needed, or no clinic is given.

    Attributes:
        device: The first pen that serves it.
        cartridge: The first cartridge of that device.
        stamp: The first stamp that serves it, with its cartridge.
        rollers: Every roller that serves it, the longest needles first.
        needle_free: The first needle-free device that serves it.
    """

    device: Device | None = None
    cartridge: Cartridge | None = None
    stamp: Stamp | None = None
    rollers: tuple[Roller, ...] = ()
    needle_free: NeedleFreeDevice | None = None


def equipment_for(clinic: Clinic | None, technique: Technique) -> Equipment:
    """Return what the clinic has for a technique."""
    if clinic is None or not technique.by_device:
        return Equipment()
    if technique.layout == "roller":
        serving = [one for one in clinic.rollers.values() if technique.id in one.techniques]
        return Equipment(rollers=tuple(sorted(serving, key=lambda one: (-one.needle_length_mm, one.id))))
    if technique.layout == "needle_free":
        found = (one for one in clinic.needle_free.values() if technique.id in one.techniques)
        return Equipment(needle_free=next(found, None))
    if technique.layout == "stamp":
        stamps = (one for one in clinic.stamps.values() if technique.id in one.techniques)
        return Equipment(stamp=next(stamps, None))
    device = next(iter(clinic.devices_for(technique.id)), None)
    cartridge = None if device is None else next(iter(clinic.cartridges_for(device.id)), None)
    return Equipment(device=device, cartridge=cartridge)
