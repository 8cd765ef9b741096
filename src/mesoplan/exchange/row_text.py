"""Rows as text: CSV for spreadsheets, JSON for programs; both line by line, so that any number of rows fits."""

from __future__ import annotations

import csv
import io
import json
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mesoplan.plain import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mesoplan.exchange.rows import Chunk, Progress, Rows


def write_csv(rows: Rows, file: IO[bytes], progress: Progress | None) -> None:
    """Write comma-separated UTF-8 with a header line; an empty field is a value that nobody gives.

    What a reader must know first has no place before a table: it stands in every row, in a column of its own.
    """
    names = [*rows.columns, "zone", "session", "depth_mm", "volume_ml", "side", "mode"]
    if rows.kind == "footprints":
        names.append("needles")
    if rows.notes:
        names.append("notes")
    file.write(_csv_line(names))
    form = ",".join(f"%.{group.digits}f" for group in rows.groups for _ in group.columns) + ",%s"
    tails = _tails(rows, lambda zone, session: _csv_line(_tail(rows, zone, session)).decode())
    for chunk in rows.chunks(progress):
        file.write("".join(_lines(rows, chunk, form, tails)).encode())


def write_json(rows: Rows, file: IO[bytes], progress: Progress | None) -> None:
    """Write one JSON object: what holds for all rows, then the rows, one a line (docs/schemas)."""
    file.write(json.dumps(header(rows), ensure_ascii=False, indent=1).removesuffix("\n}").encode())
    file.write(f',\n "{rows.kind}": ['.encode())
    form = ",".join(_json_form(group.key, len(group.columns), group.digits) for group in rows.groups)
    tails = _tails(rows, lambda zone, session: json.dumps(_row_end(rows, zone, session), ensure_ascii=False)[1:])
    start = "\n"
    for chunk in rows.chunks(progress):
        text = ",\n".join(_lines(rows, chunk, "{" + form + ",%s", tails))
        file.write((start + text).encode())
        start = ",\n"
    file.write(b"\n ]\n}\n")


def header(rows: Rows) -> dict[str, Any]:
    """Return what holds for all rows: it stands before them in JSON, and among a Parquet file's metadata."""
    skin, count = rows.skin, rows.count()
    zones = [
        {"zone": zone, "count": int(count[at]), "depth_mm": rows.depth_mm[at], "volume_ml": rows.volume_ml[at]}
        for at, zone in enumerate(skin.zones)
        if count[at]
    ]
    return {
        "made_by": f"mesoplan {version('mesoplan')}",
        "notes": list(rows.notes),
        "side": skin.side,
        "mode": rows.mode,
        "source": skin.source,
        "sessions": rows.sessions,
        **rows.facts,
        "count": len(rows),
        "zones": zones,
    }


def _tail(rows: Rows, zone: int, session: int) -> list[object]:
    """Return what ends a row in a table: the same for every row of a zone and session."""
    known = ["" if value is None else repr(value) for value in (rows.depth_mm[zone], rows.volume_ml[zone])]
    tail: list[object] = [rows.skin.zones[zone], session, *known, rows.skin.side, rows.mode]
    if rows.kind == "footprints":
        tail.append(rows.facts["needles"])
    return [*tail, "; ".join(map(on_one_line, rows.notes))] if rows.notes else tail


def _row_end(rows: Rows, zone: int, session: int) -> dict[str, object]:
    return {
        "zone": rows.skin.zones[zone],
        "session": session,
        "depth_mm": rows.depth_mm[zone],
        "volume_ml": rows.volume_ml[zone],
    }


def _tails(rows: Rows, text: Callable[[int, int], str]) -> list[list[str]]:
    """Return the end of a row by zone and session, made once."""
    return [[text(zone, session) for session in range(rows.sessions + 1)] for zone in range(len(rows.skin.zones))]


def _lines(rows: Rows, chunk: Chunk, form: str, tails: Sequence[Sequence[str]]) -> list[str]:
    digits = np.array([group.digits for group in rows.groups for _ in group.columns])
    scale = 10.0**digits
    columns = (np.round(chunk.numbers * scale) / scale + 0.0).T.tolist()  # + 0.0: no minus before a zero
    ends = [tails[zone][session] for zone, session in zip(chunk.zone.tolist(), chunk.session.tolist(), strict=True)]
    return [form % line for line in zip(*columns, ends, strict=True)]


def _json_form(key: str, width: int, digits: int) -> str:
    numbers = ",".join([f"%.{digits}f"] * width)
    return f'"{key}":{numbers}' if width == 1 else f'"{key}":[{numbers}]'


def _csv_line(cells: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
