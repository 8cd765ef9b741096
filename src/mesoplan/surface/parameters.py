"""The numbers of the surface stage: each lives in data/surface.yaml with its source, locator and status."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number and where it comes from."""

    value: float
    unit: str
    source: str
    locator: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ErrorBand:
    """Relative error of an estimated area: (estimate - truth) / truth, in percent."""

    mean_percent: float
    sd_percent: float
    source: str

    def truth(self, estimate: float) -> tuple[float, float]:
        """Return the band in which the truth is expected, mean error -+ 2 SD; it always encloses the estimate."""
        low = estimate / (1.0 + (self.mean_percent + 2.0 * self.sd_percent) / 100.0)
        high = estimate / (1.0 + (self.mean_percent - 2.0 * self.sd_percent) / 100.0)
        return min(low, estimate), max(high, estimate)


def read_data(name: str) -> Any:
    """Return the parsed content of one of this package's YAML files."""
    return yaml.load((files("mesoplan.surface") / "data" / name).read_text("utf-8"), Loader=_Loader)


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = read_data("surface.yaml")
    return document


@cache
def parameters() -> dict[str, Parameter]:
    """Return every single number by its name."""
    return {name: Parameter(**entry) for name, entry in _document()["parameters"].items()}


def number(name: str) -> float:
    """Return the value of one number; an unknown name is a programming error and raises KeyError."""
    return parameters()[name].value


def whole_number(name: str) -> int:
    """Return the value of one number that counts something."""
    return int(parameters()[name].value)


def landmark_model() -> dict[str, str]:
    """Return what is known of the pinned landmark model: file, sha256, licence, wheel and the wheel's hash."""
    model: dict[str, str] = _document()["landmark_model"]
    return model


def sources() -> list[dict[str, Any]]:
    """Return the sources the numbers rest on."""
    listed: list[dict[str, Any]] = _document()["sources"]
    return listed


@cache
def error_bands(basis: str) -> dict[str, ErrorBand]:
    """Return the measured error bands of a basis by zone base id; `all` is that of the whole face."""
    return {zone: ErrorBand(*entry) for zone, entry in _document()["errors"][basis]["bands"].items()}
