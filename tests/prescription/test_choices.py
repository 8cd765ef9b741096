"""Choices within limits: an absolute limit refuses with its source, a recommendation asks for a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import mesoplan.intake
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.model import Clinic
from mesoplan.intake.model import Intake
from mesoplan.intake.parse import read_intake
from mesoplan.knowledge.load import Knowledge, load
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.prescription.choices import COVER_LIMIT, ChoiceError, Choices
from mesoplan.prescription.model import Basis
from mesoplan.report.context import PaperContext
from mesoplan.report.plan_zones import settings
from mesoplan.serial import from_json, to_json
from mesoplan.surface.build import build_surface

EXAMPLE = Path(mesoplan.intake.__file__).parent / "example.yaml"
CHEEK = "cheek_lower_left"


@cache
def given() -> tuple[Knowledge, Clinic, Intake]:
    knowledge = load()
    return knowledge, load_clinic("example", knowledge), read_intake(EXAMPLE, knowledge)


def plan(choices: Choices, **changes: Any) -> Plan:
    knowledge, clinic, intake = given()
    surface = build_surface()
    return make_plan(
        knowledge, clinic, intake, surface, on=intake.visit_date, language="en", choices=choices, **changes
    )


def zone(made: Plan, name: str = CHEEK) -> Any:
    return next(one for one in made.prescription.zones if one.zone == name)


def refused(choices: Choices, **changes: Any) -> Any:
    with pytest.raises(ChoiceError) as error:
        plan(choices, **changes)
    return error.value.refusals


def test_without_choices_the_plan_is_the_cores_own() -> None:
    knowledge, clinic, intake = given()
    own = make_plan(knowledge, clinic, intake, build_surface(), on=intake.visit_date, language="en")
    assert plan(Choices()) == own


def test_another_product_is_taken_for_every_zone_and_its_allergy_test_is_asked_for() -> None:
    made = plan(Choices(product="example-peptide"))
    assert {one.product for one in made.prescription.zones} == {"example-peptide"}
    assert "sheet.allergy_reading_missing" in made.session_sheet


def test_a_product_that_does_not_fit_or_is_not_there_is_refused_with_the_reason() -> None:
    (one,) = refused(Choices(product="example-serum"))
    assert one.why == ("choice.not_this_way",)
    (one,) = refused(Choices(product="nothing"))
    assert one.why == ("choice.unknown",)


def test_a_technique_and_a_manner_that_the_knowledge_does_not_have_are_refused_together() -> None:
    knowledge, clinic, intake = given()
    with pytest.raises(ChoiceError) as error:
        make_plan(
            knowledge, clinic, intake, build_surface(), on=intake.visit_date, language="en", technique="old", manner="x"
        )
    assert [(one.what, one.given, one.why) for one in error.value.refusals] == [
        ("technique", "old", ("choice.no_technique",)),
        ("manner", "x", ("choice.no_manner",)),
    ]


def test_a_product_with_an_allergen_is_refused_whoever_chooses_it() -> None:
    knowledge, clinic, intake = given()
    allergies = replace(intake.answers["allergies"], state="yes", names=("hyaluronic acid",))
    allergic = replace(intake, answers={**intake.answers, "allergies": allergies})
    with pytest.raises(ChoiceError) as error:
        make_plan(
            knowledge,
            clinic,
            allergic,
            build_surface(),
            on=intake.visit_date,
            language="en",
            choices=Choices(product="example-hyaluron"),
        )
    assert "product.allergen" in error.value.refusals[0].why


def test_a_depth_is_taken_within_every_limit_and_says_whose_choice_it_is() -> None:
    made = zone(plan(Choices(depths_mm=((CHEEK, 0.75),))))
    assert made.depth.nominal_mm == pytest.approx(0.75)
    assert dict(made.depth.bases)["nominal_mm"] == Basis("choice", "depth")
    assert all(limit.planned == pytest.approx(0.75) for limit in made.depth.limits)
    own = zone(plan(Choices()))
    assert made.depth.achieved_high_mm / own.depth.achieved_high_mm == pytest.approx(0.75 / own.depth.nominal_mm)


def test_a_depth_beyond_a_limit_is_refused_with_the_lowest_limit_and_its_source() -> None:
    lowest = zone(plan(Choices())).depth.limits[0]
    (one,) = refused(Choices(depths_mm=((CHEEK, 1.25),), reasons=((lowest.name, "because"),)))
    assert (one.what, one.zone, one.wants_reason) == ("depth", CHEEK, False)
    assert (one.limit.name, one.limit.limit, one.limit.basis) == (lowest.name, lowest.limit, lowest.basis)
    assert one.limit.planned == pytest.approx(1.25)


@pytest.mark.parametrize("depth", [0.0, -1.0, float("nan"), float("inf")])
def test_no_depth_at_all_is_refused(depth: float) -> None:
    assert refused(Choices(depths_mm=((CHEEK, depth),)))[0].what == "depth"


def test_a_depth_between_two_steps_of_the_device_is_refused() -> None:
    (one,) = refused(Choices(depths_mm=((CHEEK, 0.8),)))
    assert (one.why, one.near_mm) == (("choice.between_steps",), (0.75, 1.0))
    most = zone(plan(Choices())).depth.limits[0].limit
    (above,) = refused(Choices(depths_mm=((CHEEK, most - 0.01),)))
    assert above.near_mm
    assert max(above.near_mm) <= most
    with pytest.raises(ChoiceError, match=r"Choose 0\.75 mm or 1 mm\."):
        plan(Choices(depths_mm=((CHEEK, 0.8),)))


def test_a_cover_beyond_the_documents_needs_a_reason_and_the_plan_keeps_it() -> None:
    (one,) = refused(Choices(covers=((CHEEK, 0.25),)))
    assert one.wants_reason
    assert one.limit.name == COVER_LIMIT
    assert one.limit.basis == Basis("fact", "coverage.fraction_per_session")
    choices = Choices(covers=((CHEEK, 0.25),), reasons=((COVER_LIMIT, "scars are deep here"),))
    made = plan(choices)
    assert zone(made).area_fraction == pytest.approx(0.25)
    pen = next(one for one in made.layout.pen if one.zone == CHEEK)
    assert pen.wished == pytest.approx(0.25)
    assert dict(pen.bases)["wished"] == Basis("choice", "cover")
    knowledge, clinic, _ = given()
    assert "scars are deep here" in settings(PaperContext(made, knowledge, clinic))["intro"]
    assert from_json(Plan, to_json(made)) == made


def test_less_cover_needs_no_reason() -> None:
    assert zone(plan(Choices(covers=((CHEEK, 0.1),)))).area_fraction == pytest.approx(0.1)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, 20.0, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    assert refused(Choices(covers=((CHEEK, share),)))[0].why == ("choice.not_a_share",)


def test_every_wrong_choice_is_told_at_once() -> None:
    found = refused(Choices(depths_mm=((CHEEK, 9.0), ("neck", 0.3)), covers=((CHEEK, 0.9),), device="none"))
    assert [(one.what, one.zone) for one in found] == [
        ("depth", CHEEK),
        ("cover", CHEEK),
        ("depth", "neck"),
        ("device", None),
    ]


def test_another_cartridge_is_taken_and_one_that_does_not_fit_the_device_is_refused() -> None:
    assert zone(plan(Choices(cartridge="example-12"))).cartridge == "example-12"
    (one,) = refused(Choices(cartridge="example-stamp"))
    assert (one.what, one.why) == ("cartridge", ("choice.serves_nothing",))


def test_a_roller_has_no_setting_but_another_roller_can_be_chosen() -> None:
    made = plan(Choices(device="example-roller-02"), technique="clinic_roller")
    assert zone(made).device == "example-roller-02"
    (one,) = refused(Choices(depths_mm=((CHEEK, 0.2),)), technique="clinic_roller")
    assert one.why == ("choice.no_setting",)


def test_a_hand_is_held_to_the_depth_of_its_technique() -> None:
    own = zone(plan(Choices(), technique="classical_injection")).depth
    (one,) = refused(Choices(depths_mm=((CHEEK, own.ceiling_mm + 0.1),)), technique="classical_injection")
    assert one.limit.limit == own.ceiling_mm


def test_a_chosen_day_is_kept_and_moves_the_sessions_after_it() -> None:
    before = [one.day for one in plan(Choices()).course.appointments if one.kind == "session"]
    made = plan(Choices(days=((2, date(2026, 12, 14)),)))
    sessions = [one for one in made.course.appointments if one.kind == "session"]
    assert sessions[1].day == date(2026, 12, 14)
    assert sessions[1].moved == ("moved.chosen",)
    assert sessions[0].day == before[0]
    least = made.course.interval_minimum_days
    assert all((b.day - a.day).days >= least for a, b in pairwise(sessions))


def test_a_chosen_day_that_is_not_possible_is_told_and_not_kept() -> None:
    made = plan(Choices(days=((2, date(2026, 12, 13)),)))  # a Sunday
    second = [one for one in made.course.appointments if one.kind == "session"][1]
    assert second.day != date(2026, 12, 13)
    assert second.moved[:2] == ("moved.choice_lost", "moved.weekday")
