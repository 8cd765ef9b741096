"""Punctures and footprints to files: Parquet, CSV, PLY or JSON, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from mesoplan.errors import Problem, ProblemError
from mesoplan.exchange.columnar import write_parquet, write_ply
from mesoplan.exchange.row_text import write_csv, write_json
from mesoplan.exchange.rows import ALONG, NORMAL, POSITION, TURN, Mode, Progress, Rows, by_zone
from mesoplan.exchange.whole_file import whole_file
from mesoplan.layout.footprints import turned

if TYPE_CHECKING:
    from mesoplan.layout.footprints import Footprints
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.skin import Floats

Writer = Callable[[Rows, IO[bytes], "Progress | None"], None]

FORMS: dict[str, Writer] = {".parquet": write_parquet, ".csv": write_csv, ".ply": write_ply, ".json": write_json}
"""Ending of the file's name -> what writes it."""


def write_punctures(
    punctures: Punctures,
    path: Path,
    *,
    depth_mm: Mapping[str, float],
    volume_ml: Mapping[str, float],
    mode: Mode,
    notes: tuple[str, ...] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write every puncture of a course and return the path; the file appears whole or not at all.

    Args:
        punctures: What is written, in this order.
        path: The file; its ending (`FORMS`) says in which form.
        depth_mm: Depth of a puncture by zone; a zone without one is written as having none.
        volume_ml: Volume of one puncture by zone; likewise.
        mode: Whether these are the places to puncture, or one example of a free hand.
        notes: What a reader must know first, one line each: that the plan is provisional, or of the example clinic.
        overwrite: Replace a file that stands there.
        progress: Called with the rows written and the rows there are.

    Raises:
        ProblemError: If the form is unknown or needs a package that is missing, or the place cannot be written.
    """
    rows = puncture_rows(punctures, depth_mm=depth_mm, volume_ml=volume_ml, mode=mode, notes=notes)
    return write_rows(rows, path, overwrite=overwrite, progress=progress)


def write_footprints(
    footprints: Footprints,
    path: Path,
    *,
    depth_mm: Mapping[str, float],
    volume_ml: Mapping[str, float],
    mode: Mode,
    notes: tuple[str, ...] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write every placement of a stamp and return the path; arguments and errors as of `write_punctures`.

    `volume_ml` is the volume of one placement.
    """
    rows = footprint_rows(footprints, depth_mm=depth_mm, volume_ml=volume_ml, mode=mode, notes=notes)
    return write_rows(rows, path, overwrite=overwrite, progress=progress)


def puncture_rows(
    punctures: Punctures,
    *,
    depth_mm: Mapping[str, float],
    volume_ml: Mapping[str, float],
    mode: Mode,
    notes: tuple[str, ...] = (),
) -> Rows:
    """Return punctures as rows; arguments and errors as of `write_punctures`."""
    skin = punctures.skin
    normals = skin.normals

    def part(start: int, stop: int) -> Floats:
        return np.hstack([punctures.positions_mm[start:stop], normals[punctures.triangle[start:stop]]])

    return Rows(
        kind="punctures",
        skin=skin,
        groups=(POSITION, NORMAL),
        part=part,
        triangle=punctures.triangle,
        session=punctures.session,
        sessions=punctures.sessions,
        depth_mm=by_zone(depth_mm, skin, "depth_mm"),
        volume_ml=by_zone(volume_ml, skin, "volume_ml"),
        mode=mode,
        facts={"diameter_mm": None if mode == "points" else float(punctures.diameter_mm)},
        notes=notes,
    )


def footprint_rows(
    footprints: Footprints,
    *,
    depth_mm: Mapping[str, float],
    volume_ml: Mapping[str, float],
    mode: Mode,
    notes: tuple[str, ...] = (),
) -> Rows:
    """Return placements as rows; arguments and errors as of `write_punctures`."""
    skin = footprints.skin
    normals = skin.normals
    width, height = footprints.footprint_mm

    def part(start: int, stop: int) -> Floats:
        own, angle = normals[footprints.triangle[start:stop]], footprints.rotation_rad[start:stop]
        degrees = np.degrees(angle)[:, None]
        return np.hstack([footprints.positions_mm[start:stop], own, turned(own, angle), degrees])

    return Rows(
        kind="footprints",
        skin=skin,
        groups=(POSITION, NORMAL, ALONG, TURN),
        part=part,
        triangle=footprints.triangle,
        session=footprints.session,
        sessions=footprints.sessions,
        depth_mm=by_zone(depth_mm, skin, "depth_mm"),
        volume_ml=by_zone(volume_ml, skin, "volume_ml"),
        mode=mode,
        facts={"width_mm": float(width), "height_mm": float(height), "needles": int(footprints.needles)},
        notes=notes,
    )


def write_rows(rows: Rows, path: Path, *, overwrite: bool, progress: Progress | None) -> Path:
    """Write rows in the form that the file's ending names; errors as of `write_punctures`."""
    writer = FORMS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(FORMS)
        remedy = f"End the name with one of {known}."
        raise ProblemError([Problem("export", str(path), "no form of export has this ending", remedy)])
    with whole_file(path, overwrite=overwrite) as file:
        writer(rows, file, progress)
    return path
