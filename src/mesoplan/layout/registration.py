"""What a registration error leaves of interleaving: every session's lattice is shifted as a whole, at random.

A session covers a point with the probability that its shifted discs do: the discs' indicator, which repeats with the
lattice, smoothed by the error's density: each term of its Fourier series times a Gaussian. Sessions err independently,
so the point stays untouched with the product of what each leaves; the mean over one cell is the cover. Lengths in
millimetres.
"""

from __future__ import annotations

import math

import numpy as np

from mesoplan.layout.lattice import Floats, Interleaving, reduced

_LEAST_GRID, _LARGEST_GRID = 64, 512
_DECAY = 5.0
"""Standard deviations of the Gaussian in frequency that are kept: what is left off is below 1e-5."""
_SAMPLES = 512
_CELL, _SEED = 64, 20160117
"""Grid over one cell, and what shifts are drawn from, where the spread is simulated."""


def registered_cover(course: Interleaving, sigma_mm: float, sessions: int | None = None) -> float:
    """Return the expected share of the area that is hit, with each session shifted by a normal error on both axes.

    Args:
        course: The sessions' lattices.
        sigma_mm: Standard deviation of the shift along each axis, at least 0.
        sessions: How many sessions of the course, the first ones; None for all.

    Raises:
        ValueError: If an argument is outside its range.
    """
    count = course.sessions if sessions is None else sessions
    if not 0.0 <= sigma_mm < math.inf or not 0 <= count <= course.sessions:
        raise ValueError(f"sigma {sigma_mm} mm, {count} sessions: outside the range")
    if sigma_mm == 0.0 and count == course.sessions:
        return course.cover
    untouched = np.ones(1)
    basis = reduced(course.session_basis)
    terms = _terms(basis, course, sigma_mm)
    size = terms.shape[0]
    frequencies = np.fft.fftfreq(size, 1.0 / size)
    for shift in course.shifts_mm()[:count] @ np.linalg.inv(basis):
        turn = np.exp(-2j * np.pi * frequencies * shift[0])[:, None] * np.exp(-2j * np.pi * frequencies * shift[1])
        hit = np.fft.ifft2(terms * turn).real * size**2
        untouched = untouched * (1.0 - np.clip(hit, 0.0, 1.0))
    return float(1.0 - untouched.mean())


def _terms(basis: Floats, course: Interleaving, sigma_mm: float) -> Floats:
    """Return the Fourier coefficients of the chance that one session hits a point, on a square grid."""
    dual: Floats = np.asarray(np.linalg.inv(basis).T * 2.0 * np.pi, dtype=np.float64)
    size = _grid(dual, sigma_mm)
    rows, columns = np.meshgrid(*[np.fft.fftfreq(size, 1.0 / size)] * 2, indexing="ij")
    waves = np.hypot(*(rows[..., None] * dual[0] + columns[..., None] * dual[1]).transpose(2, 0, 1))
    terms = np.fft.fft2(_indicator(basis, course.diameter_mm, size)).real / size**2
    terms *= course.session_cover / terms[0, 0]
    smoothed: Floats = terms * np.exp(-0.5 * (sigma_mm * waves) ** 2)
    return smoothed


def _grid(dual: Floats, sigma_mm: float) -> int:
    """Return how many terms are needed on each axis: until the Gaussian has died away."""
    if sigma_mm == 0.0:
        return _LARGEST_GRID
    shortest = math.hypot(*reduced(dual)[0]) * math.sqrt(3.0) / 2.0
    if sigma_mm * shortest * _LARGEST_GRID <= 2.0 * _DECAY:  # also where the error is too small to divide by
        return _LARGEST_GRID
    needed = 2.0 * _DECAY / (sigma_mm * shortest)
    return int(min(_LARGEST_GRID, max(_LEAST_GRID, 2 ** math.ceil(math.log2(needed)))))


def _indicator(basis: Floats, diameter_mm: float, size: int) -> Floats:
    """Return the share of each grid element within a disc; discs may overlap."""
    steps = (np.arange(_SAMPLES) if size <= _SAMPLES else np.arange(size)) / max(size, _SAMPLES)
    points = (steps[:, None, None] * basis[0] + steps[None, :, None] * basis[1]).reshape(-1, 2)
    corners = np.array([(0, 0), (1, 0), (0, 1), (1, 1)]) @ basis
    nearest = np.min([((points - corner) ** 2).sum(-1) for corner in corners], axis=0)
    hit = (nearest <= (diameter_mm / 2.0) ** 2).reshape(len(steps), len(steps))
    fold = len(steps) // size
    shares: Floats = hit.reshape(size, fold, size, fold).mean(axis=(1, 3)) if fold > 1 else hit.astype(float)
    return shares


def registered_spread(course: Interleaving, sigma_mm: float, sessions: int, runs: int = 200) -> float:
    """Return the standard deviation of the cover from course to course, each session shifted by a normal error.

    Simulated: discs on a grid over one cell of a session's lattice, shifted as a whole. The same arguments give the
    same number; 0 without an error.

    Args:
        course: The sessions' lattices.
        sigma_mm: Standard deviation of the shift along each axis, at least 0.
        sessions: How many sessions, the first ones.
        runs: Courses that are simulated.
    """
    if sigma_mm == 0.0 or sessions < 2:
        return 0.0
    basis = reduced(course.session_basis)
    steps = (np.arange(_CELL) + 0.5) / _CELL
    places = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1)
    around = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    away = ((places[:, :, None] - around) @ basis).reshape(_CELL, _CELL, -1, 2)
    disc = ((away**2).sum(axis=-1) <= (course.diameter_mm / 2.0) ** 2).any(axis=-1)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    errors = rng.normal(0.0, sigma_mm, (runs, sessions, 2)) + course.shifts_mm()[:sessions]
    moved = np.rint(errors @ np.linalg.inv(basis) * _CELL).astype(int)
    covers = []
    for run in moved:
        hit = np.zeros_like(disc)
        for x, y in run:
            hit |= np.roll(disc, (x, y), (0, 1))
        covers.append(hit.mean())
    return float(np.std(covers))
