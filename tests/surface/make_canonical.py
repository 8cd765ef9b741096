"""Derives surface/data/canonical.yaml from the canonical mesh: `python tests/surface/make_canonical.py`."""

from pathlib import Path

from mesoplan.surface import canonical
from mesoplan.surface.mesh import canonical_mesh
from mesoplan.surface.model_file import find_model
from mesoplan.surface.zones import load_zones

TARGET = Path(canonical.__file__).parent / "data" / "canonical.yaml"
HEADER = """\
# The canonical face seen from the front, so that it can be drawn without the face model's file.
# Derived by tests/surface/make_canonical.py from the zones' chains and the canonical face mesh in Google's
# face_landmarker.task (Copyright The MediaPipe Authors, Apache-2.0); a test derives it again.
# outlines: x, y in pixels, y downwards, mm_per_pixel at the mean pupillary distance; patient's right zones and midline
#   zones, the left ones are their mirror images; the last point is the label's place.
# eye_margins: share of a zone's area farther than 0, 1, 2 ... mm from the eye's contour.
"""


def text() -> str:
    data = canonical.derive(load_zones(), canonical_mesh(find_model()))
    lines = [HEADER, *(f"{key}: {data[key]}\n" for key in ("size", "mm_per_pixel", "origin")), "outlines:\n"]
    lines += [f"  {zone}: {points}\n" for zone, points in data["outlines"].items()]
    lines += ["eye_margins:\n", *(f"  {zone}: {values}\n" for zone, values in data["eye_margins"].items())]
    return "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
