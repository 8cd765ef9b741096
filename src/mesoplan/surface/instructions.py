"""How to take a usable photo, in the reader's language."""

from __future__ import annotations

from mesoplan.errors import ProblemError
from mesoplan.surface.parameters import read_data

PHOTO_PLACE = "--photo"
POINTER = "The photo instructions say how to take it."
WRITTEN_IN = ("en", "ru")


def photo_instructions(language: str) -> tuple[str, tuple[str, ...]]:
    """Return the title and the steps, one sentence or two each, in `en` or `ru`; another language raises KeyError."""
    document = read_data("photo_instructions.yaml")
    return document["title"][language], tuple(step[language] for step in document["steps"])


def add_photo_instructions(error: ProblemError, language: str | None) -> None:
    """Note the instructions on an error that points to them, to be shown below it; any other is left as it is.

    Args:
        error: What is wrong.
        language: The reader's; English where the instructions are not written in it.
    """
    if not any(problem.remedy.endswith(POINTER) for problem in error.problems):
        return
    title, steps = photo_instructions(language if language in WRITTEN_IN else "en")
    error.add_note("\n".join(["", title, *(f"  - {step.strip()}" for step in steps)]))
