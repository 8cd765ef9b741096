"""A clinic's own stricter limits, laid over the knowledge base; looser ones are refused on loading."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Claim, Fact, Quantity, Resolution, Source

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
