"""A clinic's own stricter limits, laid over the knowledge base; looser ones are refused on loading."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Claim, Fact, Quantity, Resolution, Source
from mesoplan.knowledge.resolve import in_unit, is_duration

SOURCE = "clinic"


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


def is_stricter(own: Quantity, known: Quantity) -> bool | None:
    """Return whether a quantity is at least as strict as the knowledge base's; None where they cannot be compared.

    A duration is stricter when longer, an upper limit (`max`) when lower, a lower limit (`min`) when higher; of another
    range the own one must lie inside. A plain number that is no duration is no limit, and cannot be compared.
    """
    low, high = in_unit(own, known.unit) or (None, None)
    if low is None and high is None:
        return None
    if (low is None, high is None) != (known.low is None, known.high is None):
        return None
    if is_duration(known.unit) or known.high is None:
        return _at_least(low, known.low) and _at_least(high, known.high)
    if known.value is not None:
        return None
    return _at_least(low, known.low) and _at_least(known.high, high)


def _at_least(value: float | None, bound: float | None) -> bool:
    return value is None or bound is None or value >= bound
