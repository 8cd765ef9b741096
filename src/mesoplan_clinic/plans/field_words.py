"""The fields of a course's forms in words, for the page that shows two versions of it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mesoplan.report.names import Names
from mesoplan.report.words import Words, sentence
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.plans.shown import reading_language

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic

_OF_A_ZONE = ("depth", "cover", "area", "width", "height")


def field_words(clinic: Clinic, name: str, value: str) -> tuple[str, str]:
    """Return what a field is called and what its value says; ("", "") for one that a reader need not see."""
    knowledge = knowledge_of(clinic)
    names = Names(knowledge, Words(knowledge, reading_language()))
    kind, _start, rest = name.partition("_")
    if kind in _OF_A_ZONE and value:
        labels = {
            "depth": _("Depth, mm"),
            "cover": _("Share of the skin in one session, %"),
            "area": _("Area, cm²"),
            "width": _("Width, cm"),
            "height": _("Height, cm"),
        }
        return f"{sentence(names.zone(rest))}: {labels[kind]}", value
    if kind == "reason" and value and f"limit.{rest}" in names.words:
        return _("Reason for going beyond: %(limit)s") % {"limit": names.words(f"limit.{rest}")}, value
    return _single(clinic, names, name, value)


def _single(clinic: Clinic, names: Names, name: str, value: str) -> tuple[str, str]:
    folder = folder_of(clinic)
    every: dict[str, Any] = {**folder.products, **folder.cartridges, **folder.tools}
    called = every[value].name if value in every else ""
    techniques = names.knowledge.techniques
    manner = next((one.name for each in techniques.values() for one in each.manners if one.id == value), None)
    found = {
        "technique": (_("Technique"), sentence(names.technique(value)) if value in techniques else ""),
        "manner": (_("Manner of injection"), sentence(names.words.text(manner))),
        "product": (_("Product"), called),
        "device": (_("Device"), called),
        "cartridge": (_("Cartridge"), called),
        "keep_outs": (_("Places kept out"), _circles(value)),
        "day": (_("Day"), _day(value)),
    }
    label, said = found.get(name, ("", ""))
    return label, said or (value if label else "")


def _circles(value: str) -> str:
    try:
        return str(len(json.loads(value)))
    except (ValueError, TypeError):
        return str(len([one for one in value.split(";") if one.strip()]))


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "j E Y")
    except ValueError:
        return ""
