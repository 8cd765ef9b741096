"""What zones, techniques, sources and the clinic's things are called on paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mesoplan.report.typeset import printable
from mesoplan.report.words import Words, sentence
from mesoplan.units import age_years

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.intake.model import Client
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.surface.model import Surface


class Names:
    """Names in one language; left and right are always the patient's."""

    def __init__(self, knowledge: Knowledge, words: Words) -> None:
        """Keep the knowledge the names come from."""
        self.knowledge = knowledge
        self.words = words

    def zone(self, zone_id: str) -> str:
        """Return a zone with its side in words: `upper cheek, right`; an unknown id as it is."""
        try:
            zone, side = self.knowledge.zone_of(zone_id)
        except KeyError:
            return zone_id
        name = self.words.text(zone.name)
        return name if side is None else self.words(f"zone.{side}", zone=name)

    def base(self, zone_id: str) -> str:
        """Return a zone's name without its side, with a capital letter."""
        zone, _ = self.knowledge.zone_of(zone_id)
        return sentence(self.words.text(zone.name))

    def side(self, zone_id: str) -> str:
        """Return the patient's side as a short word, an en dash for a midline zone."""
        _, side = self.knowledge.zone_of(zone_id)
        return self.words(f"side.{side}") if side else "\u2013"

    def zones(self, zone_ids: Iterable[str]) -> str:
        """Return several zones in words, both sides of a pair as one: `forehead, upper cheek (both sides)`."""
        every = zone_order(self.knowledge, zone_ids)
        named: list[str] = []
        done: set[str] = set()
        for zone_id in every:
            if zone_id in done:
                continue
            try:
                zone, side = self.knowledge.zone_of(zone_id)
            except KeyError:
                named.append(zone_id)
                continue
            pair = {f"{zone.id}_left", f"{zone.id}_right"}
            if side and pair <= set(every):
                done |= pair
                named.append(self.words("zone.both", zone=self.words.text(zone.name)))
            else:
                named.append(self.zone(zone_id))
        return ", ".join(named)

    def technique(self, technique_id: str) -> str:
        """Return the name of a technique."""
        return self.words.text(self.knowledge.techniques[technique_id].name)

    def manner(self, technique_id: str, manner_id: str | None) -> str:
        """Return the name of a manner of injection, empty where there is none."""
        for manner in self.knowledge.techniques[technique_id].manners:
            if manner.id == manner_id:
                return self.words.text(manner.name)
        return ""

    def indication(self, indication_id: str) -> str:
        """Return the name of a goal."""
        return self.words.text(self.knowledge.indications[indication_id].name)

    def question(self, question_id: str) -> str:
        """Return a question as it is asked."""
        question = self.knowledge.questions.get(question_id)
        return self.words(f"asked.{question_id}") if question is None else self.words.text(question.text)

    def group(self, group_id: str) -> str:
        """Return the heading of a group of questions."""
        return self.words.text(self.knowledge.groups[group_id].title)


def zone_order(knowledge: Knowledge, zone_ids: Iterable[str]) -> list[str]:
    """Return the zones in the order of the knowledge, the patient's right before the left."""
    position = {zone_id: number for number, zone_id in enumerate(knowledge.zone_ids)}
    every = set(zone_ids)
    base = {zone_id: position.get(zone_id.replace("_right", "_left"), len(position)) for zone_id in every}
    return sorted(every, key=lambda one: (base[one], one.endswith("_left"), one))


def side_warning(surface: Surface, words: Words) -> dict[str, str]:
    """Return what to know of left and right: a warning and its explanation, both empty where they are confirmed."""
    if surface.side == "confirmed":
        return {"title": "", "text": ""}
    key = f"side.{surface.side.replace(' ', '_')}"
    return {"title": words(key), "text": words(f"{key}_text")}


def client_name(words: Words, client: Client) -> str:
    """Return the client's name as it can be printed, or that there is none."""
    name = printable(client.name)
    return name if name and name != "unknown" else words("client.no_name")


def client_identifier(words: Words, client: Client) -> str:
    """Return the second identifier, or that there is none."""
    identifier = printable(client.identifier)
    if not identifier or identifier == "unknown":
        return words("client.no_identifier")
    return words("client.identifier", identifier=identifier)


def client_born(words: Words, client: Client, on: date, key: str = "client.born") -> str:
    """Return the birth date with the age on a day, or that it is not known; `key` gives the words around it."""
    if client.birth_date is None:
        return words("client.born_unknown")
    age = words.count("client.age", age_years(client.birth_date, on))
    return words(key, day=words.day(client.birth_date), age=age)


def client_line(words: Words, client: Client, on: date) -> str:
    """Return who it is in one line: name, identifier, birth date."""
    return ", ".join((client_name(words, client), client_identifier(words, client), client_born(words, client, on)))
