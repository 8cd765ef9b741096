"""A rule ready to be asked, and the finding that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from mesoplan.intake.model import Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Rule
from mesoplan.knowledge.verdict import Verdict
from mesoplan.knowledge.zonal import is_zonal
from mesoplan.screening.conditions import Situation, compile_condition, moves, questions_of
from mesoplan.screening.model import Finding, make_finding
from mesoplan.screening.told import Told

_NEEDS_INFO, _PHYSICIAN = Verdict.NEEDS_INFO, Verdict.PHYSICIAN
ALLOWING = ("yes", "conditions")
"""What a doctor may have ticked that lifts a finding."""


class CompiledRule:
    """One rule of the knowledge, compiled.

    Attributes:
        rule: The rule itself.
        zonal: Whether it speaks of zones; otherwise of the person.
        later: Whether it is a DEFER that can come or go with the calendar. What does not move with the calendar and is
            silent today is silent on every later day too.
        dated: Whether its end may be promised.
        applies_to: The rule's technique tags.
    """

    def __init__(self, rule: Rule, knowledge: Knowledge) -> None:
        """Compile the condition."""
        self.rule = rule
        self.zonal = is_zonal(rule.when, knowledge)
        self.later = rule.verdict is Verdict.DEFER and moves(rule.when)
        self.dated = rule.verdict is Verdict.DEFER and not rule.undated
        self.applies_to = rule.applies_to
        self._told = compile_condition(rule.when, knowledge)
        self._questions = questions_of(rule.when)
        # (zone, whether it holds, what is missing) -> the finding without a date; filled as these come up
        self._undated: dict[tuple[str | None, bool, tuple[str, ...]], Finding] = {}

    def told(self, situation: Situation) -> Told:
        """Return what the rule says; one that fails on an answer could not be told, it never passes in silence."""
        try:
            return self._told(situation)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return Told(None, None, self._questions)

    def finding(self, told: Told, zone: str | None) -> Finding:
        """Return the finding of a rule that holds, or could not be told, in a zone."""
        where, holds = zone if self.zonal else None, bool(told.holds)
        if holds and self.dated and told.until is not None:
            return self._finding(where, holds, told.missing, told.until)
        key = (where, holds, told.missing)
        if key not in self._undated:
            self._undated[key] = self._finding(where, holds, told.missing, None)
        return self._undated[key]

    def _finding(self, zone: str | None, holds: bool, missing: tuple[str, ...], until: date | None) -> Finding:
        rule = self.rule
        verdict = rule.verdict if holds else _NEEDS_INFO
        return make_finding(
            rule.id if zone is None else f"{rule.id}@{zone}",
            rule.id,
            verdict,
            zone,
            rule.applies_to,
            until,
            missing or (self._questions if verdict is _NEEDS_INFO else ()),
            self._questions,
            rule.fact,
            None,
        )


def findings_of(rules: Iterable[CompiledRule], situation: Situation, intake: Intake) -> list[Finding]:
    """Return the findings of the rules that hold or could not be told, signatures counted."""
    found = []
    for one in rules:
        told = one.told(situation)
        if told.holds is not False:
            finding = one.finding(told, situation.zone)
            found.append(signed(finding, intake, situation.on) if finding.verdict is _PHYSICIAN else finding)
    return found


def signed(finding: Finding, intake: Intake, on: date) -> Finding:
    """Return the finding, lifted where the latest decision that names it and holds on the day allows the treatment.

    Of decisions of one day a "no" counts.
    """
    holding = [
        one
        for one in intake.signatures
        if one.finding == finding.id
        and one.physician.strip()
        and one.signed_on <= on
        and (one.valid_until is None or on <= one.valid_until)
    ]
    latest = max(holding, key=lambda one: (one.signed_on, one.answer == "no"), default=None)
    allowed = latest is not None and latest.answer in ALLOWING
    return replace(finding, lifted_by=latest.physician) if latest is not None and allowed else finding
