"""session.pdf, the table to be filled in: what was planned in each zone beside room for what was done, by layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mesoplan.report.zone_tables import listed_settings, minutes_of, path_names, zone_cell

if TYPE_CHECKING:
    from mesoplan.layout.model import NeedleFreeLayout, PenLayout, PointLayout, RollerLayout, StampLayout
    from mesoplan.prescription.model import ZonePrescription
    from mesoplan.report.context import PaperContext

Planned = Callable[["PaperContext", "ZonePrescription", Any], str]
_SHARES = {"zone": "42", "side": "9", "remark": "27", "speed": "20", "minutes": "15", "needles": "15", "energy": "30"}
_SHARE, _PLAN_SHARE, _LONG_PLAN_SHARE = "18", "31", "74"


def delivered_tables(context: PaperContext) -> list[dict[str, Any]]:
    """Return one table for each kind of layout that the plan uses, its zones in the map's order."""
    prescribed = {zone.zone: zone for zone in context.plan.prescription.zones}
    found = []
    for kind in layout_kinds(context):
        laid = {one.zone: one for one in getattr(context.plan.layout, _FIELDS[kind])}
        zones = [zone for zone in context.zone_cells if zone in laid and zone in prescribed]
        keys, heads = _columns(context, kind, [laid[zone] for zone in zones], prescribed)
        rows = [
            [*zone_cell(context, zone), _PLANNED[kind](context, prescribed[zone], laid[zone]), *("" for _ in keys[3:])]
            for zone in zones
        ]
        long = kind == "needle_free"
        plan = _LONG_PLAN_SHARE if long else _PLAN_SHARE
        shares = [plan if key == "plan" else _SHARES.get(key, _SHARE) for key in keys]
        found.append({"head": heads, "columns": shares, "rows": rows})
    return found


def layout_kinds(context: PaperContext) -> list[str]:
    """Return the kinds of layout that the plan uses: gliding_pen, points, stamp, roller, needle_free."""
    return [kind for kind, field in _FIELDS.items() if getattr(context.plan.layout, field)]


def _columns(
    context: PaperContext, kind: str, laid: list[Any], prescribed: dict[str, ZonePrescription]
) -> tuple[list[str], list[str]]:
    """Return the keys of the columns and what stands above them; a roller has one for each of its paths."""
    words = context.words
    keys = ["zone", "side", "plan", *_DONE[kind]]
    paths = path_names(context, laid, prescribed) if kind == "roller" else {}
    keys += [f"path {number}" for number, _ in enumerate(paths, 1)] + ["remark"]
    heads = [
        words("session.delivered.path", number=key.partition(" ")[2])
        if key.startswith("path ")
        else words(f"session.delivered.plan.{kind}" if key == "plan" else f"session.delivered.{key}")
        for key in keys
    ]
    return keys, heads


def _depth(context: PaperContext, zone: ZonePrescription) -> str:
    return "\u2013" if zone.depth is None else context.words.number(zone.depth.nominal_mm)


def _pen(context: PaperContext, zone: ZonePrescription, pen: PenLayout) -> str:
    words = context.words
    numbers = (words.number(pen.frequency_hz, 1), words.number(pen.hand_speed_mm_s, 1), words.number(pen.passes, 0))
    return "; ".join((_depth(context, zone), *numbers))


def _points(context: PaperContext, zone: ZonePrescription, points: PointLayout) -> str:
    words = context.words
    each = words("settings.ask") if points.volume_per_point_ml is None else words.number(points.volume_per_point_ml, 4)
    return f"{_depth(context, zone)}; {words.number(points.points, 0)}\u00a0\u00d7\u00a0{each}"


def _stamp(context: PaperContext, zone: ZonePrescription, stamp: StampLayout) -> str:
    words = context.words
    numbers = (words.number(stamp.placements, 0), words.number(stamp.rounds, 0))
    return "; ".join((_depth(context, zone), *numbers))


def _roller(context: PaperContext, zone: ZonePrescription, roller: RollerLayout) -> str:
    return f"{_depth(context, zone)}; {context.words.number(roller.passes, 0)}"


def _needle_free(context: PaperContext, _: ZonePrescription, energy: NeedleFreeLayout) -> str:
    settings = listed_settings(context, energy) or context.words("settings.ask")
    return f"{minutes_of(context, energy)}; {settings}"


_FIELDS = {
    "gliding_pen": "pen",
    "points": "points",
    "stamp": "stamp",
    "roller": "roller",
    "needle_free": "needle_free",
}
_DONE = {
    "gliding_pen": ("depth", "speed", "passes"),
    "points": ("depth", "points", "each", "volume"),
    "stamp": ("depth", "placements", "rounds"),
    "roller": ("needles",),
    "needle_free": ("minutes", "energy"),
}
_PLANNED: dict[str, Planned] = {
    "gliding_pen": _pen,
    "points": _points,
    "stamp": _stamp,
    "roller": _roller,
    "needle_free": _needle_free,
}
