"""Holds one row of the clinician's tables against a screener: the difference, in words, or nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

from mesoplan.knowledge.verdict import SEVERITY, Verdict
from screening.cases import BASELINE, KNOWLEDGE, ON, TECHNIQUES, checked, intake


def places(row, expectations):
    """Yield (technique, zone, expectation) for every cell the expectations speak of."""
    goals = row.get("goals", BASELINE["goals"])
    zones = list(dict.fromkeys(zone for goal in goals for name in goal["zones"] for zone in KNOWLEDGE.expand(name)))
    named = {expected["zone"] for expected in expectations}
    for expected in expectations:
        techniques = named_techniques(expected.get("technique", "all"))
        where = zones if expected["zone"] == "person" else [expected["zone"]]
        if expected["zone"] == "others":
            where = [zone for zone in zones if zone not in named]
        yield from ((*place, expected) for place in itertools.product(techniques, where or [None]))


def named_techniques(name):
    """Return the techniques that a row names: all, one, or those with a tag."""
    tagged = tuple(one.id for one in KNOWLEDGE.techniques.values() if name in one.tags)
    return TECHNIQUES if name == "all" else tagged or (name,)


def client_of(row, visit=None):
    """Return the row's client; a row without goals has none."""
    if row.get("goals") == []:
        return replace(intake(row["answers"], visit=visit), goals=())
    return intake(row["answers"], goals=row.get("goals"), visit=visit)


def single(screener, row, knowledge=KNOWLEDGE):
    """Return how a row of single answers differs from what the screener says, "" where it does not."""
    screening = screener.screen(client_of(row), ON)
    return _compare(screening, row, row["expect"])


def dated(screener, row):
    """Return how a dated row differs, "" where it does not; the answers are given anew on each day."""
    for on, group in itertools.groupby(checked(row), key=lambda pair: pair[0]):
        screening = screener.screen(client_of(row, visit=answered(row, on)), on)
        difference = _compare(screening, row, [expected for _, expected in group])
        if difference:
            return f"{on}: {difference}"
    return ""


def answered(row, on):
    """Return the day on which the answers are given: that very day, but never after an end that they state."""
    stated = row["answers"].get("breastfeeding_end", "unknown")
    return row.get("visit_date") or (on if stated == "unknown" else min(on, date.fromisoformat(stated)))


def proceeding(screener, client):
    """Return the cells that refuse a client who must proceed, "" where none does."""
    cells = {(cell.technique, cell.zone): cell for cell in screener.screen(client_of(client), ON).cells}
    for expected in client["proceeds"]:
        techniques = named_techniques(expected["technique"])
        for technique, name in itertools.product(techniques, expected["zones"]):
            for zone in KNOWLEDGE.expand(name):
                cell = cells[technique, zone]
                if not cell.may_treat:
                    return f"{technique} {zone}: {cell.headline} {cell.findings} {cell.missing}"
    return ""


def _compare(screening, row, expectations):
    cells = {(cell.technique, cell.zone): cell for cell in screening.cells}
    for technique, zone, expected in places(row, expectations):
        cell = cells[technique, zone]
        waits = [one.until for one in map(screening.finding, cell.findings) if one.verdict is Verdict.DEFER]
        seen = (
            f"{technique} {zone}: {cell.headline} {waits} {cell.eligible_from} {cell.findings} missing {cell.missing}"
        )
        if not _agrees(cell, waits, expected):
            return f"{row['says']}\n  expected {expected}\n  seen {seen}"
    return ""


def _agrees(cell, waits, expected):
    if cell.may_treat is not expected["may_treat"]:
        return False
    if not _fits(cell.headline, expected):
        return False
    if "provisional" in expected:
        day = None if expected["eligible_from"] is None else date.fromisoformat(expected["eligible_from"])
        if (cell.eligible_from, cell.provisional) != (day, expected["provisional"]):
            return False
    return _ends(waits, expected)


def _fits(headline, expected):
    """Return whether the headline is the expected one, or stricter where the table leaves that open."""
    if "verdict" not in expected:
        return True
    wanted = Verdict(expected["verdict"])
    return SEVERITY[headline] >= SEVERITY[wanted] if expected.get("or_stricter") else headline is wanted


def _ends(waits, expected):
    """Return whether the end of the longest deferral is the expected one."""
    until = expected["until"]
    if until == "any":
        return True
    if until == "none":
        return not waits or "verdict" not in expected or expected["verdict"] in ("PHYSICIAN", "CONTRAINDICATED")
    if until is None:
        return None in waits
    last = max((end for end in waits if end is not None), default=date.min)
    if "until_or_later" in expected:
        return last >= date.fromisoformat(until)
    return None not in waits and last == date.fromisoformat(until)
