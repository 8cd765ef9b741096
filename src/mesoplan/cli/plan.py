"""`mesoplan plan`: from an intake to a dated, sourced plan and the papers; a refused client gets papers too."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.areas import AREA_HELP, check_sizes
from mesoplan.cli.case import Case, read_case
from mesoplan.cli.common import note_other_day
from mesoplan.errors import ProblemError, Problems

NOBODY_TO_TREAT = 3


class Mirrored(StrEnum):
    """Whether the photo or scan is mirrored, as confirmed by the practitioner."""

    yes = "yes"
    no = "no"


class ScanUnit(StrEnum):
    """What the numbers in a scan are."""

    mm = "mm"
    cm = "cm"
    m = "m"


class Form(StrEnum):
    """In which form punctures are written."""

    parquet = "parquet"
    csv = "csv"
    ply = "ply"
    json = "json"


def plan(
    intake: Annotated[Path, typer.Argument(help="A filled-in intake, YAML or JSON.")],
    out: Annotated[Path, typer.Option(help="Folder for the papers and files.")],
    photo: Annotated[Path | None, typer.Option(help="A photo of the face from the front.")] = None,
    scan: Annotated[Path | None, typer.Option(help="A scan of the face: OBJ, PLY, STL or GLB.")] = None,
    scan_unit: Annotated[
        ScanUnit | None, typer.Option(help="What the scan's numbers are; else told from the face's size.")
    ] = None,
    pupillary_distance: Annotated[
        float | None, typer.Option(help="Distance between the centres of the pupils in mm.")
    ] = None,
    mirrored: Annotated[
        Mirrored | None, typer.Option(help="Whether the photo or scan is mirrored (a selfie may be).")
    ] = None,
    area: Annotated[list[str] | None, typer.Option(help=AREA_HELP)] = None,
    keep_out: Annotated[
        list[str] | None, typer.Option(help="ZONE:X,Y,R in mm from the zone's centre, or photo:X,Y,R in pixels.")
    ] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder, or `example`.")] = None,
    technique: Annotated[str | None, typer.Option(help="One technique only, e.g. fractional_pen.")] = None,
    manner: Annotated[str | None, typer.Option(help="Manner of injection by syringe: papules or pricks.")] = None,
    map_: Annotated[
        bool | None,
        typer.Option("--map/--no-map", help="Write map.html, the course in space; with --scan it is written."),
    ] = None,
    exact: Annotated[
        bool, typer.Option(help="In space: the exact places of a guided device, not an example of a free hand.")
    ] = False,
    export: Annotated[list[Form] | None, typer.Option(help="Write every puncture: parquet, csv, ply or json.")] = None,
    on: Annotated[str | None, typer.Option(help="Day it is for, YYYY-MM-DD; else the intake's visit_date.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the papers; else the client's.")] = None,
) -> None:
    """Plan one client: verdict, settings for the client's own face, dates, and the papers."""
    from mesoplan.cli.in_space import InSpaceWish, lay_in_space, write_exports
    from mesoplan.pipeline import make_plan
    from mesoplan.report.papers import check_out, write_papers
    from mesoplan.report.terminal import print_plan
    from mesoplan.surface.build import build_face
    from mesoplan.surface.instructions import add_photo_instructions
    from mesoplan.surface.options import parse_area_options

    problems = Problems()
    read = read_case(problems, intake, on=on, technique=technique, lang=lang, clinic=clinic)
    areas, patches = problems.attempt(lambda: parse_area_options(area or ())) or ({}, {})
    seen = problems.attempt(
        lambda: build_face(
            photo=photo,
            pupillary_distance_mm=pupillary_distance,
            mirrored=None if mirrored is None else mirrored.value,
            areas=areas,
            patches=patches,
            keep_outs=keep_out or (),
            scan=scan,
            scan_unit=None if scan_unit is None else scan_unit.value,
        )
    )
    problems.attempt(lambda: check_out(out))
    if read is not None:
        check_sizes(areas, patches, read.knowledge, read.intake, problems)
        _check_manner(manner, technique, read, problems)
    try:
        case, built = problems.settled(read), problems.settled(seen)
    except ProblemError as error:
        add_photo_instructions(error, lang if read is None else read.language)
        raise
    note_other_day(case.when)
    made = make_plan(
        case.knowledge,
        case.clinic,
        case.intake,
        built.surface,
        on=case.when,
        language=case.language,
        technique=technique,
        manner=manner,
    )
    wanted = InSpaceWish(bool(scan) if map_ is None else map_, exact, tuple(one.value for one in export or ()))
    laid = lay_in_space(made, case, built, wanted)
    files = write_papers(made, case.knowledge, case.clinic, built.picture, out, laid if wanted.map else None)
    files += write_exports(made, case, laid, out, wanted)
    print_plan(made, case.knowledge, case.clinic, files)
    if not made.planned:
        raise typer.Exit(NOBODY_TO_TREAT)


def _check_manner(manner: str | None, technique: str | None, case: Case, problems: Problems) -> None:
    """Note a manner that no technique of the plan has."""
    every = [one for one in case.knowledge.techniques.values() if technique in (None, one.id)]
    known = list(dict.fromkeys(own.id for one in every for own in one.manners))
    if manner is not None and manner not in known:
        where = "" if technique is None else f" of {technique}"
        remedy = f"Known are: {', '.join(known)}." if known else "Leave it out: this technique has none."
        problems.add("--manner", manner, f"not a manner of injection{where}", remedy)
