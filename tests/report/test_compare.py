"""Two plans side by side: what is shown, what is missing and why, and that neither is ever called the better one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import mesoplan
from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.report.compare import Comparison, compare
from mesoplan.report.compare_model import Row, Value, row
from mesoplan.report.compare_paper import comparison_paper
from mesoplan.report.compare_words import ComparisonWords, ShownRow
from mesoplan.report.context import PaperContext
from report.conftest import PEEL, MakeCase
from report.pages import beyond_margins, characters, metadata, texts, whole

WORDS = Path(mesoplan.__file__).parent / "knowledge" / "data" / "words"
MARGIN_PT = 45.0
SHAPES: dict[str, dict[str, Any]] = {
    "pen": {"technique": "fractional_pen"},
    "syringe": {"technique": "classical_injection"},
    "stamp": {"technique": "fractional_stamp"},
    "roller": {"technique": "clinic_roller"},
    "needle-free": {"technique": "aquaphoresis"},
    "without a clinic": {"of_clinic": None},
    "pregnant": {"answers": {"pregnancy": "yes"}},
    "a doctor decides": {"answers": {"clotting_medicines": "yes"}},
    "deferred": {"answers": {"chemical_peel": [PEEL]}},
    "answers missing": {"answers": {"pregnancy": "unknown"}},
    "one zone": {"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]},
    "not planned": {"technique": "fractional_scar"},
}
Plans = Callable[[str], Plan]


@pytest.fixture(scope="module")
def plans(make_case: MakeCase) -> Plans:
    made: dict[str, Plan] = {}

    def plan(shape: str) -> Plan:
        if shape not in made:
            made[shape] = make_case(**SHAPES[shape]).plan
        return made[shape]

    return plan


def rows(found: Comparison, part: str, label: str) -> list[Row]:
    return [one for one in found.rows if (one.part, one.label) == (part, label)]


def swapped(one: Row) -> Row:
    nearer = {"first": "second", "second": "first"}.get(one.nearer or "", one.nearer)
    difference = one.difference
    if difference is not None and difference.number is not None:
        difference = replace(difference, number=-difference.number)
    elif difference is not None:
        text = difference.items[0]
        difference = replace(difference, items=(text[1:] if text.startswith("-") else f"-{text}",))
    return replace(one, first=one.second, second=one.first, nearer=nearer, difference=difference)  # type: ignore[arg-type]


# -- laws


@pytest.mark.parametrize("shape", SHAPES)
def test_a_plan_differs_in_nothing_from_itself(plans: Plans, knowledge: Knowledge, shape: str) -> None:
    found = compare(plans(shape), plans(shape), knowledge)
    assert found.rows
    assert found.differences == ()
    assert found.warnings == ()
    assert {one.nearer for one in found.rows} <= {None, "equal"}


@given(first=st.sampled_from(sorted(SHAPES)), second=st.sampled_from(sorted(SHAPES)))
def test_named_the_other_way_round_the_same_stands_mirrored(
    plans: Plans, knowledge: Knowledge, first: str, second: str
) -> None:
    forth = compare(plans(first), plans(second), knowledge)
    back = compare(plans(second), plans(first), knowledge)
    assert tuple(swapped(one) for one in forth.rows) == back.rows
    assert (forth.first, forth.second, forth.warnings) == (back.second, back.first, back.warnings)


@given(first=st.sampled_from(sorted(SHAPES)), second=st.sampled_from(sorted(SHAPES)))
def test_a_missing_value_says_why_and_is_never_nothing(
    plans: Plans, knowledge: Knowledge, first: str, second: str
) -> None:
    words = knowledge.words("en")
    for one in compare(plans(first), plans(second), knowledge).rows:
        for value in (one.first, one.second):
            if value.kind == "missing":
                assert value.items, one
                assert all(key.partition(":")[0] in words for key in value.items), value.items
                assert (value.number, value.low, value.high) == (None, None, None)
            elif value.kind in ("number", "limit"):
                assert (value.number, value.low, value.high) != (None, None, None), one


numbers = st.floats(-1e6, 1e6)


@given(one=numbers, other=numbers)
def test_of_two_margins_the_smaller_one_is_nearer(one: float, other: float) -> None:
    found = row("limits", "x", Value("limit", number=one, unit="mm"), Value("limit", number=other, unit="mm"))
    assert found.nearer == ("equal" if abs(one - other) <= 1e-9 else "first" if one < other else "second")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [(0.131, 0.129, "same"), (0.131, 0.1, "nearer.second"), (0.131, 0.127, "nearer.equal"), (0.2, 0.2, "same")],
)
def test_margins_that_print_alike_are_called_equal(
    plans: Plans, knowledge: Knowledge, one: float, other: float, said: str
) -> None:
    planned = 1.0 if said != "nearer.equal" else 1.5
    first = Value("limit", number=one, low=1.0, high=1.1, unit="mm")
    second = Value("limit", number=other, low=planned, high=1.1, unit="mm")
    shown = _shown(plans, knowledge, row("limits", "x", first, second))
    assert shown.difference == knowledge.words("en")[f"compare.{said}"]
    assert shown.same is (said == "same")


@pytest.mark.parametrize(
    ("one", "other", "unit", "said"),
    [
        (0.1246, 0.1254, "ml", "+0.01\u00a0ml"),
        (0.204, 0.2036, "ml", "same"),
        (38067.4, 55045.5, "1", "+16,978.1"),
        (0.2015, 0.1004, "share", "\u221210.2 points"),
    ],
)
def test_a_line_adds_up_as_it_is_printed(
    plans: Plans, knowledge: Knowledge, one: float, other: float, unit: str, said: str
) -> None:
    first, second = (Value("number", number=each, unit=unit) for each in (one, other))
    assert _shown(plans, knowledge, row("volume", "x", first, second)).difference == said


def test_a_setting_of_a_devices_manual_is_not_called_by_its_id(plans: Plans, knowledge: Knowledge) -> None:
    value = Value("number", number=1.0, unit="MHz")
    shown = _shown(plans, knowledge, row("settings", "energy", value, value, subjects=("example-sound:0",)))
    assert shown.label == "Setting 1 of the device example-sound"


def _shown(plans: Plans, knowledge: Knowledge, one: Row) -> ShownRow:
    words = ComparisonWords(PaperContext(plans("pen"), knowledge, None))
    comparison = replace(compare(plans("pen"), plans("pen"), knowledge), rows=(one,))
    ((shown,),) = (part.rows for part in words.parts(comparison))
    return shown


def test_numbers_that_mean_something_else_are_not_subtracted() -> None:
    carried = Value("number", number=0.1, unit="ml", note="compare.note.carried")
    injected = Value("number", number=3.0, unit="ml", note="compare.note.injected")
    assert row("volume", "x", carried, injected).difference is None
    assert row("volume", "x", replace(carried, note=""), replace(injected, note="")).difference is not None
    assert (
        row("settings", "x", Value("number", number=1, unit="mm"), Value("number", number=1, unit="ml")).same is False
    )
    euro, dollar = Value("money", ("100.10",), unit="EUR"), Value("money", ("99.00",), unit="USD")
    assert row("price", "x", euro, dollar).difference is None
    exact = row("price", "x", euro, replace(dollar, unit="EUR")).difference
    assert exact is not None
    assert exact.items == ("-1.10",)


# -- a real run


def test_pen_beside_syringe_shows_what_each_plan_holds(plans: Plans, knowledge: Knowledge) -> None:
    pen, syringe = plans("pen"), plans("syringe")
    found = compare(pen, syringe, knowledge)
    assert found.warnings == ()
    (total,) = rows(found, "price", "total")
    assert pen.course.quote is not None
    assert syringe.course.quote is not None
    assert (total.first.items[0], total.second.items[0]) == (pen.course.quote.total, syringe.course.quote.total)
    cover = rows(found, "cover", "cover_course")
    assert {zone for one in cover for zone in one.zones} == {one.zone for one in pen.prescription.zones}
    assert all(one.second.items == ("compare.missing.points_no_cover",) for one in cover)
    for one in cover:
        held = next(zone for zone in pen.layout.pen if zone.zone == one.zones[0]).cumulative.cover[-1]
        assert (one.first.number, one.first.low, one.first.high) == (held.mean, held.low, held.high)
    (volume,) = rows(found, "volume", "volume_session")
    assert (volume.first.number, volume.second.number) == (pen.layout.total_volume_ml, syringe.layout.total_volume_ml)
    assert volume.difference is None
    (whole_course,) = rows(found, "volume", "volume_total")
    assert whole_course.second.number == pytest.approx((syringe.layout.total_volume_ml or 0.0) * 5)


def test_each_limit_stands_with_both_margins_and_which_is_nearer(plans: Plans, knowledge: Knowledge) -> None:
    pen, syringe = plans("pen"), plans("syringe")
    found = compare(pen, syringe, knowledge)
    hard = {zone: one for one in rows(found, "limits", "depth_hard") for zone in one.zones}
    for zone in pen.prescription.zones:
        assert zone.depth is not None
        (held,) = [one for one in zone.depth.limits if one.name == "depth_hard"]
        shown = hard[zone.zone].first
        assert (shown.number, shown.low, shown.high) == (held.margin, held.planned, held.limit)
        assert hard[zone.zone].nearer == "second"
        assert held.basis in shown.bases
    (face,) = rows(found, "limits", "volume_face")
    assert face.nearer == "second"
    assert face.second.number is not None
    assert face.second.number < 0
    label = rows(found, "limits", "depth_label")
    assert {one.second.items for one in label} == {("compare.missing.no_limit",)}
    assert {one.nearer for one in label} == {None}


def test_restrictions_are_counted_from_the_last_session_as_the_plan_merged_them(
    plans: Plans, knowledge: Knowledge
) -> None:
    pen = plans("pen")
    found = compare(pen, plans("syringe"), knowledge)
    last = max(one.day for one in pen.course.appointments if one.kind == "session")
    shown = {ban: one.first.number for one in rows(found, "downtime", "days_off") for ban in one.subjects}
    held = {one.ban: (one.free_from - last).days for one in pen.course.restrictions if 5 in one.sessions}
    assert shown == held
    assert min(held.values()) >= 1


def test_a_volume_that_nobody_knows_leaves_no_margin(plans: Plans, knowledge: Knowledge) -> None:
    found = compare(plans("roller"), plans("syringe"), knowledge)
    (volume,) = rows(found, "volume", "volume_session")
    assert volume.first.items == ("compare.missing.no_source",)
    for name in ("volume_face", "volume_session"):
        assert [one.first.items for one in rows(found, "limits", name) if not one.zones] == [
            ("compare.missing.volume_unknown",)
        ]


@pytest.mark.parametrize("shape", ["pregnant", "a doctor decides", "answers missing", "without a clinic"])
def test_settings_that_no_paper_prints_are_not_compared_either(plans: Plans, knowledge: Knowledge, shape: str) -> None:
    found = compare(plans("pen"), plans(shape), knowledge)
    shown = [one for one in found.rows if one.part in ("settings", "limits", "cover", "volume", "quality")]
    assert shown
    assert {one.second.kind for one in shown} == {"missing"}


def test_without_a_price_list_there_is_a_reason_and_no_sum(plans: Plans, knowledge: Knowledge) -> None:
    found = compare(plans("without a clinic"), plans("needle-free"), knowledge)
    (total,) = rows(found, "price", "total")
    assert total.first.items == ("compare.missing.no_clinic",)
    assert total.second.items == ("asked.price", "asked.price_product")
    assert rows(found, "price", "price_sessions") == []


# -- what makes two plans hard to compare


def test_other_answers_days_clinics_and_editions_are_said_before_anything_else(
    plans: Plans, knowledge: Knowledge
) -> None:
    pen = plans("pen")
    other = plans("deferred")
    older = replace(other, clinic=None, screening=replace(other.screening, knowledge_version="0.0.9+000000000000"))
    found = compare(pen, replace(older, on=date_before(pen)), knowledge)
    names = ("intake", "knowledge", "day", "clinic")
    assert found.warnings == tuple(f"compare.warning.{one}" for one in names)
    assert compare(pen, replace(pen, surface=replace(pen.surface, side="mirrored")), knowledge).warnings == (
        "compare.warning.areas",
    )


def date_before(plan: Plan) -> Any:
    return plan.on - timedelta(days=1)


def of_client(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, intake=replace(plan.intake, client=replace(plan.intake.client, **changes)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"identifier": "EX-0002"}, "EX-0002"),
        ({"identifier": "unknown", "name": "Berta Example"}, "Berta Example"),
        ({"identifier": "", "name": "Berta Example"}, "Berta Example"),
        ({"birth_date": date(1988, 5, 15)}, "1988-05-15"),
    ],
)
def test_plans_of_two_persons_are_refused(
    plans: Plans, knowledge: Knowledge, changes: dict[str, Any], told: str
) -> None:
    pen = plans("pen")
    for pair in ((pen, of_client(pen, **changes)), (of_client(pen, **changes), pen)):
        with pytest.raises(ProblemError) as caught:
            compare(*pair, knowledge)
        assert told in str(caught.value)
        assert "another client" in str(caught.value)


def test_where_nobody_can_tell_whether_it_is_one_person_that_is_said(plans: Plans, knowledge: Knowledge) -> None:
    pen = plans("pen")
    unknown = of_client(pen, identifier="unknown")
    assert compare(pen, unknown, knowledge).warnings == ("compare.warning.client_unknown",)
    assert compare(unknown, unknown, knowledge).warnings == ("compare.warning.client_unknown",)
    assert compare(pen, of_client(pen, name="Anna Sample"), knowledge).warnings == ("compare.warning.name",)


# -- quality


def test_the_quality_of_two_plans_stands_side_by_side(plans: Plans, knowledge: Knowledge) -> None:
    pen, stamp = plans("pen"), plans("stamp")
    found = compare(pen, stamp, knowledge)
    assert pen.quality is not None
    assert stamp.quality is not None
    (total,) = rows(found, "quality", "punctures")
    assert (total.first.number, total.second.number) == (pen.quality.totals.punctures, stamp.quality.totals.punctures)
    for one in rows(found, "quality", "twice_session"):
        for zone in one.zones:
            ours, theirs = pen.quality.zone(zone), stamp.quality.zone(zone)
            assert ours is not None
            assert theirs is not None
            assert ours.hits is not None
            assert theirs.hits is not None
            assert one.first.number == pytest.approx(sum(ours.hits[2:]))
            assert one.second.number == pytest.approx(sum(theirs.hits[2:]))
    assert {one.second.items for one in rows(found, "quality", "slower")} == {("compare.missing.no_hand",)}
    assert rows(found, "quality", "ideal_course") == []


def test_limits_passed_at_worst_are_named(plans: Plans, knowledge: Knowledge) -> None:
    pen = plans("pen")
    assert pen.quality is not None
    found = compare(pen, pen, knowledge)
    told = rows(found, "quality", "would_pass")
    named = {(zone, name) for one in told for zone in one.zones for name in one.first.items}
    passed = {(one.zone, f"limit.{one.name}") for one in pen.quality.passed if one.zone}
    assert passed
    assert passed <= named


def test_a_plan_of_an_earlier_edition_holds_no_quality_and_says_so(plans: Plans, knowledge: Knowledge) -> None:
    pen = plans("pen")
    found = compare(pen, replace(pen, quality=None), knowledge)
    quality = [one for one in found.rows if one.part == "quality"]
    assert quality
    assert {one.second.items for one in quality} == {("compare.missing.not_known",)}


# -- words


def test_every_row_part_and_class_has_its_words(plans: Plans, knowledge: Knowledge) -> None:
    words = knowledge.words("en")
    every = [one for name in SHAPES for one in compare(plans("pen"), plans(name), knowledge).rows]
    labels = {one.label for one in every if one.part != "limits" and not one.subjects}
    assert {one for one in labels if f"compare.row.{one}" not in words} == set()
    assert {one.part for one in every} == {key.split(".")[2] for key in words if key.startswith("compare.part.")}
    classes = {name for one in knowledge.substances.values() for name in one.classes}
    assert {one for one in classes if f"class.{one}" not in words} == set()


def test_both_languages_say_the_same_things() -> None:
    english, russian = (
        yaml.safe_load((WORDS / f"compare.{one}.yaml").read_text(encoding="utf-8"))["words"] for one in ("en", "ru")
    )
    forms = {f"compare.differences.{one}" for one in ("few", "many")}
    assert english.keys() == russian.keys() - forms


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("second", ["syringe", "stamp", "roller", "needle-free", "pregnant"])
def test_the_paper_is_short_readable_and_accessible(
    plans: Plans, knowledge: Knowledge, language: str, second: str
) -> None:
    pen = plans("pen")
    found = compare(pen, plans(second), knowledge)
    pdf = comparison_paper(found, PaperContext(replace(pen, language=language), knowledge, None))
    pages = texts(pdf)
    assert len(pages) <= (
        4 if second in ("needle-free", "pregnant") else 3
    )  # of the zones that only one of them plans nothing reads alike
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata(pdf)
    assert min(one.size_pt for one in characters(pdf)) >= 8.99
    assert beyond_margins(pdf, MARGIN_PT) == []
    for page in pages:
        assert "Anna Example" in page
        assert "EX-0001" in page
    assert "EXAMPLE" in pages[0]
    assert "compare." not in whole(pdf)


@pytest.mark.parametrize("second", sorted(SHAPES))
def test_no_plan_is_called_the_better_one(plans: Plans, knowledge: Knowledge, second: str) -> None:
    pen = plans("pen")
    found = compare(pen, plans(second), knowledge)
    text = whole(comparison_paper(found, PaperContext(pen, knowledge, None))).lower()
    for phrase in ("neither plan is called the better one", "no row says which plan is better"):
        text = text.replace(phrase, "")
    assert [one for one in ("better", "best", "worse", "recommended plan", "winner", "safer") if one in text] == []


def test_warnings_stand_before_the_rows_and_a_zone_never_loses_its_name(plans: Plans, knowledge: Knowledge) -> None:
    found = compare(plans("pen"), plans("deferred"), knowledge)
    first = whole(comparison_paper(found, PaperContext(plans("pen"), knowledge, None)))
    assert first.index("rest on different answers") < first.index("Session sheet")
    assert "PROVISIONAL" in first
