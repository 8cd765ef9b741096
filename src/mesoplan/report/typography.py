"""Where a line must not break: words that belong together are joined by a blank that does not break."""

from __future__ import annotations

from typing import Any

from mesoplan.report.words import NBSP

LONGEST_TIED = 40
"""No run tied together gets longer than this, whatever a client wrote: a line must be able to break."""

_DASHES = frozenset({"\u2013", "\u2014"})
_LEADING: dict[str, frozenset[str]] = {
    "ru": frozenset(
        (
            "а",
            "в",
            "во",
            "до",
            "за",
            "и",
            "из",
            "к",
            "ко",
            "на",
            "не",
            "ни",
            "но",
            "о",
            "об",
            "от",
            "по",
            "с",
            "со",
            "у",
        )
    )
    | {"№", "см.", "стр."},
    "en": frozenset({"no.", "dr"}),
}
"""Words that never end a line: they belong to the next."""


def tied(value: Any, language: str) -> Any:
    """Return a paper's words with ties: no line begins with a dash, ends with a preposition or parts number and unit.

    Args:
        value: JSON-able data of a paper; every text in it is tied, drawings (SVG) are left as they are.
        language: The paper's language; one without rules of its own keeps its blanks.
    """
    if isinstance(value, str):
        return value if value.startswith("<svg") else _tied_text(value, language)
    if isinstance(value, dict):
        return {key: tied(inner, language) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [tied(inner, language) for inner in value]
    return value


def _tied_text(text: str, language: str) -> str:
    leading = _LEADING.get(language)
    if leading is None or " " not in text:
        return text
    first, *rest = text.split(" ")
    shown, run, last = [first], len(first), first
    for token in rest:
        joins = _joins(last.rpartition(NBSP)[2], token, leading) and run + len(token) < LONGEST_TIED
        shown += [NBSP if joins else " ", token]
        run = run + 1 + len(token) if joins else len(token)
        last = token
    return "".join(shown)


def _joins(last: str, token: str, leading: frozenset[str]) -> bool:
    if token in _DASHES or last.lstrip("([\u00ab").lower() in leading:
        return True
    return last[-1:].isdigit() and token[:1].islower()
