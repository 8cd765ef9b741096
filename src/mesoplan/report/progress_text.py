"""Planned against delivered against cumulative, zone by zone: for the terminal, the session sheet and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesoplan.report.names import Names
from mesoplan.report.screening_text import make_console, print_indented
from mesoplan.report.words import EN_DASH, Words, sentence

if TYPE_CHECKING:
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.plan import Plan, ZoneProgress

KEYS = ("zone", "planned", "delivered", "total", "next", "course")


def progress_table(names: Names, plan: Plan) -> dict[str, Any]:
    """Return each zone's progress as a table, shortened zones first; without rows before the first session."""
    words = names.words
    rows = [_row(names, one) for one in plan.progress]
    return {
        "head": [words(f"progress.head.{key}") for key in KEYS],
        "columns": ["1.5", "1", "1", "1.2", "1", "1"],
        "rows": rows,
    }


def progress_part(names: Names, plan: Plan) -> dict[str, Any]:
    """Return title, table and notes of a paper; the title is empty before the first session."""
    title = names.words("progress.title") if plan.progress else ""
    return {"title": title, "table": progress_table(names, plan), "notes": progress_notes(names, plan)}


def progress_notes(names: Names, plan: Plan, *, short: bool = False) -> list[str]:
    """Return how each zone was corrected, or why not; zones with the same note together.

    Args:
        names: Names of the zones.
        plan: The plan.
        short: Leave out the zones that stay as planned.
    """
    words, found = names.words, dict[str, list[str]]()
    for one in plan.progress:
        if short and one.note == "progress.on_plan":
            continue
        found.setdefault(one.note, []).append(one.zone)
    notes = [f"{sentence(names.zones(zones))}: {words(key)}" for key, zones in found.items()]
    first = [one.zone for one in plan.progress if one.shortened]
    return [words("progress.first", zones=names.zones(first)), *notes] if first else notes


def _row(names: Names, one: ZoneProgress) -> list[str]:
    words = names.words
    planned = words("progress.pair", first=_share(words, _last(one.planned)), all=_share(words, one.planned_total))
    total = _share(words, one.delivered_total)
    if one.delivered_total is None and any(cover is not None for cover in one.delivered):
        total = words("range.at_least", value=words.percent(one.at_least))
    return [
        sentence(names.zone(one.zone)),
        planned,
        _share(words, _last(one.delivered)),
        total,
        _share(words, one.wished),
        _share(words, one.course_total),
    ]


def _last(covers: tuple[float | None, ...]) -> float | None:
    return covers[-1] if covers else None


def _share(words: Words, cover: float | None) -> str:
    return EN_DASH if cover is None else words.percent(cover)


def print_progress(plan: Plan, knowledge: Knowledge, *, simulated: bool) -> None:
    """Print each zone's progress and how the next session was corrected; nothing before the first session."""
    if not plan.progress:
        return
    from rich.table import Table
    from rich.text import Text

    words = Words(knowledge, plan.language)
    console, names = make_console(), Names(knowledge, words)
    console.print()
    if simulated:
        console.print(words("record.simulated"), style="bold yellow")
    console.print(words("progress.title"), style="bold")
    shown = progress_table(names, plan)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for one in shown["head"]:
        table.add_column(Text(one))
    for row in shown["rows"]:
        table.add_row(*row)
    console.print(table)
    for line in progress_notes(names, plan):
        print_indented(console, f"- {line}", 2)
