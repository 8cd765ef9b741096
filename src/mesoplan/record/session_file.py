"""Reads the file that says what was delivered in a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from mesoplan.errors import Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.record.model import (
    NUMBERS,
    UNITS,
    Anaesthetic,
    Antiseptic,
    Delivered,
    DeliveredZone,
    Deviation,
    State,
    UsedCartridge,
    UsedProduct,
)
from mesoplan.record.reader import Reader

SCHEMA = "mesoplan-session/1"
REACTIONS = ("none", "redness", "bleeding", "blanching", "pain", "faintness", "other")
TOP = (
    *("schema", "client", "session", "date", "simulated", "practitioner", "device", "cartridge", "products"),
    *("antiseptic", "anaesthetic", "zones", "endpoint", "reactions", "stopped_early", "deviations", "notes"),
)
ZONE = ("zone", "delivered", "share", *NUMBERS, "remark")
PRODUCT = ("product", "lot", "expires_on", "volume_ml")
CARTRIDGE = ("id", "lot", "expires_on")
ANTISEPTIC = ("product", "lot", "before_at", "after_at")
ANAESTHETIC = ("used", "product", "amount", "lot", "applied_at", "removed_at")
DEVIATION = ("item", "zone", "reason")
ITEMS = (*NUMBERS, "cover", "zone", "delivered", "device", "cartridge", "product", "lot", "date", "other")
"""What a deviation may concern: the keys of the file, and the cover that follows from them."""
_WHOLE = ("passes", "rounds", "placements", "points")
YesNo = Literal["yes", "no", "unknown"]


def parse_session(data: object, knowledge: Knowledge, place: str) -> Delivered:
    """Return what was delivered, as a YAML or JSON file says it; what it does not say is unknown.

    Raises:
        ProblemError: With everything in it that cannot be used.
    """
    problems = Problems()
    if not isinstance(data, Mapping):
        problems.add(place, type(data).__name__, "not a mapping", "Start from a template: --template FILE.")
        problems.raise_if_any()
    reader = Reader(knowledge, problems, place)
    found = _read(reader, reader.mapping(data, TOP, ""))
    problems.raise_if_any()
    return found


def _read(reader: Reader, data: Mapping[Any, Any]) -> Delivered:
    if data.get("schema", SCHEMA) != SCHEMA:
        reader.add("schema", data["schema"], "another kind of file", f"This version reads {SCHEMA}.")
    day = reader.day(data.get("date"), "date")
    if day is None:
        reader.add("date", data.get("date"), "the day of the session is missing", "Enter it as YYYY-MM-DD.")
    session = reader.whole(data.get("session"), "session", "the session")
    if session is None:
        reader.add("session", data.get("session"), "the number of the session is missing", "Enter it.")
    cartridge = reader.mapping(data.get("cartridge"), CARTRIDGE, "cartridge")
    return Delivered(
        client=reader.required(data.get("client"), "client"),
        session=session or 0,
        date=day or reader.knowledge.release.released,
        practitioner=reader.text(data.get("practitioner"), "practitioner"),
        device=reader.text(data.get("device"), "device"),
        cartridge=UsedCartridge(
            reader.text(cartridge.get("id"), "cartridge: id"),
            reader.text(cartridge.get("lot"), "cartridge: lot"),
            reader.day(cartridge.get("expires_on"), "cartridge: expires_on"),
        ),
        products=tuple(_product(reader, *row) for row in reader.rows(data.get("products"), PRODUCT, "products")),
        antiseptic=_antiseptic(reader, reader.mapping(data.get("antiseptic"), ANTISEPTIC, "antiseptic")),
        anaesthetic=_anaesthetic(reader, reader.mapping(data.get("anaesthetic"), ANAESTHETIC, "anaesthetic")),
        zones=_zones(reader, data.get("zones")),
        endpoint=reader.text(data.get("endpoint"), "endpoint"),
        reactions=_reactions(reader, data.get("reactions")),
        deviations=tuple(
            _deviation(reader, *row) for row in reader.rows(data.get("deviations"), DEVIATION, "deviations")
        ),
        stopped_early=cast(YesNo, reader.code(data.get("stopped_early"), ("yes", "no"), "stopped_early")),
        notes=reader.text(data.get("notes"), "notes") or "",
        simulated=reader.code(data.get("simulated"), ("yes", "no"), "simulated", default="no") == "yes",
    )


def _product(reader: Reader, row: Mapping[Any, Any], where: str) -> UsedProduct:
    return UsedProduct(
        reader.required(row.get("product"), f"{where}: product"),
        reader.text(row.get("lot"), f"{where}: lot"),
        reader.day(row.get("expires_on"), f"{where}: expires_on"),
        reader.number(row.get("volume_ml"), f"{where}: volume_ml", "ml"),
    )


def _antiseptic(reader: Reader, data: Mapping[Any, Any]) -> Antiseptic:
    found = Antiseptic(
        reader.text(data.get("product"), "antiseptic: product"),
        reader.text(data.get("lot"), "antiseptic: lot"),
        reader.time(data.get("before_at"), "antiseptic: before_at"),
        reader.time(data.get("after_at"), "antiseptic: after_at"),
    )
    _in_order(reader, found.before_at, found.after_at, "antiseptic: after_at")
    return found


def _anaesthetic(reader: Reader, data: Mapping[Any, Any]) -> Anaesthetic:
    used = cast(YesNo, reader.code(data.get("used"), ("yes", "no"), "anaesthetic: used"))
    found = Anaesthetic(
        used,
        reader.text(data.get("product"), "anaesthetic: product"),
        reader.text(data.get("amount"), "anaesthetic: amount"),
        reader.text(data.get("lot"), "anaesthetic: lot"),
        reader.time(data.get("applied_at"), "anaesthetic: applied_at"),
        reader.time(data.get("removed_at"), "anaesthetic: removed_at"),
    )
    if used == "no" and (found.product or found.amount or found.applied_at):
        reader.add("anaesthetic: used", "no", "an anaesthetic is described beside it", "Answer yes, or take it out.")
    _in_order(reader, found.applied_at, found.removed_at, "anaesthetic: removed_at")
    return found


def _in_order(reader: Reader, first: str | None, then: str | None, where: str) -> None:
    if first is not None and then is not None and then < first:
        reader.add(where, then, f"this lies before {first}", "Check both times.")


def _zones(reader: Reader, value: object) -> tuple[DeliveredZone, ...]:
    found: dict[str, DeliveredZone] = {}
    for row, where in reader.rows(value, ZONE, "zones"):
        zone = _zone(reader, row, where)
        if zone.zone in found:
            reader.add(f"{where}: zone", zone.zone, "this zone stands twice", "Write each zone once.")
        found[zone.zone] = zone
    if not found:
        reader.add("zones", value, "no zone is named", "List every planned zone: delivered yes, part, no or unknown.")
    return tuple(found.values())


def _zone(reader: Reader, row: Mapping[Any, Any], where: str) -> DeliveredZone:
    state = cast(State, reader.code(row.get("delivered"), ("yes", "part", "no"), f"{where}: delivered"))
    share = reader.number(row.get("share"), f"{where}: share", "parts of 1")
    if share is not None and share > 1.0:
        remedy = "Enter the part of the zone's area that was done, from 0 to 1: 0.5 for half of it."
        reader.add(f"{where}: share", share, "a share above 1", remedy)
    numbers = {
        name: reader.whole(row.get(name), f"{where}: {name}", name)
        if name in _WHOLE
        else reader.number(row.get(name), f"{where}: {name}", UNITS[name])
        for name in NUMBERS
    }
    if state == "no" and any(numbers.values()):
        reader.add(f"{where}: delivered", "no", "settings stand beside it", "Answer yes or part, or take them out.")
    remark = reader.text(row.get("remark"), f"{where}: remark") or ""
    zone = reader.zone(row.get("zone"), f"{where}: zone")
    return DeliveredZone(zone, state, share, remark=remark, **cast(dict[str, Any], numbers))


def _reactions(reader: Reader, value: object) -> tuple[str, ...] | None:
    if value is None or value == "unknown":
        return None
    names = value if isinstance(value, list) else [value]
    known = tuple(name for name in names if isinstance(name, str) and name in REACTIONS)
    if len(known) != len(names):
        reader.add("reactions", value, "not all of these are reactions", f"Known are: {', '.join(REACTIONS)}.")
    if "none" in known and len(known) > 1:
        reader.add("reactions", value, "`none` stands beside others", "Take one out.")
    if not names:
        reader.add("reactions", value, "an empty list says nothing", "Write none where there were none, or unknown.")
    return tuple(dict.fromkeys(known))


def _deviation(reader: Reader, row: Mapping[Any, Any], where: str) -> Deviation:
    item = row.get("item")
    if item not in ITEMS:
        reader.add(f"{where}: item", item, "not something that can deviate", f"Known are: {', '.join(ITEMS)}.")
    zone = reader.zone(row.get("zone"), f"{where}: zone", required=False)
    return Deviation(str(item), zone, reader.required(row.get("reason"), f"{where}: reason"))
