"""`mesoplan simulate`: a virtual device executes the next session and writes what it delivered; nobody is treated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesoplan.cli.common import load_knowledge, stop
from mesoplan.cli.course_folder import clinic_of, read_plan, write_new

if TYPE_CHECKING:
    from mesoplan.record.book import Record
    from mesoplan.record.model import PlannedSession


_RUNS = 32
"""Sessions of each zone in a rehearsal: the range is told to within a percent or two."""


def simulate(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    device: Annotated[
        Path | None, typer.Option(help="The virtual device with its faults, YAML or JSON; without --rehearse needed.")
    ] = None,
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="Only tell what an assumed hand makes of the settings; nothing is written."),
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same session.")] = 0,
    out: Annotated[Path | None, typer.Option(help="File to write; else simulated-session-N.yaml in COURSE.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder that the plan was made with.")] = None,
) -> None:
    """Simulate the next session, for training: writes the file that `mesoplan record` accepts or refuses."""
    if rehearse or device is None:
        _check_options(device, out, rehearse=rehearse)
        _rehearse(course, clinic, seed)
        return
    from mesoplan.record.book import check_client, read_record
    from mesoplan.record.planned import planned_session
    from mesoplan.record.reader import load_file
    from mesoplan.record.simulate import execute, parse_device, simulated_text

    knowledge = load_knowledge()
    plan, record = read_plan(course), read_record(course)
    check_client(record, plan, str(course))
    planned = planned_session(plan)
    _check(planned, record, course)
    practice = clinic_of(plan, clinic, knowledge)
    virtual = parse_device(load_file(device), knowledge, planned, device.name)
    words = knowledge.words(plan.language)
    path = out if out is not None else course / f"simulated-session-{planned.number}.yaml"
    write_new(path, simulated_text(execute(planned, virtual, practice, seed, words), words), "--out")
    print(words["record.simulated"])
    print(path)


def _check_options(device: Path | None, out: Path | None, *, rehearse: bool) -> None:
    """Accept a rehearsal that names nothing it does not use.

    Raises:
        ProblemError: If it names a device or a file, or neither it nor a device is given.
    """
    if not rehearse:
        remedy = "Give the device's file, or --rehearse for the settings in an assumed hand."
        stop("--device", None, "no virtual device is given", remedy)
    for option, value in (("--device", device), ("--out", out)):
        if value is not None:
            stop(option, value, "a rehearsal has no device and writes nothing", "Leave it or --rehearse out.")


def _rehearse(course: Path, clinic: str | None, seed: int) -> None:
    """Print what the assumed hand makes of the settings of a plan.

    Raises:
        ProblemError: If the plan has no clinic, or no zone by pen or roller whose needles are known.
    """
    from mesoplan.layout.rehearsal import rehearse
    from mesoplan.report.rehearsal_text import print_rehearsal

    if seed < 0:
        stop("--seed", seed, "a seed is a whole number from 0 on", "Give 0 or more.")
    knowledge, plan = load_knowledge(), read_plan(course)
    practice = clinic_of(plan, clinic, knowledge)
    found = {}
    if practice is not None:
        found = rehearse(knowledge, practice, plan.prescription, plan.layout, plan.surface, seed=seed, runs=_RUNS)
    if not found:
        message = "no zone of the plan is done by a pen or roller whose needles are known"
        stop(str(course), None, message, "Rehearse a plan by pen or roller, made with a clinic's folder.")
    print_rehearsal(plan, knowledge, found)


def _check(planned: PlannedSession, record: Record, course: Path) -> None:
    """Accept a plan that a device may execute, and a folder without a real record.

    Raises:
        ProblemError: If the plan allows no session, is of another one, or a person's record is in the folder.
    """
    if record.opened is not None and not record.simulated:
        message = "the record in this folder is of a person: the two are never mixed"
        stop(str(course), None, message, "Plan into another folder for training.")
    if not planned.treatable or not any(one.cover is not None or one.points is not None for one in planned.zones):
        stop(str(course), None, "the plan allows no session, or has no settings", "Simulate a plan that has.")
    expected = record.sessions_done(planned.number - 1) + 1
    if planned.number != expected:
        message = f"the plan is of session {planned.number}, the next is {expected}"
        stop(str(course), None, message, "Prepare it first: mesoplan next COURSE --intake FILE.")
