"""A fact explained in the terminal, and the list of facts: an id stands whole on its line, at any width and piped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan.report.findings import FindingWords
from mesoplan.report.screening_text import make_console, print_indented
from mesoplan.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.explain import ClaimLine, Explanation
    from mesoplan.knowledge.model import Fact, Quantity
    from mesoplan.knowledge.verdict import Verdict


def print_facts(facts: Iterable[Fact], knowledge: Knowledge, language: str) -> None:
    """Print facts by topic; into a file or a pipe one a line: id, topic, title, outcome, number of claims, by tabs."""
    words, console = Words(knowledge, language), make_console()
    topic = ""
    for fact in facts:
        outcome = _outcome(words, fact.resolution.verdict, fact.resolution.quantity)
        title, claims = words.text(fact.title), len(fact.claims)
        if not console.is_terminal:
            print(fact.id, fact.topic, title, outcome, claims, sep="\t")
            continue
        if fact.topic != topic:
            topic = fact.topic
            console.print(f"\n{topic}", style="bold")
        decided = f" {sentence(outcome)}." if outcome else ""
        counted = words.count("explain.claims", claims)
        print_indented(console, f"{fact.id}: {title}.{decided} {sentence(counted)}.", 2, hang=4)


def print_explanation(explanation: Explanation, knowledge: Knowledge, language: str) -> None:
    """Print what every source says about a fact, then which reading was chosen, why, and what rests on it."""
    words, console = Words(knowledge, language), make_console()
    print_indented(console, f"{explanation.fact}: {explanation.title}", 0, style="bold")
    console.print()
    for claim in explanation.claims:
        _print_claim(console, FindingWords(knowledge, words), claim)
    decided = _outcome(words, explanation.verdict, explanation.quantity) or words("explain.no_number")
    method = words(f"method.{explanation.method.replace(' ', '_')}")
    named = (user.partition(" ") for user in explanation.used_by)
    users = ", ".join(f"{words(f'user.{kind}')} {name}" for kind, _, name in named)
    for line in (
        words("explain.decided", outcome=decided, method=method),
        words("explain.why", reason=explanation.reason),
        words("explain.used_by", users=users) if users else words("explain.used_by_nothing"),
    ):
        print_indented(console, line, 0)


def _print_claim(console: Console, say: FindingWords, claim: ClaimLine) -> None:
    """Print one source's reading: its id, kind, place and status, then its title, what it says, and its outcome."""
    words = say.words
    kind, known = words(f"kind.{claim.kind}"), words(f"known.{claim.status}")
    where = f"{claim.source_id} ({kind}), {say.locator(claim.locator)}, {known}"
    mark = f"{words('explain.decides')} " if claim.decides else ""
    outcome = _outcome(words, claim.reading, claim.quantity)
    weight = words("explain.marketing") if claim.marketing else outcome
    says = f"{claim.says} [{weight}]" if weight else claim.says
    print_indented(console, mark + where, 2, hang=4, style="bold" if claim.decides else "")
    print_indented(console, claim.source, 4, style="dim")
    print_indented(console, says, 4)
    console.print()


def _outcome(words: Words, verdict: Verdict | None, quantity: Quantity | None) -> str:
    """Return verdict and number in words, "" where there is neither."""
    parts = [words(f"verdict.{verdict}.short")] if verdict is not None else []
    return ", ".join([*parts, *([words.quantity(quantity)] if quantity is not None else [])])
