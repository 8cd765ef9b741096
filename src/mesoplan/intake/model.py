"""The intake as parsed: every question of the knowledge has an answer here, `unknown` where nothing was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from json.encoder import encode_basestring
from typing import Literal

from mesoplan.values import kept, maker

Day = date
"""The type of the field `date` below: inside that class the name `date` is the field, not the type."""
ANYWHERE = "anywhere"
"""The zone of an answer that is true of an unnamed place: it counts in every zone."""


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """One thing that happened: None stands for unknown, in `date` and `kind` alike.

    Attributes:
        date: The day, None when unknown.
        kind: A code of the question, None when unknown; "" for questions without kinds.
        zones: Expanded zone ids; (ANYWHERE,) when the place is unknown or the event has no place.
    """

    date: Day | None
    kind: str | None
    zones: tuple[str, ...]


@dataclass(frozen=True)
class AnswerValue:
    """One answer, in the one field that fits the question's kind; `state` always tells.

    Attributes:
        state: "yes"/"no" (for zones, events and lists: whether they name anything), "given" for choice, date and
            number, "unknown", or "not asked" where the question is out of play.
        code: yes_no and choice: the code.
        day: date questions.
        number: number questions, in the question's unit.
        zones: zones questions: expanded zone ids, or (ANYWHERE,).
        events: events questions.
        names: list questions.
    """

    state: Literal["yes", "no", "given", "unknown", "not asked"]
    code: str | None = None
    day: date | None = None
    number: float | None = None
    zones: tuple[str, ...] = ()
    events: tuple[EventAnswer, ...] = ()
    names: tuple[str, ...] = ()

    # The parser hands out one object for each plain answer, so these are worked out once for thousands of clients.

    @kept
    def said(self) -> str:
        """State and code as one key; the rules that an answer can concern are looked up by it."""
        return f"{self.state}/{self.code!r}"

    @kept
    def canonical(self) -> str:
        """The answer as JSON without spaces: state, code, day, number, zones, events (date, kind, zones) and names.

        Empty where nothing was said, so that a question added to the knowledge changes no hash until it is answered.
        """
        if self.state == "unknown":
            return ""
        plain = not (self.zones or self.events or self.names)
        if plain and self.day is not None and self.number is None and (self.state, self.code) == ("given", None):
            return f'["given",null,"{self.day.isoformat()}",null,[],[],[]]'  # most answers that are no word are days
        number = "null" if self.number is None else repr(self.number)
        told = f"{as_json(self.state)},{as_json(self.code)},{as_json(self.day)},{number}"
        if plain:
            return f"[{told},[],[],[]]"
        events = [f"[{as_json(one.date)},{as_json(one.kind)},{list_as_json(one.zones)}]" for one in self.events]
        return f"[{told},{list_as_json(self.zones)},[{','.join(events)}],{list_as_json(self.names)}]"


def as_json(value: str | date | None) -> str:
    """Return a text, a day or None as JSON."""
    if value is None:
        return "null"
    return encode_basestring(value) if isinstance(value, str) else f'"{value.isoformat()}"'


def list_as_json(values: tuple[str, ...]) -> str:
    """Return texts as a JSON list without spaces."""
    return f"[{','.join(map(encode_basestring, values))}]" if values else "[]"


make_answer = maker(AnswerValue)
make_event = maker(EventAnswer)
UNKNOWN = AnswerValue("unknown")


@dataclass(frozen=True, slots=True)
class GoalAnswer:
    """What the client wishes, and where.

    Attributes:
        indication: An indication of the knowledge.
        zones: Expanded zone ids.
        sessions: How many sessions the practitioner decided on, None where nothing was decided.
    """

    indication: str
    zones: tuple[str, ...]
    sessions: int | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A doctor's written decision on one PHYSICIAN finding.

    Attributes:
        finding: The rule's id, with `@zone` for a finding of one zone.
        physician: Name of the doctor.
        signed_on: Day of the signature.
        valid_until: Last day on which it holds, None without an end.
        answer: What was ticked in the letter: "yes", "conditions" (yes, on the conditions of `decision`) or "no".
        decision: The doctor's words.
    """

    finding: str
    physician: str
    signed_on: date
    valid_until: date | None
    answer: Literal["yes", "conditions", "no"]
    decision: str


@dataclass(frozen=True, slots=True)
class AllergyTest:
    """The allergy test for one product: where it was placed, and what both delayed readings showed.

    Attributes:
        product: Product id of the clinic.
        placed_on: Day on which it was placed.
        method: "topical" or "test injection".
        readings: (day, "negative" | "positive") in order of days.
    """

    product: str
    placed_on: date
    method: Literal["topical", "test injection"]
    readings: tuple[tuple[date, Literal["negative", "positive"]], ...]


@dataclass(frozen=True, slots=True)
class Client:
    """Who it is; two identifiers stand on every page."""

    name: str
    identifier: str
    birth_date: date | None
    language: str
    telephone: str | None = None

    @property
    def is_identified(self) -> bool:
        """Whether name and identifier are both there, and neither stands for unknown."""
        return all(text.strip().casefold() not in ("", UNKNOWN.state) for text in (self.name, self.identifier))


@dataclass(frozen=True, slots=True)
class Intake:
    """A filled-in intake.

    Attributes:
        client: Who it is. `birth_date` is also the answer to the question of that id.
        visit_date: The day on which the answers were given.
        goals: What is wished and where; empty when nothing was entered (screening then asks).
        answers: Question id -> answer; every question of the knowledge is present.
        signatures: Doctors' written decisions.
        allergy_tests: Tests placed so far.
        sessions_done: Number of sessions of this course already delivered (0 before the first).
        notes: Free text, shown and never interpreted.
        course_days: Days of this course's sessions where a record tells them, in order; sessions of other courses may
            lie between them.
        intake_hash: SHA-256 of the canonical JSON of all the above.
    """

    client: Client
    visit_date: date | None
    goals: tuple[GoalAnswer, ...]
    answers: dict[str, AnswerValue]
    signatures: tuple[Signature, ...] = ()
    allergy_tests: tuple[AllergyTest, ...] = ()
    sessions_done: int = 0
    notes: str = ""
    course_days: tuple[date, ...] = ()
    intake_hash: str = field(default="", compare=False)


make_client, make_goal, make_intake = maker(Client), maker(GoalAnswer), maker(Intake)
