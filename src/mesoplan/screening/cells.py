"""The cells of a screening: what techniques and zones have in common is worked out once.

There may be dozens of techniques, but what stands against a client tells few of them apart, and in most zones nothing
stands but what concerns the whole person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.screening.eligibility import Eligibility, Scope
from mesoplan.screening.model import Cell, Finding, Judgement, make_cell, make_judgement

_CLEARED, _DEFER, _PHYSICIAN = Verdict.CLEARED, Verdict.DEFER, Verdict.PHYSICIAN
_CONTRAINDICATED = Verdict.CONTRAINDICATED
_AWAITING = (_DEFER, _PHYSICIAN)
"""Headlines under which the day after a DEFER matters: what is milder holds none, and nothing follows a ban."""
EVERYONE = "all"
"""The tag that every technique has."""


def telling_tags(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Return technique -> those of its tags that some rule selects by."""
    telling = {EVERYONE, *(tag for rule in knowledge.rules.values() for tag in rule.applies_to)}
    return {one.id: frozenset(telling.intersection((EVERYONE, *one.tags))) for one in knowledge.techniques.values()}


def alike(tags: Mapping[str, frozenset[str]], techniques: Iterable[str], concerned: frozenset[str]) -> Alike:
    """Return the techniques in groups that rules of the concerned tags do not tell apart, keyed by those they have."""
    groups: dict[frozenset[str], list[str]] = {}
    for technique in techniques:
        groups.setdefault(tags[technique] & concerned, []).append(technique)
    return {key: tuple(members) for key, members in groups.items()}


Alike = Mapping[frozenset[str], tuple[str, ...]]


class _Said(NamedTuple):
    """What some findings amount to; `waiting` are those that are a DEFER, as far as a first day may follow."""

    headline: Verdict
    may_treat: bool
    provisional: bool
    findings: tuple[str, ...]
    missing: tuple[str, ...]
    waiting: list[Finding]


class _Judged(NamedTuple):
    """What is said of a group of techniques in one zone, and the first day without a DEFER."""

    said: _Said
    eligible_from: date | None


def _judgement(
    techniques: tuple[str, ...], zones: tuple[str, ...], indications: tuple[str, ...], judged: _Judged
) -> Judgement:
    said, eligible_from = judged
    return make_judgement(
        techniques,
        zones,
        indications,
        said.headline,
        said.may_treat,
        eligible_from,
        said.provisional,
        said.findings,
        said.missing,
    )


class Judge:
    """Judges groups of techniques in the zones of one client.

    Attributes:
        distinct: What was judged, once for each group and zone.
    """

    def __init__(
        self,
        scopes: Iterable[Scope],
        groups: Alike,
        eligible: Eligibility,
        ranked: Callable[[list[str]], tuple[str, ...]],
    ) -> None:
        """Judge each group in each zone; `ranked` puts questions in order."""
        self._scopes, self._groups, self._eligible, self._ranked = tuple(scopes), groups, eligible, ranked
        self._said: dict[tuple[str | None, tuple[str, ...]], _Said] = {}
        self._same: dict[int, _Judged] = {}
        self._judged = {tags: self._row(tags) for tags in groups}
        self.distinct = [judged for row in self._judged.values() for judged in row]

    def cells(self, techniques: Iterable[str]) -> tuple[Cell, ...]:
        """Return the cells, technique by technique and zone by zone."""
        row_of = {name: self._judged[tags] for tags, members in self._groups.items() for name in members}
        return tuple(
            [
                make_cell(
                    technique,
                    scope.zone,
                    scope.indications,
                    said.headline,
                    said.may_treat,
                    eligible_from,
                    said.provisional,
                    said.findings,
                    said.missing,
                )
                for technique in techniques
                for scope, (said, eligible_from) in zip(self._scopes, row_of[technique], strict=True)
            ]
        )

    def judgements(self) -> tuple[Judgement, ...]:
        """Return the same, once for the techniques and zones of which it is the same."""
        alike: dict[tuple[object, ...], tuple[list[str], tuple[str, ...], tuple[_Judged, ...]]] = {}
        for scope, *column in zip(self._scopes, *self._judged.values(), strict=True):
            key = (scope.indications, *map(id, column))
            if key not in alike:
                alike[key] = ([], scope.indications, tuple(column))
            if scope.zone is not None:
                alike[key][0].append(scope.zone)
        found = []
        for zones, indications, judged in alike.values():
            by_said: dict[tuple[int, date | None], tuple[_Judged, tuple[str, ...]]] = {}
            for one, techniques in zip(judged, self._groups.values(), strict=True):
                which = (id(one.said), one.eligible_from)
                others = by_said[which][1] if which in by_said else ()
                by_said[which] = (one, others + techniques)
            where = tuple(zones)
            found += [_judgement(techniques, where, indications, one) for one, techniques in by_said.values()]
        return tuple(found)

    def _row(self, tags: frozenset[str]) -> list[_Judged]:
        """Return what is judged of a group, zone by zone; zones where only the person counts share it."""
        row, personal = [], None
        for index, scope in enumerate(self._scopes):
            judged = self._same.get(index)
            if judged is None:
                if not (scope.person and scope.place is None):
                    judged = self._judge(tags, scope)
                else:
                    personal = judged = personal or self._judge(tags, scope)
                if not (scope.selective or judged.said.waiting):
                    self._same[index] = judged  # nothing in it depends on the technique
            row.append(judged)
        return row

    def _judge(self, tags: frozenset[str], scope: Scope) -> _Judged:
        left_out: tuple[str, ...] = ()
        if scope.selective:
            left_out = tuple([one.id for one in scope.selective if tags.isdisjoint(one.applies_to)])
        key = (None if scope.person else scope.zone, left_out)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = self._amounting(scope, left_out)
        if said.waiting:
            return _Judged(said, self._eligible.first_day(tags, scope, said.waiting))
        return _Judged(said, None if said.headline is _CONTRAINDICATED else self._eligible.on)

    def _amounting(self, scope: Scope, left_out: tuple[str, ...]) -> _Said:
        findings = [one for one in scope.findings if one.id not in left_out] if left_out else scope.findings
        asked = [question for one in findings if one.missing for question in one.missing]
        missing = self._ranked(asked) if asked else ()
        headline = findings[0].effective if findings else _CLEARED  # they come strictest first
        physician = headline is _PHYSICIAN or (
            headline is _CONTRAINDICATED and any(one.effective is _PHYSICIAN for one in findings)
        )
        return _Said(
            headline,
            headline in TREATABLE and not missing,
            physician or bool(missing),
            tuple([one.id for one in findings]),
            missing,
            [one for one in findings if one.verdict is _DEFER] if headline in _AWAITING else [],
        )
