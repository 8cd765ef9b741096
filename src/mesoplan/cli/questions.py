"""`mesoplan questions` and `mesoplan example`: an empty intake, and a filled one."""

from __future__ import annotations

import contextlib
import os
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
    """Write to a new file in one step, or to the terminal when none is named.

    Raises:
        ProblemError: If there is such a file already, or it cannot be written.
    """
    if out is None:
        print(text, end="")
        return
    check_new(out)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, out)
    except OSError as error:
        stop(str(out), error.strerror, "the file cannot be written", "Choose another place with --out.")
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def check_new(out: Path) -> None:
    """Accept a file that does not exist yet: a filled-in intake must never be overwritten.

    Raises:
        ProblemError: If there is something of this name.
    """
    try:
        there = os.path.lexists(out)
    except ValueError:  # a null character
        stop("--out", repr(str(out)), "this cannot be a file's name", "Choose another one.")
        return
    if there:
        remedy = "Choose another name with --out, or move that one away first."
        stop("--out", out, "there is something of this name already", remedy)


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
