"""`mesoplan report`: the course as a whole, as PDF and as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge
from mesoplan.cli.course_folder import check_clinic, read_plan
from mesoplan.cli.questions import check_language


def report(
    course: Annotated[Path, typer.Argument(help="The folder written by `mesoplan plan --out`.")],
    lang: Annotated[str | None, typer.Option(help="Language of the report; else the plan's.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder, for the names of its things.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report; else the course's own.")] = None,
) -> None:
    """Report a course: planned, delivered, cumulative, lots, reactions, outcomes, and whether the record is whole."""
    from mesoplan.clinic.load import load_clinic
    from mesoplan.record.book import check_client, read_record
    from mesoplan.record.summary import summarise
    from mesoplan.report.folder import write_folder
    from mesoplan.report.record_paper import FILES, make_report
    from mesoplan.report.record_text import print_report

    knowledge = load_knowledge()
    plan, record = read_plan(course), read_record(course)
    check_client(record, plan, str(course))
    language = lang or plan.language
    check_language(language, knowledge.languages)
    folder = clinic or ("example" if plan.clinic_is_example else None)
    practice = None if folder is None else load_clinic(folder, knowledge)
    check_clinic(plan, practice)
    found = summarise(record, plan)
    target = out if out is not None else course
    write_folder(make_report(found, plan, knowledge, practice, language), target, FILES, FILES[-1])
    print_report(found, knowledge, language, tuple(target / name for name in FILES))
