from __future__ import annotations

from collections import defaultdict

import pytest
import yaml

from docs.pages import ROOT, Row, rows
from docs.set_aside import set_aside
from mesoplan.knowledge.load import load
from mesoplan.knowledge.model import Claim, Fact, Quantity
from mesoplan.knowledge.resolve import in_unit, is_duration, shown
from mesoplan.knowledge.verdict import SEVERITY, Verdict

PAGE = (ROOT / "docs" / "deviations.md").read_text(encoding="utf-8")
KNOWLEDGE = load()
TABLES: dict[str, list[Row]] = defaultdict(list)
for _row in rows(PAGE):
    TABLES[_row.header[1]].append(_row)
NOT_FOLLOWED, CHOICES, STRICTER = TABLES["where"], TABLES["choice"], TABLES["decided"]
ABOUT_FACTS = [row for table in TABLES.values() for row in table if row.header[0] == "fact"]


def outcome(verdict: Verdict | None, quantity: Quantity | None) -> str:
    parts = [str(verdict)] if verdict is not None else []
    parts += [shown(quantity)] if quantity is not None else []
    return ", ".join(parts) or "no number"


def cite(claim: Claim) -> str:
    return f"{claim.source}:{claim.locator.removeprefix('line ')}"


def names_of(claim: Claim) -> set[str]:
    """The ways in which a row may name a claim: by line for the documents, by source for all others."""
    return {cite(claim)} if claim.source.startswith("doc-") else {claim.source}


def cited(table: list[Row], fact: str) -> set[str]:
    return {code for row in table if row.first == fact for code in row.codes}


def lax(claim: Claim, fact: Fact) -> bool:
    """Whether a claim asks for less than the fact decides: a milder verdict, or a shorter time."""
    stated = fact.resolution
    if stated.method == "modest":
        return False
    if claim.reading is not None and stated.verdict is not None and SEVERITY[claim.reading] < SEVERITY[stated.verdict]:
        return True
    if claim.quantity is None or stated.quantity is None or not is_duration(stated.quantity.unit):
        return False
    ends = in_unit(claim.quantity, stated.quantity.unit)
    reach = None if ends is None else ends[1] if ends[1] is not None else ends[0]
    return reach is not None and stated.quantity.high is not None and reach < stated.quantity.high


def test_the_page_has_the_three_kinds_of_table() -> None:
    assert min(len(NOT_FOLLOWED), len(CHOICES), len(STRICTER)) > 30


@pytest.mark.parametrize("row", ABOUT_FACTS, ids=lambda row: row.first)
def test_a_row_names_a_fact_that_exists_and_only_places_and_sources_of_it(row: Row) -> None:
    facts = [code for code in row.codes if code in KNOWLEDGE.facts]
    assert row.first in facts
    known = {name for fact in facts for claim in KNOWLEDGE.facts[fact].claims for name in names_of(claim)}
    assert [code for code in row.codes if code not in {*facts, *known}] == []


def test_no_fact_stands_twice_in_a_table_of_the_same_kind() -> None:
    for table in (NOT_FOLLOWED, CHOICES, STRICTER):
        names = [row.first for row in table]
        assert len(names) == len(set(names))


def test_every_value_of_status_p_stands_on_the_page_as_it_stands_in_the_knowledge() -> None:
    own = {
        fact.id: outcome(claim.reading, claim.quantity)
        for fact in KNOWLEDGE.facts.values()
        for claim in fact.claims
        if claim.status == "P"
    }
    assert {row.first: row["choice"] for row in CHOICES} == own


def test_every_limit_of_status_p_of_the_surface_stage_stands_on_the_page() -> None:
    path = ROOT / "src" / "mesoplan" / "surface" / "data" / "surface.yaml"
    parameters = yaml.safe_load(path.read_text(encoding="utf-8"))["parameters"]
    own = {name: f"{one['value']:.10g} {one['unit']}" for name, one in parameters.items() if one["status"] == "P"}
    assert {row.first: row["value"] for row in TABLES["value"]} == own


def test_every_fact_that_leaves_a_stricter_source_aside_stands_on_the_page_and_no_other_does() -> None:
    aside = {fact.id for fact in KNOWLEDGE.facts.values() if set_aside(fact)}
    assert {row.first for row in STRICTER} == aside


@pytest.mark.parametrize("row", STRICTER, ids=lambda row: row.first)
def test_a_stricter_source_is_named_with_what_it_asks_and_what_was_decided(row: Row) -> None:
    fact = KNOWLEDGE.facts[row.first]
    assert row["decided"] == outcome(fact.resolution.verdict, fact.resolution.quantity)
    strictest = set_aside(fact)
    deciding = [claim for claim in fact.claims if names_of(claim) & set(row.codes) and not claim.marketing]
    asked = row["the stricter reading"]
    assert any(
        (claim.reading is not None and str(claim.reading) in strictest and str(claim.reading) in asked)
        or (claim.quantity is not None and shown(claim.quantity) in asked and _reaches(claim.quantity, fact, strictest))
        for claim in deciding
    )


def _reaches(quantity: Quantity, fact: Fact, strictest: tuple[str, ...]) -> bool:
    assert fact.resolution.quantity is not None
    ends = in_unit(quantity, fact.resolution.quantity.unit)
    limits = [shown(Quantity(max=end, unit=fact.resolution.quantity.unit)) for end in ends or () if end is not None]
    return bool(set(limits) & set(strictest))


def test_every_marketing_claim_of_the_documents_is_named_as_not_followed() -> None:
    missing = [
        f"{fact.id} {cite(claim)}"
        for fact in KNOWLEDGE.facts.values()
        for claim in fact.claims
        if claim.marketing and cite(claim) not in cited(NOT_FOLLOWED, fact.id)
    ]
    assert missing == []


def test_every_document_that_asks_for_less_than_was_decided_is_named_as_not_followed() -> None:
    missing = [
        f"{fact.id} {cite(claim)}"
        for fact in KNOWLEDGE.facts.values()
        for claim in fact.claims
        if claim.source.startswith("doc-") and lax(claim, fact) and cite(claim) not in cited(NOT_FOLLOWED, fact.id)
    ]
    assert missing == []


def test_every_source_at_second_hand_says_what_was_read_instead() -> None:
    second_hand = {claim.source for fact in KNOWLEDGE.facts.values() for claim in fact.claims if claim.status == "R2"}
    assert {row.first for row in TABLES["what was read instead"]} == second_hand


def test_the_refuted_claims_that_could_hurt_are_not_followed_by_name() -> None:
    wanted = {
        "coverage.renewal": {"doc-000:76", "doc-000:187"},
        "depth.hard_limit": {"doc-000:11"},
        "allergy_test.contact_minutes": {"doc-003:118"},
        "contraindication.clotting_medicines": {"doc-004:67"},
        "aftercare.medicines": {"doc-004:67"},
        "age.minimum": {"doc-003:27"},
        "contraindication.pregnancy": {"doc-002:109"},
        "contraindication.general": {"doc-003:27"},
        "aftercare.general": {"doc-000:183"},
    }
    assert {fact: places & cited(NOT_FOLLOWED, fact) for fact, places in wanted.items()} == wanted
