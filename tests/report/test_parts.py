"""The parts of plan.pdf: each on a page of its own or below the end of the one before, whatever their lengths."""

from typing import Any

import pytest
from tests.report.conftest import MakeCase
from tests.report.pages import texts

PARTS = {
    "en": ("Zones and settings", "Course", "What it rests on"),
    "ru": ("Зоны и настройки", "Курс", "На чём основано"),
}
FOREHEAD: list[dict[str, Any]] = [{"indication": "rejuvenation", "zones": ["forehead"]}]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("technique", ["aquaphoresis", "cryo", "oxygen", "home_roller"])
def test_a_plan_of_short_parts_is_set_with_every_part(make_case: MakeCase, technique: str, language: str) -> None:
    case = make_case(language=language, technique=technique, goals=FOREHEAD)
    pages = texts(case.papers["plan.pdf"])
    for part in PARTS[language]:
        assert any(part in page for page in pages[1:]), part
