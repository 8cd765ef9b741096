"""What a clinic works with: pens and stamps with their cartridges, rollers, needle-free devices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mesoplan.clinic.base import ClinicModel, Name, Note, NotNegative, Place, Positive, Share, Sourced, Words, in_order

Power = Literal["mains", "battery"]
"""Stationary devices run from the mains, mobile ones on a battery."""
_ROUNDING = 1e-6
_TEMPERATURES = ("degC", "°C", "degF", "°F")
_TEMPERATURE_UNITS = ", ".join(_TEMPERATURES)


class NeedleDevice(Sourced):
    """What pens and stamps share: how deep they can be set. Depths are settings, not what is reached in skin."""

    id: Name
    name: Name
    manufacturer: Note = ""
    power: Power | None = None
    techniques: tuple[Name, ...] = Field(min_length=1)
    """Techniques of the knowledge base that it serves."""
    min_depth_mm: NotNegative
    max_depth_mm: Positive
    depth_step_mm: Positive
    label_max_depth_mm: Positive | None = None
    """The deepest setting that the label was evaluated for; None where the label names none."""
    cleared_for: Note = ""
    """What the label allows, in the clinic's words."""
    registration_sigma_mm: Positive | None = None
    """How far a session's pattern misses the wished place, as the clinic measured it; needs a source of its own."""

    travel_speed_mm_s: Positive | None = None
    """How fast a guided device moves from place to place; needs a source of its own, and `seconds_per_place`."""
    seconds_per_place: Positive | None = None
    """Time at each place: a puncture of a pen, a placement of a stamp; likewise."""

    @model_validator(mode="after")
    def _depths(self) -> NeedleDevice:
        in_order(self, "min_depth_mm", "max_depth_mm")
        if self.depth_step_mm > self.max_depth_mm:
            raise ValueError(f"depth_step_mm {self.depth_step_mm:g} is above max_depth_mm {self.max_depth_mm:g}")
        if self.label_max_depth_mm is not None and self.label_max_depth_mm > self.max_depth_mm:
            raise ValueError(
                f"label_max_depth_mm {self.label_max_depth_mm:g} is above max_depth_mm {self.max_depth_mm:g}"
            )
        if self.registration_sigma_mm is not None and "registration_sigma_mm" not in self.sources:
            raise ValueError("registration_sigma_mm needs its own measurement under `sources`")
        return self

    @model_validator(mode="after")
    def _work(self) -> NeedleDevice:
        given = [key for key in ("travel_speed_mm_s", "seconds_per_place") if getattr(self, key) is not None]
        if len(given) == 1:
            raise ValueError(f"{given[0]} stands alone: a time needs travel_speed_mm_s and seconds_per_place")
        for key in given:
            if key not in self.sources:
                raise ValueError(f"{key} needs a source of its own under `sources`")
        return self


class Device(NeedleDevice):
    """A pen-like device that glides."""

    kind: Literal["pen"] = "pen"
    frequency_min_hz: Positive
    frequency_max_hz: Positive
    frequency_step_hz: NotNegative = 0.0
    """0: any frequency between."""
    hand_speed_min_mm_s: Positive
    hand_speed_max_mm_s: Positive
    hand_speed_step_mm_s: NotNegative = 0.0
    hand_speed_spread: Share = 0.0
    """Share by which the time on an area varies either way in practised hands."""
    passes_min: Annotated[int, Field(ge=1)] = 1
    passes_max: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ranges(self) -> Device:
        in_order(self, "frequency_min_hz", "frequency_max_hz")
        in_order(self, "hand_speed_min_mm_s", "hand_speed_max_mm_s")
        in_order(self, "passes_min", "passes_max")
        if self.seconds_per_place is not None and self.seconds_per_place * self.frequency_max_hz < 1.0 - _ROUNDING:
            stroke = f"one stroke at frequency_max_hz ({1.0 / self.frequency_max_hz:.3g} s)"
            raise ValueError(f"seconds_per_place {self.seconds_per_place:g} is shorter than {stroke}")
        return self


class Stamp(NeedleDevice):
    """A device that is pressed and lifted, with the needles of its cartridge in a rigid pattern."""

    needle_count: Annotated[int, Field(ge=1)]
    """Hits of one placement."""
    needle_length_mm: Positive
    needle_diameter_mm: Positive | None = None
    footprint_mm: tuple[Positive, Positive]
    """Width and height of what one placement covers."""
    needle_grid: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None
    """Needles along the width and the height, evenly spread over the footprint; None where nobody gives them."""
    rounds_min: Annotated[int, Field(ge=1)] = 1
    """How often a zone is filled with placements side by side."""
    rounds_max: Annotated[int, Field(ge=1)]
    placement_spread: Share = 0.0
    """Share by which the number of placements on an area varies either way in practised hands."""
    material: Name
    coating: Name | None = None
    single_use: bool
    """Of the cartridge."""

    @model_validator(mode="after")
    def _rounds(self) -> Stamp:
        in_order(self, "rounds_min", "rounds_max")
        if self.needle_grid is not None and self.needle_grid[0] * self.needle_grid[1] != self.needle_count:
            columns, rows = self.needle_grid
            raise ValueError(f"needle_grid {columns} x {rows} does not hold the {self.needle_count} of needle_count")
        return self


class Cartridge(Sourced):
    """A set of needles for one or more pens."""

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


class Roller(Sourced):
    """A drum with needles on a handle (mesoscooter)."""

    id: Name
    name: Name
    manufacturer: Note = ""
    techniques: tuple[Name, ...] = Field(min_length=1)
    needle_count: Annotated[int, Field(ge=1)]
    needle_length_mm: Positive
    needle_diameter_mm: Positive | None = None
    needle_rows: Annotated[int, Field(ge=1)] | None = None
    """Rings of needles around the drum, side by side; None where nobody says."""
    label_max_depth_mm: Positive | None = None
    """The longest needle that the label was evaluated for; None where the label names none."""
    punctures_per_cm2_per_pass: Positive | None = None
    """As its maker states or the clinic counted; None: only a counted figure for the same number of needles is used."""
    passes_max: Annotated[int, Field(ge=1)]
    """Most passes over one place in a session."""
    pass_spread: Share = 0.0
    """Share by which the number of passes over a place varies either way in practised hands."""
    material: Name
    coating: Name | None = None
    uses_max: Annotated[int, Field(ge=1)]
    """End of its life: sessions after which it is thrown away; 1: for single use."""
    personal: bool = False
    """True: kept for one client alone."""

    @model_validator(mode="after")
    def _rings(self) -> Roller:
        if self.needle_rows is not None and self.needle_count % self.needle_rows:
            raise ValueError(f"{self.needle_count} needles cannot be shared equally over {self.needle_rows} rows")
        return self

    @model_validator(mode="after")
    def _reuse(self) -> Roller:
        if self.uses_max > 1 and not self.personal:
            raise ValueError("a roller that is used again must be `personal: true`: one client alone")
        return self


class Parameter(ClinicModel):
    """One setting of a needle-free device, as its manual or label gives it; below 0 only as a temperature."""

    name: Words
    min: Place
    max: Place
    unit: Name

    @model_validator(mode="after")
    def _range(self) -> Parameter:
        in_order(self, "min", "max")
        if self.unit in _TEMPERATURES:
            return self
        if self.min < 0.0:
            raise ValueError(f"min {self.min:g} is below 0, and {self.unit} is no temperature ({_TEMPERATURE_UNITS})")
        if self.max == 0.0:
            raise ValueError("max 0 sets nothing")
        return self


class NeedleFreeDevice(Sourced):
    """A device that brings the product in without a puncture: current, light, sound, cold, oxygen, a magnetic field."""

    id: Name
    name: Name
    manufacturer: Note = ""
    power: Power | None = None
    techniques: tuple[Name, ...] = Field(min_length=1)
    cleared_for: Note = ""
    minutes_min: Positive
    minutes_max: Positive
    """Time on the whole area in one session."""
    parameters: tuple[Parameter, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _minutes(self) -> NeedleFreeDevice:
        in_order(self, "minutes_min", "minutes_max")
        return self


class HandProtocol(Sourced):
    """What a practitioner sets for one manner of injection where no source gives a number: the practitioner's own."""

    id: Name
    technique: Name
    manner: Name
    practitioner: Name
    """Whose decision it is."""
    depth_mm: Positive | None = None
    angle_deg: Annotated[Positive, Field(le=90)] | None = None
    """Between needle and skin."""
    volume_per_point_ml: Positive | None = None
