"""The prescription: for each goal zone that may be treated, a technique, an area, a cover, a depth and a product."""

from __future__ import annotations

from dataclasses import dataclass

from mesoplan.clinic.model import Clinic
from mesoplan.intake.model import Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.technique import Manner, Technique
from mesoplan.prescription.choices import COVERAGE_ROLE, NOTHING_CHOSEN, Choices, chosen_product, with_choices
from mesoplan.prescription.cocktail import check_products, suits
from mesoplan.prescription.depth import plan_depth, plan_roller, plan_stamp
from mesoplan.prescription.equipment import equipment_for
from mesoplan.prescription.model import Basis, Depth, Prescription, ProductOption, TechniqueOption, ZonePrescription
from mesoplan.prescription.technique import in_order, may_be_planned, propose, serves
from mesoplan.screening.model import Cell, Screening
from mesoplan.surface.model import Surface, ZoneArea, area_outside_eye_margin

MICROZONE_ROLE, EYE_MARGIN_ROLE = "microzone", "eye_margin"
PARAMETER_ROLE = "parameter_"
_BY_COVER = ("gliding_pen", "stamp", "roller")
AREA_UNKNOWN, KEPT_OUT, EYE_MARGIN = "refused.area_unknown", "refused.kept_out", "refused.eye_margin"
SCAR_SIZE_UNKNOWN, SCAR_TOO_LARGE = "refused.scar_size_unknown", "refused.scar_too_large"


def prescribe(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    screening: Screening,
    surface: Surface,
    *,
    technique: str | None = None,
    manner: str | None = None,
    choices: Choices = NOTHING_CHOSEN,
) -> Prescription:
    """Return what is wished, zone by zone, within the limits, and what the practitioner must still decide.

    Zones that may be treated are prescribed. Where none may, those that may first are, provisionally: a date or a
    doctor stands against them and nothing else is missing. All others are left out with the reason.

    Args:
        knowledge: Techniques, facts, atlas.
        clinic: Devices and products, None without a folder: then no depth by device and no product.
        intake: Goals and answers.
        screening: The verdicts, by technique and zone.
        surface: Areas.
        technique: The only technique to plan with, None for any.
        manner: Manner of injection, where the technique has it; None for its first one.
        choices: What the practitioner chose beside them.

    Raises:
        ChoiceError: If a choice breaks a limit, lacks its reason or cannot be used.
        ProblemError: If a fact has no such number.
    """
    options = propose(knowledge, clinic, intake, screening, technique=technique)
    cells = _assign(knowledge, options, screening, only=technique)
    goals = tuple(dict.fromkeys(goal for cell in cells for goal in _goals(knowledge, cell)))
    wished = goals or tuple(dict.fromkeys(goal.indication for goal in intake.goals))
    products = check_products(knowledge, clinic, intake, wished, screening.on)
    used_ways = [knowledge.techniques[cell.technique] for cell in cells]
    product = _choose(products, wished, used_ways[:1])
    if choices.product is not None and cells:
        product = chosen_product(
            products, choices.product, wished, lambda one: any(suits(way, one) for way in used_ways)
        )
    planned = [(cell.zone or "", _zone(knowledge, clinic, cell, surface, product, manner, choices)) for cell in cells]
    zones = list(with_choices(knowledge, clinic, (one for _, one in planned if not isinstance(one, str)), choices))
    outside = {zone: why for zone, why in planned if isinstance(why, str)}
    used = next((one for one in zones if one.cartridge is not None), None)
    return Prescription(
        techniques=options,
        products=products,
        zones=tuple(zones),
        left_out=_left_out(knowledge, options, screening, zones, outside),
        device=None if used is None else used.device,
        cartridge=None if used is None else used.cartridge,
        asked=("asked.clinic",) if clinic is None else (),
        provisional=not any(one.may_treat for one in zones),
    )


def _assign(
    knowledge: Knowledge, options: tuple[TechniqueOption, ...], screening: Screening, *, only: str | None
) -> tuple[Cell, ...]:
    """Return one cell per zone to be prescribed: with the proposed technique where it serves, else with another."""
    order = [one.technique for one in in_order(knowledge, options) if only in (None, one.technique)]
    if not any(one.proposed for one in options):
        return ()
    serving = [
        cell
        for name in order
        for cell in screening.cells
        if cell.technique == name and serves(knowledge, knowledge.techniques[name], cell)
    ]
    zones = dict.fromkeys(cell.zone for cell in screening.cells)
    treatable = [cell for cell in serving if cell.may_treat]
    later = [cell for cell in serving if may_be_planned(cell)]
    if not treatable and later:
        dates = [cell.eligible_from for cell in later if cell.eligible_from is not None]
        soonest = min(dates, default=None)
        later = [cell for cell in later if cell.eligible_from == soonest]
    chosen = treatable or later
    found = (next((cell for cell in chosen if cell.zone == zone), None) for zone in zones)
    return tuple(cell for cell in found if cell is not None)


def _zone(
    knowledge: Knowledge,
    clinic: Clinic | None,
    cell: Cell,
    surface: Surface,
    product: ProductOption | None,
    wished_manner: str | None,
    choices: Choices,
) -> ZonePrescription | str:
    """Return the zone's prescription, or the word key of why it is left out after all."""
    technique, zone, goals = knowledge.techniques[cell.technique], cell.zone or "", _goals(knowledge, cell)
    fitting = product.product if product is not None and suits(technique, product) else None
    own_size = all(knowledge.indications[goal].own_size for goal in goals)
    area = _area(knowledge, technique, surface, zone, own_size=own_size)
    if isinstance(area, str):
        return area
    size = surface.own_size(zone) if own_size else None
    manner = _manner(technique, wished_manner)
    means = _means(knowledge, clinic, technique, manner, zone, choices)
    fraction, microzone, bases = _target(knowledge, technique)
    by_cover = technique.layout in _BY_COVER and not technique.at_home
    gaps = (
        ("asked.product", fitting is None),
        ("asked.coverage", by_cover and (fraction is None or microzone is None)),
        ("asked.manner", technique.layout == "points" and manner is None),
    )
    return ZonePrescription(
        zone=zone,
        indications=goals,
        technique=technique.id,
        manner=None if manner is None else manner.id,
        device=means.device,
        cartridge=means.cartridge,
        area_cm2=area.area_cm2,
        area_low_cm2=area.low_cm2,
        area_high_cm2=area.high_cm2,
        area_fraction=fraction,
        microzone_mm=microzone,
        depth=means.depth,
        product=fitting,
        eligible_from=cell.eligible_from,
        may_treat=cell.may_treat,
        asked=(*means.asked, *(word for word, missing in gaps if missing)),
        bases=(("area_cm2", Basis("surface", area.basis)), *bases, *(means.depth.bases if means.depth else ())),
        size_cm=None if size is None else (size.width_cm, size.height_cm),
    )


def _manner(technique: Technique, wished: str | None) -> Manner | None:
    """Return the manner of injection that is wished, where the technique has it, else its first one."""
    if technique.layout != "points" or not technique.manners:
        return None
    return next((one for one in technique.manners if one.id == wished), technique.manners[0])


@dataclass(frozen=True, slots=True)
class _Means:
    """What a zone is worked with, how deep, and what is then still asked."""

    device: str | None
    cartridge: str | None
    depth: Depth | None
    asked: tuple[str, ...]


def _means(
    knowledge: Knowledge,
    clinic: Clinic | None,
    technique: Technique,
    manner: Manner | None,
    zone: str,
    choices: Choices,
) -> _Means:
    """Return device and depth of one zone; a home roller has neither, a needle-free technique no depth."""
    equipment = equipment_for(clinic, technique, device=choices.device, cartridge=choices.cartridge)
    if technique.at_home:
        return _Means(None, None, None, ("asked.home_roller",))
    if technique.layout == "needle_free":
        given = any(role.startswith(PARAMETER_ROLE) for role in technique.facts)
        source = equipment.needle_free
        missing = () if source is not None or given else ("asked.needle_free_settings",)
        return _Means(None if source is None else source.id, None, None, missing)
    asked: tuple[str, ...]
    if technique.layout == "roller":
        depth, roller, asked = plan_roller(knowledge, technique, zone, equipment.rollers)
        return _Means(None if roller is None else roller.id, None, depth, asked)
    if technique.layout == "stamp":
        stamp = equipment.stamp
        depth, asked = plan_stamp(knowledge, technique, zone, stamp)
        return _Means(None if stamp is None else stamp.id, None, depth, asked)
    pen, cartridge = equipment.device, equipment.cartridge
    depth, asked = plan_depth(knowledge, clinic, technique, manner, zone, pen, cartridge)
    return _Means(None if pen is None else pen.id, None if cartridge is None else cartridge.id, depth, asked)


def _goals(knowledge: Knowledge, cell: Cell) -> tuple[str, ...]:
    return serves(knowledge, knowledge.techniques[cell.technique], cell)


def _area(knowledge: Knowledge, technique: Technique, surface: Surface, zone: str, *, own_size: bool) -> ZoneArea | str:
    """Return the area that may be worked on; devices stay out of the margin around the eye.

    Where only a scar is treated (`own_size`) in a zone of the face, it is the scar's, never the zone's.
    """
    if not any(one.zone == zone for one in surface.zones):
        return AREA_UNKNOWN
    area = surface.area(zone)
    if area.area_cm2 <= 0.0:
        return KEPT_OUT
    if EYE_MARGIN_ROLE in technique.facts:
        low, high = knowledge.limits(technique.facts[EYE_MARGIN_ROLE], "mm")
        area = area_outside_eye_margin(surface, zone, high if high is not None else low or 0.0)
    if area.area_cm2 <= 0.0:
        return EYE_MARGIN
    return _scar(surface, area) if own_size and knowledge.zone_of(zone)[0].surface == "mesh" else area


def _scar(surface: Surface, around: ZoneArea) -> ZoneArea | str:
    """Return the area of the scar in a zone of the face: asked where nobody measured it, no larger than the zone."""
    size = surface.own_size(around.zone)
    if size is None:
        return SCAR_SIZE_UNKNOWN
    if size.area_cm2 > around.high_cm2:
        return SCAR_TOO_LARGE
    return ZoneArea(around.zone, size.area_cm2, size.area_cm2, size.area_cm2, "own_size")


def _target(
    knowledge: Knowledge, technique: Technique
) -> tuple[float | None, float | None, tuple[tuple[str, Basis], ...]]:
    """Return the wished share of the area and the microzone's diameter of a device; of a range the lower end."""
    if technique.layout not in _BY_COVER or technique.at_home:
        return None, None, ()
    found: list[tuple[float | None, tuple[str, Basis] | None]] = []
    for role, unit, field in ((COVERAGE_ROLE, "1", "area_fraction"), (MICROZONE_ROLE, "mm", "microzone_mm")):
        fact = technique.facts.get(role)
        if fact is None:
            found.append((None, None))
            continue
        low, high = knowledge.limits(fact, unit)
        found.append((low if low is not None else high, (field, Basis("fact", fact))))
    (fraction, _), (microzone, _) = found
    return fraction, microzone, tuple(basis for _, basis in found if basis is not None)


def _choose(
    products: tuple[ProductOption, ...], wished: tuple[str, ...], techniques: list[Technique]
) -> ProductOption | None:
    """Return the usable product for the technique that fits most goals, of several one tested negative, then the first.

    Several products at once are only for compatible ones already tolerated; a course starts with one.
    """
    fitting = [
        one
        for one in products
        if one.usable and set(one.fits) & set(wished) and any(suits(technique, one) for technique in techniques)
    ]
    return min(fitting, key=lambda one: (-len(set(one.fits) & set(wished)), one.test != "negative"), default=None)


def _left_out(
    knowledge: Knowledge,
    options: tuple[TechniqueOption, ...],
    screening: Screening,
    zones: list[ZonePrescription],
    outside: dict[str, str],
) -> tuple[tuple[str, str], ...]:
    """Return every goal zone without a prescription and why: the proposed technique's reason, else the first one's."""
    done = {one.zone for one in zones}
    ranked = in_order(knowledge, options)
    reasons = dict(outside)
    for option in ranked:
        for zone, reason in option.refused:
            reasons.setdefault(zone, reason)
    goal_zones = dict.fromkeys(cell.zone for cell in screening.cells if cell.zone is not None)
    return tuple((zone, reasons.get(zone, "refused.later")) for zone in goal_zones if zone not in done)
