"""Takes circles off the zones: naevi, lesions and whatever else is not to be punctured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.errors import Problems
from mesoplan.surface.frontal import eye_margins
from mesoplan.surface.geometry import covered_fractions
from mesoplan.surface.model import KeepOut, Surface, ZoneArea
from mesoplan.surface.options import KEEP_OUT_PLACE, KeepOutOption
from mesoplan.surface.parameters import number
from mesoplan.units import MM_PER_CM

if TYPE_CHECKING:
    from mesoplan.surface.frontal import Frontal
    from mesoplan.surface.mesh import Floats


def apply_keep_outs(
    surface: Surface,
    options: Sequence[KeepOutOption],
    patches: Mapping[str, tuple[float, float]],
    face: Frontal | None,
) -> Surface:
    """Return the surface with the circles taken off every zone they touch; circles that overlap count once.

    Args:
        surface: Zones before.
        options: Parsed keep-outs.
        patches: Width and height in cm of the patch zones.
        face: The face's mesh in the picture; None only where every circle lies on a patch.

    Raises:
        ProblemError: If a circle touches no zone or is too large, or its zone has no known shape.
    """
    problems = Problems()
    earlier: dict[str | None, list[KeepOut]] = {}
    keep_outs: list[KeepOut] = []
    for option in options:
        if face is not None and (option.zone is None or option.zone in face.zones):
            keep_out, touches = _on_face(option, surface, face, earlier.setdefault(None, []))
        elif option.zone is not None and option.zone in patches:
            keep_out, touches = _on_patch(option, patches[option.zone], earlier.setdefault(option.zone, []))
        else:
            remedy = f"Give its size too: --area {option.zone}=WIDTHxHEIGHT in cm."
            problems.add(KEEP_OUT_PLACE, option.given, "the shape of this zone is not known", remedy)
            continue
        keep_outs.append(keep_out)
        _check(keep_out, touches, problems)
    problems.raise_if_any()
    if face is not None:
        on_face = _circles(earlier.get(None, []))
        surface = replace(surface, eye_margins=eye_margins(face, on_face))
    taken: dict[str, float] = {}
    for keep_out in keep_outs:
        for zone, area in keep_out.taken_cm2:
            taken[zone] = taken.get(zone, 0.0) + area
    reduced = tuple(_reduced(zone, taken[zone.zone], face) if zone.zone in taken else zone for zone in surface.zones)
    return replace(surface, zones=reduced, keep_outs=tuple(keep_outs))


def _on_face(option: KeepOutOption, surface: Surface, face: Frontal, earlier: list[KeepOut]) -> tuple[KeepOut, bool]:
    """Return the circle with what it takes beyond the earlier ones, and whether it touches any zone."""
    if option.zone is None:
        original = surface.photo_size or surface.picture_size
        ratio = surface.picture_size[0] / original[0]
        x, y, radius = option.x * ratio, option.y * ratio, option.radius * ratio
    else:
        centre, left, up = np.array(face.centre(option.zone)), face.to_patients_left, face.upwards
        x, y = centre + (option.x * left + option.y * up) / face.mm_per_pixel
        radius = option.radius / face.mm_per_pixel
    circle = KeepOut(option.given, option.zone, float(x), float(y), radius, radius * face.mm_per_pixel, ())
    before = covered_fractions(face.flat, _circles(earlier))
    earlier.append(circle)
    gained = np.maximum(covered_fractions(face.flat, _circles(earlier)) - before, 0.0) * face.areas_cm2
    alone = covered_fractions(face.flat, _circles([circle]))
    shares = {zone: float(gained[members].sum()) for zone, members in face.zones.items()}
    taken = tuple((zone, share) for zone, share in shares.items() if share > 0)
    return replace(circle, taken_cm2=taken), bool(alone.max() > 0)


def _on_patch(option: KeepOutOption, size_cm: tuple[float, float], earlier: list[KeepOut]) -> tuple[KeepOut, bool]:
    """The same on a flat rectangle, in millimetres from its centre."""
    zone = option.zone or ""
    half_x, half_y = (side * MM_PER_CM / 2 for side in size_cm)
    a, b, c, d = (-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y)
    halves = np.array([[a, b, c], [a, c, d]])
    circle = KeepOut(option.given, zone, option.x, option.y, option.radius, option.radius, ())
    before = covered_fractions(halves, _circles(earlier))
    earlier.append(circle)
    gained = np.maximum(covered_fractions(halves, _circles(earlier)) - before, 0.0)
    area = float(gained.mean()) * size_cm[0] * size_cm[1]
    touches = bool(covered_fractions(halves, _circles([circle])).max() > 0)
    return replace(circle, taken_cm2=((zone, area),) if area > 0 else ()), touches


def _circles(keep_outs: Sequence[KeepOut]) -> Floats:
    return np.array([(keep_out.x, keep_out.y, keep_out.radius) for keep_out in keep_outs]).reshape(-1, 3)


def _check(keep_out: KeepOut, touches: bool, problems: Problems) -> None:
    limit = number("max_keep_out_radius_mm")
    if keep_out.radius_mm > limit:
        remedy = f"Give a radius up to {limit:g} mm; for more, leave the zone out."
        message = f"the circle's radius on the skin is {keep_out.radius_mm:.0f} mm"
        problems.add(KEEP_OUT_PLACE, keep_out.given, message, remedy)
    elif not touches:
        remedy = "Check its place: mm from the zone's centre, x to the patient's left, y up; on a photo, pixels."
        problems.add(KEEP_OUT_PLACE, keep_out.given, "the circle touches no zone", remedy)


def _reduced(zone: ZoneArea, taken_cm2: float, face: Frontal | None) -> ZoneArea:
    """Return the zone without what was taken; a band shrinks in proportion, and nothing falls below 0."""
    whole = zone.area_cm2
    if face is not None and zone.zone in face.zones and zone.basis != "practitioner":
        whole = face.area_cm2(zone.zone)
    left = zone.scaled(max(0.0, 1.0 - taken_cm2 / whole))
    return replace(left, kept_out_cm2=min(taken_cm2, zone.area_cm2))
