"""A scan's mesh as every reader gives it, and how a reader says that it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesoplan.surface.parameters import whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh in the unit of its file.

    Attributes:
        vertices: (v, 3).
        triangles: (t, 3) vertex indices, all of them valid.
        colours: (v, 3) red, green and blue as unsigned bytes; None where the file has none.
    """

    vertices: Floats
    triangles: Ints
    colours: NDArray[np.uint8] | None = None

    def mirrored(self) -> Mesh:
        """Return its mirror image, with the same side of each triangle outside."""
        return Mesh(self.vertices * (-1.0, 1.0, 1.0), self.triangles[:, ::-1], self.colours)


class Damaged(Exception):
    """What is wrong with a file's content, in words that end a sentence begun with "the scan"."""

    def __init__(self, message: str, remedy: str = "Export the scan again.") -> None:
        """Keep the message and what to do about it."""
        super().__init__(message)
        self.message, self.remedy = message, remedy


def check_counts(vertices: int, triangles: int) -> None:
    """Refuse more than is read, before memory is claimed for it.

    Raises:
        Damaged: If there are too many.
    """
    for count, limit, what in (
        (triangles, whole_number("max_scan_triangles"), "triangles"),
        (vertices, whole_number("max_scan_vertices"), "vertices"),
    ):
        if count > limit:
            message = f"the scan has {count:,} {what}; at most {limit:,} are read".replace(",", " ")
            raise Damaged(message, "Export it coarser, with an edge of about 1 mm, or cut to the face.")
