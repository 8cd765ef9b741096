"""What the commands of the record print: in the plan's language, in at most 100 columns, readable without colour."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mesoplan.record.model import UNITS
from mesoplan.report.names import Names
from mesoplan.report.screening_text import make_console, print_indented
from mesoplan.report.typeset import printable
from mesoplan.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from mesoplan.knowledge.base import Knowledge
    from mesoplan.record.chain import Entry
    from mesoplan.record.model import Mark, Outcome, SessionDone
    from mesoplan.record.summary import CourseReport


def mark_text(names: Names, mark: Mark, *, with_reason: bool = True) -> str:
    """Return one mark as a sentence: where, what, and the reason."""
    words = names.words
    key = f"record.mark.{mark.key}"
    unit = words.unit(mark.unit) if mark.unit != "1" else ""
    numeric = mark.item in UNITS or mark.unit == "d"
    values = {"value": _shown(words, mark.value, numeric), "limit": _shown(words, mark.limit, numeric), "unit": unit}
    values["item"] = words(f"record.item.{mark.item}") if f"record.item.{mark.item}" in words else mark.item
    if key in words:
        said = words(key, **values)
    else:
        said = words("record.mark.limit", name=words(f"limit.{mark.key}"), **values)
    where = f"{names.zone(mark.zone)}: " if mark.zone else ""
    said = sentence(f"{where}{' '.join(said.split()).replace(' ,', ',')}.")
    if not with_reason:
        return said
    reason = words("record.reason", reason=mark.reason) if mark.reason else words("record.no_reason")
    return f"{said} {reason}"


def _shown(words: Words, value: str, numeric: bool) -> str:
    """Return a number or a date of a mark as the language writes it, a name or a lot as it stands."""
    try:
        return words.number(float(value)) if numeric else words.day(date.fromisoformat(value))
    except ValueError:
        return printable(value)


def print_session(entry: Entry, done: SessionDone, knowledge: Knowledge, language: str, head: str) -> None:
    """Print what was entered: the entry's number, what broke a limit, what was done otherwise."""
    words = Words(knowledge, language)
    console, names = make_console(), Names(knowledge, words)
    delivered = done.delivered
    if delivered.simulated:
        console.print(words("record.simulated"), style="bold yellow")
    corrects = entry.body.get("corrects")
    if corrects is None:
        day = words.day(delivered.date)
        console.print(words("record.entered", session=delivered.session, day=day, entry=entry.number))
    else:
        console.print(words("record.corrected", session=delivered.session, entry=entry.number, corrects=corrects))
    broken = done.limits_broken
    _print_marks(console, names, "record.broken_title", broken, "bold red")
    _print_marks(console, names, "record.noted_title", [one for one in done.marks if not one.stops], "bold")
    if not done.marks:
        console.print(words("record.marks_none"))
    console.print(words("record.head", head=head), style="dim", soft_wrap=True)


def print_outcome(entry: Entry, outcome: Outcome, knowledge: Knowledge, language: str) -> None:
    """Print what was entered, and what holds further sessions back."""
    words, console = Words(knowledge, language), make_console()
    if outcome.simulated:
        console.print(words("record.simulated"), style="bold yellow")
    corrects = entry.body.get("corrects")
    if corrects is not None:
        console.print(words("record.outcome.corrected", entry=entry.number, corrects=corrects))
    counts = {"events": len(outcome.adverse_events), "scores": len(outcome.scores)}
    console.print(words("record.outcome.entered", entry=entry.number, **counts))
    held = [printable(event.what) for event in outcome.adverse_events if event.holds_back]
    if held:
        console.print(words("record.outcome.held", events="; ".join(held)), style="bold red")
    console.print(words("record.head", head=entry.hash), style="dim", soft_wrap=True)


def print_report(report: CourseReport, knowledge: Knowledge, language: str, files: Iterable[Path]) -> None:
    """Print what a course has reached, zone by zone, and where the report lies."""
    words = Words(knowledge, language)
    console, names = make_console(), Names(knowledge, words)
    if report.simulated:
        console.print(words("record.simulated"), style="bold yellow")
    console.print(words("record.heading", done=report.sessions_done, sessions=report.sessions_planned), style="bold")
    console.print(words("record.cover_plain"))
    for zone in report.zones:
        reached = zone.delivered_after[-1] if zone.delivered_after else None
        shown = words.percent(reached) if reached is not None else words("record.unknown")
        planned = words.percent(zone.planned_after[-1]) if zone.planned_after else words("record.unknown")
        where = sentence(names.zone(zone.zone))
        print_indented(console, words("record.cover_line", zone=where, done=shown, planned=planned), 2)
    console.print(words("record.cover_note"), style="dim")
    console.print(words("record.whole", entries=report.integrity.entries))
    console.print(words("record.head", head=report.integrity.head), style="dim", soft_wrap=True)
    console.print(words("terminal.files"), style="bold")
    for path in files:
        console.print(f"  {path}", soft_wrap=True)


def _print_marks(console: Console, names: Names, title: str, marks: Iterable[Mark], style: str) -> None:
    every = list(marks)
    if every:
        console.print(names.words(title), style=style)
    for mark in every:
        print_indented(console, f"- {mark_text(names, mark)}", 2)
