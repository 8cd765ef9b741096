"""The terminal's table of a rehearsal: what an assumed hand makes of the settings, beside what the plan expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mesoplan.report.names import Names
from mesoplan.report.screening_text import make_console, print_indented
from mesoplan.report.words import Words, sentence

if TYPE_CHECKING:
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.layout.simulation import Simulated
    from mesoplan.plan import Plan

_KEYS = ("zone", "planned", "cover", "range", "twice", "densest")
_HAND = ("hand.direction", "hand.tilt", "hand.line", "hand.turn")


def print_rehearsal(plan: Plan, knowledge: Knowledge, found: Mapping[str, Simulated]) -> None:
    """Print for each zone the planned and the simulated cover, its range, and where punctures crowd."""
    from rich.table import Table
    from rich.text import Text

    words = Words(knowledge, plan.language)
    console, names = make_console(), Names(knowledge, words)
    console.print(words("rehearsal.title"), style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for key in _KEYS:
        table.add_column(Text(words(f"rehearsal.head.{key}")))
    for zone in plan.prescription.zones:
        if (one := found.get(zone.zone)) is not None:
            table.add_row(
                sentence(names.zone(zone.zone)),
                words.percent(one.random_cover),
                words.percent(one.cover),
                f"{words.span(one.low * 100, one.high * 100, 0)}",
                words.percent(1.0 - one.hits[0] - one.hits[1]),
                words.number(one.densest_cm2, 0),
            )
    console.print(table)
    some = next(iter(found.values()))
    facts = ", ".join(_HAND)
    print_indented(console, words("rehearsal.note", runs=some.runs, seed=some.seed, facts=facts), 0)
