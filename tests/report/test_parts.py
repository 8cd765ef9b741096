"""The parts of plan.pdf: each on a page of its own or below the end of the one before, whatever their lengths."""

from itertools import pairwise
from typing import Any

import pypdfium2
import pytest
from tests.report.conftest import MakeCase
from tests.report.pages import texts

from mesoplan.surface.build import build_surface

PARTS = {
    "en": ("Zones and settings", "Course", "What it rests on"),
    "ru": ("Зоны и настройки", "Курс", "На чём основано"),
}
FOOT_PT = 70.0
"""Below so many points from the lower edge stands the foot of a page."""
FOREHEAD: list[dict[str, Any]] = [{"indication": "rejuvenation", "zones": ["forehead"]}]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("technique", ["aquaphoresis", "cryo", "oxygen", "home_roller"])
def test_a_plan_of_short_parts_is_set_with_every_part(make_case: MakeCase, technique: str, language: str) -> None:
    case = make_case(language=language, technique=technique, goals=FOREHEAD)
    pages = texts(case.papers["plan.pdf"])
    for part in PARTS[language]:
        assert any(part in page for page in pages[1:]), part


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_a_plan_rests_on_follows_the_short_end_of_the_part_before(make_case: MakeCase, language: str) -> None:
    goals = [{"indication": "hair_loss", "zones": ["scalp"]}]
    scalp = build_surface(patches={"scalp": (12.0, 10.0)})
    case = make_case({"cause_examined": "yes"}, language=language, goals=goals, of_surface=scalp)
    document = pypdfium2.PdfDocument(case.papers["plan.pdf"])
    for page, after in pairwise(document):
        if after.get_textpage().search(PARTS[language][-1], match_case=True).get_next() is None:
            continue
        body = [page.get_textpage().get_charbox(one) for one in range(page.get_textpage().count_chars())]
        lowest = min(bottom for _, bottom, _, _ in body if bottom > FOOT_PT)
        assert lowest < 0.55 * page.get_height()
