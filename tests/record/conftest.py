"""The example's plan in a folder, and files of what was delivered in its sessions."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Done, run  # noqa: F401
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.record.planned import planned_session
from mesoplan.record.reader import load_text
from mesoplan.record.template import session_template
from mesoplan.serial import to_json
from mesoplan.surface.build import build_surface

EXAMPLE = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))
ON = date(2026, 11, 23)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def clinic(knowledge: Knowledge) -> Clinic:
    return load_clinic("example", knowledge)


def make(knowledge: Knowledge, clinic: Clinic | None, technique: str | None = None, **answers: Any) -> Plan:
    raw = copy.deepcopy(EXAMPLE)
    raw["answers"] |= answers
    intake = parse_intake(raw, knowledge)
    return make_plan(knowledge, clinic, intake, build_surface(), on=ON, language="en", technique=technique)


@pytest.fixture(scope="session")
def plan(knowledge: Knowledge, clinic: Clinic) -> Plan:
    return make(knowledge, clinic)


@pytest.fixture
def course(tmp_path: Path, plan: Plan) -> Path:
    """Return a course's folder as the plan leaves it, with plan.json alone."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "plan.json").write_text(to_json(plan), encoding="utf-8")
    return folder


Raw = dict[str, Any]


def delivered_as_planned(plan: Plan, words: Any, number: int = 1, day: date = ON) -> Raw:
    """Return a file in which everything was done as planned."""
    planned = planned_session(plan)
    raw: Any = load_text(session_template(planned, number, words), place="template")
    raw |= {"date": day, "practitioner": "B. Example", "device": planned.device}
    raw["cartridge"] |= {"id": planned.cartridge, "lot": "C-1", "expires_on": date(2028, 1, 31)}
    for product in raw["products"]:
        product |= {"lot": "EX-0001", "expires_on": date(2027, 12, 31), "volume_ml": 1.5}
    for row, zone in zip(raw["zones"], planned.zones, strict=True):
        row["delivered"] = "yes"
        row |= {name: getattr(zone, name) for name in row if getattr(zone, name, None) is not None}
    raw |= {"reactions": ["redness"], "stopped_early": "no", "endpoint": "even redness"}
    return dict(raw)


@pytest.fixture
def as_planned(plan: Plan, knowledge: Knowledge) -> Callable[..., Raw]:
    def build(number: int = 1, day: date = ON, of: Plan | None = None, **changes: Any) -> Raw:
        return delivered_as_planned(of or plan, knowledge.words("en"), number, day) | changes

    return build


@dataclass
class Desk:
    """Runs the record's commands on one course's folder."""

    course: Path
    call: Callable[..., Done]

    def write(self, raw: Raw, name: str = "session.yaml") -> Path:
        path = self.course.parent / name
        path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def record(self, raw: Raw, *more: object, session: int = 1) -> Done:
        return self.call("record", self.course, "--session", session, self.write(raw), *more)

    def lines(self) -> list[Raw]:
        text = (self.course / "record.ndjson").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def desk(course: Path, run: Callable[..., Done]) -> Desk:  # noqa: F811
    return Desk(course, run)


def zone_row(raw: Raw, zone: str) -> Raw:
    found: Raw = next(row for row in raw["zones"] if row["zone"] == zone)
    return found
