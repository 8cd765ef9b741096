import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from tests.report.conftest import ANSWERS, ON, Case, MakeCase, without
from tests.report.pages import beyond_margins, catalogue, characters, metadata, texts, whole

from mesoplan.clinic.model import Clinic, Closure
from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.verdict import Verdict
from mesoplan.plan import Plan
from mesoplan.report import papers
from mesoplan.report.context import PaperContext
from mesoplan.report.leaflet_paper import leaflet_context
from mesoplan.report.papers import PAPERS, make_leaflet, make_papers, write_papers
from mesoplan.report.plan_course import cover, results
from mesoplan.report.session_paper import session_context
from mesoplan.report.session_steps import claims_behind
from mesoplan.report.typeset import TypesettingError, typeset
from mesoplan.serial import from_json, to_json
from mesoplan.surface.build import build_surface
from mesoplan.surface.model import Surface

Cases = Callable[..., Case]
EVERY = [*ANSWERS, "all unknown"]
LANGUAGES = ["en", "ru"]
MARGIN_PT = 45.0  # a little less than the 18 mm of the pages
REFUSED = ["needs info", "defer", "physician", "contraindicated", "all unknown"]
SETTINGS = {"en": ("Ceiling, mm", "mm/s"), "ru": ("Предел, мм", "мм/с")}


def pdfs(case: Case) -> dict[str, bytes]:
    return {name: content for name, content in case.papers.items() if name.endswith(".pdf")}


# -- what every page carries


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_every_page_names_the_client_by_two_identifiers_and_says_example(
    cases: Cases, name: str, language: str
) -> None:
    for paper, content in pdfs(cases(name, language)).items():
        for number, text in enumerate(texts(content), 1):
            assert "Anna Example" in text, (paper, number)
            assert "EX-0001" in text, (paper, number)
            assert "EXAMPLE" in text, (paper, number)


def test_a_clinic_of_its_own_prints_no_example(make_case: MakeCase, clinic: Clinic) -> None:
    own = make_case(of_clinic=without(clinic, example=False, name="Skin Clinic"))
    assert "EXAMPLE –" not in whole(own.papers["plan.pdf"])
    assert "EXAMPLE –" not in own.papers["map.svg"].decode()
    assert "Skin Clinic" in texts(own.papers["plan.pdf"])[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_no_type_is_smaller_than_9_pt_and_all_of_it_is_shipped(cases: Cases, name: str, language: str) -> None:
    for paper, content in pdfs(cases(name, language)).items():
        drawn = characters(content)
        assert len(drawn) > 200
        smallest = min(drawn, key=lambda one: one.size_pt)
        assert smallest.size_pt >= 8.99, (paper, smallest)
        faces = {one.font.split("+")[-1].split("-")[0] for one in drawn}
        assert faces <= {"PTSans", "DejaVuSansMono"}, paper
        assert not {"\ufffd", "\u202f", "\u2009"} & {one.text for one in drawn}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_nothing_runs_out_of_the_page(cases: Cases, name: str, language: str) -> None:
    for paper, content in pdfs(cases(name, language)).items():
        assert beyond_margins(content, MARGIN_PT) == [], paper


@pytest.mark.parametrize("language", LANGUAGES)
def test_papers_are_tagged_pdf_ua_in_their_language(cases: Cases, language: str) -> None:
    for paper, content in {**pdfs(cases("may treat", language)), **pdfs(cases("physician", language))}.items():
        root = catalogue(content)
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata(content), paper
        assert "/StructTreeRoot" in root, paper
        assert root["/Lang"] == language, paper


def test_pictures_have_an_alternative_text(cases: Cases) -> None:
    raw = cases("wart").papers["plan.pdf"]
    alternatives = [
        str(node["/Alt"])
        for node in pypdf.PdfReader(io.BytesIO(raw)).root_object["/StructTreeRoot"].get_object() and _nodes(raw)
        if "/Alt" in node
    ]
    assert any("not yet: upper cheek, left" in text for text in alternatives)


def _nodes(raw: bytes) -> list[Any]:
    reader = pypdf.PdfReader(io.BytesIO(raw))
    found = []
    for number in range(1, len(reader.xref_objStm) + sum(map(len, reader.xref.values())) + 1):
        try:
            node = reader.get_object(number)
        except Exception:  # a number without an object
            continue
        if isinstance(node, dict):
            found.append(node)
    return found


# -- which papers, and what they say, by verdict


@pytest.mark.parametrize(
    ("name", "session", "referral"),
    [
        ("may treat", True, False),
        ("wart", True, False),
        ("needs info", False, False),
        ("all unknown", False, False),
        ("defer", False, False),
        ("physician", False, True),
        ("contraindicated", False, False),
        ("grade 3", False, True),
    ],
)
def test_each_verdict_has_its_papers(cases: Cases, name: str, session: bool, referral: bool) -> None:
    made = cases(name).papers
    always = {"plan.json", "screening.json", "plan.pdf", "leaflet.pdf", "course.ics", "map.svg"}
    assert always <= made.keys() <= set(PAPERS)
    assert ("session.pdf" in made) is session
    assert ("referral.pdf" in made) is referral


@pytest.mark.parametrize(
    ("name", "english", "russian"),
    [
        ("may treat", "No listed contraindication found", "Противопоказаний из перечня не выявлено"),
        ("all unknown", "Not decided: answers are missing", "Решения нет: не хватает ответов"),
        ("defer", "Not before 2 December 2026", "Не раньше чем 2 декабря 2026 года"),
        ("physician", "A doctor must decide in writing", "Нужно письменное решение врача"),
        ("contraindicated", "Contraindicated", "Противопоказано"),
    ],
)
def test_the_plan_opens_with_its_verdict(cases: Cases, name: str, english: str, russian: str) -> None:
    for language, words in (("en", english), ("ru", russian)):
        first = texts(cases(name, language).papers["plan.pdf"])[0]
        assert words in first
        assert first.index(words) < first.index("birch pollen" if name != "all unknown" else "EX-0001", 80)


@pytest.mark.parametrize("name", EVERY)
def test_no_paper_ever_says_safe(cases: Cases, name: str) -> None:
    for paper, content in pdfs(cases(name)).items():
        if paper not in ("sources.pdf",):  # sources are quoted in their own terms
            verdicts = texts(content)[0]
            assert not re.search(r"\b(is|are|be) safe\b", verdicts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["needs info", "all unknown", "physician", "contraindicated"])
def test_no_settings_and_no_course_are_printed_before_treatment_is_possible(
    cases: Cases, name: str, language: str
) -> None:
    text = whole(cases(name, language).papers["plan.pdf"])
    course = {"en": "Another course at the earliest", "ru": "Следующий курс — не раньше"}[language]
    assert not [word for word in SETTINGS[language] if word in text]
    assert course not in text
    shown = whole(cases("may treat", language).papers["plan.pdf"])
    assert all(word in shown for word in (*SETTINGS[language], course))


def test_a_deferred_plan_says_on_every_part_that_it_is_provisional(cases: Cases) -> None:
    pages = texts(cases("defer").papers["plan.pdf"])
    assert "What follows is provisional" in pages[0]
    assert "Provisional: no session may be held on these settings" in " ".join(pages)
    assert "No date below may be kept before a new screening" in " ".join(pages)
    assert "Until 2 December 2026, not counting that day" in pages[0]


def test_everything_unknown_lists_every_question_once(cases: Cases, knowledge: Knowledge) -> None:
    case = cases("all unknown")
    text = whole(case.papers["plan.pdf"])
    missing = case.plan.screening.missing
    asked = [" ".join(knowledge.questions[name].text["en"].split()) for name in missing if name in knowledge.questions]
    assert len(asked) > 50
    assert [question for question in asked if question not in text] == []


def test_the_first_page_says_what_must_be_known(cases: Cases) -> None:
    first = texts(cases("may treat").papers["plan.pdf"])[0]
    for words in ("14 May 1988", "birch pollen", "Screening valid until", "Who must sign", "Signature", "Evidence:"):
        assert words in first, words


@pytest.mark.parametrize(("language", "more"), [("en", r"(\d+) more finding"), ("ru", r"Ещё (\d+) пункт")])
@pytest.mark.parametrize(
    "name", [name for name in EVERY if name not in ("contraindicated", "grade 3", "grade 3 and diabetes")]
)
def test_a_caution_that_finds_no_room_on_page_1_is_counted_there(
    cases: Cases, name: str, language: str, more: str
) -> None:
    case = cases(name, language)
    context = PaperContext(case.plan, case.knowledge, case.clinic)
    page = " ".join(texts(case.papers["plan.pdf"])[0].split())
    groups = [one for one in context.groups if one.verdict not in (Verdict.CLEARED, Verdict.NEEDS_INFO)]
    shown = [one for one in groups if " ".join(context.say.says(one.first).rstrip(".").split())[1:] in page]
    assert len(shown) + sum(map(int, re.findall(more, page))) == len(groups)


def test_unknown_allergies_are_never_printed_as_none(cases: Cases) -> None:
    first = texts(cases("all unknown").papers["plan.pdf"])[0]
    assert "NOT KNOWN – ask" in first
    assert "None reported" not in first


def test_a_client_without_allergies_has_none_reported(make_case: MakeCase) -> None:
    first = texts(make_case({"allergies": "no"}).papers["plan.pdf"])[0]
    assert "None reported" in first


def test_where_nothing_but_popular_articles_decides_page_1_says_so(make_case: MakeCase, cases: Cases) -> None:
    only = "Rests on popular articles only"
    gallstones = make_case({"gallstones": "yes"})
    kinds = {
        gallstones.knowledge.sources[claim.source].kind
        for finding in gallstones.plan.screening.findings
        if finding.rule.startswith("gallstones")
        for claim in gallstones.knowledge.facts[finding.fact].claims
    }
    assert kinds == {"popular article"}
    assert only in texts(gallstones.papers["plan.pdf"])[0]
    assert only not in texts(cases("may treat").papers["plan.pdf"])[0]


def test_a_refusing_zone_is_named_while_the_others_go_on(cases: Cases) -> None:
    pages = texts(cases("wart").papers["plan.pdf"])
    assert "Not treated now: upper cheek, left" in pages[0]
    assert "Viral warts or molluscum" in pages[0]
    settings = pages[1][pages[1].index("Ceiling") :]
    assert re.search(r"2 Upper cheek R 38", settings)
    assert not re.search(r"3 Upper cheek L \d", settings)


def test_findings_show_each_sources_reading_and_kind_and_the_choice(cases: Cases) -> None:
    last = whole(cases("contraindicated").papers["plan.pdf"])
    last = last[last.index("What it rests on") :]
    assert "Pregnancy at any stage is a contraindication" in last
    assert "Are you pregnant, or might you be? – yes." in last
    assert re.search(r"doc-00\d \(popular article, line \d+\):", last)
    assert "[contraindicated]" in last
    assert "Choice:" in last


def test_the_addition_of_covers_is_printed_as_refuted(cases: Cases) -> None:
    text = whole(cases("may treat").papers["plan.pdf"])
    assert "100 % refuted" in text
    assert "standard deviation" in text
    assert re.search(r"95 % would take \d+, 99 % \d+ sessions", text)


def test_the_example_takes_five_pages_in_both_languages(cases: Cases) -> None:
    for language in LANGUAGES:
        assert len(texts(cases("may treat", language).papers["plan.pdf"])) == 5


def test_pages_stand_in_their_order(cases: Cases) -> None:
    pages = texts(cases("may treat").papers["plan.pdf"])
    heads = ["Treatment plan", "Zones and settings", "Course", "Quality of the plan", "What it rests on"]
    assert len(pages) == 5
    for head, page in zip(heads, pages, strict=True):
        assert head in page[: page.index(head) + 60]
    assert "CLIENT’S" in pages[1]
    assert pages[2].index("Cocktail") < pages[2].index("Calendar") < pages[2].index("Price")
    assert pages[2].index("Serious:") < pages[2].index("Other complications:") < pages[2].index("Expected, passing:")


# -- the session sheet


def test_the_session_sheet_has_two_sides_and_its_day(cases: Cases) -> None:
    for language, day in (("en", "Monday, 23 November 2026"), ("ru", "понедельник, 23 ноября 2026")):
        pages = texts(cases("may treat", language).papers["session.pdf"])
        assert len(pages) == 2
        assert all(day in page for page in pages)


def test_the_session_sheet_carries_the_clinics_own_protocols_lots_and_readings(cases: Cases, clinic: Clinic) -> None:
    case = cases("may treat")
    front, back = texts(case.papers["session.pdf"])
    for protocol in clinic.emergency_protocols.values():
        assert protocol is not None
        assert " ".join(protocol.text["en"].split()) in front
    chosen = {zone.product for zone in case.plan.prescription.zones}
    for lot in (lot for name in chosen if name for lot in clinic.products[name].lots):
        assert lot.number in front
    assert front.count("negative") >= 2
    assert "Stop at once" in front
    for words in (
        "Antiseptic",
        "Applied at",
        "Removed at",
        "Delivered",
        "Endpoint",
        "Reactions",
        "Sharps",
        "Signature",
    ):
        assert words in back, words


def negative(product: str) -> list[dict[str, Any]]:
    readings = [{"date": "2026-11-18", "result": "negative"}, {"date": "2026-11-20", "result": "negative"}]
    return [{"product": product, "placed_on": "2026-11-16", "method": "test injection", "readings": readings}]


def wish(*zones: str) -> list[dict[str, Any]]:
    return [{"indication": "rejuvenation", "zones": list(zones)}]


SHEETS: dict[str, dict[str, Any]] = {
    "gliding_pen": {"technique": "fractional_pen"},
    "points": {"technique": "classical_injection", "goals": wish("forehead")},
    "stamp": {"technique": "fractional_stamp"},
    "roller": {"technique": "clinic_roller"},
    "needle_free": {
        "technique": "iontophoresis",
        "goals": wish("forehead", "cheek_upper"),
        "allergy_tests": negative("example-serum"),
    },
}
COLUMNS = {
    "gliding_pen": ("Plan: mm; Hz; mm/s; passes", "Hz; mm/s", "Passes"),
    "points": ("Plan: mm; points × ml", "Points", "ml a point", "ml in all"),
    "stamp": ("Plan: mm; placements; rounds", "Placements", "Rounds"),
    "roller": ("Plan: needles, mm; passes", "Needles, mm", "Passes, path 1", "Passes, path 2", "Passes, path 3"),
    "needle_free": ("Plan: min; settings", "Time, min", "Settings"),
}
LOTS = {
    "gliding_pen": "Product or cartridge",
    "points": "Product",
    "stamp": "Product or stamp",
    "roller": "Product or roller",
    "needle_free": "Product",
}
SHARPS = {
    "gliding_pen": "cartridge discarded",
    "points": "needles and syringes discarded",
    "stamp": "stamp cartridge discarded",
    "roller": "roller discarded, or its use counted",
    "needle_free": "tip or electrodes discarded or cleaned",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", SHEETS)
def test_the_sheet_of_every_layout_has_two_sides(make_case: MakeCase, layout: str, language: str) -> None:
    pdf = make_case(language=language, **SHEETS[layout]).papers["session.pdf"]
    assert len(texts(pdf)) == 2
    assert min(one.size_pt for one in characters(pdf)) >= 8.99
    assert beyond_margins(pdf, MARGIN_PT) == []


@pytest.mark.parametrize("layout", SHEETS)
def test_the_table_to_fill_in_has_the_columns_of_its_layout_and_of_no_other(make_case: MakeCase, layout: str) -> None:
    case = make_case(**SHEETS[layout])
    context = PaperContext(case.plan, case.knowledge, case.clinic)
    (table,) = session_context(context, "<svg/>")["delivered"]
    assert set(COLUMNS[layout]) <= set(table["head"])
    others = {head for name, heads in COLUMNS.items() if name != layout for head in heads} - set(COLUMNS[layout])
    assert others.isdisjoint(table["head"])
    assert [len(row) for row in table["rows"]] == [len(table["head"])] * len(case.plan.prescription.zones)
    assert all(cell == "" for row in table["rows"] for cell in row[3:])
    text = whole(case.papers["session.pdf"])
    assert LOTS[layout] in text
    assert SHARPS[layout] in text
    assert [one for name, one in SHARPS.items() if name != layout and one in text.replace(SHARPS[layout], "")] == []


@pytest.mark.parametrize(
    ("layout", "signs"),
    [
        ("gliding_pen", {"breathing_trouble", "necrosis", "severe_pain", "tachycardia", "fainting"}),
        ("needle_free", {"breathing_trouble", "severe_pain", "burn_current"}),
    ],
)
def test_the_session_stops_at_the_signs_of_its_technique(make_case: MakeCase, layout: str, signs: set[str]) -> None:
    case = make_case(**SHEETS[layout])
    front = texts(case.papers["session.pdf"])[0]
    shown = {one.id for one in case.knowledge.harms.values() if one.title["en"][1:30] in front}
    assert signs <= shown
    assert all(case.knowledge.harms[one].stops for one in shown)
    assert ("burn_current" in shown) is (layout == "needle_free")


def test_what_is_planned_stands_beside_what_is_to_be_filled_in(make_case: MakeCase) -> None:
    rows = {}
    for layout, arguments in SHEETS.items():
        case = make_case(**arguments)
        context = PaperContext(case.plan, case.knowledge, case.clinic)
        rows[layout] = session_context(context, "<svg/>")["delivered"][0]["rows"][0][2]
    pen, stamp = make_case(**SHEETS["gliding_pen"]).plan.layout.pen, make_case(**SHEETS["stamp"]).plan.layout.stamp
    assert rows["gliding_pen"] == f"0.25; {pen[0].frequency_hz:g}; {pen[0].hand_speed_mm_s:g}; {pen[0].passes}"
    assert rows["points"].endswith("\u00d7\u00a00.02")
    assert rows["stamp"] == f"0.25; {stamp[0].placements}; {stamp[0].rounds}"
    assert rows["roller"] == "0.2; 15"
    assert rows["needle_free"].startswith("8\u201310; current density:")


@pytest.mark.parametrize("layout", SHEETS)
def test_the_steps_stand_in_their_order_each_with_its_source(make_case: MakeCase, layout: str) -> None:
    case = make_case(**SHEETS[layout])
    words, technique = case.knowledge.words("en"), case.knowledge.techniques[SHEETS[layout]["technique"]]
    back = texts(case.papers["session.pdf"])[1]
    heads = ("before", "materials", "anaesthetic", "antiseptic", "delivered", "endpoint", "reactions", "finish")
    places = [back.index(words[f"session.{one}_title"]) for one in heads]
    assert places == sorted(places)
    for one in ("identity", "side", "photo", "kit"):
        assert words[f"session.check.{one}"] in back
    shown = [step for step in technique.steps if step.phase in ("anaesthesia", "antisepsis", "finish", "after")]
    found = []
    for step in shown:
        fact = case.knowledge.facts[step.fact or ""]
        source = next(claim.source for claim in fact.claims if claim.id == fact.resolution.claim)
        text = f"{step.text['en'].rstrip('.')} ({source})"
        assert text in back, text
        found.append(back.index(text))
    assert found == sorted(found)
    assert "Take off make-up" in back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", SHEETS)
def test_every_line_of_the_sheet_that_names_a_source_leads_to_what_that_source_says(
    make_case: MakeCase, layout: str, language: str
) -> None:
    case = make_case(language=language, **SHEETS[layout])
    context = PaperContext(case.plan, case.knowledge, case.clinic)
    sheet, behind = session_context(context, "<svg/>"), claims_behind(context)
    parts = ("before", "antisepsis", "anaesthesia", "during", "finishing")
    lines = [line for one in parts for line in sheet[one]]
    sources = "|".join(map(re.escape, case.knowledge.sources))
    named = {line: re.findall(rf"\(({sources})\)", line) for line in lines}
    assert sum(map(bool, named.values())) >= 8
    for line, ids in named.items():
        claim = behind.get(line.rstrip("."))
        assert ([] if claim is None else [claim.source]) == ids, line


def test_waiting_and_drying_times_are_those_of_the_knowledge(make_case: MakeCase) -> None:
    for layout, arguments in SHEETS.items():
        back = texts(make_case(**arguments).papers["session.pdf"])[1].replace("\x02", "-")
        assert "Drying time at least 30 seconds (who-alcohol-blog)" in back
        assert ("Waiting time 60 minutes (emla-us)" in back) == (layout != "needle_free")
        assert ("Lidocaine in all up to 4.5" in back) == (layout != "needle_free")
        assert ("No source names an anaesthetic" in back) == (layout == "needle_free")
        assert "Time before" in back
        assert "Time after" in back


def test_a_sheet_of_a_roller_speaks_of_no_cartridge(make_case: MakeCase) -> None:
    assert "cartridge" not in whole(make_case(**SHEETS["roller"]).papers["session.pdf"]).lower()


def test_a_map_of_an_earlier_photo_does_not_call_itself_the_photo(cases: Cases) -> None:
    case = cases("may treat")
    kept = replace(case.plan, surface=replace(case.plan.surface, kind="photo"))
    for language, told, photo in (
        ("en", "outlined on the client’s earlier photo", "On the client’s own photo"),
        ("ru", "по прежней фотографии клиента", "На фотографии клиента"),
    ):
        papers = make_papers(replace(kept, language=language), case.knowledge, case.clinic, None)
        text = whole(papers["plan.pdf"])
        assert told in text
        assert photo not in text


def test_a_russian_paper_names_the_language_of_a_source_and_an_english_one_only_where_it_differs(cases: Cases) -> None:
    case = cases("may treat")
    title = case.knowledge.sources["doc-004"].title.partition(":")[0]
    told = {
        language: whole(
            make_papers(replace(case.plan, language=language), case.knowledge, case.clinic, None)["sources.pdf"]
        )
        for language in ("en", "ru")
    }
    assert title in told["en"]
    assert "(in English)" not in told["en"]
    assert title in told["ru"]
    assert "(англ.)" in told["ru"]


def test_papers_that_are_not_wanted_are_not_made_and_the_others_are_the_same(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cases("may treat")
    every = make_papers(case.plan, case.knowledge, case.clinic, None)
    for name in ("_calendar", "_screening", "_session", "plan_map"):
        monkeypatch.setattr(papers, name, None)
    wanted = ("leaflet.pdf", "sources.pdf", "referral.pdf")
    made = make_papers(case.plan, case.knowledge, case.clinic, None, only=wanted)
    assert made == {name: content for name, content in every.items() if name in wanted}
    assert {"leaflet.pdf", "sources.pdf"} <= set(made)


def test_an_expired_lot_says_so(make_case: MakeCase, clinic: Clinic) -> None:
    old = date(2026, 1, 31)
    products = {
        name: product.model_copy(
            update={"lots": (*product.lots, *(lot.model_copy(update={"expires_on": old}) for lot in product.lots))}
        )
        for name, product in clinic.products.items()
    }
    front = texts(make_case(of_clinic=without(clinic, products=products)).papers["session.pdf"])[0]
    assert "EXPIRED" in front


def _negative_tests(readings: list[list[Any]], placed_on: str = "2026-11-16") -> list[dict[str, Any]]:
    test = {"product": "example-revital", "placed_on": placed_on, "method": "test injection"}
    return [{**test, "readings": [{"date": day, "result": result} for day, result in readings]}]


REFUSING: dict[str, tuple[dict[str, Any], str]] = {
    "no clinic": ({"of_clinic": None}, "sheet.no_clinic"),
    "answers of another day": ({"on": ON + timedelta(days=1)}, "sheet.not_that_days_answers"),
    "no allergy test": ({"allergy_tests": []}, "sheet.allergy_reading_missing"),
    "not treatable": ({"answers": {"pregnancy": "yes"}}, "sheet.not_treatable"),
    "answer missing": ({"answers": {"fever": "unknown"}}, "sheet.not_treatable"),
    "readings of days to come": (
        {"allergy_tests": _negative_tests([["2026-11-24", "negative"], ["2026-11-25", "negative"]], "2026-11-22")},
        "sheet.allergy_reading_missing",
    ),
    "readings before 48 hours": (
        {"allergy_tests": _negative_tests([["2026-11-16", "negative"], ["2026-11-17", "negative"]])},
        "sheet.allergy_reading_missing",
    ),
    "a test of another product": (
        {"allergy_tests": [{**_negative_tests([])[0], "product": "example-peptide"}]},
        "sheet.allergy_reading_missing",
    ),
    "nobody's name": ({"client": {"name": "Unknown"}}, "sheet.no_identity"),
    "nobody's number": ({"client": {"identifier": "unknown"}}, "sheet.no_identity"),
    "every session done": ({"sessions_done": 99}, "sheet.no_session_date"),
}


@pytest.mark.parametrize("name", REFUSING)
def test_no_session_sheet_under_any_refusing_condition(make_case: MakeCase, name: str) -> None:
    arguments, reason = REFUSING[name]
    case = make_case(**arguments)
    assert reason in case.plan.session_sheet
    assert "session.pdf" not in case.papers
    said = case.knowledge.words("en")[reason]
    assert said in whole(case.papers["plan.pdf"])


def test_no_session_sheet_on_a_day_that_is_not_the_next_sessions(make_case: MakeCase, clinic: Clinic) -> None:
    shut = without(clinic, closed=(*clinic.closed, Closure(first_day=ON, last_day=ON)))
    case = make_case(of_clinic=shut)
    assert case.plan.session_sheet == ("sheet.session_on_another_day",)
    assert "session.pdf" not in case.papers


@pytest.mark.parametrize("sentences", [0, 14, 15])
def test_the_lots_never_stand_alone_on_a_page_of_the_session_sheet(
    make_case: MakeCase, clinic: Clinic, sentences: int
) -> None:
    protocols = dict(clinic.emergency_protocols)
    assert protocols["syncope"] is not None
    words = {"en": "EXAMPLE TEXT, NOT A PROTOCOL. " + "One more sentence of this length stands here. " * sentences}
    protocols["syncope"] = protocols["syncope"].model_copy(update={"text": words})
    case = make_case(of_clinic=without(clinic, emergency_protocols=protocols))
    pages = texts(case.papers["session.pdf"])
    assert len(pages) == 2
    assert [("Product or cartridge Lot" in page) for page in pages] == [sentences == 0, sentences > 0]


def test_no_session_sheet_without_the_clinics_emergency_protocols(make_case: MakeCase, clinic: Clinic) -> None:
    case = make_case(of_clinic=without(clinic, emergency_protocols={}))
    assert case.plan.session_sheet == ("sheet.emergency_protocol_missing",)
    assert "session.pdf" not in case.papers
    assert "emergency protocol is missing" in texts(case.papers["plan.pdf"])[0]


def test_no_session_sheet_while_a_protocol_is_approved_only_later(make_case: MakeCase, clinic: Clinic) -> None:
    protocols = dict(clinic.emergency_protocols)
    assert protocols["syncope"] is not None
    for day, reasons in ((ON, ("sheet.ready",)), (ON + timedelta(days=1), ("sheet.emergency_protocol_missing",))):
        protocols["syncope"] = protocols["syncope"].model_copy(update={"approved_on": day})
        assert make_case(of_clinic=without(clinic, emergency_protocols=protocols)).plan.session_sheet == reasons


def test_no_session_sheet_for_a_product_of_which_every_lot_has_expired(make_case: MakeCase, clinic: Clinic) -> None:
    product = clinic.products["example-revital"]
    for day, reasons in ((ON, ("sheet.ready",)), (ON - timedelta(days=1), ("sheet.product_expired",))):
        lots = tuple(lot.model_copy(update={"expires_on": day}) for lot in product.lots)
        products = {**clinic.products, product.id: product.model_copy(update={"lots": lots})}
        assert make_case(of_clinic=without(clinic, products=products)).plan.session_sheet == reasons


def test_the_sheet_refuses_to_be_drawn_even_when_asked_directly(cases: Cases) -> None:
    case = cases("defer")
    context = PaperContext(case.plan, case.knowledge, case.clinic)
    with pytest.raises(ValueError, match="no session sheet"):
        session_context(context, "<svg/>")


def test_without_a_clinic_nothing_of_a_clinic_is_printed(make_case: MakeCase) -> None:
    for language in LANGUAGES:
        case = make_case(of_clinic=None, language=language)
        text = whole(case.papers["plan.pdf"])
        assert not [word for word in SETTINGS[language] if word in text]
        assert "€" not in text
        assert {"en": "no clinic folder was given", "ru": "папка клиники не задана"}[language] in text


# -- left and right


@pytest.mark.parametrize(("language", "warning"), [("en", "SIDE NOT CONFIRMED"), ("ru", "СТОРОНА НЕ ПОДТВЕРЖДЕНА")])
def test_unconfirmed_sides_are_said_on_plan_sheet_and_map(cases: Cases, language: str, warning: str) -> None:
    case = cases("may treat", language)
    plan = replace(case.plan, surface=replace(case.plan.surface, side="not confirmed"))
    made = make_papers(plan, case.knowledge, case.clinic, None)
    assert warning in texts(made["plan.pdf"])[1]
    assert warning in texts(made["session.pdf"])[0]
    assert warning in made["map.svg"].decode()
    assert warning not in texts(case.papers["plan.pdf"])[1]


# -- leaflet


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_opens_with_urgent_signs_and_the_telephone(cases: Cases, clinic: Clinic, language: str) -> None:
    case = cases("may treat", language)
    pages = texts(case.papers["leaflet.pdf"])
    assert len(pages) == 2
    titles = [
        case.knowledge.words(language)[f"leaflet.{one}_title"] for one in ("urgent", "tonight", "table", "normal")
    ]
    titles += [case.knowledge.words(language)[f"leaflet.{one}_title"] for one in ("lumps", "medicines", "next")]
    text = " ".join(pages)
    order = [text.index(title) for title in (titles[0], clinic.emergency_telephone, *titles[1:])]
    assert order == sorted(order)
    ambulance = {"en": "ambulance", "ru": "скорую"}[language]
    assert text.index(clinic.emergency_telephone) < text.index(ambulance)


def test_the_leaflet_dates_each_restriction_to_its_first_free_day(cases: Cases) -> None:
    case = cases("may treat")
    text = whole(case.papers["leaflet.pdf"])
    words = case.knowledge
    dated = 0
    for one in case.plan.course.restrictions:
        ban = words.bans[one.ban]
        if one.first_day <= ON < one.free_from and ban.after is not None:
            shown = one.free_from.strftime("(?:%A, %-d %B %Y|not before %a %-d %b %Y; off again from)")
            row = rf"{re.escape(ban.title['en'])}(?: \(only a little\))? {shown}"
            assert re.search(row, text), one.ban
            dated += 1
    assert dated > 10


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (
            date(2026, 12, 8),
            {
                "en": "not before Mon 7 Dec 2026; off again from 8 Dec 2026",
                "ru": "не раньше: пн, 7 дек. 2026; снова нельзя с 8 дек. 2026",
            },
        ),
        (date(2026, 12, 10), {"en": "7 Dec 2026; off again from 10 Dec 2026", "ru": "снова нельзя с 10 дек. 2026"}),
        (date(2026, 12, 12), {"en": "Alcohol Monday, 7 December 2026 S", "ru": "Алкоголь понедельник, 7 декабря 2026"}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_left_off_again_ahead_of_the_next_session_is_not_promised_for_good(
    cases: Cases, again: date, told: dict[str, str], language: str
) -> None:
    case = cases("may treat", language)
    first, second = (one for one in case.plan.course.restrictions if one.ban == "alcohol")
    assert (first.free_from, second.sessions[0]) == (date(2026, 12, 7), 2)
    others = tuple(one for one in case.plan.course.restrictions if one is not second)
    course = replace(case.plan.course, restrictions=(*others, replace(second, first_day=again)))
    text = whole(make_papers(replace(case.plan, course=course), case.knowledge, case.clinic, None)["leaflet.pdf"])
    assert told[language] in text


def test_the_leaflet_has_neither_price_nor_cover_nor_settings(cases: Cases) -> None:
    for name in EVERY:
        for language in LANGUAGES:
            text = whole(cases(name, language).papers["leaflet.pdf"])
            for word in ("€", "EUR", " %", "σ", "Hz", "Гц", " mm", " мм"):
                assert word not in text, (name, language, word)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_clients_leaflet_says_why_and_when_without_restrictions(
    cases: Cases, name: str, language: str
) -> None:
    case = cases(name, language)
    text = whole(case.papers["leaflet.pdf"])
    words = case.knowledge.words(language)
    assert words["leaflet.table_title"] not in text
    assert words["leaflet.tonight_title"] not in text
    assert words["leaflet.what_next_title"] in text
    assert words["leaflet.medicines"] in text
    if name == "defer":
        assert {"en": "2 December 2026", "ru": "2 декабря 2026"}[language] in text
    if name == "contraindicated":
        rule = case.knowledge.rules["pregnancy.yes"]
        assert rule.client is not None
        assert rule.client[language].rstrip(".") in text


def sentences(text: str) -> list[str]:
    found = re.split(r"(?<=[.!?:;])\s+", text)
    return [one for one in found if len(re.findall(r"[^\W\d_]+", one)) > 1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_the_leaflets_sentences_are_short(cases: Cases, name: str, language: str) -> None:
    from mesoplan.report.leaflet_paper import leaflet_context

    case = cases(name, language)
    told = leaflet_context(PaperContext(case.plan, case.knowledge, case.clinic))
    spoken: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("foot", "client", "w", "document_title", "clinic_line"):
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)
        elif isinstance(value, str):
            spoken.extend(sentences(value))

    collect({key: value for key, value in told.items() if key not in ("foot", "w", "client", "document_title")})
    lengths = [len(re.findall(r"[^\W\d_]+|\d+", one)) for one in spoken]
    assert len(lengths) > 5
    assert sum(lengths) / len(lengths) <= 15
    assert max(lengths) <= 30


def test_the_leaflets_never_tell_to_stop_a_medicine(cases: Cases) -> None:
    for name in EVERY:
        text = whole(cases(name).papers["leaflet.pdf"])
        assert "Do not stop any medicine" in text
        without_this = text.replace("Do not stop any medicine", "")
        assert not re.search(
            r"\b(stop|pause|leave off|skip) (taking|your (medicine|tablet)|aspirin)", without_this, re.I
        )


# -- referral


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_referral_puts_one_question_for_each_finding_with_its_id(cases: Cases, language: str) -> None:
    case = cases("physician", language)
    text = whole(case.papers["referral.pdf"])
    words = case.knowledge.words(language)
    asked = [one for one in case.plan.screening.findings if one.verdict == "PHYSICIAN"]
    assert {"clotting_medicines.yes", "diabetes.yes"} <= {one.rule for one in asked}
    for one in asked:
        assert f"{words['referral.finding_id']} {one.id}" in text
    assert text.count(words["referral.question_title"]) == len({one.rule for one in asked})
    assert words["referral.no_stop_title"] in text
    assert "palamaras-2015" in text
    reason = case.knowledge.facts[case.knowledge.rules["clotting_medicines.yes"].fact].resolution.reason[language]
    assert " ".join(reason.split()) in text  # why a source's "no aspirin" is not followed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_about_a_refusing_finding_asks_a_doctor_to_look_and_for_no_permission(
    cases: Cases, language: str
) -> None:
    case = cases("grade 3", language)
    text, words = whole(case.papers["referral.pdf"]), case.knowledge.words(language)
    refer = case.knowledge.rules["hypertension.grade_3"].refer
    assert refer is not None
    for said in (refer[language], words["referral.refused_note"], words["referral.heading.refused"]):
        assert " ".join(said.split()) in text
    assert "aagbi-bhs-2016" in text
    for asked in ("referral.question_title", "referral.answer_yes", "referral.finding_id", "referral.heading"):
        assert words[asked] not in text


def test_one_letter_holds_what_a_doctor_decides_and_what_refuses(cases: Cases) -> None:
    case = cases("grade 3 and diabetes")
    text, words = whole(case.papers["referral.pdf"]), case.knowledge.words("en")
    assert words["referral.refused_note"] in text
    assert f"{words['referral.finding_id']} diabetes.yes" in text
    assert f"{words['referral.finding_id']} hypertension.grade_3" not in text
    assert words["referral.heading"] in text


# -- files


def test_the_same_plan_gives_the_same_bytes(cases: Cases, make_case: MakeCase) -> None:
    for name in ("may treat", "physician"):
        again = make_case(ANSWERS[name])
        assert again.papers == cases(name).papers


def test_another_language_or_day_gives_other_bytes(cases: Cases) -> None:
    assert cases("may treat", "en").papers["plan.pdf"] != cases("may treat", "ru").papers["plan.pdf"]


def test_plan_json_reads_back_as_the_plan(cases: Cases) -> None:
    case = cases("may treat")
    back = from_json(Plan, case.papers["plan.json"])
    assert to_json(back).encode() == case.papers["plan.json"]
    assert json.loads(case.papers["screening.json"])["knowledge_version"] == case.knowledge.version


def test_papers_land_in_the_folder_in_their_order(cases: Cases, tmp_path: Path) -> None:
    case = cases("may treat")
    files = write_papers(case.plan, case.knowledge, case.clinic, None, tmp_path / "new" / "plan")
    assert [file.name for file in files] == [name for name in PAPERS if name in case.papers]
    assert {file.name: file.read_bytes() for file in files} == case.papers
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"plan"}


def test_an_outdated_session_sheet_does_not_survive(cases: Cases, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    may, doctor = cases("may treat"), cases("physician")
    write_papers(may.plan, may.knowledge, may.clinic, None, out)
    (out / "notes.txt").write_text("mine")
    write_papers(doctor.plan, doctor.knowledge, doctor.clinic, None, out)
    assert not (out / "session.pdf").exists()
    assert (out / "referral.pdf").exists()
    write_papers(may.plan, may.knowledge, may.clinic, None, out)
    assert not (out / "referral.pdf").exists()
    assert (out / "notes.txt").read_text() == "mine"


def test_a_failure_leaves_the_folder_as_it_was(cases: Cases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "plan"
    may, doctor = cases("may treat"), cases("physician")
    write_papers(may.plan, may.knowledge, may.clinic, None, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fails(name: str, data: dict[str, Any]) -> bytes:
        if name == "referral":
            raise TypesettingError("broken")
        return typeset(name, data)

    monkeypatch.setattr(papers, "typeset", fails)
    with pytest.raises(TypesettingError):
        write_papers(doctor.plan, doctor.knowledge, doctor.clinic, None, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_a_folder_that_cannot_be_written_is_one_clear_problem(cases: Cases, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    case = cases("may treat")
    with pytest.raises(ProblemError) as caught:
        write_papers(case.plan, case.knowledge, case.clinic, None, blocked)
    assert "--out" in str(caught.value)
    assert str(blocked) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# -- hostile words


HOSTILE = {
    "markup": '#panic("x") *bold* _it_ $x^2$ `raw` \\\\ @ref <label> = Head',
    "quotes": 'O\'Neil "Bobby" <script>alert(1)</script> & Co]]>',
    "long": "Maximiliana-Alexandrovna " * 12,
    "unbroken": "X" * 300,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eevil\u202c \u0645\u0631\u062d\u0628\u0627",
    "emoji": "Anna \U0001f600 \U0001f9ec",
    "control": "An\x07na\u200b\u2028Example",
}


HIDDEN = ("right to left", "control")
"""Kinds that an intake's text refuses; a plan from elsewhere may hold them all the same."""


def named(make_case: MakeCase, name: str) -> Case:
    """Return a client of this name, who is allergic to it as well, whatever an intake's text may hold."""
    made = make_case(client={"identifier": "A*7_#1"}, answers={"allergies": ["birch pollen"]})
    intake = made.plan.intake
    answers = {**intake.answers, "allergies": replace(intake.answers["allergies"], names=(name[:120],))}
    client = replace(intake.client, name=name)
    plan = replace(made.plan, intake=replace(intake, client=client, answers=answers))
    return Case(plan, made.knowledge, made.clinic)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_names_neither_break_a_paper_nor_are_read_as_markup(make_case: MakeCase, kind: str) -> None:
    name = HOSTILE[kind]
    if kind in HIDDEN:
        with pytest.raises(ProblemError, match="a character that cannot be seen"):
            make_case(client={"name": name})
    case = named(make_case, name)
    made = case.papers
    for paper in ("plan.pdf", "leaflet.pdf"):
        for page in texts(made[paper]):
            assert "A*7_#1" in page
    if kind == "markup":
        assert '#panic("x") *bold* _it_ $x^2$ `raw`' in texts(made["plan.pdf"])[0]
    if kind == "quotes":
        assert "<script>" in texts(made["plan.pdf"])[0]
        assert "<script>" not in made["map.svg"].decode()
    if kind == "emoji":
        assert "\u25a1" in texts(made["plan.pdf"])[0]
    assert min(one.size_pt for one in characters(made["plan.pdf"])) >= 8.99
    for paper in ("plan.pdf", "session.pdf", "leaflet.pdf", "sources.pdf"):
        assert paper not in made or beyond_margins(made[paper], MARGIN_PT) == []


def test_twelve_zones_and_a_long_name_fit_their_pages(make_case: MakeCase) -> None:
    zones = ["forehead", "glabella", "temple", "cheek_upper", "cheek_lower", "perioral_lower", "chin", "jawline"]
    goals = [{"indication": "rejuvenation", "zones": zones}]
    for language in LANGUAGES:
        case = make_case({"herpes_history": "no"}, language=language, goals=goals, client={"name": "Anna-Maria " * 8})
        text = whole(case.papers["plan.pdf"])
        assert len(case.plan.prescription.zones) == 12
        for number in range(1, 13):
            assert re.search(rf"\b{number} [A-ZА-Я]", text), number


def test_a_surface_of_another_picture_is_never_mixed_up(cases: Cases) -> None:
    surface: Surface = cases("may treat").plan.surface
    assert surface.kind == "canonical"
    assert "On a drawing of a mean face" in texts(cases("may treat").papers["plan.pdf"])[1]


# -- what else may happen


def test_a_broken_limit_stops_the_session_sheet(make_case: MakeCase) -> None:
    case = make_case(technique="classical_injection")
    broken = [limit for limit in case.plan.layout.limits if limit.absolute and limit.margin < 0]
    assert broken, "the example's injections over the whole face exceed the volume limits"
    assert "session.pdf" not in case.papers
    pages = texts(case.papers["plan.pdf"])
    assert "the plan exceeds a limit that stops" in pages[0]
    assert "EXCEEDED BY" in pages[1]


def test_a_zone_without_settings_stops_the_session_sheet(cases: Cases) -> None:
    case = cases("may treat")
    plan = replace(case.plan, layout=replace(case.plan.layout, pen=case.plan.layout.pen[1:]))
    made = make_papers(plan, case.knowledge, case.clinic, None)
    assert "session.pdf" in case.papers
    assert "session.pdf" not in made


def test_no_page_is_empty(cases: Cases) -> None:
    for name in EVERY:
        for language in LANGUAGES:
            for paper, content in pdfs(cases(name, language)).items():
                for number, text in enumerate(texts(content), 1):
                    assert len(text) > 300, (name, language, paper, number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_goals_stale_answers_and_a_missing_birth_date_still_give_papers(
    make_case: MakeCase, language: str
) -> None:
    no_goals = make_case(goals="unknown", language=language)
    stale = make_case(on=ON + timedelta(days=200), language=language)
    no_birth = make_case({"birth_date": "unknown"}, language=language)
    for case in (no_goals, stale, no_birth):
        assert not case.plan.screening.may_treat
        assert "session.pdf" not in case.papers
        assert {"en": "answers are missing", "ru": "не хватает ответов"}[language] in texts(case.papers["plan.pdf"])[0]
    assert case.knowledge.words(language)["client.born_unknown"] in texts(no_birth.papers["leaflet.pdf"])[0]


def test_a_mirrored_photo_is_explained(cases: Cases) -> None:
    case = cases("may treat")
    plan = replace(case.plan, surface=replace(case.plan.surface, side="mirrored"))
    page = texts(make_papers(plan, case.knowledge, case.clinic, None)["plan.pdf"])[1]
    assert "Photo is mirrored" in page
    assert "the client’s own sides" in page


def test_a_doctors_signature_is_named_and_its_letter_kept(make_case: MakeCase) -> None:
    signature = {
        "finding": "diabetes.yes",
        "physician": "Dr *Bold* #1",
        "signed_on": "2026-11-20",
        "valid_until": "2027-05-20",
        "answer": "yes",
        "decision": "may be treated",
    }
    case = make_case({"diabetes": "yes"}, signatures=[signature])
    assert case.plan.screening.may_treat
    assert "referral.pdf" not in case.papers
    assert "Decided in writing by Dr *Bold* #1: diabetes.yes" in texts(case.papers["plan.pdf"])[0]


def test_the_calendar_file_names_nobody_and_holds_the_sessions(cases: Cases) -> None:
    calendar = cases("may treat").papers["course.ics"].decode()
    assert "Anna" not in calendar
    assert "EX-0001" not in calendar
    assert calendar.count("SUMMARY:Session ") == 5
    assert "SUMMARY:Процедура 1 из 5" in cases("may treat", "ru").papers["course.ics"].decode()


def test_under_such_a_verdict_page_2_says_that_there_are_no_settings(cases: Cases) -> None:
    for name in ("needs info", "physician", "contraindicated"):
        assert "No settings are printed under this verdict." in texts(cases(name).papers["plan.pdf"])[1]


def test_a_rule_that_cannot_be_told_says_so(cases: Cases) -> None:
    text = whole(cases("needs info").papers["plan.pdf"])
    assert "Cannot be told yet: pregnancy at any stage is a contraindication" in text
    assert "Are you pregnant, or might you be? – unknown." in text


def test_settings_of_a_refused_zone_are_never_printed_whatever_the_plan_holds(cases: Cases) -> None:
    may, wart = cases("may treat"), cases("wart")
    plan = replace(wart.plan, prescription=may.plan.prescription, layout=may.plan.layout)
    page = texts(make_papers(plan, wart.knowledge, wart.clinic, None)["plan.pdf"])[1]
    settings = page[page.index("Ceiling") :]
    assert re.search(r"2 Upper cheek R \d", settings)
    assert not re.search(r"3 Upper cheek L \d", settings)


def test_an_allergy_answered_yes_is_named_on_page_1(make_case: MakeCase) -> None:
    first = texts(make_case({"allergies": "no", "drug_allergy": "yes", "latex_allergy": "yes"}).papers["plan.pdf"])[0]
    assert "ALLERGIES ENTERED allergy to a medicine; latex" in first


# -- what must not get lost on the way from the screening to the session

MANY = {
    "fainting": "yes",
    "latex_allergy": "yes",
    "phototype": "V",
    "melasma": {"zones": ["cheek_upper"]},
    "hypertension": "controlled",
    "regular_medicines": ["amlodipine"],
    "fear_of_needles": "yes",
    "photosensitising_medicines": "yes",
    "bleeding_supplements": "yes",
    "chronic_disease": "remission",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_point_to_observe_stands_on_page_1_and_on_the_session_sheet(make_case: MakeCase, language: str) -> None:
    case = make_case(MANY, language=language, technique="fractional_pen")
    first, sheet = texts(case.papers["plan.pdf"])[0], whole(case.papers["session.pdf"])
    tags = {"all", *case.knowledge.techniques["fractional_pen"].tags}
    every = [case.knowledge.rules[one.rule] for one in case.plan.screening.findings if one.verdict == "CAUTION"]
    rules = [rule for rule in every if not tags.isdisjoint(rule.applies_to)]
    assert len(rules) > 12
    for rule in rules:
        assert " ".join(rule.says[language].split()) in first, rule.id
        assert " ".join(rule.says[language].split()) in sheet, rule.id
        assert rule.next_step is not None
        assert " ".join(rule.next_step[language].split()) in sheet, rule.id


def test_a_doctors_decision_stands_word_for_word_on_page_1_and_on_the_session_sheet(make_case: MakeCase) -> None:
    signature = {
        "finding": "diabetes.yes",
        "physician": "Dr Quill",
        "signed_on": "2026-11-20",
        "valid_until": "2027-02-20",
        "answer": "conditions",
        "decision": "Only the forehead, and stop at the first sign of infection",
    }
    case = make_case({"diabetes": "yes"}, signatures=[signature])
    said = (
        "Decided in writing by Dr Quill on 20 November 2026, valid until 20 February 2027: “Only the forehead, and stop"
    )
    for paper in ("plan.pdf", "session.pdf"):
        first = texts(case.papers[paper])[0]
        assert said in first, paper
        assert "Ask the treating doctor" not in first, paper


def test_a_doctors_no_is_printed_and_opens_nothing(make_case: MakeCase) -> None:
    signature = {"finding": "diabetes.yes", "physician": "Dr Quill", "signed_on": "2026-11-20"}
    for language, told in (("en", "It must not be done: leave it out."), ("ru", "Процедуру делать нельзя: исключите.")):
        refused = {**signature, "answer": "no", "decision": "Sugar not under control"}
        case = make_case({"diabetes": "yes"}, signatures=[refused], language=language)
        assert not case.plan.screening.may_treat
        first = texts(case.papers["plan.pdf"])[0]
        assert "Sugar not under control" in first
        assert told in first
        assert "session.pdf" not in case.papers


@pytest.mark.parametrize(
    ("language", "needle", "inserted"),
    [
        ("en", "Needle: 30–32 G.", "at this angle, at most: temple (both sides) 1.6 mm; forehead 2.1 mm."),
        ("ru", "Игла: калибр 30–32 G.", "не более: висок с обеих сторон 1,6 мм; лоб 2,1 мм."),
    ],
)
def test_a_syringes_needle_and_how_much_of_it_is_in_the_skin_stand_below_the_points(
    make_case: MakeCase, language: str, needle: str, inserted: str
) -> None:
    goals = [{"indication": "rejuvenation", "zones": ["temple", "forehead"]}]
    case = make_case(goals=goals, technique="classical_injection", language=language)
    depths = {zone.zone: zone.depth for zone in case.plan.prescription.zones}
    assert depths["temple_left"].nominal_mm == 1.2  # 1.2 mm at 45 degrees are 1.697 mm of needle, rounded down
    page = texts(case.papers["plan.pdf"])[1]
    assert needle in page
    assert inserted in page


def test_a_question_still_open_says_which_part_is_missing(make_case: MakeCase) -> None:
    peel = {"date": "2026-11-18", "zones": ["forehead", "cheek_upper", "cheek_lower"]}
    case = make_case({"chemical_peel": [peel]})
    for paper in ("plan.pdf", "leaflet.pdf"):
        assert "within the last year? – 18 November 2026, kind unknown" in whole(case.papers[paper]), paper


def test_answers_that_have_grown_old_are_named_with_their_day(make_case: MakeCase) -> None:
    first = texts(make_case(on=date(2027, 1, 20)).papers["plan.pdf"])[0]
    assert "The answers are too old to rely on" in first
    assert "The answers are of 23 November 2026" in first


def test_an_allergy_that_is_not_recognised_says_so_and_no_date_is_made(make_case: MakeCase) -> None:
    case = make_case({"allergies": ["xyzzyin"]})
    first = texts(case.papers["plan.pdf"])[0]
    assert "An allergy is not recognised" in first
    assert "– xyzzyin" in first
    assert case.plan.course.appointments == ()


def test_a_part_follows_on_where_the_one_before_has_just_run_over(cases: Cases, make_case: MakeCase) -> None:
    refused = texts(cases("contraindicated").papers["plan.pdf"])
    assert "Zones and settings" in refused[1]
    assert "What it rests on" in refused[1]
    wishes = ("rejuvenation", "wrinkles", "pigmentation", "dull_tone")
    goals = [{"indication": one, "zones": ["face"]} for one in wishes]
    long = texts(make_case({"drug_allergy": "yes", "diabetes": "yes"}, goals=goals).papers["plan.pdf"])
    assert "Signature" in long[1], "page 1 has run over"
    assert "Zones and settings" in long[1]


def test_a_zone_that_is_not_planned_is_never_called_treatable(make_case: MakeCase) -> None:
    for language, planned in (("en", "not planned"), ("ru", "не в плане")):
        case = make_case(goals=[{"indication": "rejuvenation", "zones": ["forehead", "scalp"]}], language=language)
        assert dict(case.plan.prescription.left_out).keys() == {"scalp"}
        words = case.knowledge.words(language)
        pages = texts(case.papers["plan.pdf"])
        scalp = case.knowledge.zones["scalp"].name[language]
        said = words["verdict.zones_not_planned"].format(zones=scalp.capitalize(), reason="")
        assert said.removesuffix(".") in pages[0]
        assert f"{scalp.capitalize()} – – {planned}" in pages[1]
        assert f"{words['status.treat']}: 1" in case.papers["map.svg"].decode()


def test_limits_that_are_exceeded_are_asked_about_once(make_case: MakeCase) -> None:
    page = texts(make_case(technique="classical_injection").papers["plan.pdf"])[1]
    asked = page[page.index("The practitioner must still decide") :]
    assert asked.count("The plan would exceed a limit") == 1
    assert "volume on the face in one session; volume in one session (clinic)" in asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_names_what_the_doctor_decides_on_and_says_nothing_twice(
    make_case: MakeCase, knowledge: Knowledge, language: str
) -> None:
    answers = {"diabetes": "yes", "heart_disease": "yes", "mental_health": "yes", "chronic_infection": "yes"}
    text = whole(make_case(answers, language=language).papers["leaflet.pdf"])
    for rule in ("diabetes.yes", "heart_disease.yes", "mental_health.yes"):
        client = knowledge.rules[rule].client
        assert client is not None
        assert text.count(client[language]) == 1
    assert {"en": "HIV", "ru": "ВИЧ"}[language] not in text  # a confidential answer stays off the leaflet
    assert knowledge.rules["mental_health.yes"].client == knowledge.rules["chronic_infection.yes"].client


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_a_doctor_has_words_of_its_own_for_the_client(knowledge: Knowledge, language: str) -> None:
    rules = [rule for rule in knowledge.rules.values() if rule.verdict == "PHYSICIAN"]
    told = [(rule.client or rule.says)[language] for rule in rules]
    assert len(rules) > 20
    repeated = {text for text in told if told.count(text) > 1}
    assert repeated == {knowledge.rules["mental_health.yes"].client[language]}  # type: ignore[index]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_tells_calls_from_visits(cases: Cases, language: str) -> None:
    case = cases("may treat", language)
    text = whole(case.papers["leaflet.pdf"])
    assert text.count(case.knowledge.words(language)["leaflet.check"]) == 3


def test_russian_lines_never_begin_with_a_dash(cases: Cases) -> None:
    for name in ("may treat", "all unknown", "physician"):
        for paper, content in pdfs(cases(name, "ru")).items():
            for page in pypdf.PdfReader(io.BytesIO(content)).pages:
                assert not re.search(r"^\u2014", page.extract_text(), re.MULTILINE), (name, paper)


NAMES = (
    r"Anna Example|EXAMPLE|EX-0001|birch pollen|Mesoplan|mesoplan|Dr A\. Example|Example [A-Z]\w+( Light| and Scalp)?"
    r"|Example cartridge, 14 needles|Exampletown|konda-thappa"
    r"|water for injections|sodium \w+|glycine|L\W{0,3}proline|ascorbic acid|riboflavin|mg/ml"
)
CODES = r"devices\.yaml: [\w.: -]+|pen: \w+|\w+\.(pdf|ics|md|yaml)|docs/|\w+[._@][\w.@]+|(?=\S*[-\d])[\w-]+"


def test_russian_papers_hold_no_english_words_but_names_and_codes(cases: Cases) -> None:
    for name in ("may treat", "physician", "contraindicated"):
        made = cases(name, "ru").papers
        for paper in ("plan.pdf", "leaflet.pdf", "session.pdf", "referral.pdf"):
            text = re.sub(f"{NAMES}|{CODES}", " ", whole(made[paper])) if paper in made else ""
            roman = {"II", "III", "IV", "VI"}
            assert set(re.findall(r"[A-Za-z]{2,}", text)) <= roman, (name, paper)


# -- what the client and the doctor are told


def test_the_leaflet_of_a_session_says_how_to_prepare_for_the_next_one(cases: Cases) -> None:
    text = whole(cases("may treat").papers["leaflet.pdf"])
    assert "Before your next session" in text
    for words in ("From 8 December 2026: drink no alcohol.", "From 12 December 2026: put no cream"):
        assert words in text
    assert "Keep out of the sun" not in text[text.index("Before your next session") :]  # it stands in the table


def test_a_leaflet_given_ahead_of_the_session_does_not_speak_of_tonight(make_case: MakeCase) -> None:
    pages = texts(make_case(allergy_tests=[]).papers["leaflet.pdf"])
    assert len(pages) == 2
    text = " ".join(pages)
    for words in ("Before and after your treatment", "On the evening after it", "The allergy test"):
        assert words in text
    assert "Tonight" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_tells_the_client_what_is_true_of_this_client_alone(make_case: MakeCase, language: str) -> None:
    case = make_case({"fainting": "yes", "hypertension": "controlled"}, language=language)
    text = whole(case.papers["leaflet.pdf"])
    for rule in ("fainting.yes", "hypertension.controlled", "herpes_history.yes"):
        told = case.knowledge.rules[rule].client
        assert told is not None
        assert " ".join(told[language].split()) in text, rule


def test_a_client_who_is_refused_reads_no_day_that_would_not_be_true(make_case: MakeCase) -> None:
    pregnant = make_case({"pregnancy": "yes", "chemical_peel": [{"date": "2026-11-18", "kind": "deep"}]})
    text = whole(pregnant.papers["leaflet.pdf"])
    assert "after the deep peel" in text
    assert "Possible from" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_asks_what_the_plan_tells_the_practitioner_to_find_out(make_case: MakeCase, language: str) -> None:
    answers = {"diabetes": "yes", "changing_naevus": {"zones": ["chin"]}, "drug_allergy": "yes"}
    case = make_case(answers, language=language)
    letter = whole(case.papers["referral.pdf"])
    for rule in ("diabetes.yes", "changing_naevus.yes", "drug_allergy.yes"):
        asked = case.knowledge.rules[rule].doctor
        assert asked is not None
        assert " ".join(asked[language].split()) in letter, rule
    dose = {"en": "sodium hyaluronate 10 mg/ml", "ru": "sodium hyaluronate — гиалуроновая кислота 10 мг/мл"}
    for ingredient in (dose[language], "ascorbic acid", "riboflavin"):
        assert ingredient in letter


def test_a_sum_that_leaves_zones_out_says_so(make_case: MakeCase) -> None:
    goals = [{"indication": "flabbiness", "zones": ["chin", "submental"]}]
    surface = build_surface(patches={"submental": (4.0, 3.0)})
    text = whole(make_case(goals=goals, of_surface=surface).papers["plan.pdf"])
    assert "Not complete: the list does not price every zone" in text
    only = whole(make_case(goals=[{**goals[0], "zones": ["submental"]}], of_surface=surface).papers["plan.pdf"])
    assert "€" not in only
    assert "The needles carry in" in only


def test_checks_while_the_clinic_is_closed_ask_who_takes_them(cases: Cases) -> None:
    course = texts(cases("may treat").papers["plan.pdf"])[2]
    assert "Checks: 24, 26, 30 Nov Sat" in course
    assert "checks: 24, 26, 30 Dec; closed on 24, 26, 30 Dec: name who takes these calls" in course


def test_the_next_course_names_how_many_are_allowed_a_year(cases: Cases) -> None:
    assert "Another course at the earliest from 25 July 2027. Courses: up to 2 a year." in whole(
        cases("may treat").papers["plan.pdf"]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_of_the_body_says_that_the_same_days_hold_there_and_that_of_the_face_does_not(
    make_case: MakeCase, cases: Cases, language: str
) -> None:
    goals = [{"indication": "striae", "zones": ["abdomen"]}]
    marks = {"scars": [{"date": "unknown", "kind": "striae", "zones": ["abdomen"]}]}
    surface = build_surface(patches={"abdomen": (10.0, 8.0)})
    body = make_case(marks, goals=goals, of_surface=surface, language=language)
    said = body.knowledge.words(language)["leaflet.body_days"].partition("{days}")[0]
    days = {"en": "2–3 days", "ru": "2–3 дня"}[language]
    leaflet = whole(body.papers["leaflet.pdf"])
    assert " ".join(said.split()) in leaflet
    assert days in leaflet
    assert " ".join(said.split()) not in whole(cases("may treat", language).papers["leaflet.pdf"])


@pytest.mark.parametrize(("technique", "how"), [("fractional_pen", "with needles"), ("ultrasound", "without needles")])
def test_the_letter_says_whether_needles_are_used_and_that_no_medicine_is_taken(
    make_case: MakeCase, technique: str, how: str
) -> None:
    case = make_case({"diabetes": "yes", "regular_medicines": "no"}, technique=technique)
    letter = whole(case.papers["referral.pdf"])
    assert f"wishes a cosmetic treatment {how}." in letter
    assert "Regular medicines none" in letter


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_of_the_scalp_says_nothing_of_the_body(make_case: MakeCase, language: str) -> None:
    goals = [{"indication": "hair_loss", "zones": ["scalp"]}]
    scalp = build_surface(patches={"scalp": (12.0, 10.0)})
    case = make_case({"cause_examined": "yes"}, goals=goals, of_surface=scalp, language=language)
    assert [zone.zone for zone in case.plan.prescription.zones] == ["scalp"]
    said = " ".join(case.knowledge.words(language)["leaflet.body_days"].partition(".")[0].split())
    assert said not in whole(case.papers["leaflet.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_sun_cream_on_treated_skin_is_spoken_of_only_after_a_session(make_case: MakeCase, language: str) -> None:
    for technique in ("fractional_pen", "home_roller"):
        goals = [{"indication": "dry_skin", "zones": ["forehead"]}]
        case = make_case(technique=technique, goals=goals, language=language)
        later = case.knowledge.bans["sun"].afterwards
        assert later is not None
        assert whole(case.papers["leaflet.pdf"]).count(later[language]) == 1, technique


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_expected_names_no_goal_twice_and_goes_on_in_small_letters(
    cases: Cases, knowledge: Knowledge, language: str
) -> None:
    case = cases("may treat", language)
    (zone, *_) = case.plan.prescription.zones
    for goal, indication in knowledge.indications.items():
        zones = (replace(zone, indications=(goal,)),)
        plan = replace(case.plan, prescription=replace(case.plan.prescription, zones=zones))
        (said,) = results(PaperContext(plan, knowledge, case.clinic))
        name, promise = indication.name[language], indication.result[language]
        if promise.lower().startswith(name.split()[0].lower()):
            assert said == promise
        else:
            assert said.lower() == f"{name}: {promise}".lower()
            assert said.removeprefix(f"{name[0].upper()}{name[1:]}: ")[0].islower()


@pytest.fixture
def undated(make_case: MakeCase) -> Callable[[str], Case]:
    """Returns a client who may be treated, but how many sessions there are nobody says."""
    size = build_surface(patches={"thigh_left": (15.0, 10.0)})
    goals = [{"indication": "cellulite", "zones": ["thigh_left"]}]
    return lambda language: make_case(goals=goals, of_surface=size, technique="clinic_roller", language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leaflet_without_a_date_tells_how_long_before_and_after_every_session(
    undated: Callable[[str], Case], language: str
) -> None:
    case = undated(language)
    assert not case.plan.course.appointments
    told = leaflet_context(PaperContext(case.plan, case.knowledge, case.clinic))
    bans = case.knowledge.bans
    lengths = dict(told["table"]["rows"])
    assert lengths[bans["touching"].title[language]] == {"en": "24 hours", "ru": "24 часа"}[language]
    assert lengths[bans["sun"].title[language]] == {"en": "14 days", "ru": "14 дней"}[language]
    assert len(lengths) == sum(ban.after is not None for ban in bans.values())
    assert any(line.startswith({"en": "For 4 days before", "ru": "4 дня до"}[language]) for line in told["before"])
    assert told["normal"]["rows"][0][1] == {"en": "48 hours", "ru": "48 часов"}[language]
    assert len(told["tonight"]) > 5
    assert {"en": "12 weeks after each", "ru": "12 недель"}[language] in told["lumps"]
    text = whole(case.papers["leaflet.pdf"])
    assert text.count({"en": "14 days", "ru": "14 дней"}[language]) >= 4
    behind = whole(case.papers["sources.pdf"])
    for fact in ("aftercare.sun", "course.sessions_cellulite"):
        assert " ".join(case.knowledge.facts[fact].title[language].split()) in behind


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_without_a_number_of_sessions_tells_how_to_decide_it(
    undated: Callable[[str], Case], language: str
) -> None:
    assert "sessions: N" in whole(undated(language).papers["plan.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_of_sessions_that_the_practitioner_decided_on_is_said_to_be_so(
    make_case: MakeCase, language: str
) -> None:
    size = build_surface(patches={"thigh_left": (15.0, 10.0)})
    goals = [{"indication": "cellulite", "zones": ["thigh_left"], "sessions": 6}]
    case = make_case(goals=goals, of_surface=size, technique="clinic_roller", language=language)
    said = case.knowledge.words(language)["calendar.decided"]
    assert " ".join(said.split()) in whole(case.papers["plan.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_volume_too_small_to_print_is_not_printed_as_none(make_case: MakeCase, language: str) -> None:
    scar = [{"date": "unknown", "kind": "atrophic", "zones": ["cheek_lower_left"]}]
    size = build_surface(patches={"cheek_lower_left": (1.0, 0.3)})
    goals = [{"indication": "scars", "zones": ["cheek_lower_left"]}]
    case = make_case({"scars": scar}, goals=goals, of_surface=size, technique="fractional_pen", language=language)
    assert {"en": "<0.01 ml", "ru": "<0,01 мл"}[language] in whole(case.papers["plan.pdf"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", SHEETS)
def test_the_sheet_tells_how_it_is_worked_and_leaves_the_signs_to_stop_at_to_the_front(
    make_case: MakeCase, layout: str, language: str
) -> None:
    case = make_case(language=language, **SHEETS[layout])
    harms = {harm.fact for harm in case.knowledge.harms.values()}
    technique = case.knowledge.techniques[case.plan.prescription.zones[0].technique]
    steps = [one for one in technique.steps if one.phase == "treatment"]
    said = " ".join(session_context(PaperContext(case.plan, case.knowledge, case.clinic), "")["during"])
    assert {one.fact in harms for one in steps} == {True, False}
    for step in steps:
        assert (step.text[language].rstrip(".") in said) == (step.fact not in harms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_needles_no_paper_offers_a_numbing_cream_or_another_way_without_needles(
    make_case: MakeCase, language: str
) -> None:
    asked = {"pain_threshold": "low", "fear_of_needles": "yes"}
    free, pricked = (make_case(asked, language=language, technique=one) for one in ("iontophoresis", "fractional_pen"))
    rules = free.knowledge.rules
    for name in ("pain_threshold.low", "fear_of_needles.yes"):
        client, finding = rules[name].client, rules[name].says
        assert client is not None
        for case, there in ((free, False), (pricked, True)):
            assert (" ".join(client[language].split()) in whole(case.papers["leaflet.pdf"])) is there
            assert (" ".join(finding[language].split()) in whole(case.papers["plan.pdf"])) is there
    assert free.plan.course.quote is not None
    assert not [line for line in free.plan.course.quote.lines if "anaesth" in line.what]
    assert pricked.plan.course.quote is not None
    assert [line for line in pricked.plan.course.quote.lines if "anaesth" in line.what]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cover_of_many_sessions_has_columns_of_numbers_alone(make_case: MakeCase, language: str) -> None:
    scalp = build_surface(patches={"scalp": (12.0, 10.0)})
    goals = [{"indication": "hair_loss", "zones": ["scalp"]}]
    case = make_case({"cause_examined": "yes"}, goals=goals, of_surface=scalp, language=language)
    table = cover(PaperContext(case.plan, case.knowledge, case.clinic))
    assert table["head"][1:] == [str(number) for number in range(1, 11)]
    assert not any("%" in cell for cell in table["rows"][1][1:])
    assert beyond_margins(case.papers["plan.pdf"], MARGIN_PT) == []


def test_the_leaflet_alone_is_the_leaflet_of_the_papers(cases: Cases, knowledge: Knowledge, clinic: Clinic) -> None:
    case = cases("may treat")
    assert make_leaflet(case.plan, knowledge, clinic) == case.papers["leaflet.pdf"]
