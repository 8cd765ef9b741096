"""Rows as binary columns: Parquet for analysis, PLY for programs that show point clouds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mesoplan.errors import Problem, ProblemError
from mesoplan.exchange.row_text import header
from mesoplan.plain import on_one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.exchange.rows import Chunk, Progress, Rows

_ROW_GROUP = 1 << 18
_PLY_TYPES = {"<f4": "float", "<i2": "short"}


def write_parquet(rows: Rows, file: IO[bytes], progress: Progress | None) -> None:
    """Write Parquet; what holds for all rows stands as JSON under the key `mesoplan` of the file's metadata.

    Raises:
        ProblemError: If the optional package that writes it is not installed.
    """
    try:
        from arro3.core import RecordBatchReader
        from arro3.io import write_parquet as write
    except ImportError as error:
        remedy = 'Run `pip install "mesoplan[layout]"`, or export to .csv, .ply or .json.'
        raise ProblemError([Problem("export", "arro3", "Parquet needs a package that is missing", remedy)]) from error
    raised: list[BaseException] = []
    schema = _schema(rows)

    def batches() -> Iterator[Any]:
        try:
            yield from (_batch(rows, chunk, schema) for chunk in rows.chunks(progress))
        except BaseException as error:  # the writer behind would turn it into one of its own, Ctrl-C too
            raised.append(error)
            raise

    about = {"mesoplan": json.dumps(header(rows), ensure_ascii=False)}
    try:
        write(
            RecordBatchReader.from_batches(schema, batches()),
            _Told(file, raised),  # type: ignore[arg-type]
            compression="zstd(3)",
            max_row_group_size=_ROW_GROUP,
            key_value_metadata=about,
        )
    except BaseException:
        if raised:
            raise raised[0] from None
        raise


class _Told:
    """A file that remembers why writing to it failed, which the writer behind forgets."""

    def __init__(self, file: IO[bytes], raised: list[BaseException]) -> None:
        self._file, self._raised = file, raised

    def write(self, content: bytes) -> int:
        try:
            return self._file.write(content)
        except BaseException as error:
            self._raised.append(error)
            raise

    def flush(self) -> None:
        self._file.flush()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)


def _schema(rows: Rows) -> Any:
    from arro3.core import DataType, Field, Schema

    number, text, small = DataType.float32(), DataType.string(), DataType.int16()
    fields = [Field(name, number, nullable=False) for name in rows.columns]
    fields += [Field("zone", text, nullable=False), Field("session", small, nullable=False)]
    fields += [Field("depth_mm", DataType.float64()), Field("volume_ml", DataType.float64())]
    fields += [Field("side", text, nullable=False), Field("mode", text, nullable=False)]
    if rows.kind == "footprints":
        fields.append(Field("needles", DataType.int32(), nullable=False))
    return Schema(fields)


def _batch(rows: Rows, chunk: Chunk, schema: Any) -> Any:
    from arro3.core import Array, DataType, RecordBatch

    zone = Array(chunk.zone.astype(np.int32))
    always = Array(np.zeros(len(chunk.zone), np.int32))
    columns = [Array(np.ascontiguousarray(column)) for column in chunk.numbers.T.astype(np.float32)]
    columns.append(Array(list(rows.skin.zones), DataType.string()).take(zone))
    columns.append(Array(chunk.session))
    columns += [Array(list(values), DataType.float64()).take(zone) for values in (rows.depth_mm, rows.volume_ml)]
    columns += [Array([value], DataType.string()).take(always) for value in (rows.skin.side, rows.mode)]
    if rows.kind == "footprints":
        columns.append(Array([int(rows.facts["needles"] or 0)], DataType.int32()).take(always))
    return RecordBatch.from_arrays(columns, schema=schema)


def write_ply(rows: Rows, file: IO[bytes], progress: Progress | None) -> None:
    """Write a binary PLY of vertices with normals; zones are numbers, which its comments name; NaN: nobody gives it."""
    names = [name for group in rows.groups for name in group.ply]
    parts = [(name, "<f4") for name in names]
    parts += [("zone", "<i2"), ("session", "<i2"), ("depth_mm", "<f4"), ("volume_ml", "<f4")]
    kind = np.dtype(parts)
    lines = ["ply", "format binary_little_endian 1.0", *_ply_comments(rows), f"element vertex {len(rows)}"]
    lines += [f"property {_PLY_TYPES[part]} {name}" for name, part in parts]
    file.write(("\n".join([*lines, "end_header"]) + "\n").encode("ascii", "backslashreplace"))
    known = [_or_nan(values) for values in (rows.depth_mm, rows.volume_ml)]
    for chunk in rows.chunks(progress):
        block = np.empty(len(chunk.zone), kind)
        for at, name in enumerate(names):
            block[name] = chunk.numbers[:, at]
        block["zone"], block["session"] = chunk.zone, chunk.session
        block["depth_mm"], block["volume_ml"] = (values[chunk.zone] for values in known)
        file.write(block.tobytes())


def _ply_comments(rows: Rows) -> list[str]:
    about = header(rows)
    zones = {zone["zone"] for zone in about.pop("zones")}
    notes = about.pop("notes")
    lines = [f"comment {on_one_line(note)}" for note in notes]
    lines += [f"comment {key} {value}" for key, value in about.items()]
    return lines + [f"comment zone {at} {zone}" for at, zone in enumerate(rows.skin.zones) if zone in zones]


def _or_nan(values: tuple[float | None, ...]) -> NDArray[np.float32]:
    return np.array([np.nan if value is None else value for value in values], np.float32)
