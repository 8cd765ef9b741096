"""`mesoplan record`: enters what was delivered in a session into the course's record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge, parse_day, stop
from mesoplan.cli.course_folder import clinic_of, correction, read_plan, write_new

LIMIT_BROKEN = 3


def record(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    session: Annotated[int, typer.Option(help="Number of the session.")],
    file: Annotated[Path | None, typer.Argument(help="What was delivered, YAML or JSON.")] = None,
    template: Annotated[Path | None, typer.Option(help="Write the file to be filled in to this place instead.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder that the plan was made with.")] = None,
    corrects: Annotated[int | None, typer.Option(help="Number of the entry that this one corrects.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is corrected.")] = None,
    on: Annotated[
        str | None, typer.Option(help="Day on which it is written down, YYYY-MM-DD; else the session's.")
    ] = None,
) -> None:
    """Record what was delivered in a session; exit code 3 where a limit that stops was broken."""
    from mesoplan.record.enter import cover_limit, enter_session
    from mesoplan.record.planned import planned_session
    from mesoplan.record.session_file import parse_session
    from mesoplan.record.store import open_book
    from mesoplan.record.template import session_template

    day, correcting = parse_day(on, "--on"), correction(corrects, reason)
    knowledge = load_knowledge()
    plan = read_plan(course)
    if template is not None:
        text = session_template(planned_session(plan), session, knowledge.words(plan.language))
        write_new(template, text, "--template")
        print(template)
        return
    if file is None:
        stop("FILE", None, "the file with what was delivered is missing", "Get one to fill in: --template FILE.")
        raise AssertionError("unreachable")
    from mesoplan.record.reader import load_file
    from mesoplan.report.record_text import print_session

    practice = clinic_of(plan, clinic, knowledge)
    delivered = parse_session(load_file(file), knowledge, file.name)
    with open_book(course) as book:
        entry, done = enter_session(
            book,
            plan,
            practice,
            delivered,
            session,
            place=file.name,
            on=day,
            correcting=correcting,
            cover_limit=cover_limit(knowledge),
        )
    print_session(entry, done, knowledge, plan.language, entry.hash)
    if done.limits_broken:
        raise typer.Exit(LIMIT_BROKEN)
