"""Writes the file to be filled in after a session: what was planned stands as a comment, what was done as `unknown`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mesoplan.record.model import NUMBERS, UNITS, PlannedSession, PlannedZone
from mesoplan.record.session_file import ANAESTHETIC, ANTISEPTIC, CARTRIDGE, ITEMS, PRODUCT, REACTIONS, SCHEMA

_TIMES = ("before_at", "after_at", "applied_at", "removed_at")
_DIGITS = 4


def session_template(planned: PlannedSession, number: int, words: Mapping[str, str]) -> str:
    """Return the file as text: it parses, and as it stands it says that nothing is known.

    Args:
        planned: The plan of the session.
        number: Number of the session.
        words: Words of one language, by key.
    """
    lines = [
        f"# {words['record.template.title'].format(number=number)}",
        *(f"# {line}" for line in words["record.template.how"].splitlines()),
        f"schema: {SCHEMA}",
        f"client: {_quoted(planned.client)}",
        f"session: {number}",
        f"date: unknown  # {words['record.template.day'].format(day=planned.on.isoformat())}",
        "practitioner: unknown",
        *_with_plan("device", planned.device, words),
        "cartridge:",
        *_with_plan("  id", planned.cartridge, words),
        *(f"  {key}: unknown" for key in CARTRIDGE[1:]),
        *_products(planned, words),
        "antiseptic:",
        *(_field(key) for key in ANTISEPTIC),
        "anaesthetic:",
        *(_field(key) for key in ANAESTHETIC),
        "zones:",
        *(line for zone in planned.zones for line in _zone(zone, words)),
        "endpoint: unknown",
        f"reactions: unknown  # [{', '.join(REACTIONS)}]",
        "stopped_early: unknown  # yes, no",
        f"deviations: []  # {words['record.template.deviations']}",
        f"#  - {{item: ..., zone: ..., reason: ...}}  # item: {', '.join(ITEMS)}",
        'notes: ""',
    ]
    return "\n".join(lines) + "\n"


def _zone(zone: PlannedZone, words: Mapping[str, str]) -> Iterator[str]:
    yield f"  - zone: {zone.zone}"
    yield "    delivered: unknown  # yes, part, no"
    yield f"    share: unknown  # {words['record.template.share']}"
    known = [name for name in NUMBERS if getattr(zone, name) is not None]
    if not known:
        yield "    minutes: unknown"
    for name in known:
        value = f"{round(getattr(zone, name), _DIGITS):g}"
        note = words["record.template.planned"].format(value=value, unit=_unit(name, words)).rstrip()
        yield f"    {name}: unknown  # {note}"
    yield '    remark: ""'


def _products(planned: PlannedSession, words: Mapping[str, str]) -> Iterator[str]:
    if not planned.products:
        yield f"products: []  # - {{{', '.join(f'{key}: ...' for key in PRODUCT)}}}"
        return
    yield f"products:  # {words['record.template.products']}"
    for product in planned.products:
        yield f"  - product: {_quoted(product)}"
        yield from (f"    {key}: unknown" for key in PRODUCT[1:])


def _field(key: str) -> str:
    note = '"HH:MM"' if key in _TIMES else "yes, no" if key == "used" else ""
    return f"  {key}: unknown{f'  # {note}' if note else ''}"


def _with_plan(key: str, planned: str | None, words: Mapping[str, str]) -> Iterator[str]:
    note = "" if planned is None else "  # " + words["record.template.planned"].format(value=planned, unit="").rstrip()
    yield f"{key}: unknown{note}"


def _unit(name: str, words: Mapping[str, str]) -> str:
    unit = UNITS[name]
    return "" if unit == "1" else words.get(f"unit.{unit}", unit)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
