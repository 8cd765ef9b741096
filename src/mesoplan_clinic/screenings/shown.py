"""A screening as its page shows it: every word of it the core's, in the language of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mesoplan import ProblemError
from mesoplan import Screening as CoreScreening
from mesoplan.knowledge.explain import explain
from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.report.context import TONES
from mesoplan.report.findings import SYMBOLS, Group, cautions, grouped, standing
from mesoplan.report.names import zone_order
from mesoplan.report.screening_text import headline, shown_verdict
from mesoplan.report.words import sentence
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes.known import with_known
from mesoplan_clinic.intakes.models import Decision
from mesoplan_clinic.intakes.shown import Wording, read_with_todays_knowledge
from mesoplan_clinic.kernel.broken import BrokenRecord
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.services import found_in, why_stale

if TYPE_CHECKING:
    from datetime import date

    from mesoplan import Intake as CoreIntake
    from mesoplan.screening.model import Cell, Finding

_STALE = {
    "another_day": gettext_noop("It was made for another day; a session needs one of its own day."),
    "newer_answers": gettext_noop("The client has signed newer answers."),
    "answers_changed": gettext_noop("A decision, an allergy test or the client's record has changed."),
    "knowledge_changed": gettext_noop("The knowledge base has changed."),
    "record_broken": gettext_noop("A course’s record is not as it was written: nothing may be relied on."),
    "unreadable": gettext_noop("The answers cannot be read with today's knowledge: ask again."),
}


def stale_reason(row: Screening, on: date) -> str:
    """Return why a screening may not be relied on that day, in words; "" where it holds."""
    try:
        why = why_stale(row, on)
    except ProblemError:
        why = "unreadable"
    except BrokenRecord:
        why = "record_broken"
    return _(_STALE[why]) if why else ""


@dataclass(frozen=True)
class _Headed:
    """A kept screening's head: what its headline is written from."""

    headline: Verdict
    may_treat: bool
    eligible_from: date | None


def answers_then(row: Screening) -> CoreIntake:
    """Return the answers that a kept screening read, with the sessions that were recorded up to its day."""
    answers = read_with_todays_knowledge(row.intake)
    try:
        return with_known(row.client, answers, row.on)
    except BrokenRecord:  # said above the page
        return answers


def glance(row: Screening) -> dict[str, str]:
    """Return a kept screening's headline in sign, words and colour, and until when it counts."""
    head = _Headed(Verdict(row.headline), row.may_treat, row.eligible_from)
    verdict, words = shown_verdict(head), Wording(knowledge_of(row.client.clinic)).words
    return {
        "sign": SYMBOLS[verdict],
        "tone": TONES[verdict],
        "what": headline(words, head),
        "screened": _("Screened for %(day)s; it counts on that day.") % {"day": words.day(row.on)},
    }


@dataclass(frozen=True)
class Badge:
    """A verdict in sign, words and colour."""

    sign: str
    words: str
    tone: str


@dataclass
class ShownFinding:
    """What one rule says, with what it rests on.

    Attributes:
        badge: Its verdict.
        says: In words.
        zones: Where, "" for the person.
        until: When it ends.
        next_step: What to do.
        answers: (question, answer) that it rests on.
        fact: Each source's reading, None where it rests on none.
        disagree: Whether sources read it differently.
        decide: Findings a doctor may decide on, (id, zone in words).
        decisions: Decisions that stand.
    """

    badge: Badge
    says: str
    zones: str
    until: str
    next_step: str
    answers: list[tuple[str, str]]
    fact: dict[str, Any] | None
    disagree: bool
    decide: list[tuple[str, str]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


@dataclass
class Shown:
    """A kept screening in words.

    Attributes:
        row: As it is kept.
        answers: The answers that it read.
    """

    row: Screening
    answers: CoreIntake

    @cached_property
    def found(self) -> CoreScreening:
        """The core's value."""
        return found_in(self.row)

    @cached_property
    def wording(self) -> Wording:
        """The words."""
        return Wording(knowledge_of(self.row.client.clinic))

    def badge(self, verdict: Verdict, key: str = "short") -> Badge:
        """Return a verdict in sign, words and colour."""
        return Badge(SYMBOLS[verdict], self.wording.words(f"verdict.{verdict.value}.{key}"), TONES[verdict])

    @cached_property
    def verdict(self) -> dict[str, Any]:
        """The headline with its meaning, and what is besides."""
        verdict, words, found = shown_verdict(self.found), self.wording.words, self.found
        besides = []
        if found.missing and verdict is Verdict.DEFER:
            besides.append(words.count("verdict.also_missing", len(found.missing)))
        doctor = any(one.effective is Verdict.PHYSICIAN for one in found.findings)
        if doctor and verdict not in (Verdict.PHYSICIAN, Verdict.CONTRAINDICATED):
            besides.append(words("verdict.also_doctor"))
        return {
            **glance(self.row),
            "meaning": words(f"verdict.{verdict.value}.meaning"),
            "besides": besides,
            "knowledge": words("terminal.knowledge", version=found.knowledge_version),
        }

    @cached_property
    def missing(self) -> list[dict[str, str]]:
        """The questions still to ask."""
        say = self.wording.say
        return [{"id": one, "text": say.asked(one, self.answers)} for one in self.found.missing]

    @cached_property
    def sections(self) -> list[dict[str, Any]]:
        """The findings, strictest first, one section for each verdict."""
        groups = grouped(self.found.findings)
        every = [*standing(groups, self.wording.knowledge), *cautions(groups)]
        sections: dict[Verdict, list[ShownFinding]] = {}
        for one in every:
            sections.setdefault(one.verdict, []).append(self.finding(one))
        return [{"badge": self.badge(verdict), "findings": found} for verdict, found in sections.items()]

    def finding(self, group: Group) -> ShownFinding:
        """Return one finding in words."""
        say, first = self.wording.say, group.first
        known = say.knowledge.questions
        fact = self._fact(first)
        readings = (
            {one["reading"] for one in fact["claims"] if one["reading"] and not one["marketing"]} if fact else set()
        )
        names = [one.id for one in group.findings]
        may = group.verdict is Verdict.PHYSICIAN
        return ShownFinding(
            badge=self.badge(group.verdict),
            says=sentence(say.says(first)),
            zones=say.names.zones(group.zones),
            until=say.until(group),
            next_step=say.next_step(first, self.answers),
            answers=[
                (say.names.question(one), say.answer(one, self.answers)) for one in first.questions if one in known
            ],
            fact=fact,
            disagree=len(readings) > 1,
            decide=[(one.id, say.names.zone(one.zone) if one.zone else "") for one in group.findings] if may else [],
            decisions=[one for one in self.decisions if one.finding in names],
        )

    @cached_property
    def decisions(self) -> list[Decision]:
        """The decisions that stand."""
        return list(Decision.objects.filter(client=self.row.client, withdrawn_at=None))

    def _fact(self, finding: Finding) -> dict[str, Any] | None:
        say, knowledge = self.wording.say, self.wording.knowledge
        if finding.fact not in knowledge.facts:
            return None
        fact = knowledge.facts[finding.fact]
        told = explain(knowledge, finding.fact, self.wording.words.language)
        decides = {one.id for one in told.claims if one.decides}
        claims = [say.claim(one) | {"decides": one.id in decides, "status": one.status} for one in fact.claims]
        return {"title": told.title, "claims": claims, "choice": say.choice(fact), "reason": told.reason}

    # -- techniques and zones

    @cached_property
    def table(self) -> dict[str, Any]:
        """Techniques as rows, zones as columns; zones in which every technique stands alike share a column."""
        cells: dict[str, dict[str, Cell]] = {}
        for one in self.found.cells:
            cells.setdefault(one.zone or "", {})[one.technique] = one
        columns: dict[Any, list[str]] = {}
        for zone, by_technique in cells.items():
            key = tuple((name, one.headline, one.may_treat, one.eligible_from) for name, one in by_technique.items())
            columns.setdefault(key, []).append(zone)
        names, words, knowledge = self.wording.say.names, self.wording.words, self.wording.knowledge
        zones = [zone_order(knowledge, [one for one in every if one]) for every in columns.values()]
        techniques = list(dict.fromkeys(one.technique for one in self.found.cells))
        firsts = [every[0] for every in columns.values()]
        rows = [
            {
                "technique": sentence(names.technique(technique)),
                "cells": [self._cell(cells[zone][technique]) for zone in firsts],
            }
            for technique in techniques
        ]
        return {"zones": [sentence(names.zones(one)) or words("client.no_goals") for one in zones], "rows": rows}

    def _cell(self, cell: Cell) -> dict[str, Any]:
        words, badge = self.wording.words, self.badge(cell.headline)
        if cell.may_treat:
            badge = Badge(badge.sign, words("status.treat"), badge.tone)
        elif cell.headline in TREATABLE:
            badge = self.badge(Verdict.NEEDS_INFO)
        return {"badge": badge, "since": self._from(cell.eligible_from, cell.provisional)}

    def _from(self, day: date | None, provisional: bool) -> str:
        if day is None or day <= self.found.on:
            return ""
        key = "terminal.from_provisional" if provisional else "terminal.from"
        return self.wording.words(key, day=self.wording.words.day(day)).lstrip(", ")

    @cached_property
    def eligible(self) -> list[dict[str, str | bool]]:
        """From when each technique may be done, those with the same day together; nothing where no day is known."""
        by_day: dict[tuple[date, bool], list[str]] = {}
        for technique in dict.fromkeys(one.technique for one in self.found.cells):
            own = [one for one in self.found.cells if one.technique == technique and one.eligible_from is not None]
            if own:
                first = min(own, key=lambda one: one.eligible_from or self.found.on)
                by_day.setdefault((first.eligible_from or self.found.on, first.provisional), []).append(technique)
        words, names = self.wording.words, self.wording.say.names
        return [
            {
                "day": words.day(day),
                "today": day <= self.found.on,
                "provisional": provisional,
                "techniques": _("all techniques")
                if len(every) == len({one.technique for one in self.found.cells})
                else ", ".join(names.technique(one) for one in every),
            }
            for (day, provisional), every in sorted(by_day.items())
        ]
