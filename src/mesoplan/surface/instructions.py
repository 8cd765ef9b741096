"""How to take a usable photo, in the reader's language."""

from __future__ import annotations

from mesoplan.errors import ProblemError
from mesoplan.surface.parameters import read_data

PHOTO_PLACE = "--photo"
POINTER = "The photo instructions say how to take it."


def photo_instructions(language: str) -> tuple[str, tuple[str, ...]]:
    """Return the title and the steps, one sentence or two each, in `en` or `ru`; another language raises KeyError."""
    document = read_data("photo_instructions.yaml")
    return document["title"][language], tuple(step[language] for step in document["steps"])


def concerns_photo(error: ProblemError) -> bool:
    """Return whether any of the problems is about the photo, so that the instructions should be shown with them."""
    return any(problem.place.startswith(PHOTO_PLACE) for problem in error.problems)
