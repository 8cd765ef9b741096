"""A comparison in words, the same for terminal and paper: parts with their rows, and what to know first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mesoplan.report.names import zone_order
from mesoplan.report.typeset import printable
from mesoplan.report.words import EN_DASH, NBSP, sentence, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mesoplan.report.compare import Comparison, Side
    from mesoplan.report.compare_model import Row, Value
    from mesoplan.report.context import PaperContext

MINUS = "\u2212"
_SAID = frozenset({"zones", "verdict", "technique", "class", "manner", "path", "words"})
"""Kinds whose values are words of the language; the others are numbers, days, and names that stand as they are."""
_DIGITS = {"volume_point": 4, "inserted": 1, "density": 0, "punctures": 0}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row in words.

    Attributes:
        where: Its zones, empty for the whole plan.
        label: What it is.
        first: What the first plan says.
        second: What the second plan says.
        difference: The difference of the two as they are printed.
        same: Whether both read the same; such rows may be shown less loudly.
        inside: What the first plan says, as it stands within a sentence.
    """

    where: str
    label: str
    first: str
    second: str
    difference: str
    same: bool
    inside: str


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part in words."""

    title: str
    rows: tuple[ShownRow, ...]


class ComparisonWords:
    """Says a comparison in one language."""

    def __init__(self, context: PaperContext) -> None:
        """Take names and words from a plan's context, whose language counts."""
        self.context = context
        self.words, self.names = context.words, context.names
        self._planned: set[str] = set()

    def parts(self, comparison: Comparison) -> list[ShownPart]:
        """Return the rows part by part; those that read the same but for their zones stand together."""
        found: dict[str, dict[object, Row]] = {}
        for row in comparison.rows:
            zones = "" if row.zones else id(row)
            key = (row.label, row.subjects, self.value(row.first, row.label), self.value(row.second, row.label), zones)
            part = found.setdefault(row.part, {})
            known = part.get(key)
            part[key] = row if known is None else replace(known, zones=(*known.zones, *row.zones))
        title = self.words.family("compare.part")
        self._planned = {zone for row in comparison.rows if row.part == "settings" for zone in row.zones}
        return [ShownPart(title[part], self._ordered(rows.values())) for part, rows in found.items()]

    def count(self, parts: Iterable[ShownPart]) -> str:
        """Return in how many of the shown rows the plans differ."""
        differing = sum(not row.same for part in parts for row in part.rows)
        return self.words.count("compare.differences", differing) if differing else self.words("compare.alike_all")

    def _ordered(self, rows: Iterable[Row]) -> tuple[ShownRow, ...]:
        """Return the rows in words, those of the same zones below one another: the whole plan first."""
        every = sorted(rows, key=lambda row: (bool(row.zones), -len(row.zones), self._where(row)))
        return tuple(self._row(row) for row in every)

    def _row(self, row: Row) -> ShownRow:
        first, second = self.value(row.first, row.label), self.value(row.second, row.label)
        same = row.same or first == second  # as far as it is printed
        difference = self.words("compare.same") if same else self._difference(row)
        inside = within(first) if row.first.kind in _SAID else first
        return ShownRow(self._where(row), self._label(row), first, second, difference, same, inside)

    def _where(self, row: Row) -> str:
        """Return the zones of a row in words, empty for the whole plan."""
        if not row.zones:
            return sentence(self.words("limits.session")) if row.part == "limits" else ""
        if set(row.zones) == self._planned:
            return self.words("compare.all_zones")
        return sentence(self.names.zones(zone_order(self.names.knowledge, row.zones)))

    def sides(self, comparison: Comparison) -> list[str]:
        """Return which plans they are, a line each; the knowledge is named where the two differ in it."""
        pairs = (("first", comparison.first), ("second", comparison.second))
        one_version = comparison.first.knowledge_version == comparison.second.knowledge_version
        return [self._side(side, self.words(f"compare.letter.{which}"), one_version) for which, side in pairs]

    def _side(self, side: Side, letter: str, one_version: bool) -> str:
        words = self.words
        named = [self._name(self.names.technique, one) for one in side.techniques]
        technique = sentence(", ".join(named) or words("compare.missing.nothing_planned"))
        clinic = printable(side.clinic) if side.clinic else words("clinic.none")
        knowledge = [] if one_version else [words("foot.knowledge", version=side.knowledge_version)]
        parts = (words.day(side.on), clinic, *knowledge, words("compare.file", sha=side.plan_sha256[:12]))
        line = words("compare.side", letter=letter, technique=technique, rest="; ".join(parts))
        return f"{line} {words('compare.provisional')}" if side.provisional else line

    def warnings(self, comparison: Comparison) -> list[str]:
        """Return what makes the two hard to compare, in sentences."""
        return [self.words(key) for key in comparison.warnings]

    def _label(self, row: Row) -> str:
        words = self.words
        key = f"limit.{row.label}" if row.part == "limits" else f"compare.row.{row.label}"
        label = words(key) if key in words else row.label
        if row.part == "downtime" and row.subjects:
            label = ", ".join(within(self._ban(one)) for one in row.subjects)
        elif row.subjects:
            label = ", ".join(self._fact(one) for one in row.subjects)
        return sentence(label)

    def _ban(self, ban: str) -> str:
        found = self.names.knowledge.bans.get(ban)
        return ban if found is None else self.words.text(found.title)

    def _fact(self, name: str) -> str:
        """Return what a setting is called; a plan names the settings of a device's manual by their number alone."""
        found = self.names.knowledge.facts.get(name)
        device, _, number = name.rpartition(":")
        if found is None and number.isdigit():
            return self.words("compare.device_setting", number=int(number) + 1, device=printable(device))
        return printable(name) if found is None else self.words.text(found.title)

    # -- values

    def value(self, value: Value, label: str = "") -> str:
        """Return what one plan says; what is missing begins with a dash and says why."""
        words = self.words
        if value.kind == "missing":
            return f"{EN_DASH} {'; '.join(self._said(one) for one in value.items)}"
        if value.kind == "limit":
            return self._limit(value)
        if value.kind == "number":
            text = self._number(value, label)
        elif value.kind == "money":
            text = words.money(value.items[0], value.unit)
        elif value.kind == "day":
            from datetime import date

            text = words.short_day(date.fromisoformat(value.items[0]))
        else:
            text = self._listed(value)
        plain = not value.note or value.note == "compare.note.footprint"
        return text if plain else f"{text} ({words(value.note)})"

    def _listed(self, value: Value) -> str:
        if value.kind == "zones":
            return sentence(self.names.zones(value.items))
        say: dict[str, Callable[[str], str]] = {
            "verdict": lambda one: self.words(f"verdict.{one}.short"),
            "technique": self.names.technique,
            "class": lambda one: self.words(f"class.{one}"),
            "manner": self._manner,
            "path": self._path,
            "words": self._said,
        }
        text = ", ".join(self._name(say.get(value.kind, printable), one) for one in value.items)
        return sentence(text) if value.kind in say else text  # an id or a name stands as it is written

    def _name(self, say: Callable[[str], str], one: str) -> str:
        """Return a name; an id that another edition of the knowledge had stands as it is."""
        try:
            return say(one)
        except KeyError:
            return printable(one)

    def _said(self, key: str) -> str:
        return self._name(self.context.said, key)

    def _manner(self, manner: str) -> str:
        techniques = self.names.knowledge.techniques
        found = (self.names.manner(one, manner) for one in techniques)
        return next((name for name in found if name), manner)

    def _path(self, path: str) -> str:
        every = (one for technique in self.names.knowledge.techniques.values() for one in technique.paths)
        return next((self.words.text(one.name) for one in every if one.id == path), path)

    def _number(self, value: Value, label: str) -> str:
        words, digits = self.words, _DIGITS.get(label, 2)
        if value.unit == "share" and value.number is not None and value.low is None:
            return words.percent(value.number, 1)
        if value.unit == "share" and value.number is not None:
            return f"{words.percent(value.number, 1)} ({words.percent_span(value.low or 0.0, value.high or 0.0)})"
        if value.note == "compare.note.footprint" and value.low is not None and value.high is not None:
            return (
                f"{words.number(value.low)}{NBSP}\u00d7{NBSP}{words.number(value.high)}{NBSP}{words.unit(value.unit)}"
            )
        if value.number is None:
            shown = words.span(value.low, value.high)
            return shown if value.unit == "1" else f"{shown}{NBSP}{words.unit(value.unit)}"
        if value.unit == "d":
            return words.count("count.days", value.number)
        if value.unit == "deg":
            return words("unit.degrees", value=words.number(value.number, 0))
        return words.measure(value.number, value.unit, digits)

    def _limit(self, value: Value) -> str:
        words, margin = self.words, value.number or 0.0
        key = "compare.limit.broken" if margin < 0 else "compare.limit.kept"
        planned, limit = words.number(value.low or 0.0), words.measure(value.high or 0.0, value.unit)
        text = words(key, planned=planned, limit=limit, margin=words.number(abs(margin)))
        return f"{text} ({words(value.note)})" if value.note else text

    # -- difference

    def _difference(self, row: Row) -> str:
        """Return how two values that read differently differ; of limits which printed margin is the smaller one."""
        words = self.words
        if row.nearer is not None:
            margins = {words.number(one.number or 0.0) for one in (row.first, row.second)}
            return words(f"compare.nearer.{row.nearer if len(margins) > 1 else 'equal'}")
        if (row.first.kind == "missing") != (row.second.kind == "missing"):
            which = "first" if row.second.kind == "missing" else "second"
            return words("compare.only", letter=words(f"compare.letter.{which}"))
        if row.difference is None:
            return words("compare.differs")
        return self._signed(row, row.difference)

    def _signed(self, row: Row, difference: Value) -> str:
        """Return a difference with its sign; of numbers that of the two as printed, so that the line adds up."""
        words = self.words
        if difference.kind == "money":
            shown = words.money(difference.items[0].lstrip("-"), difference.unit)
            return f"{MINUS if difference.items[0].startswith('-') else '+'}{shown}"
        percent = difference.unit == "share"
        digits = 1 if percent else 0 if difference.unit == "deg" else _DIGITS.get(row.label, 2)
        amount = difference.number or 0.0
        if row.first.number is not None and row.second.number is not None:
            first, second = (
                _rounded(one * (100 if percent else 1), digits) for one in (row.first.number, row.second.number)
            )
            amount = second - first
        sign, size = MINUS if amount < 0 else "+", abs(amount)
        if percent:
            return f"{sign}{words('compare.points', value=words.number(size, digits))}"
        if difference.unit == "d":
            return f"{sign}{words.count('count.days', size)}"
        if difference.unit == "deg":
            return f"{sign}{words('unit.degrees', value=words.number(size, digits))}"
        return f"{sign}{words.measure(size, difference.unit, digits)}"


def _rounded(value: float, digits: int) -> float:
    """Return a number as it is printed."""
    return float(round(Decimal(str(value)), digits))
