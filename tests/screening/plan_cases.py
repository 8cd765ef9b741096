"""The clinician's plans: the cases of tests/cases/plans*.yaml, made from end to end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from clinic.own import own_clinic
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.model import Intake
from mesoplan.intake.parse import parse_intake
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.surface.build import build_surface
from mesoplan.surface.model import Surface
from screening.cases import CASES, KNOWLEDGE, ON, raw

Case = dict[str, Any]


def all_plans() -> Iterator[tuple[str, Case]]:
    """Yield (file, case) of every plan, in the order of the files."""
    for path in sorted(CASES.glob("plans*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["plans"]:
            yield path.name, case


PLANS: list[Case] = [case for _, case in all_plans()]
CONFLICTS: dict[str, dict[str, str]] = {
    row["id"]: row for row in yaml.safe_load((CASES / "conflicts.yaml").read_text(encoding="utf-8"))["conflicts"]
}


@cache
def _example() -> Clinic:
    return load_clinic("example", KNOWLEDGE)


def clinic_of(case: Case) -> Clinic | None:
    """Return the example clinic, with what the case adds to it or puts in place of its lists; None for `no_clinic`."""
    if case.get("no_clinic"):
        return None
    added, instead = case.get("adds", {}), case.get("instead", {})
    if not added and not instead:
        return _example()
    with tempfile.TemporaryDirectory() as name:
        folder = own_clinic(Path(name) / "clinic")
        for kind in {*added, *instead}:
            own = _read(folder, kind)
            _write(folder, kind, instead.get(kind, own) + added.get(kind, []))
        sold = {product["id"] for product in _read(folder, "products")}
        prices = _read(folder, "prices")
        prices["positions"] = [one for one in prices["positions"] if one.get("product", None) in {None, *sold}]
        _write(folder, "prices", prices)
        return load_clinic(folder, KNOWLEDGE)


def _read(folder: Path, kind: str) -> Any:
    return yaml.safe_load((folder / f"{kind}.yaml").read_text(encoding="utf-8"))[kind]


def _write(folder: Path, kind: str, content: Any) -> None:
    (folder / f"{kind}.yaml").write_text(yaml.safe_dump({kind: content}, allow_unicode=True), encoding="utf-8")


def client_of(case: Case) -> Intake:
    """Return the parsed intake of a case."""
    filled = raw(case.get("answers", {}), goals=case["goals"])
    filled |= {key: case[key] for key in ("allergy_tests", "signatures", "sessions_done") if key in case}
    return parse_intake(filled, KNOWLEDGE)


def surface_of(case: Case) -> Surface:
    """Return the surface of a case: the mean face, measured areas, patches off the face, and what is kept out."""
    patches = {zone: (float(width), float(height)) for zone, (width, height) in case.get("areas", {}).items()}
    areas = {zone: float(area) for zone, area in case.get("areas_cm2", {}).items()}
    return build_surface(patches=patches, areas=areas, keep_outs=case.get("keep_outs", ()))


def day_of(case: Case) -> date:
    """Return the day of the plan: the baseline's visit, where the case names none."""
    return date.fromisoformat(str(case.get("day", ON)))


def made(case: Case) -> Plan:
    """Return the plan of a case."""
    client, surface, clinic = client_of(case), surface_of(case), clinic_of(case)
    technique = case.get("technique")
    return make_plan(KNOWLEDGE, clinic, client, surface, on=day_of(case), language="en", technique=technique)
