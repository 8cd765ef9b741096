"""plan.pdf, page 2: the map, and left and right of each zone with its settings and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.clinic.devices import Roller
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.technique import NOT_THIS_GOAL, NOT_THIS_ZONE
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within
from mesoplan.report.zone_tables import (
    may_show,
    needle_free_table,
    pen_table,
    point_table,
    roller_table,
    stamp_table,
    zone_cell,
)

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.prescription.model import TechniqueOption, ZonePrescription
    from mesoplan.surface.model import ScanFacts

_BROKEN = "asked.limit_broken:"
VOLUME_DIGITS = 2
_STATES = ("proposed", "possible", "partly", "not_here")
OPTION_SIGNS = {
    "proposed": ("treat", "\u2713"),
    "possible": ("none", "\u2013"),
    "partly": ("none", "\u2013"),
    "not_here": ("no", "\u2717"),
}


def map_part(context: PaperContext, svg: str) -> dict[str, Any]:
    """Return the map with its alternative text, and what its scale rests on."""
    words, surface = context.words, context.plan.surface
    by_status: dict[str, list[str]] = {}
    for zone, cell in context.zone_cells.items():
        by_status.setdefault(context.status(cell)["label"], []).append(context.names.zone(zone))
    described = "; ".join(f"{label}: {', '.join(zones)}" for label, zones in by_status.items())
    drawn = {one.zone for one in surface.outlines}
    off_face = bool(context.zone_cells) and not drawn & set(context.zone_cells)
    scale = "patch" if off_face else surface.scale_basis.replace("+", "_")
    notes = [words(f"scale.{scale}"), words("map.areas")]
    if surface.pupillary_distance_mm is not None:
        distance = words.measure(surface.pupillary_distance_mm, "mm", 1)
        notes.insert(1, words("map.pupillary_distance", distance=distance))
    if surface.scan is not None and not off_face:
        notes[1:2] = scan_notes(context, surface.scan)
    if surface.keep_outs:
        notes.append(words.count("map.keep_outs", len(surface.keep_outs)))
    if not surface.landmark_model_pinned:
        notes.append(words("map.model_not_pinned"))
    return {
        "svg": svg,
        "alt": words("map.alt", described=described or words("map.no_goals")),
        "caption": words("map.caption_off_face" if off_face else _caption(context)),
        "notes": notes,
        "short_note": words("settings.pen_short"),
    }


def scan_notes(context: PaperContext, scan: ScanFacts) -> list[str]:
    """Return what was found about a scan: its unit, how its bands are made, what was turned, left out or not shown."""
    words = context.words
    key = "scan.unit_given" if scan.unit_given else "scan.unit_told"
    notes = [words(key, unit=words(f"unit.{scan.unit}"), distance=words.measure(scan.pupils_mm, "mm", 0))]
    notes.append(words("scan.band", border=words.measure(scan.border_mm, "mm", 1)))
    if scan.turned:
        notes.append(words("scan.turned"))
    if scan.parts_left_out:
        notes.append(words.count("scan.parts", scan.parts_left_out))
    goals = [(zone, share) for zone, share in scan.partly if zone in context.zone_cells]
    shown = [f"{context.names.zone(zone)} ({words.percent(share)})" for zone, share in goals]
    if shown:
        notes.append(words("scan.partly", zones=words.joined(shown)))
    cut_off = [context.names.zone(zone) for zone in scan.cut_off if zone in context.zone_cells]
    if cut_off:
        notes.append(words("scan.cut_off", zones=words.joined(cut_off)))
    return [*notes, words("scan.not_told")]


def _caption(context: PaperContext) -> str:
    """Return the word key of what the map is drawn on: an earlier photo leaves outlines, never the picture itself."""
    if context.plan.surface.kind != "photo":
        return "map.caption_scan" if context.plan.surface.kind == "scan" else "map.caption_drawing"
    return "map.caption_photo" if context.thumbnail else "map.caption_outlines"


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
    lines += [*_means(context), *mode_lines(context), *_reasons(context)]
    made = (make(context, shown) for make in (pen_table, point_table, stamp_table, roller_table, needle_free_table))
    tables = [table for table in made if table["rows"]]
    if tables:
        tables[-1]["notes"] += _depth_notes(context, shown)
    return {"intro": " ".join(lines), "tables": tables}


def mode_lines(context: PaperContext) -> list[str]:
    """Return in which mode the zones are laid out, a sentence for each mode: what the numbers mean."""
    layout = context.plan.layout
    kinds = ("pen", "points", "stamp", "roller", "needle_free")
    return [context.words(f"settings.mode.{kind}") for kind in kinds if getattr(layout, kind)]


def _why_no_settings(context: PaperContext) -> str:
    """Return the word key of why no settings are printed."""
    if context.headline not in SETTINGS_FOR:
        return "settings.not_now"
    return "settings.no_clinic" if context.clinic is None else "settings.nothing_planned"


def _reasons(context: PaperContext) -> list[str]:
    """Return the reason given for each recommendation that the choices go beyond."""
    limits = [limit for zone in context.plan.prescription.zones for limit in zone.limits]
    beyond = dict.fromkeys(one.name for one in limits if not one.absolute and one.margin < 0.0)
    reasons = ((name, context.plan.choices.reason(name)) for name in beyond)
    return [
        context.words("settings.reason", limit=context.words(f"limit.{name}"), reason=printable(reason).rstrip("."))
        for name, reason in reasons
        if reason
    ]


def _means(context: PaperContext) -> list[str]:
    """Return device, cartridge, and what all zones add up to."""
    words, plan, clinic = context.words, context.plan, context.clinic
    found = []
    used = dict.fromkeys((zone.device, zone.cartridge) for zone in plan.prescription.zones if zone.device)
    for device_id, cartridge_id in used if clinic else ():
        found.append(_device(context, clinic, device_id or "", cartridge_id))
    if plan.layout.total_minutes is not None:
        found.append(words("settings.total_time", minutes=words.number(plan.layout.total_minutes, 0)))
    if plan.layout.total_volume_ml is not None:
        key = "settings.carried_volume" if plan.layout.pen else "settings.total_volume"
        volume = words.at_least_shown(plan.layout.total_volume_ml, VOLUME_DIGITS)  # a single scar takes microlitres
        found.append(words(key, volume=f"{volume}\u00a0{words.unit('ml')}"))
    return found


def _device(context: PaperContext, clinic: Clinic | None, device_id: str, cartridge_id: str | None) -> str:
    """Return one device of the clinic with what belongs to it: cartridge, power, a roller's needles and life."""
    words = context.words
    if clinic is None:
        return ""
    device = clinic.tools.get(device_id)
    if isinstance(device, Roller):
        needles, length = words.number(device.needle_count, 0), words.measure(device.needle_length_mm, "mm")
        life = words("settings.single_use") if device.uses_max == 1 else words("settings.uses", uses=device.uses_max)
        return words("settings.roller_tool", roller=printable(device.name), needles=needles, length=length, life=life)
    cartridge = clinic.cartridges.get(cartridge_id or "")
    parts = [] if device is None else [printable(device.name)]
    parts += [] if device is None or device.power is None else [words(f"settings.power.{device.power}")]
    parts += [] if cartridge is None else [printable(cartridge.name)]
    return words("settings.device", parts=", ".join(parts))


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

    Techniques of which the same is to be said stand together; those that no document names for all of the zones and
    goals are only named.
    Empty while answers are missing, a doctor decides, or nobody may treat.
    """
    if context.headline not in SETTINGS_FOR:
        return []
    words, names = context.words, context.names
    grouped: dict[tuple[str, str], list[str]] = {}
    for option in sorted(context.plan.prescription.techniques, key=lambda one: not one.proposed):
        grouped.setdefault(option_words(context, option), []).append(names.technique(option.technique))
    found = []
    for (state, text), every in sorted(grouped.items(), key=lambda item: _STATES.index(item[0][0])):
        tone, sign = OPTION_SIGNS[state]
        name = sentence(", ".join(every))
        found.append({"tone": tone, "sign": sign, "state": words(f"technique.{state}"), "name": name, "text": text})
    return found


def option_words(context: PaperContext, option: TechniqueOption) -> tuple[str, str]:
    """Return a technique's state, and what is said for and against it in words."""
    words, parts = context.words, []
    told = {one.id for group in context.groups for one in group.findings}
    by_reason: dict[str, list[str]] = {}
    for zone, key in option.refused:
        if key in told:
            continue  # page 1 says it of the person or the zone, whatever the technique
        by_reason.setdefault(within(reason_words(context, key)).rstrip("."), []).append(zone)
    state = "proposed" if option.proposed else "not_here" if by_reason and not option.zones else "possible"
    if by_reason and not option.proposed and all(key in (NOT_THIS_GOAL, NOT_THIS_ZONE) for _, key in option.refused):
        return ("partly" if option.zones else state), ""
    for side in ("for", "against"):
        keys = [key for key, given in option.reasons if given == side]
        keys = [key for key in keys if option.proposed or not _goes_without(context, key)]
        reasons = [within(reason_words(context, key)) for key in keys]
        if reasons:
            parts.append(words(f"technique.{side}", reasons="; ".join(reasons)))
    for reason, zones in by_reason.items():
        parts.append(words("technique.refused", zones=context.names.zones(zones), reason=reason))
    return state, " ".join(parts)


def _goes_without(context: PaperContext, key: str) -> bool:
    """Return whether a reason goes without saying of a technique beside the proposed one: that it serves the goal."""
    fact = context.knowledge.facts.get(key)
    return key == NOT_THIS_GOAL or (fact is not None and fact.topic == "indication")


def unplanned_lines(context: PaperContext) -> list[str]:
    """Return which zones may be treated but are not planned, one line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for zone, key in context.unplanned.items():
        by_reason.setdefault(reason_words(context, key).rstrip("."), []).append(zone)
    return [
        context.words("verdict.zones_not_planned", zones=sentence(context.names.zones(zones)), reason=reason)
        for reason, zones in by_reason.items()
    ]


def reason_words(context: PaperContext, key: str) -> str:
    """Return a reason in words: a word key, a fact's title, or the sentence of a finding's rule."""
    rule = context.knowledge.rules.get(key.partition("@")[0])
    if rule is not None:
        return context.words.text(rule.says)
    if key in context.knowledge.facts:
        return context.words.text(context.knowledge.facts[key].title)
    return context.said(key)


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
    for zone_id, keys in plan.layout.asked_in_zones:
        for key in keys:
            by_key.setdefault(key, []).append(zone_id)
    for key, zones in by_key.items():
        if key not in general:
            what, where = sentence(context.said(key)), context.names.zones(zones)
            found.append(context.words("asked.in_zones", what=what, zones=where))

    return found
