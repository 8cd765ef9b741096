"""The prescription: for each goal zone a technique, a product, a depth and a target, each with limits and sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a number comes from: a fact of the knowledge, or an entry of the clinic's folder.

    Attributes:
        kind: "fact", "clinic", "atlas" (skin thickness), "chart" (vendor's depth chart), "surface" (area), "computed",
            "intake" (decided by the practitioner and entered there), "choice" (by the practitioner for this plan).
        reference: Fact id, `devices.yaml: pen-x: label_max_depth_mm`, atlas row id, `source: locator` of a chart, the
            surface's basis (`photo+pd`), or the formula's name.
        note: What to know beside it, a word key; `basis.strictest_neighbour:<zone>` names the base zone after a colon.
    """

    kind: Literal["fact", "clinic", "atlas", "chart", "surface", "computed", "intake", "choice"]
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """One upper limit with its margin.

    Attributes:
        name: A word key: depth_label, depth_thin_skin, depth_cartridge, depth_device, depth_hard, volume_product ...
        limit: The limit's value in `unit`.
        planned: The planned value in `unit`.
        unit: mm, ml, mm/s, Hz, 1 ...
        absolute: True: stops; False: asks for a reason.
        basis: Where it comes from.
    """

    name: str
    limit: float
    planned: float
    unit: str
    absolute: bool
    basis: Basis

    @property
    def margin(self) -> float:
        """Limit minus plan, in `unit`; negative when broken."""
        return self.limit - self.planned


@dataclass(frozen=True, slots=True)
class Depth:
    """The depth of one zone.

    Attributes:
        nominal_mm: The device's setting, or the needle's depth along the skin's normal for a syringe.
        achieved_low_mm: Low end of the depth really reached, from the achieved/nominal ratio.
        achieved_high_mm: High end.
        ceiling_mm: The lowest of all limits.
        limits: Every limit that was looked at, lowest first.
        angle_deg: Angle to the skin; of a range its steepest end, with which a flatter hand stays shallower.
        inserted_mm: Needle length in the skin: depth over the sine of the angle; None without a sourced angle.
        reference_low_mm: Low end of the documents' range, None without one; shallower is allowed and said so.
        reference_high_mm: High end of that range (it is also among the limits).
        notes: Word keys: what to know about this depth.
        bases: (field name, basis).
    """

    nominal_mm: float
    achieved_low_mm: float | None
    achieved_high_mm: float | None
    ceiling_mm: float
    limits: tuple[Limit, ...]
    angle_deg: float | None
    inserted_mm: float | None
    reference_low_mm: float | None
    reference_high_mm: float | None
    notes: tuple[str, ...]
    bases: tuple[tuple[str, Basis], ...]


@dataclass(frozen=True, slots=True)
class TechniqueOption:
    """One technique that could serve, with the reasons for and against; the practitioner chooses.

    Attributes:
        technique: Technique id.
        zones: Goal zones it may be used in (by screening, zone and indication).
        refused: (zone, reason as word key or finding id) for the others.
        reasons: (word key or fact id, "for" | "against").
        proposed: True for the one the plan goes on with.
    """

    technique: str
    zones: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    proposed: bool


@dataclass(frozen=True, slots=True)
class ProductOption:
    """One product of the clinic, checked ingredient by ingredient.

    Attributes:
        product: Product id of the clinic.
        name: Its name.
        fits: The indications it fits by its substance classes.
        routes: What it is made for: "solid_needle", "hollow_needle", "topical", "home".
        allergens: (answered allergy, ingredient) pairs that match: the product is then refused.
        unmatched_allergies: Answered allergies that no substance list knows: NEEDS_INFO.
        refusals: Word keys: why it cannot be used (not injectable, oil, composition unknown, positive test).
        test: Allergy test state for this product: "none", "waiting", "negative", "expired" or "positive".
        usable: True when nothing refuses it and nothing is unmatched.
        classes: Substance classes of its ingredients, sorted.
    """

    product: str
    name: str
    fits: tuple[str, ...]
    routes: tuple[str, ...]
    allergens: tuple[tuple[str, str], ...]
    unmatched_allergies: tuple[str, ...]
    refusals: tuple[str, ...]
    test: Literal["none", "waiting", "negative", "expired", "positive"]
    usable: bool
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZonePrescription:
    """What is wished in one zone.

    Attributes:
        zone: Expanded zone id.
        indications: Goals served here.
        technique: Technique id.
        manner: Manner of injection for a syringe, None for a device.
        area_cm2: Area to be treated: keep-outs and the eye margin taken off.
        area_low_cm2: Low end of the area's error band.
        area_high_cm2: High end.
        area_fraction: Wished share of the area hit in one session, None for a syringe and without punctures.
        microzone_mm: Diameter of the zone that one puncture of a device acts on, None for a syringe.
        depth: None where no source and no clinic gives a depth: then `asked` says so.
        product: Product id, None without a usable product.
        eligible_from: First day on which this zone may be treated, None without a known one.
        may_treat: Whether the screening allows this technique here; False: provisional.
        asked: Word keys of what the practitioner must still decide.
        bases: (field name, basis) for every number above.
        device: Device, roller or needle-free device of the clinic, None without one.
        cartridge: Cartridge of that device, None without one.
        size_cm: Width and height of the scar itself, where nothing else is wished here and they were given.
        limits: What the choices made here were held against; empty without a choice that has a limit of its own.
    """

    zone: str
    indications: tuple[str, ...]
    technique: str
    manner: str | None
    area_cm2: float
    area_low_cm2: float
    area_high_cm2: float
    area_fraction: float | None
    microzone_mm: float | None
    depth: Depth | None
    product: str | None
    eligible_from: date | None
    may_treat: bool
    asked: tuple[str, ...]
    bases: tuple[tuple[str, Basis], ...]
    device: str | None = None
    cartridge: str | None = None
    size_cm: tuple[float, float] | None = None
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class Prescription:
    """The whole prescription.

    Attributes:
        techniques: Every technique, with reasons.
        products: Every product of the clinic, with its check.
        zones: The zones that may be treated; where none may, those that may first, provisionally.
        left_out: (goal zone, word key or finding id) for every goal zone that is not among `zones`.
        device: The first zone's device with a cartridge, None without one.
        cartridge: Its cartridge, None without one.
        asked: Word keys of what the practitioner must still decide.
        provisional: True when the screening does not (yet) allow treatment: nothing here may be used for a session.
    """

    techniques: tuple[TechniqueOption, ...]
    products: tuple[ProductOption, ...]
    zones: tuple[ZonePrescription, ...]
    left_out: tuple[tuple[str, str], ...]
    device: str | None
    cartridge: str | None
    asked: tuple[str, ...]
    provisional: bool
