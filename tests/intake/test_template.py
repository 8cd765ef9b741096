"""The empty intake as text: every name it may be filled in with, and the optional parts as comments that work."""

from __future__ import annotations

import re

import pytest

from mesoplan.intake.parse import parse_text
from mesoplan.intake.template import empty_intake_text
from mesoplan.knowledge.load import load

KNOWLEDGE = load()


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_the_empty_intake_names_every_indication_zone_and_group(language: str) -> None:
    comments = [line for line in empty_intake_text(KNOWLEDGE, language, "yaml").splitlines() if line.startswith("#")]
    named = set(re.findall(r"[\w]+\*?", " ".join(comments)))
    zones = {f"{zone.id}*" if zone.paired else zone.id for zone in KNOWLEDGE.zones.values()}
    assert zones | set(KNOWLEDGE.indications) | set(KNOWLEDGE.zone_groups) <= named


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
def test_the_optional_parts_are_read_once_their_signs_are_taken_away(language: str) -> None:
    text = empty_intake_text(KNOWLEDGE, language, "yaml")
    filled = re.sub(r"(?m)^#(?! \S)", "", text[text.index("\n#allergy_tests:") :])
    filled = filled.replace("date: YYYY-MM-DD", "date: 2026-11-20")
    for key, value in (("placed_on", "2026-11-16"), ("signed_on", "2026-11-20"), ("valid_until", "2027-01-31")):
        filled = filled.replace(f"{key}: YYYY-MM-DD", f"{key}: {value}")
    filled = (
        filled.replace("physician: ...", "physician: Dr One")
        .replace("yes | conditions | no", "yes")
        .replace("decision: ...", "decision: may be treated")
    )
    intake = parse_text(text[: text.index("\n#allergy_tests:")] + filled, KNOWLEDGE)
    assert [test.product for test in intake.allergy_tests] == ["my-product"]
    assert [result for _, result in intake.allergy_tests[0].readings] == ["negative", "negative"]
    assert [one.physician for one in intake.signatures] == ["Dr One"]
    assert intake.sessions_done == 0


def test_without_filling_anything_in_there_is_no_test_and_no_signature() -> None:
    intake = parse_text(empty_intake_text(KNOWLEDGE, "en", "yaml"), KNOWLEDGE)
    assert (intake.allergy_tests, intake.signatures, intake.goals) == ((), (), ())
