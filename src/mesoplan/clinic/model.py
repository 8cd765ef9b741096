"""What a clinic's folder holds. Every item names the source of its numbers: a manual's page, a label, a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mesoplan.clinic.base import ClinicModel, Day, Name, Note, NotNegative, Positive, Sourced, Words
from mesoplan.clinic.devices import Cartridge, Device, HandProtocol, NeedleFreeDevice, Roller, Stamp
from mesoplan.knowledge.model import Quantity

EmergencyEvent = Literal["anaphylaxis", "vascular_occlusion", "anaesthetic_toxicity", "syncope"]
EMERGENCY_EVENTS: tuple[EmergencyEvent, ...] = ("anaphylaxis", "vascular_occlusion", "anaesthetic_toxicity", "syncope")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PriceFactor = Literal[
    "technique",
    "location",
    "area_size",
    "device",
    "sessions",
    "qualification",
    "cocktail_type",
    "cocktail_amount",
    "salon_policy",
    "anaesthesia",
]
"""What a price may depend on: the eight factors that the documents name, the technique and the anaesthesia."""


class Ingredient(ClinicModel):
    """One ingredient of a product."""

    name: Name
    """As it stands on the label."""
    substance: str = ""
    """The substance of the knowledge base that goes by this name; found on loading."""
    amount: Positive | None = None
    unit: Name | None = None
    """mg/ml, % ...; needed with an amount."""

    @model_validator(mode="after")
    def _amount_with_unit(self) -> Ingredient:
        if (self.amount is None) != (self.unit is None):
            raise ValueError("an amount and its unit belong together")
        return self


class Lot(ClinicModel):
    """A delivery of a product."""

    number: Name
    expires_on: Day


class Product(Sourced):
    """A product that is brought into the skin."""

    id: Name
    name: Name
    manufacturer: Note = ""
    routes: tuple[Literal["solid_needle", "hollow_needle", "topical", "home"], ...] = Field(min_length=1)
    """solid_needle: put on and led in by a device's needles; hollow_needle: injected by syringe; topical: put on whole
    skin for a needle-free device; home: ready-made, its label allows it with the client's own roller."""
    base: Literal["water", "oil", "alcohol"]
    ingredients: tuple[Ingredient, ...] = Field(min_length=1)
    composition_complete: bool
    """True only if every ingredient of the label is listed; otherwise allergies cannot be excluded."""
    origin: Note = ""
    """Where its placenta, DNA or tissue comes from and how the product is registered; without it these are not used."""
    session_max_ml: Positive | None = None
    """Largest volume in one session, from the label."""
    compatible_with: tuple[Name, ...] = ()
    """Products that it may be combined with in one session, as its maker or a pharmacist states."""
    status: Words = Field(default_factory=dict)
    """What it is approved for and whether this use is on its label, for the client's consent; empty: not entered."""
    lots: tuple[Lot, ...] = ()

    def is_expired(self, on: date) -> bool:
        """Return whether every lot that is entered has expired by a day; False where none is entered."""
        return bool(self.lots) and all(lot.expires_on < on for lot in self.lots)

    @property
    def substances(self) -> tuple[str, ...]:
        """Return the substances of its ingredients, in the order of the label."""
        return tuple(ingredient.substance for ingredient in self.ingredients)


class PricePosition(ClinicModel):
    """One line of the price list; each condition given restricts it, and counts as a factor of the price."""

    id: Name
    name: Words
    per: Literal["session", "cm2", "ml", "course"]
    """What the amount is for: a session, each cm2 treated, each ml of product, or once in a course."""
    role: Literal["treatment", "product", "anaesthesia", "allergy_test", "consultation", "policy"]
    amount: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None
    percent: Annotated[Decimal, Field(gt=-100, le=100, max_digits=6, decimal_places=3)] | None = None
    """Instead of an amount: a surcharge (above 0) or reduction (below 0) on the treatment, role policy."""
    technique: str | None = None
    zones: tuple[str, ...] = ()
    area_from_cm2: NotNegative | None = None
    area_up_to_cm2: Positive | None = None
    device: str | None = None
    product: str | None = None
    qualification: str | None = None
    """Qualification of the practitioner, as in clinic.yaml."""
    sessions_from: Annotated[int, Field(ge=1)] | None = None
    """Holds for courses of at least so many sessions."""

    @model_validator(mode="after")
    def _one_amount(self) -> PricePosition:
        if (self.amount is None) == (self.percent is None):
            raise ValueError("a position has either an amount or a percent")
        if self.percent is not None and self.role != "policy":
            raise ValueError("only a position of role policy has a percent")
        return self

    @property
    def factors(self) -> tuple[PriceFactor, ...]:
        """Return what this position depends on, in the order of `PriceFactor`."""
        found: list[tuple[PriceFactor, bool]] = [
            ("technique", self.technique is not None),
            ("location", bool(self.zones)),
            ("area_size", self.per == "cm2" or self.area_from_cm2 is not None or self.area_up_to_cm2 is not None),
            ("device", self.device is not None),
            ("sessions", self.sessions_from is not None or self.per == "session"),
            ("qualification", self.qualification is not None),
            ("cocktail_type", self.product is not None),
            ("cocktail_amount", self.per == "ml"),
            ("salon_policy", self.role == "policy"),
            ("anaesthesia", self.role == "anaesthesia"),
        ]
        return tuple(factor for factor, used in found if used)


class Prices(ClinicModel):
    """The clinic's price list."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """ISO 4217 code."""
    valid_from: Day
    positions: tuple[PricePosition, ...]


class OwnLimit(ClinicModel):
    """A limit of the knowledge base that this clinic tightens."""

    fact: Name
    quantity: Quantity
    source: Name
    """Who decided it, and why."""


class Volumes(ClinicModel):
    """The clinic's own largest volumes; None: none of its own."""

    session_max_ml: Positive | None = None
    zone_max_ml: Positive | None = None
    source: Note = ""


class Closure(ClinicModel):
    """Days on which the clinic is closed, both ends included."""

    first_day: Day
    last_day: Day
    why: Note = ""

    @model_validator(mode="after")
    def _in_order(self) -> Closure:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} lies before first_day {self.first_day}")
        return self


class Practitioner(ClinicModel):
    """Someone who treats."""

    name: Name
    qualification: Name


class Protocol(ClinicModel):
    """What to do in one emergency: the clinic's own words."""

    text: Words = Field(min_length=1)
    approved_on: Day
    approved_by: Name


class ClinicPage(ClinicModel):
    """The clinic itself, as in clinic.yaml."""

    name: Name
    example: bool = False
    """True only for the example that ships with the package; its pages say EXAMPLE."""
    address: Note = ""
    telephone: Name
    """For clients, in working hours."""
    emergency_telephone: Name
    """For clients, with an urgent sign at any hour."""
    languages: tuple[Name, ...] = Field(min_length=1)
    opening_weekdays: tuple[Weekday, ...] = Field(min_length=1)
    closed: tuple[Closure, ...] = ()
    practitioners: tuple[Practitioner, ...] = ()
    emergency_protocols: dict[EmergencyEvent, Protocol | None] = Field(default_factory=dict)


class Clinic(ClinicPage):
    """The whole folder; everything in it may be tighter than the knowledge, never looser."""

    devices: dict[str, Device] = Field(default_factory=dict)
    cartridges: dict[str, Cartridge] = Field(default_factory=dict)
    stamps: dict[str, Stamp] = Field(default_factory=dict)
    rollers: dict[str, Roller] = Field(default_factory=dict)
    needle_free: dict[str, NeedleFreeDevice] = Field(default_factory=dict)
    by_hand: dict[str, HandProtocol] = Field(default_factory=dict)
    products: dict[str, Product] = Field(default_factory=dict)
    prices: Prices | None = None
    limits: tuple[OwnLimit, ...] = ()
    volumes: Volumes = Field(default_factory=Volumes)

    @property
    def closures(self) -> tuple[tuple[date, date], ...]:
        """Return (first day, last day) of each closure, both closed."""
        return tuple((closure.first_day, closure.last_day) for closure in self.closed)

    @property
    def closed_weekdays(self) -> tuple[int, ...]:
        """Return the weekdays on which the clinic is closed, Monday 0."""
        return tuple(number for number, day in enumerate(WEEKDAYS) if day not in self.opening_weekdays)

    @property
    def missing_protocols(self) -> tuple[EmergencyEvent, ...]:
        """Return the emergencies without an approved protocol of the clinic's own."""
        return tuple(event for event in EMERGENCY_EVENTS if self.emergency_protocols.get(event) is None)

    def protocols_missing_on(self, on: date) -> tuple[EmergencyEvent, ...]:
        """Return the emergencies for which no protocol is in force on a day: none, or approved only later."""
        found = ((event, self.emergency_protocols.get(event)) for event in EMERGENCY_EVENTS)
        return tuple(event for event, protocol in found if protocol is None or protocol.approved_on > on)

    @property
    def tools(self) -> dict[str, Device | Stamp | Roller | NeedleFreeDevice]:
        """Return everything that a technique may be done with, by id."""
        return {**self.devices, **self.stamps, **self.rollers, **self.needle_free}

    def serves(self, technique: str) -> bool:
        """Return whether any of them serves a technique."""
        return any(technique in one.techniques for one in self.tools.values())

    def hand_protocol(self, technique: str, manner: str) -> HandProtocol | None:
        """Return what the practitioner set for a manner of injection, None where nothing was entered."""
        found = (one for one in self.by_hand.values() if (one.technique, one.manner) == (technique, manner))
        return next(found, None)

    def devices_for(self, technique: str) -> tuple[Device, ...]:
        """Return the devices that serve a technique, in the order of the file; empty when there is none."""
        return tuple(device for device in self.devices.values() if technique in device.techniques)

    def cartridges_for(self, device: str) -> tuple[Cartridge, ...]:
        """Return the cartridges that fit a device, in the order of the file; empty when there is none."""
        return tuple(cartridge for cartridge in self.cartridges.values() if device in cartridge.devices)

    def source_behind(self, file: str, item: str, key: str) -> str:
        """Return the source of one number, as the folder states it; "" where it states none."""
        if (file, item) == ("limits.yaml", "volumes"):
            return self.volumes.source
        kept: dict[str, Mapping[str, Sourced]] = {
            "devices.yaml": self.devices,
            "cartridges.yaml": self.cartridges,
            "by_hand.yaml": self.by_hand,
            "products.yaml": self.products,
        }
        found = kept.get(file, {}).get(item)
        return "" if found is None else found.source_of(key)
