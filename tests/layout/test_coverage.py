"""Exact solutions, laws and seeded simulations of the cover model."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.layout import coverage

DISC_MM = 0.3  # the documents' microzone; every test here holds for any diameter


def test_a_lattice_of_283_microzones_and_316_random_ones_make_20_percent() -> None:
    assert coverage.lattice_density_per_cm2(0.2, DISC_MM) == pytest.approx(0.2 / (math.pi * 0.15**2) * 100)
    assert round(coverage.lattice_density_per_cm2(0.2, DISC_MM)) == 283
    assert round(coverage.density_for_cover_per_cm2(0.2, DISC_MM)) == 316


def test_summed_disc_area_of_20_percent_falling_at_random_covers_what_the_exponential_says() -> None:
    lattice = coverage.lattice_density_per_cm2(0.2, DISC_MM)
    assert coverage.boolean_cover(lattice, DISC_MM) == pytest.approx(1 - math.exp(-0.2))
    assert coverage.boolean_cover(5 * lattice, DISC_MM) == pytest.approx(0.632, abs=5e-4)


def test_five_sessions_of_20_percent_cover_67_percent_and_not_all() -> None:
    assert coverage.cumulative_cover(0.2, 5) == pytest.approx(0.67232)
    assert coverage.sessions_until(0.2, 0.95) == 14
    assert coverage.sessions_until(0.2, 0.99) == 21


def test_a_session_that_covers_nothing_never_gets_anywhere_and_a_full_one_is_enough() -> None:
    assert coverage.sessions_until(0.0, 0.95) is None
    assert coverage.sessions_until(1.0, 0.99) == 1


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.999))
def test_the_number_of_sessions_is_the_first_that_suffices(cover: float, wanted: float) -> None:
    sessions = coverage.sessions_until(cover, wanted)
    assert sessions is not None
    assert coverage.cumulative_cover(cover, sessions) >= wanted
    assert sessions == 1 or coverage.cumulative_cover(cover, sessions - 1) < wanted


@given(st.floats(0.0, 0.999), st.floats(0.05, 1.0))
def test_density_and_cover_are_inverse(cover: float, diameter_mm: float) -> None:
    density = coverage.density_for_cover_per_cm2(cover, diameter_mm)
    assert coverage.boolean_cover(density, diameter_mm) == pytest.approx(cover, abs=1e-12)


@pytest.mark.parametrize("cover", [1.0, -0.01, 1.5])
def test_no_density_is_given_for_a_cover_of_everything_or_less_than_nothing(cover: float) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and below 1"):
        coverage.density_for_cover_per_cm2(cover, DISC_MM)


@given(st.floats(0.0, 20.0))
def test_the_hit_histogram_is_a_distribution_whose_untouched_share_is_the_vacancy(hits: float) -> None:
    shares = coverage.hit_histogram(hits)
    assert sum(shares) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert shares[0] == pytest.approx(math.exp(-hits))
    assert shares[2] == pytest.approx(shares[1] * hits / 2)


def test_two_discs_share_all_at_distance_0_nothing_at_a_diameter_and_a_known_part_between() -> None:
    disc = coverage.microzone_area_mm2(2.0)
    assert coverage.lens_area_mm2(0.0, 2.0) == pytest.approx(disc)
    assert coverage.lens_area_mm2(2.0, 2.0) == 0.0
    assert coverage.lens_area_mm2(1.0, 2.0) == pytest.approx(2 * math.pi / 3 - math.sqrt(3) / 2)  # unit discs, 1 apart


@given(st.floats(0.0, 2000.0), st.floats(0.1, 0.5), st.floats(1.0, 100.0), st.floats(0.0, 1.0), st.integers(1, 12))
def test_the_spread_shrinks_with_the_area_and_stays_a_share(
    density: float, diameter_mm: float, area_cm2: float, spread: float, sessions: int
) -> None:
    small = coverage.cover_spread(density, diameter_mm, area_cm2, spread, sessions)
    large = coverage.cover_spread(density, diameter_mm, 4 * area_cm2, spread, sessions)
    assert large.sd <= small.sd + 1e-12
    assert large.mean == small.mean
    assert 0.0 <= small.low <= small.mean <= small.high <= 1.0


@given(st.floats(1.0, 1000.0), st.floats(1.0, 100.0))
def test_without_a_time_spread_the_sd_falls_with_the_root_of_the_area(density: float, area_cm2: float) -> None:
    small = coverage.cover_spread(density, DISC_MM, area_cm2, 0.0)
    large = coverage.cover_spread(density, DISC_MM, 9 * area_cm2, 0.0)
    assert small.mean == pytest.approx(coverage.boolean_cover(density, DISC_MM))
    assert small.sd == pytest.approx(3 * large.sd, rel=1e-6)


@given(st.floats(0.0, 0.95), st.integers(1, 8))
def test_on_a_huge_area_only_the_dwelling_time_spreads_the_cover(spread: float, sessions: int) -> None:
    density = coverage.density_for_cover_per_cm2(0.2, DISC_MM)
    result = coverage.cover_spread(density, DISC_MM, 1e9, spread, sessions)
    nodes = (np.arange(20000) + 0.5) / 20000 * 2 * spread + 1 - spread  # midpoint rule over the uniform factor
    vacancy = 0.8**nodes
    assert result.mean == pytest.approx(1 - vacancy.mean() ** sessions, abs=1e-8)
    variance = (vacancy**2).mean() ** sessions - vacancy.mean() ** (2 * sessions)
    assert result.sd**2 == pytest.approx(variance, abs=1e-9)


@pytest.mark.parametrize(("area", "spread", "sessions"), [(0.0, 0.3, 1), (1.0, -0.1, 1), (1.0, 1.1, 1), (1.0, 0.3, 0)])
def test_a_spread_outside_the_model_is_refused(area: float, spread: float, sessions: int) -> None:
    with pytest.raises(ValueError, match="outside the model's range"):
        coverage.cover_spread(300.0, DISC_MM, area, spread, sessions)


def _simulate_torus(
    rng: np.random.Generator, side_mm: float, hits: float, spread: float, sessions: int, rounds: int
) -> np.ndarray:
    """Cover of a square torus of random discs, by painting a 24 pixel per diameter grid; one value a round."""
    pixels = round(side_mm / DISC_MM * 24)
    pixel_mm = side_mm / pixels
    reach = 13
    offsets = np.arange(-reach, reach + 1)
    covers = np.empty(rounds)
    for index in range(rounds):
        hit = np.zeros((pixels, pixels), dtype=bool)
        for _ in range(sessions):
            factor = rng.uniform(1 - spread, 1 + spread) if spread else 1.0
            count = rng.poisson(factor * hits * side_mm**2 / coverage.microzone_area_mm2(DISC_MM))
            centres = rng.uniform(0, pixels, (count, 2))
            base = np.floor(centres).astype(int)
            rows, columns = base[:, :1] + offsets, base[:, 1:] + offsets
            down = (rows + 0.5 - centres[:, :1]) * pixel_mm
            across = (columns + 0.5 - centres[:, 1:]) * pixel_mm
            inside = down[:, :, None] ** 2 + across[:, None, :] ** 2 <= (DISC_MM / 2) ** 2
            point, row, column = np.nonzero(inside)
            hit[rows[point, row] % pixels, columns[point, column] % pixels] = True
        covers[index] = hit.mean()
    return covers


@pytest.mark.parametrize(("spread", "sessions"), [(0.0, 1), (0.3, 1), (0.0, 4), (0.3, 4)])
def test_mean_and_spread_agree_with_a_simulation_of_discs(spread: float, sessions: int) -> None:
    """On a torus the formula is exact; the tolerances are four standard errors of 500 rounds."""
    rounds, side_mm = 500, 4.8
    hits = 0.4
    rng = np.random.default_rng(20240229)
    covers = _simulate_torus(rng, side_mm, hits, spread, sessions, rounds)
    density = hits / coverage.microzone_area_mm2(DISC_MM) * 100
    expected = coverage.cover_spread(density, DISC_MM, side_mm**2 / 100, spread, sessions)
    assert covers.mean() == pytest.approx(expected.mean, abs=4 * expected.sd / math.sqrt(rounds) + 5e-4)
    assert covers.std(ddof=1) == pytest.approx(expected.sd, rel=4 / math.sqrt(2 * rounds))
    assert (covers < expected.low).mean() == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / rounds))
    assert (covers > expected.high).mean() == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / rounds))


def test_a_cartridge_led_in_stripes_covers_at_least_what_the_model_says_and_never_more_than_its_summed_discs() -> None:
    """Needles of one cartridge strike together at regular steps, so they overlap less than random punctures do.

    Ten sessions of one pass: stripes side by side, the needle pattern the same in each, phases random.
    """
    rng = np.random.default_rng(7)
    width_mm, step_mm, side_mm, needles = 5.0, 0.9, 20.0, 14
    pixels_per_mm = 50
    covers = []
    for _ in range(10):
        pattern = rng.uniform(0.0, width_mm, (needles, 2))
        hit = np.zeros((int(side_mm * pixels_per_mm),) * 2, dtype=bool)
        for stripe in range(int(side_mm / width_mm)):
            strikes = np.arange(-width_mm, side_mm + width_mm, step_mm) + rng.uniform(0.0, step_mm)
            down = (strikes[:, None] + pattern[:, 0]).ravel()
            across = np.tile(stripe * width_mm + pattern[:, 1], len(strikes))
            for y, x in zip(down, across, strict=True):
                rows = np.arange(int((y - 0.2) * pixels_per_mm), int((y + 0.2) * pixels_per_mm) + 1)
                columns = np.arange(int((x - 0.2) * pixels_per_mm), int((x + 0.2) * pixels_per_mm) + 1)
                rows = rows[(rows >= 0) & (rows < hit.shape[0])]
                columns = columns[(columns >= 0) & (columns < hit.shape[1])]
                inside = ((rows + 0.5) / pixels_per_mm - y)[:, None] ** 2 + ((columns + 0.5) / pixels_per_mm - x) ** 2
                hit[np.ix_(rows, columns)] |= inside <= (DISC_MM / 2) ** 2
        covers.append(hit[:, 10:-10].mean())
    density = needles / (width_mm * step_mm) * 100
    summed = coverage.mean_hits(density, DISC_MM)
    error = np.std(covers, ddof=1) / math.sqrt(len(covers))
    assert np.mean(covers) >= coverage.boolean_cover(density, DISC_MM) - 3 * error
    assert max(covers) <= summed * 1.01
