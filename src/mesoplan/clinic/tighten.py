"""A clinic's own stricter limits, laid over the knowledge base; looser ones are refused on loading."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Literal

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.conditions import facts_in
from mesoplan.knowledge.model import Claim, Fact, Quantity, Resolution, Source
from mesoplan.knowledge.resolve import in_unit, is_duration

SOURCE = "clinic"
Stricter = Literal["longer", "shorter", "within"]
_VALIDITY = "screening.validity"
_WAITS = ("interval", "interval_minimum", "recovery", "allergy_test_first")


def tighten(knowledge: Knowledge, clinic: Clinic | None) -> Knowledge:
    """Return the knowledge base in which this clinic's limits decide; the same object where it has none.

    Each tightened fact keeps all its claims and gains one of source `clinic`, which decides. The hash in the version
    changes with the limits: a screening is bound to what decided it.
    """
    if clinic is None or not clinic.limits:
        return knowledge
    source = Source(id=SOURCE, title=clinic.name, kind="clinic", publisher=clinic.name)
    facts = dict(knowledge.facts)
    for limit in clinic.limits:
        facts[limit.fact] = _tightened(facts[limit.fact], limit.quantity, limit.source, knowledge.languages)
    limits = "".join(limit.model_dump_json() for limit in clinic.limits)
    sha256 = hashlib.sha256((knowledge.sha256 + limits).encode()).hexdigest()
    return replace(knowledge, sha256=sha256, facts=facts, sources={**knowledge.sources, SOURCE: source})


def _tightened(fact: Fact, quantity: Quantity, why: str, languages: tuple[str, ...]) -> Fact:
    says = dict.fromkeys(languages, why)
    claim = Claim(
        id=f"{SOURCE}@{fact.id}", source=SOURCE, locator="limits.yaml", status="P", quantity=quantity, says=says
    )
    resolution = Resolution(
        method="claim", claim=claim.id, quantity=quantity, verdict=fact.resolution.verdict, reason=says
    )
    return fact.model_copy(update={"claims": (*fact.claims, claim), "resolution": resolution})


def lengthened(knowledge: Knowledge) -> frozenset[str]:
    """Return the facts whose durations are stricter when longer: waits, bans, intervals, the first reading.

    Of every other duration longer is not stricter: how long answers stay valid, how long a reaction is normal, when a
    check follows.
    """
    found = {fact for rule in knowledge.rules.values() for fact in facts_in(rule.when)}
    found |= {fact for ban in knowledge.bans.values() for fact in (ban.before, ban.after) if fact is not None}
    uses = [one.facts for one in knowledge.techniques.values()]
    uses += [one.facts for one in knowledge.indications.values()]
    found |= {facts[role] for facts in uses for role in _WAITS if role in facts}
    return frozenset(found)


def stricter_when(knowledge: Knowledge, fact: str) -> Stricter:
    """Return what makes a clinic's own duration for a fact the stricter one."""
    if fact == _VALIDITY:
        return "shorter"
    return "longer" if fact in lengthened(knowledge) else "within"


def is_stricter(own: Quantity, known: Quantity, stricter_when: Stricter = "within") -> bool | None:
    """Return whether a quantity is at least as strict as the knowledge base's; None where they cannot be compared.

    An upper limit (`max`) is stricter when lower, a lower limit (`min`) when higher; of another range the own one must
    lie inside. A plain number is no limit and cannot be compared, unless longer or shorter is known to be stricter.

    Args:
        own: The clinic's.
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
