"""What the clinic has for a technique: a device with its cartridge, rollers, or a needle-free device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from mesoplan.clinic.devices import Cartridge, Device, NeedleFreeDevice, Roller, Stamp
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.technique import Technique

_Tool = TypeVar("_Tool", Device, Cartridge, Stamp, NeedleFreeDevice)


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


def equipment_for(
    clinic: Clinic | None, technique: Technique, *, device: str | None = None, cartridge: str | None = None
) -> Equipment:
    """Return what the clinic has for a technique.

    Args:
        clinic: The clinic, None without a folder.
        technique: The technique.
        device: The device, stamp, roller or needle-free device to take; for a technique that it does not serve, or
            None, the clinic's first (of rollers every one).
        cartridge: The cartridge to take, likewise.
    """
    if clinic is None or not technique.by_device:
        return Equipment()
    if technique.layout == "roller":
        serving = [one for one in clinic.rollers.values() if technique.id in one.techniques]
        serving = [one for one in serving if one.id == device] or serving
        return Equipment(rollers=tuple(sorted(serving, key=lambda one: (-one.needle_length_mm, one.id))))
    if technique.layout == "needle_free":
        return Equipment(
            needle_free=_taken((one for one in clinic.needle_free.values() if technique.id in one.techniques), device)
        )
    if technique.layout == "stamp":
        return Equipment(
            stamp=_taken((one for one in clinic.stamps.values() if technique.id in one.techniques), device)
        )
    pen = _taken(clinic.devices_for(technique.id), device)
    return Equipment(device=pen, cartridge=None if pen is None else _taken(clinic.cartridges_for(pen.id), cartridge))


def _taken(serving: Iterable[_Tool], name: str | None) -> _Tool | None:
    """Return the tool of that name, else the first one."""
    every = list(serving)
    return next((one for one in every if one.id == name), every[0] if every else None)
