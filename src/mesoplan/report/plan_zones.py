"""plan.pdf, page 2: the map, and left and right of each zone with its settings and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.svg import zone_numbers
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.layout.model import PenLayout, PointLayout
    from mesoplan.prescription.model import Basis, Depth, Limit, ZonePrescription


def map_part(context: PaperContext, svg: str) -> dict[str, Any]:
    """Return the map with its alternative text, and what its scale rests on."""
    words, surface = context.words, context.plan.surface
    by_status: dict[str, list[str]] = {}
    for zone, cell in context.zone_cells.items():
        by_status.setdefault(context.status(cell)["label"], []).append(context.names.zone(zone))
    described = "; ".join(f"{label}: {', '.join(zones)}" for label, zones in by_status.items())
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
        "alt": words("map.alt", described=described or words("map.no_goals")),
        "caption": words("map.caption_photo" if surface.kind == "photo" else "map.caption_drawing"),
        "notes": notes,
    }


def zones_table(context: PaperContext) -> dict[str, Any]:
    """Return how each goal zone stands, the patient's right first; the last column only where it says something."""
    words, rows = context.words, []
    reasons = dict(context.plan.prescription.left_out)
    for zone, cell in context.zone_cells.items():
        remark = words.short_day(cell.eligible_from) if cell.eligible_from and not cell.may_treat else ""
        if cell.may_treat and zone in reasons:
            remark = _reason(context, reasons[zone])
        rows.append([*zone_cell(context, zone), context.status(cell), remark])
    wide = any(row[-1] for row in rows)
    keys = ("zone", "side", "status", "remark")[: 4 if wide else 3]
    return {
        "head": [words(f"zones.{one}") for one in keys],
        "columns": ["1", "auto", "auto", "0.9"] if wide else ["1", "auto", "auto"],
        "rows": rows if wide else [row[:-1] for row in rows],
    }


def settings(context: PaperContext) -> dict[str, Any]:
    """Return the settings of each zone where the verdict and a clinic allow them, else why there are none."""
    words = context.words
    if not context.settings_shown:
        key = "settings.no_clinic" if context.headline in SETTINGS_FOR and context.clinic is None else "settings.not_now"
        return {"intro": words(key), "tables": []}
    shown = {zone.zone: zone for zone in context.plan.prescription.zones if _may_show(context, zone)}
    tables = [table for table in (_pen_table(context, shown), _point_table(context, shown)) if table["rows"]]
    intro = words("settings.provisional") if context.provisional else ""
    return {"intro": intro, "tables": tables}


def _may_show(context: PaperContext, zone: ZonePrescription) -> bool:
    cell = context.zone_cells.get(zone.zone)
    return cell is not None and cell.headline in SETTINGS_FOR and (cell.may_treat or context.provisional)


def zone_cell(context: PaperContext, zone: str) -> list[str]:
    """Return a zone's number on the map with its name, and its side."""
    number = zone_numbers(context).get(zone, "")
    return [f"{number} {context.names.base(zone)}".strip(), context.names.side(zone)]


def _reason(context: PaperContext, key: str) -> str:
    """Return why a zone was left out: a word key, or a finding's own sentence."""
    if key.partition(":")[0] in context.words:
        return sentence(context.said(key))
    rule = context.knowledge.rules.get(key.split("@")[0])
    return key if rule is None else context.words.text(rule.says)


def _area(context: PaperContext, zone: ZonePrescription) -> str:
    words = context.words
    area, span = words.number(zone.area_cm2, 0), words.span(zone.area_low_cm2, zone.area_high_cm2, 0)
    return words("zones.area_value", area=area, span=span)


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
    words, rows, notes = context.words, [], [context.words("settings.pen_note")]
    missed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for zone in context.zone_cells:
        pen = next((one for one in context.plan.layout.pen if one.zone == zone), None)
        if pen is None or zone not in shown:
            continue
        cells = [_area(context, shown[zone]), *_depth(context, shown[zone].depth), *_pen_cells(context, pen)]
        rows.append([*zone_cell(context, zone), *cells])
        if not pen.reachable:
            missed.setdefault((words.percent(pen.wished), pen.other_modes), []).append(zone)
    for (wished, modes), zones in missed.items():
        others = ", ".join(words(key) for key in modes) or "\u2013"
        notes.append(words("settings.other_modes", zones=context.names.zones(zones), wished=wished, modes=others))
    keys = ("zone", "side", "area", "depth", "ceiling", "frequency", "speed", "passes", "cover", "time")
    return {
        "title": words("settings.pen"),
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["36", "13", "20", "25", "17", "11", "12", "16", "22", "16"],
        "rows": rows,
        "notes": notes,
    }


def _pen_cells(context: PaperContext, pen: PenLayout) -> list[str]:
    words = context.words
    spread = words.span(pen.cover.low * 100, pen.cover.high * 100, 0)
    return [
        words.number(pen.frequency_hz, 1),
        words.number(pen.hand_speed_mm_s, 1),
        words.number(pen.passes, 0),
        f"{words.number(pen.cover.mean * 100, 0)}{'' if pen.reachable else '*'} ({spread})",
        words("settings.minutes", value=words.number(pen.seconds / 60, 1)),
    ]


def _point_table(context: PaperContext, shown: dict[str, ZonePrescription]) -> dict[str, Any]:
    words, rows = context.words, []
    for zone in context.zone_cells:
        points = next((one for one in context.plan.layout.points if one.zone == zone), None)
        if points is not None and zone in shown:
            cells = [_area(context, shown[zone]), *_depth(context, shown[zone].depth)]
            rows.append([*zone_cell(context, zone), *cells, *_point_cells(context, shown[zone], points)])
    keys = ("zone", "side", "area", "depth", "ceiling", "angle", "manner", "spacing", "points", "volume")
    return {
        "title": words("settings.points"),
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["34", "13", "20", "22", "17", "15", "24", "17", "15", "24"],
        "rows": rows,
        "notes": [words("settings.points_note")],
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
    """Return each zone's limits with their margins, the lowest first and with its source; like zones together."""
    words = context.words
    shown = _limit_rows(context) if context.settings_shown else []
    rows = [_limit_row(context, every, zones) for every, zones in shown]
    head = [words(f"limits.{one}") for one in ("zones", "tightest", "others")]
    return {"head": head, "columns": ["0.8", "1.4", "2"], "rows": rows, "note": words("limits.note")}


def _limit_rows(context: PaperContext) -> list[tuple[tuple[Limit, ...], list[str]]]:
    """Return the depth limits of each zone (lowest first), the limits of its settings, and those of the session."""
    plan = context.plan
    shown = {zone.zone: zone for zone in plan.prescription.zones if _may_show(context, zone)}
    found: dict[tuple[Limit, ...], list[str]] = {}
    for zone in (one for one in context.zone_cells if one in shown):
        depth = shown[zone].depth
        if depth is not None and depth.limits:
            found.setdefault(depth.limits, []).append(zone)
    for part in (*plan.layout.pen, *plan.layout.points):
        if part.zone in shown and part.limits:
            found.setdefault(part.limits, []).append(part.zone)
    if plan.layout.limits:
        found[plan.layout.limits] = []
    return list(found.items())


def _limit_row(context: PaperContext, every: tuple[Limit, ...], zones: list[str]) -> list[str]:
    words = context.words
    where = sentence(context.names.zones(zones) or words("limits.session"))
    first = every[0]
    tightest = f"{_limit(context, first)}. {sentence(basis_name(context, first.basis))}"
    return [where, tightest, "; ".join(_limit(context, one) for one in every[1:])]


def _limit(context: PaperContext, limit: Limit) -> str:
    """Return one limit: name, value, planned value, margin; a broken or merely recommended one says so."""
    words = context.words
    key = "limits.broken" if limit.margin < 0 else "limits.one" if limit.absolute else "limits.soft"
    return words(
        key,
        name=words(f"limit.{limit.name}"),
        limit=words.measure(limit.limit, limit.unit),
        margin=words.measure(abs(limit.margin), limit.unit),
    )


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
