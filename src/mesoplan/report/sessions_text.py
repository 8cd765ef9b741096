"""How many sessions a wished cover takes, for the terminal: every way of laying them side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesoplan.report.screening_text import make_console, print_indented
from mesoplan.report.words import Words

if TYPE_CHECKING:
    from mesoplan.layout.lattice import Interleaving
    from mesoplan.layout.sessions import SessionsRow, SessionsTable

WAYS = ("equidistant", "equidistant_cover", "densest", "densest_cover")


def print_sessions(table: SessionsTable, words: Words, microzone_source: str, sigma_source: str) -> None:
    """Print the table, what the wished cover takes in each way, and where the numbers come from."""
    from rich.table import Table

    console = make_console()
    shared = {"fraction": words.percent(table.fraction), "cover": words.percent(table.wished)}
    console.print(words("sessions.title", **shared), style="bold")
    ways = WAYS if table.needs else ()
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for key in ("sessions.sessions", "sessions.added", "sessions.free_hand", *(f"sessions.{way}" for way in ways)):
        grid.add_column(words(key, sigma=words.number(table.sigma_mm, 3)), justify="right", overflow="fold")
    if ways:
        grid.add_column(words("sessions.distance"), justify="right", overflow="fold")
    for row in table.rows:
        grid.add_row(*_cells(table, row, words), style="bold" if row.sessions == table.free_hand_needs else None)
    console.print(grid)
    console.print()
    for line in needed_lines(table, words):
        print_indented(console, line, 0)
    console.print()
    for key in ("sessions.added_is_no_cover", *(["sessions.mark", "sessions.registration"] if ways else [])):
        print_indented(console, words(key), 0)
    size = {"diameter": words.number(table.diameter_mm, 3), "sigma": words.number(table.sigma_mm, 3)}
    print_indented(console, words("sessions.microzone", source=microzone_source, **size), 0, style="dim")
    if ways:
        print_indented(console, words("sessions.sigma", source=sigma_source, **size), 0, style="dim")


def needed_lines(table: SessionsTable, words: Words) -> list[str]:
    """Return a sentence for each way: how many sessions the wished cover takes."""
    ways = {"free_hand": table.free_hand_needs, **table.needs}
    return [
        words(f"sessions.needs.{way}", count=words("sessions.too_many") if count is None else count)
        for way, count in ways.items()
    ]


def _cells(table: SessionsTable, row: SessionsRow, words: Words) -> list[str]:
    added = words.percent(row.added) if row.added <= 1.0 else words("sessions.above_all")
    cells = [str(row.sessions), added, words.percent(row.free_hand, 1)]
    if row.equidistant is None or row.densest is None:
        return cells
    covers = (row.equidistant.cover, row.equidistant_cover or 0.0, row.densest.cover, row.densest_cover or 0.0)
    kinds = (row.equidistant, None, row.densest, None)
    cells += [_cover(cover, kind, words) for cover, kind in zip(covers, kinds, strict=True)]
    return [*cells, f"{words.number(row.equidistant.spacing_mm, 2)} / {words.number(row.densest.spacing_mm, 2)}"]


def _cover(cover: float, lattice: Interleaving | None, words: Words) -> str:
    mark = "" if lattice is None else f" {words(f'sessions.kind.{lattice.kind}')}"
    return f"{words.percent(cover, 1)}{mark}"
