"""The findings of a screening in words: grouped over zones, with their dates, next steps and sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mesoplan.knowledge.verdict import SEVERITY, TREATABLE, Verdict
from mesoplan.report.names import Names
from mesoplan.report.words import within

if TYPE_CHECKING:
    from mesoplan.intake.model import Intake, Signature
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import Claim, Fact
    from mesoplan.report.words import Words
    from mesoplan.screening.model import Cell, Finding, Screening

POPULAR = frozenset({"popular article"})
_NO_EVIDENCE = frozenset({"popular article", "project"})
SYMBOLS: dict[Verdict, str] = {
    Verdict.CLEARED: "\u2713",
    Verdict.CAUTION: "!",
    Verdict.NEEDS_INFO: "?",
    Verdict.DEFER: "\u2192",
    Verdict.PHYSICIAN: "+",
    Verdict.CONTRAINDICATED: "\u2717",
}
"""One sign per verdict, so that colour is never the only one."""


@dataclass(frozen=True, slots=True)
class Group:
    """One rule's findings that say the same thing of several zones.

    Attributes:
        findings: In the order of the screening; all share rule, verdict, end and what is missing.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that stands for all."""
        return self.findings[0]

    @property
    def verdict(self) -> Verdict:
        """The verdict that counts."""
        return self.first.effective

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones; empty where it concerns the person."""
        return tuple(one.zone for one in self.findings if one.zone is not None)

    @property
    def until(self) -> date | None:
        """First day on which it no longer stands, None without a known end."""
        return self.first.until


def cells_shown(screening: Screening, technique: str | None) -> tuple[Cell, ...]:
    """Return the cells a plan speaks of: those of its technique, all where it has none or the technique has none."""
    own = tuple(cell for cell in screening.cells if cell.technique == technique)
    return own or screening.cells


def findings_in(screening: Screening, cells: Iterable[Cell]) -> tuple[Finding, ...]:
    """Return the findings that count in these cells, in the screening's order (strictest first)."""
    counted = {name for cell in cells for name in cell.findings}
    return tuple(one for one in screening.findings if one.id in counted)


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Return the findings grouped by rule, verdict, end and missing answers; strictest first."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        key = (one.rule, one.effective, one.until, one.missing, one.zone is None, one.lifted_by)
        found.setdefault(key, []).append(one)
    groups = [Group(tuple(every)) for every in found.values()]
    return tuple(sorted(groups, key=lambda group: -SEVERITY[group.verdict]))


def standing(groups: Iterable[Group], knowledge: Knowledge) -> tuple[Group, ...]:
    """Return the groups that refuse and are no mere lack of an answer: what asks for more by itself is among them."""
    return tuple(one for one in groups if one.verdict not in TREATABLE and not _mere_lack(one, knowledge))


def cautions(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the groups to be observed, those first on which a doctor has decided: the decision may set conditions."""
    found = [one for one in groups if one.verdict is Verdict.CAUTION]
    return tuple(sorted(found, key=lambda one: one.first.lifted_by is None))


def _mere_lack(group: Group, knowledge: Knowledge) -> bool:
    """Return whether a rule could not be told; the question that is missing is listed instead."""
    rule = knowledge.rules.get(group.first.rule)
    return group.verdict is Verdict.NEEDS_INFO and rule is not None and rule.verdict is not Verdict.NEEDS_INFO


class FindingWords:
    """Says findings, answers and facts in one language."""

    def __init__(self, knowledge: Knowledge, words: Words) -> None:
        """Keep where the words come from."""
        self.knowledge, self.words, self.names = knowledge, words, Names(knowledge, words)

    def says(self, finding: Finding) -> str:
        """Return what a finding says to the practitioner; for an untold rule, what could not be told."""
        rule = self.knowledge.rules.get(finding.rule)
        if rule is None:
            return self._standing(finding.rule, "says")
        text = self.words.text(rule.says)
        told = not finding.missing or rule.verdict == finding.verdict
        return text if told else self.words("finding.untold", says=within(text))

    def client_says(self, finding: Finding, *, at_home: bool = False) -> str:
        """Return the finding in the client's words, for the home where they differ; else the practitioner's."""
        rule = self.knowledge.rules.get(finding.rule)
        if rule is None:
            return self.says(finding)
        return self.words.text((rule.home if at_home else None) or rule.client or rule.says)

    def next_step(self, finding: Finding, intake: Intake) -> str:
        """Return what to do about it, empty where the rule gives nothing; once a doctor has decided, the decision."""
        decisions = [one for one in intake.signatures if one.finding == finding.id]
        if finding.lifted_by or any(one.answer == "no" for one in decisions):
            return " ".join(self._decision(one) for one in decisions)
        rule = self.knowledge.rules.get(finding.rule)
        return self._standing(finding.rule, "next") if rule is None else self.words.text(rule.next_step)

    def _standing(self, rule: str, part: str) -> str:
        """Return what the screening itself found; of a rule that this edition no longer has, that it has not."""
        key = f"standing.{rule}.{part}"
        return self.words(key if key in self.words else f"standing.gone.{part}", rule=rule)

    def _decision(self, signature: Signature) -> str:
        key = "finding.decided" if signature.valid_until is None else "finding.decided_until"
        until = "" if signature.valid_until is None else self.words.day(signature.valid_until)
        day, answer = self.words.day(signature.signed_on), self.words(f"finding.answer.{signature.answer}")
        decision = self.words(key, doctor=signature.physician, day=day, until=until, decision=signature.decision)
        return f"{decision} {answer}"

    def asked(self, question_id: str, intake: Intake) -> str:
        """Return a question still to ask; with what was answered, where the answer lacks a part or cannot be used."""
        if question_id == "visit_date" and intake.visit_date is not None:
            return self.words("asked.visit_date_stale", day=self.words.day(intake.visit_date))
        question, answer = self.names.question(question_id), intake.answers.get(question_id)
        if answer is None or answer.state in ("unknown", "not asked", "no"):
            return question
        return self.words("basis.answer", question=question, answer=self.answer(question_id, intake))

    def until(self, group: Group) -> str:
        """Return when a DEFER ends, empty for any other verdict."""
        if group.verdict is not Verdict.DEFER:
            return ""
        if group.until is None:
            return self.words("finding.until_unknown")
        return self.words("finding.until", day=self.words.day(group.until))

    def answer(self, question_id: str, intake: Intake) -> str:
        """Return the answer that a question was given, in words."""
        question, answer = self.knowledge.questions[question_id], intake.answers.get(question_id)
        if answer is None or answer.state in ("unknown", "not asked"):
            return self.words("answer.not_asked" if answer and answer.state == "not asked" else "answer.unknown")
        if answer.day is not None:
            return self.words.day(answer.day)
        if answer.number is not None:
            unit = question.unit or "1"
            if f"quantity.{unit}.other" in self.words:
                return self.words.count(f"quantity.{unit}", answer.number)
            return self.words.measure(answer.number, unit)
        if answer.names:
            return ", ".join(answer.names)
        if answer.events:
            return "; ".join(self._event(question_id, one) for one in answer.events)
        if answer.zones:
            return self._places(answer.zones)
        return self._code(question_id, answer.code or answer.state)

    def _code(self, question_id: str, code: str) -> str:
        for choice in self.knowledge.questions[question_id].choices:
            if choice.code == code:
                return self.words.text(choice.text)
        key = f"answer.{code}"
        return self.words(key) if key in self.words else code

    def _places(self, zones: tuple[str, ...]) -> str:
        from mesoplan.intake.model import ANYWHERE

        return self.words("answer.anywhere") if ANYWHERE in zones else self.names.zones(zones)

    def _event(self, question_id: str, event: Any) -> str:
        day = self.words("answer.no_date") if event.date is None else self.words.day(event.date)
        kind = self.words("answer.no_kind") if event.kind is None else self._code(question_id, event.kind)
        zonal = self.knowledge.questions[question_id].zonal
        parts = [day, kind if event.kind != "" else "", self._places(event.zones) if zonal else ""]
        return ", ".join(part for part in parts if part)

    def claim(self, claim: Claim) -> dict[str, str]:
        """Return one source's reading: source, kind, place, what it says, and the verdict it amounts to."""
        source = self.knowledge.sources[claim.source]
        reading = "" if claim.reading is None else self.words(f"verdict.{claim.reading.value}.short")
        return {
            "source": source.id,
            "title": self.knowledge.source_title(source.id, self.words.language),
            "kind": self.words(f"kind.{source.kind}"),
            "date": source.date or "",
            "locator": self.locator(claim.locator),
            "says": self.words.text(claim.says),
            "reading": reading,
            "quantity": self.words.quantity(claim.quantity),
            "marketing": self.words("claim.marketing") if claim.marketing else "",
        }

    def locator(self, locator: str) -> str:
        """Return the place in a source in words of the language; a place without words of its own stands as it is."""
        if f"locator.{locator}" in self.words:
            return self.words(f"locator.{locator}")
        kind, _, number = locator.partition(" ")
        known = number[:1].isdigit() and f"locator.{kind}" in self.words
        return self.words(f"locator.{kind}", number=number) if known else locator

    def choice(self, fact: Fact) -> str:
        """Return how a fact's claims were resolved: the method, the value and the verdict chosen."""
        resolution = fact.resolution
        method = self.words(f"method.{resolution.method.replace(' ', '_')}")
        claim = next((one for one in fact.claims if one.id == resolution.claim), None)
        parts = [method if claim is None else self.words("choice.source", method=method, source=claim.source)]
        if resolution.verdict is not None:
            parts.append(self.words(f"verdict.{resolution.verdict.value}.short"))
        if resolution.quantity is not None:
            parts.append(self.words.quantity(resolution.quantity))
        return ", ".join(parts)


def kinds_behind(knowledge: Knowledge, facts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return fact id -> kinds of the sources its claims come from; unknown ids are left out."""
    return {
        name: frozenset(knowledge.sources[claim.source].kind for claim in knowledge.facts[name].claims)
        for name in dict.fromkeys(facts)
        if name in knowledge.facts
    }


def popular_only(kinds: Iterable[frozenset[str]]) -> bool:
    """Return whether nothing but popular articles (and this project's own choices) stands behind any of them."""
    every = list(kinds)
    return bool(every) and all(kind <= _NO_EVIDENCE for kind in every) and any(POPULAR & kind for kind in every)
