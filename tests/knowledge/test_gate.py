"""The gate over the five documents: claims held or accounted for, conflicts settled, nothing doubtful taken as true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.pages import ROOT, rows
from mesoplan.knowledge.inventory import compare
from mesoplan.knowledge.load import load
from mesoplan.knowledge.model import Claim, Fact
from mesoplan.knowledge.read import every_text
from mesoplan.knowledge.resolve import same

HERE = Path(__file__).parent
INVENTORY: list[dict[str, Any]] = json.loads((HERE / "inventory.json").read_text(encoding="utf-8"))
CONFLICTS: dict[str, dict[str, list[str]]] = yaml.safe_load((HERE / "conflicts.yaml").read_bytes())["conflicts"]
DOUBTFUL: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "doubtful.yaml").read_bytes())["doubtful"]
PAGE = (ROOT / "docs" / "deviations.md").read_text(encoding="utf-8")
KNOWLEDGE = load()
HOLDERS: dict[str, tuple[Fact, Claim]] = {
    claim.id: (fact, claim) for fact in KNOWLEDGE.facts.values() for claim in fact.claims
}


def places(claim: Claim) -> set[str]:
    """The lines of a document that a claim stands on, `000:9` each."""
    if not claim.source.startswith("doc-"):
        return set()
    first, _, last = claim.locator.removeprefix("line ").partition("-")
    return {f"{claim.source.removeprefix('doc-')}:{line}" for line in range(int(first), int(last or first) + 1)}


def named_on_the_page(fact: Fact, claim: Claim) -> bool:
    cite = f"{claim.source}:{claim.locator.removeprefix('line ')}"
    return any(row.first == fact.id and cite in row.codes for row in rows(PAGE))


# -- the inventory


def test_the_inventory_counts_every_claim_of_the_documents_once() -> None:
    assert len(INVENTORY) == len({row["id"] for row in INVENTORY}) == 858


def test_every_claim_is_held_as_the_document_has_it_or_named_as_a_deviation() -> None:
    found = compare(KNOWLEDGE, INVENTORY)
    unaccounted = [one for one in found.deviating if one not in HOLDERS or not named_on_the_page(*HOLDERS[one])]
    assert unaccounted == []


def test_at_most_a_tenth_of_the_clinical_claims_deviates() -> None:
    found = compare(KNOWLEDGE, INVENTORY)
    clinical = [row["id"] for row in INVENTORY if row["topic"] != "claim-marketing"]
    assert len(clinical) > 700
    assert len(set(clinical) & set(found.deviating)) <= len(clinical) / 10


def test_the_counts_add_up() -> None:
    found = compare(KNOWLEDGE, INVENTORY)
    assert len(found.held) + len(found.deviating) == 858
    assert set(found.refuted) | set(found.not_followed) <= set(found.held)
    assert not set(found.refuted) & set(found.not_followed)
    assert set(found.refuted) == {
        one.partition("@")[0] for one, (_, claim) in HOLDERS.items() if claim.marketing and one.startswith("s")
    } & {row["id"] for row in INVENTORY}


@pytest.mark.parametrize(
    "change", [{"line": 999}, {"document": "004_x.txt"}, {"id": "s9-nowhere"}, {"value": {"value": 7, "unit": "um"}}]
)
def test_a_claim_that_is_not_held_as_it_stands_is_counted_as_deviating(change: dict[str, Any]) -> None:
    changed = [{**row, **change} if row["id"] == "s0-microzone-width" else row for row in INVENTORY]
    assert compare(KNOWLEDGE, changed).deviating == (change.get("id", "s0-microzone-width"),)


# -- the conflicts


def test_no_conflict_is_missing() -> None:
    assert list(CONFLICTS) == [f"C{number:02d}" for number in range(1, 84)]


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_is_settled_by_facts_that_hold_its_claims_and_give_a_reason(conflict: str) -> None:
    at, held = set(CONFLICTS[conflict]["places"]), set()
    assert CONFLICTS[conflict]["facts"] != []
    for name in CONFLICTS[conflict]["facts"]:
        fact = KNOWLEDGE.facts[name]
        here = {place for claim in fact.claims for place in places(claim)} & at
        assert here != set(), name
        held |= here
        for language in KNOWLEDGE.languages:
            assert len(fact.resolution.reason[language].split()) >= 2, name
    assert len(held) >= min(2, len(at)), "one side alone is no conflict"


# -- what is doubtful


def test_no_doubtful_claim_is_missing() -> None:
    assert list(DOUBTFUL) == [f"D{number:02d}" for number in range(1, 33)]
    assert {one for entry in DOUBTFUL.values() for one in entry["claims"]} <= HOLDERS.keys()


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_a_doubtful_claim_decides_nothing_unless_it_is_said_why_it_may(doubt: str) -> None:
    excused = DOUBTFUL[doubt].get("decides", {})
    for one in DOUBTFUL[doubt]["claims"]:
        fact, claim = HOLDERS[one]
        stated = fact.resolution
        chosen = stated.claim == one or (
            claim.quantity is not None and stated.quantity is not None and same(claim.quantity, stated.quantity)
        )
        assert chosen == (one in excused), one


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_a_doubtful_claim_is_named_on_the_page_of_deviations(doubt: str) -> None:
    assert [one for one in DOUBTFUL[doubt]["claims"] if not named_on_the_page(*HOLDERS[one])] == []


def test_what_is_never_injected_stays_so_whatever_the_documents_list() -> None:
    never = [one for one in KNOWLEDGE.substances.values() if {"oils"} & set(one.classes)]
    assert never != []
    assert [one.id for one in never if one.injectable] == []


SLIPS = {
    "T01": r"ice.?cream|морожен",
    "T02": r"semester|семестр",
    "T03": r"temporal lobe|височн\w+ дол",
    "T04": r"microphage|микрофаг",
    "T05": r"aminoxyl|аминоксил",
    "T06": r"cuts? off the problem|отреза\w+ проблем",
    "T07": r"(second|extra) chin",
    "T08": r"asterisk|vascular stars?\b",
    "T09": r"fever, fever|bruising, bruising|acne,? (and )?acne|stretch marks and stretch marks",
    "T10": r"tapering",
    "T11": r"method of attack|attack method|метод\w* атак",
    "T12": r"in the from",
    "T13": r"outdoor cosmetics|уличн\w+ косметик",
    "T14": r"various types of threads",
    "T16": r"prevent the appearance\.",
    "T17": r"become less n\b",
    "T18": r"costs? 48",
    "T19": r"\bgirls\b",
}
QUOTED = {"T02": {"facts/contraindication.pregnancy/claims/s2-contra-third-trimester/says"}}
"""Texts that name a slip in order to correct it."""


@pytest.mark.parametrize("slip", SLIPS)
def test_no_text_repeats_a_slip_of_translation(slip: str) -> None:
    found = {
        name
        for name, text in every_text(KNOWLEDGE).items()
        for language in KNOWLEDGE.languages
        if re.search(SLIPS[slip], text[language], re.IGNORECASE)
    }
    assert found == QUOTED.get(slip, set())
