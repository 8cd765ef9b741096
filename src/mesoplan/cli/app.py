"""The commands, in the order of a visit."""

from __future__ import annotations

from typing import Annotated

import typer

from mesoplan import __version__
from mesoplan.cli import (
    ask,
    clinic,
    compare,
    knowledge,
    model,
    next,
    outcome,
    plan,
    questions,
    record,
    report,
    screen,
    sessions,
    simulate,
    systems,
    zones,
)
from mesoplan.cli.common import load_knowledge


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mesoplan {__version__}, knowledge {load_knowledge().version}")
        raise typer.Exit


app = typer.Typer(
    name="mesoplan",
    help="Treatment planning and records for fractional mesotherapy. Decision support for a professional.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _mesoplan(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the options of the whole program."""


app.command("questions")(questions.questions)
app.command("example")(questions.example)
app.command("ask")(ask.ask)
app.command("screen")(screen.screen)
app.command("screen-all")(screen.screen_all)
app.command("plan")(plan.plan)
app.command("zones")(zones.zones)
app.command("record")(record.record)
app.command("next")(next.next_session)
app.command("simulate")(simulate.simulate)
app.command("outcome")(outcome.outcome)
app.command("report")(report.report)
app.command("sessions")(sessions.sessions)
app.command("compare")(compare.compare)
app.command("explain")(knowledge.explain)
app.command("systems")(systems.systems)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(clinic.app, name="clinic")
app.add_typer(model.app, name="model")
