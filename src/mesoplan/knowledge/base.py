"""The knowledge base as loaded: every item by its id, and the few questions that every stage asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mesoplan.errors import Problem, ProblemError
from mesoplan.knowledge.consent import Consent
from mesoplan.knowledge.files import data_files
from mesoplan.knowledge.model import (
    Ban,
    Canary,
    ChartRow,
    Fact,
    Harm,
    Indication,
    Quantity,
    Question,
    QuestionGroup,
    Release,
    Rule,
    Source,
    Substance,
    System,
    ThicknessRow,
    Zone,
    ZoneGroup,
)
from mesoplan.knowledge.technique import Technique
from mesoplan.units import duration_days, length_mm, volume_ml

if TYPE_CHECKING:
    from mesoplan.knowledge.substances import Substances
    from mesoplan.knowledge.yaml_file import Locator

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True)
class Knowledge:
    """The whole knowledge base; nothing in it changes after loading.

    Attributes:
        release: Edition, review date and the languages the base is written in.
        sha256: Hex digest over the names and contents of all files, extensions included.
        directories: The folders it was read from, the base first.
        languages: The release's languages, then those that extensions add.
        sources, facts, groups, questions, rules, zones, zone_groups, techniques, indications, bans, harms, thickness,
            substances, canaries, systems, consents: Items by id. Questions stand in the order of the intake: by group,
            then by file. Rules stand in the order of their questions, then the standing rules. Zones are base zones;
            see `zone_ids`.
        charts: Rows of the vendors' depth charts.
        asked_by: Rule id -> id of the question it belongs to, None for a standing rule.
        catalogue: Language -> word key -> words of the reports and the command line.
    """

    release: Release
    sha256: str
    directories: tuple[Path, ...]
    languages: tuple[str, ...]
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    groups: Mapping[str, QuestionGroup]
    questions: Mapping[str, Question]
    rules: Mapping[str, Rule]
    asked_by: Mapping[str, str | None]
    zones: Mapping[str, Zone]
    zone_groups: Mapping[str, ZoneGroup]
    techniques: Mapping[str, Technique]
    indications: Mapping[str, Indication]
    bans: Mapping[str, Ban]
    harms: Mapping[str, Harm]
    thickness: Mapping[str, ThicknessRow]
    charts: tuple[ChartRow, ...]
    substances: Mapping[str, Substance]
    canaries: Mapping[str, Canary]
    systems: Mapping[str, System]
    consents: Mapping[str, Consent]
    catalogue: Mapping[str, Mapping[str, str]]

    @property
    def version(self) -> str:
        """Return the edition and the first 12 digits of the hash: `0.1.0+0123456789ab`."""
        return f"{self.release.version}+{self.sha256[:12]}"

    def words(self, language: str) -> Mapping[str, str]:
        """Return the words of the reports and the command line, by key.

        Raises:
            KeyError: If there is no catalogue in this language.
        """
        return self.catalogue[language]

    def source_title(self, source_id: str, language: str) -> str:
        """Return a source's title for a reader of a language; one in another language is followed by which it is.

        Raises:
            KeyError: If there is no such source.
        """
        source = self.sources[source_id]
        if source.titles is not None and language in source.titles:
            return source.titles[language]
        if source.language == language:
            return source.title
        named = self.catalogue.get(language, {}).get(f"source.in.{source.language}", source.language)
        return f"{source.title} ({named})"

    @cached_property
    def places(self) -> Locator:
        """Where each item stands in its file, for messages; reads the files again on first use."""
        from mesoplan.knowledge.yaml_file import Locator

        return Locator(file for files in data_files(self.directories) for file in files)

    @cached_property
    def substance_names(self) -> Substances:
        """The substances by all their names; made when somebody names one."""
        from mesoplan.knowledge.substances import Substances

        return Substances(self.substances.values())

    @cached_property
    def rule_facts(self) -> Mapping[str, frozenset[str]]:
        """Rule id -> the facts that give its condition its numbers."""
        from mesoplan.knowledge.conditions import facts_in

        return {rule.id: facts_in(rule.when) for rule in self.rules.values()}

    # -- zones

    @cached_property
    def zone_ids(self) -> tuple[str, ...]:
        """Every zone with its side: `forehead`, `temple_left`, `temple_right` ..., in the order of the file."""
        return tuple(zone_id for zone in self.zones.values() for zone_id in _sided(zone))

    @cached_property
    def _bases(self) -> dict[str, tuple[Zone, Side | None]]:
        found: dict[str, tuple[Zone, Side | None]] = {}
        for zone in self.zones.values():
            if zone.paired:
                found.update({f"{zone.id}_{side}": (zone, side) for side in SIDES})
            else:
                found[zone.id] = (zone, None)
        return found

    @cached_property
    def _expansions(self) -> dict[str, tuple[str, ...]]:
        return {}

    def zone_of(self, zone_id: str) -> tuple[Zone, Side | None]:
        """Return the base zone of an expanded zone id, and its side (None for a midline zone).

        Raises:
            KeyError: If there is no such zone; a base name of a paired zone is none.
        """
        return self._bases[zone_id]

    def expand(self, name: str) -> tuple[str, ...]:
        """Return the expanded zone ids that a name stands for, each once, in the order of the zones.

        A name is an expanded id, a base name (both sides), a group, or a group with a side (`cheek_left`).

        Raises:
            KeyError: If the name is none of these.
        """
        if name not in self._expansions:
            found = set(self._members(name, ()))
            self._expansions[name] = tuple(zone_id for zone_id in self.zone_ids if zone_id in found)
        return self._expansions[name]

    def _members(self, name: str, outer: tuple[str, ...]) -> tuple[str, ...]:
        if name in self._bases:
            return (name,)
        if name in self.zones:
            return _sided(self.zones[name])
        if name in self.zone_groups and name not in outer:
            members = self.zone_groups[name].members
            return tuple(zone_id for member in members for zone_id in self._members(member, (*outer, name)))
        for side in SIDES:
            group = name.removesuffix(f"_{side}")
            if group != name and group in self.zone_groups:
                sided = tuple(one for one in self._members(group, outer) if self._bases[one][1] == side)
                if sided:
                    return sided
        raise KeyError(name)

    # -- numbers

    def fact_quantity(self, fact_id: str) -> Quantity:
        """Return the resolved number or range of a fact, as its resolution states it.

        Raises:
            KeyError: If there is no such fact.
            ProblemError: If the fact's resolution has no number.
        """
        quantity = self.facts[fact_id].resolution.quantity
        if quantity is None:
            place = self.places.of("facts", fact_id, ("resolution",))
            remedy = "Give its resolution a `quantity`, or use another fact."
            raise ProblemError([Problem(place, fact_id, "this fact has no number", remedy)])
        return quantity

    def limits(self, fact_id: str, unit: str) -> tuple[float | None, float | None]:
        """Return the lower and the upper end of a fact in `unit`, None where it is open; equal ends for one number.

        Raises:
            KeyError: If there is no such fact.
            ProblemError: If it has no number, or one that cannot be converted to `unit`.
        """
        quantity = self.fact_quantity(fact_id)
        low, high = quantity.low, quantity.high
        try:
            return (
                None if low is None else convert(low, quantity.unit, unit),
                None if high is None else convert(high, quantity.unit, unit),
            )
        except ValueError as error:
            place = self.places.of("facts", fact_id, ("resolution", "quantity", "unit"))
            remedy = f"State the fact in a unit that converts to {unit}."
            raise ProblemError([Problem(place, quantity.unit, str(error), remedy)]) from None

    def value(self, fact_id: str, unit: str) -> float:
        """Return the one number of a fact in `unit`.

        Raises:
            KeyError: If there is no such fact.
            ProblemError: If it has no number, a range, or a unit that cannot be converted to `unit`.
        """
        low, high = self.limits(fact_id, unit)
        if low is None or low != high:
            place = self.places.of("facts", fact_id, ("resolution", "quantity"))
            remedy = "Give the resolution one `value`, or read the fact's `limits`."
            raise ProblemError([Problem(place, f"{low} to {high}", f"{fact_id} is a range, not one number", remedy)])
        return low

    def days(self, fact_id: str) -> float:
        """Return the upper end of a duration in days; calendar months and years go through `units.add_duration`.

        Raises:
            KeyError: If there is no such fact.
            ProblemError: If it has no upper end, or is no duration of fixed length.
        """
        _, high = self.limits(fact_id, "d")
        if high is None:
            place = self.places.of("facts", fact_id, ("resolution", "quantity"))
            raise ProblemError([Problem(place, fact_id, "this duration has no upper end", "Give it a `max`.")])
        return high

    # -- practice

    def techniques_for(self, indication_id: str) -> dict[str, str]:
        """Return technique id -> id of the fact that says so, from the indication and from the techniques themselves.

        Raises:
            KeyError: If there is no such indication.
        """
        found = dict(self.indications[indication_id].techniques)
        for technique in self.techniques.values():
            if indication_id in technique.indications:
                found.setdefault(technique.id, technique.indications[indication_id])
        return found

    def consent_for(self, technique_id: str) -> Consent | None:
        """Return the consent that covers a technique, None where the knowledge has no text for it."""
        for consent in self.consents.values():
            if any(one.technique == technique_id for one in consent.techniques):
                return consent
        return None


_CONVERSIONS: tuple[Callable[[float, str], float], ...] = (length_mm, volume_ml, duration_days)


def convert(value: float, unit: str, to: str) -> float:
    """Return a value in another unit of the same kind: lengths, volumes, durations of fixed length.

    Raises:
        ValueError: If the two units are not of one kind, or are unknown and differ.
    """
    if unit == to:
        return value
    for in_base in _CONVERSIONS:
        try:
            return in_base(value, unit) / in_base(1.0, to)
        except KeyError:
            continue
    raise ValueError(f"{unit} cannot be converted to {to}")


def _sided(zone: Zone) -> tuple[str, ...]:
    return tuple(f"{zone.id}_{side}" for side in SIDES) if zone.paired else (zone.id,)
