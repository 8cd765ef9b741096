"""A second engine, slow and plain, that shares no code with the first: the oracle of the property tests.

It walks technique x zone x rule, re-evaluates everything each time, and finds the end of a window by looking at every
following day until the rule no longer holds.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from mesoplan.intake.model import Intake
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.load import Knowledge

ORDER = ["CLEARED", "CAUTION", "NEEDS_INFO", "DEFER", "PHYSICIAN", "CONTRAINDICATED"]
DAYS_LOOKED_AT = 1200


def later(start: date, quantity) -> date:
    """Return `start` plus the longer end of a duration."""
    amount = quantity.value if quantity.value is not None else quantity.max
    if quantity.unit in ("month", "a"):
        months = int(amount) * (12 if quantity.unit == "a" else 1)
        year, month = start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1
        last = date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, start.day) if start.day <= last.day else last + timedelta(days=1)
    hours = {"d": 24, "h": 1, "week": 168}[quantity.unit] * amount
    days = 0
    while days * 24 < hours:
        days += 1
    return start + timedelta(days=days)


def judge(condition, intake: Intake, knowledge: Knowledge, on: date, zone, gates=True):  # noqa: C901 one place, on purpose
    """Return "yes", "no" or "?"."""

    def answer(question):
        given = intake.answers.get(question)
        if given is None or given.state == "unknown":
            asked = knowledge.questions[question].applies_when
            if gates and asked is not None and judge(asked, intake, knowledge, on, None, gates=False) == "no":
                return "out"
            return None
        return given

    def sub(part):
        return judge(part, intake, knowledge, on, zone, gates)

    if isinstance(condition, c.All):
        results = [sub(part) for part in condition.all]
        return "no" if "no" in results else "?" if "?" in results else "yes"
    if isinstance(condition, c.Any_):
        results = [sub(part) for part in condition.any]
        return "yes" if "yes" in results else "?" if "?" in results else "no"
    if isinstance(condition, c.Not):
        return {"yes": "no", "no": "yes", "?": "?"}[sub(condition.not_)]
    if isinstance(condition, c.Goal):
        wished = [goal.indication for goal in intake.goals if zone is None or zone in goal.zones]
        return "yes" if any(one in condition.goal for one in wished) else "no"
    if isinstance(condition, c.Zone):
        return "yes" if any(zone in knowledge.expand(name) for name in condition.zone) else "no"
    if isinstance(condition, c.AgeBelow):
        born = answer("birth_date")
        if born is None:
            return "?"
        quantity = knowledge.facts[condition.age_below].resolution.quantity
        years = int(quantity.value if quantity.value is not None else quantity.max)
        return "yes" if years_lived(born.day, on) < years else "no"
    if isinstance(condition, c.Cycle):
        return _cycle(condition, answer, knowledge, on)
    question = next(
        getattr(condition, name)
        for name in ("answer", "here", "event", "until", "known", "around", "number", "named", "unrecognised")
        if hasattr(condition, name)
    )
    given = answer(question)
    if isinstance(condition, c.Known):
        return "yes" if given not in (None, "out") and (given.day or given.number) is not None else "no"
    if given == "out":
        return "no"
    if given is None:
        return "?"
    if isinstance(condition, (c.Named, c.Unrecognised)):
        return listed(condition, given, knowledge)
    return _simple(condition, given, knowledge, on, zone)


def listed(condition, given, knowledge):
    """Return whether a name of the list is meant; names are compared letter by letter, small ones."""
    if given.state != "yes":
        return "no"

    def names(one):
        return {one.id.lower(), *(name.lower() for name in (*one.name.values(), *one.synonyms))}

    entries = [entry.strip().lower() for entry in given.names]
    if isinstance(condition, c.Unrecognised):
        every = {name for one in knowledge.substances.values() for name in {*names(one), *one.classes}}
        return "yes" if any(entry not in every for entry in entries) else "no"
    meant = {
        name
        for one in knowledge.substances.values()
        if {one.id, *one.classes} & set(condition.of)
        for name in {*names(one), *(name for name in one.classes if name in condition.of)}
    }
    padded = [f" {''.join(letter if letter.isalnum() else ' ' for letter in entry)} " for entry in entries]
    inside = any(f" {name} " in entry for name in meant for entry in padded if len(name) > 3)
    return "yes" if inside or any(entry in meant for entry in entries) else "no"


def _simple(condition, given, knowledge, on, zone):
    if isinstance(condition, c.Answer):
        return "yes" if (given.code or given.state) in condition.is_ else "no"
    if isinstance(condition, c.Here):
        return "yes" if given.state == "yes" and (zone in given.zones or "anywhere" in given.zones) else "no"
    if isinstance(condition, c.Until):
        return "yes" if on < given.day else "no"
    if isinstance(condition, c.Around):
        before = knowledge.facts[condition.before].resolution.quantity.value if condition.before else 0
        after = later(given.day, knowledge.facts[condition.after].resolution.quantity)
        return "yes" if given.day - timedelta(days=before) <= on < after else "no"
    if isinstance(condition, c.Number):
        low = condition.below and given.number < knowledge.facts[condition.below].resolution.quantity.high
        high = condition.at_least and given.number >= knowledge.facts[condition.at_least].resolution.quantity.low
        return "yes" if low or high else "no"
    results = [_event(condition, event, knowledge, on, zone) for event in given.events]
    return "yes" if "yes" in results else "?" if "?" in results else "no"


def _event(condition, event, knowledge, on, zone):
    zonal = knowledge.questions[condition.event].zonal and not condition.anywhere
    if zonal and zone not in event.zones and "anywhere" not in event.zones:
        return "no"
    fits = "yes" if condition.kinds is None else "?" if event.kind is None else "yes"
    if condition.kinds is not None and event.kind is not None and event.kind not in condition.kinds:
        return "no"
    if condition.within is None:
        return fits
    if event.date is None:
        return "?"
    return fits if on < later(event.date, knowledge.facts[condition.within].resolution.quantity) else "no"


def _cycle(condition, answer, knowledge, on):
    start, regular = answer(condition.cycle_start), answer(condition.regular)
    length, bleeding = answer(condition.length), answer(condition.bleeding)
    if start == "out":
        return "no"
    if start is None:
        return "?"
    margin = int(knowledge.facts[condition.margin].resolution.quantity.value)
    known_bleeding = None if bleeding in (None, "out") else int(bleeding.number)

    def near(first):
        last = max(first + timedelta(days=margin), first + timedelta(days=(known_bleeding or 1) - 1))
        if first - timedelta(days=margin) <= on <= last:
            return "yes"
        return "?" if known_bleeding is None and on > last else "no"

    if regular in (None, "out"):
        return "yes" if near(start.day) == "yes" else "?"
    if regular.code == "no":
        return near(start.day)
    if length in (None, "out"):
        return "yes" if near(start.day) == "yes" else "?"
    firsts, first = [], start.day
    while first - timedelta(days=margin) <= on:
        firsts.append(near(first))
        first += timedelta(days=int(length.number))
    return "yes" if "yes" in firsts else "?" if "?" in firsts else "no"


def years_lived(born: date, on: date) -> int:
    """Return completed years, counted birthday by birthday."""
    years = 0
    while True:
        year = born.year + years + 1
        leapling = (born.month, born.day) == (2, 29) and not calendar.isleap(year)
        birthday = date(year, 3, 1) if leapling else date(year, born.month, born.day)
        if birthday > on:
            return years
        years += 1


def zonal(condition, knowledge) -> bool:
    """Return whether a condition speaks of zones."""
    if isinstance(condition, (c.All, c.Any_)):
        return any(
            zonal(part, knowledge) for part in (condition.all if isinstance(condition, c.All) else condition.any)
        )
    if isinstance(condition, c.Not):
        return zonal(condition.not_, knowledge)
    if isinstance(condition, c.Event):
        return knowledge.questions[condition.event].zonal and not condition.anywhere
    return isinstance(condition, (c.Here, c.Goal, c.Zone))


def cell(intake: Intake, knowledge: Knowledge, on: date, technique: str, zone: str) -> dict[str, tuple]:
    """Return rule id -> (verdict, until) of one technique in one zone."""
    found = {}
    tags = {*knowledge.techniques[technique].tags, "all"}
    for rule in knowledge.rules.values():
        if not tags & set(rule.applies_to):
            continue
        told = judge(rule.when, intake, knowledge, on, zone)
        if told == "?":
            found[rule.id] = ("NEEDS_INFO", None)
        elif told == "yes":
            until = None
            if rule.verdict == "DEFER" and not rule.undated:
                until = first_free_day(rule, intake, knowledge, on, zone)
            found[rule.id] = (str(rule.verdict), until)
    return found


def first_free_day(rule, intake, knowledge, on, zone):
    """Return the first following day on which the rule no longer holds; None if it holds on every day looked at."""
    for ahead in range(1, DAYS_LOOKED_AT):
        day = on + timedelta(days=ahead)
        if judge(rule.when, intake, knowledge, day, zone) != "yes":
            return day
    return None


def headline(verdicts) -> str:
    """Return the strictest of the verdicts."""
    return max(verdicts, key=ORDER.index, default="CLEARED")
