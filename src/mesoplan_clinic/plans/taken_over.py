"""Another technique for a course: which of the choices left in the form still mean something, and which are dropped.

A depth was chosen for one technique in one zone. Where the zone is worked on in another way from now on, or not at all,
the depth goes; a device, a cartridge or a product goes where the core refuses it. What was typed anew with the new
technique is no remainder: it is held against the limits as ever. Whatever goes is named.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mesoplan import Plan as CorePlan
from mesoplan.prescription.choices import ChoiceError
from mesoplan.report.words import sentence
from mesoplan_clinic.plans.services import made_plan

if TYPE_CHECKING:
    from mesoplan.report.context import PaperContext
    from mesoplan_clinic.intakes.models import Intake
    from mesoplan_clinic.plans.choosing import Entered
    from mesoplan_clinic.plans.models import Course

Item = tuple[str, str]
"""What, and the zone or limit it is for; "" where it is for all."""
_BY_ZONE = {"depth": "depths", "cover": "covers"}
_FOR_ALL = ("product", "device", "cartridge")


def taken_over(course: Course, sent: Entered, before: CorePlan, intake: Intake, on: date) -> list[Item]:
    """Take out of what was sent whatever was left from the technique before and has no place now; return it.

    Args:
        course: The course as it was kept.
        sent: What was sent; its choices are changed.
        before: The plan before.
        intake: The signed answers.
        on: The day.

    Raises:
        ProblemError: If what was chosen anew cannot be planned.
    """
    left = _left(course.choices, sent.choices)
    if (course.technique, course.manner) == (sent.own["technique"], sent.own["manner"]) or not left:
        return []
    trial = copy.copy(course)
    trial.technique, trial.manner = sent.own["technique"], sent.own["manner"]
    trial.choices = _without(sent.choices, left)
    same = _ways(before).items() & _ways(made_plan(trial, intake, on)).items()
    zones = {zone for zone, _way in same}
    gone = [item for item in left if item[0] in _BY_ZONE and item[1] not in zones]
    while True:
        trial.choices = _without(sent.choices, gone)
        try:
            made_plan(trial, intake, on)
        except ChoiceError as error:
            refused = {(one.what, one.zone or "") for one in error.refusals}
            more = [item for item in left if item in refused and item not in gone]
            if not more:
                raise
            gone += more
        else:
            break
    if not any(trial.choices.get(name) for name in _BY_ZONE.values()):
        gone += [item for item in left if item[0] == "reason"]
    sent.choices = _without(sent.choices, gone)
    return gone


def _left(kept: dict[str, Any], sent: dict[str, Any]) -> list[Item]:
    """Return what was sent as it was kept: left in the form, not chosen with the new technique."""
    found = [(name, "") for name in _FOR_ALL if sent.get(name) and sent[name] == kept.get(name)]
    for what, name in (*_BY_ZONE.items(), ("reason", "reasons")):
        old = kept.get(name, {})
        found += [(what, key) for key, value in sent.get(name, {}).items() if old.get(key) == value]
    return found


def _without(choices: dict[str, Any], gone: Iterable[Item]) -> dict[str, Any]:
    found = copy.deepcopy(choices)
    for what, key in gone:
        if what in _FOR_ALL:
            found[what] = ""
        else:
            found["reasons" if what == "reason" else _BY_ZONE[what]].pop(key, None)
    return found


def _ways(plan: CorePlan) -> dict[str, tuple[str, str | None]]:
    return {zone.zone: (zone.technique, zone.manner) for zone in plan.prescription.zones}


def dropped_words(context: PaperContext, choices: dict[str, Any], gone: Iterable[Item]) -> str:
    """Return what was dropped by name and value, as it was kept before."""
    words, said = context.words, []
    for what, key in gone:
        zone = sentence(context.names.zone(key)) if what in _BY_ZONE else ""
        if what == "depth":
            value = words.measure(choices["depths"][key], "mm")
            said.append(_("%(zone)s: depth %(value)s") % {"zone": zone, "value": value})
        elif what == "cover":
            value = words.percent(choices["covers"][key])
            said.append(_("%(zone)s: share of the skin %(value)s") % {"zone": zone, "value": value})
        elif what == "reason":
            said.append(_("reason for going beyond: %(limit)s") % {"limit": words(f"limit.{key}")})
        else:
            label = {"product": _("Product"), "device": _("Device"), "cartridge": _("Cartridge")}[what]
            said.append(f"{label}: {_name(context, what, choices[what])}")
    return "; ".join(said)


def _name(context: PaperContext, what: str, key: str) -> str:
    clinic = context.clinic
    every: dict[str, dict[str, Any]] = {"product": {}, "device": {}, "cartridge": {}}
    if clinic is not None:
        every = {"product": clinic.products, "device": clinic.tools, "cartridge": clinic.cartridges}
    found = every[what].get(key)
    return key if found is None else str(found.name)
