"""`mesoplan systems`: what the documents name, and what stands for each here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.common import load_knowledge
from mesoplan.cli.questions import check_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import System
    from mesoplan.report.words import Words

_SHORT = re.compile(r"[sS]?(\d{1,2})", re.ASCII)
_HANG = 5  # what follows an id and its two blanks


def systems(
    system: Annotated[
        str | None, typer.Argument(help="One system, S01 to S29 (s1 will do); without it, all in short.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
) -> None:
    """List the systems, techniques and programmes of the documents, with what stands for each here."""
    from mesoplan.errors import Problem, ProblemError
    from mesoplan.report.words import Words

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    words = Words(knowledge, lang)
    if system is None:
        _print(f"{one.id}  {words.text(one.name)}: {words.text(one.here)}" for one in knowledge.systems.values())
        return
    wanted = knowledge.systems.get(_full_id(system))
    if wanted is None:
        remedy = f"Use one of {', '.join(knowledge.systems)}."
        raise ProblemError([Problem("systems", system, "there is no such system", remedy)])
    _print(_lines(knowledge, words, wanted))


def _full_id(written: str) -> str:
    """Return the id that somebody may have meant: `s3`, `S3`, `3` for S03; anything else as it is, in capitals."""
    found = _SHORT.fullmatch(written.strip())
    return f"S{int(found.group(1)):02d}" if found else written.upper()


def _print(lines: Iterable[str]) -> None:
    """Print lines, wrapped to the terminal's width; into a file or a pipe each stays one line."""
    from mesoplan.report.screening_text import make_console, print_indented

    console = make_console()
    for line in lines:
        if console.is_terminal:
            text = line.lstrip()
            print_indented(console, text, len(line) - len(text), hang=_HANG)
        else:
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
