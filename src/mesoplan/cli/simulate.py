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


def simulate(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    device: Annotated[Path, typer.Option(help="The virtual device with its faults, YAML or JSON.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same session.")] = 0,
    out: Annotated[Path | None, typer.Option(help="File to write; else simulated-session-N.yaml in COURSE.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder that the plan was made with.")] = None,
) -> None:
    """Simulate the next session, for training: writes the file that `mesoplan record` accepts or refuses."""
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
