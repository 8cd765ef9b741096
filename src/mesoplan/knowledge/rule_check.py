"""The linter's part about rules: what never fires, what says the same twice, what says nothing about a technique."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from mesoplan.errors import Problem
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Rule
from mesoplan.knowledge.verdict import SEVERITY, Verdict

_DATED = (c.Until, c.Around, c.Cycle, c.AgeBelow)


def rule_problems(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield dead, duplicate, shadowed and contradictory rules, and cells of technique x rule without a verdict."""
    rules = tuple(knowledge.rules.values())
    for rule in rules:
        yield from _dead(knowledge, rule)
        yield from _fact_verdict(knowledge, rule)
        yield from _asks_nobody(knowledge, rule)
        yield from _dates(knowledge, rule)
    alive = tuple(rule for rule in rules if not contradicts_itself(knowledge, rule.when))
    for number, rule in enumerate(alive):
        for other in alive[number + 1 :]:
            yield from _pair(knowledge, rule, other)
    yield from _cells(knowledge, alive)
    yield from _other_tags(knowledge)


# -- one rule


def _dead(knowledge: Knowledge, rule: Rule) -> Iterator[Problem]:
    if contradicts_itself(knowledge, rule.when):
        place = knowledge.places.of("rules", rule.id, ("when",))
        yield Problem(
            place, rule.id, "dead rule: its condition never holds", "Correct the condition, or remove the rule."
        )
    tags = {tag for technique in knowledge.techniques.values() for tag in technique.tags}
    yield from _unknown_tags(knowledge, "rules", rule.id, rule.applies_to, tags, "applies_to")
    if rule.verdict is Verdict.CLEARED and "all" in rule.applies_to and _is_alone(knowledge, rule):
        place = knowledge.places.of("rules", rule.id, ("verdict",))
        remedy = "Remove it, or name the techniques it clears beside the rule that stops others."
        yield Problem(place, rule.id, "a rule that clears everything says nothing", remedy)


def _is_alone(knowledge: Knowledge, rule: Rule) -> bool:
    """Return whether a CLEARED rule maps no answer that would otherwise be left without a rule."""
    return not any(isinstance(part, c.Answer | c.Event) for part in c.walk(rule.when))


def _unknown_tags(
    knowledge: Knowledge, kind: str, item_id: str, named: Sequence[str], known: set[str], key: str
) -> Iterator[Problem]:
    if not knowledge.techniques:
        return
    for number, tag in enumerate(named):
        if tag != "all" and tag not in known:
            place = knowledge.places.of(kind, item_id, (key, number))
            remedy = f"Use one of all, {', '.join(sorted(known))}."
            yield Problem(place, tag, "no technique has this tag, so it never applies", remedy)


def _other_tags(knowledge: Knowledge) -> Iterator[Problem]:
    known = {tag for technique in knowledge.techniques.values() for tag in (technique.id, *technique.tags)}
    for ban in knowledge.bans.values():
        yield from _unknown_tags(knowledge, "bans", ban.id, ban.applies_to, known, "applies_to")
    for harm in knowledge.harms.values():
        yield from _unknown_tags(knowledge, "harms", harm.id, harm.techniques, known, "techniques")


def _fact_verdict(knowledge: Knowledge, rule: Rule) -> Iterator[Problem]:
    """Yield a problem when the rule's verdict is not the one that its fact's claims resolve to."""
    fact = knowledge.facts.get(rule.fact)
    resolved = fact.resolution.verdict if fact is not None else None
    if resolved is not None and resolved is not rule.verdict:
        place = knowledge.places.of("rules", rule.id, ("verdict",))
        message = f"the fact {rule.fact} resolves to {resolved}"
        remedy = "Give the rule the fact's verdict, or rest it on a fact of its own."
        yield Problem(place, rule.verdict, message, remedy)


def _asks_nobody(knowledge: Knowledge, rule: Rule) -> Iterator[Problem]:
    """Yield a problem when a rule asks a doctor although no doctor decides on it."""
    if rule.doctor is not None and rule.verdict is not Verdict.PHYSICIAN:
        place = knowledge.places.of("rules", rule.id, ("doctor",))
        message = "this question to a doctor is never asked: no doctor decides on this rule"
        yield Problem(place, rule.id, message, "Remove `doctor:`, or give the rule the verdict PHYSICIAN.")
    if rule.refer is not None and rule.verdict is not Verdict.CONTRAINDICATED:
        place = knowledge.places.of("rules", rule.id, ("refer",))
        message = "this rule refuses nobody, so it sends nobody to a doctor for the client's own sake"
        yield Problem(place, rule.id, message, "Remove `refer:`, or use `doctor:` where a doctor decides.")


def _dates(knowledge: Knowledge, rule: Rule) -> Iterator[Problem]:
    dated = any(isinstance(part, _DATED) or getattr(part, "within", None) is not None for part in c.walk(rule.when))
    if rule.verdict is Verdict.DEFER and not dated and not rule.undated:
        place = knowledge.places.of("rules", rule.id, ("undated",))
        message = "this rule defers, and nothing gives an end date"
        yield Problem(place, rule.id, message, "Add `undated: true`, or a condition with a length or an end.")
    if rule.undated and rule.verdict is not Verdict.DEFER:
        place = knowledge.places.of("rules", rule.id, ("undated",))
        yield Problem(place, rule.verdict, "only a rule that defers can be undated", "Remove `undated:`.")


# -- two rules


def _pair(knowledge: Knowledge, first: Rule, second: Rule) -> Iterator[Problem]:
    """Yield one problem when of two rules that fire together one says nothing of its own."""
    if not _overlap(first, second):
        return
    forth, back = implies(first.when, second.when), implies(second.when, first.when)
    if forth and back:
        same = first.verdict is second.verdict
        message = f"duplicate of the rule {first.id}" if same else f"contradicts the rule {first.id}: {first.verdict}"
        remedy = "Keep one of them." if same else "Decide for one verdict: the same condition has two."
        yield Problem(knowledge.places.of("rules", second.id), second.id, message, remedy)
    elif forth or back:
        inner, outer = (first, second) if forth else (second, first)
        if _adds_nothing(inner, outer):
            message = f"shadowed: wherever it fires, {outer.id} says at least as much"
            place = knowledge.places.of("rules", inner.id)
            yield Problem(place, inner.id, message, "Remove it, make it stricter, or narrow the other rule.")


def _overlap(first: Rule, second: Rule) -> bool:
    """Return whether some technique may meet both rules; of different tags, both may still meet."""
    return bool({"all"} & {*first.applies_to, *second.applies_to} or set(first.applies_to) & set(second.applies_to))


def _adds_nothing(inner: Rule, outer: Rule) -> bool:
    if not ("all" in outer.applies_to or set(inner.applies_to) <= set(outer.applies_to)):
        return False
    if inner.verdict is outer.verdict:
        return inner.undated == outer.undated
    # a date and a doctor's decision are lifted each in its own way, so neither makes the other superfluous
    liftable = inner.verdict in (Verdict.DEFER, Verdict.PHYSICIAN)
    return not liftable and SEVERITY[inner.verdict] < SEVERITY[outer.verdict]


def implies(first: c.Condition, second: c.Condition) -> bool:
    """Return whether the second condition surely holds wherever the first does; False where that cannot be seen."""
    if first == second:
        return True
    match first, second:
        case c.Any_(any=parts), _:
            return all(implies(part, second) for part in parts)
        case _, c.All(all=parts):
            return all(implies(first, part) for part in parts)
        case _, c.Any_(any=parts) if any(implies(first, part) for part in parts):
            return True
        case c.All(all=parts), _:
            return any(implies(part, second) for part in parts)
        case c.Answer(), c.Answer():
            return first.answer == second.answer and set(first.is_) <= set(second.is_)
        case c.Event(), c.Event():
            narrower = second.kinds is None or (first.kinds is not None and set(first.kinds) <= set(second.kinds))
            same = (first.event, first.anywhere) == (second.event, second.anywhere)
            return same and narrower and second.within in (None, first.within)
        case c.Zone(), c.Zone():
            return set(first.zone) <= set(second.zone)
        case c.Goal(), c.Goal():
            return set(first.goal) <= set(second.goal)
        case c.Not(not_=a), c.Not(not_=b):
            return implies(b, a)
    return False


def contradicts_itself(knowledge: Knowledge, condition: c.Condition) -> bool:
    """Return whether a condition can be seen never to hold: two answers at once, a thing and its opposite."""
    match condition:
        case c.Any_(any=parts):
            return all(contradicts_itself(knowledge, part) for part in parts)
        case c.All(all=parts):
            flat = tuple(_conjuncts(condition))
            return (
                any(contradicts_itself(knowledge, part) for part in parts)
                or any(isinstance(one, c.Not) and implies(other, one.not_) for one in flat for other in flat)
                or any(_two_answers(one, other) for one in flat for other in flat)
            )
        case c.Zone(zone=names):
            return not any(_expands(knowledge, name) for name in names)
    return False


def _conjuncts(condition: c.Condition) -> Iterator[c.Condition]:
    if isinstance(condition, c.All):
        for part in condition.all:
            yield from _conjuncts(part)
    else:
        yield condition


def _two_answers(first: c.Condition, second: c.Condition) -> bool:
    """Return whether two conditions ask for different answers to one question."""
    if isinstance(first, c.Answer) and isinstance(second, c.Answer):
        return first.answer == second.answer and not set(first.is_) & set(second.is_)
    return False


def _expands(knowledge: Knowledge, name: str) -> bool:
    try:
        return bool(knowledge.expand(name))
    except KeyError:
        return True  # reported by the loader


def _expanded(knowledge: Knowledge, name: str) -> tuple[str, ...]:
    try:
        return knowledge.expand(name)
    except KeyError:
        return ()  # reported by the loader


# -- technique x rule


def _cells(knowledge: Knowledge, rules: Sequence[Rule]) -> Iterator[Problem]:
    """Yield every technique for which a concept that distinguishes techniques states no verdict.

    A concept is a condition; a condition that is nothing but zones is one concept for each zone.
    """
    concepts: dict[str, list[Rule]] = {}
    for rule in rules:
        for concept in _concepts(knowledge, rule):
            concepts.setdefault(concept, []).append(rule)
    for concept, stating in concepts.items():
        stated = {tag for rule in stating for tag in rule.applies_to}
        for technique in knowledge.techniques.values():
            if not stated & {"all", *technique.tags}:
                place = knowledge.places.of("rules", stating[0].id, ("applies_to",))
                message = f"no explicit verdict for the technique {technique.id}"
                remedy = (
                    "Add a rule with the same condition for its tags; CLEARED, with its fact, where it is harmless."
                )
                yield Problem(place, concept, message, remedy)


def _concepts(knowledge: Knowledge, rule: Rule) -> tuple[str, ...]:
    if isinstance(rule.when, c.Zone):
        zones = (zone for name in rule.when.zone for zone in _expanded(knowledge, name))
        return tuple(dict.fromkeys(knowledge.zone_of(zone)[0].id for zone in zones))
    return (json.dumps(rule.when.model_dump(by_alias=True, exclude_none=True), sort_keys=True),)
