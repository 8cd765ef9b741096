"""All items of the knowledge as one value: what the files amount to once read, and what the compiled file holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import Field

from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.consent import Consent
from mesoplan.knowledge.model import (
    Ban,
    Canary,
    ChartRow,
    Fact,
    Harm,
    Indication,
    Model,
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


class Bundle(Model):
    """Every item, kind by kind, in the order of the files."""

    release: Release
    languages: tuple[str, ...]
    sources: tuple[Source, ...] = ()
    facts: tuple[Fact, ...] = ()
    groups: tuple[QuestionGroup, ...] = ()
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()
    zones: tuple[Zone, ...] = ()
    zone_groups: tuple[ZoneGroup, ...] = ()
    techniques: tuple[Technique, ...] = ()
    indications: tuple[Indication, ...] = ()
    bans: tuple[Ban, ...] = ()
    harms: tuple[Harm, ...] = ()
    thickness: tuple[ThicknessRow, ...] = ()
    charts: tuple[ChartRow, ...] = ()
    substances: tuple[Substance, ...] = ()
    canaries: tuple[Canary, ...] = ()
    systems: tuple[System, ...] = ()
    consents: tuple[Consent, ...] = ()
    catalogue: dict[str, dict[str, str]] = Field(default_factory=dict)


ITEM_MODELS: dict[str, type[Model]] = {
    "sources": Source,
    "facts": Fact,
    "groups": QuestionGroup,
    "questions": Question,
    "rules": Rule,
    "zones": Zone,
    "zone_groups": ZoneGroup,
    "techniques": Technique,
    "indications": Indication,
    "bans": Ban,
    "harms": Harm,
    "thickness": ThicknessRow,
    "charts": ChartRow,
    "substances": Substance,
    "canaries": Canary,
    "systems": System,
    "consents": Consent,
}
"""Kind, as it heads a file -> the model of one item."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_Item = TypeVar("_Item", bound=_HasId)


def assemble(bundle: Bundle, sha256: str, directories: tuple[Path, ...]) -> Knowledge:
    """Return the knowledge base with every item by its id; of a repeated id the first stands."""
    questions = _in_order(bundle)
    asked: list[tuple[Rule, str | None]] = [(rule, question.id) for question in questions for rule in question.rules]
    asked += [(rule, None) for rule in bundle.rules]
    asked_by: dict[str, str | None] = {}
    for rule, question_id in asked:
        asked_by.setdefault(rule.id, question_id)
    return Knowledge(
        release=bundle.release,
        sha256=sha256,
        directories=directories,
        languages=bundle.languages,
        sources=_by_id(bundle.sources),
        facts=_by_id(bundle.facts),
        groups=_by_id(bundle.groups),
        questions=_by_id(questions),
        rules=_by_id(rule for rule, _ in asked),
        asked_by=asked_by,
        zones=_by_id(bundle.zones),
        zone_groups=_by_id(bundle.zone_groups),
        techniques=_completed(_by_id(bundle.techniques)),
        indications=_by_id(bundle.indications),
        bans=_by_id(bundle.bans),
        harms=_by_id(bundle.harms),
        thickness=_by_id(bundle.thickness),
        charts=bundle.charts,
        substances=_by_id(bundle.substances),
        canaries=_by_id(bundle.canaries),
        systems=_by_id(bundle.systems),
        consents=_by_id(bundle.consents),
        catalogue=bundle.catalogue,
    )


def _in_order(bundle: Bundle) -> list[Question]:
    """Return the questions in the order of the groups, then of the files; those of an unknown group last."""
    order = {group.id: rank for rank, group in enumerate(bundle.groups)}
    return sorted(bundle.questions, key=lambda question: order.get(question.group, len(order)))


def _completed(techniques: dict[str, Technique]) -> dict[str, Technique]:
    """Return the techniques, each with what it takes from the one it names under `like`."""
    return {
        technique.id: technique.completed(techniques[technique.like])
        if technique.like in techniques and techniques[technique.like].like is None
        else technique
        for technique in techniques.values()
    }


def _by_id(items: Iterable[_Item]) -> dict[str, _Item]:
    found: dict[str, _Item] = {}
    for item in items:
        found.setdefault(item.id, item)
    return found
