"""`mesoplan next`: screens again and prepares the next session, corrected by what was delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.areas import AREA_HELP, check_sizes
from mesoplan.cli.case import Case, read_case
from mesoplan.cli.common import note_other_day, stop
from mesoplan.cli.course_folder import check_clinic, clinic_option, read_plan
from mesoplan.cli.plan import NOBODY_TO_TREAT, Mirrored
from mesoplan.errors import Problems

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.intake.model import Intake
    from mesoplan.plan import Plan
    from mesoplan.record.book import Record
    from mesoplan.surface.model import Picture, Surface


def next_session(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    intake: Annotated[Path, typer.Option(help="The answers of that day, YAML or JSON.")],
    on: Annotated[str | None, typer.Option(help="Day of the session, YYYY-MM-DD; the answers must be of it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the papers; else the course's own.")] = None,
    photo: Annotated[Path | None, typer.Option(help="A new photo; else the areas of the plan before.")] = None,
    pupillary_distance: Annotated[
        float | None, typer.Option(help="Distance between the centres of the pupils in mm.")
    ] = None,
    mirrored: Annotated[Mirrored | None, typer.Option(help="Whether the photo is mirrored (a selfie may be).")] = None,
    area: Annotated[list[str] | None, typer.Option(help=AREA_HELP)] = None,
    keep_out: Annotated[
        list[str] | None, typer.Option(help="ZONE:X,Y,R in mm from the zone's centre, or photo:X,Y,R in pixels.")
    ] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder that the plan was made with.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the papers; else the client's.")] = None,
) -> None:
    """Prepare the next session of a course: screening, corrected settings, dates from the real ones, papers."""
    from mesoplan.record.book import check_client, read_record
    from mesoplan.report.papers import check_out, write_papers
    from mesoplan.report.progress_text import print_progress
    from mesoplan.report.terminal import print_plan

    before, record = read_plan(course), read_record(course)
    check_client(record, before, str(course))
    target = out if out is not None else course
    problems = Problems()
    folder = clinic_option(before, clinic)
    read = read_case(problems, intake, on=on, technique=None, lang=lang, clinic=folder)
    seen = _surface(before, photo, pupillary_distance, mirrored, area or [], keep_out or [], read, problems)
    problems.attempt(lambda: check_out(target))
    case, (surface, picture) = problems.settled(read), problems.settled(seen)
    check_clinic(before, case.clinic)
    _check_answers(case.intake, case.when, before, record)
    note_other_day(case.when)
    made = _plan_again(case, surface, before, record)
    files = write_papers(made, case.knowledge, case.clinic, picture, target)
    print_plan(made, case.knowledge, case.clinic, files)
    print_progress(made, case.knowledge, simulated=record.simulated)
    if not made.planned:
        raise typer.Exit(NOBODY_TO_TREAT)


def _plan_again(case: Case, surface: Surface, before: Plan, record: Record) -> Plan:
    """Return the plan of that day's answers, by the technique and manner of the plan before, from what was done."""
    from mesoplan.pipeline import make_plan
    from mesoplan.record.progress import history_of

    used = {zone.technique for zone in before.prescription.zones}
    manners = {zone.manner for zone in before.prescription.zones if zone.manner is not None}
    return make_plan(
        case.knowledge,
        case.clinic,
        _with_decisions(case.intake, before.intake),
        surface,
        on=case.when,
        language=case.language,
        technique=used.pop() if len(used) == 1 else None,
        manner=manners.pop() if len(manners) == 1 else None,
        history=history_of(record, before),
    )


def _with_decisions(intake: Intake, earlier: Intake) -> Intake:
    """Return the answers with the number of sessions that the earlier ones hold for a goal, where these hold none."""
    decided = {goal.indication: goal.sessions for goal in earlier.goals}
    kept = (goal.sessions or decided.get(goal.indication) for goal in intake.goals)
    return replace(intake, goals=tuple(map(lambda goal, n: replace(goal, sessions=n), intake.goals, kept)))


def _check_answers(filled: Intake, day: date, before: Plan, record: Record) -> None:
    """Accept answers of the client and of that day, newer than all that has happened.

    Raises:
        ProblemError: If they are another client's, of another day, or older than what has happened since.
    """
    client = before.intake.client
    birth_dates = {one for one in (client.birth_date, filled.client.birth_date) if one is not None}
    if filled.client.identifier != client.identifier or len(birth_dates) > 1:
        remedy = "Check whose answers these are, and the birth date in them."
        stop("--intake", filled.client.identifier, f"this course is of client {client.identifier}", remedy)
    if filled.visit_date is None:
        stop("--intake", None, "the answers have no visit_date", "Ask again on the day of the session, and enter it.")
    if filled.visit_date != day:
        message = f"the answers are of {filled.visit_date}, not of that day"
        stop("--on", day, message, "Ask again on the day of the session; what has changed since may forbid it.")
    last = record.last_day
    if last is not None and day <= last:
        message = f"the answers are not newer than the latest session, of {last}"
        stop("--intake", day, message, "Ask again on the day of the next session.")
    if day < before.on:
        message = f"the answers are older than the plan in the folder, of {before.on}"
        stop("--intake", day, message, "Ask again on the day of the session.")
    done = record.sessions_done(before.course.sessions_done)
    if filled.sessions_done not in (0, done):
        remedy = "Record the sessions that are missing, or correct sessions_done in the intake."
        stop("--intake", filled.sessions_done, f"sessions_done, but the record counts {done}", remedy)


def _surface(
    before: Plan,
    photo: Path | None,
    pupillary_distance: float | None,
    mirrored: Mirrored | None,
    area: list[str],
    keep_out: list[str],
    read: Case | None,
    problems: Problems,
) -> tuple[Surface, Picture | None] | None:
    """Return the surface of a new photo or new areas, else that of the plan before; None where `problems` tells why."""
    from mesoplan.surface.build import build_face
    from mesoplan.surface.options import parse_area_options

    if not (photo or pupillary_distance or mirrored or area or keep_out):
        return before.surface, None
    areas, sizes = problems.attempt(lambda: parse_area_options(area)) or ({}, {})
    if read is not None:
        check_sizes(areas, sizes, read.knowledge, read.intake, problems)
    built = problems.attempt(
        lambda: build_face(
            photo=photo,
            pupillary_distance_mm=pupillary_distance,
            mirrored=None if mirrored is None else mirrored.value,
            areas=areas,
            patches=sizes,
            keep_outs=keep_out,
        )
    )
    return None if built is None else (built.surface, built.picture)
