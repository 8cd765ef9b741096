"""Sets a paper: a template of this package and its words in, the bytes of an accessible PDF out."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from mesoplan.errors import MesoplanError
from mesoplan.report.typography import tied

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
_NOT_SHOWN = re.compile(r"the text `(.*)` could not be displayed", re.DOTALL)
_REPLACEMENT = "\u25a1"  # an empty square: a character that no shipped font can draw
_UNBROKEN = re.compile(r"[^\s-]{30}(?=[^\s-]{4})")  # after a hyphen a line may break anyway
_MAY_BREAK = "\u200b"  # where a run without blanks, too long for any line, may break
_PROBE = "probe.typ"
_ALONE = Lock()  # the compiler serves one at a time, and refuses a thread that comes while another is served


class TypesettingError(MesoplanError):
    """A template and its words do not fit together: a fault of this package, never of the input."""


@cache
def _compiler() -> typst.Compiler:
    """Return the one compiler of this process; the fonts are read once."""
    from importlib.resources import files

    import typst

    fonts = str(files("fontpkg_pt_sans") / "files")
    return typst.Compiler(root=str(TEMPLATES), font_paths=[fonts], ignore_system_fonts=True)


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """Return the PDF (PDF/UA-1) of a template filled with `data`; the same input gives the same bytes, in any thread.

    Args:
        template: Name of a template without its ending.
        data: JSON-able words and numbers with their `language`; nothing in it is read as markup.

    Raises:
        TypesettingError: If the template fails or warns (a missing font is only a warning to the compiler).
    """
    try:
        return _compile(f"{template}.typ", tied(data, data["language"]))
    except RuntimeError as error:
        trace = " < ".join(getattr(error, "trace", None) or ())
        raise TypesettingError(f"{template}.typ: {error} {trace}".strip()) from error


def _compile(name: str, data: dict[str, Any]) -> bytes:
    with _ALONE:
        result, warnings = _compiler().compile_with_warnings(
            input=str(TEMPLATES / name),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="ua-1",
        )
    if warnings:
        raise TypesettingError(f"{name}: {warnings[0]}")
    if not isinstance(result, bytes):
        raise TypesettingError(f"{name}: the compiler gave no PDF")
    return result


def printable(text: str) -> str:
    """Return free text as the shipped fonts can print it.

    Control and direction characters go; a character that no font can draw becomes an empty square, which shows that
    something stood there; a very long run without blanks gets places to break. Text in the usual alphabets comes back
    unchanged but for its composed form (NFC).
    """
    composed = unicodedata.normalize("NFC", text)
    clean = "".join(" " if one.isspace() else one for one in composed if one.isspace() or _is_shown(one))
    unusual = {one for one in clean if ord(one) > 0x04FF or 0x0250 <= ord(one) < 0x0400}
    missing = _undrawable(frozenset(unusual)) if unusual else frozenset()
    shown = "".join(_REPLACEMENT if one in missing else one for one in clean).strip()
    return _UNBROKEN.sub(lambda run: run.group() + _MAY_BREAK, shown)


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


@cache
def _undrawable(characters: frozenset[str]) -> frozenset[str]:
    """Return those characters that make the compiler refuse a page."""
    left, missing = set(characters), set[str]()
    while left:
        try:
            _compile(_PROBE, {"characters": sorted(left)})
        except RuntimeError as error:
            named = _NOT_SHOWN.search(str(error))
            refused = left & set(json.loads(named.group(1)) if named else "") or set(left)
            missing |= refused
            left -= refused
        else:
            break
    return frozenset(missing)
