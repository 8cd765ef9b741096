"""From a file or a line to plain values: YAML or JSON, of bounded size and depth, with no key that stands twice."""

from __future__ import annotations

import json
import stat
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from mesoplan.errors import Problems
from mesoplan.knowledge.files import DataFile
from mesoplan.knowledge.yaml_file import parse
from mesoplan.plain import hidden_character, says_something

MAX_BYTES = 1_000_000
"""An intake is a small text; a larger file, or a longer line of many intakes, is none."""
_DEEPEST = 50
_DIGITS = 18
_WHOLE = 10 ** (_DIGITS - 1)
"""Whole numbers below it have few enough digits, a sign counted."""
_LONGEST = 500
_BOM = "\ufeff"
_TWICE = "Write the value once, plainly, where it belongs."


def read_text(path: Path) -> str:
    """Return the text of an intake's file.

    Raises:
        ProblemError: If it is no regular file, too large, cannot be read, or is not UTF-8.
    """
    problems = Problems()
    content = b""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            problems.add(str(path), "", "this is a folder, not an intake", "Name the intake in it.")
        elif not stat.S_ISREG(status.st_mode):
            problems.add(str(path), "", "this is not a regular file", "Hand in the intake's file.")
        elif status.st_size > MAX_BYTES:
            problems.add(str(path), f"{status.st_size} bytes", "an intake is a small text file", "Hand in the intake.")
        else:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES)
        text = content.decode("utf-8")
    except OSError as error:
        problems.add(str(path), error.strerror or "", "the file cannot be read", "Check its name and your rights.")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(f"{path}:{line}", "", "the file is not UTF-8 text", "Save it as UTF-8.")
    problems.raise_if_any()
    return text


def parse_data(text: str, problems: Problems, *, place: str) -> object:
    """Return a YAML or JSON text as dicts, lists and scalars; None after a fault, which is noted."""
    text = text.removeprefix(_BOM)
    if text.lstrip().startswith("{"):
        return parse_json(text, problems, place=place)
    content = text.encode("utf-8", errors="backslashreplace")
    return parse(DataFile(Path(place), "", place, content), problems, as_typed=True)


def parse_json(text: str, problems: Problems, *, place: str) -> object:
    """Return a JSON text as dicts, lists and scalars; None after a fault, which is noted.

    A number of more digits than a quantity has stays text, as do NaN and the infinities, which are no JSON.
    """
    value = _plainly(text)
    return _carefully(text, problems, place) if value is None else value


def _plainly(text: str) -> object:
    """Return the value of a JSON text with nothing unusual about it, quickly; None where more care is needed."""
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:
        return None
    keys, parts = 0, [value]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for one in parts:
            kind = type(one)
            if kind is dict:
                keys += len(one)
                inner += [part for part in one.values() if type(part) is not str]
            elif kind is list:
                inner += [part for part in one if type(part) is not str]
            elif kind is int and not -_WHOLE < one < _WHOLE:
                return None
        if not inner:
            # each key is followed by a colon: as many as there are keys, and none was swallowed by a later one
            return value if text.count(":") == keys else None
        parts = inner
    return None


def _carefully(text: str, problems: Problems, place: str) -> object:
    """Return the value of a JSON text, or None and say what is wrong with it."""
    twice: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return found

    try:
        value = json.loads(text, object_pairs_hook=mapping, parse_int=_whole, parse_constant=str)
    except json.JSONDecodeError as error:
        problems.add(
            f"{place}:{error.lineno}",
            "",
            f"not valid JSON: {error.msg}",
            f"Mend it at character {error.colno} of the line.",
        )
        return None
    except RecursionError:
        problems.add(place, "", f"values are nested more than {_DEEPEST} deep", _TWICE)
        return None
    for name in dict.fromkeys(twice):
        problems.add(place, name, "this key stands twice in one mapping", _TWICE)
    if _depth_exceeds(value, _DEEPEST):
        problems.add(place, "", f"values are nested more than {_DEEPEST} deep", _TWICE)
        return None
    return None if twice else value


def text_complaint(value: object) -> tuple[str, str] | None:
    """Return what is wrong with a text of one line and what to do, None where it is one that can be printed."""
    if not isinstance(value, str) or len(value) > _LONGEST or not says_something(value):
        message = f"a text of 1 to {_LONGEST} characters with a letter or digit is needed"
        return message, "Enter it, in quotes where it is a number or a truth value."
    hidden = hidden_character(value.strip())
    if hidden is not None:
        return f"it holds {hidden}, a character that cannot be seen", "Type it anew."
    return None


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


def _depth_exceeds(value: object, deepest: int) -> bool:
    """Return whether lists and mappings are nested more than so deep."""
    level = [value]
    for _ in range(deepest):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
