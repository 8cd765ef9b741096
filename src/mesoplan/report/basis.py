"""What a plan rests on: each finding with every source's reading, the choice, its reason; the rest in sources.pdf."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mesoplan.course.numbers import REPORTED_FIELD
from mesoplan.prescription.model import Basis
from mesoplan.report.context import PaperContext
from mesoplan.report.findings import Group, kinds_behind, popular_only
from mesoplan.report.leaflet_undated import bans_here
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from mesoplan.knowledge.model import Fact

PAGE_CLAIMS = 6
"""Readings of one finding that page 4 shows; the others stand in sources.pdf."""
PAGE_LINES = 60
"""Lines of the smallest type that one page of findings holds, with a reserve."""
LINE_CHARACTERS = 112
_BLOCK_LINES = 1.4


def basis_line(context: PaperContext) -> str:
    """Return page 1's sentence on the evidence; where nothing but popular articles stands behind it, it says so."""
    words = context.words
    facts = [group.first.fact for group in context.groups if group.verdict is context.headline]
    kinds = kinds_behind(context.knowledge, facts)
    if popular_only(kinds.values()):
        return words("basis.popular_only")
    every = kinds_behind(context.knowledge, [*(group.first.fact for group in context.groups), *fact_ids(context)])
    weak = sum(popular_only([one]) for one in every.values())
    if every and weak == len(every):
        return words("basis.popular_only")
    return words("basis.mixed", facts=words.count("count.facts", len(every)), popular=words.number(weak, 0))


def fact_ids(context: PaperContext) -> list[str]:
    """Return the facts that the plan's numbers rest on, each once, in the order in which the plan uses them."""
    found = [basis.reference for basis in number_bases(context) if basis.kind == "fact"]
    return [one for one in dict.fromkeys(found) if one in context.knowledge.facts]


def number_bases(context: PaperContext) -> Iterable[Basis]:
    """Yield what each printed number rests on, in the order in which the plan uses it, some more than once."""
    plan = context.plan
    if context.settings_shown:
        for zone in plan.prescription.zones:
            yield from (basis for _, basis in zone.bases)
            if zone.depth is not None:
                yield from (basis for _, basis in zone.depth.bases)
                yield from (limit.basis for limit in zone.depth.limits)
        for part in plan.layout.zones:
            yield from (basis for _, basis in part.bases)
            yield from (limit.basis for limit in part.limits)
        yield from (basis for _, basis in plan.layout.bases)
        yield from (limit.basis for limit in plan.layout.limits)
        yield from (basis for _, basis in (plan.quality.bases if plan.quality else ()))
    if plan.course.appointments:
        yield from (basis for _, basis in plan.course.bases)
        for restriction in plan.course.restrictions:
            yield from restriction.bases
    elif context.may_treat and plan.prescription.zones:  # the leaflet names lengths where it has no dates
        yield from (basis for name, basis in plan.course.bases if name == REPORTED_FIELD)
        lengths = (fact for ban in bans_here(context) for fact in (ban.before, ban.after))
        yield from (Basis("fact", fact) for fact in lengths if fact is not None)


def basis_page(context: PaperContext) -> dict[str, Any]:
    """Return page 4: as many findings as one page holds; `more` says what continues in sources.pdf."""
    words = context.words
    entries = finding_entries(context)
    shown, room = [], float(PAGE_LINES)
    for entry in (_shortened(context, one) for one in entries):
        room -= _lines(entry)
        if room < 0:
            break
        shown.append(entry)
    rest, numbers = len(entries) - len(shown), len(fact_ids(context))
    parts = [words.count("basis.more_findings", rest)] if rest else []
    parts += [words("basis.more_facts", facts=words.count("count.facts", numbers))] if numbers else []
    more = words("basis.more", parts=words.joined([*parts, words("basis.more_sources")]))
    intro = words("basis.intro" if entries else "basis.no_findings", version=context.plan.screening.knowledge_version)
    cut = any(len(entry["claims"]) > PAGE_CLAIMS + 1 for entry in entries)
    return {"intro": intro, "findings": shown, "more": more if rest or numbers or cut else ""}


def _shortened(context: PaperContext, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with the first readings only, and how many more there are."""
    rest = len(entry["claims"]) - PAGE_CLAIMS
    if rest < 2:
        return entry
    more = context.words.count("basis.more_readings", rest)
    return {**entry, "claims": [*entry["claims"][:PAGE_CLAIMS], more]}


def has_sources(context: PaperContext) -> bool:
    """Return whether sources.pdf is needed: something does not fit on page 4."""
    return bool(basis_page(context)["more"])


def _lines(entry: dict[str, Any]) -> float:
    """Return how many lines of the smallest type an entry takes, rather too many than too few."""
    texts = [entry["says"] + " " * 24, entry["answer"], *entry["claims"], f"{entry['choice']} {entry['reason']}"]
    return _BLOCK_LINES + sum(-(-len(text) // LINE_CHARACTERS) for text in texts)


def finding_entries(context: PaperContext) -> list[dict[str, Any]]:
    """Return every finding that counts, strictest first: answer, each source's reading, choice, reason."""
    return [_entry(context, group) for group in context.groups]


def _entry(context: PaperContext, group: Group) -> dict[str, Any]:
    words, finding = context.words, group.first
    fact = context.knowledge.facts.get(finding.fact)
    answers = [
        words("basis.answer", question=context.names.question(one), answer=_answer(context, one))
        for one in finding.questions
        if one in context.knowledge.questions
    ]
    where = context.names.zones(group.zones)
    rule = words("basis.rule", rule=finding.rule) + (f" {sentence(where)}." if where else "")
    return {
        **context.badge(group.verdict),
        "says": sentence(context.say.says(finding)),
        "answer": " ".join([rule, *answers]),
        "claims": [] if fact is None else claim_lines(context, fact),
        "choice": "" if fact is None else words("basis.choice", choice=context.say.choice(fact)),
        "reason": "" if fact is None else words.text(fact.resolution.reason),
    }


def _answer(context: PaperContext, question: str) -> str:
    return printable(context.say.answer(question, context.plan.intake))


def claim_lines(context: PaperContext, fact: Fact) -> list[str]:
    """Return one line for each source's reading of a fact."""
    lines = []
    for claim in fact.claims:
        read = context.say.claim(claim)
        head = f"{read['source']} ({read['kind']}, {read['locator']})"
        tail = "; ".join(part for part in (read["quantity"], read["reading"], read["marketing"]) if part)
        lines.append(f"{head}: {read['says']}" + (f" [{tail}]" if tail else ""))
    return lines
