"""Allergy tests: what their readings say, and where they stand in the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.course.allergy import FIRST, PLACING, SECOND, plan_readings, plan_test
from mesoplan.course.days import WEEKDAY, closed_on
from mesoplan.intake.model import AllergyTest
from mesoplan.knowledge.model import Quantity
from mesoplan.prescription.allergy_test import ReadingDays, allergy_test_state, counted_methods, counts_until

DAYS = ReadingDays(2, 3, 4, Quantity(max=6, unit="month"))
INJECTED = ("test injection",)
MONDAY = date(2028, 2, 28)
LATER = date(2028, 7, 31)
NEVER_CLOSED = closed_on([], [])


def placed(
    *readings: tuple[int, str], product: str = "a", on: date = MONDAY, method: str = "test injection"
) -> AllergyTest:
    return AllergyTest(product, on, method, tuple((on + timedelta(days=n), r) for n, r in readings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ((), "waiting"),
        (((0, "negative"), (1, "negative")), "waiting"),  # nothing before 48 h counts
        (((1, "negative"), (3, "negative")), "waiting"),
        (((2, "negative"),), "waiting"),
        (((3, "negative"),), "waiting"),  # one reading is no second one
        (((2, "negative"), (3, "negative")), "negative"),
        (((2, "negative"), (4, "negative")), "negative"),
        (((3, "negative"), (4, "negative")), "negative"),
        (((2, "negative"), (5, "negative")), "waiting"),  # later than 96 h
        (((2, "negative"), (3, "positive")), "positive"),
        (((1, "positive"), (2, "negative"), (3, "negative")), "positive"),
    ],
)
def test_only_both_delayed_readings_make_a_test_negative(readings: tuple[tuple[int, str], ...], expected: str) -> None:
    assert allergy_test_state([placed(*readings)], "a", INJECTED, DAYS, LATER) == expected


def test_a_negative_reading_of_a_day_to_come_does_not_count_and_a_positive_one_does() -> None:
    test = placed((2, "negative"), (3, "negative"))
    assert allergy_test_state([test], "a", INJECTED, DAYS, MONDAY - timedelta(days=1)) == "none"
    assert allergy_test_state([test], "a", INJECTED, DAYS, MONDAY + timedelta(days=2)) == "waiting"
    assert allergy_test_state([test], "a", INJECTED, DAYS, MONDAY + timedelta(days=3)) == "negative"
    assert allergy_test_state([placed((3, "positive"))], "a", INJECTED, DAYS, MONDAY) == "positive"


@pytest.mark.parametrize(
    ("placed_on", "last"),
    [
        (date(2028, 2, 28), date(2028, 8, 27)),
        (date(2028, 2, 29), date(2028, 8, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),  # there is no 31 February: over on 1 March
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 12, 31), date(2028, 6, 30)),  # nor a 31 June
        (date(2028, 1, 15), date(2028, 7, 14)),
    ],
)
def test_a_negative_test_counts_until_the_day_before_six_months_are_over(placed_on: date, last: date) -> None:
    test = placed((2, "negative"), (3, "negative"), on=placed_on)
    assert counts_until([test], "a", INJECTED, DAYS, last) == last
    assert allergy_test_state([test], "a", INJECTED, DAYS, last) == "negative"
    assert allergy_test_state([test], "a", INJECTED, DAYS, last + timedelta(days=1)) == "expired"
    assert allergy_test_state([test], "a", INJECTED, DAYS, date(2040, 1, 1)) == "expired"


def test_an_old_test_never_takes_back_a_positive_reading_and_a_new_one_in_its_place_is_waited_for() -> None:
    old = placed((2, "negative"), (3, "negative"), on=date(2020, 1, 6))
    assert allergy_test_state([placed((2, "positive"), on=date(2020, 1, 6))], "a", INJECTED, DAYS, LATER) == "positive"
    assert allergy_test_state([old, placed()], "a", INJECTED, DAYS, LATER) == "waiting"
    assert allergy_test_state([old, placed((2, "negative"), (3, "negative"))], "a", INJECTED, DAYS, LATER) == "negative"
    assert allergy_test_state([old, placed(method="topical")], "a", INJECTED, DAYS, LATER) == "waiting"


def test_a_change_of_product_starts_afresh() -> None:
    tests = [placed((2, "negative"), (3, "negative"), product="other"), placed((2, "positive"), product="third")]
    assert allergy_test_state(tests, "a", INJECTED, DAYS, LATER) == "none"


def test_a_positive_test_outweighs_a_later_negative_one() -> None:
    tests = [placed((2, "positive")), placed((2, "negative"), (3, "negative"), on=date(2028, 6, 1))]
    assert allergy_test_state(tests, "a", INJECTED, DAYS, LATER) == "positive"


def test_two_half_read_tests_do_not_make_a_whole_one() -> None:
    tests = [placed((2, "negative")), placed((3, "negative"), on=date(2028, 6, 1))]
    assert allergy_test_state(tests, "a", INJECTED, DAYS, LATER) == "waiting"


def test_a_test_on_the_skin_alone_is_only_the_first_layer() -> None:
    topical = placed((2, "negative"), (3, "negative"), method="topical")
    assert allergy_test_state([topical], "a", INJECTED, DAYS, LATER) == "waiting"
    injected = placed((2, "negative"), (3, "negative"), on=date(2028, 3, 6))
    assert allergy_test_state([topical, injected], "a", INJECTED, DAYS, LATER) == "negative"
    reddened = placed((2, "positive"), method="topical")
    assert allergy_test_state([reddened, injected], "a", INJECTED, DAYS, LATER) == "positive"


def test_a_reading_dated_after_the_day_of_planning_is_still_due() -> None:
    test = placed((2, "negative"), (3, "negative"))
    plan = plan_readings([test], MONDAY + timedelta(days=2), NEVER_CLOSED, DAYS, 1)
    assert plan is not None
    assert [(one.note, one.day) for one in plan.appointments] == [(SECOND, MONDAY + timedelta(days=3))]


READINGS = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["negative", "positive"])), max_size=5)


@given(READINGS, st.integers(0, 8))
def test_another_positive_reading_never_helps(readings: list[tuple[int, str]], day: int) -> None:
    assert allergy_test_state([placed(*readings, (day, "positive"))], "a", INJECTED, DAYS, LATER) == "positive"


@given(READINGS)
def test_negative_needs_two_negative_readings_one_of_them_in_the_second_window(readings: list[tuple[int, str]]) -> None:
    if allergy_test_state([placed(*readings)], "a", INJECTED, DAYS, LATER) == "negative":
        days = {day for day, _ in readings}
        assert all(result == "negative" for _, result in readings)
        assert days & {3, 4}
        assert len({day for day in days if day >= 2}) >= 2


def test_a_test_on_monday_is_read_on_wednesday_and_from_thursday_to_friday_over_a_leap_day() -> None:
    plan = plan_test(MONDAY, date(2028, 12, 31), NEVER_CLOSED, DAYS, 1)
    assert plan is not None
    assert [(one.note, one.day, one.last_day) for one in plan.appointments] == [
        (PLACING, date(2028, 2, 28), date(2028, 2, 28)),
        (FIRST, date(2028, 3, 1), date(2028, 3, 1)),
        (SECOND, date(2028, 3, 2), date(2028, 3, 3)),
    ]
    assert plan.session_from == date(2028, 3, 3)


def test_with_closed_weekends_no_test_is_placed_that_could_not_be_read() -> None:
    closed = closed_on([5, 6], [])
    week = [MONDAY + timedelta(days=n) for n in range(7)]
    allowed = {day.weekday() for day in week if _placed_on(day, closed)}
    assert allowed == {0, 1}  # from Wednesday on, one reading or all days of the other fall on the weekend
    assert not plan_test(MONDAY + timedelta(days=3), MONDAY + timedelta(days=6), closed, DAYS, 1)


def _placed_on(day: date, closed: object) -> bool:
    return plan_test(day, day, closed, DAYS, 1) is not None  # type: ignore[arg-type]


@given(
    st.dates(date(2027, 12, 1), date(2028, 3, 5)), st.sets(st.integers(0, 6), max_size=4), st.sets(st.integers(0, 40))
)
def test_every_planned_test_is_placed_and_read_on_open_days_at_the_right_distance(
    start: date, weekdays: set[int], shut: set[int]
) -> None:
    closures = [(start + timedelta(days=n),) * 2 for n in shut]
    closed = closed_on(weekdays, closures)
    plan = plan_test(start, start + timedelta(days=60), closed, DAYS, 1)
    if plan is None:
        return
    test, first, second = plan.appointments
    assert not any(closed(day) for day in (test.day, first.day, second.day, second.last_day))
    assert (first.day - test.day).days == 2
    assert 3 <= (second.day - test.day).days <= (second.last_day - test.day).days <= 4
    assert plan.session_from >= second.day


def test_readings_still_due_of_a_placed_test_are_kept() -> None:
    plan = plan_readings([placed()], MONDAY + timedelta(days=1), NEVER_CLOSED, DAYS, 1)
    assert plan is not None
    assert [one.day for one in plan.appointments] == [date(2028, 3, 1), date(2028, 3, 2)]


def test_after_the_first_reading_only_the_second_is_left_and_not_on_a_past_day() -> None:
    plan = plan_readings([placed((2, "negative"))], MONDAY + timedelta(days=4), NEVER_CLOSED, DAYS, 1)
    assert plan is not None
    assert [(one.day, one.last_day) for one in plan.appointments] == [(date(2028, 3, 3), date(2028, 3, 3))]


def test_a_second_reading_is_never_on_the_day_of_a_late_first_one() -> None:
    plan = plan_readings([placed((3, "negative"))], MONDAY + timedelta(days=3), NEVER_CLOSED, DAYS, 1)
    assert plan is not None
    assert [one.day for one in plan.appointments] == [MONDAY + timedelta(days=4)]


@pytest.mark.parametrize(("readings", "after"), [((), 3), (((2, "negative"),), 5), (((1, "negative"),), 3)])
def test_a_missed_reading_means_the_test_is_repeated(readings: tuple[tuple[int, str], ...], after: int) -> None:
    assert plan_readings([placed(*readings)], MONDAY + timedelta(days=after), NEVER_CLOSED, DAYS, 1) is None


def test_a_second_reading_on_a_closed_day_moves_inside_its_window_and_says_so() -> None:
    plan = plan_readings([placed()], MONDAY, closed_on([3], []), DAYS, 1)
    assert plan is not None
    assert (plan.appointments[1].day, plan.appointments[1].moved) == (date(2028, 3, 3), (WEEKDAY,))


@pytest.mark.parametrize("routes", [("topical",), ("home",), ("topical", "home")])
def test_a_product_that_no_needle_may_bring_in_is_tested_on_the_skin_with_both_delayed_readings(
    routes: tuple[str, ...],
) -> None:
    methods = counted_methods(routes)
    whole, half = placed((2, "negative"), (3, "negative"), method="topical"), placed((2, "negative"), method="topical")
    assert allergy_test_state([whole], "a", methods, DAYS, LATER) == "negative"
    assert allergy_test_state([half], "a", methods, DAYS, LATER) == "waiting"
    assert counts_until([whole], "a", methods, DAYS, LATER) == counts_until([whole], "a", ("topical",), DAYS, LATER)


@pytest.mark.parametrize("routes", [("solid_needle",), ("hollow_needle", "topical"), ("home", "solid_needle")])
def test_a_product_that_a_needle_may_bring_in_needs_the_test_injection(routes: tuple[str, ...]) -> None:
    assert counted_methods(routes) == INJECTED
