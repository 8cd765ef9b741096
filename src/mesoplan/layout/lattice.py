"""Lattices coloured by session: every colour is a lattice of its own, and all together are one denser lattice.

A course of n sessions is one union lattice and a sub-lattice of index n; session k takes the k-th coset. The
sub-lattices of index n are the Hermite normal forms of determinant n (Cohen, A Course in Computational Algebraic Number
Theory, section 2.4). Lengths in millimetres; a basis is a (2, 2) array whose rows are its vectors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mesoplan.layout.coverage import microzone_area_mm2

Floats = NDArray[np.float64]
Objective = Literal["spacing", "cover"]
Kind = Literal["hexagonal", "square", "oblique"]

MOST_SESSIONS = 16
EQUIDISTANT = 0.9
"""Least same-session distance against the ideal hexagonal lattice for a layout to be called equidistant."""
_SHAPES = 61
"""Session lattices that are tried in each direction of their shape; then the best is refined."""
_REFINEMENTS = 6


@dataclass(frozen=True, slots=True)
class Interleaving:
    """The sessions of a course as the colours of one lattice.

    Attributes:
        sessions: Number of colours n.
        kind: Kind of the union lattice.
        basis_mm: ((x, y), (x, y)): a reduced basis of the union lattice.
        hermite: ((d1, c), (0, d2)): the rows span the sub-lattice of session 1 in that basis; d1 d2 = n.
        spacing_mm: Smallest distance of two punctures of one session.
        spacing_ratio: The same against the ideal: a hexagonal lattice of the same density.
        union_spacing_mm: Smallest distance of any two punctures of the course.
        session_cover: Share of the area in the microzones of one session; they do not overlap up to `spacing_mm`.
        cover: Share of the area in the microzones of all sessions, each in its exact place.
        diameter_mm: Diameter of a microzone.
    """

    sessions: int
    kind: Kind
    basis_mm: tuple[tuple[float, float], tuple[float, float]]
    hermite: tuple[tuple[int, int], tuple[int, int]]
    spacing_mm: float
    spacing_ratio: float
    union_spacing_mm: float
    session_cover: float
    cover: float
    diameter_mm: float

    @property
    def basis(self) -> Floats:
        """The union lattice's basis as an array (2, 2)."""
        return np.array(self.basis_mm)

    @property
    def session_basis(self) -> Floats:
        """A basis of one session's lattice, (2, 2)."""
        return np.array(self.hermite) @ self.basis

    def colour(self, i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the session, 0 to n - 1, of the union lattice's points i a + j b; arrays of any one shape."""
        (d1, c), (_, d2) = self.hermite
        turns, row = np.divmod(i, d1)
        colours: NDArray[np.int64] = row * d2 + np.mod(j - turns * c, d2)
        return colours

    def shifts_mm(self) -> Floats:
        """Return where each session's lattice lies against the first one's, (n, 2)."""
        (d1, _), (_, d2) = self.hermite
        steps = np.array([(row, column) for row in range(d1) for column in range(d2)], dtype=float)
        return steps @ self.basis


def interleave(sessions: int, fraction: float, diameter_mm: float, objective: Objective = "spacing") -> Interleaving:
    """Return the best lattice and colouring for a course.

    For `spacing` (equal distances first): the hexagonal lattice where n is a Loeschian number, since then the colours
    are hexagonal too; the square lattice where n is a sum of two squares; otherwise, of all lattices whose colours keep
    0.9 of the ideal distance, the one whose union covers most. For `cover`: the hexagonal lattice, which covers most,
    with the sub-lattice of the largest distance.

    Args:
        sessions: Number of sessions, 1 to 16.
        fraction: Sum of the microzones' areas of one session against the area treated, above 0 and at most 1.
        diameter_mm: Diameter of a microzone, above 0.
        objective: What comes first.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if not 1 <= sessions <= MOST_SESSIONS:
        raise ValueError(f"{sessions} sessions: from 1 to {MOST_SESSIONS} can be interleaved")
    if not 0.0 < fraction <= 1.0 or not (0.0 < diameter_mm < math.inf):
        raise ValueError(f"fraction {fraction}, microzone {diameter_mm} mm: outside the range")
    scale = math.sqrt(microzone_area_mm2(diameter_mm) / fraction / sessions)
    if objective == "cover" or is_loeschian(sessions):
        return _made(_best_sublattice(_HEXAGONAL * scale, sessions), fraction, diameter_mm)
    if is_sum_of_two_squares(sessions):
        return _made(_best_sublattice(np.eye(2) * scale, sessions), fraction, diameter_mm)
    return _made(_best_oblique(sessions, scale, diameter_mm), fraction, diameter_mm)


def is_loeschian(number: int) -> bool:
    """Return whether a number is a2 + ab + b2: then the hexagonal lattice has hexagonal colours."""
    top = range(math.isqrt(number) + 1)
    return any(a * a + a * b + b * b == number for a in top for b in top)


def is_sum_of_two_squares(number: int) -> bool:
    """Return whether a number is a2 + b2: then the square lattice has square colours."""
    return any(math.isqrt(number - a * a) ** 2 == number - a * a for a in range(math.isqrt(number) + 1))


def hermite_forms(index: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield every sub-lattice of an index once, as ((d1, c), (0, d2)) with d1 d2 = index and 0 <= c < d2."""
    for d1 in range(1, index + 1):
        if index % d1 == 0:
            yield from (((d1, c), (0, index // d1)) for c in range(index // d1))


def reduced(bases: Floats) -> Floats:
    """Return bases (..., 2, 2) of the same lattices with 0 <= a.b <= |a|2 / 2 and |a| <= |b| (Gauss's reduction)."""
    a, b = bases[..., 0, :].copy(), bases[..., 1, :].copy()
    for _ in range(64):
        longer = (a * a).sum(-1) > (b * b).sum(-1) * (1.0 + 1e-12)
        a, b = np.where(longer[..., None], b, a), np.where(longer[..., None], a, b)
        turns = np.round((a * b).sum(-1) / (a * a).sum(-1) * (1.0 - 1e-12))
        b = b - turns[..., None] * a
        if not longer.any() and not turns.any():
            break
    obtuse = (a * b).sum(-1) < 0.0
    return np.stack([a, np.where(obtuse[..., None], -b, b)], axis=-2)


def spacing_mm(bases: Floats) -> Floats:
    """Return the smallest distance of two points of each lattice; bases (..., 2, 2)."""
    shortest = reduced(bases)[..., 0, :]
    distances: Floats = np.sqrt((shortest * shortest).sum(-1))
    return distances


def cell_mm2(bases: Floats) -> Floats:
    """Return the area for each point of each lattice; bases (..., 2, 2)."""
    areas: Floats = np.abs(np.linalg.det(bases))
    return areas


def spacing_ratio(bases: Floats) -> Floats:
    """Return the smallest distance against that of the hexagonal lattice of the same density, which is the largest."""
    ratios: Floats = spacing_mm(bases) / np.sqrt(2.0 / math.sqrt(3.0) * cell_mm2(bases))
    return ratios


def lattice_cover(bases: Floats, diameter_mm: float) -> Floats:
    """Return the exact share of the plane within discs of this diameter around each lattice's points.

    That is the share of a Voronoi cell that its own disc covers: six edges, each seen from the centre as a triangle
    where the disc reaches over it, and as a sector where it does not.
    """
    basis = reduced(bases)
    a, b = basis[..., 0, :], basis[..., 1, :]
    twice_area = np.abs(np.linalg.det(basis))
    covered = np.zeros(basis.shape[:-2])
    for edge, one, other in ((a, b, b - a), (b, a, a - b), (b - a, -a, -b)):
        # the edge's half length is half the side times the cotangent of the angle of the triangle that faces it
        length = np.sqrt((edge * edge).sum(-1))
        cotangent = np.maximum((one * other).sum(-1), 0.0) / twice_area
        covered = covered + 4.0 * _half_edge_mm2(length / 2.0, length / 2.0 * cotangent, diameter_mm / 2.0)
    cover: Floats = np.minimum(covered / twice_area, 1.0)
    return cover


def neighbour_distances_mm(basis: Floats) -> Floats:
    """Return the distances to the natural neighbours: six, of a square or rectangular lattice the four of its sides."""
    a, b = reduced(basis)
    sides = [a, b, b - a] if a @ b > 1e-9 * (a @ a) else [a, b]
    return np.repeat([math.hypot(*side) for side in sides], 2)


def _half_edge_mm2(height: Floats, half_length: Floats, radius: float) -> Floats:
    """Return the part of a disc within the right triangle from its centre to an edge's foot and end."""
    chord = np.sqrt(np.maximum(radius**2 - height**2, 0.0))
    inside = np.minimum(half_length, chord)
    sector = np.arctan2(half_length, height) - np.arctan2(inside, height)
    return 0.5 * height * inside + 0.5 * radius**2 * sector


_HEXAGONAL = np.array([[1.0, 0.0], [0.5, math.sqrt(3.0) / 2.0]]) * math.sqrt(2.0 / math.sqrt(3.0))
"""Of unit density."""

_Choice = tuple[Floats, Floats]
"""A basis of the union lattice, and the rows that span a sub-lattice in it, (2, 2) both."""


def _best_sublattice(basis: Floats, sessions: int) -> _Choice:
    """Return the lattice with its sub-lattice of the largest smallest distance; of equals the first."""
    forms = np.array(list(hermite_forms(sessions)), dtype=float)
    distances = spacing_mm(forms @ basis)
    return basis, forms[int(np.argmax(np.round(distances / distances.max(), 9)))]


def _best_oblique(sessions: int, scale: float, diameter_mm: float) -> _Choice:
    """Return the lattice of largest cover among those whose colours are equidistant enough.

    The shapes of the colours are searched: (1, 0) and (x, y) with 0 <= x <= 1/2 and x2 + y2 >= 1 are all of them up to
    rotation, reflection and size, and y <= sqrt(3)/2 / 0.9^2 keeps the ratio. Above each lie the lattices of which it
    is a sub-lattice of index n.
    """
    highest = math.sqrt(3.0) / 2.0 / EQUIDISTANT**2
    # transposed, since here the sub-lattice is given, and bases of the lattice above it are the same up to their rows
    forms = np.array(list(hermite_forms(sessions)), dtype=float).swapaxes(-1, -2)
    inverse = np.linalg.inv(forms)
    centre, width = np.array([0.25, (math.sqrt(3.0) / 2.0 + highest) / 2.0]), np.array([0.25, 0.11])
    for _ in range(_REFINEMENTS):
        x, y = np.meshgrid(*(np.linspace(c - w, c + w, _SHAPES) for c, w in zip(centre, width, strict=True)))
        x, y = np.clip(x.ravel(), 0.0, 0.5), np.minimum(y.ravel(), highest)
        y = np.maximum(y, np.sqrt(1.0 - x * x))
        shapes = np.stack([np.stack([np.ones_like(x), np.zeros_like(x)], -1), np.stack([x, y], -1)], -2)
        shapes *= (scale * math.sqrt(sessions) / np.sqrt(y))[:, None, None]
        unions = inverse[:, None] @ shapes
        # of equal covers (all of the area, say) the one of larger distances, in a session and between sessions
        merit = np.round(lattice_cover(unions, diameter_mm), 6) + 1e-7 * (spacing_ratio(shapes) + spacing_ratio(unions))
        form, shape = np.unravel_index(int(np.argmax(merit)), merit.shape)
        centre, width = np.array([x[shape], y[shape]]), width * (4.0 / (_SHAPES - 1))
    return unions[form, shape], forms[form]


def _made(choice: _Choice, fraction: float, diameter_mm: float) -> Interleaving:
    """Return the interleaving in a reduced basis."""
    basis, hermite = choice
    union = reduced(basis)
    steps = np.rint(hermite @ basis @ np.linalg.inv(union)).astype(int)
    form = _hermite_of(steps)
    colours = np.array(form) @ union
    return Interleaving(
        sessions=form[0][0] * form[1][1],
        kind=_kind(union),
        basis_mm=((float(union[0, 0]), float(union[0, 1])), (float(union[1, 0]), float(union[1, 1]))),
        hermite=form,
        spacing_mm=float(spacing_mm(colours)),
        spacing_ratio=float(spacing_ratio(colours)),
        union_spacing_mm=float(spacing_mm(union)),
        session_cover=float(lattice_cover(colours, diameter_mm)),
        cover=float(lattice_cover(union, diameter_mm)),
        diameter_mm=diameter_mm,
    )


def _hermite_of(rows: NDArray[np.int64]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the Hermite normal form of the sub-lattice that two integer rows span."""
    (a, b), (c, d) = ((int(one) for one in row) for row in rows)
    while c:
        turns = a // c
        (a, b), (c, d) = (c, d), (a - turns * c, b - turns * d)
    d = abs(d)
    a, b = (a, b) if a > 0 else (-a, -b)
    return (a, b % d), (0, d)


def _kind(union: Floats) -> Kind:
    lengths = np.sort([math.hypot(*side) for side in (union[0], union[1], union[1] - union[0])])
    if math.isclose(lengths[0], lengths[2], rel_tol=1e-6):
        return "hexagonal"
    right = abs(union[0] @ union[1]) < 1e-6 * lengths[0] ** 2
    return "square" if right and math.isclose(lengths[0], lengths[1], rel_tol=1e-6) else "oblique"
