"""A consent on the screen: its version and hash change with what is signed for, not with dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import mesoplan.intake
from mesoplan.clinic.load import load_clinic
from mesoplan.intake.parse import read_intake
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.prescription.choices import Choices
from mesoplan.report.consent_text import ConsentText, photo_consent, treatment_consent
from mesoplan.report.context import PaperContext
from mesoplan.surface.build import build_surface

KNOWLEDGE = load()
CLINIC = load_clinic("example", KNOWLEDGE)
INTAKE = read_intake(Path(mesoplan.intake.__file__).parent / "example.yaml", KNOWLEDGE)


def text(language: str = "en", choices: Choices | None = None, **changes: Any) -> ConsentText:
    made = make_plan(
        KNOWLEDGE,
        CLINIC,
        INTAKE,
        build_surface(),
        on=INTAKE.visit_date,
        language=language,
        choices=choices,
        **changes,
    )
    return treatment_consent(PaperContext(made, KNOWLEDGE, CLINIC))


def test_another_date_asks_nobody_to_sign_anew() -> None:
    moved = text(choices=Choices(days=((1, date(2026, 11, 28)),)))
    assert moved.parts["proposal"] != text().parts["proposal"]
    assert (moved.version, moved.sha256) == (text().version, text().sha256)


def test_another_technique_or_product_is_another_text() -> None:
    assert text(technique="classical_injection").version != text().version
    other = text(choices=Choices(product="example-peptide"))
    assert other.version == text().version
    assert other.sha256 != text().sha256


def test_a_raised_version_is_another_text_in_every_language() -> None:
    raised = replace(
        KNOWLEDGE, consents={key: one.model_copy(update={"version": 9}) for key, one in KNOWLEDGE.consents.items()}
    )
    made = make_plan(KNOWLEDGE, CLINIC, INTAKE, build_surface(), on=INTAKE.visit_date, language="ru")
    new = treatment_consent(PaperContext(made, raised, CLINIC))
    assert new.version != text("ru").version
    assert new.sha256 != text("ru").sha256


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_consent_to_photos_is_apart_and_says_that_no_changes_nothing(language: str) -> None:
    found = photo_consent(KNOWLEDGE, language)
    assert set(found.parts["points"]) == {"record", "publication"}
    assert found.parts["note"]
    assert found.version == photo_consent(KNOWLEDGE, "en").version
