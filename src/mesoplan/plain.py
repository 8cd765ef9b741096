"""Whether a text that somebody typed can be seen and says something: names, identifiers, a clinic's own words."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # they shape letters in several scripts
_BREAKS = "\n\r\t"


def hidden_character(text: str, *, breaks: bool = False) -> str | None:
    """Return the first character that no reader sees, as `U+202E`; None where every one shows.

    Control characters, line breaks, marks that turn the direction of reading, spaces without width and halves of a
    character hide what a text says, or write it over something else.

    Args:
        text: What was typed.
        breaks: Whether lines may break in it, and tabs stand in it.
    """
    for one in text:
        if one in _JOINERS or (breaks and one in _BREAKS):
            continue
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"U+{ord(one):04X}"
    return None


def says_something(text: str) -> bool:
    """Return whether there is a letter or a digit in a text; blanks, dots and dashes alone say nothing."""
    return any(one.isalnum() for one in text)


def on_one_line(text: str) -> str:
    """Return a text as it is shown in a message: what cannot be seen as its code, everything else as it is."""
    return "".join(one if one.isprintable() or one == "\u00a0" else _code(one) for one in text)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if unicodedata.category(character) != "Zs" else character
