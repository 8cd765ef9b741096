"""A virtual device that executes a planned session with its faults, for training and for tests; nobody is treated."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from mesoplan.clinic.model import Clinic
from mesoplan.errors import Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.record.model import NUMBERS, PlannedSession, PlannedZone
from mesoplan.record.reader import Reader
from mesoplan.record.session_file import SCHEMA as SESSION_SCHEMA

SCHEMA = "mesoplan-device/1"
KEYS = (
    *("schema", "speed_error", "depth_error_mm", "depth_offset_mm", "stop", "reservoir_ml", "use_ml_per_cm2"),
    *("cartridge", "lot", "expires_on", "explains"),
)
STOP = ("zone", "share")
_SLOWEST = 0.05
_SETTINGS = tuple(name for name in NUMBERS if name != "minutes")


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """The faults of a virtual device; without any it does what was planned.

    Attributes:
        speed_error: Standard deviation of the hand's speed, as a share of the planned one.
        depth_error_mm: Standard deviation of the depth.
        depth_offset_mm: What the depth is always off by.
        stop_zone: Zone in which the session stops, "" for none.
        stop_share: Share of that zone that was done by then.
        reservoir_ml: What the reservoir holds, None: enough.
        use_ml_per_cm2: What a cm2 takes of it.
        cartridge: Cartridge that is in the device, None: the planned one.
        lot, expires_on: Lot of the product, None: the clinic's first.
        explains: Whether a reason is written for whatever was done otherwise.
    """

    speed_error: float = 0.0
    depth_error_mm: float = 0.0
    depth_offset_mm: float = 0.0
    stop_zone: str = ""
    stop_share: float = 0.0
    reservoir_ml: float | None = None
    use_ml_per_cm2: float = 0.0
    cartridge: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    explains: bool = False


def parse_device(data: object, knowledge: Knowledge, planned: PlannedSession, place: str) -> VirtualDevice:
    """Return a virtual device as a YAML or JSON file describes it.

    Raises:
        ProblemError: With everything in it that cannot be used.
    """
    problems = Problems()
    if not isinstance(data, Mapping):
        problems.add(place, type(data).__name__, "not a mapping", f"Write some of: {', '.join(KEYS)}.")
        problems.raise_if_any()
    reader = Reader(knowledge, problems, place)
    device = _read(reader, reader.mapping(data, KEYS, ""), planned)
    problems.raise_if_any()
    return device


def _read(reader: Reader, data: Mapping[Any, Any], planned: PlannedSession) -> VirtualDevice:
    if data.get("schema", SCHEMA) != SCHEMA:
        reader.add("schema", data["schema"], "another kind of file", f"This version reads {SCHEMA}.")
    stop = reader.mapping(data.get("stop"), STOP, "stop")
    zone = reader.zone(stop.get("zone"), "stop: zone") if stop else ""
    if zone and planned.zone(zone) is None:
        known = ", ".join(one.zone for one in planned.zones)
        reader.add("stop: zone", zone, "this zone is not planned", f"Planned are: {known}.")
    share = reader.number(stop.get("share"), "stop: share", "parts of 1") or 0.0
    speed = reader.number(data.get("speed_error"), "speed_error", "parts of the speed") or 0.0
    for where, value in (("stop: share", share), ("speed_error", speed)):
        if value > 1.0:
            reader.add(where, value, "a share above 1", "Enter a share from 0 to 1.")
    offset = data.get("depth_offset_mm")
    sign = -1.0 if isinstance(offset, (int, float)) and offset < 0 else 1.0
    size = reader.number(abs(offset) if isinstance(offset, (int, float)) else offset, "depth_offset_mm", "mm")
    return VirtualDevice(
        speed_error=speed,
        depth_error_mm=reader.number(data.get("depth_error_mm"), "depth_error_mm", "mm") or 0.0,
        depth_offset_mm=sign * (size or 0.0),
        stop_zone=zone,
        stop_share=share,
        reservoir_ml=reader.number(data.get("reservoir_ml"), "reservoir_ml", "ml"),
        use_ml_per_cm2=reader.number(data.get("use_ml_per_cm2"), "use_ml_per_cm2", "ml per cm2") or 0.0,
        cartridge=reader.text(data.get("cartridge"), "cartridge"),
        lot=reader.text(data.get("lot"), "lot"),
        expires_on=reader.day(data.get("expires_on"), "expires_on"),
        explains=reader.code(data.get("explains"), ("yes", "no"), "explains", default="no") == "yes",
    )


def execute(
    planned: PlannedSession, device: VirtualDevice, clinic: Clinic | None, seed: int, words: Mapping[str, str]
) -> dict[str, Any]:
    """Return the file of a simulated session, as `record` reads it; the same seed gives the same file.

    The zones are done in the plan's order. A stop or an empty reservoir ends the session, and the device says so; what
    its errors and a wrong cartridge did stands in the numbers, with a reason only where `explains` is set. What it says
    is in the language of `words`.
    """
    chance = random.Random(seed)
    left_ml, stopped = device.reservoir_ml, ""
    rows: list[dict[str, Any]] = []
    deviations: list[dict[str, str]] = []
    for zone in planned.zones:
        share = 0.0 if stopped else 1.0
        if not stopped and left_ml is not None:
            needed = device.use_ml_per_cm2 * zone.area_cm2
            share = 1.0 if needed <= left_ml else left_ml / needed
            stopped = "" if needed <= left_ml else words["record.simulated.empty"]
            left_ml = max(0.0, left_ml - needed)
        if zone.zone == device.stop_zone and device.stop_share < share:
            share, stopped = device.stop_share, words["record.simulated.stopped"]
        rows.append(_row(zone, device, share, chance))
        if share < 1.0:
            deviations.append({"item": "delivered", "zone": zone.zone, "reason": stopped})
    if device.explains:
        deviations += [
            {"item": item, "zone": "all", "reason": words["record.simulated.error"]}
            for item in (*_SETTINGS, "cover", "cartridge", "lot")
        ]
    used_ml = None if device.reservoir_ml is None else round(device.reservoir_ml - (left_ml or 0.0), 3)
    return {
        "schema": SESSION_SCHEMA,
        "simulated": "yes",
        "client": planned.client,
        "session": planned.number,
        "date": planned.on.isoformat(),
        "practitioner": words["record.simulated.practitioner"],
        "device": planned.device or "unknown",
        "cartridge": {"id": device.cartridge or planned.cartridge or "unknown"},
        "products": [_product(name, device, clinic, used_ml) for name in planned.products],
        "zones": rows,
        "stopped_early": "yes" if stopped else "no",
        "deviations": deviations,
        "notes": words["record.simulated.notes"].format(seed=seed),
    }


def _row(zone: PlannedZone, device: VirtualDevice, share: float, chance: random.Random) -> dict[str, Any]:
    """Return one zone; each draws its chances whether it was reached or not, so that a stop changes no other zone."""
    speed, depth = chance.gauss(0.0, device.speed_error), chance.gauss(0.0, device.depth_error_mm)
    state = "yes" if share >= 1.0 else "no" if share <= 0.0 else "part"
    row: dict[str, Any] = {"zone": zone.zone, "delivered": state}
    if state == "no":
        return row
    if state == "part":
        row["share"] = round(share, 3)
    row |= {name: getattr(zone, name) for name in _SETTINGS if getattr(zone, name) is not None}
    if zone.hand_speed_mm_s is not None:
        row["hand_speed_mm_s"] = round(zone.hand_speed_mm_s * max(_SLOWEST, 1.0 + speed), 1)
    if zone.depth_mm is not None:
        row["depth_mm"] = round(max(0.0, zone.depth_mm + device.depth_offset_mm + depth), 2)
    return row


def _product(name: str, device: VirtualDevice, clinic: Clinic | None, used_ml: float | None) -> dict[str, Any]:
    product = None if clinic is None else clinic.products.get(name)
    first = product.lots[0] if product is not None and product.lots else None
    lot = device.lot or (None if first is None else first.number)
    expires = device.expires_on or (None if first is None or device.lot is not None else first.expires_on)
    return {
        "product": name,
        "lot": lot or "unknown",
        "expires_on": "unknown" if expires is None else expires.isoformat(),
        "volume_ml": "unknown" if used_ml is None else used_ml,
    }


def simulated_text(session: dict[str, Any], words: Mapping[str, str]) -> str:
    """Return the file as YAML; its first line says that it is simulated."""
    return f"# {words['record.simulated']}\n{yaml.safe_dump(session, sort_keys=False, allow_unicode=True)}"
