"""The form of a course's choices: fields by zone, made from the plan that is changed, read back into the choices."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mesoplan.prescription.choices import ChoiceError
from mesoplan.prescription.target import AREA_UNKNOWN, SCAR_SIZE_UNKNOWN, SCAR_TOO_LARGE
from mesoplan.report.names import zone_order
from mesoplan.report.plan_limits import basis_name
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesoplan.prescription.model import ZonePrescription
    from mesoplan.report.context import PaperContext
    from mesoplan_clinic.plans.models import Course

REASON = "reason_"
_ASKED_SIZE = frozenset({AREA_UNKNOWN, SCAR_SIZE_UNKNOWN, SCAR_TOO_LARGE})


@dataclass
class Entered:
    """What was sent, read.

    Attributes:
        own: technique and manner.
        choices: Everything else, as a course keeps it.
        wrong: Names of fields that hold no number.
    """

    own: dict[str, str] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def entered(sent: Mapping[str, str]) -> Entered:
    """Return what a sent form says; a field left empty leaves the choice to the plan."""
    found = Entered()
    found.own = {name: sent.get(name, "")[:60] for name in ("technique", "manner")}
    found.choices = {name: sent.get(name, "")[:100] for name in ("product", "device", "cartridge")}
    found.choices["depths"] = _numbers(sent, "depth_", found.wrong)
    covers = _numbers(sent, "cover_", found.wrong)
    found.choices["covers"] = {zone: share / 100.0 for zone, share in covers.items()}
    found.choices["areas"] = _numbers(sent, "area_", found.wrong)
    widths, heights = _numbers(sent, "width_", found.wrong), _numbers(sent, "height_", found.wrong)
    found.wrong += [f"height_{zone}" for zone in widths if zone not in heights]
    found.wrong += [f"width_{zone}" for zone in heights if zone not in widths]
    found.choices["patches"] = {zone: [width, heights[zone]] for zone, width in widths.items() if zone in heights}
    found.choices["reasons"] = {
        name.removeprefix(REASON): text.strip()[:500]
        for name, text in sent.items()
        if name.startswith(REASON) and text.strip()
    }
    return found


def _numbers(sent: Mapping[str, str], prefix: str, wrong: list[str]) -> dict[str, float]:
    found = {}
    for name, text in sent.items():
        if not name.startswith(prefix) or not text.strip():
            continue
        try:
            value = float(text.strip().replace(",", ".").removesuffix("%"))
        except ValueError:
            value = math.nan
        if math.isfinite(value) and "_" not in text:
            found[name.removeprefix(prefix)] = value
        else:
            wrong.append(name)
    return found


def zone_rows(
    context: PaperContext, course: Course, sent: Mapping[str, str] | None, wrong: list[str]
) -> list[dict[str, Any]]:
    """Return a row of fields for each planned zone: depth and cover with what limits them."""
    rows, chosen = [], course.choices
    planned = context.plan.prescription.zones
    order = zone_order(context.knowledge, [one.zone for one in planned])
    for zone in sorted(planned, key=lambda one: order.index(one.zone)):
        depth = zone.depth
        own_depth, own_cover = chosen.get("depths", {}).get(zone.zone), chosen.get("covers", {}).get(zone.zone)
        rows.append(
            {
                "zone": zone.zone,
                "name": sentence(context.names.zone(zone.zone)),
                "technique": sentence(context.names.technique(zone.technique)),
                "depth": _value(sent, f"depth_{zone.zone}", own_depth),
                "depth_wrong": f"depth_{zone.zone}" in wrong,
                "depth_planned": "" if depth is None else context.words.measure(depth.nominal_mm, "mm"),
                "depth_limit": _depth_limit(context, zone),
                "has_depth": depth is not None and not zone.technique.endswith("roller"),
                "cover": _value(sent, f"cover_{zone.zone}", None if own_cover is None else own_cover * 100),
                "cover_wrong": f"cover_{zone.zone}" in wrong,
                "cover_planned": "" if zone.area_fraction is None else context.words.percent(zone.area_fraction),
                "has_cover": zone.area_fraction is not None,
            }
        )
    return rows


def _depth_limit(context: PaperContext, zone: ZonePrescription) -> str:
    """Return the lowest limit of a depth with its source."""
    if zone.depth is None or not zone.depth.limits:
        return ""
    lowest, words = zone.depth.limits[0], context.words
    shown = words.measure(lowest.limit, lowest.unit)
    return f"{shown}: {words(f'limit.{lowest.name}')}; {basis_name(context, lowest.basis)}"


def size_rows(
    context: PaperContext, course: Course, sent: Mapping[str, str] | None, wrong: list[str]
) -> list[dict[str, Any]]:
    """Return a row of fields for the size of each goal zone: an area on the face, two sides off it and of a scar."""
    knowledge, plan = context.knowledge, context.plan
    left_out = dict(plan.prescription.left_out)
    goals: dict[str, list[str]] = {}
    for goal in plan.intake.goals:
        for zone in goal.zones:
            goals.setdefault(zone, []).append(goal.indication)
    areas, patches = course.choices.get("areas", {}), course.choices.get("patches", {})
    rows = []
    for zone in context.zone_cells:
        on_face = knowledge.zone_of(zone)[0].surface == "mesh"
        scar = on_face and any(knowledge.indications[goal].own_size for goal in goals.get(zone, ()))
        width, height = patches.get(zone, (None, None))
        found = next((one for one in plan.surface.zones if one.zone == zone), None)
        rows.append(
            {
                "zone": zone,
                "name": sentence(context.names.zone(zone)),
                "sides": scar or not on_face,
                "scar": scar,
                "area": _value(sent, f"area_{zone}", areas.get(zone)),
                "area_planned": "" if found is None else context.words.measure(found.area_cm2, "cm2", 1),
                "width": _value(sent, f"width_{zone}", width),
                "height": _value(sent, f"height_{zone}", height),
                "asked": left_out.get(zone) in _ASKED_SIZE,
                "wrong": any(f"{name}_{zone}" in wrong for name in ("area", "width", "height")),
            }
        )
    return sorted(rows, key=lambda row: not row["asked"])


def tools(context: PaperContext, course: Course) -> list[dict[str, Any]]:
    """Return the choice of device and of cartridge where the clinic has several for the planned techniques."""
    clinic = context.clinic
    if clinic is None:
        return []
    used = {zone.technique for zone in context.plan.prescription.zones}
    devices = {key: one for key, one in clinic.tools.items() if used & set(one.techniques)}
    pens = {zone.device for zone in context.plan.prescription.zones if zone.cartridge}
    cartridges = {one.id: one for pen in pens if pen for one in clinic.cartridges_for(pen)}
    now = {
        "device": {zone.device for zone in context.plan.prescription.zones},
        "cartridge": {zone.cartridge for zone in context.plan.prescription.zones},
    }
    return [
        {
            "name": name,
            "label": label,
            "options": [
                {"id": key, "name": one.name, "chosen": course.choices.get(name) == key, "planned": key in now[name]}
                for key, one in every.items()
            ],
        }
        for name, label, every in (("device", _("Device"), devices), ("cartridge", _("Cartridge"), cartridges))
        if len(every) > 1
    ]


def reason_rows(
    context: PaperContext, course: Course, sent: Mapping[str, str] | None, error: ChoiceError | None
) -> list[dict[str, Any]]:
    """Return a field for the reason of each recommendation that the choices go beyond, or went beyond before."""
    wanted = [one.limit.name for one in error.refusals if one.wants_reason and one.limit] if error else []
    known = list(course.choices.get("reasons", {}))
    sent_names = [name.removeprefix(REASON) for name in sent or () if name.startswith(REASON)]
    names = [name for name in dict.fromkeys((*wanted, *known, *sent_names)) if f"limit.{name}" in context.words]
    return [
        {
            "name": f"{REASON}{name}",
            "label": sentence(context.words(f"limit.{name}")),
            "value": _value(sent, f"{REASON}{name}", course.choices.get("reasons", {}).get(name)),
            "wanted": name in wanted,
        }
        for name in names
    ]


def _value(sent: Mapping[str, str] | None, name: str, kept: Any) -> str:
    """Return what a field shows: what was typed, else what is kept."""
    if sent is not None and name in sent:
        return sent[name]
    return "" if kept is None else f"{kept:g}" if isinstance(kept, float | int) else str(kept)
