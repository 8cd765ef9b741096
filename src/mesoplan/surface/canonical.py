"""The canonical face as a drawing: its outlines and eye margins ship as data, so that it needs no model file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mesoplan.surface.model import EyeMargin, ZoneOutline
from mesoplan.surface.parameters import number, read_data
from mesoplan.surface.zones import LEFT, RIGHT, ZoneCatalogue, load_zones

if TYPE_CHECKING:
    from mesoplan.surface.frontal import Frontal
    from mesoplan.surface.mesh import FaceMesh

PIXELS_PER_CM = 40.0
MARGIN_CM = 1.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """The canonical face seen from the front, at the mean pupillary distance.

    Attributes:
        size: Width and height in pixels.
        mm_per_pixel: Scale.
        origin: Where the mesh's origin lies, in pixels.
        outlines: Of every mesh zone.
        curves: Eye margins of every zone near an eye.
    """

    size: tuple[int, int]
    mm_per_pixel: float
    origin: tuple[float, float]
    outlines: tuple[ZoneOutline, ...]
    curves: tuple[EyeMargin, ...]

    @property
    def view_box(self) -> tuple[float, float, float, float]:
        """The whole drawing."""
        return 0.0, 0.0, float(self.size[0]), float(self.size[1])

    def margins(self, scale: float) -> tuple[EyeMargin, ...]:
        """Return the eye margins of the face made larger or smaller; beyond the last sample the last one holds."""
        return tuple(
            replace(curve, fractions=tuple(_sample(curve, index / scale) for index in range(len(curve.fractions))))
            for curve in self.curves
        )

    def face(self, zones: ZoneCatalogue, scale: float) -> Frontal:
        """Return the mesh behind the drawing; raises ProblemError where the face model is not installed."""
        from mesoplan.surface.mesh import canonical_mesh
        from mesoplan.surface.model_file import find_model

        return draw_mesh(zones, canonical_mesh(find_model()), scale)


def draw_mesh(zones: ZoneCatalogue, mesh: FaceMesh, scale: float) -> Frontal:
    """Return the canonical mesh as it lies in the drawing, `scale` times the size of the mean face."""
    import numpy as np

    from mesoplan.surface.frontal import frontal

    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    origin = np.array([MARGIN_CM - low[0], MARGIN_CM + high[1], 0.0]) * PIXELS_PER_CM
    points = mesh.vertices * (1.0, -1.0, -1.0) * PIXELS_PER_CM + origin
    return frontal(points, 10.0 * scale / PIXELS_PER_CM, zones, mesh)


@cache
def canonical_drawing() -> Drawing:
    """Return the drawing that ships with the package."""
    data: dict[str, Any] = read_data("canonical.yaml")
    width, height = data["size"]
    middle = float(data["origin"][0])
    outlines, curves = [], []
    for base in load_zones().bases.values():
        if base.surface != "mesh":
            continue
        given = [(float(x), float(y)) for x, y in data["outlines"][base.id]]
        samples = data["eye_margins"].get(base.id)
        for zone in base.ids:
            *points, label = [(round(2 * middle - x, 2) if zone.endswith(LEFT) else x, y) for x, y in given]
            outlines.append(ZoneOutline(zone, tuple(points), label))
            if samples:
                curves.append(EyeMargin(zone, number("eye_margin_step_mm"), tuple(samples)))
    return Drawing((width, height), data["mm_per_pixel"], tuple(data["origin"]), tuple(outlines), tuple(curves))


def derive(zones: ZoneCatalogue, mesh: FaceMesh) -> dict[str, Any]:
    """Return the content of data/canonical.yaml, derived from the mesh: the right half and the midline zones."""
    import numpy as np

    from mesoplan.surface.frontal import eye_margins

    face = draw_mesh(zones, mesh, 1.0)
    size = np.ptp(mesh.vertices[:, :2], axis=0) + 2 * MARGIN_CM
    keep = {zone: zone.removesuffix(RIGHT) for zone in face.zones if not zone.endswith(LEFT)}
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    return {
        "size": [round(float(side) * PIXELS_PER_CM) for side in size],
        "mm_per_pixel": face.mm_per_pixel,
        "origin": [round(float(v) * PIXELS_PER_CM, 2) for v in (MARGIN_CM - low[0], MARGIN_CM + high[1])],
        "outlines": {
            keep[o.zone]: [list(p) for p in (*o.points, o.label_at)] for o in face.outlines() if o.zone in keep
        },
        "eye_margins": {
            keep[curve.zone]: [round(value, 4) for value in curve.fractions]
            for curve in eye_margins(face, np.zeros((0, 3)))
            if curve.zone in keep
        },
    }


def _sample(curve: EyeMargin, position: float) -> float:
    last = len(curve.fractions) - 1
    index = min(int(position), last - 1)
    low, high = curve.fractions[index : index + 2]
    return low + (high - low) * min(position - index, 1.0)
