"""The rows of a comparison on quality: how often skin is hit, worst cases, distances; zone by zone, where shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mesoplan.report.compare_model import Row, Value, row
from mesoplan.report.compare_shown import missing, number, settings_hidden
from mesoplan.report.names import zone_order

if TYPE_CHECKING:
    from mesoplan.layout.quality import ZoneQuality
    from mesoplan.report.context import PaperContext

_OF_PLACES = ("ideal_course", "registered_best", "registered_worst")
Tell = Callable[["PaperContext", "ZoneQuality"], Value]


def quality_rows(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield what one session adds up to, then each number of quality, zone by zone; nothing that neither plan holds."""
    totals = _punctures(first), _punctures(second)
    if any(one.kind != "missing" for one in totals):
        yield row("quality", "punctures", *totals)
    zones = {one.zone for context in (first, second) for one in context.plan.prescription.zones}
    exact = _exact(first) or _exact(second)
    for label, tell in _TELLS:
        if label in _OF_PLACES and not exact:
            continue
        for zone in zone_order(first.knowledge, zones):
            values = _value(first, zone, tell), _value(second, zone, tell)
            if any(one.kind != "missing" for one in values):
                yield row("quality", label, *values, (zone,))


def _exact(context: PaperContext) -> bool:
    """Return whether a plan has exact places: by hand no registration error changes the cover of the course."""
    quality = context.plan.quality
    return quality is not None and any(one.known == "measured" for one in quality.zones)


def _punctures(context: PaperContext) -> Value:
    hidden, quality = settings_hidden(context), context.plan.quality
    if hidden is not None or quality is None:
        return hidden or missing("not_known")
    punctures = quality.totals.punctures
    return missing("no_puncture_count") if punctures is None else number(punctures, "1")


def _value(context: PaperContext, zone: str, tell: Tell) -> Value:
    """Return one number of a zone; a plan of an earlier edition holds none."""
    hidden, quality = settings_hidden(context, zone), context.plan.quality
    if hidden is not None or quality is None:
        return hidden or missing("not_known")
    found = quality.zone(zone)
    return missing("not_laid") if found is None else tell(context, found)


def _twice(_context: PaperContext, zone: ZoneQuality) -> Value:
    return missing("no_cover") if zone.hits is None else number(sum(zone.hits[2:]), "share")


def _often(_context: PaperContext, zone: ZoneQuality) -> Value:
    return missing("no_cover") if zone.course_hits is None else number(zone.course_hits[4], "share")


def _ideal(_context: PaperContext, zone: ZoneQuality) -> Value:
    ideal = zone.course[-1].ideal if zone.course else None
    return missing("no_places") if ideal is None else number(ideal, "share")


def _registered(place: int) -> Tell:
    def tell(_context: PaperContext, zone: ZoneQuality) -> Value:
        if not zone.registration:
            return missing("no_cover")
        return number(sorted(zone.registration, key=lambda one: one.sigma_mm)[place].cover, "share")

    return tell


def _hand(place: int) -> Tell:
    def tell(_context: PaperContext, zone: ZoneQuality) -> Value:
        if not zone.speed:
            return missing("no_hand")
        return number(sorted(zone.speed, key=lambda one: one.factor)[place].course_cover, "share")

    return tell


def _deepest(_context: PaperContext, zone: ZoneQuality) -> Value:
    return missing("no_tolerance") if zone.depth is None else number(zone.depth.deepest_mm, "mm")


def _passed(context: PaperContext, zone: ZoneQuality) -> Value:
    quality = context.plan.quality
    names = [one.name for one in quality.passed if one.zone == zone.zone] if quality else []
    return Value("words", tuple(f"limit.{name}" for name in dict.fromkeys(names)) or ("compare.none",))


def _near(what: str) -> Tell:
    def tell(_context: PaperContext, zone: ZoneQuality) -> Value:
        distances = [one.distance_mm for one in zone.clearances if one.what == what]
        return number(min(distances), "mm") if distances else missing("nothing_near")

    return tell


_TELLS: tuple[tuple[str, Tell], ...] = (
    ("twice_session", _twice),
    ("often_course", _often),
    ("ideal_course", _ideal),
    ("registered_best", _registered(0)),
    ("registered_worst", _registered(-1)),
    ("slower", _hand(0)),
    ("faster", _hand(-1)),
    ("deepest", _deepest),
    ("would_pass", _passed),
    ("near_eye", _near("eye")),
    ("near_keep_out", _near("keep_out")),
)
