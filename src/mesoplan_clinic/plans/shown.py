"""What pages show of a plan: the core's own words and tables, in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from mesoplan import Plan as CorePlan
from mesoplan.prescription.choices import ChoiceError, Refusal
from mesoplan.prescription.model import TechniqueOption
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.names import side_warning
from mesoplan.report.plan_course import calendar as course_calendar
from mesoplan.report.plan_course import cocktail, cover, days_of, price
from mesoplan.report.plan_limits import basis_name, limits
from mesoplan.report.plan_paper import sheet, verdict_panel
from mesoplan.report.plan_zones import (
    OPTION_SIGNS,
    asked,
    option_words,
    reason_words,
    settings,
    unplanned_lines,
    zones_table,
)
from mesoplan.report.words import sentence
from mesoplan_clinic.core import folder_of, knowledge_of
from mesoplan_clinic.plans.services import core_plan, photo_of

if TYPE_CHECKING:
    from mesoplan.report.words import Words
    from mesoplan_clinic.clients.models import Client
    from mesoplan_clinic.photos.models import Photo
    from mesoplan_clinic.plans.models import Plan


def reading_language() -> str:
    """Return the language of whoever reads, as far as the core speaks it."""
    return (translation.get_language() or "en").partition("-")[0]


def context_of(client: Client, plan: CorePlan, language: str = "") -> PaperContext:
    """Return a plan with what is needed to say it, in the reader's language or another one."""
    said = replace(plan, language=language or reading_language())
    return PaperContext(said, knowledge_of(client.clinic), folder_of(client.clinic))


@dataclass
class ShownPlan:
    """A kept plan as its page shows it; each part is made when the page asks for it.

    Attributes:
        row: The plan in the database.
    """

    row: Plan

    @cached_property
    def plan(self) -> CorePlan:
        """The core's plan."""
        return core_plan(self.row)

    @cached_property
    def context(self) -> PaperContext:
        """The plan in the reader's language."""
        return context_of(self.row.client, self.plan)

    @cached_property
    def photo(self) -> Photo | None:
        """The photo that its zones were found on."""
        return photo_of(self.row, self.plan)

    @property
    def photo_gone(self) -> bool:
        """Whether that photo was deleted since."""
        return self.photo is None and self.plan.surface.photo_sha256 is not None

    @property
    def verdict(self) -> dict[str, Any]:
        """The headline with its tone and what explains it."""
        return verdict_panel(self.context)

    @property
    def technique(self) -> str:
        """The technique by name, empty without one."""
        used = dict.fromkeys(zone.technique for zone in self.plan.prescription.zones)
        return sentence(", ".join(self.context.names.technique(one) for one in used))

    @property
    def treated_on(self) -> bool:
        """Whether settings, dates and price may be shown: not while answers are missing or a doctor decides."""
        return self.context.headline in SETTINGS_FOR and bool(self.plan.prescription.zones)

    @property
    def provisional(self) -> str:
        """That nothing here holds yet, empty where it does."""
        return self.context.words("course.provisional") if self.treated_on and self.context.provisional else ""

    @property
    def zones(self) -> dict[str, Any]:
        """How each zone stands."""
        return zones_table(self.context)

    @property
    def unplanned(self) -> list[str]:
        """Which zones may be treated but are not planned, and why."""
        return unplanned_lines(self.context)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of each zone, or why there are none."""
        return settings(self.context)

    @property
    def limits(self) -> dict[str, Any]:
        """Every limit with its margin and source."""
        return limits(self.context)

    @property
    def asked(self) -> list[str]:
        """What the practitioner must still decide."""
        return asked(self.context)

    @property
    def cocktail(self) -> dict[str, Any]:
        """The products with their checks."""
        return cocktail(self.context)

    @property
    def cover(self) -> dict[str, Any]:
        """The cumulative cover."""
        return cover(self.context)

    @property
    def price(self) -> dict[str, Any]:
        """The quote with its basis."""
        return price(self.context)

    @property
    def calendar(self) -> dict[str, Any]:
        """The dates of the course."""
        return course_calendar(self.context)

    @property
    def sheet(self) -> dict[str, Any]:
        """Whether the next session's sheet may be printed, or why not."""
        return sheet(self.context)

    @property
    def side(self) -> dict[str, str]:
        """The warning about left and right, empty where they are confirmed."""
        return side_warning(self.plan.surface, self.context.words)

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """The sessions to come, with what moved them."""
        words = self.context.words
        return [
            {
                "number": one.number,
                "day": one.day,
                "shown": words.weekday(one.day),
                "moved": _why_moved(words, one.moved),
                "chosen": "moved.chosen" in one.moved,
                "lost": "moved.choice_lost" in one.moved,
            }
            for one in self.plan.course.appointments
            if one.kind == "session"
        ]

    @property
    def restrictions(self) -> list[dict[str, str]]:
        """What is left off around the sessions, with its days."""
        bans, words = self.context.knowledge.bans, self.context.words
        return [
            {
                "what": sentence(words.text(bans[one.ban].title)),
                "from": words.short_day(one.first_day),
                "until": words.short_day(one.free_from),
            }
            for one in self.plan.course.restrictions
            if one.ban in bans
        ]


def technique_cards(context: PaperContext) -> list[dict[str, Any]]:
    """Return every technique with its state, the reasons for and against, and where it may be used today."""
    cards = []
    for option in sorted(context.plan.prescription.techniques, key=lambda one: (not one.proposed, not one.zones)):
        state, text = option_words(context, option)
        tone, sign = OPTION_SIGNS[state]
        knowledge = context.knowledge.techniques[option.technique]
        cards.append(
            {
                "id": option.technique,
                "name": sentence(context.names.technique(option.technique)),
                "state": context.words(f"technique.{state}"),
                "tone": tone,
                "sign": sign,
                "proposed": option.proposed,
                "whole": option.proposed or state == "possible",
                "zones": sentence(context.names.zones(option.zones)) if option.zones else "",
                "for": _reasons(context, option, "for"),
                "against": _reasons(context, option, "against"),
                "text": text,
                "at_home": knowledge.at_home,
                "manners": [
                    {"id": one.id, "name": sentence(context.names.manner(option.technique, one.id))}
                    for one in knowledge.manners
                ],
            }
        )
    return cards


def _reasons(context: PaperContext, option: TechniqueOption, side: str) -> list[str]:
    return [sentence(reason_words(context, key)) for key, given in option.reasons if given == side]


def product_cards(context: PaperContext) -> list[dict[str, Any]]:
    """Return every product of the clinic with its check: those that can be chosen first."""
    from mesoplan.prescription.cocktail import suits

    techniques = [context.knowledge.techniques[zone.technique] for zone in context.plan.prescription.zones]
    chosen = {zone.product for zone in context.plan.prescription.zones}
    words, cards = context.words, []
    for one in context.plan.prescription.products:
        why = [sentence(context.said(key)) for key in one.refusals]
        why += [] if one.fits else [sentence(words("choice.fits_no_goal"))]
        why += [] if any(suits(way, one) for way in techniques) else [sentence(words("choice.not_this_way"))]
        goals = ", ".join(context.names.indication(goal) for goal in one.fits)
        cards.append(
            {
                "id": one.product,
                "name": one.name,
                "fits": words("cocktail.fits", goals=goals) if goals else "",
                "why": why,
                "allergens": [f"{allergy}: {ingredient}" for allergy, ingredient in one.allergens],
                "can": not why,
                "chosen": one.product in chosen,
            }
        )
    return sorted(cards, key=lambda card: (not card["can"], not card["chosen"], card["name"]))


def refusal_lines(context: PaperContext, error: ChoiceError) -> list[str]:
    """Return why choices are refused, each with its limit and source."""
    return [_refusal(context, one) for one in error.refusals]


def _refusal(context: PaperContext, one: Refusal) -> str:
    words = context.words
    where = f"{sentence(context.names.zone(one.zone))}: " if one.zone else ""
    if one.limit is None:
        near = ", ".join(words.measure(mm, "mm") for mm in one.near_mm)
        why = [context.said(key) for key in one.why] + (
            [_("nearest are %(values)s") % {"values": near}] if near else []
        )
        return f"{where}{_given(context, one)}: {'; '.join(why)}."
    limit, given = (_measure(words, value, one.limit.unit) for value in (one.limit.limit, one.limit.planned))
    source = basis_name(context, one.limit.basis)
    return f"{where}{given} > {limit}. {sentence(words(f'limit.{one.limit.name}'))}; {source}."


def _given(context: PaperContext, one: Refusal) -> str:
    """Return what was chosen: a number as the reader's language writes it, else what it is called in the clinic."""
    words, folder, number = context.words, context.clinic, one.given.removesuffix(" mm")
    if one.what not in ("depth", "cover") or not number.replace(".", "", 1).isdigit():
        every: dict[str, Any] = {} if folder is None else {**folder.products, **folder.cartridges, **folder.tools}
        return str(every[one.given].name) if one.given in every else one.given
    return words.measure(float(number), "mm") if one.what == "depth" else words.percent(float(number))


def _measure(words: Words, value: float, unit: str) -> str:
    return words.percent(value) if unit == "1" else words.measure(value, unit)


def day_reasons(context: PaperContext, keys: tuple[str, ...]) -> list[str]:
    """Return why a day is not possible, in words."""
    return [sentence(context.words(key)) for key in keys]


__all__ = ["ShownPlan", "context_of", "day_reasons", "days_of", "product_cards", "refusal_lines", "technique_cards"]


def _why_moved(words: Words, keys: Iterable[str]) -> str:
    """Return why a session is on another day than its interval gives; a day that was chosen says so by itself."""
    own = [words(key) for key in keys if key.startswith("moved.cho")]
    others = ", ".join(words(key) for key in keys if not key.startswith("moved.cho"))
    return sentence("; ".join([*own, *([words("calendar.moved", why=others)] if others else [])]))
