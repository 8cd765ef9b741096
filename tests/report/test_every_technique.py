"""The papers of every technique can be set in both languages, with the course of the example's own wishes."""

import io
from collections.abc import Callable

import pypdfium2
import pytest
from pypdf import PdfReader
from tests.report.conftest import Case, MakeCase, moved
from tests.report.pages import overprinted, torn, whole

from mesoplan.knowledge.load import load
from mesoplan.surface.build import build_surface

TECHNIQUES = sorted(load().techniques)
LANGUAGES = ["en", "ru"]
Papers = Callable[[str, str], dict[str, bytes]]
SCAR = {"scars": [{"date": "unknown", "kind": "atrophic", "zones": ["cheek_lower_left"]}]}


@pytest.fixture(scope="module")
def papers(make_case: MakeCase) -> Papers:
    """Return the papers of a technique in a language, set once: a plan, and the sheet as if all were in place."""
    made: dict[tuple[str, str], dict[str, bytes]] = {}

    def of(technique: str, language: str) -> dict[str, bytes]:
        if (technique, language) not in made:
            case = make_case(technique=technique, language=language)
            ready = Case(moved(case.plan, session_sheet=("sheet.ready",)), case.knowledge, case.clinic)
            made[technique, language] = ready.papers
        return made[technique, language]

    return of


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_papers_of_a_technique_can_be_set(papers: Papers, technique: str, language: str) -> None:
    found = papers(technique, language)
    for name in [one for one in found if one.endswith(".pdf")]:
        assert len(PdfReader(io.BytesIO(found[name])).pages) >= 1
    assert {"plan.pdf", "leaflet.pdf"} <= set(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_no_line_tears_a_range_or_a_unit_and_no_letters_lie_on_others(
    papers: Papers, technique: str, language: str
) -> None:
    for name, pdf in papers(technique, language).items():
        if name.endswith(".pdf"):
            assert torn(pdf) == [], name
            assert overprinted(pdf) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_be_decided_of_a_scar_fits_its_columns(make_case: MakeCase, language: str) -> None:
    goals = [{"indication": "scars", "zones": ["cheek_lower_left"]}]
    size = build_surface(patches={"cheek_lower_left": (3.0, 0.4)})
    case = make_case(SCAR, technique="scar_injection", goals=goals, of_surface=size, language=language)
    pdf = case.papers["plan.pdf"]
    assert whole(pdf).count(case.knowledge.words(language)["settings.ask"]) >= 3
    assert overprinted(pdf) == []


@pytest.mark.parametrize(("language", "heads"), [("en", ("Zone", "Side")), ("ru", ("Зона", "Ст."))])
def test_long_settings_of_a_sheet_leave_room_for_the_columns_before_them(
    make_case: MakeCase, language: str, heads: tuple[str, str]
) -> None:
    goals = [{"indication": "rejuvenation", "zones": ["cheek_upper"]}]
    case = make_case(technique="ultrasound", language=language, goals=goals)
    ready = Case(moved(case.plan, session_sheet=("sheet.ready",)), case.knowledge, case.clinic)
    page = pypdfium2.PdfDocument(ready.papers["session.pdf"])[0].get_textpage()
    places = []
    for head in heads:
        first, count = page.search(head, match_case=True, match_whole_word=True).get_next()
        places.append([page.get_charbox(number) for number in range(first, first + count)])
    zone, side = places
    assert abs(zone[0][1] - side[0][1]) < 2.0
    assert zone[-1][2] < side[0][0]
