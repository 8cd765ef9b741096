"""What every entry of a clinic's folder is built of: strict models, numbers with a sign, and where they come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0.0, lt=1.0)]
Words = dict[str, Name]
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
