"""Compiles the typed conditions of the knowledge into plain closures; every number comes from a fact, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from mesoplan.intake.model import ANYWHERE, UNKNOWN, AnswerValue, EventAnswer
from mesoplan.knowledge import conditions as data
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.zonal import is_zonal
from mesoplan.screening.told import NO, YES, Told, all_of, any_of, negated, untold
from mesoplan.units import add_duration


class Situation(NamedTuple):
    """What a condition is asked about: one client, one day, one zone.

    Attributes:
        on: The day.
        answers: Question id -> answer; an absent one counts as unknown.
        zone: Expanded zone id; None for the person.
        goals: The indications wished in this zone.
    """

    on: date
    answers: Mapping[str, AnswerValue]
    zone: str | None
    goals: frozenset[str]

    def answer(self, question: str) -> AnswerValue:
        """Return the answer, `UNKNOWN` where none was given."""
        return self.answers.get(question, UNKNOWN)


Compiled = Callable[[Situation], Told]


def questions_of(condition: data.ConditionModel) -> tuple[str, ...]:
    """Return every question the condition reads, in order, each once."""
    match condition:
        case data.All(all=parts) | data.Any_(any=parts):
            found = [question for part in parts for question in questions_of(part)]
        case data.Not(not_=part):
            found = list(questions_of(part))
        case data.Cycle():
            found = [condition.cycle_start, condition.regular, condition.length, condition.bleeding]
        case data.AgeBelow():
            found = ["birth_date"]
        case data.Goal() | data.Zone():
            found = []
        case _:
            found = [next(iter(condition.model_dump(by_alias=True).values()))]
    return tuple(dict.fromkeys(found))


def moves(condition: data.ConditionModel) -> bool:
    """Return whether the condition can change from one day to the next while the answers stay."""
    match condition:
        case data.All(all=parts) | data.Any_(any=parts):
            return any(moves(part) for part in parts)
        case data.Not(not_=part):
            return moves(part)
        case data.Event():
            return condition.within is not None
        case data.Until() | data.Around() | data.Cycle() | data.AgeBelow():
            return True
        case _:
            return False


def compile_condition(condition: data.ConditionModel, knowledge: Knowledge) -> Compiled:
    """Return the condition as a function of a situation.

    Raises:
        KeyError: If it names a fact, question or zone that the knowledge does not have; the loader has checked that.
        TypeError: If it is not one of the closed set.
    """
    try:
        build = _BUILDERS[type(condition)]
    except KeyError:
        raise TypeError(f"{type(condition).__name__}: not one of the closed set of conditions") from None
    return build(condition, knowledge)


def _all(condition: data.All, knowledge: Knowledge) -> Compiled:
    inner = [compile_condition(part, knowledge) for part in condition.all]

    def told(situation: Situation) -> Told:
        parts = []
        for part in inner:
            found = part(situation)
            if found.holds is False:
                return NO
            parts.append(found)
        return all_of(parts)

    return told


def _any(condition: data.Any_, knowledge: Knowledge) -> Compiled:
    inner = [compile_condition(part, knowledge) for part in condition.any]
    return lambda situation: any_of([part(situation) for part in inner])


def _not(condition: data.Not, knowledge: Knowledge) -> Compiled:
    only = compile_condition(condition.not_, knowledge)
    return lambda situation: negated(only(situation))


def _known(condition: data.Known, knowledge: Knowledge) -> Compiled:
    return lambda situation: YES if situation.answer(condition.known).state == "given" else NO


def _goal(condition: data.Goal, knowledge: Knowledge) -> Compiled:
    wished = frozenset(condition.goal)
    return lambda situation: YES if situation.goals & wished else NO


def _zone(condition: data.Zone, knowledge: Knowledge) -> Compiled:
    zones = frozenset(zone for name in condition.zone for zone in knowledge.expand(name))
    return lambda situation: YES if situation.zone in zones else NO


def codes_of(question: str, knowledge: Knowledge) -> frozenset[str]:
    """Return the codes an answer may carry; anything else counts as unknown."""
    asked = knowledge.questions[question]
    if asked.kind == "choice":
        return frozenset(choice.code for choice in asked.choices)
    return frozenset({"yes", "no"})


def _answer(condition: data.Answer, knowledge: Knowledge) -> Compiled:
    codes = codes_of(condition.answer, knowledge)
    question, wanted, missing = condition.answer, frozenset(condition.is_), untold(condition.answer)

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state == "not asked":
            return NO
        code = answer.code if answer.code is not None else answer.state
        if answer.state == "unknown" or code not in codes:
            return missing
        return YES if code in wanted else NO

    return told


def _here(condition: data.Here, knowledge: Knowledge) -> Compiled:
    question, missing = condition.here, untold(condition.here)

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state in ("no", "not asked"):
            return NO
        if answer.state != "yes":
            return missing
        return YES if situation.zone in answer.zones or ANYWHERE in answer.zones or not answer.zones else NO

    return told


def _event(condition: data.Event, knowledge: Knowledge) -> Compiled:
    question, missing = condition.event, untold(condition.event)
    kinds = None if condition.kinds is None else frozenset(condition.kinds)
    length = None if condition.within is None else knowledge.fact_quantity(condition.within)
    zonal = is_zonal(condition, knowledge)

    def one(event: EventAnswer, situation: Situation) -> Told:
        if zonal and situation.zone not in event.zones and ANYWHERE not in event.zones and event.zones:
            return NO
        if kinds is not None and event.kind is not None and event.kind not in kinds:
            return NO
        known = kinds is None or event.kind is not None
        if length is None:
            return YES if known else missing
        if event.date is None:
            return missing
        end = _end(event.date, length)
        if situation.on >= end:
            return NO
        return Told(True, end) if known else missing

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state in ("no", "not asked"):
            return NO
        if answer.state != "yes" or not answer.events:
            return missing
        parts = [one(event, situation) for event in answer.events]
        return parts[0] if len(parts) == 1 else any_of(parts)

    return told


def _end(start: date, length: Quantity) -> date:
    """Return the first free day after `start`; of a range its longer end, the careful one."""
    if length.high is None:
        raise ValueError(f"a duration without an upper end cannot date a window ({length})")
    return add_duration(start, length.high, length.unit)


def _until(condition: data.Until, knowledge: Knowledge) -> Compiled:
    question, missing = condition.until, untold(condition.until)

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state == "not asked":
            return NO
        if answer.day is None:
            return missing
        return Told(True, answer.day) if situation.on < answer.day else NO

    return told


def _around(condition: data.Around, knowledge: Knowledge) -> Compiled:
    question, missing = condition.around, untold(condition.around)
    before = timedelta(days=0 if condition.before is None else round(knowledge.days(condition.before)))
    after = knowledge.fact_quantity(condition.after)

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state == "not asked":
            return NO
        if answer.day is None:
            return missing
        end = _end(answer.day, after)
        return Told(True, end) if answer.day - before <= situation.on < end else NO

    return told


def _cycle(condition: data.Cycle, knowledge: Knowledge) -> Compiled:
    margin = round(knowledge.days(condition.margin))

    def told(situation: Situation) -> Told:
        start = situation.answer(condition.cycle_start)
        if start.state == "not asked":
            return NO
        if start.day is None:
            return untold(condition.cycle_start)
        bleeding, length = situation.answer(condition.bleeding), situation.answer(condition.length)
        regular = situation.answer(condition.regular)
        known = 0 if bleeding.number is None else int(bleeding.number)
        open_ended = (condition.bleeding,) if bleeding.number is None else ()
        if regular.code == "no":
            return _window(situation.on, start.day, margin, known, open_ended)
        if regular.code != "yes" or length.number is None:
            lacking = condition.regular if regular.code != "yes" else condition.length
            last = _window(situation.on, start.day, margin, known, open_ended)
            return Told(last.holds, last.until, (*last.missing, lacking)) if last.holds else untold(lacking)
        return _repeated(situation.on, start.day, int(length.number), margin, known, open_ended)

    return told


def _window(on: date, start: date, margin: int, bleeding: int, missing: tuple[str, ...]) -> Told:
    """Return whether `on` lies in the window of one start; both margins and every bleeding day are inside."""
    first = start - timedelta(days=margin)
    end = start + timedelta(days=max(margin + 1, bleeding))
    if first <= on < end:
        return Told(True, end, missing)
    return Told(None, None, missing) if missing and on >= end else NO


def _repeated(on: date, start: date, length: int, margin: int, bleeding: int, missing: tuple[str, ...]) -> Told:
    """Return whether `on` lies in a window of this or a later start, joined where windows touch."""
    if length < 1:
        return untold(*missing)
    turn = max(0, ((on - start).days + margin) // length)
    for index in (turn, turn - 1):
        if index >= 0:
            told = _window(on, start + timedelta(days=index * length), margin, bleeding, missing)
            if told.holds is not False:
                return told
    return NO


def _age_below(condition: data.AgeBelow, knowledge: Knowledge) -> Compiled:
    age = knowledge.fact_quantity(condition.age_below)
    if age.high is None:
        raise ValueError(f"{condition.age_below}: an age limit needs an upper end")
    years, missing = age.high, untold("birth_date")

    def told(situation: Situation) -> Told:
        born = situation.answer("birth_date").day
        if born is None:
            return missing
        birthday = add_duration(born, years, "a")
        return Told(True, birthday) if situation.on < birthday else NO

    return told


def _number(condition: data.Number, knowledge: Knowledge) -> Compiled:
    question, missing = condition.number, untold(condition.number)
    # of a range the end that fires sooner
    below = None if condition.below is None else knowledge.fact_quantity(condition.below).high
    at_least = None if condition.at_least is None else knowledge.fact_quantity(condition.at_least).low

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state == "not asked":
            return NO
        if answer.number is None:
            return missing
        low = below is not None and answer.number < below
        high = at_least is not None and answer.number >= at_least
        return YES if low or high else NO

    return told


def _named(condition: data.Named, knowledge: Knowledge) -> Compiled:
    wanted = frozenset(condition.of)
    meant = frozenset(one.id for one in knowledge.substances.values() if wanted & {one.id, *one.classes})

    def speaks(name: str) -> bool:
        substances = knowledge.substance_names
        return not meant.isdisjoint(substances.match(name) or ()) or not meant.isdisjoint(substances.inside(name))

    return _any_name(condition.named, speaks)


def _unrecognised(condition: data.Unrecognised, knowledge: Knowledge) -> Compiled:
    return _any_name(condition.unrecognised, lambda name: knowledge.substance_names.match(name) is None)


def _any_name(question: str, speaks: Callable[[str], bool]) -> Compiled:
    missing = untold(question)

    def told(situation: Situation) -> Told:
        answer = situation.answer(question)
        if answer.state in ("no", "not asked"):
            return NO
        if answer.state != "yes" or not answer.names:
            return missing
        return YES if any(speaks(name) for name in answer.names) else NO

    return told


_BUILDERS: dict[type[data.ConditionModel], Callable[[Any, Knowledge], Compiled]] = {
    data.Answer: _answer,
    data.Here: _here,
    data.Event: _event,
    data.Until: _until,
    data.Known: _known,
    data.Around: _around,
    data.Cycle: _cycle,
    data.AgeBelow: _age_below,
    data.Number: _number,
    data.Named: _named,
    data.Unrecognised: _unrecognised,
    data.Goal: _goal,
    data.Zone: _zone,
    data.All: _all,
    data.Any_: _any,
    data.Not: _not,
}
