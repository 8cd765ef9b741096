"""Techniques, zones and products of a prescription, from given verdicts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mesoplan.clinic.model import Clinic, Product
from mesoplan.errors import ProblemError
from mesoplan.intake.model import AllergyTest, AnswerValue, Intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.verdict import Verdict
from mesoplan.prescription.target import prescribe
from mesoplan.prescription.technique import propose
from mesoplan.screening.model import Cell, Screening
from mesoplan.surface import build_surface
from mesoplan.surface.model import Surface, area_outside_eye_margin

ON = date(2028, 2, 28)
PEN, SYRINGE = "fractional_pen", "classical_injection"


@pytest.fixture(scope="session")
def surface() -> Surface:
    return build_surface()


def cell(
    technique: str,
    zone: str,
    *goals: str,
    verdict: Verdict = Verdict.CLEARED,
    eligible: date | None = ON,
    missing: tuple[str, ...] = (),
) -> Cell:
    may_treat = verdict in (Verdict.CLEARED, Verdict.CAUTION) and not missing
    finding = () if verdict is Verdict.CLEARED else (f"rule.{verdict}@{zone}",)
    provisional = bool(missing) or verdict is Verdict.PHYSICIAN
    return Cell(technique, zone, goals or ("wrinkles",), verdict, may_treat, eligible, provisional, finding, missing)


def screening(*cells: Cell) -> Screening:
    return Screening(ON, ON, "h", "v", Verdict.CLEARED, any(one.may_treat for one in cells), ON, (), cells, ())


@pytest.fixture
def plan(
    knowledge: Knowledge,
    clinic: Callable[..., Clinic],
    client: Callable[..., Intake],
    product: Callable[..., Product],
    surface: Surface,
) -> Callable[..., Any]:
    """Prescribes for cells; the intake wishes what the cells name."""

    def run(
        *cells: Cell, technique: str | None = None, with_clinic: bool = True, products: Any = None, **answers: Any
    ) -> Any:
        wished: dict[str, tuple[str, ...]] = {}
        for one in cells:
            for goal in one.indications:
                wished[goal] = (*wished.get(goal, ()), one.zone or "")
        intake = client(wished, **{"allergies": AnswerValue("no", code="no"), **answers})
        stock = products if products is not None else (product("p", "water for injections", "sodium hyaluronate"),)
        return prescribe(
            knowledge, clinic(*stock) if with_clinic else None, intake, screening(*cells), surface, technique=technique
        )

    return run


def both(zone: str, *goals: str, **changes: Any) -> tuple[Cell, Cell]:
    return cell(PEN, zone, *goals, **changes), cell(SYRINGE, zone, *goals, **changes)


def test_a_zone_that_may_be_treated_gets_area_cover_depth_and_product_each_with_its_basis(
    plan: Callable[..., Any], surface: Surface
) -> None:
    found = plan(*both("forehead"))
    (zone,) = found.zones
    area = surface.area("forehead")
    assert (zone.area_cm2, zone.area_low_cm2, zone.area_high_cm2) == (area.area_cm2, area.low_cm2, area.high_cm2)
    assert (zone.technique, zone.area_fraction, zone.microzone_mm) == (PEN, 0.2, 0.3)
    assert (zone.product, zone.depth.nominal_mm, zone.asked) == ("p", 0.25, ())
    assert {"area_cm2", "area_fraction", "microzone_mm", "nominal_mm"} <= {name for name, _ in zone.bases}
    assert (found.device, found.cartridge, found.provisional, found.left_out) == ("pen", "needles", False, ())


def test_the_technique_that_may_treat_most_zones_is_the_one_to_go_on_with(plan: Callable[..., Any]) -> None:
    never = {"verdict": Verdict.CONTRAINDICATED, "eligible": None}
    cells = (*both("forehead"), cell(PEN, "chin", **never), cell(SYRINGE, "chin"))
    found = plan(*cells)
    assert {one.technique: one.proposed for one in found.techniques} == {PEN: False, SYRINGE: True}
    assert {one.technique for one in found.zones} == {SYRINGE}


def test_zones_that_only_a_doctor_may_open_do_not_outweigh_a_reason_against(plan: Callable[..., Any]) -> None:
    cells = (
        *both("forehead"),
        cell(PEN, "chin", verdict=Verdict.CONTRAINDICATED, eligible=None),
        cell(SYRINGE, "chin", verdict=Verdict.PHYSICIAN),
    )
    found = plan(*cells, pain_threshold="low")
    assert {one.technique: one.proposed for one in found.techniques} == {PEN: True, SYRINGE: False}


def test_where_one_technique_may_treat_today_another_that_may_more_later_is_not_proposed(
    plan: Callable[..., Any],
) -> None:
    doctor = {"verdict": Verdict.PHYSICIAN}
    cells = (
        cell(PEN, "forehead"),
        cell(SYRINGE, "forehead", **doctor),
        cell(PEN, "chin", verdict=Verdict.CONTRAINDICATED, eligible=None),
        cell(SYRINGE, "chin", **doctor),
    )
    assert {one.technique: one.proposed for one in plan(*cells).techniques} == {PEN: True, SYRINGE: False}


def test_fear_of_needles_and_a_low_pain_threshold_stand_as_reasons(plan: Callable[..., Any]) -> None:
    found = plan(*both("forehead"), fear_of_needles="yes", pain_threshold="low").techniques
    reasons = {one.technique: {word for word, side in one.reasons if side == "against"} for one in found}
    assert reasons == {PEN: {"reason.fear_of_needles"}, SYRINGE: {"reason.fear_of_needles", "reason.pain_threshold"}}
    assert all(("indication.wrinkles", "for") in one.reasons for one in found)


def test_another_technique_serves_a_zone_that_the_proposed_one_may_not(plan: Callable[..., Any]) -> None:
    never = {"verdict": Verdict.CONTRAINDICATED, "eligible": None}
    cells = (
        *both("forehead"),
        cell(PEN, "cheek_upper_left"),
        cell(SYRINGE, "cheek_upper_left", **never),
        cell(PEN, "chin", **never),
        cell(SYRINGE, "chin"),
    )
    found = {one.zone: one.technique for one in plan(*cells).zones}
    assert found == {"forehead": PEN, "cheek_upper_left": PEN, "chin": SYRINGE}


def test_a_technique_asked_for_is_the_only_one_and_says_where_it_may_not(plan: Callable[..., Any]) -> None:
    cells = (
        *both("forehead"),
        cell(PEN, "chin", verdict=Verdict.CONTRAINDICATED, eligible=None),
        cell(SYRINGE, "chin"),
    )
    found = plan(*cells, technique=PEN)
    assert [one.zone for one in found.zones] == ["forehead"]
    assert found.left_out == (("chin", "rule.CONTRAINDICATED@chin"),)
    assert {one.technique for one in plan(*cells, technique=SYRINGE).zones} == {SYRINGE}


def test_an_unknown_technique_is_refused_with_the_ones_there_are(plan: Callable[..., Any]) -> None:
    with pytest.raises(ProblemError, match="classical_injection"):
        plan(*both("forehead"), technique="laser")


@pytest.mark.parametrize("verdict", [Verdict.DEFER, Verdict.PHYSICIAN])
def test_where_no_zone_may_be_treated_the_plan_is_provisional_and_its_zones_say_so(
    plan: Callable[..., Any], verdict: Verdict
) -> None:
    found = plan(*both("forehead", verdict=verdict, eligible=ON + timedelta(days=9)))
    assert found.provisional
    assert [(one.zone, one.may_treat, one.eligible_from) for one in found.zones] == [
        ("forehead", False, ON + timedelta(days=9))
    ]


def test_zones_that_may_be_treated_are_not_mixed_with_those_that_may_not_yet(plan: Callable[..., Any]) -> None:
    found = plan(*both("forehead"), *both("chin", verdict=Verdict.DEFER, eligible=ON + timedelta(days=9)))
    assert not found.provisional
    assert [one.zone for one in found.zones] == ["forehead"]
    assert found.left_out == (("chin", "rule.DEFER@chin"),)


def test_of_zones_that_must_wait_the_soonest_are_planned(plan: Callable[..., Any]) -> None:
    cells = [
        *both("forehead", verdict=Verdict.DEFER, eligible=ON + timedelta(days=20)),
        *both("chin", verdict=Verdict.DEFER, eligible=ON + timedelta(days=9)),
        *both("glabella", verdict=Verdict.DEFER, eligible=None),
    ]
    assert [one.zone for one in plan(*cells).zones] == ["chin"]


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.NEEDS_INFO, "missing": ("pregnancy",)},
        {"verdict": Verdict.DEFER, "missing": ("pregnancy",)},
        {"verdict": Verdict.CONTRAINDICATED, "eligible": None},
    ],
)
def test_no_settings_while_anything_is_missing_or_forbidden(plan: Callable[..., Any], changes: Any) -> None:
    found = plan(*both("forehead", **changes))
    assert found.zones == ()
    assert [zone for zone, _ in found.left_out] == ["forehead"]
    assert found.provisional
    assert not any(one.proposed for one in found.techniques)


def test_devices_stay_out_of_the_margin_around_the_eye_and_a_syringe_is_told_apart(
    knowledge: Knowledge, plan: Callable[..., Any], surface: Surface
) -> None:
    zone = "crows_feet_left"
    _, margin = knowledge.limits("margin.orbital_rim", "mm")
    outside = area_outside_eye_margin(surface, zone, margin or 0.0).area_cm2
    assert outside < surface.area(zone).area_cm2
    by_pen = plan(cell(PEN, zone))
    by_hand = plan(cell(SYRINGE, zone))
    assert by_hand.zones[0].area_cm2 == surface.area(zone).area_cm2
    assert (by_hand.zones[0].asked, by_hand.zones[0].area_fraction, by_hand.zones[0].manner) == ((), None, "papules")
    if outside > 0.0:
        assert by_pen.zones[0].area_cm2 == pytest.approx(outside)
    else:
        assert by_pen.left_out == ((zone, "refused.eye_margin"),)


def test_a_zone_without_a_size_or_wholly_kept_out_is_left_out_with_the_reason(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], surface: Surface
) -> None:
    nothing = tuple(one.scaled(0.0) if one.zone == "chin" else one for one in surface.zones)
    kept_out = replace(surface, zones=nothing)
    cells = (*both("submental"), *both("chin"))
    intake = client({"wrinkles": ("submental", "chin")})
    found = prescribe(knowledge, clinic(), intake, screening(*cells), kept_out)
    assert found.left_out == (("submental", "refused.area_unknown"), ("chin", "refused.kept_out"))


@pytest.mark.parametrize("technique", [SYRINGE, PEN, "scar_injection"])
def test_a_scar_on_the_face_is_treated_over_its_own_size_alone(
    technique: str, knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake]
) -> None:
    intake, seen = client({"scars": ("chin",)}), screening(cell(technique, "chin", "scars"))
    unknown = prescribe(knowledge, clinic(), intake, seen, build_surface(areas={"chin": 15.0}))
    assert (unknown.zones, unknown.left_out) == ((), (("chin", "refused.scar_size_unknown"),))
    (zone,) = prescribe(knowledge, clinic(), intake, seen, build_surface(patches={"chin": (2.0, 0.5)})).zones
    assert (zone.area_cm2, zone.area_low_cm2, zone.area_high_cm2, zone.size_cm) == (1.0, 1.0, 1.0, (2.0, 0.5))
    assert dict(zone.bases)["area_cm2"].reference == "own_size"


def test_a_scar_larger_than_what_is_left_of_its_zone_is_not_planned(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake]
) -> None:
    surface = build_surface(patches={"chin": (2.0, 2.0)})
    left = tuple(one.scaled(0.05) if one.zone == "chin" else one for one in surface.zones)
    seen = screening(cell(SYRINGE, "chin", "scars"))
    found = prescribe(knowledge, clinic(), client({"scars": ("chin",)}), seen, replace(surface, zones=left))
    assert (found.zones, found.left_out) == ((), (("chin", "refused.scar_too_large"),))


def test_where_more_than_a_scar_is_wished_the_whole_zone_is_treated(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake]
) -> None:
    surface = build_surface(patches={"chin": (2.0, 0.5)})
    seen = screening(cell(PEN, "chin", "scars", "wrinkles"))
    (zone,) = prescribe(knowledge, clinic(), client({"scars": ("chin",), "wrinkles": ("chin",)}), seen, surface).zones
    assert (zone.area_cm2, zone.size_cm) == (surface.area("chin").area_cm2, None)


def test_without_a_clinic_there_is_neither_device_nor_product_and_the_plan_asks(plan: Callable[..., Any]) -> None:
    found = plan(*both("forehead"), with_clinic=False)
    assert (found.device, found.products, found.asked) == (None, (), ("asked.clinic",))
    assert found.zones[0].asked == ("asked.device", "asked.product")
    assert found.zones[0].depth is None


def test_one_product_is_chosen_for_needle_and_goal(plan: Callable[..., Any], product: Callable[..., Product]) -> None:
    water, acid = "water for injections", "sodium hyaluronate"
    by_hand_only = product("hand", water, acid, routes=("hollow_needle",))
    other_goal = product("water", water)
    oil = product("oil", water, acid, base="oil")
    good = product("good", water, acid)
    found = plan(cell(PEN, "forehead"), products=(by_hand_only, other_goal, oil, good))
    assert [one.product for one in found.zones] == ["good"]
    none = plan(cell(PEN, "forehead"), products=(by_hand_only, other_goal, oil))
    assert (none.zones[0].product, none.zones[0].asked) == (None, ("asked.product",))


NEGATIVE = ((ON - timedelta(days=5), "negative"), (ON - timedelta(days=4), "negative"))


def test_a_product_for_more_goals_comes_first_and_of_equal_ones_the_tested_one(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], surface: Surface, product: Any
) -> None:
    few = product("few", "water for injections", "sodium hyaluronate")
    first, second = (product(name, "vitamin C") for name in ("first", "second"))

    def chosen(*stock: Product, tested: str) -> str | None:
        test = AllergyTest(tested, ON - timedelta(days=7), "test injection", NEGATIVE)  # type: ignore[arg-type]
        cells = both("forehead", "wrinkles", "pigmentation")
        wished = {"wrinkles": ("forehead",), "pigmentation": ("forehead",)}
        intake = client(wished, tests=(test,), allergies=AnswerValue("no", code="no"))
        found = prescribe(knowledge, clinic(*stock), intake, screening(*cells), surface)
        fits = {one.product: len(one.fits) for one in found.products}
        assert fits.get("few", 1) < fits["first"]
        return found.zones[0].product  # type: ignore[no-any-return]

    assert chosen(few, first, tested="few") == "first"
    assert chosen(first, second, tested="first") == "first"
    assert chosen(first, second, tested="second") == "second"


def test_of_a_margin_with_two_ends_the_wider_one_keeps_a_device_away_from_the_eye(
    knowledge: Knowledge, clinic: Callable[..., Clinic], client: Callable[..., Intake], surface: Surface
) -> None:
    fact = knowledge.facts["margin.orbital_rim"]
    between = fact.resolution.model_copy(update={"quantity": Quantity(min=5.0, max=12.0, unit="mm")})
    changed = replace(knowledge, facts={**knowledge.facts, fact.id: fact.model_copy(update={"resolution": between})})
    zone = "crows_feet_left"
    found = prescribe(changed, clinic(), client({"wrinkles": (zone,)}), screening(cell(PEN, zone)), surface)
    wide, narrow = (area_outside_eye_margin(surface, zone, margin).area_cm2 for margin in (12.0, 5.0))
    assert found.zones[0].area_cm2 == pytest.approx(wide)
    assert wide < narrow


def test_a_goal_the_technique_is_not_named_for_is_not_served_by_it(
    knowledge: Knowledge, plan: Callable[..., Any]
) -> None:
    assert PEN not in knowledge.techniques_for("double_chin")
    found = plan(*both("submental", "double_chin"))
    refused = {one.technique: one.refused for one in found.techniques}
    assert refused[PEN] == (("submental", "refused.indication"),)


def test_the_proposal_alone_prefers_fewer_reasons_against_only_where_zones_are_equal(
    knowledge: Knowledge, client: Callable[..., Intake]
) -> None:
    intake = client({"wrinkles": ("forehead",)}, pain_threshold="low")
    reverse = screening(*reversed(both("forehead")))
    options = propose(knowledge, None, intake, reverse)
    assert [one.technique for one in options if one.proposed] == [PEN]
    more = screening(cell(SYRINGE, "forehead"), cell(SYRINGE, "chin"), cell(PEN, "forehead"))
    assert [one.technique for one in propose(knowledge, None, intake, more) if one.proposed] == [SYRINGE]
