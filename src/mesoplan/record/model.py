"""The bodies of the record's entries: what was planned, what was delivered, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mesoplan.prescription.model import Limit

Day = date
"""The type of the field `date` below: inside those classes the name `date` is the field, not the type."""
State = Literal["yes", "part", "no", "unknown"]
Severity = Literal["mild", "moderate", "severe", "serious", "unknown"]
Role = Literal["self", "practitioner", "blinded", "unknown"]
NUMBERS = (
    *("depth_mm", "frequency_hz", "hand_speed_mm_s", "passes", "rounds", "placements"),
    *("minutes", "points", "volume_ml"),
)
"""The numbers of one zone, as they are called in every file."""
UNITS = {
    "depth_mm": "mm",
    "frequency_hz": "Hz",
    "hand_speed_mm_s": "mm/s",
    "passes": "1",
    "rounds": "1",
    "placements": "1",
    "minutes": "min",
    "points": "1",
    "volume_ml": "ml",
}


@dataclass(frozen=True, slots=True)
class PlannedZone:
    """What the plan set for one zone; None where it set nothing.

    Attributes:
        zone: Expanded zone id.
        technique: Technique id.
        area_cm2: Area to be treated.
        depth_mm, frequency_hz, hand_speed_mm_s, passes, rounds, placements, minutes, points, volume_ml: The settings;
            rounds and placements (in each of them) are a stamp's.
        needles: Needles of the cartridge.
        stripe_width_mm: Width of the stripe that one pass needles.
        microzone_mm: Diameter of the zone that one puncture acts on.
        cover: Expected cover of the session.
        may_treat: Whether the screening allowed it.
        limits: Upper limits of the settings.
    """

    zone: str
    technique: str
    area_cm2: float
    depth_mm: float | None
    frequency_hz: float | None
    hand_speed_mm_s: float | None
    passes: int | None
    minutes: float | None
    points: int | None
    volume_ml: float | None
    needles: int | None
    stripe_width_mm: float | None
    microzone_mm: float | None
    cover: float | None
    may_treat: bool
    limits: tuple[Limit, ...]
    rounds: int | None = None
    placements: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """The plan that a session was held against; kept with it, for the folder's plan is written anew each time.

    Attributes:
        client: The client's identifier.
        number: Number of the session that the plan prepared.
        sessions: Sessions of the whole course.
        on: The day it was for.
        plan_sha256: Hash of the plan's JSON.
        knowledge_version: Edition of the knowledge.
        intake_hash: Hash of the answers it rests on.
        device, cartridge: Ids of the clinic, None without one.
        products: Product ids.
        tested: Product ids whose allergy test was read as negative.
        treatable: Whether anybody was to be treated at all.
        cleared: Zones in which the planned techniques were allowed, planned or not.
        zones: The zones.
        limits: Limits of the whole session.
        interval_minimum_days: No two sessions are closer than this.
        sheet: `sheet.ready`, or why no session sheet was printed.
    """

    client: str
    number: int
    sessions: int
    on: date
    plan_sha256: str
    knowledge_version: str
    intake_hash: str
    device: str | None
    cartridge: str | None
    products: tuple[str, ...]
    tested: tuple[str, ...]
    treatable: bool
    cleared: tuple[str, ...]
    zones: tuple[PlannedZone, ...]
    limits: tuple[Limit, ...]
    interval_minimum_days: int
    sheet: tuple[str, ...]

    def zone(self, name: str) -> PlannedZone | None:
        """Return the plan of a zone, None where it was not planned."""
        return next((one for one in self.zones if one.zone == name), None)


@dataclass(frozen=True, slots=True)
class DeliveredZone:
    """What was done in one zone; None stands for unknown.

    Attributes:
        zone: Expanded zone id.
        delivered: yes, part, no or unknown.
        share: Share of the zone's area that was worked on, for `part`.
        depth_mm, frequency_hz, hand_speed_mm_s, passes, rounds, placements, minutes, points, volume_ml: What was set or
            given.
        remark: Free text.
    """

    zone: str
    delivered: State
    share: float | None = None
    depth_mm: float | None = None
    frequency_hz: float | None = None
    hand_speed_mm_s: float | None = None
    passes: int | None = None
    minutes: float | None = None
    points: int | None = None
    volume_ml: float | None = None
    remark: str = ""
    rounds: int | None = None
    placements: int | None = None

    def number(self, name: str) -> float | None:
        """Return one of `NUMBERS`."""
        value: float | None = getattr(self, name)
        return value


@dataclass(frozen=True, slots=True)
class UsedProduct:
    """A product that was used, with its lot; None stands for unknown."""

    product: str
    lot: str | None
    expires_on: date | None
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class UsedCartridge:
    """The cartridge that was used; None stands for unknown."""

    id: str | None = None
    lot: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Antiseptic:
    """The antiseptic, before and after; times are the clinic's, HH:MM; None stands for unknown."""

    product: str | None = None
    lot: str | None = None
    before_at: str | None = None
    after_at: str | None = None


@dataclass(frozen=True, slots=True)
class Anaesthetic:
    """The anaesthetic; None stands for unknown.

    Attributes:
        used: Whether one was used.
        product, amount, lot: What and how much.
        applied_at, removed_at: HH:MM.
    """

    used: Literal["yes", "no", "unknown"] = "unknown"
    product: str | None = None
    amount: str | None = None
    lot: str | None = None
    applied_at: str | None = None
    removed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that was done otherwise than planned, and why.

    Attributes:
        item: What it concerns, by its key in the file: depth_mm, passes, cartridge, zone ...
        zone: The zone, "" for the whole session.
        reason: Why, in the practitioner's words.
    """

    item: str
    zone: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was delivered in one session.

    Attributes:
        client: The client's identifier, as it must stand in the plan.
        session: Number of the session.
        date: Its day.
        practitioner: Who treated.
        device: Device id of the clinic.
        cartridge: Cartridge.
        products: Products with lots.
        antiseptic, anaesthetic: What was used.
        zones: The zones.
        endpoint: What was seen at the end.
        reactions: Codes of reactions, None while unknown; ("none",) when there were none.
        deviations: What was done otherwise, with reasons.
        stopped_early: Whether the session was stopped before its end.
        notes: Free text.
        simulated: True: a virtual device did it, nobody was treated.
    """

    client: str
    session: int
    date: Day
    practitioner: str | None
    device: str | None
    cartridge: UsedCartridge
    products: tuple[UsedProduct, ...]
    antiseptic: Antiseptic
    anaesthetic: Anaesthetic
    zones: tuple[DeliveredZone, ...]
    endpoint: str | None
    reactions: tuple[str, ...] | None
    deviations: tuple[Deviation, ...]
    stopped_early: Literal["yes", "no", "unknown"]
    notes: str
    simulated: bool = False

    def reason(self, item: str, zone: str = "") -> str | None:
        """Return why something was done otherwise, None where no reason is given; one for all zones counts in each."""
        for one in self.deviations:
            if one.item == item and one.zone in ("", zone):
                return one.reason
        return None


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands out in a session: a limit that was broken, or a departure with its reason.

    Attributes:
        key: Word key `mark.<key>`.
        stops: True: a limit that stops was broken; False: a departure that was given a reason, or is merely noted.
        item: What it concerns, by its key in the file.
        zone: The zone, "" for the whole session.
        value: What was delivered, in words of the file.
        limit: What it was held against, "" where that says nothing.
        unit: Unit of both.
        reason: The reason given, "" without one.
    """

    key: str
    stops: bool
    item: str
    zone: str
    value: str
    limit: str
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class ZoneCover:
    """Cover of one zone in one session: planned, and as delivered; None where it cannot be told."""

    zone: str
    planned: float | None
    delivered: float | None


@dataclass(frozen=True, slots=True)
class SessionDone:
    """One session: the plan, what was delivered, and what follows from both."""

    planned: PlannedSession
    delivered: Delivered
    covers: tuple[ZoneCover, ...]
    marks: tuple[Mark, ...]

    @property
    def limits_broken(self) -> tuple[Mark, ...]:
        """The limits that stop and were broken."""
        return tuple(one for one in self.marks if one.stops)


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """Something untoward after a session; None and "unknown" stand for what is not known.

    Attributes:
        what: In words, or the id of a harm of the knowledge.
        onset: First day.
        severity: Mild, moderate, severe, serious (as a regulator uses the word), or unknown.
        zone: Expanded zone id, "" where it has no place.
        session: The session it is put down to.
        lot: The lot it is put down to.
        action: What was done.
        resolved: Whether it is over.
        resolved_on: The day on which it was over.
    """

    what: str
    onset: date | None
    severity: Severity
    zone: str
    session: int | None
    lot: str | None
    action: str | None
    resolved: Literal["yes", "no", "unknown"]
    resolved_on: date | None

    @property
    def holds_back(self) -> bool:
        """Whether no further session may be prepared: it is not over, and severe, serious or of unknown severity."""
        return self.resolved != "yes" and self.severity in ("severe", "serious", "unknown")


@dataclass(frozen=True, slots=True)
class Score:
    """One value on an outcome scale.

    Attributes:
        scale: Id of the scale: the fact `scale.<id>`.
        value: The value, inside the fact's range.
        scored_on: The day.
        scored_by: Who scored, None while unknown.
        role: The client, the practitioner, or somebody who did not know what was done.
        zone: Expanded zone id, "" for the whole.
    """

    scale: str
    value: float
    scored_on: date
    scored_by: str | None
    role: Role
    zone: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the course, as handed in at one time."""

    client: str
    reported_on: date
    adverse_events: tuple[AdverseEvent, ...]
    scores: tuple[Score, ...]
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class CourseOpened:
    """The first entry: whose record it is.

    Attributes:
        client: Identifier.
        name: Name.
        birth_date: Birth date, None while unknown.
        clinic: Name of the clinic, None without one.
        sessions_before: Sessions delivered before the record began, as the intake said.
        simulated: True: a record for training; it never holds a real session, as a real one never holds a simulated.
    """

    client: str
    name: str
    birth_date: date | None
    clinic: str | None
    sessions_before: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """A later and better account of an earlier entry, which stays as it is.

    Attributes:
        corrects: Number of the entry.
        reason: Why.
        session: The session as it really was, where a session is corrected.
        outcome: The outcome as it really was, where an outcome is corrected.
    """

    corrects: int
    reason: str
    session: SessionDone | None = None
    outcome: Outcome | None = None
