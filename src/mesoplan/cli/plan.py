"""`mesoplan plan`: from an intake to a dated, sourced plan and the papers; a refused client gets papers too."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.areas import AREA_HELP
from mesoplan.cli.case import Case, read_case
from mesoplan.cli.common import note_other_day
from mesoplan.cli.face import (
    KEEP_OUT_HELP,
    MIRRORED_HELP,
    PUPILS_HELP,
    SCAN_HELP,
    SCAN_UNIT_HELP,
    SHAPE_HELP,
    FaceOptions,
    Mirrored,
    ScanUnit,
)
from mesoplan.errors import ProblemError, Problems

if TYPE_CHECKING:
    from mesoplan.cli.in_space import InSpaceWish
    from mesoplan.plan import Plan
    from mesoplan.surface.build import Built

NOBODY_TO_TREAT = 3


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
    scan: Annotated[Path | None, typer.Option(help=SCAN_HELP)] = None,
    scan_unit: Annotated[ScanUnit | None, typer.Option(help=SCAN_UNIT_HELP)] = None,
    pupillary_distance: Annotated[float | None, typer.Option(help=PUPILS_HELP)] = None,
    mirrored: Annotated[Mirrored | None, typer.Option(help=MIRRORED_HELP)] = None,
    area: Annotated[list[str] | None, typer.Option(help=AREA_HELP)] = None,
    shape: Annotated[list[str] | None, typer.Option(help=SHAPE_HELP)] = None,
    keep_out: Annotated[list[str] | None, typer.Option(help=KEEP_OUT_HELP)] = None,
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
    from mesoplan.cli.in_space import InSpaceWish
    from mesoplan.report.papers import check_out
    from mesoplan.surface.instructions import add_photo_instructions

    problems = Problems()
    read = read_case(problems, intake, on=on, technique=technique, lang=lang, clinic=clinic)
    face = FaceOptions(
        *(photo, scan, scan_unit, pupillary_distance, mirrored), *map(tuple, (area or (), keep_out or (), shape or ()))
    )
    seen = face.build(read, problems)
    wish = InSpaceWish(bool(scan) if map_ is None else map_, exact, tuple(one.value for one in export or ()))
    problems.attempt(wish.check)
    problems.attempt(lambda: check_out(out))
    if read is not None:
        _check_manner(manner, technique, read, problems)
    try:
        case, built = problems.settled(read), problems.settled(seen)
    except ProblemError as error:
        add_photo_instructions(error, lang if read is None else read.language)
        raise
    note_other_day(case.when)
    if not _make(case, built, wish, out, technique=technique, manner=manner).planned:
        raise typer.Exit(NOBODY_TO_TREAT)


def _make(case: Case, built: Built, wish: InSpaceWish, out: Path, *, technique: str | None, manner: str | None) -> Plan:
    """Return the plan, its papers written and told."""
    from mesoplan.cli.in_space import exports, lay_in_space, measured_plan
    from mesoplan.pipeline import make_plan
    from mesoplan.report.papers import write_papers
    from mesoplan.report.terminal import print_plan

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
    laid = lay_in_space(made, case, built.skins, wish)
    made = measured_plan(made, case, laid, wish)
    shown, written = laid if wish.map else None, exports(made, case, laid, wish)
    files = write_papers(made, case.knowledge, case.clinic, built.picture, out, shown, written)
    print_plan(made, case.knowledge, case.clinic, files)
    return made


def _check_manner(manner: str | None, technique: str | None, case: Case, problems: Problems) -> None:
    """Note a manner that no technique of the plan has."""
    every = [one for one in case.knowledge.techniques.values() if technique in (None, one.id)]
    known = list(dict.fromkeys(own.id for one in every for own in one.manners))
    if manner is not None and manner not in known:
        where = "" if technique is None else f" of {technique}"
        remedy = f"Known are: {', '.join(known)}." if known else "Leave it out: this technique has none."
        problems.add("--manner", manner, f"not a manner of injection{where}", remedy)
