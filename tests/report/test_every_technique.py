"""The papers of every technique can be set in both languages, with the course of the example's own wishes."""

import pytest
from pypdf import PdfReader
from tests.report.conftest import Case, moved

from mesoplan.knowledge.load import load


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("technique", sorted(load().techniques))
def test_the_papers_of_a_technique_can_be_set(make_case, technique, language):
    import io

    papers = make_case(technique=technique, language=language).papers
    for name in [one for one in papers if one.endswith(".pdf")]:
        assert len(PdfReader(io.BytesIO(papers[name])).pages) >= 1
    assert {"plan.pdf", "leaflet.pdf"} <= set(papers)


@pytest.mark.parametrize(("language", "heads"), [("en", ("Zone", "Side")), ("ru", ("Зона", "Ст."))])
def test_long_settings_of_a_sheet_leave_room_for_the_columns_before_them(make_case, language, heads):
    import pypdfium2

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
