"""plan.pdf, page 2: the map, and left and right of each zone with its settings and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.svg import zone_numbers
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.layout.model import PenLayout, PointLayout
    from mesoplan.prescription.model import Basis, Depth, Limit, ZonePrescription


def map_part(context: PaperContext, svg: str) -> dict[str, Any]:
    """Return the map with its alternative text, its legend in words, and what its scale rests on."""
    words, surface = context.words, context.plan.surface
    numbers = zone_numbers(context)
    legend: dict[str, dict[str, Any]] = {}
    for zone, cell in context.zone_cells.items():
        status = context.status(cell)
        entry = legend.setdefault(status["tone"], {**status, "zones": []})
        entry["zones"].append(f"{numbers[zone]}\u00a0{context.names.zone(zone)}")
    entries = [{**entry, "zones": ", ".join(entry["zones"])} for entry in legend.values()]
    described = "; ".join(f"{one['label']}: {one['zones']}" for one in entries) or words("map.no_goals")
    notes = [words(f"scale.{surface.scale_basis.replace('+', '_')}"), words("map.areas")]
    if surface.pupillary_distance_mm is not None:
        distance = words.measure(surface.pupillary_distance_mm, "mm", 1)
        notes.insert(1, words("map.pupillary_distance", distance=distance))
    if surface.keep_outs:
        notes.append(words.count("map.keep_outs", len(surface.keep_outs)))
    if not surface.landmark_model_pinned:
        notes.append(words("map.model_not_pinned"))
    return {
        "svg": svg,
        "alt": words("map.alt", described=described),
        "caption": words("map.caption_photo" if surface.kind == "photo" else "map.caption_drawing"),
        "legend": entries,
        "notes": notes,
    }


def settings(context: PaperContext) -> dict[str, Any]:
    """Return the tables of zones: how each stands, and where allowed its settings, the patient's right first."""
    tables = [_status_table(context)] if context.zone_cells else []
    intro = ""
    if context.settings_shown:
        shown = {zone.zone: zone for zone in context.plan.prescription.zones if _may_show(context, zone)}
        intro = context.words("settings.provisional") if context.provisional else ""
        tables += [table for table in (_pen_table(context, shown), _point_table(context, shown)) if table["rows"]]
    else:
        intro = context.words("settings.no_clinic" if context.headline in SETTINGS_FOR else "settings.not_now")
    return {"intro": intro, "tables": tables}


def _may_show(context: PaperContext, zone: ZonePrescription) -> bool:
    cell = context.zone_cells.get(zone.zone)
    return cell is not None and cell.headline in SETTINGS_FOR and (cell.may_treat or context.provisional)


def zone_cell(context: PaperContext, zone: str) -> list[str]:
    """Return number, name and side of a zone."""
    numbers = zone_numbers(context)
    return [numbers.get(zone, "\u2013"), context.names.base(zone), context.names.side(zone)]


def _status_table(context: PaperContext) -> dict[str, Any]:
    words, rows = context.words, []
    reasons = dict(context.plan.prescription.left_out)
    areas = {area.zone: area for area in context.plan.surface.zones}
    for zone, cell in context.zone_cells.items():
        area = areas.get(zone)
        size = "\u2013" if area is None else _area(context, area.area_cm2, area.low_cm2, area.high_cm2)
        goals = ", ".join(context.names.indication(one) for one in cell.indications)
        from_day = words.short_day(cell.eligible_from) if cell.eligible_from and not cell.may_treat else ""
        if cell.may_treat and zone in reasons:
            from_day = _reason(context, reasons[zone])
        rows.append([*zone_cell(context, zone), context.status(cell), goals, size, from_day])
    head = [words(f"zones.{one}") for one in ("number", "zone", "side", "status", "goal", "area", "from")]
    columns = ["auto", "2", "auto", "auto", "1.7", "auto", "1.5"]
    return {"title": "", "head": head, "columns": columns, "rows": rows, "note": words("zones.note")}


def _reason(context: PaperContext, key: str) -> str:
    """Return why a zone was left out: a word key, or a finding's own sentence."""
    if key.partition(":")[0] in context.words:
        return sentence(context.said(key))
    rule = context.knowledge.rules.get(key.split("@")[0])
    return key if rule is None else context.words.text(rule.says)


def _area(context: PaperContext, area: float, low: float, high: float) -> str:
    words = context.words
    return words("zones.area_value", area=words.number(area, 1), low=words.number(low, 1), high=words.number(high, 1))


def _depth(context: PaperContext, depth: Depth | None) -> list[str]:
    words = context.words
    if depth is None:
        return [words("settings.ask"), "\u2013"]
    nominal = words.number(depth.nominal_mm)
    if depth.achieved_low_mm is None or depth.achieved_high_mm is None:
        return [nominal, words.number(depth.ceiling_mm)]
    reached = words("settings.reached", span=words.span(depth.achieved_low_mm, depth.achieved_high_mm))
    return [f"{nominal} ({reached})", words.number(depth.ceiling_mm)]


def _pen_table(context: PaperContext, shown: dict[str, ZonePrescription]) -> dict[str, Any]:
    words, rows = context.words, []
    for zone in context.zone_cells:
        pen = next((one for one in context.plan.layout.pen if one.zone == zone), None)
        if pen is None or zone not in shown:
            continue
        rows.append([*zone_cell(context, zone), *_depth(context, shown[zone].depth), *_pen_cells(context, pen)])
    keys = ("number", "zone", "side", "depth", "ceiling", "frequency", "speed", "passes", "cover", "time")
    return {
        "title": words("settings.pen"),
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["auto", "1.6", "auto", "1.2", "auto", "auto", "auto", "auto", "1", "auto"],
        "rows": rows,
        "note": words("settings.pen_note"),
    }


def _pen_cells(context: PaperContext, pen: PenLayout) -> list[str]:
    words = context.words
    cover = words.percent(pen.cover.mean)
    spread = words.percent_span(pen.cover.low, pen.cover.high)
    mark = "" if pen.reachable else words("settings.not_reached", wished=words.percent(pen.wished))
    return [
        words.number(pen.frequency_hz, 1),
        words.number(pen.hand_speed_mm_s, 1),
        words.number(pen.passes, 0),
        f"{cover} ({spread}){mark}",
        words("settings.minutes", value=words.number(pen.seconds / 60, 1)),
    ]


def _point_table(context: PaperContext, shown: dict[str, ZonePrescription]) -> dict[str, Any]:
    words, rows = context.words, []
    for zone in context.zone_cells:
        points = next((one for one in context.plan.layout.points if one.zone == zone), None)
        if points is not None and zone in shown:
            cells = _point_cells(context, shown[zone], points)
            rows.append([*zone_cell(context, zone), *_depth(context, shown[zone].depth), *cells])
    keys = ("number", "zone", "side", "depth", "ceiling", "angle", "manner", "spacing", "points", "volume")
    return {
        "title": words("settings.points"),
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["auto", "1.6", "auto", "1.2", "auto", "auto", "1.2", "auto", "auto", "1.2"],
        "rows": rows,
        "note": words("settings.points_note"),
    }


def _point_cells(context: PaperContext, zone: ZonePrescription, points: PointLayout) -> list[str]:
    words, ask = context.words, context.words("settings.ask")
    volume = ask
    if points.volume_per_point_ml is not None and points.volume_ml is not None:
        each, whole = words.number(points.volume_per_point_ml, 4), words.number(points.volume_ml)
        volume = words("settings.volume", each=each, total=whole)
    return [
        ask if zone.depth is None else words("unit.degrees", value=words.number(zone.depth.angle_deg, 0)),
        context.names.manner(zone.technique, points.manner),
        words.number(points.spacing_mm, 1),
        words.number(points.points, 0),
        volume,
    ]


def asked(context: PaperContext) -> list[str]:
    """Return what the practitioner must still decide; empty where no settings are printed."""
    if not context.settings_shown:
        return []
    plan = context.plan
    general = [*plan.prescription.asked, *plan.layout.asked, *plan.course.asked]
    found = [sentence(context.said(key)) for key in dict.fromkeys(general)]
    by_key: dict[str, list[str]] = {}
    for zone in plan.prescription.zones:
        for key in zone.asked:
            by_key.setdefault(key, []).append(zone.zone)
    for points in plan.layout.points:
        for key in points.asked:
            by_key.setdefault(key, []).append(points.zone)
    for key, zones in by_key.items():
        if key not in general:
            found.append(context.words("asked.in_zones", what=sentence(context.said(key)), zones=context.names.zones(zones)))
    return found


# -- limits


def limits(context: PaperContext) -> dict[str, Any]:
    """Return every limit with its margin and source; zones that share one stand together."""
    words = context.words
    rows = []
    if context.settings_shown:
        found: dict[tuple[Any, ...], list[str]] = {}
        for zone, limit in _all_limits(context):
            key = (limit.name, limit.limit, limit.planned, limit.unit, limit.absolute, limit.basis)
            found.setdefault(key, []).append(zone)
        order = sorted(found.items(), key=lambda item: (item[0][3], (item[0][1] - item[0][2]) / (item[0][1] or 1)))
        rows = [_limit_row(context, key, zones) for key, zones in order]
    head = [words(f"limits.{one}") for one in ("name", "limit", "planned", "margin", "zones", "source")]
    return {"head": head, "rows": rows, "note": words("limits.note")}


def _all_limits(context: PaperContext) -> Iterable[tuple[str, Limit]]:
    plan = context.plan
    shown = [zone for zone in plan.prescription.zones if _may_show(context, zone)]
    names = {zone.zone for zone in shown}
    for zone in shown:
        for limit in zone.depth.limits if zone.depth else ():
            yield zone.zone, limit
    for part in (*plan.layout.pen, *plan.layout.points):
        if part.zone in names:
            for limit in part.limits:
                yield part.zone, limit
    for limit in plan.layout.limits:
        yield "", limit


def _limit_row(context: PaperContext, key: tuple[Any, ...], zones: list[str]) -> list[Any]:
    words = context.words
    name, limit, planned, unit, absolute, basis = key
    kind = words("limits.absolute" if absolute else "limits.recommended")
    where = context.names.zones([zone for zone in zones if zone]) or words("limits.session")
    margin = words.measure(limit - planned, unit)
    broken = {"tone": "no", "sign": "!", "label": margin} if limit < planned else margin
    return [
        f"{sentence(words(f'limit.{name}'))} ({kind})",
        words.measure(limit, unit),
        words.measure(planned, unit),
        broken,
        where,
        basis_name(context, basis),
    ]


def basis_name(context: PaperContext, basis: Basis) -> str:
    """Return where a number comes from, in words."""
    words, reference = context.words, basis.reference
    if basis.kind == "fact" and reference in context.knowledge.facts:
        reference = words.text(context.knowledge.facts[reference].title)
    elif basis.kind == "atlas" and reference in context.knowledge.thickness:
        row = context.knowledge.thickness[reference]
        reference = words("basis.atlas", source=row.source)
    elif basis.kind == "computed":
        key = f"computed.{reference}"
        reference = words(key) if key in words else reference
    elif basis.kind == "clinic":
        reference = words("basis.clinic", entry=reference)
    elif basis.kind == "chart":
        reference = words("basis.chart", source=reference)
    note = context.said(basis.note) if basis.note else ""
    return f"{reference}; {note}" if note else reference
