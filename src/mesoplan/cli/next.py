"""`mesoplan next`: screens again and prepares the next session, corrected by what was delivered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.areas import AREA_HELP
from mesoplan.cli.case import Case, read_case
from mesoplan.cli.common import note_other_day, stop
from mesoplan.cli.course_folder import check_clinic, clinic_option, read_plan
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
from mesoplan.cli.plan import NOBODY_TO_TREAT, Form
from mesoplan.errors import Problems

if TYPE_CHECKING:
    from datetime import date

    from mesoplan.intake.model import Intake
    from mesoplan.plan import Plan
    from mesoplan.record.book import Record
    from mesoplan.record.progress import History
    from mesoplan.surface.model import Surface


def next_session(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    intake: Annotated[Path, typer.Option(help="The answers of that day, YAML or JSON.")],
    on: Annotated[str | None, typer.Option(help="Day of the session, YYYY-MM-DD; the answers must be of it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the papers; else the course's own.")] = None,
    photo: Annotated[Path | None, typer.Option(help="A photo; else the areas of the plan before.")] = None,
    scan: Annotated[Path | None, typer.Option(help=SCAN_HELP)] = None,
    scan_unit: Annotated[ScanUnit | None, typer.Option(help=SCAN_UNIT_HELP)] = None,
    pupillary_distance: Annotated[float | None, typer.Option(help=PUPILS_HELP)] = None,
    mirrored: Annotated[Mirrored | None, typer.Option(help=MIRRORED_HELP)] = None,
    area: Annotated[list[str] | None, typer.Option(help=AREA_HELP)] = None,
    shape: Annotated[list[str] | None, typer.Option(help=SHAPE_HELP)] = None,
    keep_out: Annotated[list[str] | None, typer.Option(help=KEEP_OUT_HELP)] = None,
    map_: Annotated[
        bool | None, typer.Option("--map/--no-map", help="Write map.html; else where the plan before has one.")
    ] = None,
    exact: Annotated[
        bool | None,
        typer.Option("--exact/--no-exact", help="Go on with the exact places of the plan before, or leave them."),
    ] = None,
    export: Annotated[list[Form] | None, typer.Option(help="As in `plan`; else the forms of the plan before.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder that the plan was made with.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the papers; else the client's.")] = None,
) -> None:
    """Prepare the next session of a course: screening, corrected settings, dates from the real ones, papers."""
    from mesoplan.cli.in_space import exports
    from mesoplan.cli.next_in_space import check_again, lay_on, wish_again
    from mesoplan.record.book import check_client, read_record
    from mesoplan.record.progress import history_of
    from mesoplan.report.papers import check_out, write_papers
    from mesoplan.report.progress_text import print_progress
    from mesoplan.report.terminal import print_plan

    before, record = read_plan(course), read_record(course)
    check_client(record, before, str(course))
    target = out if out is not None else course
    problems = Problems()
    folder = clinic_option(before, clinic)
    read = read_case(problems, intake, on=on, technique=None, lang=lang, clinic=folder)
    face = FaceOptions(
        *(photo, scan, scan_unit, pupillary_distance, mirrored), *map(tuple, (area or (), keep_out or (), shape or ()))
    )
    built = face.build(read, problems) if face.given else None
    wish = wish_again(before, None if export is None else tuple(one.value for one in export), map_, exact)
    problems.attempt(lambda: check_again(wish, before, exact))
    problems.attempt(lambda: check_out(target))
    case = problems.settled(read)
    check_clinic(before, case.clinic)
    _check_answers(case.intake, case.when, before, record)
    note_other_day(case.when)
    history = history_of(record, before)
    made = _plan_again(case, before.surface if built is None else built.surface, before, history, exact=wish.exact)
    made, laid = lay_on(made, case, before, built, wish, history)
    shown, written = laid if wish.map else None, exports(made, case, laid, wish)
    picture = None if built is None else built.picture
    files = write_papers(made, case.knowledge, case.clinic, picture, target, shown, written)
    print_plan(made, case.knowledge, case.clinic, files)
    print_progress(made, case.knowledge, simulated=record.simulated)
    if not made.planned:
        raise typer.Exit(NOBODY_TO_TREAT)


def _plan_again(case: Case, surface: Surface, before: Plan, history: History, *, exact: bool) -> Plan:
    """Return the plan of that day's answers, by the technique and manner of the plan before, from what was done."""
    from mesoplan.layout.space import by_zone
    from mesoplan.pipeline import make_plan

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
        history=history,
        exact=by_zone(before.space) if exact else (),
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
