"""Which of two quantities is the stricter one: what a clinic's folder and an extension are held against."""

from __future__ import annotations

from typing import Literal

from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.conditions import facts_in
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.resolve import in_unit, is_duration

Stricter = Literal["longer", "shorter", "within"]
WAITS = ("interval", "interval_minimum", "recovery", "allergy_test_first")
"""Roles of facts whose durations are stricter when longer."""
_LOWER_IS_STRICTER = ("screening.validity", "allergy_test.validity", "age.frailty_check")


def lengthened(knowledge: Knowledge) -> frozenset[str]:
    """Return the facts whose durations are stricter when longer: waits, bans, intervals, the first reading.

    Of every other duration longer is not stricter: how long answers stay valid, how long a reaction is normal, when a
    check follows.
    """
    found = {fact for rule in knowledge.rules.values() for fact in facts_in(rule.when)}
    found |= {fact for ban in knowledge.bans.values() for fact in (ban.before, ban.after) if fact is not None}
    uses = [one.facts for one in knowledge.techniques.values()]
    uses += [one.facts for one in knowledge.indications.values()]
    found |= {facts[role] for facts in uses for role in WAITS if role in facts}
    return frozenset(found)


def stricter_when(knowledge: Knowledge, fact: str) -> Stricter:
    """Return what makes another duration for a fact the stricter one."""
    if fact in _LOWER_IS_STRICTER:
        return "shorter"
    return "longer" if fact in lengthened(knowledge) else "within"


def is_stricter(own: Quantity, known: Quantity, stricter_when: Stricter = "within") -> bool | None:
    """Return whether a quantity is at least as strict as a known one; None where they cannot be compared.

    An upper limit (`max`) is stricter when lower, a lower limit (`min`) when higher; of another range the own one must
    lie inside. A plain number is no limit and cannot be compared, unless longer or shorter is known to be stricter.

    Args:
        own: The one that is added.
        known: The knowledge base's.
        stricter_when: "longer" for a wait, "shorter" for a validity (durations only), "within" for all else.
    """
    low, high = in_unit(own, known.unit) or (None, None)
    if low is None and high is None:
        return None
    if (low is None, high is None) != (known.low is None, known.high is None):
        return None
    if (stricter_when == "longer" and is_duration(known.unit)) or known.high is None:
        return _at_least(low, known.low) and _at_least(high, known.high)
    if stricter_when == "shorter" and is_duration(known.unit):
        return _at_least(known.low, low) and _at_least(known.high, high)
    if known.value is not None:
        return None
    return _at_least(low, known.low) and _at_least(known.high, high)


def _at_least(value: float | None, bound: float | None) -> bool:
    return value is None or bound is None or value >= bound
