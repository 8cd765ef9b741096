"""What the sources say about a fact, side by side, which of them decides, why, and what rests on it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from mesoplan.errors import Problem, ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Fact, Quantity, Text
from mesoplan.knowledge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One source's reading.

    Attributes:
        id: The claim's id.
        source_id: Id of the source.
        source: Title of the source, with publisher and date.
        kind: Kind of the source: popular article, label, trial ...
        locator: Line, page or section.
        status: How we know it: article, R, R-data, R2, C, M or P.
        says: What it says, in the language asked for.
        quantity: Its number, None without one.
        reading: The verdict it amounts to, None where it is no contraindication.
        marketing: True: shown, and never decides.
        decides: True for the claim that the resolution names.
    """

    id: str
    source_id: str
    source: str
    kind: str
    locator: str
    status: str
    says: str
    quantity: Quantity | None
    reading: Verdict | None
    marketing: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A fact with all its claims and the choice between them.

    Attributes:
        fact: The fact's id.
        title: Its title.
        topic: Its topic.
        claims: Every claim, in the order of the file.
        method: How the choice was made.
        verdict: The resolved verdict, None where the fact decides none.
        quantity: The resolved number, None where the fact carries none.
        reason: Why.
        used_by: What rests on the fact: `rule pregnancy.yes`, `technique fractional_pen` ...
    """

    fact: str
    title: str
    topic: str
    claims: tuple[ClaimLine, ...]
    method: str
    verdict: Verdict | None
    quantity: Quantity | None
    reason: str
    used_by: tuple[str, ...]


def explain(knowledge: Knowledge, fact_id: str, language: str) -> Explanation:
    """Return a fact with its claims, the choice, its reason and its users, in one language.

    Raises:
        ProblemError: If there is no such fact, with the nearest names, or no such language.
    """
    if language not in knowledge.languages:
        remedy = f"Use {', '.join(knowledge.languages)}."
        raise ProblemError(
            [Problem("language", language, "the knowledge base is not written in this language", remedy)]
        )
    fact = knowledge.facts.get(fact_id)
    if fact is None:
        raise ProblemError([_unknown_fact(knowledge, fact_id)])
    resolution = fact.resolution
    return Explanation(
        fact=fact.id,
        title=fact.title[language],
        topic=fact.topic,
        claims=_claims(knowledge, fact, language),
        method=resolution.method,
        verdict=resolution.verdict,
        quantity=resolution.quantity,
        reason=resolution.reason[language],
        used_by=users(knowledge, fact_id),
    )


def users(knowledge: Knowledge, fact_id: str) -> tuple[str, ...]:
    """Return what names a fact, as `rule <id>`, `technique <id>` ...; empty when only the planner reads it."""
    found = []
    for rule in knowledge.rules.values():
        if rule.fact == fact_id or fact_id in knowledge.rule_facts[rule.id]:
            found.append(f"rule {rule.id}")
    found += [f"question {one.id}" for one in knowledge.questions.values() if one.plausible == fact_id]
    for technique in knowledge.techniques.values():
        named = {*technique.facts.values(), *technique.indications.values()}
        named |= {fact for manner in technique.manners for fact in manner.facts.values()}
        if fact_id in named or any(step.fact == fact_id for step in technique.steps):
            found.append(f"technique {technique.id}")
    for indication in knowledge.indications.values():
        if fact_id in indication.facts.values() or fact_id in indication.techniques.values():
            found.append(f"indication {indication.id}")
    found += [f"ban {ban.id}" for ban in knowledge.bans.values() if fact_id in (ban.before, ban.after)]
    found += [f"harm {harm.id}" for harm in knowledge.harms.values() if fact_id in (harm.fact, harm.until)]
    return tuple(found)


def topics(knowledge: Knowledge, topic: str | None = None) -> tuple[Fact, ...]:
    """Return the facts of a topic, or all, by topic and then by id.

    Raises:
        ProblemError: If no fact has this topic.
    """
    every = sorted(knowledge.facts.values(), key=lambda fact: (fact.topic, fact.id))
    if topic is None:
        return tuple(every)
    found = tuple(fact for fact in every if fact.topic == topic)
    if not found:
        names = sorted({fact.topic for fact in every})
        raise ProblemError([Problem("--list", topic, "no fact has this topic", f"Use one of {', '.join(names)}.")])
    return found


def _claims(knowledge: Knowledge, fact: Fact, language: str) -> tuple[ClaimLine, ...]:
    lines = []
    for claim in fact.claims:
        source = knowledge.sources[claim.source]
        title = knowledge.source_title(source.id, language)
        name = ", ".join(part for part in (title, source.publisher, source.date) if part)
        lines.append(
            ClaimLine(
                id=claim.id,
                source_id=claim.source,
                source=name,
                kind=source.kind,
                locator=claim.locator,
                status=claim.status,
                says=claim.says[language],
                quantity=claim.quantity,
                reading=claim.reading,
                marketing=claim.marketing,
                decides=claim.id == fact.resolution.claim,
            )
        )
    return tuple(lines)


def _unknown_fact(knowledge: Knowledge, fact_id: str) -> Problem:
    names = list(knowledge.facts)
    near = difflib.get_close_matches(fact_id, names, n=5, cutoff=0.5)
    wanted = fact_id.lower()
    near += [name for name in names if wanted and wanted in _words(knowledge.facts[name]) and name not in near][:5]
    offered = f"Did you mean {', '.join(near)}?" if near else "See `mesoplan explain --list`."
    return Problem("explain", fact_id, "there is no fact of this name", offered)


def _words(fact: Fact) -> str:
    title: Text = fact.title
    return " ".join((fact.id, *title.values())).lower()
