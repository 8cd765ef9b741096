"""The pen solver against brute force, its envelopes and its laws."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.layout.coverage import boolean_cover
from mesoplan.layout.freehand import (
    COVER_RESOLUTION,
    Envelope,
    PenEnvelope,
    PenSetting,
    PenSolution,
    other_modes,
    rank,
    solve_setting,
)

PEN = PenEnvelope(Envelope.of(7000 / 60, 7000 / 60, 0.0), Envelope(20.0, 120.0, 5.0), 1, 4, 14, 5.0, 0.3)


@st.composite
def envelopes(draw: st.DrawFn, longest: float = 12.0) -> Envelope:
    low = draw(st.floats(1.0, 100.0))
    step = draw(st.sampled_from([0.0, 1.0, 2.5, 7.0]))
    return Envelope.of(low, low + draw(st.floats(0.0, longest)) * (step or 1.0), step)


@st.composite
def pens(draw: st.DrawFn) -> PenEnvelope:
    passes_low = draw(st.integers(1, 3))
    return PenEnvelope(
        draw(envelopes(5.0)),
        draw(envelopes()),
        passes_low,
        passes_low + draw(st.integers(0, 3)),
        draw(st.integers(1, 36)),
        draw(st.floats(2.0, 15.0)),
        draw(st.floats(0.1, 0.5)),
    )


COVERS = st.floats(0.0, 0.98)


def every_setting(pen: PenEnvelope) -> list[PenSetting]:
    return [
        PenSetting(frequency, speed, passes)
        for passes in range(pen.passes_low, pen.passes_high + 1)
        for frequency in pen.frequency_hz.settings()
        for speed in pen.hand_speed_mm_s.settings()
    ]


def cover_of(pen: PenEnvelope, setting: PenSetting) -> float:
    """From the definition: punctures per second over the skin swept per second, in all passes."""
    swept_cm2_s = pen.stripe_width_mm * setting.hand_speed_mm_s / 100
    per_cm2 = setting.passes * pen.needles * setting.frequency_hz / swept_cm2_s
    return boolean_cover(per_cm2, pen.microzone_mm)


def test_fourteen_needles_at_7000_rpm_cover_68_percent_at_2_cm_a_second_and_20_at_10() -> None:
    at_2 = cover_of(PEN, PenSetting(7000 / 60, 20.0, 1))
    assert at_2 == pytest.approx(0.68, abs=0.006)
    solution = solve_setting(PEN, 0.2)
    assert solution.reachable
    assert solution.setting == PenSetting(7000 / 60, 105.0, 1)
    assert solution.cover == pytest.approx(0.2, abs=COVER_RESOLUTION)


@given(pens(), COVERS)
def test_no_setting_of_the_whole_grid_is_better_than_the_solution(pen: PenEnvelope, wished: float) -> None:
    best = min(rank(pen, setting, wished) for setting in every_setting(pen))
    assert rank(pen, solve_setting(pen, wished).setting, wished) == best


@given(pens(), COVERS)
def test_the_solution_lies_inside_every_envelope_and_on_the_steps(pen: PenEnvelope, wished: float) -> None:
    setting = solve_setting(pen, wished).setting
    assert setting.frequency_hz in pen.frequency_hz.settings()
    assert setting.hand_speed_mm_s in pen.hand_speed_mm_s.settings()
    assert pen.frequency_hz.low <= setting.frequency_hz <= pen.frequency_hz.high + 1e-6
    assert pen.hand_speed_mm_s.low <= setting.hand_speed_mm_s <= pen.hand_speed_mm_s.high + 1e-6
    assert pen.passes_low <= setting.passes <= pen.passes_high


@given(pens(), COVERS)
def test_the_stated_cover_is_that_of_the_stated_setting_and_reachable_means_within_half_a_percent(
    pen: PenEnvelope, wished: float
) -> None:
    solution = solve_setting(pen, wished)
    assert solution.cover == pytest.approx(cover_of(pen, solution.setting), abs=1e-12)
    assert solution.reachable == (abs(solution.cover - wished) <= COVER_RESOLUTION + 1e-12)
    nearest = min(abs(cover_of(pen, setting) - wished) for setting in every_setting(pen))
    assert max(0.0, abs(solution.cover - wished) - COVER_RESOLUTION) == pytest.approx(
        max(0.0, nearest - COVER_RESOLUTION), abs=1e-9
    )


@given(pens(), COVERS, COVERS)
def test_the_farther_a_wish_lies_beyond_reach_the_more_it_is_missed(pen: PenEnvelope, one: float, two: float) -> None:
    covers = [cover_of(pen, setting) for setting in every_setting(pen)]

    def outside(wish: float) -> float:
        return max(0.0, wish - max(covers), min(covers) - wish)

    near, far = sorted((one, two), key=outside)
    if outside(near) > 0.0 and (near > max(covers)) == (far > max(covers)):
        miss = [abs(solve_setting(pen, wish).cover - wish) for wish in (near, far)]
        assert miss[0] <= miss[1] + 1e-9


@given(pens(), COVERS)
def test_another_permitted_pass_never_makes_the_miss_larger(pen: PenEnvelope, wished: float) -> None:
    wider = replace(pen, passes_high=pen.passes_high + 1)

    def miss(envelope: PenEnvelope) -> float:
        return max(0.0, abs(solve_setting(envelope, wished).cover - wished) - COVER_RESOLUTION)

    assert miss(wider) <= miss(pen) + 1e-9


def test_passes_below_the_clinics_minimum_are_never_proposed() -> None:
    two = replace(PEN, passes_low=2, hand_speed_mm_s=Envelope(20.0, 300.0, 5.0))
    assert solve_setting(two, 0.2).setting.passes == 2


def test_a_hand_that_may_not_move_fast_enough_gets_the_nearest_cover_and_other_modes() -> None:
    slow = replace(PEN, hand_speed_mm_s=Envelope(20.0, 60.0, 5.0))
    solution = solve_setting(slow, 0.2)
    assert not solution.reachable
    assert solution.setting.hand_speed_mm_s == 60.0
    assert solution.cover == pytest.approx(1 - math.exp(-14 * 7000 / 60 / (5 * 60) * math.pi * 0.15**2))
    assert other_modes(slow, solution, 0.2)[0] == "other_mode.fewer_needles"


def test_fewer_needles_are_not_offered_where_even_one_covers_too_much() -> None:
    one = replace(PEN, needles=1, hand_speed_mm_s=Envelope(1.0, 2.0, 1.0))
    solution = solve_setting(one, 0.2)
    assert not solution.reachable
    assert "other_mode.fewer_needles" not in other_modes(one, solution, 0.2)


def test_a_pen_too_weak_for_the_wish_is_offered_more_needles_and_no_gentler_mode() -> None:
    weak = replace(PEN, needles=1, passes_high=1)
    solution = solve_setting(weak, 0.9)
    assert not solution.reachable
    assert solution.setting.hand_speed_mm_s == 20.0
    assert other_modes(weak, solution, 0.9)[0] == "other_mode.more_needles"


def test_no_other_mode_is_offered_for_a_wish_that_is_reached() -> None:
    assert other_modes(PEN, solve_setting(PEN, 0.2), 0.2) == ()
    assert other_modes(PEN, PenSolution(PenSetting(1.0, 1.0, 1), 0.1, True), 0.2) == ()


@pytest.mark.parametrize("wished", [1.0, 1.2, -0.1])
def test_a_wish_for_everything_or_less_than_nothing_is_refused(wished: float) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and below 1"):
        solve_setting(PEN, wished)


@pytest.mark.parametrize(("low", "high", "step"), [(0.0, 1.0, 1.0), (2.0, 1.0, 1.0), (1.0, 2.0, 0.0)])
def test_an_envelope_without_a_setting_is_refused(low: float, high: float, step: float) -> None:
    with pytest.raises(ValueError, match="holds no setting"):
        Envelope(low, high, step)


@pytest.mark.parametrize("change", [{"passes_low": 5}, {"needles": 0}, {"stripe_width_mm": 0.0}, {"microzone_mm": 0.0}])
def test_a_pen_without_a_setting_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="holds no setting"):
        replace(PEN, **change)


@given(st.floats(1.0, 50.0), st.floats(0.0, 40.0), st.floats(0.1, 5.0), st.floats(0.0, 120.0))
def test_the_settings_next_to_a_wish_are_the_nearest_of_the_range(
    low: float, length: float, step: float, wished: float
) -> None:
    envelope = Envelope(low, low + length, step)
    nearest = min(abs(setting - wished) for setting in envelope.settings())
    assert min(abs(setting - wished) for setting in envelope.around(wished)) == pytest.approx(nearest)


@given(st.floats(0.5, 200.0), st.floats(0.01, 500.0))
def test_a_range_without_steps_gets_at_least_twenty_readable_ones(low: float, length: float) -> None:
    envelope = Envelope.of(low, low + length, 0.0)
    digits = f"{envelope.step:.9e}"
    assert digits.startswith(("1.000000000", "2.000000000", "5.000000000"))
    assert 20 <= len(envelope.settings()) - 1 <= 50
    assert envelope.settings()[-1] <= low + length + 1e-6


def test_a_given_step_is_kept_however_fine_and_a_single_setting_needs_none() -> None:
    assert Envelope.of(1.0, 2.0, 0.25).settings() == (1.0, 1.25, 1.5, 1.75, 2.0)
    assert Envelope.of(3.0, 3.0, 0.0).settings() == (3.0,)


def test_the_middle_of_a_range_has_eccentricity_0_and_both_ends_1() -> None:
    envelope = Envelope(20.0, 120.0, 5.0)
    assert [envelope.eccentricity(speed) for speed in (20.0, 45.0, 70.0, 95.0, 120.0)] == [1.0, 0.5, 0.0, 0.5, 1.0]
    assert Envelope(50.0, 50.0, 1.0).eccentricity(50.0) == 0.0


def test_one_pass_at_the_edge_of_the_range_is_preferred_to_two_in_its_middle() -> None:
    pen = replace(PEN, hand_speed_mm_s=Envelope(100.0, 300.0, 5.0))
    two_in_the_middle = PenSetting(7000 / 60, 205.0, 2)
    assert cover_of(pen, two_in_the_middle) == pytest.approx(0.2, abs=COVER_RESOLUTION)
    assert solve_setting(pen, 0.2).setting == PenSetting(7000 / 60, 105.0, 1)


def test_among_settings_that_reach_the_wish_the_one_nearest_the_middle_of_both_ranges_is_taken() -> None:
    pen = replace(PEN, frequency_hz=Envelope(50.0, 130.0, 10.0))  # middles: 90 Hz and 70 mm/s
    setting = solve_setting(pen, 0.2).setting
    # 80 Hz at 70 mm/s reaches it too, but lies 10/40 off the middle in one range; this lies 10/50 off in the other
    assert (setting.frequency_hz, setting.hand_speed_mm_s, setting.passes) == (90.0, 80.0, 1)
