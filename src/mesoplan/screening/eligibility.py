"""The first day without a DEFER: the rules that can move with the calendar, asked again on later days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property

from mesoplan.intake.model import AnswerValue
from mesoplan.screening.conditions import Situation
from mesoplan.screening.model import Finding, ordered
from mesoplan.screening.rules import CompiledRule


class Scope:
    """What counts in one zone, before techniques are told apart.

    Attributes:
        zone: The zone; None for a person without goals.
        indications: The goals there.
        findings: In order, strictest first.
        selective: Those of them that concern some techniques only.
        later: The zone's rules that can come or go with the calendar.
        person: Whether all findings concern the person; such zones share what follows from them.
        place: The zone where a first free day has to be looked for; None where only the person's rules can defer.
    """

    __slots__ = ("findings", "indications", "later", "person", "place", "selective", "zone")

    def __init__(
        self,
        zone: str | None,
        indications: tuple[str, ...],
        personal: Personal,
        own: list[Finding],
        later: list[CompiledRule],
    ) -> None:
        """Put the person's findings and the zone's own together."""
        self.zone, self.indications, self.later, self.person = zone, indications, later, not own
        self.findings, self.selective = personal
        if own:
            self.findings, self.selective = ordered([*self.findings, *own]), [*self.selective, *selective(own)]
        self.place = zone if own or later else None


Personal = tuple[tuple[Finding, ...], list[Finding]]
"""The person's findings in order, and those of them that concern some techniques only."""


def selective(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that concern some techniques only."""
    return [one for one in findings if "all" not in one.applies_to]


class Eligibility:
    """Looks for the first day without a DEFER; remembers what it found within one screening.

    Attributes:
        on: The day of the screening.
    """

    def __init__(
        self,
        answers: dict[str, AnswerValue],
        on: date,
        awake: list[CompiledRule],
        horizon: Callable[[date], date],
    ) -> None:
        """Keep the rules that the answers wake; what is quiet by its alarms stays so on every day."""
        self._answers, self.on, self._horizon = answers, on, horizon
        self._personal = [one for one in awake if one.later and not one.zonal]
        self._found: dict[tuple[str | None, frozenset[str]], date | None] = {}
        self._deferred: dict[tuple[date, tuple[str | None, ...] | None], list[Finding]] = {}

    @cached_property
    def _last(self) -> date:
        return self._horizon(self.on)

    def first_day(self, tags: frozenset[str], scope: Scope, waiting: list[Finding]) -> date | None:
        """Return the first free day, None where a DEFER has no known end.

        Args:
            tags: The technique's.
            scope: The zone.
            waiting: The findings that are a DEFER, at least one.
        """
        key = (scope.place, tags)
        if key not in self._found:
            self._found[key] = self._search(waiting, tags, scope)
        return self._found[key]

    def _search(self, waiting: list[Finding], tags: frozenset[str], scope: Scope) -> date | None:
        while waiting:
            ends = [one.until for one in waiting]
            if any(end is None for end in ends):
                return None
            day = max(end for end in ends if end is not None)
            if day > self._last:
                return None
            waiting = [one for one in self.deferred(day, scope) if not tags.isdisjoint(one.applies_to)]
        return day

    def deferred(self, day: date, scope: Scope) -> list[Finding]:
        """Return the DEFER findings of the person and of one zone on another day, for all techniques."""
        if (day, None) not in self._deferred:
            self._deferred[day, None] = _holding(self._personal, Situation(day, self._answers, None, frozenset()))
        if not scope.later:
            return self._deferred[day, None]
        place = (day, (scope.zone, *scope.indications))
        if place not in self._deferred:
            here = Situation(day, self._answers, scope.zone, frozenset(scope.indications))
            self._deferred[place] = [*self._deferred[day, None], *_holding(scope.later, here)]
        return self._deferred[place]


def _holding(rules: list[CompiledRule], situation: Situation) -> list[Finding]:
    return [one.finding(told, situation.zone) for one in rules if (told := one.told(situation)).holds]
