"""A fact explained: every claim, the choice, the reason and the users; and the command around it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.folder import write
from mesoplan.errors import ProblemError
from mesoplan.knowledge import conditions
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.conditions import facts_in
from mesoplan.knowledge.explain import explain, topics, users
from mesoplan.knowledge.load import load
from mesoplan.knowledge.read import read
from mesoplan.knowledge.verdict import Verdict


@pytest.fixture
def small(tmp_path: Path) -> Knowledge:
    knowledge, problems = read((write(tmp_path),))
    assert problems == ()
    assert knowledge is not None
    return knowledge


def test_every_claim_stands_beside_the_choice(small: Knowledge) -> None:
    found = explain(small, "gap.peel", "ru")
    assert [(one.id, one.kind, one.locator, one.status) for one in found.claims] == [
        ("s0-peel", "popular article", "line 25", "article"),
        ("trial-1-peel", "trial", "page 3", "R"),
    ]
    assert [one.says for one in found.claims] == ["Две недели.", "Неделя и более."]
    assert found.claims[1].source == "A trial (en), A journal, 2019"
    assert (found.method, found.verdict, found.reason) == ("strictest", Verdict.DEFER, "Самый длинный.")
    assert found.quantity is not None
    assert found.quantity.value == 14.0
    assert found.used_by == ("rule peel.window",)


def test_the_users_of_a_fact_are_found_wherever_it_is_named() -> None:
    knowledge = load()
    for technique in knowledge.techniques.values():
        for fact in technique.facts.values():
            assert f"technique {technique.id}" in users(knowledge, fact)
    for ban in knowledge.bans.values():
        for fact in (ban.before, ban.after):
            assert fact is None or f"ban {ban.id}" in users(knowledge, fact)
    for harm in knowledge.harms.values():
        assert f"harm {harm.id}" in users(knowledge, harm.fact)
    for indication in knowledge.indications.values():
        for fact in (*indication.facts.values(), *indication.techniques.values()):
            assert f"indication {indication.id}" in users(knowledge, fact)
    for rule in knowledge.rules.values():
        assert f"rule {rule.id}" in users(knowledge, rule.fact)
        for fact in facts_in(rule.when):
            assert f"rule {rule.id}" in users(knowledge, fact)


def test_conditions_are_read_once_for_each_knowledge_base_and_never_taken_for_another_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    knowledge = load()
    number = next(rule for rule in knowledge.rules.values() if facts_in(rule.when) - {rule.fact})
    [fact, *_] = sorted(facts_in(number.when) - {number.fact})
    other = next(rule for rule in knowledge.rules.values() if not facts_in(rule.when))
    changed = replace(knowledge, rules={**knowledge.rules, number.id: number.model_copy(update={"when": other.when})})
    assert f"rule {number.id}" in users(knowledge, fact)
    assert f"rule {number.id}" not in users(changed, fact)
    monkeypatch.setattr(conditions, "walk", None)
    assert f"rule {number.id}" in users(knowledge, fact)


def test_every_fact_of_the_release_can_be_explained_in_every_language() -> None:
    knowledge = load()
    for language in knowledge.languages:
        for fact in knowledge.facts:
            assert len(explain(knowledge, fact, language).claims) == len(knowledge.facts[fact].claims)


@pytest.mark.parametrize(("name", "offered"), [("gap.pel", "gap.peel"), ("pregnancy", "contraindication.pregnancy")])
def test_an_unknown_fact_brings_the_nearest_names(small: Knowledge, name: str, offered: str) -> None:
    with pytest.raises(ProblemError) as raised:
        explain(small, name, "en")
    (problem,) = raised.value.problems
    assert problem.value == name
    assert offered in problem.remedy


def test_a_language_of_no_release_is_refused(small: Knowledge) -> None:
    with pytest.raises(ProblemError, match="fr"):
        explain(small, "gap.peel", "fr")


def test_the_list_is_sorted_and_a_topic_narrows_it(small: Knowledge) -> None:
    assert [fact.id for fact in topics(small)] == ["contraindication.pregnancy", "gap.peel"]
    assert [fact.id for fact in topics(small, "gap")] == ["gap.peel"]
    with pytest.raises(ProblemError, match="gap"):
        topics(small, "gep")


def test_a_source_in_another_language_says_which_and_a_plain_description_stands_in_the_readers() -> None:
    knowledge = load()
    title = knowledge.sources["doc-000"].title
    assert knowledge.source_title("doc-000", "en") == title
    assert knowledge.source_title("doc-000", "ru") == f"{title} (англ.)"
    assert knowledge.source_title("mesolift-afme", "en") == "Le mesolift en 2010 (in French)"
    assert knowledge.source_title("mesolift-afme", "ru") == "Le mesolift en 2010 (франц.)"
    own = knowledge.source_title("mesoplan", "ru")
    assert own.startswith("Mesoplan: осторожные")
    assert "(" not in own
    for source in knowledge.sources.values():
        for language in knowledge.languages:
            assert source.language == language or f"source.in.{source.language}" in knowledge.words(language)


def test_a_language_without_a_word_of_its_own_is_named_by_its_code(small: Knowledge) -> None:
    [source, *_] = small.sources.values()
    german = replace(small, sources={source.id: source.model_copy(update={"language": "de"})})
    assert german.source_title(source.id, "ru") == f"{source.title} (de)"
