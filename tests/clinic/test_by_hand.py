"""by_hand.yaml: what the practitioner sets where no source gives a number, and what it can never do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.own import own_clinic
from mesoplan.clinic.load import load_clinic
from mesoplan.errors import ProblemError
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.load import load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.report.context import PaperContext
from mesoplan.report.plan_zones import settings
from mesoplan.surface.build import build_surface

KNOWLEDGE = load()
EXAMPLE = yaml.safe_load((Path(parse_intake.__code__.co_filename).parent / "example.yaml").read_bytes())
OWN: dict[str, Any] = {
    "id": "scar-points",
    "technique": "scar_injection",
    "manner": "scar_points",
    "practitioner": "Dr A. Example",
    "depth_mm": 1.2,
    "angle_deg": 45,
    "volume_per_point_ml": 0.02,
    "source": "scar protocol of 5 January 2026",
}


def folder(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    path = own_clinic(tmp_path / "clinic")
    (path / "by_hand.yaml").write_text(yaml.safe_dump({"by_hand": list(entries)}), encoding="utf-8")
    return path


def planned(path: Path, language: str = "en") -> Plan:
    scar = {"scars": [{"date": "unknown", "kind": "atrophic", "zones": ["cheek_lower_left"]}]}
    goals = [{"indication": "scars", "zones": ["cheek_lower_left"]}]
    raw = {**EXAMPLE, "goals": goals, "answers": {**EXAMPLE["answers"], **scar}}
    intake = parse_intake(raw, KNOWLEDGE)
    assert intake.visit_date is not None
    clinic = load_clinic(path, KNOWLEDGE)
    return make_plan(
        KNOWLEDGE,
        clinic,
        intake,
        build_surface(patches={"cheek_lower_left": (5.0, 4.0)}),
        on=intake.visit_date,
        language=language,
        technique="scar_injection",
    )


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in OWN.items() if key not in keys}


def test_points_in_scars_get_a_session_sheet_once_the_practitioner_has_set_them(tmp_path: Path) -> None:
    plan = planned(folder(tmp_path, OWN))
    (zone,), (points,) = plan.prescription.zones, plan.layout.points
    assert zone.depth is not None
    assert (zone.depth.nominal_mm, zone.depth.angle_deg, points.volume_per_point_ml) == (1.2, 45.0, 0.02)
    assert plan.session_sheet == ("sheet.ready",)
    own = [
        basis
        for name, basis in (*zone.bases, *points.bases)
        if name in ("nominal_mm", "angle_deg", "volume_per_point_ml")
    ]
    assert {(one.kind, one.note) for one in own} == {("clinic", "basis.practitioner")}
    assert {one.reference.partition(": ")[0] for one in own} == {"by_hand.yaml"}
    clinic = load_clinic(tmp_path / "clinic", KNOWLEDGE)
    assert clinic.source_behind("by_hand.yaml", "scar-points", "depth_mm") == "scar protocol of 5 January 2026"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_papers_say_whose_number_it_is(tmp_path: Path, language: str) -> None:
    path = folder(tmp_path, OWN)
    plan = planned(path, language)
    said = str(settings(PaperContext(plan, KNOWLEDGE, load_clinic(path, KNOWLEDGE))))
    assert KNOWLEDGE.words(language)["depth.practitioner"] in said
    notes = [
        one["short_note"] for one in settings(PaperContext(plan, KNOWLEDGE, load_clinic(path, KNOWLEDGE)))["tables"]
    ]
    assert any("Dr A. Example (scar protocol of 5 January 2026)" in one for one in notes)  # on the session sheet


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        ("depth_mm", "asked.depth_no_source"),
        ("angle_deg", "asked.angle"),
        ("volume_per_point_ml", "asked.volume_per_point"),
    ],
)
def test_what_the_practitioner_leaves_out_is_still_asked(tmp_path: Path, missing: str, asked: str) -> None:
    plan = planned(folder(tmp_path, without(missing)))
    (zone,), (points,) = plan.prescription.zones, plan.layout.points
    assert asked in (*zone.asked, *points.asked)
    assert "sheet.ready" not in plan.session_sheet


def test_the_skin_caps_the_practitioners_depth(tmp_path: Path) -> None:
    plan = planned(folder(tmp_path, {**OWN, "depth_mm": 3.9}))
    (zone,) = plan.prescription.zones
    assert zone.depth is not None
    (skin,) = [one for one in zone.depth.limits if one.name == "depth_skin_mean"]
    assert zone.depth.nominal_mm <= skin.limit < 3.9
    assert "depth.capped_by_skin" in zone.depth.notes


def test_the_practitioners_drop_breaks_the_volume_limit_like_any_other(tmp_path: Path) -> None:
    plan = planned(folder(tmp_path, {**OWN, "volume_per_point_ml": 0.19}))
    assert "sheet.limit_broken" in plan.session_sheet


PAPULES = {**OWN, "technique": "classical_injection", "manner": "papules"}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{**OWN, "depth_mm": 4.5}], "deeper than the hard limit of 4 mm"),
        ([{**OWN, "depth_mm": 1200}], "deeper than the hard limit of 4 mm"),
        ([{**OWN, "volume_per_point_ml": 20}], "plausible is 0.001 to 0.2 ml"),
        ([{**OWN, "angle_deg": 120}], "90"),
        ([{**OWN, "depth_mm": -1}], "greater than 0"),
        ([{**OWN, "technique": "fractional_pen"}], "no technique by hand"),
        ([{**OWN, "manner": "papules"}], "no such manner"),
        ([OWN, {**OWN, "id": "again"}], "set twice"),
        ([without("depth_mm", "angle_deg", "volume_per_point_ml")], "sets nothing"),
        ([PAPULES], "a source gives this number (depth.papules)"),
        ([without("source")], "source"),
        ([without("practitioner")], "practitioner"),
    ],
)
def test_an_entry_that_cannot_stand_is_refused(tmp_path: Path, entries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ProblemError) as raised:
        load_clinic(folder(tmp_path, *entries), KNOWLEDGE)
    said = [f"{one.place} {one.message} {one.value}" for one in raised.value.problems]
    assert any(message in one and one.startswith("by_hand.yaml:") for one in said), said
