"""What every entry of a clinic's folder is built of: strict models, numbers with a sign, and where they come from."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from mesoplan.plain import hidden_character, is_plausible, says_something, typed_day


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
Share = Annotated[float, Field(strict=True, ge=0.0, lt=1.0)]
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


def in_order(item: ClinicModel, low: str, high: str) -> None:
    """Refuse a range whose lower end is above its upper one.

    Raises:
        ValueError: If it is.
    """
    least, most = getattr(item, low), getattr(item, high)
    if least > most:
        raise ValueError(f"{low} {least:g} is above {high} {most:g}")
