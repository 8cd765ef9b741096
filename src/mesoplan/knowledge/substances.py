"""Finds substances by any of their names: in every language, with synonyms, whatever the spelling's dress."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from mesoplan.knowledge.model import Substance

_NOT_A_LETTER = re.compile(r"[\W_]+")
_LOOK_ALIKES = str.maketrans("авсеорхукмтн", "abceopxykmth")
"""Cyrillic letters whose capitals look like Latin ones: `В5` and `B5` are typed for each other."""


def normalized(name: str) -> str:
    """Return a name without case, accents, hyphens, spaces and other marks; "" when nothing is left.

    Letters that forms and labels mix count as one: Russian yo and ye, and Cyrillic letters that look Latin.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_A_LETTER.sub("", letters).translate(_LOOK_ALIKES)


class Substances:
    """The substances of a knowledge base with an index over all their names."""

    def __init__(self, substances: Iterable[Substance]) -> None:
        """Index id, names in every language, and synonyms of each substance, and the names of their classes."""
        self.by_id: Mapping[str, Substance] = {substance.id: substance for substance in substances}
        self._names: dict[str, set[str]] = {}
        for substance in self.by_id.values():
            for name in (substance.id, *substance.name.values(), *substance.synonyms):
                self._names.setdefault(normalized(name), set()).add(substance.id)
        self._classes: dict[str, set[str]] = {}
        for substance in self.by_id.values():
            for name in substance.classes:
                self._classes.setdefault(normalized(name), set()).add(substance.id)
        self._names.pop("", None)

    def match(self, name: str) -> frozenset[str] | None:
        """Return the ids of the substances of a name, else of the class of that name; None when it is unknown."""
        key = normalized(name)
        found = self._names.get(key) or self._classes.get(key)
        return frozenset(found) if found else None

    def touched_by(self, allergy: str) -> frozenset[str] | None:
        """Return the ids of every substance that a known allergy speaks against; None when the allergy is unknown.

        These are the substances of that name, those that name one of them or its id as related, and those that name
        the allergy itself as a related group.
        """
        named = self.match(allergy)
        key = normalized(allergy)
        groups = {key, *(normalized(one) for one in named or ())}
        related = {one.id for one in self.by_id.values() if groups & {normalized(name) for name in one.related}}
        found = {*(named or ()), *related}
        return frozenset(found) if found else None


def match(substances: Iterable[Substance], name: str) -> frozenset[str] | None:
    """Return the ids of the substances that go by a name; None when unknown. For many names make `Substances` once."""
    return Substances(substances).match(name)
