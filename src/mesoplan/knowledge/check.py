"""The linter: faults that leave the knowledge readable, and yet wrong or incomplete.

What a file must be to be read at all is the loader's part; `check` asks whether the whole says what it should.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mesoplan.errors import Problem
from mesoplan.knowledge import conditions as c
from mesoplan.knowledge.base import Knowledge, convert
from mesoplan.knowledge.integrity import counted_words, plural_stem
from mesoplan.knowledge.inventory import Row, inventory_problems
from mesoplan.knowledge.model import Fact, Question
from mesoplan.knowledge.resolve import difference
from mesoplan.knowledge.rule_check import contradicts_itself, rule_problems

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CALENDAR = ("month", "a")
_READ = ("R", "R-data", "R2", "C", "M")
_STATUSES = {"popular article": ("article",), "project": ("P", "C", "M")}
"""Source kind -> statuses its claims may have; any other kind was read, computed from, or remembered."""


def check(knowledge: Knowledge, inventory: Iterable[Row] = ()) -> tuple[Problem, ...]:
    """Return every fault of a knowledge base that could be read; empty when it may be released.

    Looked at: resolutions against their claims, statuses against sources, rules (dead, duplicate, shadowed, verdicts
    that differ from their fact's, techniques without an explicit verdict), questions (unreachable, unread, answers that
    no rule maps), techniques without a consent, units where numbers are used, placeholders and plural forms in every
    language; with an inventory of the documents, every claim of theirs against it.
    """
    return (
        *(problem for fact in knowledge.facts.values() for problem in _fact(knowledge, fact)),
        *rule_problems(knowledge),
        *_questions(knowledge),
        *_empty_groups(knowledge),
        *_consents(knowledge),
        *_units(knowledge),
        *_placeholders(knowledge),
        *_plurals(knowledge),
        *(inventory_problems(knowledge, rows) if (rows := tuple(inventory)) else ()),
    )


def unused_facts(knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ids of facts that no other item names; stages may still read them by name, so this is no fault."""
    used = {rule.fact for rule in knowledge.rules.values()}
    for condition in _conditions(knowledge):
        used |= c.facts_in(condition)
    used |= {question.plausible for question in knowledge.questions.values() if question.plausible}
    for technique in knowledge.techniques.values():
        used |= {*technique.facts.values(), *technique.indications.values()}
        used |= {fact for manner in technique.manners for fact in manner.facts.values()}
        used |= {step.fact for step in technique.steps if step.fact}
        used |= {path.fact for path in technique.paths} | {reason.fact for reason in technique.choice}
        used |= {fact for one in technique.choice for fact in c.facts_in(one.when)}
    for indication in knowledge.indications.values():
        used |= {*indication.facts.values(), *indication.techniques.values()}
    used |= {fact for system in knowledge.systems.values() for fact in system.facts}
    for ban in knowledge.bans.values():
        used |= {fact for fact in (ban.before, ban.after) if fact}
    used |= set(_consent_facts(knowledge))
    for harm in knowledge.harms.values():
        used |= {harm.fact, harm.until or harm.fact}
    return tuple(fact for fact in knowledge.facts if fact not in used)


def _consent_facts(knowledge: Knowledge) -> Iterator[str]:
    for consent in knowledge.consents.values():
        extra = () if consent.about_risks is None else (consent.about_risks,)
        for one in (*consent.techniques, *consent.cannot, *consent.instead, *consent.duties, *extra):
            if one.fact is not None:
                yield one.fact


def _conditions(knowledge: Knowledge) -> Iterator[c.Condition]:
    yield from (rule.when for rule in knowledge.rules.values())
    yield from (one.applies_when for one in knowledge.questions.values() if one.applies_when is not None)


# -- facts


def _fact(knowledge: Knowledge, fact: Fact) -> Iterator[Problem]:
    differs = difference(fact)
    if differs is not None:
        place = knowledge.places.of("facts", fact.id, ("resolution",))
        message = (
            f"the resolution states {differs[0]}, but `{fact.resolution.method}` over its claims gives {differs[1]}"
        )
        yield Problem(place, fact.id, message, "Correct the resolution, its method, or the claims.")
    marketing = {claim.id for claim in fact.claims if claim.marketing}
    if fact.resolution.claim in marketing or marketing & set(fact.resolution.among):
        place = knowledge.places.of("facts", fact.id, ("resolution", "claim"))
        remedy = "Let another claim decide: what only sells never does."
        yield Problem(place, str(fact.resolution.claim), "a marketing claim decides", remedy)
    for number, claim in enumerate(fact.claims):
        source = knowledge.sources.get(claim.source)
        if source is None:
            continue
        allowed = _STATUSES.get(source.kind, _READ)
        if claim.status not in allowed:
            place = knowledge.places.of("facts", fact.id, ("claims", number, "status"))
            message = f"the status does not fit a source of kind {source.kind}"
            yield Problem(place, claim.status, message, f"Use {' or '.join(allowed)}.")


# -- questions


def _questions(knowledge: Knowledge) -> Iterator[Problem]:
    read = {question for condition in _conditions(knowledge) for question in c.questions_in(condition)}
    for question in knowledge.questions.values():
        yield from _reachable(knowledge, question)
        if question.id not in read and not question.used_by:
            place = knowledge.places.of("questions", question.id)
            remedy = "Write the rule that reads it, name the stage under `used_by:`, or remove the question."
            yield Problem(place, question.id, "nothing reads this question's answer", remedy)
        yield from _unmapped(knowledge, question)


def _reachable(knowledge: Knowledge, question: Question) -> Iterator[Problem]:
    """Yield a problem when a question can never be asked, or is asked before the answer that opens it."""
    if question.applies_when is None:
        return
    path = ("applies_when",)
    if contradicts_itself(knowledge, question.applies_when):
        place = knowledge.places.of("questions", question.id, path)
        message = "this question is unreachable: its condition never holds"
        yield Problem(place, question.id, message, "Correct `applies_when:`.")
    order = list(knowledge.questions)
    for other in sorted(c.questions_in(question.applies_when)):
        if other in order and order.index(other) >= order.index(question.id):
            place = knowledge.places.of("questions", question.id, path)
            remedy = "Put it behind that question, in the file or by its group."
            yield Problem(place, other, "this question is asked before the answer that opens it", remedy)


def _unmapped(knowledge: Knowledge, question: Question) -> Iterator[Problem]:
    """Yield every answer that no rule names and that is not the safe one, of questions that rules read."""
    parts = [part for rule in knowledge.rules.values() for part in c.walk(rule.when)]
    if question.kind == "events":
        events = [part for part in parts if isinstance(part, c.Event) and part.event == question.id]
        answers = [
            part for part in parts if isinstance(part, c.Answer | c.Here) and question.id in c.questions_in(part)
        ]
        if answers or not events or any(event.kinds is None for event in events):
            return
        named = {code for event in events for code in event.kinds or ()}
        open_codes = [choice.code for choice in question.choices]
    elif question.kind in ("yes_no", "choice"):
        named = {
            code for part in parts if isinstance(part, c.Answer) and part.answer == question.id for code in part.is_
        }
        codes = question.order or (("no", "yes") if question.kind == "yes_no" else ())
        codes = codes or tuple(choice.code for choice in question.choices)
        open_codes = list(codes[1:]) if named else []
    else:
        return
    for code in open_codes:
        if code not in named:
            place = knowledge.places.of("questions", question.id)
            remedy = "Name it in a rule; a rule of verdict CLEARED says that it is harmless."
            yield Problem(place, code, f"no rule says what `{code}` means", remedy)


def _empty_groups(knowledge: Knowledge) -> Iterator[Problem]:
    used = {question.group for question in knowledge.questions.values()}
    for group in knowledge.groups:
        if group not in used:
            place = knowledge.places.of("groups", group)
            yield Problem(place, group, "no question stands under this heading", "Remove it, or move questions there.")


def _consents(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield every technique for which there is nothing to sign."""
    for technique in knowledge.techniques:
        if knowledge.consent_for(technique) is None:
            place = knowledge.places.of("techniques", technique)
            remedy = "Name it under `techniques:` of a consent, or write one with its version."
            yield Problem(place, technique, "no consent covers this technique", remedy)


# -- numbers


def _units(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield every fact whose number is used in a unit that it cannot be converted to."""
    for rule in knowledge.rules.values():
        for part in c.walk(rule.when):
            for key in ("within", "before", "after", "margin"):
                yield from _unit(knowledge, getattr(part, key, None), ("d", *_CALENDAR), f"rule {rule.id}")
            if isinstance(part, c.AgeBelow):
                yield from _unit(knowledge, part.age_below, ("a",), f"rule {rule.id}")
            if isinstance(part, c.Number):
                asked = knowledge.questions.get(part.number)
                for fact in (part.below, part.at_least):
                    yield from _unit(knowledge, fact, (asked.unit if asked else None,), f"rule {rule.id}")
    for question in knowledge.questions.values():
        yield from _unit(knowledge, question.plausible, (question.unit,), f"question {question.id}")
    for ban in knowledge.bans.values():
        for fact in (ban.before, ban.after):
            yield from _unit(knowledge, fact, ("d", *_CALENDAR), f"ban {ban.id}")
    for harm in knowledge.harms.values():
        yield from _unit(knowledge, harm.until, ("d", *_CALENDAR), f"harm {harm.id}")


def _unit(knowledge: Knowledge, fact_id: str | None, units: Sequence[str | None], user: str) -> Iterator[Problem]:
    """Yield a problem when the fact's number converts to none of the units; having one is the loader's part."""
    fact = knowledge.facts.get(fact_id or "")
    quantity = fact.resolution.quantity if fact is not None else None
    if fact is None or quantity is None or any(_converts(quantity.unit, unit) for unit in units):
        return
    place = knowledge.places.of("facts", fact.id, ("resolution", "quantity", "unit"))
    wanted = " or ".join(unit or "no unit" for unit in units)
    yield Problem(place, quantity.unit, f"{user} cannot use this unit", f"State the number in {wanted}.")


def _converts(unit: str, to: str | None) -> bool:
    if to is None:
        return False
    try:
        convert(1.0, unit, to)
    except ValueError:
        return False
    return True


# -- words


def _placeholders(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield the words whose `{placeholders}` are not the same in every language."""
    counted = counted_words(knowledge.catalogue)
    first = knowledge.catalogue.get(knowledge.languages[0], {})
    for language in knowledge.languages[1:]:
        for key, text in knowledge.catalogue.get(language, {}).items():
            if plural_stem(key, counted) != key and key not in first:
                continue  # a category that only this language has
            wanted, given = set(_PLACEHOLDER.findall(first.get(key, text))), set(_PLACEHOLDER.findall(text))
            if wanted != given:
                shown = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
                place = knowledge.places.of(f"words:{language}", key)
                message = f"the placeholders in `{language}` differ from those in `{knowledge.languages[0]}`"
                yield Problem(place, text, message, f"Use exactly: {shown}.")


def _plurals(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield the words that are counted and lack a plural category of their language."""
    from babel import Locale

    counted = counted_words(knowledge.catalogue)
    for language in knowledge.languages:
        words = knowledge.catalogue.get(language, {})
        for stem in sorted(counted):
            for category in sorted({*Locale.parse(language).plural_form.tags, "other"}):
                if f"{stem}.{category}" not in words:
                    present = next((key for key in words if plural_stem(key, counted) == stem), stem)
                    message = f"the plural category `{category}` of `{language}` is missing"
                    place = knowledge.places.of(f"words:{language}", present)
                    yield Problem(place, stem, message, f"Add `{stem}.{category}` to the words of `{language}`.")
