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
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.inventory import Row

app = typer.Typer(help="Check the knowledge base, and list its texts for translation.", no_args_is_help=True)


@app.callback()
def _knowledge() -> None:
    """Keep `check` a sub-command."""


@app.command("check")
def check(
    directories: Annotated[list[Path] | None, typer.Argument(help="Extension folders to check with the base.")] = None,
    inventory: Annotated[
        Path | None, typer.Option(help="An inventory of the documents' claims (JSON) to hold the base against.")
    ] = None,
) -> None:
    """Check every file of the knowledge base: what cannot be read, what does not fit together, what is incomplete."""
    from mesoplan.knowledge.check import unused_facts
    from mesoplan.knowledge.inventory import inventory_problems
    from mesoplan.knowledge.load import DATA, faults
    from mesoplan.knowledge.read import read

    rows = () if inventory is None else _rows(inventory)
    knowledge, problems = read((DATA, *(directories or ())))
    found: tuple[Problem, ...] = (*problems, *(faults(knowledge) if knowledge is not None else ()))
    if knowledge is not None and rows:
        found = (*found, *inventory_problems(knowledge, rows))
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
        if rows:
            _print_comparison(knowledge, rows)
    print(f"{len(found)} problem{'' if len(found) == 1 else 's'}.")
    if found:
        sys.exit(2)


def _rows(path: Path) -> tuple[Row, ...]:
    """Return the rows of an inventory; stops where it cannot be read as one."""
    import json

    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        stop("--inventory", str(path), f"cannot be read ({type(error).__name__})", "Name a JSON file of claims.")
    keys = {"id", "document", "line", "topic"}
    if not isinstance(rows, list) or not all(isinstance(row, dict) and keys <= row.keys() for row in rows):
        remedy = (
            "Give a list of objects with id, document, line, topic and value, as in tests/knowledge/inventory.json."
        )
        stop("--inventory", str(path), "this is no inventory of claims", remedy)
    return tuple(rows)


def _print_comparison(knowledge: Knowledge, rows: tuple[Row, ...]) -> None:
    from mesoplan.knowledge.inventory import compare

    found = compare(knowledge, rows)
    clinical = {str(row["id"]) for row in rows if row["topic"] != "claim-marketing"}
    print(
        f"Inventory: {len(rows)} claims, {len(found.held)} held as the documents have them, {len(found.deviating)} "
        f"deviating ({len(clinical & set(found.deviating))} of {len(clinical)} clinical ones)."
    )
    print(
        f"Of those held: {len(found.held) - len(found.refuted) - len(found.not_followed)} decide or agree, "
        f"{len(found.not_followed)} are not followed, {len(found.refuted)} are praise or refuted and decide nothing."
    )
    if found.deviating:
        print("Deviating: " + ", ".join(found.deviating))


@app.command("texts")
def texts(
    lang: Annotated[str, typer.Option(help="Language of the sentences shown.")] = "en",
    *,
    words: Annotated[
        bool, typer.Option("--words", help="The words of papers and commands instead: a `words/<code>.yaml`.")
    ] = False,
) -> None:
    """Print every text with its id, as a `lang/<code>.yaml` to translate."""
    import yaml

    from mesoplan.knowledge.read import every_text

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    if words:
        content = {"words": dict(knowledge.words(lang))}
    else:
        content = {"texts": {text_id: text[lang] for text_id, text in every_text(knowledge).items()}}
    print(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120), end="")


def explain(
    fact: Annotated[str | None, typer.Argument(help="A fact, e.g. gap.peel; with --list a topic.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the facts, of one topic if it is named.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
) -> None:
    """Show what every source says about a fact, which reading decides, and why."""
    from mesoplan.knowledge.explain import explain as explanation_of
    from mesoplan.knowledge.explain import topics
    from mesoplan.report.explain_text import print_explanation, print_facts

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    if list_:
        print_facts(topics(knowledge, fact), knowledge, lang)
        return
    if fact is None:
        stop("explain", "", "no fact was named", "Name one, or list them with `mesoplan explain --list`.")
        return
    print_explanation(explanation_of(knowledge, fact, lang), knowledge, lang)
