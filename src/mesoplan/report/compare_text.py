"""A comparison for the terminal, in at most 100 columns, readable without colour and in a pipe."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from mesoplan.report.compare_words import ComparisonWords
from mesoplan.report.names import client_line
from mesoplan.report.screening_text import make_console, print_indented

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from mesoplan.report.compare import Comparison
    from mesoplan.report.compare_words import ShownPart
    from mesoplan.report.context import PaperContext

_SHARES = (27, 26, 26, 17)
"""Columns: what, first plan, second plan, difference."""


def print_comparison(comparison: Comparison, context: PaperContext, file: Path | None) -> None:
    """Print two plans side by side: what makes them hard to compare first.

    Args:
        comparison: What is compared.
        context: A plan of the client in the language to be printed.
        file: The paper written, named last; None without one.
    """
    say, words, console = ComparisonWords(context), context.words, make_console()
    if comparison.first.clinic_is_example or comparison.second.clinic_is_example:
        console.print(words("example.mark"), style="bold yellow")
    print_indented(console, client_line(words, context.plan.intake.client, context.plan.on), 0)
    for line in say.warnings(comparison):
        print_indented(console, f"[!] {line}", 0, style="bold red")
    console.print()
    for line in say.sides(comparison):
        print_indented(console, line, 0)
    parts = say.parts(comparison)
    print_indented(console, say.count(parts), 0)
    for part in parts:
        console.print()
        console.print(_table(console, context, part))
    console.print()
    print_indented(console, words("compare.note.neutral"), 0, style="dim")
    versions = dict.fromkeys((comparison.first.knowledge_version, comparison.second.knowledge_version))
    for version in versions:
        print_indented(console, words("foot.knowledge", version=version), 0, style="dim")
    if file is not None:
        console.print(words("terminal.files"), style="bold")
        console.print(f"  {file}", soft_wrap=True)


def _table(console: Console, context: PaperContext, part: ShownPart) -> Table:
    from rich.table import Table
    from rich.text import Text

    words = context.words
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", width=console.width)
    heads = (part.title, *(words(f"compare.letter.{one}") for one in ("first", "second")), words("compare.difference"))
    for head, share in zip(heads, _SHARES, strict=True):
        table.add_column(Text(head), ratio=share, overflow="fold")
    for where, rows in groupby(part.rows, key=lambda row: row.where):
        if where:
            table.add_row(Text(where, style="italic"))
        for row in rows:
            cells = (f"  {row.label}" if where else row.label, row.first, row.second, row.difference)
            table.add_row(*(Text(one) for one in cells), style="dim" if row.same else None)
    return table
