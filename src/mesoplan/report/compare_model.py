"""A value of a plan beside that of another, and the row that shows both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mesoplan.prescription.model import Basis

EQUAL = 1e-9
"""Numbers as near as this are the same: the rounding of binary fractions."""
Part = Literal[
    "verdict",
    "technique",
    "course",
    "cover",
    "volume",
    "price",
    "downtime",
    "settings",
    "limits",
    "quality",
]
Which = Literal["first", "second", "equal"]
Kind = Literal[
    "number",
    "limit",
    "money",
    "day",
    "words",
    "missing",
    "verdict",
    "technique",
    "zones",
    "product",
    "class",
    "device",
    "manner",
    "path",
]


@dataclass(frozen=True, slots=True)
class Value:
    """What one plan says in one row.

    Attributes:
        kind: "number" (with a spread where the plan holds one), "limit" (`number` is the margin, `low` what is planned,
            `high` the limit), "money" (`items` holds the exact amount, `unit` the currency), "day" (`items` holds it as
            YYYY-MM-DD), "words" (word keys), "missing" (word keys that say why there is no value), or of what kind the
            ids in `items` are.
        items: Ids, word keys, a day or an amount.
        number: The number, None where there is none or only its ends are known.
        low: Lower end of its spread or range.
        high: Upper end.
        unit: Unit of the number, currency of the amount.
        note: Word key of what the value means; values that mean something else have no difference.
        bases: Where the plan says it comes from.
    """

    kind: Kind
    items: tuple[str, ...] = ()
    number: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    note: str = ""
    bases: tuple[Basis, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is compared.

    Attributes:
        part: Part of the comparison.
        label: What it is: the key of its words is `compare.row.<label>`; of a limit its name.
        zones: Zones for which it holds alike, empty for the whole plan.
        subjects: What it is about besides: bans, or the name of a device's setting.
        first: What the first plan says.
        second: What the second plan says.
        same: Whether both say the same.
        difference: Second minus first, where both are numbers of one unit and meaning, amounts or days.
        nearer: Of limits: which plan's margin is smaller; None where only one of them has this limit.
    """

    part: Part
    label: str
    zones: tuple[str, ...]
    subjects: tuple[str, ...]
    first: Value
    second: Value
    same: bool
    difference: Value | None
    nearer: Which | None


def row(
    part: Part, label: str, first: Value, second: Value, zones: Iterable[str] = (), subjects: Iterable[str] = ()
) -> Row:
    """Return one row with what can be said of the difference."""
    same = _same(first, second)
    difference = None if same else _difference(first, second)
    return Row(part, label, tuple(zones), tuple(subjects), first, second, same, difference, _nearer(first, second))


def _same(first: Value, second: Value) -> bool:
    numbers = zip((first.number, first.low, first.high), (second.number, second.low, second.high), strict=True)
    alike = all(one == other or _near(one, other) for one, other in numbers)
    return alike and _rest(first) == _rest(second)


def _rest(value: Value) -> tuple[object, ...]:
    return (value.kind, value.items, value.unit, value.note)


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= EQUAL


def _difference(first: Value, second: Value) -> Value | None:
    """Return second minus first, None where the two cannot be subtracted."""
    if (first.kind, first.unit, first.note) != (second.kind, second.unit, second.note):
        return None
    if first.kind == "number" and first.number is not None and second.number is not None:
        return Value("number", number=second.number - first.number, unit=first.unit)
    if first.kind == "money":
        return Value("money", items=(str(Decimal(second.items[0]) - Decimal(first.items[0])),), unit=first.unit)
    if first.kind == "day":
        days = (date.fromisoformat(second.items[0]) - date.fromisoformat(first.items[0])).days
        return Value("number", number=float(days), unit="d")
    return None


def _nearer(first: Value, second: Value) -> Which | None:
    if first.kind != "limit" or second.kind != "limit" or first.unit != second.unit:
        return None
    if first.number is None or second.number is None:
        return None
    if _near(first.number, second.number):
        return "equal"
    return "first" if first.number < second.number else "second"
