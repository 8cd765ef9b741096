"""A screening for the terminal: the verdict first, then each technique and zone, the findings, and what to ask."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.report.findings import SYMBOLS, FindingWords, Group, cautions, grouped, standing
from mesoplan.report.names import client_line, zone_order
from mesoplan.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from rich.console import Console

    from mesoplan.intake.model import Intake
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.screening.model import Cell, Screening

WIDTH = 100
_SIGN = re.compile(r"\[.\] |- ")
COLOURS: dict[Verdict, str] = {
    Verdict.CLEARED: "green",
    Verdict.CAUTION: "green",
    Verdict.NEEDS_INFO: "cyan",
    Verdict.DEFER: "yellow",
    Verdict.PHYSICIAN: "magenta",
    Verdict.CONTRAINDICATED: "red",
}


def make_console() -> Console:
    """Return the output, at most 100 columns wide; colours only where a terminal has them and NO_COLOR is unset.

    Into a file or a pipe it writes 100 columns.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


def print_screening(screening: Screening, intake: Intake, knowledge: Knowledge, language: str) -> None:
    """Print a screening to the terminal, in at most 100 columns, readable without colour."""
    words = Words(knowledge, language)
    say = FindingWords(knowledge, words)
    console = make_console()
    print_indented(console, client_line(words, intake.client, screening.on), 0)
    verdict = shown_verdict(screening)
    print_verdict(console, verdict, headline(words, screening), words(f"verdict.{verdict.value}.meaning"))
    console.print(words("terminal.screened", day=words.day(screening.on), until=words.day(screening.valid_until)))
    console.print()
    _print_cells(console, say, screening)
    groups = grouped(screening.findings)
    print_findings(console, say, [*standing(groups, knowledge), *cautions(groups)], intake)
    print_questions(console, say, screening.missing, intake)
    print_indented(console, words("terminal.knowledge", version=screening.knowledge_version), 0, style="dim")


class Headed(Protocol):
    """What a headline is written from: a screening, or what was kept of one."""

    @property
    def headline(self) -> Verdict:
        """The mildest cell's headline."""

    @property
    def may_treat(self) -> bool:
        """Whether anything may be treated on its day."""

    @property
    def eligible_from(self) -> date | None:
        """The first day on which something may be, None where no day is known."""


def shown_verdict(screening: Headed) -> Verdict:
    """Return the headline to be shown: a mild one counts as NEEDS_INFO while an answer is missing beside it."""
    mild = screening.headline in TREATABLE and not screening.may_treat
    return Verdict.NEEDS_INFO if mild else screening.headline


def headline(words: Words, screening: Headed) -> str:
    """Return the headline verdict in words, with its date where it has one."""
    verdict = shown_verdict(screening)
    if verdict is not Verdict.DEFER:
        return words(f"verdict.{verdict.value}.headline")
    if screening.eligible_from is None:
        return words("verdict.DEFER.undated.headline")
    return words("verdict.DEFER.dated.headline", day=words.day(screening.eligible_from))


def print_verdict(console: Console, verdict: Verdict, text: str, meaning: str) -> None:
    """Print the headline with its sign, then what it means."""
    console.print()
    console.print(f"[{SYMBOLS[verdict]}] {text}", style=f"bold {COLOURS[verdict]}")
    print_indented(console, meaning, 0)


def _print_cells(console: Console, say: FindingWords, screening: Screening) -> None:
    words = say.words
    by_technique: dict[str, list[Cell]] = {}
    for cell in screening.cells:
        by_technique.setdefault(cell.technique, []).append(cell)
    for technique, cells in by_technique.items():
        console.print(sentence(say.names.technique(technique)), style="bold")
        same: dict[tuple[str, str], list[str]] = {}
        for cell in cells:
            status = words(f"verdict.{cell.headline.value}.short")
            day = cell.eligible_from
            if cell.may_treat:
                status, from_day = words("status.treat"), ""
            elif day is not None and day > screening.on:
                key = "terminal.from_provisional" if cell.provisional else "terminal.from"
                from_day = words(key, day=words.day(day))
            else:
                from_day = ""
            same.setdefault((f"[{SYMBOLS[cell.headline]}] {status}", from_day), []).append(cell.zone or "")
        for (status, from_day), zones in same.items():
            named = say.names.zones(zone_order(say.knowledge, [one for one in zones if one]))
            print_indented(console, f"{status}: {named or words('client.no_goals')}{from_day}", 2)
    console.print()


def print_findings(
    console: Console, say: FindingWords, groups: Iterable[Group], intake: Intake, *, short: bool = False
) -> None:
    """Print each finding with its end, next step, answers, sources and choice; `short` leaves cautions at the step."""
    words, shown = say.words, list(groups)
    if not shown:
        return
    console.print(words("terminal.findings"), style="bold")
    for group in shown:
        finding = group.first
        where = f" ({say.names.zones(group.zones)})" if group.zones else ""
        badge = f"[{SYMBOLS[group.verdict]}] {words(f'verdict.{group.verdict.value}.short')}"
        text = sentence(say.says(finding)).rstrip(".")
        print_indented(console, f"{badge}: {text}{where}.", 2, style=COLOURS[group.verdict])
        lines = [say.until(group), say.next_step(finding, intake)]
        if not (short and group.verdict is Verdict.CAUTION):
            lines += [
                words("basis.answer", question=say.names.question(one), answer=say.answer(one, intake))
                for one in finding.questions
                if one in say.knowledge.questions
            ]
            lines.append(_sources(say, finding.fact))
        for line in lines:
            if line:
                print_indented(console, line, 6)
        if not (short and group.verdict is Verdict.CAUTION) and finding.fact in say.knowledge.facts:
            console.print(f"      {words('terminal.more', fact=finding.fact)}", soft_wrap=True)  # to be copied whole
    console.print()


def _sources(say: FindingWords, fact_id: str) -> str:
    """Return each source's reading in short, and the choice."""
    fact = say.knowledge.facts.get(fact_id)
    if fact is None:
        return ""
    readings: dict[str, list[str]] = {}
    for claim in fact.claims:
        read = say.claim(claim)
        what = ", ".join(part for part in (read["kind"], read["reading"]) if part)
        named = readings.setdefault(what, [])
        named += [read["source"]] if read["source"] not in named else []
    sources = "; ".join(f"{', '.join(named)} ({what})" for what, named in readings.items())
    return say.words("terminal.sources", sources=sources, choice=say.choice(fact))


def print_questions(console: Console, say: FindingWords, missing: Iterable[str], intake: Intake) -> None:
    """Print the questions still to ask, with their ids, and with what was answered where a part is missing."""
    names = list(missing)
    if not names:
        return
    console.print(say.words.count("terminal.ask", len(names)), style="bold")
    for name in names:
        print_indented(console, f"[ ] {say.asked(name, intake)} ({name})", 2)
    console.print()


def print_indented(console: Console, text: str, by: int, style: str = "", hang: int | None = None) -> None:
    """Print a text wrapped to the terminal's width, without trailing blanks.

    Args:
        console: Where to.
        text: One paragraph.
        by: Blanks before every line.
        style: Style of all lines.
        hang: Further blanks before all lines but the first; None: the width of the sign or dash the text begins with.
    """
    import textwrap

    sign = _SIGN.match(text)
    further = hang if hang is not None else sign.end() if sign else 0
    filled = textwrap.wrap(
        text,
        console.width,
        initial_indent=" " * by,
        subsequent_indent=" " * (by + further),
        break_on_hyphens=False,
    )
    console.print("\n".join(filled), style=style, soft_wrap=True)
