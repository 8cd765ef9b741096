"""Writes the JSON Schemas of what is saved: `python -m mesoplan.schemas docs/schemas`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mesoplan.exchange.model import FootprintExport, PunctureExport
from mesoplan.plan import Plan
from mesoplan.record.book import Body
from mesoplan.record.summary import CourseReport
from mesoplan.report.compare import Comparison
from mesoplan.screening.explained import ExplainedScreening
from mesoplan.screening.model import JointScreening
from mesoplan.serial import schema_text

SCHEMAS: dict[str, Any] = {
    "screening.schema.json": ExplainedScreening,
    "screening_line.schema.json": JointScreening,
    "plan.schema.json": Plan,
    "record.schema.json": Body,
    "report.schema.json": CourseReport,
    "compare.schema.json": Comparison,
    "punctures.schema.json": PunctureExport,
    "footprints.schema.json": FootprintExport,
}
"""File name -> the value whose JSON it describes."""


def write_schemas(directory: Path) -> tuple[Path, ...]:
    """Write every schema into a folder, which is made if need be, and return the paths.

    Raises:
        OSError: If the folder cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, kind in SCHEMAS.items():
        path = directory / name
        path.write_text(schema_text(kind), encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)


def main(arguments: list[str]) -> int:
    """Write the schemas into the folder named; 2 when none is named or it cannot be written."""
    if len(arguments) != 1:
        print("Usage: python -m mesoplan.schemas OUTDIR", file=sys.stderr)
        return 2
    try:
        written = write_schemas(Path(arguments[0]))
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}. Name a folder that can be written.", file=sys.stderr)
        return 2
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
