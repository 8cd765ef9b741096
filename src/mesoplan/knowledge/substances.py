"""Finds substances by any of their names: in every language, with synonyms, whatever the spelling's dress."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from mesoplan.knowledge.model import Substance

_NOT_A_LETTER = re.compile(r"[\W_]+")
_SHORT = 4
"""A name of fewer letters is too short to be looked for inside an entry: HA, B5."""
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 4
"""No name looked for inside an entry has more words."""
_BRACKETS = re.compile(r"(.+?)\s*\(([^()]+)\)\s*")
_LOOK_ALIKES = str.maketrans("авсеорхукмтн", "abceopxykmth")
"""Cyrillic letters whose capitals look like Latin ones: `В5` and `B5` are typed for each other."""


def normalized(name: str) -> str:
    """Return a name without case, accents, hyphens, spaces and other marks; "" when nothing is left.

    Letters that forms and labels mix count as one: Russian yo and ye, and Cyrillic letters that look Latin.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_A_LETTER.sub("", letters).translate(_LOOK_ALIKES)


def _forms(name: str) -> tuple[str, ...]:
    """Return a name, and its two parts where one stands in brackets: `niacinamide (vitamin B3)`."""
    found = _BRACKETS.fullmatch(name)
    return (name,) if found is None else (name, found[1], found[2])


class Substances:
    """The substances of a knowledge base with an index over all their names."""

    def __init__(self, substances: Iterable[Substance]) -> None:
        """Index id, names in every language, and synonyms of each substance, and the names of their classes."""
        self.by_id: Mapping[str, Substance] = {substance.id: substance for substance in substances}
        self._names: dict[str, set[str]] = {}
        for substance in self.by_id.values():
            for name in (substance.id, *substance.name.values(), *substance.synonyms):
                for form in _forms(name):
                    self._names.setdefault(normalized(form), set()).add(substance.id)
        self._classes: dict[str, set[str]] = {}
        for substance in self.by_id.values():
            for name in substance.classes:
                self._classes.setdefault(normalized(name), set()).add(substance.id)
        self._names.pop("", None)

    def named(self, name: str) -> frozenset[str]:
        """Return the ids of the substances that go by a name themselves; empty when it is unknown."""
        return frozenset(self._names.get(normalized(name), ()))

    def match(self, name: str) -> frozenset[str] | None:
        """Return the ids of the substances of a name, else of the class of that name; None when it is unknown."""
        key = normalized(name)
        found = self._names.get(key) or self._classes.get(key)
        return frozenset(found) if found else None

    def inside(self, entry: str) -> frozenset[str]:
        """Return the ids of the substances whose name stands as whole words inside an entry: `aspirin 100 mg`."""
        words = [word for word in (normalized(part) for part in _WORD.findall(entry)) if word]
        runs = {
            "".join(words[first:last])
            for first in range(len(words))
            for last in range(first + 1, min(first + _LONGEST, len(words)) + 1)
        }
        return frozenset(one for run in runs if len(run) >= _SHORT for one in self._names.get(run, ()))

    def touched_by(self, allergy: str) -> frozenset[str] | None:
        """Return the ids of every substance that a known allergy speaks against; None when the allergy is unknown.

        These are the substances of that name or class, and all that are related to one of them: `related` counts in
        both directions, and a class named there stands for its substances.
        """
        named = self.match(allergy)
        if named is None:
            return None
        found = set(named)
        groups = {*named, *(name for one in named for name in self.by_id[one].classes)}
        for one in self.by_id.values():
            names = {one.id, *one.classes}
            if groups & set(one.related) or any(names & set(self.by_id[known].related) for known in named):
                found.add(one.id)
        return frozenset(found)


def match(substances: Iterable[Substance], name: str) -> frozenset[str] | None:
    """Return the ids of the substances that go by a name; None when unknown. For many names make `Substances` once."""
    return Substances(substances).match(name)


def nearest_names(substances: Iterable[Substance], name: str) -> tuple[str, ...]:
    """Return up to three known names written much like one that is not known; empty where none is."""
    names = {
        normalized(known): known
        for one in substances
        for known in (*one.synonyms, *one.name.values())  # the substance's own name last: it is shown
    }
    return tuple(names[one] for one in difflib.get_close_matches(normalized(name), list(names), n=3, cutoff=0.8))
