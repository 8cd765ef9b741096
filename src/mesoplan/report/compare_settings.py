"""The rows of a comparison that stand zone by zone: settings, and every limit with its margin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mesoplan.layout.limits import VOLUME_LIMITS
from mesoplan.layout.model import NeedleFreeLayout, PenLayout, PointLayout, RollerLayout, StampLayout
from mesoplan.report.compare_model import Row, Value, row
from mesoplan.report.compare_shown import missing, number, settings_hidden
from mesoplan.report.names import zone_order

if TYPE_CHECKING:
    from mesoplan.layout.model import ZoneLayout
    from mesoplan.prescription.model import Basis, Depth, Limit, ZonePrescription
    from mesoplan.report.context import PaperContext

Key = tuple[str, str]
"""What is set: label, and the name of a device's own setting."""
Settings = dict[Key, Value]
ORDER = (
    *("depth", "depth_reached", "needle_length", "ceiling", "angle", "inserted", "needles", "frequency", "speed"),
    *("passes", "paths", "footprint", "placements", "rounds", "density", "manner", "spacing", "points"),
    *("volume_point", "volume_zone", "minutes_energy", "energy"),
)
"""The rows of the settings, in their order."""


def setting_rows(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield every setting that either plan has, setting by setting, zone by zone."""
    contexts = (first, second)
    found = {(number, zone): settings_of(one, zone) for number, one in enumerate(contexts) for zone in _zones(one)}
    zones = zone_order(first.knowledge, {zone for one in contexts for zone in _zones(one)})
    keys = {key for every in found.values() for key in every}
    for key in sorted(keys, key=lambda one: (ORDER.index(one[0]), one[1])):
        label, subject = key
        for zone in zones:
            if any(key in found.get((number, zone), {}) for number in (0, 1)):
                values = [
                    _one(context, found.get((number, zone)), key, zone) for number, context in enumerate(contexts)
                ]
                yield row("settings", label, values[0], values[1], (zone,), (subject,) if subject else ())


def _zones(context: PaperContext) -> list[str]:
    return [one.zone for one in context.plan.prescription.zones]


def _one(context: PaperContext, settings: Settings | None, key: Key, zone: str) -> Value:
    """Return one setting, or why the plan has none."""
    hidden = settings_hidden(context, zone)
    if hidden is not None or settings is None:
        return hidden or missing("not_planned_here")
    return settings.get(key, missing("other_technique"))


def settings_of(context: PaperContext, zone: str) -> Settings:
    """Return the settings of one zone as the plan holds them; empty where they are not shown."""
    if settings_hidden(context, zone) is not None:
        return {}
    prescribed = next(one for one in context.plan.prescription.zones if one.zone == zone)
    laid = next((one for one in context.plan.layout.zones if one.zone == zone), None)
    found = _depth(prescribed, isinstance(laid, RollerLayout)) if not isinstance(laid, NeedleFreeLayout) else {}
    if laid is None:
        return found
    return found | _MAKERS[type(laid)](laid)


def _depth(zone: ZonePrescription, roller: bool) -> Settings:
    """Return the depth with what is reached and its ceiling; of a roller the length of its needles."""
    depth: Depth | None = zone.depth
    if depth is None:
        return {("depth", ""): Value("missing", zone.asked or ("compare.missing.asked",))}
    bases = _bases(depth.bases, "nominal_mm") or _bases(zone.bases, "depth")
    found = {
        ("needle_length" if roller else "depth", ""): number(depth.nominal_mm, "mm", bases=bases),
        ("ceiling", ""): number(depth.ceiling_mm, "mm"),
    }
    if depth.achieved_low_mm is not None and depth.achieved_high_mm is not None and not roller:
        found["depth_reached", ""] = number(None, "mm", depth.achieved_low_mm, depth.achieved_high_mm)
    return found | _angle(depth)


def _angle(depth: Depth) -> Settings:
    found: Settings = {}
    if depth.angle_deg is not None:
        found["angle", ""] = number(depth.angle_deg, "deg", bases=_bases(depth.bases, "angle_deg"))
    if depth.inserted_mm is not None:
        found["inserted", ""] = number(depth.inserted_mm, "mm")
    return found


def _bases(every: tuple[tuple[str, Basis], ...], name: str) -> tuple[Basis, ...]:
    return tuple(basis for key, basis in every if key == name)


def _numbers(laid: ZoneLayout, *fields: tuple[str, str, str]) -> Settings:
    """Return the fields of a layout as (label, name, unit); one without a value has no source."""
    return {
        (label, ""): missing("no_source")
        if getattr(laid, name) is None
        else number(getattr(laid, name), unit, bases=_bases(laid.bases, name))
        for label, name, unit in fields
    }


def _pen(laid: PenLayout) -> Settings:
    return _numbers(
        laid,
        ("needles", "needles", "1"),
        ("frequency", "frequency_hz", "Hz"),
        ("speed", "hand_speed_mm_s", "mm/s"),
        ("passes", "passes", "1"),
        ("density", "punctures_per_cm2", "1/cm2"),
    )


def _points(laid: PointLayout) -> Settings:
    asked = Value("missing", laid.asked or ("compare.missing.asked",))
    volumes = {
        ("volume_point", ""): asked if laid.volume_per_point_ml is None else number(laid.volume_per_point_ml, "ml"),
        ("volume_zone", ""): asked if laid.volume_ml is None else number(laid.volume_ml, "ml"),
    }
    manner = {("manner", ""): Value("manner", (laid.manner,))}
    return manner | _numbers(laid, ("spacing", "spacing_mm", "mm"), ("points", "points", "1")) | volumes


def _stamp(laid: StampLayout) -> Settings:
    width, height = laid.footprint_mm
    footprint = {("footprint", ""): number(None, "mm", width, height, note="compare.note.footprint")}
    return footprint | _numbers(
        laid,
        ("needles", "needles", "1"),
        ("placements", "placements", "1"),
        ("rounds", "rounds", "1"),
        ("density", "punctures_per_cm2", "1/cm2"),
    )


def _roller(laid: RollerLayout) -> Settings:
    paths = {("paths", ""): Value("path", laid.paths) if laid.paths else missing("asked")}
    return paths | _numbers(laid, ("passes", "passes", "1"), ("density", "punctures_per_cm2", "1/cm2"))


def _needle_free(laid: NeedleFreeLayout) -> Settings:
    asked = Value("missing", laid.asked or ("compare.missing.asked",))
    time = asked if laid.minutes_high is None else number(None, "min", laid.minutes_low, laid.minutes_high)
    found: Settings = {("minutes_energy", ""): time}
    for one in laid.settings:
        found["energy", one.name] = number(None, one.unit, one.low, one.high, bases=(one.basis,))
    return found


_MAKERS: dict[type, Callable[[Any], Settings]] = {
    PenLayout: _pen,
    PointLayout: _points,
    StampLayout: _stamp,
    RollerLayout: _roller,
    NeedleFreeLayout: _needle_free,
}


# -- limits


def limit_rows(first: PaperContext, second: PaperContext) -> Iterator[Row]:
    """Yield every limit with its margin, limit by limit: first those of the session, then those of the zones."""
    contexts = (first, second)
    session = [{} if settings_hidden(one) else _named(one.plan.layout.limits) for one in contexts]
    for name in sorted({*session[0], *session[1]}):
        values = [
            settings_hidden(one) or _volume_unknown(one, name, every.get(name)) or _limit(every.get(name))
            for one, every in zip(contexts, session, strict=True)
        ]
        yield row("limits", name, values[0], values[1])
    zones = zone_order(first.knowledge, {zone for one in contexts for zone in _zones(one)})
    own = {(number, zone): _zone_limits(one, zone) for number, one in enumerate(contexts) for zone in zones}
    for name in sorted({name for every in own.values() for name in every}):
        for zone in zones:
            if any(name in own[number, zone] for number in (0, 1)):
                values = [
                    settings_hidden(one, zone) or _limit(own[number, zone].get(name))
                    for number, one in enumerate(contexts)
                ]
                yield row("limits", name, values[0], values[1], (zone,))


def _volume_unknown(context: PaperContext, name: str, limit: Limit | None) -> Value | None:
    """Return that nobody knows the margin of a limit on volumes; the plan leaves it open while one is unknown."""
    known = all(one.volume_ml is not None for one in context.plan.layout.zones)
    return missing("volume_unknown") if limit is None and not known and name in VOLUME_LIMITS else None


def _zone_limits(context: PaperContext, zone: str) -> dict[str, Limit]:
    if settings_hidden(context, zone) is not None:
        return {}
    depths = [one.depth.limits for one in context.plan.prescription.zones if one.zone == zone and one.depth]
    parts = [one.limits for one in context.plan.layout.zones if one.zone == zone]
    return _named(tuple(limit for some in (*depths, *parts) for limit in some))


def _named(limits: tuple[Limit, ...]) -> dict[str, Limit]:
    """Return name -> limit; of two with one name the smaller margin counts."""
    found: dict[str, Limit] = {}
    for one in limits:
        known = found.get(one.name)
        found[one.name] = one if known is None or one.margin < known.margin else known
    return found


def _limit(limit: Limit | None) -> Value:
    if limit is None:
        return missing("no_limit")
    note = "" if limit.absolute else "compare.note.recommended"
    margin = limit.margin
    return Value("limit", (), margin, limit.planned, limit.limit, limit.unit, note, (limit.basis,))
