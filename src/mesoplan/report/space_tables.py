"""What plan.pdf tells of a course in exact places: how much work each session is, and how long it takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mesoplan.report.words import EN_DASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesoplan.layout.space import SessionWork
    from mesoplan.report.context import PaperContext

_MM_PER_M, _SECONDS_PER_MINUTE = 1000.0, 60.0


def work_part(context: PaperContext) -> dict[str, Any]:
    """Return places, way and time of the next session of exact places and of those after it; no rows by free hand."""
    words, space = context.words, context.plan.space
    work = () if space is None else space.work
    timed = any(one.seconds is not None for one in work)
    rows = [_row(context, part, timed=timed) for part in (work[:1], work[1:]) if part]
    head = [words(f"quality.work.{key}") for key in ("session", "places", "path", *(("time",) if timed else ()))]
    bases = "; ".join(dict.fromkeys(basis.reference for _, basis in (() if space is None else space.bases)))
    note = words("quality.work.timed", source=bases) if timed else words("quality.work.no_time")
    return {"head": head, "columns": ["1" for _ in head], "rows": rows, "note": note if rows else ""}


def _row(context: PaperContext, work: Sequence[SessionWork], *, timed: bool) -> list[str]:
    """Return a row for sessions that differ little: what each of them takes."""
    words = context.words
    first, last = work[0].session, work[-1].session
    name = words("view.session_short", k=first if first == last else f"{first}{EN_DASH}{last}")
    metres = [one.path_mm / _MM_PER_M for one in work]
    row = [
        name,
        _span(context, [one.places for one in work], "1", 0),
        _span(context, metres, "m", 1),
    ]
    if timed:
        seconds = [one.seconds for one in work if one.seconds is not None]
        short = max(seconds) < _SECONDS_PER_MINUTE
        unit, divisor = ("s", 1.0) if short else ("min", _SECONDS_PER_MINUTE)
        row.append(_span(context, [math.ceil(round(one / divisor, 9)) for one in seconds], unit, 0))
    return row


def _span(context: PaperContext, values: Sequence[float], unit: str, digits: int) -> str:
    words, low, high = context.words, round(min(values), digits), round(max(values), digits)
    if low == high:
        return words.measure(high, unit, digits)
    return f"{words.number(low, digits)}{EN_DASH}{words.measure(high, unit, digits)}"
