"""What the practitioner chose where the plan leaves a choice: product, device, depths, covers, dates.

Each choice is held against the limits. One that breaks an absolute limit is refused, with the limit and its source; one
that goes beyond a recommendation needs a reason, which the plan keeps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from mesoplan.clinic.devices import NeedleDevice
from mesoplan.errors import Problem, ProblemError
from mesoplan.prescription.model import Basis, Depth, Limit, ProductOption, ZonePrescription

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.prescription.cocktail import Suits

COVER_LIMIT = "cover_documents"
COVERAGE_ROLE = "coverage"
HAND_STEP_MM = 0.1
_EPSILON = 1e-9
_OUTDATED_NOTES = frozenset({"depth.capped_by_skin", "depth.up_to", "depth.shallower_than_documents"})


@dataclass(frozen=True, slots=True)
class Choices:
    """The practitioner's choices; what is not chosen is the plan's own proposal.

    Attributes:
        product: Product of the clinic for every zone whose technique can bring it in.
        device: Device, stamp, roller or needle-free device of the clinic, for the zones it serves.
        cartridge: Cartridge of that device.
        depths_mm: (zone, depth) in millimetres.
        covers: (zone, share of the area hit in one session).
        days: (session number, day) of the sessions that were moved.
        reasons: (limit, reason) for every recommendation that a choice goes beyond.
    """

    product: str | None = None
    device: str | None = None
    cartridge: str | None = None
    depths_mm: tuple[tuple[str, float], ...] = ()
    covers: tuple[tuple[str, float], ...] = ()
    days: tuple[tuple[int, date], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()

    def reason(self, limit: str) -> str:
        """Return the reason given for going beyond a recommendation, "" without one."""
        return next((reason.strip() for name, reason in self.reasons if name == limit), "")


NOTHING_CHOSEN = Choices()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a choice cannot be followed.

    Attributes:
        what: "technique", "manner", "product", "device", "cartridge", "depth" or "cover".
        given: What was chosen, as text.
        zone: Zone id, None where it is for all.
        why: Word keys: the product's refusals, or `choice.*`.
        limit: The limit it breaks, with what was chosen as `planned`; None where it breaks none.
        wants_reason: True where a reason would do.
        near_mm: The depths nearest to a chosen one that can be set and break no limit.
    """

    what: str
    given: str
    zone: str | None
    why: tuple[str, ...]
    limit: Limit | None = None
    wants_reason: bool = False
    near_mm: tuple[float, ...] = ()


class ChoiceError(ProblemError):
    """Choices that cannot be followed; `refusals` says why, each with its limit and source."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        """Keep the refusals, and say them as problems."""
        self.refusals = tuple(refusals)
        super().__init__(_problem(one) for one in self.refusals)


def _problem(one: Refusal) -> Problem:
    place = f"choices: {one.what}" + (f" in {one.zone}" if one.zone else "")
    if one.limit is None:
        near = " or ".join(f"{mm:g} mm" for mm in one.near_mm)
        remedy = f"Choose {near}." if near else "Choose another one."
        return Problem(place, one.given, f"this cannot be chosen ({', '.join(one.why)})", remedy)
    limit = f"{one.limit.name} of {one.limit.limit:g} {one.limit.unit} ({one.limit.basis.reference})"
    if one.wants_reason:
        return Problem(place, one.given, f"beyond the recommended {limit}", "Choose less, or give a reason.")
    return Problem(place, one.given, f"beyond the limit {limit}", "Choose less: this limit has no exception.")


def check_ways(knowledge: Knowledge, technique: str | None, manner: str | None) -> None:
    """Refuse a technique, and a manner of injection, that the knowledge does not have: an edition may drop one.

    Raises:
        ChoiceError: If it has no such technique, or no technique of it has such a manner.
    """
    ways = knowledge.techniques
    manners = {one.id for way in ways.values() for one in way.manners}
    refused: list[Refusal] = []
    if technique is not None and technique not in ways:
        refused.append(Refusal("technique", technique, None, ("choice.no_technique",)))
    if manner is not None and manner not in manners:
        refused.append(Refusal("manner", manner, None, ("choice.no_manner",)))
    if refused:
        raise ChoiceError(refused)


def chosen_product(
    products: tuple[ProductOption, ...], wished: str, goals: tuple[str, ...], suits: Suits
) -> ProductOption:
    """Return the product that was chosen, if nothing refuses it, it fits a goal and some zone's technique takes it.

    Args:
        products: Every product of the clinic, checked.
        wished: Its id.
        goals: The goals to be served.
        suits: Whether any planned technique can bring a product in.

    Raises:
        ChoiceError: If it cannot be used.
    """
    found = next((one for one in products if one.product == wished), None)
    if found is None:
        raise ChoiceError([Refusal("product", wished, None, ("choice.unknown",))])
    why = [*found.refusals]
    why += [] if set(found.fits) & set(goals) else ["choice.fits_no_goal"]
    why += [] if suits(found) else ["choice.not_this_way"]
    if why:
        raise ChoiceError([Refusal("product", wished, None, tuple(why))])
    return found


def with_choices(
    knowledge: Knowledge, clinic: Clinic | None, zones: Iterable[ZonePrescription], choices: Choices
) -> tuple[ZonePrescription, ...]:
    """Return the zones with the chosen depths and covers.

    Raises:
        ChoiceError: With every choice that breaks a limit, lacks a reason, or has no place in the plan.
    """
    refusals: list[Refusal] = []
    depths, covers = dict(choices.depths_mm), dict(choices.covers)
    found = []
    for one in zones:
        zone = one
        if one.zone in depths:
            zone = _with_depth(clinic, zone, depths[one.zone], choices, refusals)
        if one.zone in covers:
            zone = _with_cover(knowledge, zone, covers[one.zone], choices, refusals)
        found.append(zone)
    planned = {one.zone for one in found}
    for what, given in (("depth", depths), ("cover", covers)):
        refusals += [
            Refusal(what, f"{value:g}", zone, ("choice.not_planned",))
            for zone, value in given.items()
            if zone not in planned
        ]
    for what, name in (("device", choices.device), ("cartridge", choices.cartridge)):
        if name is not None and found and not any(getattr(one, what) == name for one in found):
            refusals.append(Refusal(what, name, None, ("choice.serves_nothing",)))
    if refusals:
        raise ChoiceError(refusals)
    return tuple(found)


def _with_depth(
    clinic: Clinic | None, zone: ZonePrescription, wished_mm: float, choices: Choices, refusals: list[Refusal]
) -> ZonePrescription:
    """Return the zone at the chosen depth; where it cannot be, `refusals` says why and the zone stays."""
    given, depth = f"{wished_mm:g} mm", zone.depth
    tool = None if clinic is None else clinic.tools.get(zone.device or "")
    settable = zone.device is None or isinstance(tool, NeedleDevice)
    why = "choice.no_depth" if depth is None else "" if settable else "choice.no_setting"
    if depth is None or why or not math.isfinite(wished_mm) or wished_mm <= 0.0:
        refusals.append(Refusal("depth", given, zone.zone, (why or "choice.not_a_number",)))
        return zone
    limits = tuple(replace(one, planned=wished_mm) for one in depth.limits)
    broken = next((one for one in limits if one.margin < -_EPSILON), None)
    if broken is not None:
        wants = not broken.absolute
        if not (wants and choices.reason(broken.name)):
            refusals.append(Refusal("depth", given, zone.zone, (), broken, wants))
            return zone
    low, step = (tool.min_depth_mm, tool.depth_step_mm) if isinstance(tool, NeedleDevice) else (0.0, HAND_STEP_MM)
    steps = (wished_mm - low) / step
    if steps < -_EPSILON or abs(steps - round(steps)) > 1e-6:
        near = (round(low + number * step, 3) for number in (math.floor(steps), math.floor(steps) + 1))
        fitting = tuple(
            mm for mm in near if mm >= low and mm > 0.0 and all(mm <= one.limit + _EPSILON for one in limits)
        )
        refusals.append(Refusal("depth", given, zone.zone, ("choice.between_steps",), near_mm=fitting))
        return zone
    bases = _replaced(depth.bases, "nominal_mm", _chosen("depth"))
    return replace(
        zone,
        depth=_at(depth, wished_mm, limits, bases),
        bases=_replaced(zone.bases, "nominal_mm", _chosen("depth")),
    )


def _at(depth: Depth, mm: float, limits: tuple[Limit, ...], bases: tuple[tuple[str, Basis], ...]) -> Depth:
    ratio = mm / depth.nominal_mm
    low = depth.reference_low_mm
    shallower = ("depth.shallower_than_documents",) if low is not None and mm < low - _EPSILON else ()
    return replace(
        depth,
        nominal_mm=mm,
        achieved_low_mm=None if depth.achieved_low_mm is None else depth.achieved_low_mm * ratio,
        achieved_high_mm=None if depth.achieved_high_mm is None else depth.achieved_high_mm * ratio,
        inserted_mm=None if depth.inserted_mm is None else depth.inserted_mm * ratio,
        limits=limits,
        notes=(*(note for note in depth.notes if note not in _OUTDATED_NOTES), *shallower),
        bases=bases,
    )


def _with_cover(
    knowledge: Knowledge, zone: ZonePrescription, wished: float, choices: Choices, refusals: list[Refusal]
) -> ZonePrescription:
    """Return the zone with the chosen cover; more than the documents' share of a session needs a reason."""
    given = f"{wished:g}"
    if zone.area_fraction is None:
        refusals.append(Refusal("cover", given, zone.zone, ("choice.no_cover",)))
        return zone
    if not 0.0 < wished < 1.0:
        refusals.append(Refusal("cover", given, zone.zone, ("choice.not_a_share",)))
        return zone
    fact = knowledge.techniques[zone.technique].facts[COVERAGE_ROLE]
    low, high = knowledge.limits(fact, "1")
    most = high if high is not None else low or 0.0
    limit = Limit(COVER_LIMIT, most, wished, "1", False, Basis("fact", fact))
    if limit.margin < -_EPSILON and not choices.reason(limit.name):
        refusals.append(Refusal("cover", given, zone.zone, (), limit, wants_reason=True))
        return zone
    bases = _replaced(zone.bases, "area_fraction", _chosen("cover"))
    return replace(zone, area_fraction=wished, bases=bases, limits=(*zone.limits, limit))


def _chosen(what: str) -> Basis:
    return Basis("choice", what)


def _replaced(bases: tuple[tuple[str, Basis], ...], name: str, basis: Basis) -> tuple[tuple[str, Basis], ...]:
    return tuple((field, basis if field == name else old) for field, old in bases)
