"""Needle patterns: where the needles of a cartridge or a roller touch the skin at once, and how far the next lie.

A cartridge strikes with all its needles at once, in its own arrangement where the clinic gives the places. Where nobody
gives them an even arrangement stands in, and says so: across the stripe the needles are equally far apart, along it
they are spread by the golden ratio, so that no two lie close together and the stripe is needled evenly.

A roller strikes with its rows: each row is a ring around the drum, and rolls over the skin puncture after puncture. How
far apart they are follows from the counted density, where needles are as far apart along the drum as around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.prescription.model import Basis
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.clinic.devices import Cartridge

    Floats = NDArray[np.float64]

EVEN, ROWS = "needles_spread_evenly", "needle_rows"
"""Names of the arrangements that stand in where no places of the needles are given."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What strikes the skin at once.

    Attributes:
        places_mm: (n, 2) along the stroke and across it, from the middle of the head.
        width_mm: Width of the stripe that one stroke needles: strokes lie this far apart.
        step_mm: Distance from strike to strike that the tool itself fixes (a roller's); None where speed and frequency
            do.
        basis: Where the places come from.
    """

    places_mm: Floats
    width_mm: float
    step_mm: float | None
    basis: Basis

    @property
    def assumed(self) -> bool:
        """Whether the arrangement stands in for places that nobody gives."""
        return self.basis.kind == "computed"


def pattern_of(cartridge: Cartridge) -> Pattern:
    """Return the pattern of a clinic's cartridge: its own places, else the even arrangement."""
    if cartridge.needle_positions_mm:
        places: Floats = np.array(cartridge.needle_positions_mm, dtype=np.float64)
        basis = Basis("clinic", f"cartridges.yaml: {cartridge.id}: needle_positions_mm")
        return Pattern(places, cartridge.stripe_width_mm, None, basis)
    return even_pattern(cartridge.needle_count, cartridge.stripe_width_mm)


def even_pattern(needles: int, width_mm: float) -> Pattern:
    """Return needles spread evenly over a square as wide as the stripe.

    Raises:
        ValueError: If there is no needle or no width.
    """
    if needles < 1 or not 0.0 < width_mm < math.inf:
        raise ValueError(f"{needles} needles on a stripe of {width_mm} mm: no pattern")
    number = np.arange(needles, dtype=np.float64)
    across = (number + 0.5) / needles - 0.5
    along = np.mod(number * _GOLDEN, 1.0) - 0.5
    along -= along.mean()
    return Pattern(np.column_stack([along, across]) * width_mm, width_mm, None, Basis("computed", EVEN))


def roller_pattern(needles: int, rows: int, per_cm2_per_pass: float) -> Pattern:
    """Return the rows of a roller as they meet the skin in one pass.

    Neighbouring rows are half a step apart, as on a drum whose needles are staggered.

    Args:
        needles: Needles on the drum.
        rows: Rings of needles around it, side by side.
        per_cm2_per_pass: Punctures that one pass makes on a square centimetre.

    Raises:
        ValueError: If the rows do not share the needles equally, or nothing is punctured.
    """
    if rows < 1 or needles < rows or needles % rows or not 0.0 < per_cm2_per_pass < math.inf:
        raise ValueError(f"{needles} needles in {rows} rows, {per_cm2_per_pass} punctures per cm2: no roller")
    apart_mm = math.sqrt(MM2_PER_CM2 / per_cm2_per_pass)
    row = np.arange(rows, dtype=np.float64)
    across = (row + 0.5 - rows / 2.0) * apart_mm
    along = np.where(row % 2 == 1, apart_mm / 2.0, 0.0)
    return Pattern(np.column_stack([along, across]), rows * apart_mm, apart_mm, Basis("computed", ROWS))
