"""What the commands of a course share: its folder, its plan, its clinic, and where a file is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.cli.common import load_knowledge, stop

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.plan import Plan
    from mesoplan.record.enter import Correcting

PLAN = "plan.json"
EXAMPLE = "example"


def read_plan(course: Path) -> Plan:
    """Return the plan in a course's folder.

    Raises:
        ProblemError: If there is none, it cannot be read, or it speaks of what the knowledge does not have.
    """
    from mesoplan.plan import Plan, unknown_to
    from mesoplan.serial import from_json

    path = course / PLAN
    if not path.is_file():
        stop(str(course), None, f"there is no {PLAN} in this folder", "Make it with `mesoplan plan ... --out FOLDER`.")
    try:
        text = path.read_bytes()
    except OSError as error:
        stop(str(path), error.strerror, "the plan cannot be read", "Check your rights.")
        raise AssertionError("unreachable") from error
    plan = from_json(Plan, text, place=PLAN)
    gone = unknown_to(load_knowledge(), plan)
    if gone:
        remedy = "Name the folder that has it in MESOPLAN_KNOWLEDGE, or plan anew."
        stop(PLAN, ", ".join(gone), "the plan speaks of what the knowledge does not have (any more)", remedy)
    return plan


def clinic_option(plan: Plan, option: str | None) -> str | None:
    """Return the clinic's folder to be used for a course: `--clinic`, or the example where it was planned with that.

    Raises:
        ProblemError: If the plan had a clinic and none is named.
    """
    if option is None and plan.clinic_is_example:
        return EXAMPLE
    if option is None and plan.clinic is not None:
        remedy = "Give its folder; lots, devices and limits are held against it."
        stop("--clinic", None, f"the plan was made with the folder of {plan.clinic}", remedy)
    return option


def check_clinic(plan: Plan, clinic: Clinic | None) -> None:
    """Accept the clinic that a plan was made with.

    Raises:
        ProblemError: If it is another one.
    """
    if clinic is not None and plan.clinic is not None and clinic.name != plan.clinic:
        stop("--clinic", clinic.name, f"the plan was made with {plan.clinic}", "Give that folder.")


def clinic_of(plan: Plan, option: str | None, knowledge: Knowledge) -> Clinic | None:
    """Return the clinic that a plan was made with, None where it had none.

    Raises:
        ProblemError: If the plan had a clinic and none is named, or another one.
    """
    from mesoplan.clinic.load import load_clinic

    folder = clinic_option(plan, option)
    clinic = None if folder is None else load_clinic(folder, knowledge)
    check_clinic(plan, clinic)
    return clinic


def write_new(path: Path, text: str, option: str) -> None:
    """Write a file to be filled in; one that exists already is never overwritten.

    Raises:
        ProblemError: If it exists or cannot be written.
    """
    write_new_bytes(path, text.encode(), option, "Name another one; what was filled in is not overwritten.")


def write_new_bytes(path: Path, content: bytes, option: str, remedy: str = "Name another one.") -> None:
    """Write a file; one that exists already is never overwritten, and nothing half-written stays.

    Raises:
        ProblemError: If it exists or cannot be written.
    """
    made = False
    try:
        with path.open("xb") as file:
            made = True
            file.write(content)
    except FileExistsError:
        stop(option, path, "there is such a file already", remedy)
    except (OSError, ValueError) as error:
        if made:
            path.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        stop(option, path, reason or "the file cannot be written", "Choose another place.")


def correction(corrects: int | None, reason: str | None) -> Correcting | None:
    """Return which entry is corrected and why, None for a new one.

    Raises:
        ProblemError: If only one of the two is given.
    """
    from mesoplan.record.enter import Correcting

    if corrects is None and reason is None:
        return None
    if corrects is None or not (reason or "").strip():
        message = "a correction needs the entry's number and its reason"
        stop("--corrects", corrects, message, "Give --corrects and --reason.")
    return Correcting(corrects or 0, (reason or "").strip())
