"""The rows of a comparison: what each plan holds of verdict, course, cover, price, restrictions; or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mesoplan.layout.model import NeedleFreeLayout, PointLayout, RollerLayout
from mesoplan.prescription.model import Basis
from mesoplan.report.compare_model import Part, Row, Value, row
from mesoplan.report.compare_quality import quality_rows
from mesoplan.report.compare_settings import limit_rows, setting_rows
from mesoplan.report.compare_shown import course_hidden, missing, number, settings_hidden
from mesoplan.report.names import zone_order

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.course.model import Appointment, Quote
    from mesoplan.layout.model import Cover, ZoneLayout
    from mesoplan.report.context import PaperContext

Take = Callable[["PaperContext"], Value]
_OF_A_PRICE = ("per_session", "price_sessions", "price_list", "factors_used", "factors_unused")
"""What is said of a price, and of nothing where neither plan has one."""


def rows_of(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield every row, part by part; the same rows, mirrored, whichever plan is named first."""
    for part, label, take in _TAKES:
        values = take(first), take(second)
        if label not in _OF_A_PRICE or any(one.kind != "missing" for one in values):
            yield row(part, label, *values)
        if label == "minutes":
            yield from _cover_rows(first, second)
    yield from _downtime_rows(first, second)
    yield from setting_rows(first, second)
    yield from limit_rows(first, second)
    yield from quality_rows(first, second)


# -- verdict and technique


def _verdict(context: PaperContext) -> Value:
    return Value("verdict", (context.verdict.value,))


def _eligible(context: PaperContext) -> Value:
    return missing("no_day") if context.eligible_from is None else _day(context.eligible_from)


def _day(day: date) -> Value:
    return Value("day", (day.isoformat(),))


def _valid_until(context: PaperContext) -> Value:
    return _day(context.plan.screening.valid_until)


def _sheet(context: PaperContext) -> Value:
    return Value("words", context.sheet_reasons or ("compare.sheet_ready",))


def _planned(context: PaperContext) -> Value:
    zones = [one.zone for one in context.plan.prescription.zones]
    return Value("zones", tuple(zone_order(context.knowledge, zones))) if zones else missing("nothing_planned")


def _left_out(context: PaperContext) -> Value:
    zones = [zone for zone, _ in context.plan.prescription.left_out]
    return Value("zones", tuple(zone_order(context.knowledge, zones))) if zones else Value("words", ("compare.none",))


def _technique(context: PaperContext) -> Value:
    names = dict.fromkeys(one.technique for one in context.plan.prescription.zones)
    return Value("technique", tuple(names)) if names else missing("nothing_planned")


def _of_zones(context: PaperContext, kind: str) -> Value:
    """Return a device, a cartridge or the products that the zones name; without a clinic there is none to name."""
    names = dict.fromkeys(getattr(one, kind) for one in context.plan.prescription.zones)
    found = tuple(sorted(one for one in names if one))
    if found:
        return Value("product" if kind == "product" else "device", found)
    if not names:
        return missing("nothing_planned")
    return missing("no_clinic" if context.plan.clinic is None else f"no_{kind}")


def _device(context: PaperContext) -> Value:
    return _of_zones(context, "device")


def _cartridge(context: PaperContext) -> Value:
    return _of_zones(context, "cartridge")


def _product(context: PaperContext) -> Value:
    """Return the products by their names, which the plan holds."""
    found = _of_zones(context, "product")
    names = {one.product: one.name for one in context.plan.prescription.products}
    return Value("product", tuple(names.get(one, one) for one in found.items)) if found.kind == "product" else found


def _classes(context: PaperContext) -> Value:
    chosen = _of_zones(context, "product")
    if chosen.kind == "missing":
        return chosen
    options = [one for one in context.plan.prescription.products if one.product in chosen.items]
    classes = tuple(sorted({name for one in options for name in one.classes}))
    return Value("class", classes) if classes else missing("not_known")


def _test(context: PaperContext) -> Value:
    chosen = _of_zones(context, "product")
    if chosen.kind == "missing":
        return chosen
    options = [one for one in context.plan.prescription.products if one.product in chosen.items]
    states = tuple(sorted({f"compare.test.{one.test}" for one in options}))
    return Value("words", states) if states else missing("not_known")


# -- course


def _course_number(name: str, unit: str) -> Take:
    def take(context: PaperContext) -> Value:
        hidden = course_hidden(context)
        bases = tuple(basis for key, basis in context.plan.course.bases if key == name)
        return hidden or number(getattr(context.plan.course, name), unit, bases=bases)

    return take


def _sessions_range(context: PaperContext) -> Value:
    course = context.plan.course
    return course_hidden(context) or number(None, "1", course.sessions_low, course.sessions_high)


def _session_day(last: bool) -> Take:
    def take(context: PaperContext) -> Value:
        days = [one.day for one in _sessions(context)]
        return course_hidden(context) or (_day(days[-1 if last else 0]) if days else missing("no_dates"))

    return take


def _sessions(context: PaperContext) -> list[Appointment]:
    return sorted((one for one in context.plan.course.appointments if one.kind == "session"), key=lambda one: one.day)


def _next_course(context: PaperContext) -> Value:
    day = context.plan.course.next_course_from
    return course_hidden(context) or (missing("no_dates") if day is None else _day(day))


def _minutes(context: PaperContext) -> Value:
    minutes = context.plan.layout.total_minutes
    if minutes is not None:
        return settings_hidden(context) or number(minutes, "min")
    return settings_hidden(context) or missing("no_time")


# -- cover


def _cover_rows(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield the cover of one session and of the course, zone by zone."""
    for label, last in (("cover_session", False), ("cover_course", True)):
        for zone in both_zones(first, second):
            yield row("cover", label, _cover(first, zone, last), _cover(second, zone, last), (zone,))


def both_zones(first: PaperContext, second: PaperContext) -> list[str]:
    """Return the zones that either plan lays out, in the order of zones."""
    zones = {one.zone for context in (first, second) for one in context.plan.prescription.zones}
    return zone_order(first.knowledge, zones)


def _cover(context: PaperContext, zone: str, last: bool) -> Value:
    """Return the cover of a session, or after the last one of the course, with its spread."""
    hidden = settings_hidden(context, zone)
    if hidden is not None:
        return hidden
    laid = next((one for one in context.plan.layout.zones if one.zone == zone), None)
    if laid is None:
        return missing("not_laid")
    if isinstance(laid, PointLayout):
        return missing("points_no_cover")
    if isinstance(laid, NeedleFreeLayout):
        return missing("no_puncture")
    note = "compare.note.estimate" if isinstance(laid, RollerLayout) else ""
    cover: Cover | None = laid.cover
    if last:
        cover = laid.cumulative.cover[-1] if laid.cumulative and laid.cumulative.cover else None
    if cover is None:
        return missing("not_counted")
    return number(cover.mean, "share", cover.low, cover.high, note=note)


# -- volume


def _volume(whole: bool) -> Take:
    def take(context: PaperContext) -> Value:
        hidden = settings_hidden(context)
        if hidden is not None:
            return hidden
        plan = context.plan
        volume = plan.layout.total_volume_ml
        if volume is None:
            return _no_volume(plan.layout.zones)
        carried = bool(plan.layout.pen or plan.layout.stamp)
        sessions = plan.course.sessions - plan.course.sessions_done if whole else 1
        return number(volume * sessions, "ml", note="compare.note.carried" if carried else "compare.note.injected")

    return take


def _no_volume(zones: tuple[ZoneLayout, ...]) -> Value:
    """Return why nobody knows the volume, from the first zone that has none."""
    laid = next((one for one in zones if one.volume_ml is None), None)
    if isinstance(laid, PointLayout):
        return Value("missing", laid.asked or ("compare.missing.asked",))
    return missing("not_laid" if laid is None else "spread" if isinstance(laid, NeedleFreeLayout) else "no_source")


# -- price


def _price(name: str) -> Take:
    def take(context: PaperContext) -> Value:
        hidden = course_hidden(context)
        quote = context.plan.course.quote
        if hidden is not None or quote is None:
            return hidden or (_no_price(context) if name == "total" else missing("without_price"))
        basis = "compare.note.incomplete" if "asked.price" in context.plan.course.asked else ""
        if name == "price_list":
            return _day(quote.valid_from)
        if name == "price_sessions":
            return number(quote.sessions, "1")
        if name in ("factors_used", "factors_unused"):
            factors = tuple(f"factor.{one}" for one in getattr(quote, name))
            return Value("words", factors or ("compare.none",))
        return Value("money", (getattr(quote, name),), unit=quote.currency, note=basis, bases=_price_bases(quote))

    return take


def _price_bases(quote: Quote) -> tuple[Basis, ...]:
    """Return where a price comes from: the clinic's list, and the positions of it that were counted."""
    return tuple(Basis("clinic", one) for one in dict.fromkeys((quote.basis, *(line.basis for line in quote.lines))))


def _no_price(context: PaperContext) -> Value:
    """Return why there is no price; never a sum of nothing."""
    if context.plan.clinic is None:
        return missing("no_clinic")
    asked = tuple(key for key in context.plan.course.asked if key.startswith("asked.price"))
    return Value("missing", asked or ("compare.missing.no_price",))


# -- restrictions


def _downtime_rows(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield how long after the last session each thing is left off: after it no later session prolongs anything."""
    yield row("downtime", "restricted_until", _free(first), _free(second))
    days = [_days_off(context) for context in (first, second)]
    contexts = zip((first, second), days, strict=True)
    hidden = [course_hidden(context) or (None if one else missing("no_dates")) for context, one in contexts]
    if all(hidden):
        return
    names = sorted({*days[0], *days[1]}, key=lambda ban: (-max(one.get(ban, 0) for one in days), ban))
    for name in names:
        values = [
            why or (number(one[name], "d") if name in one else missing("not_restricted"))
            for why, one in zip(hidden, days, strict=True)
        ]
        yield row("downtime", "days_off", values[0], values[1], subjects=(name,))


def _free(context: PaperContext) -> Value:
    days = [one.free_from for one in context.plan.course.restrictions]
    return course_hidden(context) or (_day(max(days)) if days else missing("no_dates"))


def _days_off(context: PaperContext) -> dict[str, int]:
    """Return ban -> days from the last session until it is free again, as merged in the plan; the day itself counts."""
    sessions = _sessions(context)
    if not sessions:
        return {}
    last = sessions[-1]
    held = [one for one in context.plan.course.restrictions if last.number in one.sessions]
    return {one.ban: (one.free_from - last.day).days for one in held}


_TAKES: tuple[tuple[Part, str, Take], ...] = (
    ("verdict", "verdict", _verdict),
    ("verdict", "eligible", _eligible),
    ("verdict", "valid_until", _valid_until),
    ("verdict", "planned", _planned),
    ("verdict", "left_out", _left_out),
    ("verdict", "sheet", _sheet),
    ("technique", "technique", _technique),
    ("technique", "device", _device),
    ("technique", "cartridge", _cartridge),
    ("technique", "product", _product),
    ("technique", "classes", _classes),
    ("technique", "test", _test),
    ("course", "sessions", _course_number("sessions", "1")),
    ("course", "sessions_range", _sessions_range),
    ("course", "sessions_done", _course_number("sessions_done", "1")),
    ("course", "interval", _course_number("interval_days", "d")),
    ("course", "interval_minimum", _course_number("interval_minimum_days", "d")),
    ("course", "first_day", _session_day(last=False)),
    ("course", "last_day", _session_day(last=True)),
    ("course", "next_course", _next_course),
    ("course", "minutes", _minutes),
    ("volume", "volume_session", _volume(whole=False)),
    ("volume", "volume_total", _volume(whole=True)),
    ("price", "total", _price("total")),
    ("price", "per_session", _price("per_session")),
    ("price", "price_sessions", _price("price_sessions")),
    ("price", "price_list", _price("price_list")),
    ("price", "factors_used", _price("factors_used")),
    ("price", "factors_unused", _price("factors_unused")),
)
