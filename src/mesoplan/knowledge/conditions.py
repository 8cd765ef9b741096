"""The closed set of typed conditions a rule may be written in, as data. `screening.conditions` evaluates them.

Every condition is three-valued: it holds, it does not hold, or it cannot be told because an answer is missing.
A number in a condition is always the id of a fact, never a literal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag


class ConditionModel(BaseModel):
    """Base of all conditions: unknown keys are refused, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Answer(ConditionModel):
    """Holds when the answer to a yes/no or choice question is one of the codes.

    Questions of kind zones, events and list answer `yes` when they name anything at all, else `no`.
    """

    answer: str
    is_: tuple[str, ...] = Field(alias="is", min_length=1)


class Here(ConditionModel):
    """Holds in the zones that the answer to a zonal question names; an unnamed place counts as everywhere."""

    here: str


class Event(ConditionModel):
    """Holds from an event of one of the kinds until the fact's duration has passed; `within` absent: ever after.

    In a zonal question only in the zones of the event, unless `anywhere` makes it a matter of the person. An event
    without a date or kind leaves the condition untold where the missing part could decide it.
    """

    event: str
    kinds: tuple[str, ...] | None = None
    within: str | None = None
    anywhere: bool = False


class Until(ConditionModel):
    """Holds before the stated end date that a date question carries."""

    until: str


class Known(ConditionModel):
    """Holds when the date or number question has an answer; never untold."""

    known: str


class Around(ConditionModel):
    """Holds from `before` (a fact, default none) ahead of a date question's date until `after` has passed since."""

    around: str
    before: str | None = None
    after: str


class Cycle(ConditionModel):
    """Holds in the menstruation window.

    From `margin` before each start until the later of `margin` after it and the end of the bleeding. Starts repeat
    by the cycle length from the last known one; an irregular cycle (`regular` answered no) knows the last only.
    """

    cycle_start: str
    regular: str
    length: str
    bleeding: str
    margin: str


class AgeBelow(ConditionModel):
    """Holds until the birthday on which the fact's age in years is completed; reads the question `birth_date`."""

    age_below: str


class Number(ConditionModel):
    """Holds when a number answer is below, or at least, the fact's value (both given: in either case)."""

    number: str
    below: str | None = None
    at_least: str | None = None


class Named(ConditionModel):
    """Holds when a list question names one of these substances, or one of these classes of them.

    A name counts whatever its dress, and also as words inside a longer entry. An entry that is no known name says
    nothing here; where it must not pass, `unrecognised` asks about it.
    """

    named: str
    of: tuple[str, ...] = Field(min_length=1)


class Unrecognised(ConditionModel):
    """Holds when a list question names something that is no known substance, class or synonym."""

    unrecognised: str


class Goal(ConditionModel):
    """Holds in the zones where one of these indications is a goal."""

    goal: tuple[str, ...] = Field(min_length=1)


class Zone(ConditionModel):
    """Holds in these zones; a group name stands for its zones, a base name for both sides."""

    zone: tuple[str, ...] = Field(min_length=1)


class All(ConditionModel):
    """Holds when every part holds; one that does not hold decides, whatever else is missing."""

    all: tuple[Condition, ...] = Field(min_length=1)


class Any_(ConditionModel):
    """Holds when one part holds, whatever else is missing."""

    any: tuple[Condition, ...] = Field(min_length=1)


class Not(ConditionModel):
    """Holds when the part does not hold; untold stays untold."""

    not_: Condition = Field(alias="not")


_KEYS: dict[str, str] = {
    "answer": "answer",
    "here": "here",
    "event": "event",
    "until": "until",
    "known": "known",
    "around": "around",
    "cycle_start": "cycle_start",
    "age_below": "age_below",
    "number": "number",
    "named": "named",
    "unrecognised": "unrecognised",
    "goal": "goal",
    "zone": "zone",
    "all": "all",
    "any": "any",
    "not": "not",
}


def _kind(value: Any) -> str | None:
    """Return the discriminating key of a condition, None when there is none or more than one."""
    if isinstance(value, dict):
        found = [key for key in value if key in _KEYS]
        return found[0] if len(found) == 1 else None
    for key in type(value).model_fields if isinstance(value, ConditionModel) else ():
        if key.rstrip("_") in _KEYS:
            return key.rstrip("_")
    return None


Condition = Annotated[
    Annotated[Answer, Tag("answer")]
    | Annotated[Here, Tag("here")]
    | Annotated[Event, Tag("event")]
    | Annotated[Until, Tag("until")]
    | Annotated[Known, Tag("known")]
    | Annotated[Around, Tag("around")]
    | Annotated[Cycle, Tag("cycle_start")]
    | Annotated[AgeBelow, Tag("age_below")]
    | Annotated[Number, Tag("number")]
    | Annotated[Named, Tag("named")]
    | Annotated[Unrecognised, Tag("unrecognised")]
    | Annotated[Goal, Tag("goal")]
    | Annotated[Zone, Tag("zone")]
    | Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _kind,
        custom_error_type="unknown_condition",
        custom_error_message="a condition has exactly one of the keys: " + ", ".join(_KEYS),
    ),
]


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield the condition and every condition inside it, outermost first."""
    yield condition
    match condition:
        case All(all=parts) | Any_(any=parts):
            for part in parts:
                yield from walk(part)
        case Not(not_=part):
            yield from walk(part)


BIRTH_DATE = "birth_date"
"""The question that every age condition reads."""
_QUESTION_KEYS = (
    *("answer", "here", "event", "until", "known", "around", "number", "named", "unrecognised"),
    *("cycle_start", "regular", "length", "bleeding"),
)
FACT_KEYS = ("within", "before", "after", "margin", "age_below", "below", "at_least")


def questions_in(condition: Condition) -> frozenset[str]:
    """Return the ids of all questions whose answers the condition reads; empty for goals and zones alone."""
    found = {getattr(part, key, None) for part in walk(condition) for key in _QUESTION_KEYS}
    if any(isinstance(part, AgeBelow) for part in walk(condition)):
        found.add(BIRTH_DATE)
    return frozenset(question for question in found if question is not None)


def facts_in(condition: Condition) -> frozenset[str]:
    """Return the ids of all facts that give the condition its numbers; empty where it needs none."""
    found = {getattr(part, key, None) for part in walk(condition) for key in FACT_KEYS}
    return frozenset(fact for fact in found if fact is not None)


for _model in (All, Any_, Not):
    _model.model_rebuild()
