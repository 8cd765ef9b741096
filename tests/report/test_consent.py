"""consent.pdf: when there is something to sign, and that it tells everything, the serious first, under its version."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.report.conftest import Case, MakeCase, without
from tests.report.pages import texts, whole
from tests.report.test_papers import sentences

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.report.consent_paper import consent_context, has_consent
from mesoplan.report.context import PaperContext
from mesoplan.report.papers import make_papers

Cases = Callable[..., Case]
LANGUAGES = ["en", "ru"]
FACE: dict[str, Any] = {"goals": [{"indication": "rejuvenation", "zones": ["forehead", "cheek_upper"]}]}
PROOF_READ = ("fractional_pen", "classical_injection", "iontophoresis", "home_roller")
WORDING = Path(__file__).parent / "consent_wording.json"


def told(case: Case) -> dict[str, Any]:
    return consent_context(PaperContext(case.plan, case.knowledge, case.clinic))


def rows(case: Case) -> list[list[str]]:
    return [row for part in told(case)["risks"] for row in part["table"]["rows"]]


# -- when


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("may treat", True),
        ("wart", True),
        ("defer", True),
        ("needs info", False),
        ("all unknown", False),
        ("physician", False),
        ("contraindicated", False),
    ],
)
def test_there_is_something_to_sign_only_where_a_session_may_follow(cases: Cases, name: str, printed: bool) -> None:
    assert ("consent.pdf" in cases(name).papers) is printed


def test_the_consent_is_printed_while_it_is_not_signed_yet(make_case: MakeCase) -> None:
    case = make_case({"consent_signed": "no"})
    assert not case.plan.screening.may_treat
    assert "This proposal is not firm" in texts(case.papers["consent.pdf"])[0]
    assert "session.pdf" not in case.papers


def test_no_consent_without_a_clinic_or_without_a_product_to_name(make_case: MakeCase, clinic: Clinic) -> None:
    assert "consent.pdf" not in make_case(of_clinic=None).papers
    assert "consent.pdf" not in make_case(of_clinic=without(clinic, products={})).papers


def test_a_technique_without_a_text_is_signed_for_in_the_clinics_own_words(cases: Cases) -> None:
    case = cases("may treat")
    bare = replace(case.knowledge, consents={})
    made = make_papers(case.plan, bare, case.clinic, None)
    assert "consent.pdf" not in made
    assert "in the clinic’s own words, for fractional mesotherapy with a needling device" in whole(made["session.pdf"])


def test_the_consent_refuses_to_be_drawn_when_asked_directly(cases: Cases) -> None:
    case = cases("physician")
    with pytest.raises(ValueError, match="nothing to consent to"):
        told(case)


def test_every_technique_of_the_knowledge_has_one_consent(knowledge: Knowledge) -> None:
    covered = [one.technique for consent in knowledge.consents.values() for one in consent.techniques]
    assert sorted(covered) == sorted(knowledge.techniques)


# -- version


@pytest.mark.parametrize(
    ("language", "version"), [("en", "version 1 of 23 November 2026"), ("ru", "версия 1 от 23 ноября 2026")]
)
def test_every_page_carries_the_version_and_the_sheet_asks_for_it(cases: Cases, language: str, version: str) -> None:
    case = cases("may treat", language)
    pages = texts(case.papers["consent.pdf"])
    assert len(pages) <= 3
    assert [version in page for page in pages] == [True] * len(pages)
    asked = {"en": "Version 1 of 23 Nov 2026 signed for this treatment (Needling with a device)"}
    asked["ru"] = "Подписана версия 1 от 23 нояб. 2026 («Процедура аппаратом с иглами») на эту процедуру"
    assert asked[language] in texts(case.papers["session.pdf"])[0]


def test_a_new_version_is_printed_on_paper_and_sheet(cases: Cases) -> None:
    case = cases("may treat")
    consent = case.knowledge.consent_for("fractional_pen")
    assert consent is not None
    newer = consent.model_copy(update={"version": 7})
    made = make_papers(case.plan, replace(case.knowledge, consents={newer.id: newer}), case.clinic, None)
    assert "version 7 of 23 November 2026" in whole(made["consent.pdf"])
    assert "Version 7 of 23 Nov 2026 signed" in whole(made["session.pdf"])


def wording(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """Return version and digest of all that each consent prints alike for every client."""
    common = {
        language: {key: text for key, text in knowledge.words(language).items() if key.startswith("consent.")}
        for language in LANGUAGES
    }
    claims = {claim.id: claim.says for fact in knowledge.facts.values() for claim in fact.claims}
    found = {}
    for consent in knowledge.consents.values():
        tags = {"all"}.union(*(knowledge.techniques[one.technique].tags for one in consent.techniques))
        harms = [harm for harm in knowledge.harms.values() if not tags.isdisjoint(harm.techniques)]
        risks = [[harm.title, harm.leaflet, claims.get(harm.counted or "")] for harm in harms]
        own = consent.model_dump(mode="json", exclude={"version", "issued"})
        said = json.dumps([common, own, risks], ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(said.encode()).hexdigest()[:16]
        found[consent.id] = {"version": consent.version, "issued": str(consent.issued), "wording": digest}
    return found


def test_a_consent_keeps_its_wording_while_it_keeps_its_version(knowledge: Knowledge) -> None:
    """Raise `version` and `issued` of what changed, then `python -m tests.report.test_consent`."""
    assert wording(knowledge) == json.loads(WORDING.read_text(encoding="utf-8"))


# -- what it says


def test_the_proposal_names_technique_zones_product_sessions_and_what_the_product_is_approved_for(
    cases: Cases, clinic: Clinic
) -> None:
    case = cases("may treat")
    first = texts(case.papers["consent.pdf"])[0]
    for words in ("Fractional mesotherapy with a needling device", "pricks it many times", "Forehead, upper cheek"):
        assert words in first
    assert "5 sessions, usually 15 days apart" in first
    for ingredient in clinic.products["example-revital"].ingredients:
        assert ingredient.name in first
    assert "Example Revital: invented for the example, approved for nothing" in first


def test_what_the_product_is_approved_for_is_asked_where_the_clinic_does_not_say(
    make_case: MakeCase, clinic: Clinic
) -> None:
    products = {name: one.model_copy(update={"status": {}}) for name, one in clinic.products.items()}
    first = texts(make_case(of_clinic=without(clinic, products=products)).papers["consent.pdf"])[0]
    assert "Example Revital: The clinic has not entered what it is approved for: ask before you sign." in first


def test_a_russian_client_reads_the_ingredients_in_russian_beside_the_label(cases: Cases) -> None:
    text = whole(cases("may treat", "ru").papers["consent.pdf"])
    assert "sodium hyaluronate — гиалуроновая кислота 10 мг/мл;" in text


def test_it_refutes_renewal_and_promises_little(cases: Cases) -> None:
    text = whole(cases("may treat").papers["consent.pdf"])
    for words in ("pricks about 20 % of the marked skin", "five sessions reach about 67.6 %", "No result is certain"):
        assert words in text
    assert "100" not in text.replace("one in a hundred", "")


def test_popular_articles_alone_behind_a_use_are_named_as_such(make_case: MakeCase, cases: Cases) -> None:
    only = "is said by popular articles only"
    assert only in whole(make_case(technique="home_roller", **FACE).papers["consent.pdf"])
    assert only not in whole(cases("may treat").papers["consent.pdf"])


@pytest.mark.parametrize("technique", PROOF_READ)
def test_side_effects_stand_with_the_serious_ones_first(make_case: MakeCase, technique: str) -> None:
    case = make_case(technique=technique, **FACE)
    titles = [part["title"] for part in told(case)["risks"]]
    assert titles == ["Serious", "Other complications", "To be expected, and passing"]
    named = [row[0] for row in rows(case)]
    assert named[0].startswith("Severe allergy (anaphylaxis)")
    for risk in ("Late infection (mycobacteria)", "New scars", "Dark patches (", "Infection by bacteria"):
        assert any(one.startswith(risk) for one in named), risk


@pytest.mark.parametrize(
    ("technique", "risk", "named"),
    [
        ("classical_injection", "Change of vision", True),
        ("fractional_pen", "Change of vision", False),
        ("iontophoresis", "Burn by electric current", True),
        ("iontophoresis", "Burn by light", False),
        ("laser", "Burn by light", True),
        ("laser", "Injury of the eye", True),
        ("fractional_pen", "Burn by", False),
    ],
)
def test_a_risk_is_named_only_where_a_source_names_it(
    make_case: MakeCase, technique: str, risk: str, named: bool
) -> None:
    case = make_case(technique=technique, **FACE)
    assert any(row[0].startswith(risk) for row in rows(case)) is named


def test_how_often_is_said_by_a_source_or_not_at_all(make_case: MakeCase) -> None:
    case = make_case(technique="classical_injection", **FACE)
    often = {row[0]: row[1] for row in rows(case)}
    assert often["Late infection (mycobacteria): lumps after weeks"].startswith("In Spain 17 of 77 clients")
    assert "(ntm-spain-2009)" in often["Late infection (mycobacteria): lumps after weeks"]
    assert often["New scars"] == "not known"
    assert "no source read names it after mesotherapy" in often["Change of vision (a blocked vessel of the eye)"]
    counted = {claim.says["en"] for fact in case.knowledge.facts.values() for claim in fact.claims}
    assert all(text == "not known" or any(text.startswith(says) for says in counted) for text in often.values())


def test_work_without_needles_says_where_its_list_comes_from(make_case: MakeCase) -> None:
    words = "Most of the list was made for mesotherapy with needles."
    assert words in whole(make_case(technique="iontophoresis", **FACE).papers["consent.pdf"])
    assert words not in whole(make_case(technique="fractional_pen", **FACE).papers["consent.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("technique", PROOF_READ)
def test_it_holds_telephone_alternatives_rights_photos_apart_and_all_signatures(
    make_case: MakeCase, clinic: Clinic, technique: str, language: str
) -> None:
    case = make_case(technique=technique, language=language, **FACE)
    text, words = whole(case.papers["consent.pdf"]), case.knowledge.words(language)
    keys = ["consent.instead.nothing", "consent.instead.alternative.cosmetics", "consent.right.withdraw"]
    keys += ["consent.right.copy", "consent.questions_title", "consent.photos_note", "consent.photo.record"]
    keys += ["consent.photo.publication", *(f"consent.signature.{one}" for one in ("client", "practitioner"))]
    keys += ["consent.signature.interpreter", "consent.signature.witness", "consent.statement.copy"]
    assert [key for key in keys if words[key] not in text] == []
    assert clinic.emergency_telephone in text
    assert text.count(words["consent.sign.time"]) == 4
    assert len(texts(case.papers["consent.pdf"])) <= 3


def test_at_home_nobody_is_asked_to_raise_a_hand(make_case: MakeCase) -> None:
    assert "raise a hand" not in whole(make_case(technique="home_roller", **FACE).papers["consent.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("technique", PROOF_READ)
def test_its_sentences_are_short(make_case: MakeCase, technique: str, language: str) -> None:
    case = make_case(technique=technique, language=language, **FACE)
    data = told(case)
    parts = [*data["expected"], data["evidence"], *data["cannot"], *data["about_risks"], *data["instead"]]
    parts += [*data["duties"], *data["rights"], *data["statements"], case.knowledge.words(language)["consent.intro"]]
    lengths = [len(re.findall(r"[^\W\d_]+|\d+", one)) for text in parts for one in sentences(text)]
    assert sum(lengths) / len(lengths) <= 15
    assert max(lengths) <= 30


def test_the_same_plan_gives_the_same_bytes(cases: Cases) -> None:
    case = cases("may treat")
    again = make_papers(case.plan, case.knowledge, case.clinic, None)
    assert again["consent.pdf"] == case.papers["consent.pdf"]
    assert has_consent(PaperContext(case.plan, case.knowledge, case.clinic))


if __name__ == "__main__":
    from mesoplan.knowledge.load import load

    WORDING.write_text(json.dumps(wording(load()), indent=2) + "\n", encoding="utf-8")
