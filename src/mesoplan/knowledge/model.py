"""What the knowledge base is made of: sources, facts with their claims, questions with their rules, and the practice.

Every model refuses unknown keys and cannot be changed after loading. Texts carry one sentence per language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mesoplan.knowledge.conditions import Condition
from mesoplan.knowledge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class TextMark:
    """Marks a mapping as a text for the reader, so that every text is found and its languages are checked."""


Text = Annotated[dict[str, str], TextMark()]
"""Language code -> sentence."""
StrictNumber = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number; text such as "3" is refused."""
Status = Literal["article", "R", "R-data", "R2", "C", "M", "P"]
SourceKind = Literal[
    "popular article",
    "vendor",
    "label",
    "trial",
    "review",
    "consensus",
    "guideline",
    "textbook",
    "regulation",
    "project",
    "clinic",
]


class Model(BaseModel):
    """Base of the knowledge: unknown keys are refused, values cannot change."""

    # each validator is built when first used: a start from the compiled file needs one of them only
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Source(Model):
    """Something that was read, with its kind, edition and date."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # a year or an edition needs no quotes

    id: str
    title: str
    kind: SourceKind
    publisher: str
    """Author, journal or publisher."""
    edition: str | None = None
    date: str | None = None
    """Year or ISO date of the edition; None only where the source itself gives none."""
    address: str | None = None
    """DOI, PMID or address."""
    note: Text | None = None
    language: str = "en"
    """Language of `title`, named to who reads another one."""
    titles: Text | None = None
    """The title in every language, only where it is a plain description of this project and no title of a text."""


class Quantity(Model):
    """A number or a range with its unit; exactly `value`, or at least one of `min` and `max`."""

    value: StrictNumber | None = None
    min: StrictNumber | None = None
    max: StrictNumber | None = None
    unit: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _one_form(self) -> Quantity:
        if (self.value is None) == (self.min is None and self.max is None):
            raise ValueError("a quantity has either `value`, or `min` and/or `max`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    @property
    def low(self) -> float | None:
        """The lower end, or the value itself; None where the range is open below."""
        return self.value if self.value is not None else self.min

    @property
    def high(self) -> float | None:
        """The upper end, or the value itself; None where the range is open above."""
        return self.value if self.value is not None else self.max


class Claim(Model):
    """What one source says, where, and how we know it."""

    id: str
    """The inventory's id for the five documents, else `<source>-<short name>`; unique in the knowledge base."""
    source: str
    locator: str
    """Line, page, section or abstract."""
    status: Status
    quantity: Quantity | None = None
    reading: Verdict | None = None
    """For contraindications: the verdict this source's own words amount to."""
    says: Text
    """What the source says, in our words."""
    marketing: bool = False
    """True: may be shown as a labelled claim only, and never decides a resolution."""


class Resolution(Model):
    """Which claim or rule decides a fact, and why."""

    method: Literal["strictest", "modest", "intersection", "claim", "broad concept", "project"]
    """strictest: blocks, bans, limits; modest: promises; intersection: ranges whose both ends are limits; claim: the
    named claim decides for the stated reason; broad concept: named more broadly than any grade, so a doctor decides;
    project: this project's cautious choice (a claim of status P must carry it)."""
    claim: str | None = None
    """The deciding claim, required for `claim` and `project`."""
    among: tuple[str, ...] = ()
    """The claims whose numbers the method compares, where not all bear on it (the reason says why); default all.
    Readings of contraindications are always compared all."""
    extreme: Literal["lowest", "highest"] = "highest"
    """modest: which number promises least: the latest onset (highest), the shortest effect (lowest)."""
    quantity: Quantity | None = None
    verdict: Verdict | None = None
    reason: Text


class Fact(Model):
    """A list of claims and the resolution between them."""

    id: str
    """`topic.name`, lower case."""
    topic: str
    title: Text
    claims: tuple[Claim, ...] = Field(min_length=1)
    resolution: Resolution


class Choice(Model):
    """One code a choice or event question accepts."""

    code: str
    text: Text


class Rule(Model):
    """When a condition holds, this verdict stands; when it cannot be told, NEEDS_INFO stands."""

    id: str
    verdict: Verdict
    when: Condition
    fact: str
    """The fact whose claims this rule rests on."""
    applies_to: tuple[str, ...] = ("all",)
    """Technique tags; `all` for every technique."""
    undated: bool = False
    """True: an end date, though computable, must not be promised (until recovery is entered)."""
    says: Text
    """The finding, for the practitioner."""
    client: Text | None = None
    """The finding in the client's words, where the practitioner's are too technical."""
    home: Text | None = None
    """The same to a client who treats at home, where the other words only make sense in the clinic."""
    next_step: Text | None = None
    """What to do about it: what to ask, to enter, or whom to see."""
    doctor: Text | None = None
    """For PHYSICIAN: what the letter asks beyond whether it may be done: a diagnosis, a grade, a condition."""
    refer: Text | None = None
    """For CONTRAINDICATED: what a letter asks a doctor to look into, for the client's own sake; it lifts nothing."""


class Question(Model):
    """One question of the intake, with the rules that read it."""

    id: str
    group: str
    kind: Literal["yes_no", "choice", "date", "number", "zones", "events", "list"]
    """zones: yes/no with the zones it is true of; events: what happened when and where; list: names (allergies)."""
    text: Text
    help: Text | None = None
    choices: tuple[Choice, ...] = ()
    """For choice: its codes. For events: the kinds of event."""
    order: tuple[str, ...] = ()
    """yes_no, choice: codes from the safe to the dangerous side. date, number: one of later, earlier, higher, lower."""
    zonal: bool = False
    """For events: whether an event has zones. Questions of kind zones always have."""
    planned: bool = False
    """For dates and events: whether a date after the visit is meaningful (a stated end, a planned event)."""
    unit: str | None = None
    """For numbers."""
    plausible: str | None = None
    """For numbers: the fact that gives the plausible range; outside it the answer is refused as a slip."""
    applies_when: Condition | None = None
    """Asked only when this holds or cannot be told; otherwise the question is out of play."""
    rules: tuple[Rule, ...] = ()
    used_by: tuple[str, ...] = ()
    """Stages that read the answer directly (course, prescription, report ...), for questions that no rule reads."""


class QuestionGroup(Model):
    """A heading of the intake, in the order in which it is asked."""

    id: str
    title: Text
    anew: bool = False
    """Whether its answers change from visit to visit: they are asked again each time, never shown to be confirmed."""


class Zone(Model):
    """A zone of the body; a paired zone exists as `<id>_left` and `<id>_right`, always the patient's sides."""

    id: str
    paired: bool
    surface: Literal["mesh", "patch"]
    chain: tuple[int, ...] = ()
    treatable: bool
    area_cm2: float | None = None
    neighbours: tuple[str, ...] = ()
    parent: str
    name: Text


class Indication(Model):
    """A goal of treatment, with what its course needs."""

    id: str
    name: Text
    zones: tuple[str, ...]
    techniques: dict[str, str]
    """Technique id -> fact that says so."""
    facts: dict[str, str]
    """By role: sessions, interval, onset, duration, repeat, session_minutes -> fact id; these come before a
    technique's own."""
    cocktails: tuple[str, ...]
    """Substance classes that fit."""
    result: Text
    """What may be expected, in modest words."""
    own_size: bool = False
    """Whether what is treated is smaller than its zone, like a scar: in a zone of the face its size is asked then."""


class Ban(Model):
    """Something to leave off before or after a session."""

    id: str
    title: Text
    leaflet: Text
    """One short sentence to the client."""
    afterwards: Text | None = None
    """What is added to it once a session has been, None for nothing."""
    before: str | None = None
    after: str | None = None
    """Facts that give the length."""
    severity: Literal["refuse", "limit"]
    applies_to: tuple[str, ...] = ("all",)
    group: str
    """Heading on the leaflet."""


class Harm(Model):
    """A side effect or complication."""

    id: str
    fact: str
    title: Text
    """Plain words with the term glossed."""
    kind: Literal["expected", "complication"]
    serious: bool
    urgent: bool
    """True: the client phones at once."""
    stops: bool = False
    """True: it may show during a session, which then stops at once."""
    until: str | None = None
    """Expected reactions: the fact that says until when this is normal."""
    counted: str | None = None
    """The claim of its fact that says how often it was seen; None where no source counts it."""
    leaflet: Text
    techniques: tuple[str, ...] = ("all",)


class ThicknessRow(Model):
    """One measured skin thickness."""

    id: str
    zones: tuple[str, ...]
    layer: Literal["epidermis", "dermis", "full skin"]
    mean_mm: float | None = None
    sd_mm: float | None = None
    min_mm: float | None = None
    max_mm: float | None = None
    method: str
    source: str
    locator: str
    status: Status
    note: Text | None = None


class ZoneGroup(Model):
    """A name for several zones."""

    id: str
    members: tuple[str, ...]
    """Zones and groups."""
    name: Text | None = None


class ChartRow(Model):
    """A device vendor's upper depth for thin skin, by zone; binds devices only."""

    zones: tuple[str, ...]
    thin_max_mm: float
    thick_max_mm: float | None = None
    source: str
    locator: str
    status: Status


class Substance(Model):
    """An ingredient with the names it goes by."""

    id: str
    name: Text
    synonyms: tuple[str, ...] = ()
    classes: tuple[str, ...]
    injectable: bool
    """False: never injected (oils, alcohol), whatever a product says."""
    needs_origin: bool = False
    """True: a product with it is used only where the clinic states its origin and registration."""
    note: Text | None = None
    related: tuple[str, ...] = ()
    """Substances or groups a known allergy to which counts as an allergy to this one."""


class System(Model):
    """A system, technique or programme that the documents name, and what stands for it here."""

    id: str
    """S01 ... S29, as the documents' systems are counted."""
    name: Text
    here: Text
    """What it is here, in one sentence."""
    techniques: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    """Substance classes."""
    facts: tuple[str, ...] = ()


class Release(Model):
    """The knowledge base's own edition."""

    version: str
    released: date
    review_by: date
    """After this date every screening says NEEDS_INFO: the knowledge is stale."""
    languages: tuple[str, ...]


class Canary(Model):
    """A patient with a known contraindication; planning stops when screening lets one through."""

    id: str
    answers: dict[str, object]
    expect: Verdict
    """The person's headline must be at least this strict."""
