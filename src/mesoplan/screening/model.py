"""What a screening says. Findings refer to facts of the knowledge, they do not copy them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mesoplan.knowledge.verdict import SEVERITY, Verdict
from mesoplan.values import maker

_CAUTION = Verdict.CAUTION  # a member is looked up through its class slowly, and this is asked very often


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired, or that could not be told.

    Attributes:
        id: Rule id, with `@zone` for a finding of one zone. A rule that could not be told keeps the id.
        rule: Rule id.
        verdict: The rule's verdict; NEEDS_INFO where it could not be told.
        zone: The zone it concerns, None for the person.
        applies_to: Technique tags.
        until: DEFER only: the first local date on which the rule no longer fires, None without a known end.
        missing: Questions whose answers would tell; empty unless NEEDS_INFO.
        questions: All questions the rule reads.
        fact: The fact it rests on.
        lifted_by: The doctor whose signature lifts this PHYSICIAN finding, None otherwise.
    """

    id: str
    rule: str
    verdict: Verdict
    zone: str | None
    applies_to: tuple[str, ...]
    until: date | None
    missing: tuple[str, ...]
    questions: tuple[str, ...]
    fact: str
    lifted_by: str | None = None

    @property
    def effective(self) -> Verdict:
        """The verdict that counts: CAUTION once a doctor's signature has lifted it."""
        return _CAUTION if self.lifted_by is not None else self.verdict


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, strictest first, then by id."""
    return tuple(sorted(findings, key=lambda one: (-SEVERITY[one.effective], one.id)))


@dataclass(frozen=True, slots=True)
class Cell:
    """The answer for one technique in one goal zone.

    Attributes:
        technique: Technique id.
        zone: Expanded zone id, None when no goal was entered (then NEEDS_INFO stands).
        indications: The goals in this zone.
        headline: The strictest effective verdict of the findings.
        may_treat: True only if every finding is CLEARED or CAUTION and nothing is missing.
        eligible_from: The earliest date with no DEFER left; None when one has no known end, or CONTRAINDICATED stands.
        provisional: True while something is missing or PHYSICIAN stands.
        findings: Ids of the findings that count here, strictest first, then by id.
        missing: Questions still to ask for this cell.
    """

    technique: str
    zone: str | None
    indications: tuple[str, ...]
    headline: Verdict
    may_treat: bool
    eligible_from: date | None
    provisional: bool
    findings: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for every one of some techniques in every one of some goal zones, where it is the same.

    Attributes:
        techniques: Technique ids.
        zones: Expanded zone ids; empty when no goal was entered (then NEEDS_INFO stands).
        indications: The goals in each of these zones.
        headline: As of a `Cell`, and so are the following.
        may_treat: Likewise.
        eligible_from: Likewise.
        provisional: Likewise.
        findings: Likewise.
        missing: Likewise.
    """

    techniques: tuple[str, ...]
    zones: tuple[str, ...]
    indications: tuple[str, ...]
    headline: Verdict
    may_treat: bool
    eligible_from: date | None
    provisional: bool
    findings: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screening:
    """A whole screening.

    Attributes:
        on: The day it is for.
        valid_until: Last day on which it may be relied on; a session needs one of its own day.
        intake_hash: What it is bound to.
        knowledge_version: Edition and hash of the knowledge base.
        headline: The mildest cell's headline: what the best of the techniques and zones allows.
        may_treat: Whether any cell may be treated.
        eligible_from: The earliest over the cells, None when no cell has one.
        findings: Every finding, strictest first, then by id.
        cells: Technique by technique, zone by zone.
        missing: Questions still to ask, in the intake's order.
    """

    on: date
    valid_until: date
    intake_hash: str
    knowledge_version: str
    headline: Verdict
    may_treat: bool
    eligible_from: date | None
    findings: tuple[Finding, ...]
    cells: tuple[Cell, ...]
    missing: tuple[str, ...]

    def finding(self, finding_id: str) -> Finding:
        """Return the finding of this id.

        Raises:
            KeyError: If the screening has no such finding.
        """
        for one in self.findings:
            if one.id == finding_id:
                return one
        raise KeyError(finding_id)


@dataclass(frozen=True, slots=True)
class JointScreening:
    """A whole screening that says once what several techniques and zones have in common: for files of many clients.

    Attributes:
        on: As of a `Screening`, and so is everything but the judgements.
        valid_until: Likewise.
        intake_hash: Likewise.
        knowledge_version: Likewise.
        headline: Likewise.
        may_treat: Likewise.
        eligible_from: Likewise.
        findings: Likewise.
        judgements: Every pair of a technique and a goal zone stands in exactly one.
        missing: As of a `Screening`.
    """

    on: date
    valid_until: date
    intake_hash: str
    knowledge_version: str
    headline: Verdict
    may_treat: bool
    eligible_from: date | None
    findings: tuple[Finding, ...]
    judgements: tuple[Judgement, ...]
    missing: tuple[str, ...]


make_cell = maker(Cell)
make_judgement = maker(Judgement)
make_finding = maker(Finding)
make_screening = maker(Screening)
make_joint_screening = maker(JointScreening)
