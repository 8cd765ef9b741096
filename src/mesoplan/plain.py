"""What somebody typed: whether a text can be seen and says something, and which day is meant."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

_JOINERS = "\u200c\u200d"  # they shape letters in several scripts
_BREAKS = "\n\r\t"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def hidden_character(text: str, *, breaks: bool = False) -> str | None:
    """Return the first character that no reader sees, as `U+202E`; None where every one shows.

    Control characters, line breaks, marks that turn the direction of reading, spaces without width and halves of a
    character hide what a text says, or write it over something else.

    Args:
        text: What was typed.
        breaks: Whether lines may break in it, and tabs stand in it.
    """
    if text.isprintable():
        return None
    for one in text:
        if one in _JOINERS or (breaks and one in _BREAKS):
            continue
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"U+{ord(one):04X}"
    return None


def says_something(text: str) -> bool:
    """Return whether there is a letter or a digit in a text; blanks, dots and dashes alone say nothing."""
    return text[:1].isalnum() or any(one.isalnum() for one in text)


def on_one_line(text: str) -> str:
    """Return a text as it is shown in a message: what cannot be seen as its code, everything else as it is."""
    return "".join(one if one.isprintable() or one == "\u00a0" else _code(one) for one in text)


def typed_day(value: object) -> date | None:
    """Return a date as it is, or from a text YYYY-MM-DD; None for anything else, and for days that do not exist."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def is_plausible(day: date) -> bool:
    """Return whether a day can be that of something in a living person's life, or soon after."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if unicodedata.category(character) != "Zs" else character
