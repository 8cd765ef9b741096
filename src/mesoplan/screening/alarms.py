"""Which answers, zones and goals can make a rule speak at all; all other rules need not be asked.

Of hundreds of rules a client's answers concern a dozen. Which ones is read off the conditions once: a rule has alarms,
and as long as none of them rings, its condition cannot hold and is not untold either. A rule without alarms is always
asked. Nothing is decided here: a rule whose alarm rings is asked as if there were no alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat
from operator import is_not
from typing import Literal

from mesoplan.intake.answers import usual_answer
from mesoplan.intake.model import UNKNOWN, AnswerValue
from mesoplan.knowledge import conditions as data
from mesoplan.knowledge.load import Knowledge
from mesoplan.screening.conditions import codes_of

_NOT_ASKED = AnswerValue("not asked").said
_NOTHING = frozenset({AnswerValue("no", code="no").said, AnswerValue("no").said, _NOT_ASKED})


@dataclass(frozen=True)
class Alarms:
    """What can make a condition hold, or leave it untold.

    Attributes:
        quiet: Question id -> the answers (`AnswerValue.said`) that do not ring; any other answer to it rings.
        zones: The zones that ring.
        goals: The indications that ring.
    """

    quiet: Mapping[str, frozenset[str]] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()

    def __or__(self, other: Alarms) -> Alarms:
        """Return the alarms of which either's may ring."""
        quiet = dict(self.quiet)
        for question, said in other.quiet.items():
            quiet[question] = quiet.get(question, said) & said
        return Alarms(quiet, self.zones | other.zones, self.goals | other.goals)


def alarms_of(condition: data.ConditionModel, knowledge: Knowledge) -> Alarms | None:
    """Return a condition's alarms, None where nothing is known to keep it quiet."""
    match condition:
        case data.Answer(answer=question, is_=wanted):
            return Alarms({question: _other_codes(question, frozenset(wanted), knowledge)})
        case data.Here(here=question) | data.Event(event=question):
            return Alarms({question: _NOTHING})
        case (
            data.Until(until=question)
            | data.Around(around=question)
            | data.Number(number=question)
            | data.Cycle(cycle_start=question)
        ):
            return Alarms({question: frozenset({_NOT_ASKED})})
        case data.Known(known=question):
            return Alarms({question: frozenset({_NOT_ASKED, UNKNOWN.said})})
        case data.Zone(zone=names):
            return Alarms(zones=frozenset(zone for name in names for zone in knowledge.expand(name)))
        case data.Goal(goal=goals):
            return Alarms(goals=frozenset(goals))
        case data.All(all=parts):
            return _of_all([alarms_of(part, knowledge) for part in parts])
        case data.Any_(any=parts):
            return _of_any([alarms_of(part, knowledge) for part in parts])
        case _:
            return None


def _of_all(parts: Iterable[Alarms | None]) -> Alarms | None:
    """Return the alarms of one part, since one that is quiet decides.

    Best is a part that answers alone ring: these are looked at once, for all zones together.
    """
    known = [one for one in parts if one is not None]
    return min(known, key=lambda one: (bool(one.zones or one.goals), len(one.quiet)), default=None)


def _of_any(parts: Iterable[Alarms | None]) -> Alarms | None:
    """Return the alarms of all parts together, None where one part has none."""
    found = Alarms()
    for one in parts:
        if one is None:
            return None
        found |= one
    return found


def _other_codes(question: str, wanted: frozenset[str], knowledge: Knowledge) -> frozenset[str]:
    """Return the answers to a question of codes that are told and are not among the wanted ones."""
    other = codes_of(question, knowledge) - wanted
    states: tuple[Literal["yes", "no", "given"], ...] = ("yes", "no", "given")
    return frozenset({_NOT_ASKED, *(AnswerValue(state, code=code).said for state in states for code in other)})


class AlarmIndex:
    """Finds the rules whose alarms ring, by their numbers."""

    def __init__(self, alarms: Sequence[Alarms | None], knowledge: Knowledge) -> None:
        """Sort the rules' alarms by what rings them."""
        self._always = tuple(number for number, one in enumerate(alarms) if one is None)
        self._answers = tuple(_by_answer(question, alarms) for question in _questions(alarms))
        self._questions = tuple(question for question, _, _ in self._answers)
        self._quiet = tuple(_usual_and_quiet(knowledge, *row) for row in self._answers)
        self._zones = _by_place(alarms, lambda one: one.zones)
        self._goals = _by_place(alarms, lambda one: one.goals)

    def by_answers(self, answers: Mapping[str, AnswerValue]) -> list[int]:
        """Return the rules to ask because of the answers, in order."""
        ringing = set(self._always)
        given = list(map(answers.get, self._questions, repeat(UNKNOWN)))
        unusual = map(is_not, given, self._quiet)
        for (_, by_answer, every), answer in compress(zip(self._answers, given, strict=True), unusual):
            ringing.update(by_answer.get(answer.said, every))
        return sorted(ringing)

    def by_place(self, zone: str, goals: Iterable[str]) -> list[int]:
        """Return the rules to ask because of the zone and of what is wished there, in order."""
        ringing = set(self._zones.get(zone, ()))
        for goal in goals:
            ringing.update(self._goals.get(goal, ()))
        return sorted(ringing)


def _questions(alarms: Sequence[Alarms | None]) -> Iterable[str]:
    return dict.fromkeys(question for one in alarms if one is not None for question in one.quiet)


def _by_answer(
    question: str, alarms: Sequence[Alarms | None]
) -> tuple[str, dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Return the question, the rules that each known answer rings, and those that any other answer rings: all."""
    quiet = {number: one.quiet[question] for number, one in enumerate(alarms) if one and question in one.quiet}
    known = frozenset().union(*quiet.values())
    by_answer = {said: tuple(number for number in quiet if said not in quiet[number]) for said in known}
    return question, by_answer, tuple(quiet)


def _usual_and_quiet(
    knowledge: Knowledge, question: str, by_answer: Mapping[str, tuple[int, ...]], every: tuple[int, ...]
) -> AnswerValue | None:
    """Return the one object that stands for the usual answer where it rings nothing: most answers need no lookup."""
    usual = usual_answer(knowledge.questions[question])
    return None if by_answer.get(usual.said, every) else usual


def _by_place(
    alarms: Sequence[Alarms | None], places: Callable[[Alarms], frozenset[str]]
) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, one in enumerate(alarms):
        for place in () if one is None else places(one):
            found.setdefault(place, []).append(number)
    return {place: tuple(numbers) for place, numbers in found.items()}
