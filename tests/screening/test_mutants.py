"""Every rule is needed as it is: deleted, weakened by a step or re-dated by a day, the clinician's tables notice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from mesoplan.knowledge.check import check
from mesoplan.knowledge.conditions import AgeBelow, All, Any_, Around, Cycle, Event, Not
from mesoplan.knowledge.verdict import LADDER, SEVERITY, Verdict
from mesoplan.screening.conditions import questions_of
from mesoplan.screening.engine import Screener
from screening import rows
from screening.cases import DATED, MUST_PROCEED, ON, ORACLE, checked
from screening.test_oracle import ALWAYS_FRESH, SCREENER

CHECKS = [
    *((rows.single, row) for row in ORACLE["rows"]),
    *((rows.dated, row) for row in DATED["windows"]),
    *((rows.proceeding, row) for row in MUST_PROCEED["clients"]),
]


@cache
def rows_of() -> dict[str, list]:
    """Return rule id -> the checks in which it says something, or in which one of its questions is answered anew."""
    readers: dict[str, list[str]] = {}
    for rule in ALWAYS_FRESH.rules.values():
        for question in questions_of(rule.when):
            readers.setdefault(question, []).append(rule.id)
    found: dict[str, list] = {}
    for check_row, row in CHECKS:
        named = {name for question in row["answers"] for name in readers.get(question, ())}
        for on, client in visits(check_row, row):
            named |= {one.rule for one in SCREENER.screen(client, on).findings}
        for name in named:
            found.setdefault(name, []).append((check_row, row))
    return found


def visits(check, row):
    """Return the days and clients that a check screens."""
    if check is not rows.dated:
        return [(ON, rows.client_of(row))]
    days = sorted({day for day, _ in checked(row)})
    return [(on, rows.client_of(row, visit=rows.answered(row, on))) for on in days]


def noticed(mutant, checks) -> bool:
    screener = Screener(mutant)
    return any(check(screener, row) for check, row in checks)


def with_rule(rule):
    return replace(ALWAYS_FRESH, rules={**ALWAYS_FRESH.rules, rule.id: rule})


@pytest.mark.parametrize("name", ALWAYS_FRESH.rules)
def test_a_deleted_rule_is_noticed(name):
    mutant = replace(ALWAYS_FRESH, rules={key: rule for key, rule in ALWAYS_FRESH.rules.items() if key != name})
    if ALWAYS_FRESH.rules[name].verdict is Verdict.CLEARED:  # says that an answer is harmless: the linter misses it
        assert len(check(mutant)) > len(check(ALWAYS_FRESH)) or noticed(mutant, rows_of().get(name, []))
    else:
        assert noticed(mutant, rows_of().get(name, []))


@pytest.mark.parametrize("name", [name for name, rule in ALWAYS_FRESH.rules.items() if SEVERITY[rule.verdict]])
def test_a_rule_weakened_by_one_step_is_noticed(name):
    rule = ALWAYS_FRESH.rules[name]
    weaker = LADDER[LADDER.index(rule.verdict) - 1]
    assert noticed(with_rule(rule.model_copy(update={"verdict": weaker})), rows_of().get(name, []))


ENDING = [name for name, rule in ALWAYS_FRESH.rules.items() if rule.verdict is Verdict.DEFER and not rule.undated]


@pytest.mark.parametrize("name", ENDING)
def test_a_deferral_that_promises_or_hides_its_end_is_noticed(name):
    rule = ALWAYS_FRESH.rules[name]
    hidden = rule.model_copy(update={"undated": True})
    dated = any(screens_dated(name))
    assert noticed(with_rule(hidden), rows_of().get(name, [])) or not dated


def screens_dated(name):
    """Yield whether the rule carries an end in any of the tables' clients."""
    for check_, row in rows_of().get(name, []):
        for on, client in visits(check_, row):
            yield any(one.rule == name and one.until for one in SCREENER.screen(client, on).findings)


def facts_in(condition) -> set[str]:
    """Return the facts that give a condition its length."""
    match condition:
        case All(all=parts) | Any_(any=parts):
            return set().union(*map(facts_in, parts))
        case Not(not_=part):
            return facts_in(part)
        case Event(within=str(fact)) | Cycle(margin=fact) | AgeBelow(age_below=fact):
            return {fact}
        case Around(before=before, after=after):
            return {fact for fact in (before, after) if fact}
    return set()


DATED_RULES = [(name, fact) for name, rule in ALWAYS_FRESH.rules.items() for fact in sorted(facts_in(rule.when))]


def with_fact(condition, old, new):
    """Return the condition with one fact in another's place."""
    match condition:
        case All(all=parts):
            changes = {"all": tuple(with_fact(part, old, new) for part in parts)}
        case Any_(any=parts):
            changes = {"any": tuple(with_fact(part, old, new) for part in parts)}
        case Not(not_=part):
            changes = {"not_": with_fact(part, old, new)}
        case Event() | Cycle() | AgeBelow() | Around():
            changes = {key: new for key, value in condition if value == old}
        case _:
            changes = {}
    return condition.model_copy(update=changes)


@pytest.mark.parametrize(("name", "fact"), DATED_RULES)
@pytest.mark.parametrize("step", [-1, 1])
def test_a_rule_whose_length_is_off_by_one_is_noticed(name, fact, step):
    """One unit of the fact's own: a day, a month, a year of age; only this rule sees the changed fact."""
    original = ALWAYS_FRESH.facts[fact]
    quantity = original.resolution.quantity
    key = "value" if quantity.value is not None else "max"
    changed = quantity.model_copy(update={key: getattr(quantity, key) + step})
    resolution = original.resolution.model_copy(update={"quantity": changed})
    copy = original.model_copy(update={"id": "its.own", "resolution": resolution})
    rule = ALWAYS_FRESH.rules[name]
    redated = rule.model_copy(update={"when": with_fact(rule.when, fact, copy.id)})
    mutant = replace(with_rule(redated), facts={**ALWAYS_FRESH.facts, copy.id: copy})
    assert facts_in(redated.when) == facts_in(rule.when) - {fact} | {copy.id}
    assert noticed(mutant, rows_of().get(name, []))
