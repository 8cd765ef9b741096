"""The example's plan and what happens to it when the answers change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesoplan.clinic.load import load_clinic
from mesoplan.intake.parse import read_intake
from mesoplan.knowledge.load import Knowledge, load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.surface import build_surface


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture
def plan(knowledge: Knowledge, tmp_path: Path) -> Callable[..., Plan]:
    """Builds the plan of the example client, with some answers changed; without a clinic where it is None."""

    def build(clinic: str | None = "example", *, technique: str | None = None, **answers: Any) -> Plan:
        raw = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))
        raw["answers"] |= answers
        path = tmp_path / "intake.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        intake = read_intake(path, knowledge)
        surface = build_surface()
        practice = None if clinic is None else load_clinic(clinic, knowledge)
        on = intake.visit_date or date(2026, 11, 23)
        return make_plan(knowledge, practice, intake, surface, on=on, language="en", technique=technique)

    return build
