"""What a clinic's folder holds. Every item names the source of its numbers: a manual's page, a label, a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from mesoplan.knowledge.model import Quantity
from mesoplan.plain import hidden_character, is_plausible, says_something, typed_day

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


def _seen(text: str) -> str:
    hidden = hidden_character(text, breaks=True)
    if hidden is not None:
        raise ValueError(f"it holds {hidden}, a character that cannot be seen")
    return text


def _on_one_line(text: str) -> str:
    if len(text.splitlines()) > 1 or "\t" in text:
        raise ValueError("it runs over several lines")
    return text


def _said(text: str) -> str:
    if not says_something(text):
        raise ValueError("it says nothing: a letter or a digit is needed")
    return text


def _typed_day(value: object) -> date:
    day = typed_day(value)
    if day is None:
        raise ValueError("not a date; it is written as YYYY-MM-DD")
    if not is_plausible(day):
        raise ValueError("not a plausible date")
    return day


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_seen)]
"""Free text, which may be empty."""
Prose = Annotated[Note, AfterValidator(_said)]
"""Free text that says something, on as many lines as it needs."""
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_seen),
    AfterValidator(_on_one_line),
    AfterValidator(_said),
]
Day = Annotated[date, BeforeValidator(_typed_day)]
Positive = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]
Place = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Words = dict[str, Prose]
"""Language code -> the clinic's words."""


class ClinicModel(BaseModel):
    """Base of the clinic's items: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Sourced(ClinicModel):
    """An item with numbers: `source` for all of them, `sources` for single ones by key."""

    source: Name
    sources: dict[str, Name] = Field(default_factory=dict)

    def source_of(self, key: str) -> str:
        """Return the source of the number under this key; the item's own where it has none for itself."""
        return self.sources.get(key, self.source)

    @model_validator(mode="after")
    def _known_keys(self) -> Sourced:
        unknown = set(self.sources) - set(type(self).model_fields)
        if unknown:
            raise ValueError(f"`sources` names no key of this item: {', '.join(sorted(unknown))}")
        return self


class Device(Sourced):
    """A pen-like device. Depths are its settings, not what is reached in skin."""

    id: Name
    name: Name
    manufacturer: Note = ""
    kind: Literal["pen"] = "pen"
    techniques: tuple[Name, ...] = Field(min_length=1)
    """Techniques of the knowledge base that it serves."""
    min_depth_mm: NotNegative
    max_depth_mm: Positive
    depth_step_mm: Positive
    label_max_depth_mm: Positive | None = None
    """The deepest setting that the label was evaluated for; None where the label names none."""
    cleared_for: Note = ""
    """What the label allows, in the clinic's words."""
    frequency_min_hz: Positive
    frequency_max_hz: Positive
    frequency_step_hz: NotNegative = 0.0
    """0: any frequency between."""
    hand_speed_min_mm_s: Positive
    hand_speed_max_mm_s: Positive
    hand_speed_step_mm_s: NotNegative = 0.0
    hand_speed_spread: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.0
    """Share by which the time on an area varies either way in practised hands."""
    passes_min: Annotated[int, Field(ge=1)] = 1
    passes_max: Annotated[int, Field(ge=1)]
    registration_sigma_mm: Positive | None = None
    """How far a session's pattern misses the wished place, as the clinic measured it; needs a source of its own."""

    @model_validator(mode="after")
    def _ranges(self) -> Device:
        for low, high in (
            ("min_depth_mm", "max_depth_mm"),
            ("frequency_min_hz", "frequency_max_hz"),
            ("hand_speed_min_mm_s", "hand_speed_max_mm_s"),
            ("passes_min", "passes_max"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} {getattr(self, low):g} is above {high} {getattr(self, high):g}")
        if self.depth_step_mm > self.max_depth_mm:
            raise ValueError(f"depth_step_mm {self.depth_step_mm:g} is above max_depth_mm {self.max_depth_mm:g}")
        if self.label_max_depth_mm is not None and self.label_max_depth_mm > self.max_depth_mm:
            raise ValueError(
                f"label_max_depth_mm {self.label_max_depth_mm:g} is above max_depth_mm {self.max_depth_mm:g}"
            )
        if self.registration_sigma_mm is not None and "registration_sigma_mm" not in self.sources:
            raise ValueError("registration_sigma_mm needs its own measurement under `sources`")
        return self


class Cartridge(Sourced):
    """A set of needles for one or more devices."""

    id: Name
    name: Name
    devices: tuple[Name, ...] = Field(min_length=1)
    needle_count: Annotated[int, Field(ge=1)]
    needle_length_mm: Positive
    needle_diameter_mm: Positive | None = None
    stripe_width_mm: Positive
    """Width that one pass needles."""
    needle_positions_mm: tuple[tuple[Place, Place], ...] = ()
    """Places of the needles on the face of the cartridge, x and y from its centre; empty where nobody gives them."""
    material: Name
    coating: Name | None = None
    single_use: bool

    @model_validator(mode="after")
    def _pattern(self) -> Cartridge:
        if self.needle_positions_mm and len(self.needle_positions_mm) != self.needle_count:
            raise ValueError(f"{len(self.needle_positions_mm)} needle positions for {self.needle_count} needles")
        return self


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
    routes: tuple[Literal["solid_needle", "hollow_needle"], ...] = Field(min_length=1)
    """solid_needle: put on and led in by a device's needles; hollow_needle: injected by syringe."""
    base: Literal["water", "oil", "alcohol"]
    ingredients: tuple[Ingredient, ...] = Field(min_length=1)
    composition_complete: bool
    """True only if every ingredient of the label is listed; otherwise allergies cannot be excluded."""
    session_max_ml: Positive | None = None
    """Largest volume in one session, from the label."""
    compatible_with: tuple[Name, ...] = ()
    """Products that it may be combined with in one session, as its maker or a pharmacist states."""
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
            "products.yaml": self.products,
        }
        found = kept.get(file, {}).get(item)
        return "" if found is None else found.source_of(key)
