"""sources.pdf: all findings, all facts and measurements behind the numbers, and the list of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.report.basis import claim_lines, fact_ids, finding_entries
from mesoplan.report.context import PaperContext
from mesoplan.report.number_sources import number_lines, sources_of_numbers
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.knowledge.model import Fact, Source


def sources_context(context: PaperContext) -> dict[str, Any]:
    """Return everything sources.pdf says; every source it names stands in the list with kind and date."""
    words, knowledge = context.words, context.knowledge
    finding_facts = [group.first.fact for group in context.groups if group.first.fact in knowledge.facts]
    numbers = [*dict.fromkeys([*fact_ids(context), *_reasons(context)])]
    used = {claim.source for name in [*finding_facts, *numbers] for claim in knowledge.facts[name].claims}
    used |= sources_of_numbers(context)
    sources = [_source(context, source) for source in knowledge.sources.values() if source.id in used]
    return {
        **context.frame("sources"),
        "intro": words("sources.intro", version=context.plan.screening.knowledge_version),
        "findings": finding_entries(context),
        "facts": [_fact(context, knowledge.facts[name]) for name in numbers],
        "numbers": number_lines(context),
        "source_head": [words(f"sources.head.{one}") for one in ("id", "title", "kind", "date")],
        "sources": sources,
    }


def _reasons(context: PaperContext) -> list[str]:
    """Return the facts that speak for or against the techniques of the plan."""
    reasons = [reason for option in context.plan.prescription.techniques for reason, _ in option.reasons]
    return [reason for reason in reasons if reason in context.knowledge.facts]


def _fact(context: PaperContext, fact: Fact) -> dict[str, Any]:
    return {
        "title": context.words.text(fact.title),
        "id": fact.id,
        "claims": claim_lines(context, fact),
        "choice": context.words("basis.choice", choice=context.say.choice(fact)),
        "reason": context.words.text(fact.resolution.reason),
    }


def _source(context: PaperContext, source: Source) -> list[str]:
    words = context.words
    name = context.knowledge.source_title(source.id, words.language)
    named = [sentence(part) for part in (name, source.publisher, source.edition) if part]
    title = " ".join(part if part[-1] in ".?!" else f"{part}." for part in named)
    named_at = f"{title} {source.address}" if source.address else title
    return [source.id, named_at, words(f"kind.{source.kind}"), source.date or words("sources.no_date")]
