"""What a screening rests on, beside it: the answers, and every source's reading with its kind."""

from __future__ import annotations

import json

from mesoplan.screening.engine import Screener
from mesoplan.screening.explained import explained
from mesoplan.screening.model import Screening
from mesoplan.serial import from_json, to_json
from screening.cases import KNOWLEDGE, ON, intake

SCREENER = Screener(KNOWLEDGE)


def told(changes, language="en"):
    client = intake(changes)
    return explained(SCREENER.screen(client, ON), client, KNOWLEDGE, language)


def test_every_finding_comes_with_every_sources_reading_and_its_kind():
    screening = told({"pregnancy": "yes", "clotting_medicines": "yes"})
    facts = {one.fact: one for one in screening.facts}
    assert {one.fact for one in screening.findings} <= set(facts)
    for name, fact in facts.items():
        claims = KNOWLEDGE.facts[name].claims
        assert [(one.id, one.reading, one.locator) for one in fact.claims] == [
            (claim.id, claim.reading, claim.locator) for claim in claims
        ]
        assert [one.kind for one in fact.claims] == [KNOWLEDGE.sources[claim.source].kind for claim in claims]
        chosen = KNOWLEDGE.facts[name].resolution
        assert (fact.verdict, fact.method) == (chosen.verdict, chosen.method)
        assert {one.id for one in fact.claims if one.decides} == {chosen.claim} - {None}


def test_the_answers_that_a_finding_read_stand_beside_it_and_no_others():
    screening = told({"pregnancy": "yes"})
    assert screening.answers["pregnancy"].code == "yes"
    assert set(screening.answers) == {name for one in screening.findings for name in one.questions}


def test_a_finding_without_a_fact_of_the_knowledge_needs_none():
    client = intake({})
    bare = explained(SCREENER.screen(client, ON.replace(year=ON.year + 9)), client, KNOWLEDGE, "ru")
    assert {"answers_stale", "knowledge_stale"} <= {one.rule for one in bare.findings}
    assert {one.fact for one in bare.facts} <= set(KNOWLEDGE.facts)


def test_the_verdict_is_that_of_the_bare_screening_which_can_be_read_from_the_same_text():
    client = intake({"fever": "yes"})
    bare = SCREENER.screen(client, ON)
    text = to_json(explained(bare, client, KNOWLEDGE, "en"))
    assert from_json(Screening, text) == bare
    assert json.loads(text)["facts"][0]["claims"]


def test_the_readings_are_in_the_language_asked_for():
    fact = told({"pregnancy": "yes"}, "ru").facts[0]
    assert fact.title == KNOWLEDGE.facts[fact.fact].title["ru"]
