"""The values of the surface stage: plain frozen dataclasses, which `pydantic.TypeAdapter` reads and writes as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mesoplan.errors import Problem, ProblemError

Basis = Literal["photo+pd", "photo+iris", "canonical", "canonical+pd", "scan", "practitioner", "patch", "own_size"]
LengthUnit = Literal["mm", "cm", "m"]
Side = Literal["confirmed", "mirrored", "not confirmed"]


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """The skin area of one zone that may be worked on, keep-outs already taken off.

    Attributes:
        zone: Zone id; `_left` and `_right` are the patient's sides.
        area_cm2: The estimate, or what the practitioner gave.
        low_cm2: Lower end of the band in which the true area is expected (mean error -+ 2 standard deviations).
        high_cm2: Upper end of that band; never below `area_cm2`, as `low_cm2` is never above it.
        basis: Where the number comes from.
        kept_out_cm2: What the keep-outs took off the estimate.
    """

    zone: str
    area_cm2: float
    low_cm2: float
    high_cm2: float
    basis: Basis
    kept_out_cm2: float = 0.0

    def scaled(self, fraction: float) -> ZoneArea:
        """Return the same zone with only this fraction (0 to 1) of it left."""
        return ZoneArea(
            self.zone,
            self.area_cm2 * fraction,
            self.low_cm2 * fraction,
            self.high_cm2 * fraction,
            self.basis,
            self.kept_out_cm2,
        )


@dataclass(frozen=True, slots=True)
class OwnSize:
    """Width and height as the practitioner gave them.

    Off the face they are those of the piece of skin that stands for the zone; in a zone of the face those of what is
    treated there alone, such as a scar. Where in the zone it lies is not known.

    Attributes:
        zone: Zone id.
        width_cm, height_cm: The sides.
    """

    zone: str
    width_cm: float
    height_cm: float

    @property
    def area_cm2(self) -> float:
        """Width times height."""
        return self.width_cm * self.height_cm


@dataclass(frozen=True, slots=True)
class ZoneOutline:
    """The closed outline of a zone, in pixels of the kept picture (or of the drawing), y downwards.

    Attributes:
        zone: Zone id.
        points: Its corners (x, y); the last one joins the first.
        label_at: A place well inside it, for its label.
    """

    zone: str
    points: tuple[tuple[float, float], ...]
    label_at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class KeepOut:
    """A circle that is not treated: a naevus or a lesion with its margin, as seen from the front.

    Attributes:
        given: The option as the practitioner wrote it.
        zone: The zone whose centre the circle was given from; None for a circle on the photo.
        x, y, radius: Centre and radius in pixels of the kept picture or of the drawing; on a patch in millimetres from
            its centre.
        radius_mm: The radius on the skin.
        taken_cm2: Per zone, the area the circle takes off the zone's estimate; circles that overlap share what they
            cover, in the order given.
    """

    given: str
    zone: str | None
    x: float
    y: float
    radius: float
    radius_mm: float
    taken_cm2: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class EyeMargin:
    """How much of a zone lies beyond a margin around the eye.

    Attributes:
        zone: Zone id.
        step_mm: Distance between the samples.
        fractions: Share of the zone's area farther from the eye's contour than 0, 1, 2 ... steps; never rises.
    """

    zone: str
    step_mm: float
    fractions: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What was found about a scan, to be said beside its areas.

    Attributes:
        sha256: Hash of the file.
        unit: The unit its numbers were taken for.
        unit_given: Whether the practitioner named it; else it was told from the distance between the pupils.
        pupils_mm: That distance in the scan.
        triangles: How many the file holds.
        turned: Whether the scan was inside out and was turned.
        parts_left_out: Pieces without a noteworthy part of the face, which belong to no zone.
        border_mm: How far the views disagree on where a landmark lies, the middle one of all landmarks.
        partly: Zones of which the scan shows clearly less than the face has, and about which share of them.
        cut_off: Forehead and temples where the scan ends at their rim.
    """

    sha256: str
    unit: LengthUnit
    unit_given: bool
    pupils_mm: float
    triangles: int
    turned: bool
    parts_left_out: int
    border_mm: float
    partly: tuple[tuple[str, float], ...]
    cut_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surface:
    """The zones of one person, or of the canonical face.

    Attributes:
        kind: Whether the zones come from a photo, from a scan or from the canonical face.
        scale_basis: What the scale rests on, see `Basis`.
        pupillary_distance_mm: As given; None where it was not.
        side: Whether left and right are the patient's for certain; always confirmed on the canonical face.
        zones: Every mesh zone, and each patch zone whose size was given.
        outlines: Outlines of the mesh zones.
        picture_size: Width and height in pixels to which outlines and keep-outs refer.
        view_box: x, y, width, height of the part of the picture worth showing.
        keep_outs: The circles taken off.
        eye_margins: For zones near the eye.
        photo_sha256: Hash of the photo file as it was handed in; None without a photo.
        photo_size: Width and height of that photo after its orientation was applied; None without a photo.
        mm_per_pixel: Scale of the picture in the plane of the face; of the drawing for the canonical face.
        face_score: The detector's score for the face (0 to 1); None without a photo.
        yaw_deg, pitch_deg, roll_deg: How the head is turned, against the canonical face; None without a photo.
        landmark_model_sha256: Hash of the landmark model used; None without a photo or scan.
        landmark_model_pinned: Whether that is the model this release was measured with.
        scan: What was found about the scan; None without one.
        own_sizes: Every width and height that was given.
    """

    kind: Literal["canonical", "photo", "scan"]
    scale_basis: Basis
    pupillary_distance_mm: float | None
    side: Side
    zones: tuple[ZoneArea, ...]
    outlines: tuple[ZoneOutline, ...]
    picture_size: tuple[int, int]
    view_box: tuple[float, float, float, float]
    mm_per_pixel: float
    keep_outs: tuple[KeepOut, ...] = ()
    eye_margins: tuple[EyeMargin, ...] = ()
    photo_sha256: str | None = None
    photo_size: tuple[int, int] | None = None
    face_score: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    landmark_model_sha256: str | None = None
    landmark_model_pinned: bool = True
    scan: ScanFacts | None = None
    own_sizes: tuple[OwnSize, ...] = ()

    def own_size(self, zone: str) -> OwnSize | None:
        """Return the width and height given for a zone, None where none were."""
        return next((one for one in self.own_sizes if one.zone == zone), None)

    def area(self, zone: str) -> ZoneArea:
        """Return the area of one zone.

        Raises:
            ProblemError: If the surface holds no such zone (a patch zone without a size, or an unknown id).
        """
        for found in self.zones:
            if found.zone == zone:
                return found
        raise ProblemError(
            [
                Problem(
                    "surface",
                    zone,
                    "this surface has no area for the zone",
                    f"Give its size, for example --area {zone}=5x8 (width x height in cm) or --area {zone}=40 (cm2).",
                )
            ]
        )


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """The photo as it is kept: upright, JPEG, of limited size, without any of the original's metadata.

    Attributes:
        jpeg: The encoded picture.
        size: Its width and height in pixels.
    """

    jpeg: bytes
    size: tuple[int, int]


def area_outside_eye_margin(surface: Surface, zone: str, margin_mm: float) -> ZoneArea:
    """Return what is left of a zone when a margin around the eye's contour is left out.

    The margin is a straight-line distance in space to the contour of the nearer eye. A zone that lies beyond it
    comes back unchanged, a zone wholly inside it with area 0. Between the stored samples the share is interpolated.

    Args:
        surface: The person's surface.
        zone: Zone id.
        margin_mm: Width of the margin, from 0 up to the last stored sample.

    Raises:
        ProblemError: If the surface has no such zone, or the margin is negative or beyond the samples.
    """
    whole = surface.area(zone)
    curve = next((curve for curve in surface.eye_margins if curve.zone == zone), None)
    limit = max(((len(c.fractions) - 1) * c.step_mm for c in surface.eye_margins), default=0.0)
    if not 0 <= margin_mm <= limit and (curve is not None or not margin_mm >= 0):
        raise ProblemError(
            [
                Problem(
                    "eye margin",
                    f"{margin_mm} mm",
                    "the margin around the eye cannot be computed for this width",
                    f"Give a margin between 0 and {limit:g} mm.",
                )
            ]
        )
    if curve is None:
        return whole
    position = margin_mm / curve.step_mm
    index = min(int(position), len(curve.fractions) - 2)
    low, high = curve.fractions[index : index + 2]
    return whole.scaled(low + (high - low) * (position - index))
