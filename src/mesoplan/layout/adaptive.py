"""The next session of an exact layout, laid into the gaps that the delivered ones left.

Where the sessions of a course really fell is known once they are delivered; where the next one was planned no longer
fills the gaps best. Looked at is the whole rest of the course: the sessions to come as planned; the same, shifted
together; and one after the other where each meets most untouched skin, all with the registration error that is to be
expected. The next session is that of the best rest, or the planned one where none is better. In the last session, with
nothing left to spoil, each puncture is then moved by itself into the gap beside it, never nearer to another of its
session than 0.7 of the lattice's spacing.

Everything is flat: a chart of the skin in millimetres. Charts that meet are sewn together by whoever laid them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.lattice import reduced, spacing_mm
from mesoplan.layout.raster import Raster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.layout.raster import Allowed, Flags, Floats

    Ints = NDArray[np.int64]

LEAST_SPACING = 0.7
"""Least distance of two punctures of one session, as a part of the lattice's spacing."""
_FARTHEST = 1.0 - LEAST_SPACING
"""No puncture is moved farther than this part of the spacing."""
_SHIFTS = 64
"""Places of a lattice within its cell that are tried along each direction."""
_SWEEPS = 2
_MORE_SHARE, _MORE_COUNT = 0.01, 10
"""A shifted lattice may hold this much more than the planned one, the larger of the two: the border's chance."""
_BETTER = 1e-3
"""A rest of the course counts as better than the planned one from this share of the zone on: the raster's own error."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """The next session.

    Attributes:
        places_mm: (n, 2) on the chart.
        origins_mm: (m - 1, 2) a point of each session after this one, as planned now.
        shift_mm: How far the lattice was shifted as a whole.
        moved: How many punctures were then moved by themselves.
        cover_before: Share of the zone that the delivered sessions hit.
        cover_planned: The same after the session as planned.
        cover: The same after this session; never below `cover_planned`.
        least_mm: Smallest distance of two of its punctures; infinite for fewer than two.
    """

    places_mm: Floats
    origins_mm: Floats
    shift_mm: tuple[float, float]
    moved: int
    cover_before: float
    cover_planned: float
    cover: float
    least_mm: float


def adapt(
    delivered_mm: Floats,
    allowed: Allowed,
    bounds_mm: Floats,
    basis_mm: Floats,
    origins_mm: Floats,
    diameter_mm: float,
    sigma_mm: float,
) -> Adapted:
    """Return the next session, and where those after it are planned now.

    Args:
        delivered_mm: (n, 2) every puncture so far, where it really fell.
        allowed: Which places of the chart may be punctured.
        bounds_mm: (2, 2) lowest and highest x and y of the zone.
        basis_mm: (2, 2) a basis of a session's lattice.
        origins_mm: (m, 2) a point of each session to come as planned, the next one first: at the start a course's
            `Interleaving.shifts_mm`, later what the session before gave as `origins_mm`.
        diameter_mm: Diameter of a microzone.
        sigma_mm: Registration error to be expected, on each axis, at least 0.

    Raises:
        ValueError: If no point of the raster lies in the zone, or the error is no length.
    """
    raster = Raster.where(allowed, bounds_mm, diameter_mm)
    if not raster.inside.any() or not 0.0 <= sigma_mm < math.inf:
        raise ValueError(f"bounds {bounds_mm.tolist()} mm, error {sigma_mm} mm: no skin or no error")
    basis = reduced(basis_mm)
    untouched = raster.inside & (raster.counts(delivered_mm.reshape(-1, 2)) == 0)

    def cover(places_mm: Floats) -> float:
        left = untouched & (raster.counts(places_mm) == 0)
        return 1.0 - float(left[raster.inside].mean())

    planned = _lattice(basis, origins_mm[0], bounds_mm, allowed)
    best, rest, covered = planned, origins_mm, cover(planned.places_mm)
    as_planned = covered
    better = _best_rest(raster, untouched, basis, origins_mm, diameter_mm, sigma_mm)
    if better is not None:
        shifted = _lattice(basis, better[0], bounds_mm, allowed)
        few_enough = len(shifted) <= len(planned) + max(_MORE_COUNT, _MORE_SHARE * len(planned))
        if few_enough and cover(shifted.places_mm) >= covered:
            best, rest, covered = shifted, better, cover(shifted.places_mm)
    away = rest[0] - origins_mm[0]
    shift = away - np.rint(away @ np.linalg.inv(basis)) @ basis
    places, moved = best.places_mm, 0
    if len(origins_mm) == 1:
        into_gaps = _moved(raster, untouched, allowed, best, basis)
        if (gained := cover(into_gaps)) > covered + _SAME:
            moved = int((into_gaps != places).any(axis=1).sum())
            places, covered = into_gaps, gained
    return Adapted(
        places_mm=places,
        origins_mm=rest[1:],
        shift_mm=(float(shift[0]), float(shift[1])),
        moved=moved,
        cover_before=1.0 - float(untouched[raster.inside].mean()),
        cover_planned=as_planned,
        cover=covered,
        least_mm=_least_mm(places),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lattice:
    """Places (n, 2) with the steps (n, 2) along the basis by which each was reached."""

    places_mm: Floats
    steps: Ints

    def __len__(self) -> int:
        return len(self.places_mm)


def _lattice(basis: Floats, origin: Floats, bounds_mm: Floats, allowed: Allowed) -> _Lattice:
    """Return the points of a lattice in a zone, row by row."""
    low, high = bounds_mm
    corners = np.array([(low[0], low[1]), (low[0], high[1]), (high[0], low[1]), (high[0], high[1])])
    steps = (corners - origin) @ np.linalg.inv(basis)
    first, last = np.floor(steps.min(axis=0)).astype(int), np.ceil(steps.max(axis=0)).astype(int)
    i, j = np.meshgrid(np.arange(first[0], last[0] + 1), np.arange(first[1], last[1] + 1), indexing="ij")
    every = np.column_stack([i.ravel(), j.ravel()])
    places = origin + every[:, :1] * basis[0] + every[:, 1:] * basis[1]
    within = ((places >= low) & (places <= high)).all(axis=1)
    places, every = places[within], every[within]
    kept = allowed(places) if len(places) else np.zeros(0, np.bool_)
    return _Lattice(places[kept], every[kept])


# -- where the lattice lies best


def _best_rest(
    raster: Raster, untouched: Flags, basis: Floats, origins_mm: Floats, diameter_mm: float, sigma_mm: float
) -> Floats | None:
    """Return where a point of each session lies in the best rest of the course, (m, 2), None for as planned.

    The untouched skin is folded into one cell of the lattice. What a session leaves of it is a product there, and what
    every shift leaves is one correlation, by Fourier's transform.
    """
    inverse: Floats = np.asarray(np.linalg.inv(basis), dtype=np.float64)
    whole = np.maximum(_folded(raster, raster.inside, inverse), 1.0)
    skin = _folded(raster, untouched, inverse) / whole / _SHIFTS**2  # the raster's own pattern falls out
    hit = _smoothed_disc(basis, diameter_mm, sigma_mm)
    planned = [_step(origin @ inverse) for origin in origins_mm]
    together = np.prod([1.0 - np.roll(hit, step, axis=(0, 1)) for step in planned], axis=0)
    left = _correlation(skin, together)
    as_planned = float(left[0, 0])
    common = _lowest(left)
    greedy, rest = [], skin
    for _ in planned:
        greedy.append(_lowest(-_correlation(rest, hit)))
        rest = rest * (1.0 - np.roll(hit, greedy[-1], axis=(0, 1)))
    if as_planned - min(float(left[common]), float(rest.sum())) <= _BETTER:
        return None
    if float(rest.sum()) < float(left[common]):
        return np.array(greedy) @ basis / _SHIFTS
    gain, away = _correlation(skin, hit), np.array(common) @ basis / _SHIFTS
    gains = [float(gain[tuple(np.mod(np.add(step, common), _SHIFTS))]) for step in planned]
    first = int(np.argmax(np.round(gains, 9)))
    order = [first, *(number for number in range(len(planned)) if number != first)]
    return origins_mm[order] + away


def _folded(raster: Raster, untouched: Flags, inverse: Floats) -> Floats:
    """Return how many untouched points fall onto each part of the lattice's cell."""
    rows, columns = np.nonzero(untouched)
    points = raster.low + (np.column_stack([columns, rows]) + 0.5) * raster.step_mm
    cells = np.floor(np.mod(points @ inverse, 1.0) * _SHIFTS + 0.5).astype(np.int64) % _SHIFTS
    count = np.bincount(cells[:, 0] * _SHIFTS + cells[:, 1], minlength=_SHIFTS**2)
    folded: Floats = count.reshape(_SHIFTS, _SHIFTS).astype(np.float64)
    return folded


def _step(place: Floats) -> tuple[int, int]:
    """Return the part of the cell in which a place lies, given in the lattice's own coordinates."""
    first, second = (round(float(one) * _SHIFTS) % _SHIFTS for one in place)
    return first, second


def _smoothed_disc(basis: Floats, diameter_mm: float, sigma_mm: float) -> Floats:
    """Return the chance that a session with a point at the cell's corner hits each part of it, with its error."""
    ends = (np.arange(_SHIFTS) / _SHIFTS, np.arange(_SHIFTS) / _SHIFTS - 1.0)
    disc = np.zeros((_SHIFTS, _SHIFTS), dtype=np.bool_)
    for one in ends:
        for other in ends:
            away = one[:, None, None] * basis[0] + other[None, :, None] * basis[1]
            disc |= (away * away).sum(axis=-1) <= (diameter_mm / 2.0) ** 2
    dual = np.linalg.inv(basis).T * 2.0 * math.pi
    rows, columns = np.meshgrid(*[np.fft.fftfreq(_SHIFTS, 1.0 / _SHIFTS)] * 2, indexing="ij")
    waves = np.hypot(*(rows[..., None] * dual[0] + columns[..., None] * dual[1]).transpose(2, 0, 1))
    smoothed = np.fft.ifft2(np.fft.fft2(disc) * np.exp(-0.5 * (sigma_mm * waves) ** 2)).real
    return np.clip(smoothed, 0.0, 1.0)


def _lowest(values: Floats) -> tuple[int, int]:
    """Return where the lowest value stands; of equals the first."""
    row, column = divmod(int(np.argmin(np.round(values, 9))), values.shape[1])
    return row, column


def _correlation(skin: Floats, pattern: Floats) -> Floats:
    """Return the sum of skin times pattern for every shift of the pattern."""
    shifted: Floats = np.fft.ifft2(np.fft.fft2(skin) * np.conj(np.fft.fft2(pattern))).real
    return shifted


# -- each puncture by itself


def _moved(raster: Raster, untouched: Flags, allowed: Allowed, lattice: _Lattice, basis: Floats) -> Floats:
    """Return the punctures, each moved to where it hits most untouched skin, as far as the others leave room.

    A quarter of the lattice moves at a time, so that no two that move are neighbours.
    """
    from scipy.spatial import cKDTree

    places, spacing = lattice.places_mm.copy(), float(spacing_mm(basis))
    if len(places) < 2:
        return places
    reach = 2.0 * spacing * (1.0 + _SAME)
    near_ones = cKDTree(places).query(places, k=min(len(places), 19), distance_upper_bound=reach)[1]
    neighbours = np.asarray(near_ones, dtype=np.int64)[:, 1:]
    tried, gain = _candidates(raster, untouched, allowed, places, spacing * _FARTHEST)
    quarter = np.mod(lattice.steps, 2) @ np.array([2, 1])
    for _ in range(_SWEEPS):
        for part in range(4):
            some = np.flatnonzero(quarter == part)
            others = np.concatenate([places, np.full((1, 2), np.inf)])[neighbours[some]]
            away = tried[some][:, :, None, :] - others[:, None, :, :]
            near = ((away * away).sum(axis=-1) < (LEAST_SPACING * spacing) ** 2).any(axis=-1)
            best = np.argmax(
                np.where(near, -1, gain[some]), axis=1
            )  # of equals the nearest to its place in the lattice
            places[some] = tried[some, best]
    return places


def _candidates(
    raster: Raster, untouched: Flags, allowed: Allowed, home: Floats, farthest_mm: float
) -> tuple[Floats, Ints]:
    """Return for each puncture its own place and those beside the raster's points around it, with what each hits.

    The nearest come first; (n, k, 2) and (n, k). A place where nothing may be punctured hits none.
    """
    rows, columns = raster.inside.shape
    middle = np.rint((home - raster.low) / raster.step_mm - 0.5).astype(np.int64)
    wide = math.ceil(farthest_mm / raster.step_mm)
    steps = np.array([(x, y) for x in range(-wide, wide + 1) for y in range(-wide, wide + 1)])
    steps = steps[np.argsort((steps * steps).sum(axis=1), kind="stable")]
    steps = steps[(steps * steps).sum(axis=1) <= (farthest_mm / raster.step_mm - 1.2) ** 2]
    points = middle[:, None, :] + steps
    index = np.clip(points[..., 1], 0, rows - 1) * columns + np.clip(points[..., 0], 0, columns - 1)
    gains = np.where(raster.inside.ravel()[index], raster.gain(untouched).ravel()[index], 0)
    own, hit = raster.reached(home)
    at_home = (untouched.ravel()[own] & hit).sum(axis=1)
    places = raster.low + (points + 0.5) * raster.step_mm + raster.beside_mm
    flat = places.reshape(-1, 2)
    gains = np.where(allowed(flat).reshape(gains.shape), gains, 0)
    return np.concatenate([home[:, None, :], places], axis=1), np.concatenate([at_home[:, None], gains], axis=1)


def _least_mm(places_mm: Floats) -> float:
    from scipy.spatial import cKDTree

    if len(places_mm) < 2:
        return math.inf
    return float(np.asarray(cKDTree(places_mm).query(places_mm, k=2)[0])[:, 1].min())
