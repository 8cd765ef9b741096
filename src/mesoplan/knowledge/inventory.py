"""Compares the claims of the documents with an inventory of them: every figure at its line, and as it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Claim, Quantity
from mesoplan.knowledge.resolve import same, shown

Row = Mapping[str, Any]
"""One claim of the inventory: id, document (file name), line, topic, value (mapping or None)."""

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
