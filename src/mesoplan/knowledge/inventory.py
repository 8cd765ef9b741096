"""Compares the claims of the documents with an inventory of them: every figure at its line, and as it was read.

Beside that it counts what became of each: what decides or agrees, what is not followed, what is praise or refuted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Claim, Fact, Quantity
from mesoplan.knowledge.resolve import in_unit, same, shown

Row = Mapping[str, Any]
"""One claim of the inventory: id, document (file name), line, topic, value (mapping or None)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the inventory's claims, by their ids.

    Attributes:
        held: At their line and with their value in the knowledge.
        deviating: Not held, or held otherwise.
        refuted: Of those held: praise, or refuted; they take part in no decision.
        not_followed: Of those held: another verdict or number was decided, in every fact that holds them.
    """

    held: tuple[str, ...]
    deviating: tuple[str, ...]
    refuted: tuple[str, ...]
    not_followed: tuple[str, ...]


_UNITS = {"percent": ("1", 0.01), "fraction": ("1", 1.0), "courses/a": ("1/a", 1.0)}
_DOCUMENT = "doc-"


def inventory_problems(knowledge: Knowledge, inventory: Iterable[Row]) -> Iterator[Problem]:
    """Yield every claim of a document that the inventory does not hold, or holds at another line or with another value.

    A claim's id is the inventory's, or that with `@<fact>` where a second fact needs it (which may leave the number to
    the first), or `<source>-<name>` for what the inventory overlooked. Only numbers with a unit are compared; a value
    that lists options or counts things is the text's part.
    """
    rows = {str(row["id"]): row for row in inventory}
    first = {claim.id for fact in knowledge.facts.values() for claim in fact.claims if "@" not in claim.id}
    for fact in knowledge.facts.values():
        for number, claim in enumerate(fact.claims):
            if not claim.source.startswith(_DOCUMENT) or claim.id.startswith(f"{claim.source}-"):
                continue
            place = knowledge.places.of("facts", fact.id, ("claims", number))
            base_id = claim.id.partition("@")[0]
            row = rows.get(base_id)
            if row is None:
                yield Problem(place, claim.id, "the inventory has no claim of this id", "Use the inventory's id.")
            else:
                second = claim.id != base_id and base_id in first
                yield from _claim(claim, row, place, needs_value=not second)


def held(knowledge: Knowledge) -> frozenset[str]:
    """Return the inventory ids that some fact's claim carries."""
    return frozenset(
        claim.id.partition("@")[0]
        for fact in knowledge.facts.values()
        for claim in fact.claims
        if claim.source.startswith(_DOCUMENT)
    )


def compare(knowledge: Knowledge, inventory: Iterable[Row]) -> Comparison:
    """Return what became of every claim of the inventory."""
    holders: dict[str, list[tuple[Fact, Claim]]] = {}
    for fact in knowledge.facts.values():
        for claim in fact.claims:
            holders.setdefault(claim.id.partition("@")[0], []).append((fact, claim))
    held: list[str] = []
    deviating: list[str] = []
    refuted: list[str] = []
    aside: list[str] = []
    for row in inventory:
        name = str(row["id"])
        found = holders.get(name, [])
        alone = len(found) == 1
        wrong = [claim for _, claim in found if any(_claim(claim, row, "", needs_value=alone or "@" not in claim.id))]
        (held if found and not wrong else deviating).append(name)
        if not found or wrong:
            continue
        if any(claim.marketing for _, claim in found):
            refuted.append(name)
        elif all(_set_aside(fact, claim) for fact, claim in found):
            aside.append(name)
    return Comparison(tuple(held), tuple(deviating), tuple(refuted), tuple(aside))


def _set_aside(fact: Fact, claim: Claim) -> bool:
    """Return whether a fact decides otherwise than one of its claims: another verdict, or another number."""
    stated = fact.resolution
    if stated.claim == claim.id:
        return False
    if claim.reading is not None and stated.verdict is not None and claim.reading is not stated.verdict:
        return True
    if claim.quantity is None or stated.quantity is None:
        return False
    ends, decided = in_unit(claim.quantity, stated.quantity.unit), (stated.quantity.low, stated.quantity.high)
    return ends is not None and not any(a is not None and a == b for a, b in zip(ends, decided, strict=True))


def _claim(claim: Claim, row: Row, place: str, *, needs_value: bool) -> Iterator[Problem]:
    document = _DOCUMENT + str(row["document"]).partition("_")[0]
    if claim.source != document:
        yield Problem(place, claim.source, "the inventory has this claim from another document", f"Use {document}.")
    if claim.locator != f"line {row['line']}":
        remedy = f"Write `line {row['line']}`."
        yield Problem(place, claim.locator, "the inventory has this claim at another line", remedy)
    value = _quantity(row.get("value"))
    wrong = not same(claim.quantity, value) if claim.quantity is not None else needs_value
    if value is not None and wrong:
        remedy = f"Write {shown(value)}."
        yield Problem(place, shown(claim.quantity), "the inventory has another value", remedy)


def _quantity(value: object) -> Quantity | None:
    """Return a row's value as a quantity; None where it is no number with a unit."""
    if not isinstance(value, Mapping) or not isinstance(value.get("unit"), str):
        return None
    unit, factor = _UNITS.get(value["unit"], (value["unit"], 1.0))
    ends = {
        key: float(number) * factor
        for key, number in (
            ("value", value.get("value")),
            ("min", value.get("min")),
            ("max", value.get("max", value.get("max_exclusive"))),
        )
        if isinstance(number, int | float)
    }
    return Quantity(unit=unit, **ends) if ends else None
