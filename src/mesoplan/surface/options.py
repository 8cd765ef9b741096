"""Parses what the practitioner writes: `--area ZONE=...`, `--shape ZONE=...` and `--keep-out ZONE:X,Y,R`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mesoplan.errors import Problems
from mesoplan.surface.parameters import number
from mesoplan.surface.zones import ZoneCatalogue, load_zones

AREA_PLACE = "--area"
KEEP_OUT_PLACE = "--keep-out"
SHAPE_PLACE = "--shape"
ON_PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class KeepOutOption:
    """A parsed keep-out; `zone` is None for a circle on the photo (pixels), else x, y and radius are millimetres."""

    given: str
    zone: str | None
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class PatchShape:
    """How a zone off the face is bent, or what was drawn of it.

    Attributes:
        radii_cm: Radius of a cylinder, or lower and upper radius of a cone; empty for a drawn patch.
        corners_cm: (x, y) of a polygon, x to the patient's left, y up; empty for a bent patch.
    """

    radii_cm: tuple[float, ...] = ()
    corners_cm: tuple[tuple[float, float], ...] = ()


def parse_shapes(
    options: Sequence[str], sizes: Mapping[str, tuple[float, float]], zones: ZoneCatalogue, problems: Problems
) -> dict[str, PatchShape]:
    """Return shapes by zone, from `ZONE=R`, `ZONE=R1,R2` and `ZONE=X,Y;X,Y;X,Y`; what is wrong is noted.

    Args:
        options: As written.
        sizes: Width and height in cm by zone: what is bent must have them, what is drawn must not.
        zones: The catalogue.
        problems: Where to note what is wrong.
    """
    shapes: dict[str, PatchShape] = {}
    for option in options:
        zone, equals, rest = (part.strip() for part in option.partition("="))
        corners = [[_number(value) for value in corner.split(",")] for corner in rest.split(";")]
        values = [value for corner in corners for value in corner if value is not None]
        drawn = len(corners) > 2 and all(len(corner) == 2 for corner in corners)
        bent = len(corners) == 1 and len(corners[0]) in (1, 2)
        remedy = "Write ZONE=R for a cylinder, ZONE=R1,R2 for a cone, ZONE=X,Y;X,Y;X,Y for corners, all in cm."
        if not equals or not (drawn or bent) or len(values) != sum(map(len, corners)):
            problems.add(SHAPE_PLACE, option, "this is no radius, no two radii and no corners", remedy)
        elif complaint := _shape_complaint(zone, shapes, sizes, zones, drawn=drawn):
            problems.add(SHAPE_PLACE, option, *complaint)
        elif drawn:
            shapes[zone] = PatchShape(corners_cm=tuple(zip(values[::2], values[1::2], strict=True)))
        else:
            shapes[zone] = PatchShape(radii_cm=tuple(values))
    return shapes


def _shape_complaint(
    zone: str, earlier: Mapping[str, PatchShape], sizes: Mapping[str, object], zones: ZoneCatalogue, *, drawn: bool
) -> tuple[str, str] | None:
    """Return message and remedy where a zone cannot have this shape."""
    if complaint := zones.complaint(zone):
        return complaint
    if zone in earlier:
        return "the zone has a shape already", "Give each zone once."
    if zones.base(zone).surface == "mesh":
        return "the face has a shape of its own", "Leave it out; a photo or a scan gives the face's."
    if drawn and zone in sizes:
        return "what is drawn has its size already", f"Leave out --area {zone}."
    if not drawn and zone not in sizes:
        return "a bent zone needs its width and height", f"Give --area {zone}=WIDTHxHEIGHT in cm too."
    return None


def parse_area_options(
    options: Sequence[str], zones: ZoneCatalogue | None = None, problems: Problems | None = None
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return areas in cm2 and sizes (width, height) in cm by zone, from options `ZONE=CM2` and `ZONE=WxH`.

    Off the face a size is that of the zone; in a zone of the face it is that of a scar in it.

    Args:
        options: As written.
        zones: The catalogue; None: the one that ships.
        problems: Where to note what is wrong; None: raise it.

    Raises:
        ProblemError: With every wrong option, where no collector was handed in.
    """
    catalogue = zones if zones is not None else load_zones()
    found = problems if problems is not None else Problems()
    areas: dict[str, float] = {}
    patches: dict[str, tuple[float, float]] = {}
    for option in options:
        zone, equals, size = (part.strip() for part in option.partition("="))
        if not equals or not zone or not size:
            found.add(AREA_PLACE, option, "this is not ZONE=CM2", "Write for example --area forehead=42 or neck=10x8.")
            continue
        if zone in areas or zone in patches:
            found.add(AREA_PLACE, option, "the zone is given twice", "Give each zone once.")
            continue
        sides = [_number(part) for part in size.lower().replace("×", "x").split("x")]
        values = [side for side in sides if side is not None]
        if len(values) != len(sides) or len(sides) > 2:
            remedy = "Write cm2 as 42.5, or width x height in cm as 10x8."
            found.add(AREA_PLACE, option, "the size is not a number", remedy)
        elif len(values) == 2:
            patches[zone] = (values[0], values[1])
        else:
            areas[zone] = values[0]
    check_areas(areas, patches, catalogue, found)
    if problems is None:
        found.raise_if_any()
    return areas, patches


def check_areas(
    areas: Mapping[str, float], patches: Mapping[str, tuple[float, float]], zones: ZoneCatalogue, problems: Problems
) -> None:
    """Note every area or patch size that names no zone, has no plausible size, or does not fit its kind of zone."""
    for zone in (*areas, *patches):
        complaint = zones.complaint(zone)
        if complaint:
            problems.add(AREA_PLACE, zone, *complaint)
        if zone in areas and zone in patches:
            problems.add(AREA_PLACE, zone, "the zone has both an area and a width x height", "Give one of them.")
    for zone, area in areas.items():
        if zone in zones:
            _check_area(zone, area, zones, problems)
    for zone, sides in patches.items():
        on_face = zone in zones and zones.base(zone).surface == "mesh"
        least, most = number("min_scar_side_cm" if on_face else "min_patch_side_cm"), number("max_patch_side_cm")
        if not all(least <= side <= most for side in sides):
            what = "scar" if on_face else "zone"
            remedy = f"Give centimetres between {least:g} and {most:g}."
            message = f"no {what} has this width and height in cm"
            problems.add(AREA_PLACE, f"{zone}={sides[0]:g}x{sides[1]:g}", message, remedy)


def _check_area(zone: str, area: float, zones: ZoneCatalogue, problems: Problems) -> None:
    base = zones.base(zone)
    low, high = number("min_patch_area_cm2"), number("max_patch_area_cm2")
    if base.area_cm2 is not None:
        ratio = number("max_area_ratio")
        low, high = base.area_cm2 / ratio, base.area_cm2 * ratio
    if not low <= area <= high:  # also refuses what is not a number
        message = "this area is not plausible for the zone"
        problems.add(AREA_PLACE, f"{zone}={area:g}", message, f"Give cm2 between {low:.1f} and {high:.1f}.")


def parse_keep_outs(options: Sequence[str], zones: ZoneCatalogue, problems: Problems) -> tuple[KeepOutOption, ...]:
    """Return the parsed keep-outs; what is wrong with the others is noted in `problems`."""
    parsed = []
    for option in options:
        zone, colon, rest = (part.strip() for part in option.partition(":"))
        values = [_number(part) for part in rest.split(",")]
        numbers = [value for value in values if value is not None]
        if not colon or not zone or len(values) != 3 or len(numbers) != 3:
            remedy = "Write ZONE:X,Y,R in mm from the zone's centre, or photo:X,Y,R in pixels of the photo."
            problems.add(KEEP_OUT_PLACE, option, "this is not ZONE:X,Y,R with three numbers", remedy)
            continue
        complaint = None if zone == ON_PHOTO else zones.complaint(zone)
        if complaint:
            problems.add(KEEP_OUT_PLACE, option, *complaint)
        x, y, radius = numbers
        if radius <= 0:
            remedy = "Give the lesion's radius with its margin."
            problems.add(KEEP_OUT_PLACE, option, "the radius is not above 0", remedy)
        elif not complaint:
            parsed.append(KeepOutOption(option, None if zone == ON_PHOTO else zone, x, y, radius))
    return tuple(parsed)


def check_pupillary_distance(value: float | None, problems: Problems) -> None:
    """Note a pupillary distance outside what adults have; None is no problem."""
    low, high = number("min_pupillary_distance_mm"), number("max_pupillary_distance_mm")
    if value is None or low <= value <= high:
        return
    remedy = f"Give it in millimetres, between {low:g} and {high:g}."
    for factor, unit in ((10.0, "centimetres"), (0.1, "tenths of a millimetre"), (25.4, "inches"), (1000.0, "metres")):
        if low <= value * factor <= high:
            remedy = f"It looks like {unit}: give it in millimetres, {value * factor:g}."
    message = f"no adult's pupillary distance is outside {low:g}-{high:g} mm"
    problems.add("--pupillary-distance", f"{value:g}", message, remedy)


def _number(text: str) -> float | None:
    """Return a finite number, or None; a decimal comma cannot be told from a separator and is refused."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None
