"""A plan for the terminal: verdict, dates, findings, settings per zone, then the files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import Verdict
from mesoplan.report.context import PaperContext
from mesoplan.report.findings import standing
from mesoplan.report.names import client_line
from mesoplan.report.plan_course import appointment_name, days_of
from mesoplan.report.plan_paper import next_appointment, sheet, verdict_panel
from mesoplan.report.plan_zones import asked, settings, zones_table
from mesoplan.report.screening_text import (
    make_console,
    print_findings,
    print_indented,
    print_questions,
    print_verdict,
)
from mesoplan.report.words import sentence

if TYPE_CHECKING:
    from rich.console import Console

    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.plan import Plan

DATES = 12
NARROW = 90  # below this width a column's unit goes under its name, so that a row still fits one line
_BRACKETS = re.compile(r" \([^)]*\)")  # ranges stand in plan.pdf; here a row fits one line


def print_plan(plan: Plan, knowledge: Knowledge, clinic: Clinic | None, files: tuple[Path, ...]) -> None:
    """Print a plan to the terminal, in at most 100 columns, readable without colour.

    Args:
        plan: The plan.
        knowledge: The knowledge base it was made with.
        clinic: The clinic's folder, None without one.
        files: The files written, named last.
    """
    context = PaperContext(plan, knowledge, clinic)
    console, words = make_console(), context.words
    if plan.clinic_is_example:
        console.print(words("example.mark"), style="bold yellow")
    print_indented(console, client_line(words, plan.intake.client, plan.on), 0)
    verdict = verdict_panel(context)
    meaning, *detail = verdict["detail"]
    print_verdict(console, Verdict(verdict["code"]), verdict["headline"], meaning)
    for line in detail:
        print_indented(console, line, 0)
    console.print()
    _print_dates(console, context)
    print_findings(
        console, context.say, [*standing(context.groups, knowledge), *context.cautions], plan.intake, short=True
    )
    print_questions(console, context.say, context.missing, plan.intake)
    _print_zones(console, context)
    _print_sheet(console, context)
    console.print(words("terminal.files"), style="bold")
    for path in files:
        console.print(f"  {path}", soft_wrap=True)


def _print_dates(console: Console, context: PaperContext) -> None:
    words, course = context.words, context.plan.course
    if next_appointment(context) is None:
        return
    console.print(words("plan.calendar"), style="bold")
    if course.provisional:
        print_indented(console, words("course.provisional"), 2)
    rows = [one for one in course.appointments if one.kind != "follow-up"][:DATES]
    table = _table([])
    for one in rows:
        moved = ", ".join(words(key) for key in one.moved)
        why = words("calendar.moved", why=moved) if moved else ""
        table.add_row("", days_of(context, one), appointment_name(context, one), why)
    console.print(table)
    console.print()


def _print_zones(console: Console, context: PaperContext) -> None:
    words, shown = context.words, settings(context)
    console.print(words("plan.zones_title"), style="bold")
    table = _table(zones_table(context)["head"])
    for row in zones_table(context)["rows"]:
        table.add_row("", *(_cell(one) for one in row))
    console.print(table)
    if shown["intro"]:
        print_indented(console, shown["intro"], 2)
    for part in shown["tables"]:
        console.print()
        console.print(sentence(part["title"]), style="bold")
        keep = [number for number, key in enumerate(part["keys"]) if key != "area"]
        head = [_BRACKETS.sub("", part["head"][number]) for number in keep]
        table = _table([one.replace(", ", ",\n") for one in head] if console.width < NARROW else head)
        for row in part["rows"]:
            table.add_row("", *(_BRACKETS.sub("", row[number]) for number in keep))
        console.print(table)
        for line in (part["short_note"], *(one for one in part["notes"][1:] if one not in part["short_note"])):
            print_indented(console, line, 2, style="dim")
    for line in asked(context):
        print_indented(console, f"[ ] {line}", 2)
    console.print()


def _cell(cell: Any) -> str:
    return cell if isinstance(cell, str) else f"[{cell['sign']}] {cell['label']}"


def _print_sheet(console: Console, context: PaperContext) -> None:
    found = sheet(context)
    console.print(context.words("plan.session_sheet"), style="bold")
    print_indented(console, found["intro"], 2)
    for reason in found["reasons"]:
        print_indented(console, f"- {reason}", 2)
    console.print()


def _table(head: list[str]) -> Any:
    """Return a table without lines, indented by an empty first column."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=bool(head), pad_edge=False, padding=(0, 1), header_style="dim")
    if head:
        table.add_column("")
        for one in head:
            table.add_column(Text(one))
    return table
