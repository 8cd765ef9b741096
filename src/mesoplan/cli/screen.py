"""`mesoplan screen` and `mesoplan screen-all`: who may be treated, when, and on whose authority."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.case import read_case
from mesoplan.cli.common import load_knowledge, note_other_day, parse_day, stop
from mesoplan.errors import Problems


def screen(
    intake: Annotated[Path, typer.Argument(help="A filled-in intake, YAML or JSON.")],
    on: Annotated[str | None, typer.Option(help="Day it is for, YYYY-MM-DD; else the intake's visit_date.")] = None,
    clinic: Annotated[str | None, typer.Option(help="The clinic's folder, or `example`.")] = None,
    technique: Annotated[str | None, typer.Option(help="One technique only, e.g. fractional_pen.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language; else the client's.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, with answers and every source's reading.")
    ] = False,
) -> None:
    """Screen one intake: the verdict for each technique and zone, with dates, sources and what is still to ask."""
    from mesoplan.screening.engine import Screener

    problems = Problems()
    case = problems.settled(read_case(problems, intake, on=on, technique=technique, lang=lang, clinic=clinic))
    result = Screener(case.knowledge).screen(case.intake, case.when, None if technique is None else (technique,))
    if as_json:
        from mesoplan.screening.explained import explained
        from mesoplan.serial import to_json

        print(to_json(explained(result, case.intake, case.knowledge, case.language)), end="")
        return
    from mesoplan.report.screening_text import print_screening

    note_other_day(case.when)
    print_screening(result, case.intake, case.knowledge, case.language)


def screen_all(
    intakes: Annotated[Path, typer.Argument(help="One intake a line, each a JSON object.")],
    on: Annotated[str | None, typer.Option(help="Day for all, YYYY-MM-DD; else each intake's visit_date.")] = None,
    out: Annotated[Path | None, typer.Option(help="File for the results; FILE.screened.ndjson when not given.")] = None,
) -> None:
    """Screen every intake of a file. A bad line does not stop it: it is reported, and its result says so."""
    from rich.console import Console
    from rich.progress import Progress

    from mesoplan.screening.batch import screen_file

    knowledge = load_knowledge()
    day = parse_day(on, "--on")
    target = out if out is not None else intakes.with_name(f"{intakes.stem}.screened.ndjson")
    if not os.path.isfile(intakes):
        stop(str(intakes), None, "there is no such file", "Give a file with one intake a line.")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Screening", total=intakes.stat().st_size)
        done = screen_file(intakes, target, knowledge, day, lambda read: progress.update(task, completed=read))
    lines = "line" if done.bad == 1 else "lines"
    print(f"{done.screened} screened, {done.bad} {lines} could not be read, written to {target}")
    for line in done.first_problems:
        print(f"  {line}")
    if done.bad:
        raise typer.Exit(2)
