"""The catalogue of zones as the surface stage needs it, read from the knowledge base's zones.yaml."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LEFT, RIGHT = "_left", "_right"


@dataclass(frozen=True, slots=True)
class BaseZone:
    """One entry of zones.yaml; a paired one stands for two zones."""

    id: str
    paired: bool
    surface: Literal["mesh", "patch"]
    treatable: bool
    neighbours: tuple[str, ...]
    parent: str
    name: dict[str, str]
    chain: tuple[int, ...] = ()
    area_cm2: float | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the zones it stands for: right before left, as a face is read from the front."""
        return (self.id + RIGHT, self.id + LEFT) if self.paired else (self.id,)


class ZoneCatalogue:
    """Every zone with its outline chain and names.

    Attributes:
        bases: The entries by base id, in the file's order.
    """

    def __init__(self, entries: Iterable[BaseZone]) -> None:
        """Index the entries; the order is kept."""
        self.bases = {entry.id: entry for entry in entries}
        self._by_id = {zone: entry for entry in self.bases.values() for zone in entry.ids}

    def __contains__(self, zone: str) -> bool:
        return zone in self._by_id

    def base(self, zone: str) -> BaseZone:
        """Return the entry of a zone id (not of a base id of a pair); raises KeyError if there is none."""
        return self._by_id[zone]

    def ids(self, surface: Literal["mesh", "patch"] | None = None) -> tuple[str, ...]:
        """Return all zone ids, or those of one kind of surface, in the file's order."""
        return tuple(zone for zone, entry in self._by_id.items() if surface in (None, entry.surface))

    def complaint(self, zone: str) -> tuple[str, str] | None:
        """Return message and remedy if this is not a zone id, else None."""
        if zone in self._by_id:
            return None
        entry = self.bases.get(zone)
        if entry is not None:
            right, left = entry.ids
            return "the zone has two sides", f"Name the patient's side: {right} or {left}."
        near = difflib.get_close_matches(zone, [*self._by_id], n=3)
        meant = f"Did you mean {' or '.join(near)}? " if near else ""
        return "there is no such zone", f"{meant}`mesoplan zones` lists them all."


def side_of(zone: str) -> Literal["left", "right"] | None:
    """Return the patient's side that a zone id names; None for a midline zone."""
    return "left" if zone.endswith(LEFT) else "right" if zone.endswith(RIGHT) else None


def other_side(zone: str) -> str:
    """Return the mirror image of a zone id; a midline zone is its own."""
    if zone.endswith(LEFT):
        return zone.removesuffix(LEFT) + RIGHT
    return zone.removesuffix(RIGHT) + LEFT if zone.endswith(RIGHT) else zone


@cache
def load_zones() -> ZoneCatalogue:
    """Return the catalogue that ships with the package."""
    text = (files("mesoplan.knowledge") / "data" / "zones.yaml").read_text("utf-8")
    return ZoneCatalogue(
        BaseZone(**{**entry, "neighbours": tuple(entry["neighbours"]), "chain": tuple(entry.get("chain", ()))})
        for entry in yaml.load(text, Loader=_Loader)["zones"]
    )
