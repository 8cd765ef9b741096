"""map.html: the layout in space as one page that opens without a network and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.errors import Problem, ProblemError
from mesoplan.exchange.whole_file import whole_file
from mesoplan.report.map_colours import session_colours
from mesoplan.report.map_data import map_data
from mesoplan.report.map_parts import cards, covers, keys, session_buttons, size_line, table, warnings, zone_buttons

if TYPE_CHECKING:
    from mesoplan.report.map_content import MapContent
    from mesoplan.report.words import Words

LARGEST_BYTES = 12_000_000
BUNDLE = "map.js"
_FOLDER = "viewer"
_PLACE = re.compile(r"\{\{([a-z_:.]+)\}\}")
_NEVER_INSIDE = re.compile(r"</(?:script|style)|<!--|\r|\0", re.IGNORECASE)


def write_map(path: Path, content: MapContent, words: Words, *, overwrite: bool = False) -> Path:
    """Write the map and return its path; the file appears whole or not at all.

    Raises:
        ProblemError: If the viewer is not built, a file stands there and `overwrite` is not given, or the place cannot
            be written.
    """
    page = map_page(content, words)
    with whole_file(path, overwrite=overwrite) as file:
        file.write(page)
    return path


def map_page(content: MapContent, words: Words) -> bytes:
    """Return the page; the same content gives the same bytes, at most `LARGEST_BYTES` of them.

    Raises:
        ProblemError: If the viewer is not built.
    """
    script, style = viewer_script(), _style(content)
    side = content.punctures.skin.side
    doubt = "?" if side == "not confirmed" else ""
    title = " \u2013 ".join((words("view.title"), *content.heading[:1]))
    parts = {
        "lang": escape(words.language),
        "policy": _policy(script, style),
        "title": escape(title),
        "heading": escape(words("view.title")),
        "who": "<br>".join(map(escape, (*content.heading, words(f"view.source.{content.punctures.skin.source}")))),
        "warnings": warnings(content, words),
        **_sides(doubt, words),
        "sessions": str(content.punctures.sessions),
        "first": str(content.first_shown),
        "session_buttons": session_buttons(content, words),
        "example": " example" if content.mode == "example" else "",
        "mode": escape(words(f"view.mode.{content.mode}")),
        "covers": covers(content, words),
        "zone_buttons": zone_buttons(content),
        "cards": cards(content, words),
        "keys": keys(words),
        "table": table(content, words),
        "foot": escape(words("view.foot")),
        "style": style,
        "script": script,
    }
    room = LARGEST_BYTES - sum(len(part.encode()) for part in parts.values()) - 20_000
    data, every = map_data(content, words, room)
    parts |= {"data": _json(data), "size": escape(size_line(content, words, every))}
    page = _PLACE.sub(lambda found: _part(found[1], parts, words), _read("map.html")).encode()
    return page.replace(b'<html lang="', b'<html class="unsure" lang="', 1) if doubt else page


def _sides(doubt: str, words: Words) -> dict[str, str]:
    """Return what the patient's sides are called in the scene; in doubt each has a question mark."""
    unsure = "_unsure" if doubt else ""
    parts = {"side_mark": f'<p class="side-mark">{escape(words("side.not_confirmed"))}</p>' if doubt else ""}
    for side in ("right", "left"):
        parts[side] = escape(words(f"side.{side}_full") + doubt)
        parts[f"seen_{side}"] = escape(words(f"view.seen.{side}") + doubt)
        parts[f"from_{side}"] = escape(words(f"view.from.{side}{unsure}"))
    return parts


def viewer_script() -> str:
    """Return the viewer's script, which set-up builds.

    Raises:
        ProblemError: If it is not there.
    """
    try:
        script = _read(BUNDLE)
    except FileNotFoundError as error:
        remedy = (
            "In a checkout run `python3 dev.py setup`, which builds it; else install a released wheel of mesoplan. "
            "Everything else of the plan is made without it."
        )
        message = "the viewer of the map in space is not built, so there is no map.html"
        raise ProblemError([Problem("map", BUNDLE, message, remedy)]) from error
    if _NEVER_INSIDE.search(script):
        raise ValueError("the viewer's script cannot stand inside a page")
    return script


def _style(content: MapContent) -> str:
    """Return the style sheet with the colours of the sessions, by light and by dark."""

    def chips(dark: bool) -> str:
        colours = session_colours(content.punctures.sessions, dark=dark)
        return "".join(f".chip.s{at}{{background:{colour}}}" for at, colour in enumerate(colours))

    return f"{_read('map.css')}{chips(False)}@media (prefers-color-scheme: dark){{{chips(True)}}}"


def _policy(script: str, style: str) -> str:
    """Return what the page may do: run this script, use this style, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _json(data: object) -> str:
    """Return JSON that ends no script and begins no comment, whatever a name in it says."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _part(name: str, parts: dict[str, str], words: Words) -> str:
    return escape(words(name.removeprefix("w:"))) if name.startswith("w:") else parts[name]


def _read(name: str) -> str:
    return (files("mesoplan.report") / _FOLDER / name).read_text("utf-8")
