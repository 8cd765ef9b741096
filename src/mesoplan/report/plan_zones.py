"""plan.pdf, page 2: the map, and left and right of each zone with its settings and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import Verdict
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.svg import zone_numbers
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within

if TYPE_CHECKING:
    from mesoplan.layout.model import PenLayout, PointLayout
    from mesoplan.prescription.model import Depth, ZonePrescription

_BROKEN = "asked.limit_broken:"
_OPTION_SIGNS = {"proposed": ("treat", "\u2713"), "possible": ("none", "\u2013"), "not_here": ("no", "\u2717")}


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
        "short_note": words("settings.pen_short"),
    }


def zones_table(context: PaperContext) -> dict[str, Any]:
    """Return how each goal zone stands, the patient's right first; the last column only where it says something."""
    words, rows = context.words, []
    reasons = dict(context.plan.prescription.left_out)
    for zone, cell in context.zone_cells.items():
        dated = cell.headline is Verdict.DEFER and cell.eligible_from is not None
        remark = words.short_day(cell.eligible_from) if dated and cell.eligible_from else ""
        if cell.may_treat and zone in reasons:
            remark = sentence(reason_words(context, reasons[zone]))
        rows.append([*zone_cell(context, zone), context.status(cell), remark])
    wide = any(row[-1] for row in rows)
    keys = ("zone", "side", "status", "remark")[: 4 if wide else 3]
    return {
        "head": [words(f"zones.{one}") for one in keys],
        "columns": ["1", "auto", "auto", "1.1"] if wide else ["1", "auto", "auto"],
        "rows": rows if wide else [row[:-1] for row in rows],
    }


def settings(context: PaperContext) -> dict[str, Any]:
    """Return the settings of each zone where the verdict and a clinic allow them, else why there are none."""
    words = context.words
    if not context.settings_shown:
        return {"intro": words(_why_no_settings(context)), "tables": []}
    shown = {zone.zone: zone for zone in context.plan.prescription.zones if may_show(context, zone)}
    lines = [words("settings.provisional")] if context.provisional else []
    lines += _means(context)
    tables = [table for table in (_pen_table(context, shown), _point_table(context, shown)) if table["rows"]]
    if tables:
        tables[-1]["notes"] += _depth_notes(context, shown)
    return {"intro": " ".join(lines), "tables": tables}


def _why_no_settings(context: PaperContext) -> str:
    """Return the word key of why no settings are printed."""
    if context.headline not in SETTINGS_FOR:
        return "settings.not_now"
    return "settings.no_clinic" if context.clinic is None else "settings.nothing_planned"


def _means(context: PaperContext) -> list[str]:
    """Return device, cartridge, and what all zones add up to."""
    words, plan, clinic = context.words, context.plan, context.clinic
    found = []
    device = clinic.devices.get(plan.prescription.device or "") if clinic else None
    cartridge = clinic.cartridges.get(plan.prescription.cartridge or "") if clinic else None
    if device is not None and cartridge is not None:
        found.append(words("settings.device", device=printable(device.name), cartridge=printable(cartridge.name)))
    if plan.layout.total_minutes is not None:
        found.append(words("settings.total_time", minutes=words.number(plan.layout.total_minutes, 0)))
    if plan.layout.total_volume_ml is not None:
        found.append(words("settings.total_volume", volume=words.measure(plan.layout.total_volume_ml, "ml")))
    return found


def _depth_notes(context: PaperContext, shown: dict[str, ZonePrescription]) -> list[str]:
    """Return what to know about the depths, each note with its zones."""
    found: dict[str, list[str]] = {}
    for zone, prescribed in shown.items():
        for key in prescribed.depth.notes if prescribed.depth else ():
            found.setdefault(key, []).append(zone)
    words, names = context.words, context.names
    return [
        words("settings.depth_note", zones=sentence(names.zones(zones)), note=context.said(key))
        for key, zones in found.items()
    ]


def techniques(context: PaperContext) -> list[dict[str, str]]:
    """Return every technique that could serve: the proposed one first, reasons for and against, where it is refused.

    Empty while answers are missing, a doctor decides, or nobody may treat.
    """
    if context.headline not in SETTINGS_FOR:
        return []
    words, found = context.words, []
    told = {one.id for group in context.groups for one in group.findings}
    for option in sorted(context.plan.prescription.techniques, key=lambda one: not one.proposed):
        parts = []
        for side in ("for", "against"):
            reasons = [within(reason_words(context, key)) for key, given in option.reasons if given == side]
            if reasons:
                parts.append(words(f"technique.{side}", reasons="; ".join(reasons)))
        by_reason: dict[str, list[str]] = {}
        for zone, key in option.refused:
            if key in told:
                continue  # page 1 says it of the person or the zone, whatever the technique
            by_reason.setdefault(within(reason_words(context, key)).rstrip("."), []).append(zone)
        for reason, zones in by_reason.items():
            parts.append(words("technique.refused", zones=context.names.zones(zones), reason=reason))
        state = "proposed" if option.proposed else "not_here" if by_reason and not option.zones else "possible"
        tone, sign = _OPTION_SIGNS[state]
        name = sentence(context.names.technique(option.technique))
        label = words(f"technique.{state}")
        found.append({"tone": tone, "sign": sign, "state": label, "name": name, "text": " ".join(parts)})
    return found


def may_show(context: PaperContext, zone: ZonePrescription) -> bool:
    """Return whether a zone's settings are printed: where it may be treated, or provisionally under a DEFER."""
    cell = context.zone_cells.get(zone.zone)
    return cell is not None and cell.headline in SETTINGS_FOR and (cell.may_treat or context.provisional)


def unplanned_lines(context: PaperContext) -> list[str]:
    """Return which zones may be treated but are not planned, one line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for zone, key in context.unplanned.items():
        by_reason.setdefault(reason_words(context, key).rstrip("."), []).append(zone)
    return [
        context.words("verdict.zones_not_planned", zones=sentence(context.names.zones(zones)), reason=reason)
        for reason, zones in by_reason.items()
    ]


def zone_cell(context: PaperContext, zone: str) -> list[str]:
    """Return a zone's number on the map with its name, and its side."""
    number = zone_numbers(context).get(zone, "")
    return [f"{number} {context.names.base(zone)}".strip(), context.names.side(zone)]


def reason_words(context: PaperContext, key: str) -> str:
    """Return a reason in words: a word key, a fact's title, or the sentence of a finding's rule."""
    rule = context.knowledge.rules.get(key.partition("@")[0])
    if rule is not None:
        return context.words.text(rule.says)
    if key in context.knowledge.facts:
        return context.words.text(context.knowledge.facts[key].title)
    return context.said(key)


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
        "keys": keys,
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["40", "9", "22", "29", "15", "9", "12", "17", "23", "14"],
        "rows": rows,
        "notes": notes,
        "short_note": words("settings.pen_short"),
    }


def _pen_cells(context: PaperContext, pen: PenLayout) -> list[str]:
    words = context.words
    spread = words.span(pen.cover.low * 100, pen.cover.high * 100, 0)
    return [
        words.number(pen.frequency_hz, 1),
        words.number(pen.hand_speed_mm_s, 1),
        words.number(pen.passes, 0),
        f"{words.number(pen.cover.mean * 100, 0)}{'' if pen.reachable else '*'} ({spread})",
        words.at_least_shown(pen.seconds / 60, 1),
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
        "keys": keys,
        "head": [words(f"zones.{key}") for key in keys],
        "columns": ["38", "9", "22", "28", "15", "12", "24", "14", "14", "27"],
        "rows": rows,
        "notes": [words("settings.points_note")],
        "short_note": words("settings.points_note"),
    }


def _point_cells(context: PaperContext, zone: ZonePrescription, points: PointLayout) -> list[str]:
    words, ask = context.words, context.words("settings.ask")
    angle = None if zone.depth is None else zone.depth.angle_deg
    volume = ask
    if points.volume_per_point_ml is not None and points.volume_ml is not None:
        each, whole = words.number(points.volume_per_point_ml, 4), words.number(points.volume_ml)
        volume = words("settings.volume", each=each, total=whole)
    return [
        ask if angle is None else words("unit.degrees", value=words.number(angle, 0)),
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
    broken = [key.removeprefix(_BROKEN) for key in dict.fromkeys(general) if key.startswith(_BROKEN)]
    found = [sentence(context.said(key)) for key in dict.fromkeys(general) if not key.startswith(_BROKEN)]
    if broken:
        names = "; ".join(context.words(f"limit.{name}") for name in broken)
        found.insert(0, sentence(context.words("asked.limit_broken", name=names)))
    by_key: dict[str, list[str]] = {}
    for zone in plan.prescription.zones:
        for key in zone.asked:
            by_key.setdefault(key, []).append(zone.zone)
    for points in plan.layout.points:
        for key in points.asked:
            by_key.setdefault(key, []).append(points.zone)
    for key, zones in by_key.items():
        if key not in general:
            what, where = sentence(context.said(key)), context.names.zones(zones)
            found.append(context.words("asked.in_zones", what=what, zones=where))
    return found
