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
    _print_explanation(explanation_of(knowledge, fact, lang))


def _print_list(knowledge: Knowledge, topic: str | None, lang: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from mesoplan.knowledge.explain import topics
    from mesoplan.knowledge.resolve import shown

    table = Table("topic", "fact", "title", "decided", "claims")
    for fact in topics(knowledge, topic):
        quantity = fact.resolution.quantity
        decided = [str(fact.resolution.verdict or ""), shown(quantity) if quantity is not None else ""]
        table.add_row(
            fact.topic, fact.id, fact.title[lang], ", ".join(part for part in decided if part), str(len(fact.claims))
        )
    Console().print(table)


def _print_explanation(explanation: Explanation) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{escape(explanation.fact)}[/bold]  {escape(explanation.title)}", highlight=False)
    table = Table("source", "kind", "where", "status", "says", "value", "reading", show_lines=True)
    for claim in explanation.claims:
        reading = "marketing, never decides" if claim.marketing else str(claim.reading or "")
        cells = (claim.source, claim.kind, claim.locator, claim.status, claim.says, claim.value, reading)
        table.add_row(*map(escape, cells), style="bold" if claim.decides else None)
    console.print(table)
    decided = ", ".join(part for part in (str(explanation.verdict or ""), explanation.value) if part) or "no number"
    console.print(f"Decided ({escape(explanation.method)}): [bold]{escape(decided)}[/bold]", highlight=False)
    console.print(f"Why: {escape(explanation.reason)}", highlight=False)
    users = ", ".join(explanation.used_by) or "no rule or list; the planner may read it by name"
    console.print(f"Used by: {escape(users)}", highlight=False)
