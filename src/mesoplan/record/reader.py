"""Reads filled-in files field by field: every slip is noted with its place; `unknown` stays None."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mesoplan.errors import Problems
from mesoplan.intake.text import parse_data, read_text
from mesoplan.knowledge.base import Knowledge
from mesoplan.plain import typed_day

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: no file can hold it
_LONGEST = 2000
_EARLIEST, _LATEST = 1900, 2200


def load_file(path: Path) -> object:
    """Return what a YAML or JSON file holds that was filled in by hand, without judging it.

    Raises:
        ProblemError: If the file cannot be read, or is no such text.
    """
    return load_text(read_text(path), place=path.name)


def load_text(text: str, *, place: str) -> object:
    """Return what a YAML or JSON text holds.

    Raises:
        ProblemError: If it is neither.
    """
    problems = Problems()
    data = parse_data(text, problems, place=place)
    problems.raise_if_any()
    return data


class Reader:
    """One reading of one file."""

    def __init__(self, knowledge: Knowledge, problems: Problems, place: str) -> None:
        """Keep where the file came from and where problems go."""
        self.knowledge, self.problems, self.place = knowledge, problems, place

    def add(self, where: str, value: object, message: str, remedy: str) -> None:
        """Note a problem at a place of the file."""
        self.problems.add(f"{self.place}: {where}" if where else self.place, value, message, remedy)

    def mapping(self, value: object, known: Iterable[str], where: str) -> Mapping[Any, Any]:
        """Return a mapping, empty where there is none; keys that mean nothing are noted."""
        if value is None or value == "unknown":
            return {}
        if not isinstance(value, Mapping):
            self.add(where, value, "a mapping belongs here", f"Write {', '.join(known)} below it.")
            return {}
        for key in value:
            if key not in known:
                self.add(where, key, "this key means nothing here", f"Known are: {', '.join(known)}.")
        return value

    def rows(self, value: object, known: Iterable[str], where: str) -> list[tuple[Mapping[Any, Any], str]]:
        """Return the mappings of a list with the place of each; empty where there is none."""
        if value in (None, "unknown", "no", "none", False):
            return []
        if not isinstance(value, list):
            self.add(where, value, "a list belongs here", f"Start each item with `- `: {', '.join(known)}.")
            return []
        found = []
        for number, row in enumerate(value, 1):
            place = f"{where}: {number}"
            if isinstance(row, Mapping):
                found.append((self.mapping(row, known, place), place))
            else:
                self.add(place, row, "a mapping belongs here", f"Write {', '.join(known)}.")
        return found

    def text(self, value: object, where: str) -> str | None:
        """Return a text, None for unknown; a number that stands for a name is taken as written."""
        if value is None or value == "unknown":
            return None
        if isinstance(value, str) and len(value) <= _LONGEST and not _SURROGATE.search(value):
            return value.strip() or None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.add(where, value, f"a text of up to {_LONGEST} characters belongs here", "Put it in quotes, or unknown.")
        return None

    def required(self, value: object, where: str) -> str:
        """Return a text that must be there."""
        found = self.text(value, where)
        if found is None:
            self.add(where, value, "this must not be left out", "Enter it.")
        return found or ""

    def code(self, value: object, codes: tuple[str, ...], where: str, *, default: str = "unknown") -> str:
        """Return one of the codes; a bare yes or no of YAML counts as the word."""
        if value is None:
            return default
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, str) and value in (*codes, default):
            return value
        self.add(where, value, "not one of the answers", f"Answer {', '.join(dict.fromkeys((*codes, default)))}.")
        return default

    def day(self, value: object, where: str) -> date | None:
        """Return a date, None for unknown."""
        if value is None or value == "unknown":
            return None
        found = typed_day(value)
        if found is None or not _EARLIEST <= found.year <= _LATEST:
            self.add(where, value, "not a date", "Write it as YYYY-MM-DD, or unknown.")
            return None
        return found

    def number(self, value: object, where: str, unit: str) -> float | None:
        """Return a number of at least 0, None for unknown."""
        if value is None or value == "unknown":
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self.add(where, value, "not a number", f"Enter a number in {unit} with a decimal point, or unknown.")
            return None
        if value < 0:
            self.add(where, value, "a number below 0", f"Enter it in {unit}, or unknown.")
            return None
        return float(value)

    def whole(self, value: object, where: str, what: str) -> int | None:
        """Return a whole number of at least 0, None for unknown."""
        found = self.number(value, where, what)
        if found is not None and found != int(found):
            self.add(where, value, "not a whole number", f"Enter a whole number of {what}, or unknown.")
            return None
        return None if found is None else int(found)

    def time(self, value: object, where: str) -> str | None:
        """Return a time of the clinic's clock, HH:MM, None for unknown."""
        if value is None or value == "unknown":
            return None
        if isinstance(value, str) and _TIME.fullmatch(value):
            return value
        self.add(where, value, "not a time", 'Write it as "HH:MM", in quotes, or unknown.')
        return None

    def zone(self, value: object, where: str, *, required: bool = True) -> str:
        """Return an expanded zone id; a base name of a paired zone needs its side."""
        if value in (None, "unknown", "all") and not required:
            return ""
        name = str(value)
        try:
            expanded = self.knowledge.expand(name)
        except KeyError:
            self.add(where, value, "not a zone", "`mesoplan explain --list zones` names them.")
            return ""
        if len(expanded) != 1:
            self.add(where, value, "this zone has parts or two sides", f"Name one: {', '.join(expanded)}.")
            return ""
        return expanded[0]
