"""The leaflet of a client who treats at home: how, what never, when again; nothing that is for a clinic only."""

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from tests.report.conftest import ON, Case, MakeCase, without
from tests.report.pages import beyond_margins, catalogue, characters, metadata, texts, whole
from tests.report.test_papers import sentences

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.report.context import PaperContext
from mesoplan.report.home_paper import home_context, is_for_home
from mesoplan.surface.canonical import canonical_drawing

LANGUAGES = ["en", "ru"]
FACE = ["forehead", "cheek_upper", "lower_face"]
NEGATIVE = [
    {
        "product": "example-serum",
        "placed_on": "2026-11-16",
        "method": "test injection",
        "readings": [{"date": "2026-11-18", "result": "negative"}, {"date": "2026-11-20", "result": "negative"}],
    }
]
CLINIC_ONLY = {
    "en": (
        "Come without",
        "our visit",
        "pricked into your skin",
        "numbing cream, and tell",
        "We go round",
        "Session 1",
    ),
    "ru": ("Приходите без", "перед визитом", "вводят в кожу", "Родинки мы", "Процедура 1 из"),
}


def at_home(make_case: MakeCase, language: str = "en", zones: list[str] | None = None, **changes: Any) -> Case:
    goals = [{"indication": "rejuvenation", "zones": zones or FACE}]
    return make_case(technique="home_roller", language=language, goals=goals, **changes)


def told(case: Case) -> dict[str, Any]:
    return home_context(PaperContext(case.plan, case.knowledge, case.clinic))


@pytest.fixture(scope="module", params=LANGUAGES)
def home(request: pytest.FixtureRequest, make_case: MakeCase) -> Case:
    return at_home(make_case, request.param)


def words_of(case: Case) -> Callable[[str], str]:
    return lambda key: case.knowledge.words(case.plan.language)[key]


def test_it_has_two_sides_opens_with_urgent_signs_and_the_telephone_and_is_accessible(
    home: Case, clinic: Clinic
) -> None:
    pdf = home.papers["leaflet.pdf"]
    pages, words = texts(pdf), words_of(home)
    text = " ".join(pages)
    assert len(pages) == 2
    titles = [f"home.{one}_title" for one in ("test", "how", "never", "needs", "after", "again")]
    order = [text.index(one) for one in (words("leaflet.urgent_title"), clinic.emergency_telephone)]
    order += [text.index(words(key)) for key in titles]
    assert order == sorted(order)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata(pdf)
    assert catalogue(pdf)["/Lang"] == home.plan.language
    assert min(one.size_pt for one in characters(pdf)) >= 8.99
    assert beyond_margins(pdf, 45.0) == []


def test_nothing_in_it_is_said_to_someone_who_comes_to_the_clinic(home: Case) -> None:
    text = whole(home.papers["leaflet.pdf"])
    assert [one for one in CLINIC_ONLY[home.plan.language] if one in text] == []


def test_the_four_paths_are_rolled_ten_times_by_the_documents(make_case: MakeCase, knowledge: Knowledge) -> None:
    case = at_home(make_case)
    said = told(case)
    assert [name for _, name in said["paths"]] == [
        "From the centre of the forehead to the temples",
        "From the eyebrows to the hairline",
        "From the nose to the ears",
        "From the chin to the earlobes",
    ]
    assert said["passes"] == "Each path: 10 times."
    assert knowledge.value("home.passes", "passes") == 10


def test_only_the_paths_of_the_plan_are_named_and_drawn_under_their_numbers(make_case: MakeCase) -> None:
    said = told(at_home(make_case, zones=["cheek_upper"]))
    assert [number for number, _ in said["paths"]] == ["1"]
    assert re.findall(r">(\d)</text>", said["drawing"]) == ["1", "1"]


def inside(point: tuple[float, float], polygon: tuple[tuple[float, float], ...]) -> bool:
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def test_no_arrow_leaves_the_zones_of_its_path(knowledge: Knowledge) -> None:
    outlines = {one.zone: tuple(one.points) for one in canonical_drawing().outlines}
    drawn = 0
    for path in knowledge.techniques["home_roller"].paths:
        zones = {zone for name in path.zones for zone in knowledge.expand(name)}
        for arrow in path.arrows:
            for (x1, y1), (x2, y2) in pairwise(arrow):
                for step in range(21):
                    at = (x1 + (x2 - x1) * step / 20, y1 + (y2 - y1) * step / 20)
                    crossed = {zone for zone, polygon in outlines.items() if inside(at, polygon)}
                    assert crossed <= zones, (path.id, at)
                    drawn += bool(crossed)
    assert drawn > 100


@pytest.mark.parametrize("zones", [["forehead", "chin"], ["cheek_upper"], ["cheek_lower"]])
def test_an_arrow_ends_where_the_planned_places_end(
    make_case: MakeCase, knowledge: Knowledge, zones: list[str]
) -> None:
    case = at_home(make_case, zones=zones)
    planned = {zone.zone for zone in case.plan.prescription.zones}
    outlines = [tuple(one.points) for one in canonical_drawing().outlines if one.zone in planned]
    arrows = re.findall(r'<path d="M([^"Z]+)" fill="none"[^>]*stroke-width="13"/>', told(case)["drawing"])
    assert arrows
    for arrow in arrows:
        for point in arrow.split("L"):
            x, y = map(float, point.split())
            near = [(x + dx, y + dy) for dx in (-0.2, 0.0, 0.2) for dy in (-0.2, 0.0, 0.2)]  # printed to 0.1 pixels
            assert any(inside(one, outline) for one in near for outline in outlines)


def test_eyelids_nose_and_lips_are_hatched_and_planned_places_tinted(make_case: MakeCase) -> None:
    drawing = told(at_home(make_case, zones=["cheek_upper"]))["drawing"]
    fills = dict(re.findall(r'data-zone="(\w+)" d="[^"]+" fill="([^"]+)"', drawing))
    for zone in ("eyelid_upper_left", "infraorbital_right", "crows_feet_left", "eye_right", "nose", "nose_wing_left"):
        assert fills[zone] == "url(#never)", zone
    for zone in ("lip_upper", "lip_lower", "mouth", "nostril_left", "perioral_upper"):
        assert fills[zone] == "url(#never)", zone
    assert {fills["cheek_upper_left"], fills["cheek_upper_right"]} == {"#d9ebec"}
    assert fills["forehead"] == "#ffffff"


def test_the_elbow_test_has_its_delayed_readings_and_nothing_earlier_counts(make_case: MakeCase) -> None:
    text = whole(at_home(make_case).papers["leaflet.pdf"])
    for words in (
        "inside of one elbow. Leave it on for 20 minutes",
        "after 48 hours, and once more after 72–96 hours",
        "nothing seen before 48 hours counts as negative",
        "Days for looking: Wed 25 Nov 2026 and Thu 26 – Fri 27 Nov 2026.",
    ):
        assert words in text, words


def test_a_test_that_is_negative_already_is_not_asked_for_again(make_case: MakeCase) -> None:
    said = told(at_home(make_case, allergy_tests=NEGATIVE))
    assert said["test"]["steps"] == []
    assert said["test"]["done"].startswith("Both readings of this product were negative.")


@pytest.mark.parametrize(
    "words",
    [
        "Disinfect the skin and the roller. Wait until both are dry.",
        "Roll along the numbered paths without pressing.",
        "Disinfect the skin again.",
        "A bent or blunt roller, or one that fell, is thrown away.",
        "It is yours alone.",
        "Stop at once if it bleeds, if it hurts much, or if the skin turns white.",
        "Not on eyelids, nose or lips",
        "Stay 15 mm away from the rim of the eye socket",
        "Not over wounds, rashes, pimples, cold sores, warts or moles.",
        "No medicine, numbing cream, fat dissolver, oil or anything you mixed yourself.",
        "No source gives a length.",
        "Your answers hold for 10 days.",
        "Your product, and no other: Example Serum.",
        "Not again before 28 December 2026, and not without asking the clinic first.",
        "Do not stop any medicine",
    ],
)
def test_it_says_what_a_client_at_home_must_know(make_case: MakeCase, words: str) -> None:
    assert words in whole(at_home(make_case).papers["leaflet.pdf"])


def test_each_restriction_stands_under_its_first_free_day(make_case: MakeCase) -> None:
    case = at_home(make_case)
    rows = dict(told(case)["table"]["rows"])
    shown = {day.replace("\u00a0", " "): what for day, what in rows.items()}
    held = 0
    for one in case.plan.course.restrictions:
        ban = case.knowledge.bans[one.ban]
        if ban.after is not None:
            what = shown[one.free_from.strftime("%A, %-d %B %Y")]
            assert ban.title["en"].lower() in what.lower()
            held += 1
    assert held > 10


def test_without_a_product_the_client_is_told_not_to_begin(make_case: MakeCase, clinic: Clinic) -> None:
    for of_clinic in (None, without(clinic, products={})):
        case = at_home(make_case, of_clinic=of_clinic)
        if is_for_home(PaperContext(case.plan, case.knowledge, case.clinic)):
            assert "No product is named yet. Do not begin" in texts(case.papers["leaflet.pdf"])[0]


def test_a_client_who_may_not_begin_gets_no_instructions(make_case: MakeCase) -> None:
    case = at_home(make_case, answers={"pregnancy": "yes"})
    text = whole(case.papers["leaflet.pdf"])
    assert case.knowledge.words("en")["home.how_title"] not in text
    assert case.knowledge.words("en")["leaflet.what_next_title"] in text
    with pytest.raises(ValueError, match="nothing may be done at home"):
        told(case)


def test_what_is_true_of_this_client_alone_is_said_for_the_home(make_case: MakeCase) -> None:
    answers = {"fainting": "yes", "naevi": {"zones": ["cheek_upper_left"]}, "pain_threshold": "low"}
    own = told(at_home(make_case, answers=answers))["own"]
    assert "Go round your moles." in own
    assert "Eat and drink something beforehand. Sit or lie while you roll, and do not be alone." in own
    assert "Stop if it hurts more than a little. No numbing cream is used at home." in own


def test_its_sentences_are_short(home: Case) -> None:
    said = told(home)
    parts = [*said["urgent"], *said["test"]["steps"], *said["never"], *(one["text"] for one in said["steps"])]
    parts += [*said["own"], said["lumps"], said["again"], said["medicines"], said["intro"], said["product"]]
    lengths = [len(re.findall(r"[^\W\d_]+|\d+", one)) for text in parts for one in sentences(text)]
    assert sum(lengths) / len(lengths) <= 15
    assert max(lengths) <= 25


def test_the_leaflet_of_the_clinic_stays_as_it_is(make_case: MakeCase) -> None:
    case = make_case(on=date(2026, 11, 23))
    assert case.plan.on == ON
    text = whole(case.papers["leaflet.pdf"])
    assert case.knowledge.words("en")["home.how_title"] not in text
    assert "We go round your moles" in text
