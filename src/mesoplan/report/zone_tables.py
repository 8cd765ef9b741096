"""Settings of each zone as tables, one for each kind of layout; the practitioner reads them line by line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mesoplan.prescription.depth import PRACTITIONER
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.svg import zone_numbers
from mesoplan.report.typeset import printable
from mesoplan.report.words import within

if TYPE_CHECKING:
    from mesoplan.layout.model import EnergySetting, NeedleFreeLayout, PenLayout, PointLayout, RollerLayout, StampLayout
    from mesoplan.prescription.model import Depth, ZonePrescription

Shown = dict[str, "ZonePrescription"]
SMALL_CM2 = 10.0
"""Below so many square centimetres an area is printed with a decimal: 0.4, not 0."""
GAUGE_ROLE = "needle_gauge"
SCAR_POINTS = "scar_points"
"""The manner whose points lie in a scar alone."""
_EPSILON = 1e-9


def may_show(context: PaperContext, zone: ZonePrescription) -> bool:
    """Return whether a zone's settings are printed: where it may be treated, or provisionally under a DEFER."""
    cell = context.zone_cells.get(zone.zone)
    return cell is not None and cell.headline in SETTINGS_FOR and (cell.may_treat or context.provisional)


def zone_cell(context: PaperContext, zone: str) -> list[str]:
    """Return a zone's number on the map with its name, and its side."""
    number = zone_numbers(context).get(zone, "")
    return [f"{number} {context.names.base(zone)}".strip(), context.names.side(zone)]


def _area(context: PaperContext, zone: ZonePrescription) -> str:
    words = context.words
    if zone.size_cm is not None:
        width, height = (words.number(side, 1) for side in zone.size_cm)
        return words("zones.scar_value", width=width, height=height, area=words.number(zone.area_cm2, 1))
    digits = 1 if zone.area_high_cm2 < SMALL_CM2 else 0
    area, span = words.number(zone.area_cm2, digits), words.span(zone.area_low_cm2, zone.area_high_cm2, digits)
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


def pen_table(context: PaperContext, shown: Shown) -> dict[str, Any]:
    """Return the settings of a pen in each zone."""
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
    notes += _missed(context, missed)
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


def point_table(context: PaperContext, shown: Shown) -> dict[str, Any]:
    """Return the points of a syringe in each zone."""
    words, rows = context.words, []
    laid = [shown[one.zone] for one in context.plan.layout.points if one.zone in shown]
    scar = any(one.zone in shown and one.manner == SCAR_POINTS for one in context.plan.layout.points)
    scar_note = words("settings.scar_points") if scar else ""
    parts = (words("settings.points_note"), scar_note, _needle(context, laid), _set_by_hand(context, laid))
    note = " ".join(part for part in parts if part)
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
        "columns": ["33", "9", "22", "27", "15", "18", "24", "14", "14", "27"],
        "rows": rows,
        "notes": [note],
        "short_note": note,
    }


def _set_by_hand(context: PaperContext, zones: list[ZonePrescription]) -> str:
    """Return whose own numbers stand in the table where no source gives them, empty where every one has a source."""
    clinic = context.clinic
    bases = [basis for zone in zones for _, basis in zone.bases]
    bases += [basis for points in context.plan.layout.points for _, basis in points.bases]
    entries = dict.fromkeys(one.reference.split(": ")[1] for one in bases if one.note == PRACTITIONER)
    named = [] if clinic is None else [clinic.by_hand[one] for one in entries if one in clinic.by_hand]
    return " ".join(
        context.words("settings.by_hand", practitioner=printable(one.practitioner), source=printable(one.source))
        for one in named
    )


def _needle(context: PaperContext, zones: list[ZonePrescription]) -> str:
    """Return the needle's gauge, and how much of it is in the skin at the angle given, where the sources tell."""
    words, knowledge = context.words, context.knowledge
    facts = [knowledge.techniques[zone.technique].facts.get(GAUGE_ROLE) for zone in zones]
    gauges = [knowledge.facts[fact].resolution.quantity for fact in dict.fromkeys(facts) if fact is not None]
    found = [words("settings.needle", gauge=words.quantity(gauge)) for gauge in gauges if gauge is not None]
    lengths: dict[str, list[str]] = {}
    for zone in zones:
        if zone.depth is not None and zone.depth.inserted_mm is not None:
            length_mm = math.floor(zone.depth.inserted_mm * 10 + _EPSILON) / 10  # never deeper than planned
            lengths.setdefault(words.measure(length_mm, "mm"), []).append(zone.zone)
    parts = list(lengths) if len(lengths) == 1 else [f"{context.names.zones(z)} {mm}" for mm, z in lengths.items()]
    return " ".join([*found, *([words("settings.inserted", length="; ".join(parts))] if parts else [])])


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


def stamp_table(context: PaperContext, shown: Shown) -> dict[str, Any]:
    """Return the placements of a stamp in each zone."""
    words, rows, notes = context.words, [], [context.words("settings.stamp_note")]
    missed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for stamp in _laid(context, context.plan.layout.stamp, shown):
        cells = [_area(context, shown[stamp.zone]), *_depth(context, shown[stamp.zone].depth)]
        rows.append([*zone_cell(context, stamp.zone), *cells, *_stamp_cells(context, stamp)])
        if not stamp.reachable:
            missed.setdefault((words.percent(stamp.wished), stamp.other_modes), []).append(stamp.zone)
    notes += _missed(context, missed)
    keys = ("zone", "side", "area", "depth", "ceiling", "footprint", "placements", "rounds", "hits", "cover")
    columns = ["31", "9", "21", "27", "15", "20", "21", "14", "16", "25"]
    return _table(context, "stamp", keys, columns, rows, notes)


def _missed(context: PaperContext, missed: dict[tuple[str, tuple[str, ...]], list[str]]) -> list[str]:
    """Return one note for all zones that miss the same wish and could be helped alike."""
    words, found = context.words, []
    for (wished, modes), zones in missed.items():
        others = ", ".join(words(key) for key in modes) or "\u2013"
        found.append(words("settings.other_modes", zones=context.names.zones(zones), wished=wished, modes=others))
    return found


def _stamp_cells(context: PaperContext, stamp: StampLayout) -> list[str]:
    words = context.words
    spread = words.span(stamp.cover.low * 100, stamp.cover.high * 100, 0)
    width, height = (words.number(side, 1) for side in stamp.footprint_mm)
    return [
        f"{width}\u00a0\u00d7\u00a0{height}",
        words.number(stamp.placements, 0),
        words.number(stamp.rounds, 0),
        words.number(stamp.needles, 0),
        f"{words.number(stamp.cover.mean * 100, 0)}{'' if stamp.reachable else '*'} ({spread})",
    ]


def roller_table(context: PaperContext, shown: Shown) -> dict[str, Any]:
    """Return the passes of a roller in each zone, with its paths below."""
    words, rows = context.words, []
    laid: list[RollerLayout] = _laid(context, context.plan.layout.roller, shown)
    names = path_names(context, laid, shown)
    numbers = {path: str(number) for number, path in enumerate(names, 1)}
    for roller in laid:
        zone = shown[roller.zone]
        needles = "\u2013" if zone.depth is None else words.number(zone.depth.nominal_mm)
        ceiling = "\u2013" if zone.depth is None else words.number(zone.depth.ceiling_mm)
        cells = [_area(context, zone), needles, ceiling, *_roller_cells(context, roller, numbers)]
        rows.append([*zone_cell(context, roller.zone), *cells])
    home = any(roller.roller is None for roller in laid)
    note = words("settings.roller_home_note" if home else "settings.roller_note")
    notes = [note]
    if names:
        listed = "; ".join(f"{numbers[path]}\u00a0{name}" for path, name in names.items())
        notes.append(words("settings.roller_paths", paths=listed))
    keys = ("zone", "side", "area", "needles", "ceiling", "passes", "paths", "density", "cover_estimate")
    columns = ["38", "9", "22", "16", "16", "30", "16", "19", "25"]
    return {**_table(context, "roller", keys, columns, rows, notes), "short_note": " ".join(notes)}


def path_names(context: PaperContext, laid: list[RollerLayout], shown: Shown) -> dict[str, str]:
    """Return the paths of all zones with their names, in the technique's order."""
    used = {path for roller in laid for path in roller.paths}
    techniques = dict.fromkeys(shown[roller.zone].technique for roller in laid)
    every = (path for name in techniques for path in context.knowledge.techniques[name].paths)
    return {path.id: context.words.text(path.name) for path in every if path.id in used}


def _roller_cells(context: PaperContext, roller: RollerLayout, numbers: dict[str, str]) -> list[str]:
    words = context.words
    passes = words.number(roller.passes, 0)
    if roller.roller is None:
        passes = words("settings.on_each_path", passes=passes)
    density = "\u2013" if roller.punctures_per_cm2 is None else words.number(roller.punctures_per_cm2, 0)
    cover = "\u2013"
    if roller.cover is not None:
        spread = words.span(roller.cover.low * 100, roller.cover.high * 100, 0)
        cover = f"{words.number(roller.cover.mean * 100, 0)} ({spread})"
    return [passes, ", ".join(numbers[one] for one in roller.paths) or "\u2013", density, cover]


def needle_free_table(context: PaperContext, shown: Shown) -> dict[str, Any]:
    """Return the settings of a needle-free technique in each zone: what a fact or the device's manual gives."""
    rows = []
    for energy in _laid(context, context.plan.layout.needle_free, shown):
        settings = listed_settings(context, energy) or context.words("settings.ask")
        cells = [_area(context, shown[energy.zone]), minutes_of(context, energy), settings]
        rows.append([*zone_cell(context, energy.zone), *cells])
    keys = ("zone", "side", "area", "minutes", "energy")
    columns = ["38", "9", "22", "24", "90"]
    return _table(context, "needle_free", keys, columns, rows, [context.words("settings.needle_free_note")])


def minutes_of(context: PaperContext, energy: NeedleFreeLayout) -> str:
    """Return the time of a needle-free technique in minutes, or that it is still to be decided."""
    if energy.minutes_high is None:
        return context.words("settings.ask")
    return context.words.span(energy.minutes_low, energy.minutes_high, 0)


def listed_settings(context: PaperContext, energy: NeedleFreeLayout) -> str:
    """Return every setting of a needle-free technique in one line, empty without any."""
    return "; ".join(within(setting_words(context, one)) for one in energy.settings)


def setting_words(context: PaperContext, setting: EnergySetting) -> str:
    """Return one setting with its name: the fact's title, or the clinic's own words for it."""
    words = context.words
    value = f"{words.span(setting.low, setting.high)}\u00a0{words.unit(setting.unit)}"
    fact = context.knowledge.facts.get(setting.name)
    if fact is not None:
        return f"{words.text(fact.title)}: {value}"
    device, _, number = setting.name.rpartition(":")
    parameters = context.clinic.needle_free[device].parameters if context.clinic else ()
    return f"{printable(words.text(parameters[int(number)].name))}: {value}"


def _laid(context: PaperContext, parts: tuple[Any, ...], shown: Shown) -> list[Any]:
    """Return the layouts of the shown zones, the patient's right first."""
    by_zone = {one.zone: one for one in parts}
    return [by_zone[zone] for zone in context.zone_cells if zone in by_zone and zone in shown]


def _table(
    context: PaperContext, kind: str, keys: tuple[str, ...], columns: list[str], rows: list[Any], notes: list[str]
) -> dict[str, Any]:
    words = context.words
    return {
        "title": words(f"settings.{kind}"),
        "keys": keys,
        "head": [words(f"zones.{key}") for key in keys],
        "columns": columns,
        "rows": rows,
        "notes": notes,
        "short_note": notes[0],
    }
