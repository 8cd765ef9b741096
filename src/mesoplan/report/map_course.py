"""map.html, the still picture and the exports of a plan: what is laid in space, with what the papers say of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mesoplan.layout.in_space import InSpace, Margins, lay_again, lay_by_hand, lay_exactly, lay_points
from mesoplan.report.map_content import MapContent, MapCover, ZoneCard
from mesoplan.report.names import client_line
from mesoplan.report.zone_tables import may_show, pen_table, point_table, roller_table, stamp_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mesoplan.clinic.devices import Stamp
    from mesoplan.clinic.model import Clinic
    from mesoplan.layout.model import PenLayout, StampLayout
    from mesoplan.layout.space import LaidZone, PlateCourse
    from mesoplan.prescription.model import ZonePrescription
    from mesoplan.report.context import PaperContext
    from mesoplan.surface.discs import MaskedSkin

EYE_MARGIN_ROLE = "eye_margin"


def lay_plan(
    context: PaperContext,
    grounds: Sequence[MaskedSkin],
    *,
    exact: bool,
    begun: Mapping[str, LaidZone] | None = None,
    plate: PlateCourse | None = None,
) -> InSpace | None:
    """Return the course on the first skin that holds a zone with a cover, else with points of a syringe.

    None where settings may not be shown.

    Args:
        context: The plan.
        grounds: Skins, in the order in which they are tried.
        exact: Whether the places are those of a guided device.
        begun: The zones of an exact course that has begun, which goes on.
        plate: The stamp's plate that it was begun with.

    Raises:
        ValueError: If the course cannot be laid exactly.
    """
    plan = context.plan
    if not context.settings_shown:
        return None
    shown = tuple(one for one in plan.prescription.zones if may_show(context, one))
    prescription = replace(plan.prescription, zones=shown)
    margins = margins_of(context, shown)
    for ground in grounds:
        if begun is not None:
            laid = lay_again(prescription, plan.layout, ground, margins, begun, plate)
        elif exact:
            laid = lay_exactly(prescription, plan.layout, ground, margins, context.clinic)
        else:
            laid = lay_by_hand(prescription, plan.layout, ground, margins)
        if laid is not None and len(laid.punctures):
            return laid
    for ground in grounds:  # points of a syringe where nothing has a cover
        points = lay_points(prescription, plan.layout, ground, margins)
        if points is not None and len(points.punctures):
            return points
    return None


def margins_of(context: PaperContext, zones: Sequence[ZonePrescription]) -> Margins:
    """Return by zone how far its technique keeps from the eye, and the radius of a puncture's mark."""
    knowledge, clinic, eye, mark = context.knowledge, context.clinic, {}, {}
    for zone in zones:
        fact = knowledge.techniques[zone.technique].facts.get(EYE_MARGIN_ROLE)
        low, high = (0.0, 0.0) if fact is None else knowledge.limits(fact, "mm")
        eye[zone.zone] = high if high is not None else low or 0.0
        needle = None if clinic is None else _needle_mm(clinic, zone)
        mark[zone.zone] = max(needle or 0.0, zone.microzone_mm or 0.0) / 2.0
    return Margins(eye, mark)


def _needle_mm(clinic: Clinic, zone: ZonePrescription) -> float | None:
    """Return the diameter of a zone's needles, None where the clinic does not give it."""
    tools = (
        clinic.cartridges.get(zone.cartridge or ""),
        *(clinic.stamps.get(zone.device or ""), clinic.rollers.get(zone.device or "")),
    )
    known = [one.needle_diameter_mm for one in tools if one is not None]
    return max((one for one in known if one is not None), default=None)


def map_content(context: PaperContext, laid: InSpace) -> MapContent:
    """Return what the map shows of a course in space."""
    plan, words = context.plan, context.words
    days = {one.number: one.day for one in plan.course.appointments if one.kind == "session"}
    sessions = range(1, laid.punctures.sessions + 1)
    names = tuple(words.weekday(days[number]) if number in days else "" for number in sessions)
    if laid.mode == "points":
        names = (words("view.points.each"),)
    return MapContent(
        punctures=laid.punctures,
        mode=laid.mode,
        cover=tuple(_cover(context, laid, number) for number in sessions),
        cards=_cards(context),
        heading=(client_line(words, plan.intake.client, plan.on), words.day(plan.on)),
        warnings=warnings(context, laid),
        session_names=names if any(names) else (),
        first_shown=min(plan.intake.sessions_done + 1, laid.punctures.sessions),
    )


def space_part(context: PaperContext, laid: InSpace | None) -> dict[str, Any]:
    """Return the still picture of the next session for plan.pdf; not shown without a course in space."""
    if laid is None:
        return {"shown": False}
    from mesoplan.report.layout_picture import layout_picture

    words = context.words
    number = min(context.plan.intake.sessions_done, laid.punctures.sessions - 1)
    picture = layout_picture(laid.punctures, words, laid.mode, session=number)
    width, height = picture.size
    data = base64.b64encode(picture.jpeg).decode("ascii")
    return {
        "shown": True,
        "title": words("space.title"),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{data}"/></svg>',
        "alt": picture.alt,
        "notes": [
            words("view.points.each")
            if laid.mode == "points"
            else words("space.session", k=number + 1, n=laid.punctures.sessions),
            words(f"view.mode.{laid.mode}"),
            *([] if laid.mode == "points" else [words("space.file")]),
        ],
    }


def warnings(context: PaperContext, laid: InSpace) -> tuple[str, ...]:
    """Return what a reader of a map or an export must know first."""
    provisional = context.provisional or not context.may_treat
    keys = {
        "view.warning.example_clinic": context.plan.clinic_is_example,
        "view.warning.provisional": provisional,
        "view.warning.no_sheet": not provisional and not context.sheet_ready,
    }
    zones = {
        "view.warning.not_laid": zones_not_laid(context, laid),
        "view.warning.entered": _entered(context, laid),
        "view.warning.in_part": _in_part(laid),
        "view.warning.missing": _missing(laid),
    }
    named = {key: ", ".join(map(context.names.zone, those)) for key, those in zones.items() if those}
    return (
        *(context.words(key) for key, stands in keys.items() if stands),
        *(context.words(key, zones=those) for key, those in named.items()),
    )


def zones_not_laid(context: PaperContext, laid: InSpace) -> tuple[str, ...]:
    """Return the planned zones that have no puncture in this course in space."""
    there = zones_laid(laid)
    return tuple(one.zone for one in context.plan.prescription.zones if one.zone not in there)


def why_not_exact(context: PaperContext, laid: InSpace | None) -> tuple[tuple[str, str], ...]:
    """Return (zones, why they have no exact places) for those that a stamp or a roller treats, as the terminal says."""
    there = zones_laid(laid) if laid is not None and laid.mode == "exact" else frozenset()
    plan, stamps = context.plan, {} if context.clinic is None else context.clinic.stamps
    device = {one.zone: one.device or "" for one in plan.prescription.zones}
    found: dict[str, list[str]] = {}
    for stamp in plan.layout.stamp:
        entry = stamps.get(device.get(stamp.zone, ""))
        known = entry is not None and entry.needle_grid is not None
        why = "a course is laid for one device at a time" if known else f"{_no_grid(entry)} has no needle_grid"
        found.setdefault(why, []).append(stamp.zone)
    for roller in plan.layout.roller:
        found.setdefault("a roller keeps to no exact places", []).append(roller.zone)
    for points in plan.layout.points:
        found.setdefault("the points of a syringe are set by hand", []).append(points.zone)
    left = {why: [zone for zone in zones if zone not in there] for why, zones in found.items()}
    return tuple((", ".join(zones), why) for why, zones in left.items() if zones)


def _no_grid(stamp: Stamp | None) -> str:
    return "the stamp" if stamp is None else f"stamps.yaml: {stamp.id}"


def zones_laid(laid: InSpace) -> frozenset[str]:
    """Return the zones that have a puncture in a course in space."""
    skin = laid.punctures.skin
    return frozenset(skin.zones[number] for number in set(skin.zone[laid.punctures.triangle].tolist()))


def _entered(context: PaperContext, laid: InSpace) -> tuple[str, ...]:
    """Return the zones laid whose area the practitioner entered: the skin has another."""
    if laid.punctures.skin.source == "patch":
        return ()
    given = {one.zone for one in context.plan.surface.zones if one.basis == "practitioner"}
    there = given & zones_laid(laid)
    return tuple(one.zone for one in context.plan.prescription.zones if one.zone in there)


def _in_part(laid: InSpace) -> tuple[str, ...]:
    """Return the zones shown that an earlier session did only in part, or nobody knows how far: where, nobody knows."""
    return tuple(
        zone
        for zone in sorted(laid.zones_worked)
        if any(held is not None and share not in (0.0, 1.0) for held, share in laid.zones[zone].shares())
    )


def _missing(laid: InSpace) -> tuple[str, ...]:
    """Return the zones shown in which a planned session was not delivered and no session is left that could lay it."""
    return tuple(sorted(zone for zone in laid.zones_worked if zone in laid.zones and laid.zones[zone].missing()))


def depths_mm(context: PaperContext, laid: InSpace) -> dict[str, float]:
    """Return by zone the set depth, for the zones laid that have one."""
    there, zones = zones_laid(laid), context.plan.prescription.zones
    return {one.zone: one.depth.nominal_mm for one in zones if one.depth is not None and one.zone in there}


def volumes_ml(context: PaperContext, laid: InSpace) -> dict[str, float]:
    """Return by zone the volume of one puncture, of a stamp's plate that of all needles; only where a source tells."""
    there, layout = zones_laid(laid), context.plan.layout
    if laid.mode == "points":
        given = [(one.zone, one.volume_per_point_ml) for one in layout.points if one.zone in there]
        return {zone: volume for zone, volume in given if volume is not None}
    parts: tuple[PenLayout | StampLayout, ...] = (*layout.pen, *layout.stamp)
    known = [(one.zone, one.volume_ml, one.punctures) for one in parts if one.zone in there]
    needles = 1 if laid.footprints is None else laid.footprints.needles
    return {zone: volume / count * needles for zone, volume, count in known if volume is not None and count}


def _cover(context: PaperContext, laid: InSpace, number: int) -> MapCover | None:
    """Return the cover after a session in the zone where it is lowest."""
    if laid.mode == "points":
        return None
    if laid.mode == "example":
        covers = [one.cover[number - 1] for one in laid.cumulative.values() if number <= len(one.cover)]
        lowest = min(covers, key=lambda one: one.mean, default=None)
        return None if lowest is None else MapCover(lowest.mean, None, lowest.low, lowest.high)
    quality = context.plan.quality
    found = [
        (after, zone.sigma_mm)
        for zone in (() if quality is None else quality.zones)
        if zone.zone in laid.zones_worked and zone.known == "measured"
        for after in zone.course[number - 1 : number]
    ]
    if not found:
        return None
    after, sigma = min(found, key=lambda one: one[0].mean)
    return MapCover(after.mean, sigma, ideal=after.ideal)


def _cards(context: PaperContext) -> dict[str, ZoneCard]:
    """Return the settings of each zone as the session sheet has them."""
    shown = {one.zone: one for one in context.plan.prescription.zones if may_show(context, one)}
    layout, cards = context.plan.layout, {}
    for table, laid in (
        *((pen_table, layout.pen), (stamp_table, layout.stamp)),
        *((roller_table, layout.roller), (point_table, layout.points)),
    ):
        order = [zone for zone in context.zone_cells if zone in shown and any(one.zone == zone for one in laid)]
        if not order:
            continue
        made = table(context, shown)
        for zone, row in zip(order, made["rows"], strict=True):
            rows = tuple(zip(made["head"][2:], row[2:], strict=True))
            cards[zone] = ZoneCard(context.names.zone(zone), tuple((str(label), str(value)) for label, value in rows))
    for zone in shown:
        cards.setdefault(zone, ZoneCard(context.names.zone(zone)))
    return cards
