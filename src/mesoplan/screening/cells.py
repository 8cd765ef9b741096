"""The cells of a screening: what techniques and zones have in common is worked out once.

There may be dozens of techniques, but rules tell few of them apart, and in most zones nothing stands but what concerns
the whole person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.verdict import TREATABLE, Verdict
from mesoplan.screening.eligibility import Eligibility, Scope
from mesoplan.screening.model import Cell, Finding, make_cell


def telling_tags(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    """Return technique -> those of its tags that some rule selects by; techniques of equal tags are judged alike."""
    telling = {"all", *(tag for rule in knowledge.rules.values() for tag in rule.applies_to)}
    same: dict[frozenset[str], frozenset[str]] = {}  # one object for equal tags, quick to compare
    found = {one.id: frozenset(telling.intersection(("all", *one.tags))) for one in knowledge.techniques.values()}
    return {technique: same.setdefault(tags, tags) for technique, tags in found.items()}


class _Judgement(NamedTuple):
    """What the findings of a cell amount to; `waiting` are those that are a DEFER."""

    headline: Verdict
    provisional: bool
    findings: tuple[str, ...]
    missing: tuple[str, ...]
    waiting: list[Finding]


class Judge:
    """Judges techniques in the zones of one client."""

    def __init__(
        self, scopes: Iterable[Scope], eligible: Eligibility, ranked: Callable[[list[str]], tuple[str, ...]]
    ) -> None:
        """Keep the zones, where first days are looked up, and how questions are put in order."""
        self._scopes, self._eligible, self._ranked = tuple(scopes), eligible, ranked
        self._judged: dict[tuple[str | None, tuple[str, ...]], _Judgement] = {}
        self._rows: dict[frozenset[str], list[Cell]] = {}

    def rows(self, tags: Mapping[str, frozenset[str]], techniques: Iterable[str]) -> list[Cell]:
        """Return the cells, technique by technique and zone by zone; `tags` holds those that rules select by."""
        cells: list[Cell] = []
        for technique in techniques:
            row = self._rows.get(tags[technique])
            if row is None:
                row = self._rows[tags[technique]] = [
                    self._cell(technique, tags[technique], scope) for scope in self._scopes
                ]
                cells += row
            else:
                cells += [_alike(cell, technique) for cell in row]
        return cells

    @property
    def distinct(self) -> list[Cell]:
        """The cells that differ in more than the name of the technique."""
        return [cell for row in self._rows.values() for cell in row]

    def _cell(self, technique: str, tags: frozenset[str], scope: Scope) -> Cell:
        left_out: tuple[str, ...] = ()
        if scope.selective:
            left_out = tuple(one.id for one in scope.selective if tags.isdisjoint(one.applies_to))
        key = (None if scope.person else scope.zone, left_out)
        if key not in self._judged:
            self._judged[key] = self._judgement(scope, left_out)
        said = self._judged[key]
        return make_cell(
            technique,
            scope.zone,
            scope.indications,
            said.headline,
            said.headline in TREATABLE and not said.missing,
            self._eligible.first_day(tags, scope, said.headline, said.waiting),
            said.provisional,
            said.findings,
            said.missing,
        )

    def _judgement(self, scope: Scope, left_out: tuple[str, ...]) -> _Judgement:
        findings = [one for one in scope.findings if one.id not in left_out] if left_out else scope.findings
        missing = self._ranked([question for one in findings if one.missing for question in one.missing])
        return _Judgement(
            headline=findings[0].effective if findings else Verdict.CLEARED,  # they come strictest first
            provisional=bool(missing) or any(one.effective is Verdict.PHYSICIAN for one in findings),
            findings=tuple([one.id for one in findings]),
            missing=missing,
            waiting=[one for one in findings if one.verdict is Verdict.DEFER],
        )


def _alike(cell: Cell, technique: str) -> Cell:
    """Return the same cell of another technique."""
    return make_cell(
        technique,
        cell.zone,
        cell.indications,
        cell.headline,
        cell.may_treat,
        cell.eligible_from,
        cell.provisional,
        cell.findings,
        cell.missing,
    )
