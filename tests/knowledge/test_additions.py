"""An extension may add and be stricter; what would loosen the base is refused, with its place and remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.folder import write
from mesoplan.errors import ProblemError
from mesoplan.knowledge.additions import addition_problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.conditions import Goal
from mesoplan.knowledge.load import load
from mesoplan.knowledge.model import ChartRow, Quantity, ThicknessRow
from mesoplan.knowledge.verdict import Verdict

BASE = load()


def said(merged: Knowledge) -> list[str]:
    vars(merged)["places"] = BASE.places  # read once: none of these changes stands in a file
    return [problem.message for problem in addition_problems(BASE, merged)]


def with_technique(like: str, **changes: Any) -> Knowledge:
    own = BASE.techniques[like].model_copy(update={"id": "house", **changes})
    return replace(BASE, techniques={**BASE.techniques, "house": own})


def with_fact(role: str, like: str, quantity: Quantity | None) -> Knowledge:
    """Return the base with a technique whose fact in this role is one of its own, of this quantity."""
    known = BASE.facts[BASE.techniques[like].facts[role]]
    fact = known.model_copy(
        update={"id": "house.fact", "resolution": known.resolution.model_copy(update={"quantity": quantity})}
    )
    merged = with_technique(like, facts={**BASE.techniques[like].facts, role: "house.fact"})
    return replace(merged, facts={**BASE.facts, "house.fact": fact})


def with_row(row: ThicknessRow | ChartRow) -> Knowledge:
    if isinstance(row, ChartRow):
        return replace(BASE, charts=(*BASE.charts, row))
    return replace(BASE, thickness={**BASE.thickness, row.id: row})


def chart(zone: str, thin: float) -> ChartRow:
    return ChartRow(zones=(zone,), thin_max_mm=thin, thick_max_mm=3, source="drpen-chart", locator="x", status="R")


def thickness(zone: str, layer: str = "full skin", **values: float) -> ThicknessRow:
    known = next(iter(BASE.thickness.values()))
    update = {"id": "house-row", "zones": (zone,), "layer": layer, "mean_mm": None, "sd_mm": None, "min_mm": None}
    return known.model_copy(update={**update, "max_mm": None, **values})


@pytest.mark.parametrize("like", BASE.techniques)
def test_a_technique_just_like_one_of_the_base_loosens_nothing(like: str) -> None:
    assert said(with_technique(like)) == []


@pytest.mark.parametrize(
    ("like", "tag"),
    [
        ("fractional_pen", "device"),
        ("fractional_stamp", "needles"),
        ("clinic_roller", "device"),
        ("classical_injection", "syringe"),
        ("oxygen", "needle_free"),
    ],
)
def test_a_technique_without_a_tag_of_its_layout_is_refused(like: str, tag: str) -> None:
    tags = tuple(one for one in BASE.techniques[like].tags if one != tag)
    layout = BASE.techniques[like].layout
    assert said(with_technique(like, tags=tags)) == [
        f"a technique of layout {layout} without the tag {tag} escapes rules"
    ]


@pytest.mark.parametrize(
    ("like", "role"),
    [
        ("fractional_pen", "eye_margin"),
        ("fractional_pen", "recovery"),
        ("fractional_pen", "depth"),
        ("classical_injection", "volume_session_max"),
        ("classical_injection", "interval_minimum"),
        ("oxygen", "allergy_test_second"),
    ],
)
def test_a_technique_without_a_fact_that_limits_its_layout_is_refused(like: str, role: str) -> None:
    facts = {name: fact for name, fact in BASE.techniques[like].facts.items() if name != role}
    layout = BASE.techniques[like].layout
    assert said(with_technique(like, facts=facts)) == [f"a technique of layout {layout} without its {role}"]


@pytest.mark.parametrize(
    ("role", "like", "quantity"),
    [
        ("interval_minimum", "fractional_pen", Quantity(value=9, unit="d")),
        ("recovery", "fractional_pen", Quantity(value=1, unit="d")),
        ("eye_margin", "fractional_pen", Quantity(value=14, unit="mm")),
        ("depth", "fractional_pen", Quantity(max=3, unit="mm")),
        ("depth", "fractional_pen", Quantity(min=0.5, unit="mm")),
        ("depth_hard_limit", "fractional_pen", Quantity(max=5, unit="mm")),
        ("depth_hard_limit", "fractional_pen", Quantity(max=3, unit="d")),
        ("depth_hard_limit", "fractional_pen", None),
        ("volume_session_max", "classical_injection", Quantity(max=4, unit="ml")),
        ("passes", "clinic_roller", Quantity(value=40, unit="passes")),
        ("allergy_test_second", "oxygen", Quantity(min=24, max=96, unit="h")),
        ("allergy_test_second", "oxygen", Quantity(min=72, max=200, unit="h")),
    ],
)
def test_a_looser_fact_of_its_own_is_refused(role: str, like: str, quantity: Quantity | None) -> None:
    (message,) = said(with_fact(role, like, quantity))
    assert message.endswith(f"for {role}")


@pytest.mark.parametrize(
    ("role", "like", "quantity"),
    [
        ("interval_minimum", "fractional_pen", Quantity(value=21, unit="d")),
        ("interval_minimum", "fractional_pen", Quantity(value=2, unit="week")),
        ("eye_margin", "fractional_pen", Quantity(value=2, unit="cm")),
        ("depth", "fractional_pen", Quantity(max=0.5, unit="mm")),
        ("depth_hard_limit", "fractional_pen", Quantity(max=2, unit="mm")),
        ("volume_session_max", "classical_injection", Quantity(max=1, unit="ml")),
        ("passes", "clinic_roller", Quantity(value=5, unit="passes")),
        ("allergy_test_second", "oxygen", Quantity(min=80, max=96, unit="h")),
    ],
)
def test_a_stricter_fact_of_its_own_is_taken(role: str, like: str, quantity: Quantity) -> None:
    assert said(with_fact(role, like, quantity)) == []


@pytest.mark.parametrize("like", ["fractional_pen", "classical_injection", "oxygen"])
def test_what_nobody_does_at_home_is_refused_there(like: str) -> None:
    tags = (*(tag for tag in BASE.techniques[like].tags if tag != "clinic"), "home")
    (message,) = said(with_technique(like, tags=tags))
    assert message.endswith("is done at home: nothing limits this one")


def test_a_roller_at_home_excludes_the_classes_that_the_base_excludes() -> None:
    never = BASE.techniques["home_roller"].never_classes
    (message,) = said(with_technique("home_roller", never_classes=never[1:]))
    assert f"brings in {never[0]}, and this one does not exclude it" in message
    assert said(with_technique("home_roller", never_classes=(*never, "vitamins"))) == []


@pytest.mark.parametrize(("most", "count"), [(5.0, 1), (0.001, 0)])
def test_a_dose_above_every_dose_of_the_base_is_refused(most: float, count: int) -> None:
    manner = next(one for one in BASE.techniques["classical_injection"].manners if "volume_per_point" in one.facts)
    known = BASE.facts[manner.facts["volume_per_point"]]
    resolution = known.resolution.model_copy(update={"quantity": Quantity(value=most, unit="ml")})
    fact = known.model_copy(update={"id": "house.fact", "resolution": resolution})
    own = manner.model_copy(update={"facts": {**manner.facts, "volume_per_point": "house.fact"}})
    merged = with_technique("classical_injection", manners=(own,))
    assert len(said(replace(merged, facts={**BASE.facts, "house.fact": fact}))) == count


@pytest.mark.parametrize("like", BASE.indications)
def test_a_goal_just_like_one_of_the_base_loosens_nothing(like: str) -> None:
    goal = BASE.indications[like].model_copy(update={"id": "house"})
    rules = {}
    for rule in BASE.rules.values():
        if isinstance(rule.when, Goal) and like in rule.when.goal:
            when = Goal(goal=(*rule.when.goal, "house"))
            rules[rule.id] = rule.model_copy(update={"when": when})
    merged = replace(BASE, indications={**BASE.indications, "house": goal}, rules={**BASE.rules, **rules})
    assert said(merged) == []


@pytest.mark.parametrize(
    ("role", "quantity", "count"),
    [
        ("interval", Quantity(value=1, unit="d"), 1),
        ("interval", Quantity(value=90, unit="d"), 0),
        ("sessions", Quantity(min=40, max=50, unit="sessions"), 1),
        ("sessions", Quantity(min=1, max=2, unit="sessions"), 0),
        ("repeat", Quantity(value=1, unit="week"), 1),
        ("repeat", Quantity(value=24, unit="month"), 0),
    ],
)
def test_a_goal_with_a_denser_or_longer_course_is_refused(role: str, quantity: Quantity, count: int) -> None:
    like = next(one for one in BASE.indications.values() if role in one.facts)
    known = BASE.facts[like.facts[role]]
    resolution = known.resolution.model_copy(update={"quantity": quantity})
    fact = known.model_copy(update={"id": "house.fact", "resolution": resolution})
    goal = like.model_copy(update={"id": "house", "cocktails": (), "facts": {**like.facts, role: "house.fact"}})
    merged = replace(BASE, indications={**BASE.indications, "house": goal}, facts={**BASE.facts, "house.fact": fact})
    messages = said(merged)
    assert len(messages) == count
    assert all(message.endswith(f"for {role}") for message in messages)


def test_a_goal_for_a_doctors_class_needs_a_doctors_rule() -> None:
    goal = BASE.indications["wrinkles"].model_copy(update={"id": "jowls", "cocktails": ("vitamins", "lipolytics")})
    merged = replace(BASE, indications={**BASE.indications, "jowls": goal})
    assert said(merged) == ["every goal of the base that takes this class is a doctor's decision, and this one is not"]
    rule = BASE.rules["goal.body_fat"].model_copy(update={"id": "goal.jowls", "when": Goal(goal=("jowls",))})
    assert said(replace(merged, rules={**BASE.rules, rule.id: rule})) == []
    milder = rule.model_copy(update={"verdict": Verdict.CAUTION})
    assert len(said(replace(merged, rules={**BASE.rules, rule.id: milder}))) == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (thickness("chin", mean_mm=2.0, sd_mm=0.1), "skin at its thinnest at chin"),
        (thickness("neck", mean_mm=1.4), "mean thickness of the skin at neck"),
        (
            ChartRow(zones=("neck",), thin_max_mm=2, thick_max_mm=3, source="drpen-chart", locator="x", status="R"),
            "neck",
        ),
    ],
)
def test_a_row_that_makes_a_zone_deeper_is_refused(row: ThicknessRow | ChartRow, told: str) -> None:
    messages = said(with_row(row))
    assert messages
    assert told in messages[0]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"parent": "face"}, True),
        ({"parent": "eye_area"}, True),
        ({"parent": "body", "neighbours": ("eyelid_upper",)}, True),
        ({"parent": "eye_area", "treatable": False}, False),
        ({"parent": "body"}, False),
    ],
)
def test_a_new_zone_of_the_face_that_may_be_treated_is_refused(changes: dict[str, Any], refused: bool) -> None:
    zone = BASE.zones["forearm"].model_copy(update={"id": "lid", "neighbours": (), **changes})
    messages = said(replace(BASE, zones={**BASE.zones, "lid": zone}))
    assert [one.startswith("the base divides up the whole face") for one in messages] == [True] * refused


def test_a_technique_without_needles_names_its_energy() -> None:
    for model in ("aquaphoresis", "oxygen"):
        assert said(with_technique(model, tags=("needle_free", "topical", "clinic"))) == [
            "a needle-free technique that names no energy"
        ]
        assert said(with_technique(model)) == []


def test_a_row_that_makes_a_zone_shallower_is_taken() -> None:
    assert said(with_row(thickness("forehead", mean_mm=0.5, sd_mm=0.1))) == []
    assert said(with_row(chart("forehead", 0.1))) == []


def test_loading_and_checking_an_extension_tells_where_it_loosens(tmp_path: Path) -> None:
    technique = """\
techniques:
  - id: house
    name: {en: House, ru: Дом}
    like: fractional_pen
    layout: gliding_pen
    tags: [needles, device, solid_needle, clinic]
    zones: [forehead]
    cocktails: one
    facts:
      interval_minimum: followup.day_1
    rationale: {en: Why., ru: Почему.}
"""
    consent = """\
consents:
  - id: house
    title: {en: House, ru: Дом}
    version: 1
    issued: 2026-01-01
    techniques: [{technique: house, text: {en: A device., ru: Аппарат.}}]
    cannot: [{text: {en: Nothing is promised., ru: Обещать нечего.}}]
    instead: [{text: {en: Other ways., ru: Другие пути.}}]
"""
    write(tmp_path, {"techniques.yaml": technique, "consents.yaml": consent})
    with pytest.raises(ProblemError) as caught:
        load(tmp_path)
    (problem,) = caught.value.problems
    assert problem.place == f"{tmp_path.as_posix()}/techniques.yaml:10 (techniques/house/facts/interval_minimum)"
    assert "1 d is looser than" in problem.message
    assert "interval.minimum" in problem.remedy
