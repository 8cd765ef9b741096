"""`mesoplan sessions`: how many sessions a wished cover takes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.common import load_knowledge, stop
from mesoplan.cli.course_folder import write_new_bytes
from mesoplan.cli.questions import check_language

if TYPE_CHECKING:
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.report.words import Words

MICROZONE = "coverage.microzone_width"
SIGMA = "sigma.freehand"
_LEAST_FRACTION = 0.001
_LARGEST_MM = 10.0


def sessions(
    fraction: Annotated[float, typer.Option(help="Share of the area that one session covers, e.g. 0.2.")],
    cover: Annotated[float, typer.Option(help="Wished cover of the whole course, e.g. 0.95.")],
    sigma_mm: Annotated[
        float | None, typer.Option(help="Error with which a session meets its place, on each axis, in mm.")
    ] = None,
    microzone_mm: Annotated[float | None, typer.Option(help="Diameter of the zone of one puncture in mm.")] = None,
    freehand: Annotated[bool, typer.Option("--freehand", help="Free hand only, no interleaving.")] = False,
    out: Annotated[Path | None, typer.Option(help="SVG file to write; one that exists is never overwritten.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the table.")] = "en",
) -> None:
    """Tell how many sessions a wished cover takes: by free hand, and interleaved with and without an error."""
    from mesoplan.layout.sessions import count_sessions
    from mesoplan.report.sessions_chart import draw_sessions
    from mesoplan.report.sessions_text import print_sessions
    from mesoplan.report.words import Words
    from mesoplan.serial import to_json

    _check(fraction, cover, sigma_mm, microzone_mm)
    if out is not None and out.suffix.lower() != ".svg":
        stop("--out", out, "this is not the name of a picture", "Give a file that ends in .svg.")
    knowledge = load_knowledge()
    check_language(lang, knowledge.languages)
    words = Words(knowledge, lang)
    table = count_sessions(
        fraction,
        cover,
        _length(knowledge, MICROZONE) if microzone_mm is None else microzone_mm,
        _length(knowledge, SIGMA) if sigma_mm is None else sigma_mm,
        free_hand_only=freehand,
    )
    if out is not None:
        write_new_bytes(out, draw_sessions(table, words).encode(), "--out")
    if json:
        print(to_json(table), end="")
        return
    print_sessions(table, words, _source(words, MICROZONE, microzone_mm), _source(words, SIGMA, sigma_mm))
    if out is not None:
        print(out)


def _check(fraction: float, cover: float, sigma_mm: float | None, microzone_mm: float | None) -> None:
    from mesoplan.errors import Problems

    problems = Problems()
    for option, share in (("--fraction", fraction), ("--cover", cover)):
        if not (_LEAST_FRACTION if option == "--fraction" else 0.0) <= share < 1.0 or share == 0.0:
            percent = 1.0 < share <= 100.0
            remedy = f"Write {share / 100.0:g} for {share:g} %." if percent else "Give a share, for example 0.2."
            problems.add(option, f"{share:g}", "not a share between 0 and 1", remedy)
    for option, length in (("--sigma-mm", sigma_mm), ("--microzone-mm", microzone_mm)):
        low = 0.0 if option == "--sigma-mm" else 0.01
        if length is not None and not (math.isfinite(length) and low <= length <= _LARGEST_MM):
            remedy = f"Give millimetres between {low:g} and {_LARGEST_MM:g}."
            problems.add(option, f"{length:g}", "not a plausible length", remedy)
    problems.raise_if_any()


def _length(knowledge: Knowledge, fact: str) -> float:
    low, high = knowledge.limits(fact, "mm")
    return low if low is not None else high or 0.0


def _source(words: Words, fact: str, given: float | None) -> str:
    return words("sessions.given") if given is not None else f"mesoplan explain {fact}"
