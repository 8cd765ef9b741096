"""The options that tell of a face, as `plan` and `next` have them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan.cli.areas import check_sizes
from mesoplan.cli.common import note

if TYPE_CHECKING:
    from mesoplan.cli.case import Case
    from mesoplan.errors import Problems
    from mesoplan.surface.build import Built
    from mesoplan.surface.model import Surface

SCAN_HELP = "A scan of the face: OBJ, PLY, STL or GLB."
SCAN_UNIT_HELP = "What the scan's numbers are; else told from the face's size."
PUPILS_HELP = "Distance between the centres of the pupils in mm."
MIRRORED_HELP = "Whether the photo or scan is mirrored (a selfie may be)."
KEEP_OUT_HELP = "ZONE:X,Y,R in mm from the zone's centre, or photo:X,Y,R in pixels."
SHAPE_HELP = "Off the face: ZONE=R (cylinder) or ZONE=R1,R2 (cone) in cm; ZONE=X,Y;X,Y;X,Y: drawn corners."


class Mirrored(StrEnum):
    """Whether the photo or scan is mirrored, as confirmed by the practitioner."""

    yes = "yes"
    no = "no"


class ScanUnit(StrEnum):
    """What the numbers in a scan are."""

    mm = "mm"
    cm = "cm"
    m = "m"


@dataclass(frozen=True, slots=True)
class FaceOptions:
    """What was given of the face: names as on the command line."""

    photo: Path | None = None
    scan: Path | None = None
    scan_unit: ScanUnit | None = None
    pupillary_distance: float | None = None
    mirrored: Mirrored | None = None
    area: tuple[str, ...] = ()
    keep_out: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether there is anything."""
        return self != FaceOptions()

    def build(self, read: Case | None, problems: Problems) -> Built | None:
        """Return the face with its zones, None where `problems` tells why not."""
        from mesoplan.surface.build import build_face
        from mesoplan.surface.options import parse_area_options

        areas, patches = problems.attempt(lambda: parse_area_options(self.area)) or ({}, {})
        built = problems.attempt(
            lambda: build_face(
                photo=self.photo,
                pupillary_distance_mm=self.pupillary_distance,
                mirrored=None if self.mirrored is None else self.mirrored.value,
                areas=areas,
                patches=patches,
                keep_outs=self.keep_out,
                scan=self.scan,
                scan_unit=None if self.scan_unit is None else self.scan_unit.value,
                shapes=self.shape,
            )
        )
        if built is not None and built.surface.scan is not None and built.surface.scan.cut_off:
            zones = ", ".join(built.surface.scan.cut_off)
            note(
                f"The scan may cut off {zones}: too small an area would be counted. Check on the client, or scan anew."
            )
        if read is not None:
            check_sizes(areas, patches, read.knowledge, read.intake, problems)
        return built


def built_again(surface: Surface) -> Built | None:
    """Return the canonical face that a plan was made on, with its patches; None where that needs a file or a drawing.

    Raises:
        ProblemError: If the face model is missing.
    """
    from mesoplan.surface.build import build_face

    own = {one.zone: (one.width_cm, one.height_cm) for one in surface.own_sizes}
    sized = {one.zone for one in surface.zones if one.basis == "patch"} - set(own)
    if surface.kind != "canonical" or sized:
        return None
    return build_face(
        pupillary_distance_mm=surface.pupillary_distance_mm,
        areas={one.zone: one.area_cm2 for one in surface.zones if one.basis == "practitioner"},
        patches=own,
        keep_outs=[one.given for one in surface.keep_outs],
    )
