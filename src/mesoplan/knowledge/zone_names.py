"""Zones by the names people use: what a typed name, number or side means, and what to say of one that means none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from mesoplan.knowledge.base import SIDES, Knowledge, Side
from mesoplan.knowledge.model import Zone

_NUMBERED = re.compile(r"(\d+)\s*([^\W\d]*)")
_REMARK = re.compile(r"\s*\([^)]*\)")


class ZoneNames:
    """Reads zones typed in any language of the knowledge; numbers count its zones from 1, in their order."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Keep the knowledge the zones come from."""
        self.knowledge = knowledge
        self.zones: tuple[Zone, ...] = tuple(knowledge.zones.values())

    def ids(self, parts: Iterable[str]) -> list[str]:
        """Return the id of each part, as an intake holds it; a part that means no zone comes back as it is.

        A part is an id, a zone's name or its number, the last two with a side behind them where one side alone is
        meant: `cheek_upper_left`, `upper cheek left`, `9l`.
        """
        return [self._id(part.strip()) or part.strip() for part in parts]

    def unknown(self, ids: Iterable[str]) -> list[str]:
        """Return those ids that name no zone and no group of zones."""
        return [one for one in ids if not self._is_known(one)]

    def _is_known(self, name: str) -> bool:
        try:
            return bool(self.knowledge.expand(name))
        except KeyError:
            return False

    def _id(self, part: str) -> str | None:
        low = " ".join(part.casefold().split())
        if self._is_known(low):
            return low
        numbered = _NUMBERED.fullmatch(low)
        if numbered is not None:
            zone = self.zones[int(numbered[1]) - 1] if 0 < int(numbered[1]) <= len(self.zones) else None
            return None if zone is None else self._sided(zone, numbered[2])
        if low in self._names:
            return self._names[low].id
        name, _, side = low.rpartition(" ")
        return self._sided(self._names[name], side) if name in self._names and side else None

    def _sided(self, zone: Zone, word: str) -> str | None:
        """Return the zone's id with the side that a word means; None for another word, or a zone without sides."""
        if not word:
            return zone.id
        side = self._sides.get(word)
        return f"{zone.id}_{side}" if side is not None and zone.paired else None

    @cached_property
    def _names(self) -> Mapping[str, Zone]:
        """Each zone's name in every language, in full and without what stands in brackets."""
        found: dict[str, Zone] = {}
        for zone in self.zones:
            for name in zone.name.values():
                full = " ".join(name.casefold().split())
                found.setdefault(full, zone)
                found.setdefault(_REMARK.sub("", full), zone)
        return found

    @cached_property
    def _sides(self) -> Mapping[str, Side]:
        """The words for each side in every language."""
        return {word: side for side in SIDES for word in self._side_words(side)}

    def _side_words(self, side: Side) -> Iterator[str]:
        yield side
        for words in self.knowledge.catalogue.values():
            yield from (word.strip() for word in words.get(f"zones.words.{side}", "").casefold().split(","))


def zone_remedy(knowledge: Knowledge, name: str) -> str:
    """Return what to write instead of a name that is no zone: the nearest ids, and the command that lists them all."""
    low = name.casefold()
    (read,) = ZoneNames(knowledge).ids([low])
    ids = dict.fromkeys((*knowledge.zones, *knowledge.zone_ids, *knowledge.zone_groups))
    near = [read] if read in ids else difflib.get_close_matches(low, list(ids), n=3)
    return f"Did you mean {' or '.join(near)}? `mesoplan zones` lists them all." if near else "See `mesoplan zones`."


def listed(knowledge: Knowledge, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return every zone as id and name, a paired one with its two sides behind it, and every group with its zones."""
    single: list[tuple[str, str]] = []
    for zone in knowledge.zones.values():
        name = zone.name.get(language) or zone.name["en"]
        sides = ", ".join(f"{zone.id}_{side}" for side in SIDES) if zone.paired else ""
        single.append((zone.id, f"{name}: {sides}" if sides else name))
    groups = [(group.id, ", ".join(group.members)) for group in knowledge.zone_groups.values()]
    return single, groups
