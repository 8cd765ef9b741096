"""`mesoplan systems`: what the documents name, and what stands for each here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.common import load_knowledge
from mesoplan.cli.questions import check_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import System
    from mesoplan.report.words import Words


def systems(
    system: Annotated[str | None, typer.Argument(help="One system, S01 to S29; without it, all in short.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
) -> None:
    """List the systems, techniques and programmes of the documents, with what stands for each here."""
    from mesoplan.errors import Problem, ProblemError
    from mesoplan.report.words import Words

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    words = Words(knowledge, lang)
    if system is None:
        for one in knowledge.systems.values():
            print(f"{one.id}  {words.text(one.name)}: {words.text(one.here)}")
        return
    wanted = knowledge.systems.get(system.upper())
    if wanted is None:
        remedy = f"Use one of {', '.join(knowledge.systems)}."
        raise ProblemError([Problem("systems", system, "there is no such system", remedy)])
    for line in _lines(knowledge, words, wanted):
        print(line)


def _lines(knowledge: Knowledge, words: Words, system: System) -> Iterator[str]:
    """Yield one system with everything that holds it, facts with the number of their claims."""
    yield f"{system.id}  {words.text(system.name)}"
    yield words.text(system.here)
    parts = (
        ("techniques", [(one, words.text(knowledge.techniques[one].name)) for one in system.techniques]),
        ("indications", [(one, words.text(knowledge.indications[one].name)) for one in system.indications]),
        ("classes", [(one, "") for one in system.classes]),
        ("facts", [(one, words.text(knowledge.facts[one].title)) for one in system.facts]),
    )
    for key, items in parts:
        if items:
            yield words(f"systems.{key}")
            yield from (f"  {item}  {name}".rstrip() for item, name in items)
    if system.facts:
        yield words("systems.explain")
