"""`mesoplan outcome`: enters adverse events and values on outcome scales into the course's record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge, parse_day, stop
from mesoplan.cli.course_folder import correction, read_plan, write_new


def outcome(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    file: Annotated[Path | None, typer.Argument(help="What came of it, YAML or JSON.")] = None,
    template: Annotated[Path | None, typer.Option(help="Write the file to be filled in to this place instead.")] = None,
    corrects: Annotated[int | None, typer.Option(help="Number of the entry that this one corrects.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is corrected.")] = None,
    on: Annotated[
        str | None, typer.Option(help="Day on which it is written down, YYYY-MM-DD; else the report's.")
    ] = None,
) -> None:
    """Record what came of a course: adverse events with their severity, and outcome scales with who scored."""
    from mesoplan.record.enter_outcome import enter_outcome
    from mesoplan.record.outcome_file import outcome_template, parse_outcome
    from mesoplan.record.reader import load_file
    from mesoplan.record.store import open_book
    from mesoplan.report.record_text import print_outcome

    day, correcting = parse_day(on, "--on"), correction(corrects, reason)
    knowledge = load_knowledge()
    plan = read_plan(course)
    if template is not None:
        write_new(template, outcome_template(knowledge, plan.intake.client.identifier, plan.language), "--template")
        print(template)
        return
    if file is None:
        stop("FILE", None, "the file with what came of it is missing", "Get one to fill in: --template FILE.")
        raise AssertionError("unreachable")
    read = parse_outcome(load_file(file), knowledge, file.name)
    with open_book(course) as book:
        entry = enter_outcome(book, plan, read, place=file.name, on=day, correcting=correcting)
    print_outcome(entry, read, knowledge, plan.language)
