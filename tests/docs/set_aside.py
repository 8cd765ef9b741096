"""Which facts leave a stricter source aside: what `strictest` over all claims would give, beside what is stated."""

from __future__ import annotations

from mesoplan.knowledge.model import Fact, Quantity
from mesoplan.knowledge.resolve import resolve, same, shown
from mesoplan.knowledge.verdict import strictest


def set_aside(fact: Fact) -> tuple[str, ...]:
    """Return the verdict and the limit that the strictest of all sources would give, where the fact states others."""
    stated = fact.resolution
    if stated.method == "modest":
        return ()  # a promise has no stricter side
    limit = _limit(stated.quantity)
    strict = {"method": "strictest", "claim": None, "among": (), "quantity": limit}
    given = resolve(fact.model_copy(update={"resolution": stated.model_copy(update=strict)}))
    found = []
    if given.verdict is not None and stated.verdict is not None:
        strictly = strictest((given.verdict, stated.verdict))
        found += [str(strictly)] if strictly != stated.verdict else []
    if given.quantity is not None and not same(limit, given.quantity):
        found.append(shown(given.quantity))
    return tuple(found)


def _limit(quantity: Quantity | None) -> Quantity | None:
    """Return the end that limits: the upper one, or the lower one where there is no other."""
    if quantity is None or quantity.high is None:
        return quantity
    return Quantity(max=quantity.high, unit=quantity.unit)
