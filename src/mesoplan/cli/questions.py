"""`mesoplan questions` and `mesoplan example`: an empty intake, and a filled one."""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge, stop


class Form(StrEnum):
    """How an intake is written."""

    yaml = "yaml"
    json = "json"


def write_text(text: str, out: Path | None) -> None:
    """Write to a file, or to the terminal when none is named.

    Raises:
        ProblemError: If the file cannot be written.
    """
    if out is None:
        print(text, end="")
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        stop(str(out), error.strerror, "the file cannot be written", "Choose another place with --out.")


def questions(
    lang: Annotated[str, typer.Option(help="Language of the questions.")] = "en",
    form: Annotated[Form, typer.Option("--format", help="How the intake is written.")] = Form.yaml,
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal when not given.")] = None,
) -> None:
    """Print an intake with every question answered `unknown`, ready to be filled in."""
    from mesoplan.intake.template import empty_intake_text

    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    write_text(empty_intake_text(knowledge, lang, form), out)


def example(
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal when not given.")] = None,
) -> None:
    """Print a filled-in intake of an invented client."""
    write_text(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"), out)


def check_language(lang: str, known: tuple[str, ...]) -> None:
    """Accept a language of the knowledge.

    Raises:
        ProblemError: If there are no texts in it.
    """
    if lang not in known:
        stop("--lang", lang, "no texts in this language", f"Known are: {', '.join(known)}.")
