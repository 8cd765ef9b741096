"""The one entry of the surface stage: from what is known of a face to its zones with areas, outlines and keep-outs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mesoplan.errors import ProblemError, Problems
from mesoplan.surface.bands import with_bands
from mesoplan.surface.canonical import canonical_drawing
from mesoplan.surface.model import Basis, LengthUnit, OwnSize, Picture, Side, Surface, ZoneArea
from mesoplan.surface.options import (
    AREA_PLACE,
    KeepOutOption,
    PatchShape,
    check_areas,
    check_pupillary_distance,
    parse_keep_outs,
    parse_shapes,
)
from mesoplan.surface.parameters import number
from mesoplan.surface.zones import ZoneCatalogue, load_zones

if TYPE_CHECKING:
    from mesoplan.surface.discs import MaskedSkin
    from mesoplan.surface.frontal import Frontal
    from mesoplan.surface.photo import FaceInPhoto
    from mesoplan.surface.picture import Photo
    from mesoplan.surface.scan import ScannedFace

Mirrored = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class _Entered:
    """What the practitioner entered, checked."""

    areas: Mapping[str, float]
    patches: Mapping[str, tuple[float, float]]
    keep_outs: tuple[KeepOutOption, ...]
    shapes: Mapping[str, PatchShape]


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """What is known of one face: its zones, the picture to draw them on, and its skin in space when it is asked for.

    Attributes:
        surface: The zones with areas, outlines and keep-outs.
        picture: The photo as kept; None without one.
        face: Makes the skin of the face, with the circles kept out.
        patches: Width and height in cm of each patch.
        shapes: How patches are bent, or what was drawn of them.
    """

    surface: Surface
    picture: Picture | None
    face: Callable[[], MaskedSkin]
    patches: Mapping[str, tuple[float, float]]
    shapes: Mapping[str, PatchShape] = field(default_factory=dict)

    def skins(self) -> tuple[MaskedSkin, ...]:
        """Return the skin of the face and of each patch, every one in axes of its own.

        Where the practitioner entered an area, the skin keeps the one it has.

        Raises:
            ProblemError: If the canonical face is asked for and the face model, which holds its mesh, is missing.
        """
        from mesoplan.surface.shapes import shaped_patch

        kept = self.surface.keep_outs
        zones = dict.fromkeys((*self.patches, *self.shapes))
        patches = (shaped_patch(zone, self.patches.get(zone), self.shapes.get(zone), kept) for zone in zones)
        return self.face(), *patches


def build_surface(
    zones: ZoneCatalogue | None = None,
    *,
    photo: Path | bytes | None = None,
    pupillary_distance_mm: float | None = None,
    mirrored: Mirrored | None = None,
    areas: Mapping[str, float] | None = None,
    patches: Mapping[str, tuple[float, float]] | None = None,
    keep_outs: Sequence[str] = (),
    scan: Path | None = None,
    scan_unit: LengthUnit | None = None,
) -> Surface:
    """Return the zones of a face with their areas; see `build_face`."""
    return build_face(
        zones,
        photo=photo,
        pupillary_distance_mm=pupillary_distance_mm,
        mirrored=mirrored,
        areas=areas,
        patches=patches,
        keep_outs=keep_outs,
        scan=scan,
        scan_unit=scan_unit,
    ).surface


def build_face(
    zones: ZoneCatalogue | None = None,
    *,
    photo: Path | bytes | None = None,
    pupillary_distance_mm: float | None = None,
    mirrored: Mirrored | None = None,
    areas: Mapping[str, float] | None = None,
    patches: Mapping[str, tuple[float, float]] | None = None,
    keep_outs: Sequence[str] = (),
    scan: Path | None = None,
    scan_unit: LengthUnit | None = None,
    shapes: Sequence[str] = (),
) -> Built:
    """Return the zones of a face with their areas, the picture to draw them on (None without a photo), and its skin.

    Without a photo or scan the canonical face is scaled by the pupillary distance, or by the mean of adults where
    none is given. Identical input gives identical output, to the bit.

    Args:
        zones: The zone catalogue; None: the one that ships.
        photo: A file with one frontal face, or its bytes.
        pupillary_distance_mm: Between the centres of the pupils.
        mirrored: Whether the photo or scan is mirrored, as confirmed by the practitioner; None: left and right stay
            unconfirmed.
        areas: Area in cm2 by zone id, measured by the practitioner; it replaces the estimate.
        patches: Width and height in cm of zones off the face; in a zone of the face those of a scar in it.
        keep_outs: `ZONE:X,Y,R`: millimetres from the zone's centroid as seen from the front, x towards the patient's
            left, y upwards, R the radius; or `photo:X,Y,R`: pixels of the upright photo, y downwards.
        scan: A file with a scan of one face, instead of a photo.
        scan_unit: What its numbers are; None: told from the distance between the pupils.
        shapes: `ZONE=R` or `ZONE=R1,R2`: radii in cm of a cylinder or cone that a patch lies on; `ZONE=X,Y;X,Y;X,Y`:
            the corners of a drawn patch in cm, which has no width and height.

    Raises:
        ProblemError: With all problems at once: entries that cannot be meant, a photo or scan that cannot be used, a
            missing face model.
    """
    catalogue = zones if zones is not None else load_zones()
    problems = Problems()
    shaped = parse_shapes(shapes, patches or {}, catalogue, problems)
    drawn = (problems.attempt(partial(drawn_areas_cm2, shaped)) if shaped else None) or {}
    entered = _Entered(
        {**(areas or {}), **drawn}, patches or {}, parse_keep_outs(keep_outs, catalogue, problems), shaped
    )
    check_areas(entered.areas, entered.patches, catalogue, problems)
    check_pupillary_distance(pupillary_distance_mm, problems)
    _check_sources(photo, scan, pupillary_distance_mm, scan_unit, problems)
    if photo is None:
        _check_without_photo(mirrored if scan is None else None, entered.keep_outs, problems)
        if scan is None:
            problems.raise_if_any()
            return _with_sizes(catalogue, _canonical(catalogue, pupillary_distance_mm, entered), entered)
        scanned = problems.attempt(partial(_scan, scan, scan_unit, mirrored, catalogue))
        return _with_sizes(catalogue, _from_scan(catalogue, problems.settled(scanned), entered), entered)
    plausible = pupillary_distance_mm if not problems else None
    try:
        read, face = _open(photo, plausible)
    except ProblemError as error:
        problems.extend(error.problems)
        raise ProblemError(problems.found) from error
    problems.raise_if_any()
    return _with_sizes(catalogue, _from_photo(catalogue, read, face, pupillary_distance_mm, mirrored, entered), entered)


def _with_sizes(zones: ZoneCatalogue, built: Built, entered: _Entered) -> Built:
    """Return the face with every width and height that was given; what lies in a zone is no larger than the zone.

    Raises:
        ProblemError: With every scar that is larger than its zone may be.
    """
    problems = Problems()
    sizes = tuple(OwnSize(zone, *sides) for zone, sides in entered.patches.items())
    for one in sizes:
        zone = built.surface.area(one.zone)
        most = zone.high_cm2 + zone.kept_out_cm2
        if zones.base(one.zone).surface == "mesh" and one.area_cm2 > most:
            message = f"a scar of {one.area_cm2:g} cm2 is larger than the zone it lies in"
            remedy = f"The zone has at most {most:.1f} cm2: give what lies in it, and the rest in its neighbours."
            problems.add(AREA_PLACE, f"{one.zone}={one.width_cm:g}x{one.height_cm:g}", message, remedy)
    problems.raise_if_any()
    off_face = {zone: sides for zone, sides in entered.patches.items() if zones.base(zone).surface == "patch"}
    sized = replace(built, surface=replace(built.surface, own_sizes=sizes), patches=off_face) if sizes else built
    if entered.shapes:
        from mesoplan.surface.shapes import shaped_patch

        for name, shape in entered.shapes.items():  # what cannot be made is told now, not when the skin is asked for
            problems.attempt(partial(shaped_patch, name, off_face.get(name), shape))
        problems.raise_if_any()
    return replace(sized, shapes=entered.shapes)


def drawn_areas_cm2(shapes: Mapping[str, PatchShape]) -> dict[str, float]:
    """Return the area of each drawn patch.

    Raises:
        ProblemError: If its corners draw no area or cross themselves.
    """
    from mesoplan.surface.shapes import shaped_patch

    return {zone: shaped_patch(zone, None, one).skin.area_cm2(zone) for zone, one in shapes.items() if one.corners_cm}


def _check_sources(
    photo: Path | bytes | None,
    scan: Path | None,
    pupillary_distance_mm: float | None,
    scan_unit: LengthUnit | None,
    problems: Problems,
) -> None:
    if scan is None:
        if scan_unit is not None:
            problems.add("--scan-unit", scan_unit, "there is no scan whose unit it could be", "Give --scan.")
        return
    if photo is not None:
        problems.add("--scan", scan, "there is a photo as well", "Give one of them: a scan is the better measure.")
    if pupillary_distance_mm is not None:
        message = "a scan has a size of its own, which is never changed"
        problems.add("--pupillary-distance", f"{pupillary_distance_mm:g}", message, "Leave it out.")


def _check_without_photo(mirrored: Mirrored | None, keep_outs: Sequence[KeepOutOption], problems: Problems) -> None:
    if mirrored is not None:
        remedy = "Give --photo, or leave it out."
        problems.add("--mirrored", mirrored, "there is no photo that could be mirrored", remedy)
    for option in keep_outs:
        if option.zone is None:
            remedy = "Give --photo, or place the circle by its zone: ZONE:X,Y,R in mm."
            problems.add("--keep-out", option.given, "there is no photo for the circle", remedy)


def _open(given: Path | bytes, pupillary_distance_mm: float | None) -> tuple[Photo, FaceInPhoto]:
    from mesoplan.surface.photo import face_in_photo
    from mesoplan.surface.picture import photo_in, read_photo

    name = "the photo" if isinstance(given, bytes) else given
    photo = photo_in(given, name) if isinstance(given, bytes) else read_photo(given)
    return photo, face_in_photo(photo, pupillary_distance_mm, name)


def _canonical(zones: ZoneCatalogue, pupillary_distance_mm: float | None, entered: _Entered) -> Built:
    """The canonical face; the face model's file is needed only to place keep-outs on it."""
    scale = (pupillary_distance_mm or number("mean_pupillary_distance_mm")) / number("mean_pupillary_distance_mm")
    basis: Basis = "canonical" if pupillary_distance_mm is None else "canonical+pd"
    drawing = canonical_drawing()
    areas = {zone: (zones.base(zone).area_cm2 or 0.0) * scale**2 for zone in zones.ids("mesh")}
    surface = Surface(
        kind="canonical",
        scale_basis=basis,
        pupillary_distance_mm=pupillary_distance_mm,
        side="confirmed",
        zones=_zone_areas(zones, with_bands(zones, areas, "canonical"), basis, entered),
        outlines=drawing.outlines,
        picture_size=drawing.size,
        view_box=drawing.view_box,
        mm_per_pixel=drawing.mm_per_pixel * scale,
        eye_margins=drawing.margins(scale),
    )
    if entered.keep_outs:
        from mesoplan.surface.keep_out import apply_keep_outs

        face = drawing.face(zones, scale) if any(option.zone in areas for option in entered.keep_outs) else None
        surface = apply_keep_outs(surface, entered.keep_outs, entered.patches, face)

    def skin() -> MaskedSkin:
        from mesoplan.surface.face_skin import frontal_skin

        return frontal_skin(drawing.face(zones, scale), zones, "canonical", "confirmed", surface.keep_outs)

    return Built(surface, None, skin, entered.patches)


def _from_photo(
    zones: ZoneCatalogue,
    photo: Photo,
    face: FaceInPhoto,
    pupillary_distance_mm: float | None,
    mirrored: Mirrored | None,
    entered: _Entered,
) -> Built:
    import numpy as np

    from mesoplan.surface.face_skin import frontal_skin
    from mesoplan.surface.frontal import eye_margins, frontal
    from mesoplan.surface.keep_out import apply_keep_outs

    seen = frontal(face.points, face.mm_per_pixel, zones, face.mesh, left_is_right=mirrored != "yes")
    sides: dict[str | None, Side] = {"yes": "mirrored", "no": "confirmed", None: "not confirmed"}
    surface = Surface(
        kind="photo",
        scale_basis=face.basis,
        pupillary_distance_mm=pupillary_distance_mm,
        side=sides[mirrored],
        zones=_zone_areas(zones, with_bands(zones, _measured(seen), face.basis), face.basis, entered),
        outlines=seen.outlines(),
        picture_size=photo.picture.size,
        view_box=_with_margin(seen.view_box(), photo.picture.size),
        mm_per_pixel=face.mm_per_pixel,
        eye_margins=() if entered.keep_outs else eye_margins(seen, np.zeros((0, 3))),
        photo_sha256=photo.sha256,
        photo_size=photo.size,
        face_score=face.score,
        yaw_deg=face.pose.yaw_deg,
        pitch_deg=face.pose.pitch_deg,
        roll_deg=face.pose.roll_deg,
        landmark_model_sha256=face.model.sha256,
        landmark_model_pinned=face.model.pinned,
    )
    if entered.keep_outs:
        surface = apply_keep_outs(surface, entered.keep_outs, entered.patches, seen)
    skin = partial(frontal_skin, seen, zones, "photo", surface.side, surface.keep_outs)
    return Built(surface, photo.picture, skin, entered.patches)


def _scan(path: Path, unit: LengthUnit | None, mirrored: Mirrored | None, zones: ZoneCatalogue) -> ScannedFace:
    from mesoplan.surface.scan import read_scan

    return read_scan(path, unit, mirrored=mirrored, zones=zones)


def _from_scan(zones: ZoneCatalogue, face: ScannedFace, entered: _Entered) -> Built:
    import numpy as np

    from mesoplan.surface.discs import MaskedSkin
    from mesoplan.surface.face_skin import discs_on, eye_contours
    from mesoplan.surface.frontal import eye_margins
    from mesoplan.surface.keep_out import apply_keep_outs

    seen = face.seen
    surface = Surface(
        kind="scan",
        scale_basis="scan",
        pupillary_distance_mm=None,
        side=face.skin.side,
        zones=_zone_areas(zones, face.bands, "scan", entered),
        outlines=seen.outlines(),
        picture_size=face.size,
        view_box=(0.0, 0.0, float(face.size[0]), float(face.size[1])),
        mm_per_pixel=seen.mm_per_pixel,
        eye_margins=() if entered.keep_outs else eye_margins(seen, np.zeros((0, 3))),
        face_score=face.score,
        landmark_model_sha256=face.model.sha256,
        landmark_model_pinned=face.model.pinned,
        scan=face.facts,
    )
    if entered.keep_outs:
        surface = apply_keep_outs(surface, entered.keep_outs, entered.patches, seen)
    eyes = eye_contours(seen)
    return Built(surface, None, lambda: MaskedSkin(face.skin, discs_on(seen, surface.keep_outs), eyes), entered.patches)


def _measured(seen: Frontal) -> dict[str, float]:
    return {zone: seen.area_cm2(zone) for zone in seen.zones}


def _with_margin(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the face's box with a third of its size around it, as far as the picture reaches."""
    x, y, width, height = box
    left, top = max(0.0, x - width / 3), max(0.0, y - height / 3)
    return left, top, min(size[0], x + width * 4 / 3) - left, min(size[1], y + height * 4 / 3) - top


def _zone_areas(
    zones: ZoneCatalogue, estimates: Mapping[str, tuple[float, float, float]], basis: Basis, entered: _Entered
) -> tuple[ZoneArea, ...]:
    """Return every mesh zone and every patch with a size; what the practitioner measured outranks an estimate."""
    found = []
    for zone in zones.ids():
        if zone in entered.areas:
            area = entered.areas[zone]
            found.append(ZoneArea(zone, area, area, area, "practitioner"))
        elif zone in entered.patches and zone not in estimates:
            width, height = entered.patches[zone]
            found.append(ZoneArea(zone, width * height, width * height, width * height, "patch"))
        elif zone in estimates:
            low, area, high = estimates[zone]
            found.append(ZoneArea(zone, area, low, high, basis))
    return tuple(found)
