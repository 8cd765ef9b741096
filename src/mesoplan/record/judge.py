"""Holds what was delivered against the plan and the limits: what is a slip, what needs a reason, what broke a limit.

What happened is recorded, whatever it was. A limit that stops and was broken is marked. A departure to the dangerous
side asks for its reason first, so that a slip of the pen never enters the record unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from mesoplan.clinic.devices import Cartridge
from mesoplan.clinic.model import Clinic
from mesoplan.errors import Problems
from mesoplan.plan import READY
from mesoplan.prescription.model import Limit
from mesoplan.record.cover import covers_of
from mesoplan.record.model import (
    NUMBERS,
    UNITS,
    Delivered,
    DeliveredZone,
    Mark,
    PlannedSession,
    PlannedZone,
    SessionDone,
)

SLIP = 9.5
"""From about ten times the planned value, or a tenth of it, a number is taken for a slip until a reason is given."""
ROUNDING = 1e-9
_DENSER_WHEN_LOWER = ("hand_speed_mm_s",)
_LIMITED = {
    "frequency": "frequency_hz",
    "hand_speed": "hand_speed_mm_s",
    "passes": "passes",
    "rounds": "rounds",
    "volume": "volume_ml",
}


@dataclass
class _Judgement:
    """One session under judgement."""

    planned: PlannedSession
    delivered: Delivered
    clinic: Clinic | None
    problems: Problems
    place: str
    marks: list[Mark] = field(default_factory=list)
    unexplained: list[Mark] = field(default_factory=list)

    def add(self, where: str, value: object, message: str, remedy: str) -> None:
        self.problems.add(f"{self.place}: {where}", value, message, remedy)

    def mark(
        self, key: str, *, stops: bool, item: str, zone: str = "", value: object = "", limit: str = "", unit: str = ""
    ) -> None:
        reason = self.delivered.reason(item, zone) or ""
        self.marks.append(Mark(key, stops, item, zone, str(value), limit, unit, reason))

    def needs_reason(
        self, key: str, where: str, value: object, message: str, item: str, zone: str = "", limit: float | None = None
    ) -> None:
        """Mark a departure that was given a reason; one without is a problem."""
        against, unit = "" if limit is None else f"{limit:g}", UNITS.get(item, "1")
        if self.delivered.reason(item, zone) is not None:
            self.mark(key, stops=False, item=item, zone=zone, value=value, limit=against, unit=unit)
            return
        self.unexplained.append(Mark(key, False, item, zone, str(value), against, unit, ""))
        about = f"item: {item}, zone: {zone}" if zone else f"item: {item}"
        remedy = f"Correct it if it is a slip; if it happened, add a deviation {{{about}, reason: ...}}."
        self.add(where, value, message, remedy)


def judge(
    planned: PlannedSession,
    delivered: Delivered,
    clinic: Clinic | None,
    problems: Problems,
    place: str,
    cover_limit: float | None = None,
) -> SessionDone:
    """Return the session with its covers and marks; what must be corrected or explained first is noted.

    Args:
        planned: The plan that the session was held against.
        delivered: What was done.
        clinic: The clinic's folder, None where the plan had none.
        problems: Where to note what must be corrected or explained.
        place: Name of the file, for messages.
        cover_limit: Largest recommended cover of one session, None: none is known.
    """
    return _judged(_Judgement(planned, delivered, clinic, problems, place), cover_limit)


def unexplained(
    planned: PlannedSession, delivered: Delivered, clinic: Clinic | None, cover_limit: float | None = None
) -> tuple[Mark, ...]:
    """Return the departures that `judge` refuses because no reason is given, each as the mark it would become.

    Whoever asks for the reasons, in whatever language, finds here what there is to explain.

    Args:
        planned: The plan that the session was held against.
        delivered: What was done.
        clinic: The clinic's folder, None where the plan had none.
        cover_limit: Largest recommended cover of one session, None: none is known.
    """
    case = _Judgement(planned, delivered, clinic, Problems(), "session")
    _judged(case, cover_limit)
    return tuple(case.unexplained)


def _judged(case: _Judgement, cover_limit: float | None) -> SessionDone:
    planned, delivered = case.planned, case.delivered
    _identity(case)
    _clearance(case)
    cartridge = _equipment(case)
    _products(case)
    _zones(case, cartridge)
    _volumes(case)
    pattern = None if cartridge is None else (cartridge.needle_count, cartridge.stripe_width_mm)
    covers = covers_of(planned, delivered, pattern)
    for cover in covers:
        if cover_limit is not None and cover.delivered is not None and cover.delivered > cover_limit + ROUNDING:
            value, message = f"{cover.delivered:.0%}", f"a cover above {cover_limit:.0%} in one session"
            case.needs_reason("cover", f"zones: {cover.zone}", value, message, "cover", cover.zone)
    return SessionDone(planned, delivered, covers, tuple(case.marks))


def _identity(case: _Judgement) -> None:
    expected = case.planned.client
    if case.delivered.client != expected:
        remedy = "Check whose course this is; nothing of one client enters another's record."
        case.add("client", case.delivered.client, f"this course is of client {expected}", remedy)


def _clearance(case: _Judgement) -> None:
    """Mark a session without a clearance of its day."""
    planned, delivered = case.planned, case.delivered
    if planned.number != delivered.session:
        case.mark("other_plan", stops=False, item="date", value=delivered.session, limit=str(planned.number))
    if not planned.treatable:
        case.mark("not_treatable", stops=True, item="date", value=delivered.date)
    elif planned.sheet != (READY,):
        case.mark("no_sheet", stops=True, item="date", value=delivered.date)
    elif planned.on != delivered.date:
        case.mark("another_day", stops=True, item="date", value=delivered.date, limit=planned.on.isoformat())


def _equipment(case: _Judgement) -> Cartridge | None:
    """Return the cartridge that was used, None while it is not known; another than planned needs a reason."""
    planned, delivered, clinic = case.planned, case.delivered, case.clinic
    if delivered.device is not None and delivered.device != planned.device:
        case.needs_reason("device", "device", delivered.device, f"planned was {planned.device}", "device")
    used = delivered.cartridge
    if used.expires_on is not None and used.expires_on < delivered.date:
        case.mark("cartridge_expired", stops=True, item="cartridge", value=used.expires_on, limit=str(delivered.date))
    if used.id is None or clinic is None:
        return None
    cartridge = clinic.cartridges.get(used.id)
    if used.id != planned.cartridge:
        message = f"another cartridge than the planned {planned.cartridge}"
        case.needs_reason("cartridge", "cartridge: id", used.id, message, "cartridge")
    if cartridge is None or (delivered.device or planned.device) not in cartridge.devices:
        case.mark("cartridge_unknown", stops=True, item="cartridge", value=used.id)
    return cartridge


def _products(case: _Judgement) -> None:
    for number, used in enumerate(case.delivered.products, 1):
        where = f"products: {number}"
        if used.product not in case.planned.products:
            message = f"not the planned product ({', '.join(case.planned.products) or 'none'})"
            case.needs_reason("product", f"{where}: product", used.product, message, "product")
        if used.product not in case.planned.tested:
            case.mark("product_not_tested", stops=True, item="product", value=used.product)
        listed = _lots(case, used.product)
        if used.lot is not None and listed and used.lot not in listed:
            message = f"not a lot of the clinic's list ({', '.join(listed)})"
            case.needs_reason("lot", f"{where}: lot", used.lot, message, "lot")
        known = listed.get(used.lot or "")
        if known is not None and used.expires_on is not None and known != used.expires_on:
            remedy = "Read the package again, and correct the file or the clinic's products.yaml."
            message = f"by the clinic's list this lot expires on {known}"
            case.add(f"{where}: expires_on", used.expires_on, message, remedy)
        expiry = used.expires_on if known is None else known
        if expiry is not None and expiry < case.delivered.date:
            case.mark("lot_expired", stops=True, item="lot", value=used.lot or "?", limit=str(expiry))


def _lots(case: _Judgement, product: str) -> dict[str, date]:
    found = None if case.clinic is None else case.clinic.products.get(product)
    return {} if found is None else {lot.number: lot.expires_on for lot in found.lots}


def _zones(case: _Judgement, cartridge: Cartridge | None) -> None:
    done = {one.zone: one for one in case.delivered.zones}
    for plan in case.planned.zones:
        if plan.zone not in done:
            remedy = "Add it: delivered yes, part, no or unknown."
            case.add("zones", plan.zone, "this zone was planned and is not in the file", remedy)
    for number, zone in enumerate(case.delivered.zones, 1):
        where = f"zones: {number}"
        planned = case.planned.zone(zone.zone)
        if planned is None:
            _unplanned(case, zone, where)
            continue
        if zone.delivered in ("no", "part"):
            words = "not done" if zone.delivered == "no" else "done in part"
            case.needs_reason(
                f"shortened_{zone.delivered}", f"{where}: delivered", zone.delivered, words, "delivered", zone.zone
            )
        for name in NUMBERS:
            _number(case, planned, zone, name, where, cartridge)


def _unplanned(case: _Judgement, zone: DeliveredZone, where: str) -> None:
    """Ask for the reason of a zone that was not planned; the other side of a planned one is named."""
    if zone.delivered == "no":
        return
    other = zone.zone.removesuffix("_left") + "_right" if zone.zone.endswith("_left") else ""
    other = other or (zone.zone.removesuffix("_right") + "_left" if zone.zone.endswith("_right") else "")
    side = f"; planned is the other side, {other}" if case.planned.zone(other) is not None else ""
    case.needs_reason("zone", f"{where}: zone", zone.zone, f"this zone was not planned{side}", "zone", zone.zone)
    if zone.zone not in case.planned.cleared:
        case.mark("zone_not_cleared", stops=True, item="zone", zone=zone.zone, value=zone.zone)


def _number(
    case: _Judgement, plan: PlannedZone, zone: DeliveredZone, name: str, where: str, cartridge: Cartridge | None
) -> None:
    """Judge one number of a zone: slip, limit, departure."""
    value = zone.number(name)
    if value is None or zone.delivered == "no":
        return
    planned: float | None = getattr(plan, name)
    slip = _slip(case, name, value, planned, cartridge)
    if slip:
        case.needs_reason("unusual", f"{where}: {name}", f"{value:g}", slip, name, zone.zone, planned)
    broken = _broken(case, plan, name, value)
    if broken is not None:
        key, limit = broken
        case.mark(key, stops=True, item=name, zone=zone.zone, value=f"{value:g}", limit=f"{limit:g}", unit=UNITS[name])
    elif not slip:
        denser = (
            planned is not None
            and name != "minutes"
            and (value < planned * (1 - ROUNDING) if name in _DENSER_WHEN_LOWER else value > planned * (1 + ROUNDING))
        )
        soft = [limit for limit in _limits(plan.limits, name) if value > limit.limit + ROUNDING]
        if denser and planned is not None:
            message = f"more than the planned {planned:g} {UNITS[name]}"
            if name in _DENSER_WHEN_LOWER:
                message = f"slower than the planned {planned:g} {UNITS[name]}, and so denser"
            case.needs_reason("departure", f"{where}: {name}", f"{value:g}", message, name, zone.zone, planned)
        elif soft:
            limit = soft[0].limit
            message = f"above the recommended {limit:g} {soft[0].unit}"
            case.needs_reason("recommended", f"{where}: {name}", f"{value:g}", message, name, zone.zone, limit)


def _slip(case: _Judgement, name: str, value: float, planned: float | None, cartridge: Cartridge | None) -> str:
    """Return why a number looks like a slip: a decimal point, another unit, more than the device can do; else empty."""
    used = case.delivered.device or case.planned.device or ""
    device = None if case.clinic is None else case.clinic.devices.get(used)
    if name == "depth_mm":
        lengths = [one for one in (device and device.max_depth_mm, cartridge and cartridge.needle_length_mm) if one]
        if lengths and value > min(lengths) + ROUNDING:
            return f"device and cartridge reach {min(lengths):g} mm at most; is it in mm?"
    if name == "frequency_hz" and device is not None and value > device.frequency_max_hz + ROUNDING:
        return f"the device reaches {device.frequency_max_hz:g} Hz at most; is it in strokes per second?"
    if not planned or value == 0.0:
        return f"planned was {planned:g} {UNITS[name]}" if planned and value == 0.0 else ""
    times = value / planned
    if 1.0 / SLIP < times < SLIP:
        return ""
    times = times if times >= 1.0 else 1.0 / times
    more = "times" if value > planned else "times less than"
    return f"about {10 ** round(math.log10(times)):g} {more} the planned {planned:g} {UNITS[name]}"


def _broken(case: _Judgement, plan: PlannedZone, name: str, value: float) -> tuple[str, float] | None:
    """Return name and value of the strictest limit that stops and was broken, None where none was."""
    found = [
        (limit.name, limit.limit)
        for limit in _limits(plan.limits, name)
        if limit.absolute and value > limit.limit + ROUNDING
    ]
    if found:
        return min(found, key=lambda one: one[1])
    device = None if case.clinic is None else case.clinic.devices.get(case.planned.device or "")
    if name == "hand_speed_mm_s" and device is not None and value < device.hand_speed_min_mm_s - ROUNDING:
        return "hand_speed_low", device.hand_speed_min_mm_s
    return None


def _limits(limits: Iterable[Limit], name: str) -> list[Limit]:
    """Return the limits of one number, lowest first."""
    found = [one for one in limits if _concerns(one.name) == name]
    return sorted(found, key=lambda one: one.limit)


def _concerns(limit: str) -> str:
    if limit.startswith("depth"):
        return "depth_mm"
    return next((number for start, number in _LIMITED.items() if limit.startswith(start)), "")


def _volumes(case: _Judgement) -> None:
    """Hold the volumes of the whole session against its limits; what is not known cannot be added."""
    products = {one.product: one.volume_ml for one in case.delivered.products if one.volume_ml is not None}
    zones = sum(one.volume_ml or 0.0 for one in case.delivered.zones)
    total = max(sum(products.values()), zones)
    for limit in case.planned.limits:
        if not limit.name.startswith("volume"):
            continue
        of_product = limit.basis.reference.split(": ")[1] if limit.name == "volume_product" else ""
        value = products.get(of_product, 0.0) if of_product else total
        if value <= limit.limit + ROUNDING:
            continue
        if value >= SLIP * limit.limit:
            message = f"far above the limit of {limit.limit:g} ml; is it in ml?"
            case.needs_reason("unusual", "products", f"{value:g}", message, "volume_ml")
        case.mark(
            limit.name, stops=limit.absolute, item="volume_ml", value=f"{value:g}", limit=f"{limit.limit:g}", unit="ml"
        )
