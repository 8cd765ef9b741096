import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from typing import Any

import pytest
import yaml

from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.report.papers import make_papers
from mesoplan.surface.build import build_surface
from mesoplan.surface.model import Picture, Surface

EXAMPLE = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))
PEEL = {"date": "2026-11-18", "kind": "superficial", "zones": ["forehead", "cheek_upper", "cheek_lower"]}
ON = date(2026, 11, 23)


@dataclass
class Case:
    """A planned client with the papers, made when first asked for."""

    plan: Plan
    knowledge: Knowledge
    clinic: Clinic | None
    picture: Picture | None = None
    _papers: dict[str, bytes] | None = None

    @property
    def papers(self) -> dict[str, bytes]:
        if self._papers is None:
            self._papers = make_papers(self.plan, self.knowledge, self.clinic, self.picture)
        return self._papers


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def clinic(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


@pytest.fixture(scope="session")
def surface() -> Surface:
    return build_surface()


MakeCase = Callable[..., Case]


@pytest.fixture(scope="session")
def make_case(knowledge: Knowledge, clinic: Clinic, surface: Surface) -> MakeCase:
    def make(
        answers: dict[str, Any] | None = None,
        *,
        language: str = "en",
        of_clinic: Clinic | str | None = "example",
        of_surface: Surface | None = None,
        client: dict[str, Any] | None = None,
        on: date = ON,
        technique: str | None = None,
        **top: Any,
    ) -> Case:
        raw = copy.deepcopy(EXAMPLE)
        raw["answers"].update(answers or {})
        raw["client"].update(client or {})
        raw.update(top)
        own = clinic if isinstance(of_clinic, str) else of_clinic
        intake = parse_intake(raw, knowledge)
        made = make_plan(knowledge, own, intake, of_surface or surface, on=on, language=language, technique=technique)
        return Case(made, knowledge, own)

    return make


ANSWERS: dict[str, dict[str, Any]] = {
    "may treat": {},
    "needs info": {"chemical_peel": "unknown", "pregnancy": "unknown"},
    "defer": {"chemical_peel": [PEEL]},
    "physician": {"clotting_medicines": "yes", "diabetes": "yes"},
    "contraindicated": {"pregnancy": "yes"},
    "grade 3": {"hypertension": "grade_3"},
    "grade 3 and diabetes": {"hypertension": "grade_3", "diabetes": "yes"},
    "wart": {"warts": {"zones": ["cheek_upper_left"]}},
}


@pytest.fixture(scope="session")
def cases(make_case: MakeCase, knowledge: Knowledge) -> Callable[[str, str], Case]:
    """Return the case of a name and a language, made once: the names of ANSWERS, and `all unknown`."""
    made: dict[tuple[str, str], Case] = {}

    def case(name: str, language: str = "en") -> Case:
        if (name, language) not in made:
            answers = dict.fromkeys(knowledge.questions, "unknown") if name == "all unknown" else ANSWERS[name]
            made[name, language] = make_case(answers, language=language)
        return made[name, language]

    return case


def without(clinic: Clinic, **changes: Any) -> Clinic:
    return clinic.model_copy(update=changes)


def moved(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, **changes)
