"""`mesoplan zones`: the zones by which an intake, an option and a clinic's prices name a place."""

from __future__ import annotations

from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge
from mesoplan.cli.questions import check_language


def zones(lang: Annotated[str, typer.Option(help="Language of the names.")] = "en") -> None:
    """List the zones and groups of zones with their ids; in a pipe one a line, with a tab between id and name."""
    from mesoplan.knowledge.zone_names import listed
    from mesoplan.report.screening_text import make_console, print_indented

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    console = make_console()
    single, groups = listed(knowledge, lang)
    if not console.is_terminal:
        print(*(f"{one}\t{name}" for one, name in (*single, *groups)), sep="\n")
        return
    words = knowledge.words(lang)
    width = max(len(one) for one, _ in (*single, *groups))
    for key, rows in (("zones.single", single), ("zones.groups", groups)):
        console.print()
        print_indented(console, words[key], 0, style="bold")
        for one, name in rows:
            print_indented(console, f"{one:<{width}}  {name}", 2, hang=width + 2)
