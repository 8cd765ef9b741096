"""The quote: the positions of the clinic's own list that hold for this course, added up exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, get_args

from mesoplan.clinic.model import Clinic, PriceFactor, PricePosition, Prices
from mesoplan.course.model import PriceLine, Quote
from mesoplan.intake.model import UNKNOWN, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.layout.model import Layout
from mesoplan.prescription.model import Prescription, ZonePrescription

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
ANAESTHESIA_ROLE = "anaesthesia"
NO_LIST, NO_POSITION, NO_PRODUCT, NO_VOLUME, WHO_TREATS = (
    "asked.price_list",
    "asked.price",
    "asked.price_product",
    "asked.price_volume",
    "asked.price_qualification",
)


def quote(
    knowledge: Knowledge,
    clinic: Clinic | None,
    intake: Intake,
    prescription: Prescription,
    layout: Layout,
    sessions: int,
) -> tuple[Quote | None, tuple[str, ...]]:
    """Return the price of the sessions still to come, and the word keys of what the list leaves open.

    Without a position for the treatment there is no quote: a sum of product and surcharges alone would be taken for
    its price. Each zone is priced by one treatment position: of those that hold for it the one with most conditions,
    then the first of the list; its area is that of all zones it prices. Volumes and areas are charged in whole
    millilitres and square centimetres, rounded up. Anaesthesia is charged where a source names one for the
    technique and the client states a low pain threshold, the allergy test until one is negative, the consultation
    before the first session. A position for a qualification holds where everyone in the clinic has it.

    Args:
        knowledge: Zone names.
        clinic: The price list, None without a folder: then there is no quote.
        intake: Pain threshold, sessions done.
        prescription: Zones, techniques, device, product.
        layout: Volumes.
        sessions: Sessions still to come; no quote without one.
    """
    if clinic is None or not prescription.zones or sessions < 1:
        return None, ()
    if clinic.prices is None:
        return None, (NO_LIST,)
    pricing = _Pricing(knowledge, clinic, clinic.prices, intake, prescription, layout, sessions)
    lines = tuple(pricing.lines())
    if not pricing.treats or not any(line.per == "session" for line in lines):
        return None, tuple(dict.fromkeys((*pricing.asked, NO_POSITION)))
    per_session = sum((Decimal(line.amount) for line in lines if line.per == "session"), Decimal(0))
    once = sum((Decimal(line.amount) for line in lines if line.per == "course"), Decimal(0))
    used = tuple(factor for factor in get_args(PriceFactor) if factor in pricing.factors)
    result = Quote(
        currency=clinic.prices.currency,
        lines=lines,
        per_session=_text(per_session),
        total=_text(per_session * sessions + once),
        sessions=sessions,
        valid_from=clinic.prices.valid_from,
        basis="prices.yaml",
        factors_used=used,
        factors_unused=tuple(factor for factor in get_args(PriceFactor) if factor not in used),
    )
    return result, tuple(dict.fromkeys(pricing.asked))


@dataclass
class _Pricing:
    """Works through the list once, noting what it leaves open."""

    knowledge: Knowledge
    clinic: Clinic
    prices: Prices
    intake: Intake
    prescription: Prescription
    layout: Layout
    sessions: int

    def __post_init__(self) -> None:
        self.asked: list[str] = []
        self.factors: set[PriceFactor] = set()
        self.treats = False

    def lines(self) -> Iterator[PriceLine]:
        """Yield the lines in the order treatment, product, others, surcharges and reductions."""
        treatment = list(self._treatment())
        self.treats = bool(treatment)
        yield from treatment
        yield from self._product()
        for role, wanted in self._others():
            for position in self._positions(role):
                if wanted and self._holds(position):
                    yield self._line(position, 1)
        base = sum((Decimal(line.amount) for line in treatment if line.per == "session"), Decimal(0))
        for position in self._positions("policy"):
            if self._holds(position):
                yield self._line(position, 1, base)

    def _treatment(self) -> Iterator[PriceLine]:
        left = list(self.prescription.zones)
        for position in sorted(self._positions("treatment"), key=lambda one: -_conditions(one)):
            zones = [zone for zone in left if self._holds(position) and self._covers(position, zone)]
            area = sum(zone.area_cm2 for zone in zones)
            if zones and _in_range(position, area):
                left = [zone for zone in left if zone not in zones]
                yield self._line(position, math.ceil(area) if position.per == "cm2" else 1)
        if left:
            self.asked.append(NO_POSITION)

    def _product(self) -> Iterator[PriceLine]:
        products = {zone.product for zone in self.prescription.zones if zone.product is not None}
        for name in sorted(products):
            positions = [one for one in self._positions("product") if one.product == name and self._holds(one)]
            for position in positions[:1]:
                volume = self._syringe_volume_ml(name)
                if position.per == "ml" and volume is None:
                    self.asked.append(NO_VOLUME)
                else:
                    yield self._line(position, math.ceil(volume or 0.0) if position.per == "ml" else 1)
            if not positions:
                self.asked.append(NO_PRODUCT)

    def _others(self) -> tuple[tuple[str, bool], ...]:
        techniques = (self.knowledge.techniques[zone.technique] for zone in self.prescription.zones)
        numbed = any(ANAESTHESIA_ROLE in one.facts for one in techniques)
        pain = numbed and self.intake.answers.get("pain_threshold", UNKNOWN).code == "low"
        tested = any(
            one.test == "negative" and any(zone.product == one.product for zone in self.prescription.zones)
            for one in self.prescription.products
        )
        return (
            ("anaesthesia", pain),
            ("allergy_test", not tested),
            ("consultation", self.intake.sessions_done == 0),
        )

    def _positions(self, role: str) -> list[PricePosition]:
        return [one for one in self.prices.positions if one.role == role]

    def _holds(self, position: PricePosition) -> bool:
        """Return whether the conditions on device, technique, number of sessions and practitioner hold."""
        qualifications = {one.qualification for one in self.clinic.practitioners}
        if position.qualification is not None and qualifications != {position.qualification}:
            if position.qualification in qualifications:
                self.asked.append(WHO_TREATS)
            return False
        techniques = {zone.technique for zone in self.prescription.zones}
        return (
            position.device in (None, self.prescription.device, *(one.device for one in self.prescription.zones))
            and (position.technique is None or position.technique in techniques)
            and (position.sessions_from is None or self.intake.sessions_done + self.sessions >= position.sessions_from)
        )

    def _covers(self, position: PricePosition, zone: ZonePrescription) -> bool:
        zones = {name for given in position.zones for name in self.knowledge.expand(given)}
        return position.technique in (None, zone.technique) and (not position.zones or zone.zone in zones)

    def _syringe_volume_ml(self, product: str) -> float | None:
        """Return the injected volume of a product, None where a zone's is not known or a device only spreads it."""
        zones = {zone.zone for zone in self.prescription.zones if zone.product == product}
        volumes = [one.volume_ml for one in self.layout.points if one.zone in zones]
        if len(volumes) < len(zones) or any(volume is None for volume in volumes):
            return None
        return sum(volume for volume in volumes if volume is not None)

    def _line(self, position: PricePosition, quantity: int, base: Decimal = Decimal(0)) -> PriceLine:
        self.factors.update(position.factors)
        per: Literal["session", "course"] = "course" if position.per == "course" else "session"
        basis = f"prices.yaml: {position.id}"
        if position.amount is None:
            percent = position.percent or Decimal(0)
            share = (base * percent / HUNDRED).quantize(CENT, ROUND_HALF_UP)
            return PriceLine(position.id, "session", 1, _text(share), _text(share), f"{basis}: {percent} %")
        amount = position.amount * quantity
        return PriceLine(position.id, per, quantity, _text(position.amount), _text(amount), basis)


def _conditions(position: PricePosition) -> int:
    """Return how many conditions a position states."""
    area = position.area_from_cm2 is not None or position.area_up_to_cm2 is not None
    stated = (position.technique, position.device, position.qualification, position.sessions_from)
    return sum(one is not None for one in stated) + bool(position.zones) + area


def _in_range(position: PricePosition, area_cm2: float) -> bool:
    """Return whether an area lies in the position's range: from its lower end on, below its upper end."""
    low, high = position.area_from_cm2, position.area_up_to_cm2
    return (low is None or area_cm2 >= low) and (high is None or area_cm2 < high)


def _text(amount: Decimal) -> str:
    return str(amount.quantize(CENT, ROUND_HALF_UP))
