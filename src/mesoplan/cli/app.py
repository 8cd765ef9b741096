"""The commands, in the order of a visit."""

from __future__ import annotations

import typer

from mesoplan.cli import ask, clinic, knowledge, model, plan, questions, screen, zones

app = typer.Typer(
    name="mesoplan",
    help="Treatment planning and records for fractional mesotherapy. Decision support for a professional.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("questions")(questions.questions)
app.command("example")(questions.example)
app.command("ask")(ask.ask)
app.command("screen")(screen.screen)
app.command("screen-all")(screen.screen_all)
app.command("plan")(plan.plan)
app.command("zones")(zones.zones)
app.command("explain")(knowledge.explain)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(clinic.app, name="clinic")
app.add_typer(model.app, name="model")
