"""Looks up whether what an item names exists, and says so where it does not."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.yaml_file import Locator

Path = Sequence[str | int]
Owner = tuple[str, str]
"""Kind and id of the item in which something is named."""

_NOUNS = {
    "sources": "source",
    "facts": "fact",
    "groups": "question group",
    "questions": "question",
    "zones": "zone or group of zones",
    "techniques": "technique",
    "indications": "indication",
}
_FEW = 6  # so few names are offered all


class Lookup:
    """The ids that exist, and where everything stands; every public method yields problems."""

    def __init__(self, knowledge: Knowledge, broken: Mapping[str, Collection[str]], places: Locator) -> None:
        self.knowledge = knowledge
        self.places = places
        self.ids: dict[str, set[str]] = {
            kind: {*getattr(knowledge, kind), *broken[kind]} for kind in _NOUNS if kind != "zones"
        }
        self.unreadable = broken

    def missing(self, kind: str, item_id: str | None, owner: Owner, path: Path) -> Iterator[Problem]:
        """Yield a problem when there is no item of this kind and id; None asks for nothing."""
        if item_id is None or (self._is_zone(item_id) if kind == "zones" else item_id in self.ids[kind]):
            return
        names = self._zone_names() if kind == "zones" else self.ids[kind]
        near = difflib.get_close_matches(item_id, sorted(names), n=3) or (sorted(names) if len(names) <= _FEW else [])
        remedy = f"Name an existing one{': ' + ', '.join(near) if near else ''}, or add it."
        yield Problem(self.places.of(*owner, path), item_id, f"there is no {_NOUNS[kind]} of this id", remedy)

    def _is_zone(self, name: str) -> bool:
        if name in self.unreadable["zones"] or name in self.unreadable["zone_groups"]:
            return True
        try:
            self.knowledge.expand(name)
        except KeyError:
            # a group is no better known than its members, which are reported where it is defined
            return name in self.knowledge.zone_groups
        return True

    def _zone_names(self) -> set[str]:
        return {*self.knowledge.zones, *self.knowledge.zone_groups, *self.knowledge.zone_ids}

    def all_missing(self, kind: str, ids: Iterable[str], owner: Owner, *path: str | int) -> Iterator[Problem]:
        """Yield a problem for each id of a list that does not exist."""
        for number, item_id in enumerate(ids):
            yield from self.missing(kind, item_id, owner, (*path, number))

    def number_missing(self, fact_id: str | None, owner: Owner, path: Path) -> Iterator[Problem]:
        """Yield a problem when the fact does not exist, or carries no number."""
        yield from self.missing("facts", fact_id, owner, path)
        fact = self.knowledge.facts.get(fact_id or "")
        if fact is not None and fact.resolution.quantity is None:
            remedy = "Give that fact's resolution a `quantity`, or name a fact that has one."
            yield Problem(self.places.of(*owner, path), fact.id, "this fact carries no number", remedy)
