"""Merged restrictions against a day-by-day oracle."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.course.bans import Window, merge, merge_windows
from mesoplan.knowledge.model import Ban, Quantity

START = date(2027, 12, 1)  # the windows reach over a year end and 29 February 2028


@st.composite
def windows(draw: st.DrawFn) -> list[Window]:
    found = []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        first = START + timedelta(days=draw(st.integers(0, 110)))
        found.append(Window(first, first + timedelta(days=draw(st.integers(1, 20))), (number,)))
    return found


def days_of(windows: Any) -> set[date]:
    return {one.first_day + timedelta(days=n) for one in windows for n in range((one.free_from - one.first_day).days)}


@given(windows())
def test_merging_covers_exactly_the_days_of_the_windows(given_windows: list[Window]) -> None:
    assert days_of(merge_windows(given_windows)) == days_of(given_windows)


@given(windows(), st.randoms(use_true_random=False))
def test_merging_twice_or_in_another_order_changes_nothing(given_windows: list[Window], random: Any) -> None:
    merged = merge_windows(given_windows)
    assert merge_windows(merged) == merged
    shuffled = list(given_windows)
    random.shuffle(shuffled)
    assert merge_windows(shuffled) == merged


@given(windows())
def test_between_two_merged_windows_at_least_one_day_is_free(given_windows: list[Window]) -> None:
    assert all(before.free_from < after.first_day for before, after in pairwise(merge_windows(given_windows)))


@given(windows())
def test_each_merged_window_names_the_sessions_it_comes_from(given_windows: list[Window]) -> None:
    merged = merge_windows(given_windows)
    numbers = [number for window in given_windows for number in window.sessions]
    assert sorted(number for one in merged for number in one.sessions) == sorted(numbers)
    for one in merged:
        own = [w for w in given_windows if set(w.sessions) <= set(one.sessions)]
        assert (min(w.first_day for w in own), max(w.free_from for w in own)) == (one.first_day, one.free_from)


def test_windows_that_touch_become_one_and_a_free_day_keeps_them_apart() -> None:
    one = Window(date(2028, 2, 27), date(2028, 2, 29), (1,))
    touching, apart = (
        Window(date(2028, 2, 29), date(2028, 3, 2), (2,)),
        Window(date(2028, 3, 1), date(2028, 3, 2), (2,)),
    )
    assert merge_windows([one, touching]) == (Window(date(2028, 2, 27), date(2028, 3, 2), (1, 2)),)
    assert merge_windows([one, apart]) == (one, apart)


Pair = tuple[Quantity | None, Quantity | None]


def fake(bans: dict[str, Pair], applies_to: tuple[str, ...] = ("all",)) -> Any:
    """A knowledge that holds these bans alone; the merging asks nothing else of it."""
    roles = ("before", "after")
    facts = {f"{ban}.{role}": q for ban, pair in bans.items() for role, q in zip(roles, pair, strict=True) if q}
    text = {"en": "-", "ru": "-"}
    return SimpleNamespace(
        fact_quantity=facts.__getitem__,
        bans={
            ban: Ban(
                id=ban,
                title=text,
                leaflet=text,
                before=f"{ban}.before" if before else None,
                after=f"{ban}.after" if after else None,
                severity="refuse",
                applies_to=applies_to,
                group="g",
            )
            for ban, (before, after) in bans.items()
        },
    )


def test_four_days_before_to_fourteen_after_merge_over_a_course_of_two_weeks() -> None:
    knowledge = fake({"alcohol": (Quantity(value=4, unit="d"), Quantity(min=10, max=14, unit="d"))})
    days = [date(2027, 12, 20), date(2028, 1, 3), date(2028, 1, 17)]
    (only,) = merge(knowledge, (), list(enumerate(days, 1)))
    assert (only.first_day, only.free_from, only.sessions) == (date(2027, 12, 16), date(2028, 1, 31), (1, 2, 3))
    assert [basis.reference for basis in only.bases] == ["alcohol.before", "alcohol.after"]


def test_forty_eight_hours_hold_on_the_day_and_the_next_and_are_over_on_the_second() -> None:
    knowledge = fake({"exercise": (None, Quantity(value=48, unit="h"))})
    (only,) = merge(knowledge, (), [(1, date(2028, 2, 28))])
    assert (only.first_day, only.free_from) == (date(2028, 2, 28), date(2028, 3, 1))


def test_a_ban_of_hours_lasts_out_the_day_of_the_session_and_months_go_by_the_calendar() -> None:
    knowledge = fake({"a": (None, Quantity(value=0, unit="d")), "b": (Quantity(value=1, unit="month"), None)})
    merged = {one.ban: one for one in merge(knowledge, (), [(1, date(2028, 3, 31))])}
    assert (merged["a"].first_day, merged["a"].free_from) == (date(2028, 3, 31), date(2028, 4, 1))
    assert (merged["b"].first_day, merged["b"].free_from) == (date(2028, 2, 29), date(2028, 4, 1))


@pytest.mark.parametrize(("tags", "count"), [(("needles", "device"), 1), (("syringe",), 0), ((), 0)])
def test_a_ban_for_one_kind_of_technique_does_not_bind_another(tags: tuple[str, ...], count: int) -> None:
    knowledge = fake({"x": (None, Quantity(value=2, unit="d"))}, applies_to=("device",))
    assert len(merge(knowledge, tags, [(1, START)])) == count


def test_a_course_without_dates_has_no_restrictions() -> None:
    assert merge(fake({"x": (None, Quantity(value=2, unit="d"))}), (), []) == ()
