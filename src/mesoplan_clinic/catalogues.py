"""The translations: each part of the application has its own `locale/<language>/LC_MESSAGES/django.po`.

`python -m mesoplan_clinic.catalogues` compiles them (set-up and the build of a wheel do that), with `--update` after
adding what the code and the templates say and the catalogues lack.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent
LANGUAGES = ("ru",)
"""Beside English, in which the code and the templates speak."""
_KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def parts() -> list[Path]:
    """Return the folders that have a catalogue of their own; what lies in none of them belongs to the package's."""
    return [*sorted(path.parent for path in PACKAGE.glob("*/apps.py")), PACKAGE]


def catalogue(part: Path, language: str) -> Path:
    """Return the file of a part's catalogue."""
    return part / "locale" / language / "LC_MESSAGES" / "django.po"


def said(part: Path) -> Catalog:
    """Return everything that a part's code and templates say."""
    others = [one for one in parts() if one != part and part in one.parents]
    found = Catalog(charset="utf-8")
    for path in sorted([*part.rglob("*.py"), *part.rglob("*.html"), *part.rglob("*.txt")]):
        if "migrations" in path.parts or any(one in path.parents for one in others):
            continue
        for _line, message, _comments, context in _messages(path):
            found.add(message, context=context)
    return found


def _messages(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # the indentation of a template means nothing, that of Python would be an error
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    yield from extract("python", io.BytesIO(text.encode()), keywords=_KEYWORDS)


def read(path: Path, language: str) -> Catalog:
    """Return a catalogue, empty where there is no file."""
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Bring every catalogue to what is said: new messages without a translation, those no longer said removed."""
    for part in parts():
        template = said(part)
        for language in LANGUAGES if len(template) else ():
            path = catalogue(part, language)
            known = read(path, language)
            known.update(template, no_fuzzy_matching=True)
            known.obsolete.clear()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, known, no_location=True, omit_header=True, sort_output=True, width=120)


def compile_all() -> None:
    """Write the compiled file beside every catalogue."""
    for part in parts():
        for language in LANGUAGES:
            path = catalogue(part, language)
            if path.exists():
                with path.with_suffix(".mo").open("wb") as file:
                    write_mo(file, read(path, language))


if __name__ == "__main__":
    if "--update" in sys.argv[1:]:
        update()
    compile_all()
