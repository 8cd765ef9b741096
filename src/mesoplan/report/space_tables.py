"""What plan.pdf tells of a course in exact places: how a stamp's plates lie, how much work a session is, how long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mesoplan.report.words import EN_DASH, sentence

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


def plates_part(context: PaperContext) -> dict[str, Any]:
    """Return how the plates of a stamp lie in the next session, zone by zone; no rows without any."""
    words, space = context.words, context.plan.space
    plate = None if space is None else space.plate
    if space is None or plate is None:
        return {"head": [], "columns": [], "rows": [], "note": ""}
    found = {one.zone: one for one in space.plates}
    rows = []
    for zone in context.zone_cells:
        if (one := found.get(zone)) is not None:
            shares = [words.percent(share) for share in (one.bare, one.overlapped, one.beside)]
            tiling = words.number(one.by_area * plate.rounds, 0)
            rows.append([sentence(context.names.zone(zone)), words.number(one.plates, 0), tiling, *shares])
    keys = ("where", "plates.count", "plates.by_area", "plates.bare", "plates.overlapped", "plates.beside")
    shifts = [math.hypot(x, y) for session in plate.shifts_mm for x, y in session]
    note = words(
        "quality.plates.note",
        stamp=plate.stamp,
        size=f"{words.number(plate.footprint_mm[0])} × {words.measure(plate.footprint_mm[1], 'mm')}",
        grid=f"{plate.needle_grid[0]} × {plate.needle_grid[1]}",
        rounds=plate.rounds,
        shift=words.measure(max(shifts), "mm"),
    )
    return {
        "head": [words(f"quality.{one}") for one in keys],
        "columns": ["1.4", *["1"] * 5],
        "rows": rows,
        "note": note,
    }
