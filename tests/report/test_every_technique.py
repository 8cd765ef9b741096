"""The papers of every technique can be set in both languages, with the course of the example's own wishes."""

import pytest
from pypdf import PdfReader

from mesoplan.knowledge.load import load


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("technique", sorted(load().techniques))
def test_the_papers_of_a_technique_can_be_set(make_case, technique, language):
    import io

    papers = make_case(technique=technique, language=language).papers
    for name in [one for one in papers if one.endswith(".pdf")]:
        assert len(PdfReader(io.BytesIO(papers[name])).pages) >= 1
    assert {"plan.pdf", "leaflet.pdf"} <= set(papers)
