"""`mesoplan plan`: from an intake to a dated, sourced plan and the papers; a refused client gets papers too."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import day_for, load_knowledge, parse_day
from mesoplan.cli.questions import check_language
from mesoplan.cli.screen import check_technique

NOBODY_TO_TREAT = 3


class Mirrored(StrEnum):
    """Whether the photo is mirrored, as confirmed by the practitioner."""

    yes = "yes"
    no = "no"


def plan(
    intake: Annotated[Path, typer.Argument(help="A filled-in intake, YAML or JSON.")],
    out: Annotated[Path, typer.Option(help="Folder for the papers and files.")],
    photo: Annotated[Path | None, typer.Option(help="A photo of the face from the front.")] = None,
    pupillary_distance: Annotated[
        float | None, typer.Option(help="Distance between the centres of the pupils in mm.")
    ] = None,
    mirrored: Annotated[Mirrored | None, typer.Option(help="Whether the photo is mirrored (a selfie may be).")] = None,
    area: Annotated[
        list[str] | None, typer.Option(help="ZONE=CM2, measured by you; ZONE=WIDTHxHEIGHT in cm off the face.")
    ] = None,
    keep_out: Annotated[
        list[str] | None, typer.Option(help="ZONE:X,Y,R in mm from the zone's centre, or photo:X,Y,R in pixels.")
    ] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder, or `example`.")] = None,
    technique: Annotated[str | None, typer.Option(help="One technique only.")] = None,
    on: Annotated[str | None, typer.Option(help="Day it is for, YYYY-MM-DD; else the intake's visit_date.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the papers; else the client's.")] = None,
) -> None:
    """Plan one client: verdict, settings on her own face, dates, and the papers."""
    from mesoplan.clinic.load import load_clinic
    from mesoplan.clinic.tighten import tighten
    from mesoplan.intake.parse import read_intake
    from mesoplan.pipeline import make_plan
    from mesoplan.report.papers import write_papers
    from mesoplan.report.terminal import print_plan
    from mesoplan.surface.build import build_surface_with_picture
    from mesoplan.surface.options import parse_area_options

    knowledge = load_knowledge()
    day = parse_day(on, "--on")
    check_technique(technique, tuple(knowledge.techniques))
    filled = read_intake(intake, knowledge)
    language = lang or filled.client.language
    check_language(language, knowledge.languages)
    practice = None if clinic is None else load_clinic(clinic, knowledge)
    knowledge = tighten(knowledge, practice)
    when = day_for(filled, day)
    areas, patches = parse_area_options(area or ())
    surface, picture = build_surface_with_picture(
        photo=photo,
        pupillary_distance_mm=pupillary_distance,
        mirrored=None if mirrored is None else mirrored.value,
        areas=areas,
        patches=patches,
        keep_outs=keep_out or (),
    )
    made = make_plan(knowledge, practice, filled, surface, on=when, language=language, technique=technique)
    files = write_papers(made, knowledge, practice, picture, out)
    print_plan(made, knowledge, practice, files)
    if not made.screening.may_treat:
        raise typer.Exit(NOBODY_TO_TREAT)
