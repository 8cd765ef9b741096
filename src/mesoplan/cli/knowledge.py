"""`mesoplan explain` and `mesoplan knowledge`: what the sources say, and whether the data holds together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.common import load_knowledge, print_problems, stop
from mesoplan.cli.questions import check_language

if TYPE_CHECKING:
    from mesoplan.errors import Problem
    from mesoplan.knowledge.explain import Explanation
    from mesoplan.knowledge.load import Knowledge
    from mesoplan.knowledge.model import Quantity
    from mesoplan.knowledge.verdict import Verdict
    from mesoplan.report.words import Words

app = typer.Typer(help="Check the knowledge base, and list its texts for translation.", no_args_is_help=True)


@app.callback()
def _knowledge() -> None:
    """Keep `check` a sub-command."""


@app.command("check")
def check(
    directories: Annotated[list[Path] | None, typer.Argument(help="Extension folders to check with the base.")] = None,
) -> None:
    """Check every file of the knowledge base: what cannot be read, what does not fit together, what is incomplete."""
    from mesoplan.knowledge.check import check as lint
    from mesoplan.knowledge.check import unused_facts
    from mesoplan.knowledge.load import DATA
    from mesoplan.knowledge.read import read

    knowledge, problems = read((DATA, *(directories or ())))
    found: tuple[Problem, ...] = (*problems, *(lint(knowledge) if knowledge is not None else ()))
    print_problems(found)
    if knowledge is not None:
        claims = sum(len(fact.claims) for fact in knowledge.facts.values())
        print(
            f"Knowledge {knowledge.version}: {len(knowledge.facts)} facts with {claims} claims of "
            f"{len(knowledge.sources)} sources, {len(knowledge.questions)} questions, {len(knowledge.rules)} rules, "
            f"{len(knowledge.zones)} zones, languages {', '.join(knowledge.languages)}."
        )
        unused = unused_facts(knowledge)
        print(f"{len(unused)} facts are named by no other item (the planner may read them by name).")
    print(f"{len(found)} problem{'' if len(found) == 1 else 's'}.")
    if found:
        sys.exit(2)


@app.command("texts")
def texts(
    lang: Annotated[str, typer.Option(help="Language of the sentences shown.")] = "en",
) -> None:
    """Print every text with its id, as a `lang/<code>.yaml` to translate."""
    import yaml

    from mesoplan.knowledge.texts import every_text

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    entries = {text_id: text[lang] for text_id, text in every_text(knowledge)}
    print(yaml.safe_dump({"texts": entries}, allow_unicode=True, sort_keys=False, width=120), end="")


def explain(
    fact: Annotated[str | None, typer.Argument(help="A fact, e.g. gap.peel; with --list a topic.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the facts, of one topic if it is named.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
) -> None:
    """Show what every source says about a fact, which reading decides, and why."""
    from mesoplan.knowledge.explain import explain as explanation_of

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    if list_:
        _print_list(knowledge, fact, lang)
        return
    if fact is None:
        stop("explain", "", "no fact was named", "Name one, or list them with `mesoplan explain --list`.")
        return
    _print_explanation(knowledge, explanation_of(knowledge, fact, lang), lang)


def _print_list(knowledge: Knowledge, topic: str | None, lang: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from mesoplan.knowledge.explain import topics
    from mesoplan.report.words import Words

    words = Words(knowledge, lang)
    table = Table(box=box.SIMPLE_HEAD)
    for key in ("topic", "fact", "title", "outcome"):
        table.add_column(words(f"explain.{key}"), overflow="fold")
    table.add_column(words("explain.claims"), justify="right")
    for fact in topics(knowledge, topic):
        outcome = _outcome(words, fact.resolution.verdict, fact.resolution.quantity)
        table.add_row(fact.topic, fact.id, fact.title[lang], outcome, str(len(fact.claims)))
    Console().print(table)


def _print_explanation(knowledge: Knowledge, explanation: Explanation, lang: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from mesoplan.report.words import Words

    words = Words(knowledge, lang)
    console = Console(highlight=False)
    console.print(f"[bold]{escape(explanation.fact)}[/bold]: {escape(explanation.title)}")
    table = Table(box=box.SIMPLE_HEAD, show_lines=True, expand=True)
    for key, ratio in (("source", 5), ("says", 5), ("value", 3)):
        table.add_column(words(f"explain.{key}"), ratio=ratio, overflow="fold")
    for claim in explanation.claims:
        where = f"{claim.source} ({words(f'kind.{claim.kind}')}), {claim.locator}, {claim.status}"
        outcome = _outcome(words, claim.reading, claim.quantity)
        weight = words("explain.marketing") if claim.marketing else outcome
        table.add_row(*map(escape, (where, claim.says, weight)), style="bold" if claim.decides else None)
    console.print(table)
    decided = _outcome(words, explanation.verdict, explanation.quantity) or words("explain.no_number")
    method = words(f"method.{explanation.method.replace(' ', '_')}")
    console.print(escape(words("explain.decided", outcome=decided, method=method)))
    console.print(escape(words("explain.why", reason=explanation.reason)))
    users = ", ".join(explanation.used_by)
    console.print(escape(words("explain.used_by", users=users) if users else words("explain.used_by_nothing")))


def _outcome(words: Words, verdict: Verdict | None, quantity: Quantity | None) -> str:
    """Return verdict and number in words, "" where there is neither."""
    parts = [words(f"verdict.{verdict}.short")] if verdict is not None else []
    return ", ".join([*parts, *([words.quantity(quantity)] if quantity is not None else [])])
