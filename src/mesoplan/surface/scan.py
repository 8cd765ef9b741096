"""From a scan's file to the skin of the face in it: its own triangles, in millimetres, cut into zones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mesoplan.surface.frontal import Frontal
from mesoplan.surface.mesh import (
    VERTICES,
    FaceMesh,
    canonical_mesh,
    read_bundle,
    triangle_areas,
    zone_chains,
    zone_triangles,
)
from mesoplan.surface.model import LengthUnit, ScanFacts, Side
from mesoplan.surface.model_file import ModelFile, find_model
from mesoplan.surface.parameters import number
from mesoplan.surface.photo import load_landmarker
from mesoplan.surface.scan_clean import cleaned
from mesoplan.surface.scan_cut import edges_of
from mesoplan.surface.scan_end import cut_off
from mesoplan.surface.scan_file import ScanFile, read_scan_file, scan_problem, too_large
from mesoplan.surface.scan_landmarks import find_face, unclear
from mesoplan.surface.scan_mesh import Damaged
from mesoplan.surface.scan_skin import HeadFrame, Pieces, face_pieces, head_frame
from mesoplan.surface.scan_zones import FaceMap, face_map
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.surface.zones import ZoneCatalogue, load_zones
from mesoplan.units import MM2_PER_CM2

if TYPE_CHECKING:
    from pathlib import Path


UNIT_MM: dict[LengthUnit, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
UNMEASURED = ("lip_upper", "lip_lower", "mouth")
"""Zones whose landmarks fall into the mouth of a scan: forbidden anyway, and never measured."""

PIXELS_PER_MM = 4.0
MARGIN_MM = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class ScannedFace:
    """The face of a scan.

    Attributes:
        skin: Its triangles with their zones; forbidden, hidden and unmapped skin in none.
        seen: The same as seen from the front, for drawing it and for placing circles on it.
        size: Width and height in pixels of that drawing.
        facts: What was found about the scan.
        bands: Lowest and highest likely area in cm2 of each zone that is measured, its area between them.
        score: The detector's score for the face.
        model: The landmark model used.
    """

    skin: Skin
    seen: Frontal
    size: tuple[int, int]
    facts: ScanFacts
    bands: dict[str, tuple[float, float, float]]
    score: float
    model: ModelFile


def read_scan(
    path: Path,
    unit: LengthUnit | None = None,
    *,
    mirrored: Literal["yes", "no"] | None = None,
    zones: ZoneCatalogue | None = None,
) -> ScannedFace:
    """Return the face of a scan with its zones; its size is taken as it is, and nothing is smoothed or filled.

    Args:
        path: An OBJ, PLY, STL or GLB file.
        unit: What its numbers are; None: told from the distance between the pupils.
        mirrored: Whether the scan is a mirror image, as confirmed by the practitioner; it is then turned back. None:
            left and right stay unconfirmed, since no shape tells.
        zones: The zone catalogue; None: the one that ships.

    Raises:
        ProblemError: If there is no usable scan of one face in the file, or the face model is missing.
    """
    file = read_scan_file(path)
    model = find_model()
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return _scanned(file, model, unit, mirrored, zones if zones is not None else load_zones())
    except Damaged as damage:
        raise scan_problem(path, damage.message, damage.remedy) from None
    except np.linalg.LinAlgError as error:
        raise scan_problem(path, unclear().message, unclear().remedy) from error
    except MemoryError as error:
        raise too_large(path) from error


def _scanned(
    file: ScanFile,
    model: ModelFile,
    unit: LengthUnit | None,
    mirrored: Literal["yes", "no"] | None,
    catalogue: ZoneCatalogue,
) -> ScannedFace:
    bundle = read_bundle(model)
    canonical = canonical_mesh(model, bundle)
    faces = face_map(catalogue, canonical)
    mesh = cleaned(file.mesh if mirrored != "yes" else file.mesh.mirrored())
    face = find_face(mesh, load_landmarker(model, bundle), canonical)
    found = _unit(face.pupils, unit)
    frame = head_frame(face, UNIT_MM[found], canonical, faces)
    pieces = face_pieces(mesh, face, frame, canonical, faces)
    side: Side = "not confirmed" if mirrored is None else "confirmed"
    treated = tuple(zone for zone in faces.names if catalogue.base(zone).treatable)
    index = np.array([treated.index(zone) if zone in treated else NO_ZONE for zone in faces.names] + [NO_ZONE])
    skin = Skin(pieces.points, pieces.triangles, index[pieces.label], treated, "scan", side)
    seen, size = _seen(pieces, frame, faces, catalogue, canonical)
    expected = _expected_cm2(frame, canonical, catalogue)
    bands, partly = _bands(pieces, frame, seen, expected, treated)
    facts = ScanFacts(
        sha256=file.sha256,
        unit=found,
        unit_given=unit is not None,
        pupils_mm=round(face.pupils * frame.mm, 1),
        triangles=len(file.mesh.triangles),
        turned=pieces.turned > 0.5,
        parts_left_out=pieces.left_out,
        border_mm=round(float(np.nanmedian(frame.spread)), 2),
        partly=partly,
        cut_off=cut_off(mesh, frame, canonical, catalogue),
    )
    return ScannedFace(skin, seen, size, facts, bands, face.score, model)


def _unit(pupils: float, given: LengthUnit | None) -> LengthUnit:
    """Return the unit in which the pupils are as far apart as an adult's; raises Damaged if there is none."""
    slack = number("scan_pupil_slack")
    low, high = number("min_pupillary_distance_mm") / slack, number("max_pupillary_distance_mm") * slack
    fitting = [unit for unit, mm in UNIT_MM.items() if low <= pupils * mm <= high]
    if given is None and len(fitting) == 1:
        return fitting[0]
    if given in fitting:
        return given
    shown = given if given is not None else "mm"
    message = f"the pupils would be {_rounded(pupils * UNIT_MM[shown])} mm apart, with the scan's numbers as {shown}"
    if fitting:
        raise Damaged(message, f"Leave --scan-unit out, or give {fitting[0]}.")
    allowed = f"between {number('min_pupillary_distance_mm'):g} and {number('max_pupillary_distance_mm'):g} mm"
    raise Damaged(message, f"No unit among mm, cm and m puts them {allowed}: export the scan in its true size.")


def _rounded(value: float) -> str:
    return f"{value:.0f}" if value >= 10.0 else f"{value:.2g}"


def _seen(
    pieces: Pieces, frame: HeadFrame, faces: FaceMap, zones: ZoneCatalogue, canonical: FaceMesh
) -> tuple[Frontal, tuple[int, int]]:
    """Return the face as it is drawn from the front, and the size of the drawing."""
    low, high = frame.landmarks.min(axis=0) - MARGIN_MM, frame.landmarks.max(axis=0) + MARGIN_MM
    size = tuple(math.ceil(float(side) * PIXELS_PER_MM) for side in (high - low)[:2])
    every = np.vstack([frame.landmarks, pieces.points])
    points = (every * (1.0, -1.0, -1.0) + (-low[0], high[1], 0.0)) * PIXELS_PER_MM
    every_zone = {zone: np.nonzero(pieces.label == index)[0] for index, zone in enumerate(faces.names)}
    members = {zone: triangles for zone, triangles in every_zone.items() if len(triangles)}
    axis = frozenset(np.nonzero(canonical.mirror == np.arange(VERTICES))[0].tolist())
    chains = zone_chains(zones, canonical.mirror)
    triangles = pieces.triangles + VERTICES
    seen = Frontal(points, 1.0 / PIXELS_PER_MM, triangles, members, chains, axis, True, quarterings=0)
    return seen, (size[0], size[1])


def _bands(
    pieces: Pieces, frame: HeadFrame, seen: Frontal, expected: Mapping[str, float], treated: Sequence[str]
) -> tuple[dict[str, tuple[float, float, float]], tuple[tuple[str, float], ...]]:
    """Return low, area and high in cm2 of each zone that is measured, and the zones that are shown in part.

    Two things in the scan itself make an area uncertain. Where the border runs: each landmark on it lies as far off as
    the views disagree, independently, so that an outline of length L with n landmarks moves the area by 2 L sd / sqrt n
    (two standard deviations). And how rough the skin was scanned: the lower end is that of the smoothed scan.
    """
    smooth = _smoothed_shares(pieces, seen)
    usual = float(np.nanmedian(frame.spread))
    bands, partly = {}, []
    for zone, chain in seen.chains.items():
        if zone in UNMEASURED or zone not in seen.zones:
            continue
        area = seen.area_cm2(zone)
        shown = area / expected[zone]
        if shown < number("scan_least_share"):
            continue
        if shown < number("scan_part_told") and zone in treated:
            partly.append((zone, round(shown, 2)))
        outline = frame.landmarks[list(chain)]
        length = float(np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1).sum())
        spread = np.nan_to_num(frame.spread[list(chain)], nan=usual)
        sd = float(np.sqrt((spread**2).mean()))
        strip = 2.0 * length * sd / math.sqrt(len(chain)) / MM2_PER_CM2
        bands[zone] = (max(0.0, area * smooth[zone] - strip), area, area + strip)
    return bands, tuple(partly)


def _expected_cm2(frame: HeadFrame, canonical: FaceMesh, zones: ZoneCatalogue) -> dict[str, float]:
    """Return about how large each zone is on the whole face: that of the landmarks' mesh."""
    areas = triangle_areas(frame.landmarks, canonical.triangles) / MM2_PER_CM2
    return {zone: float(areas[members].sum()) for zone, members in zone_triangles(zones, canonical).items()}


def _smoothed_shares(pieces: Pieces, seen: Frontal) -> dict[str, float]:
    """Return by zone the share of its area left after every vertex moved halfway to the mean of its neighbours."""
    edges, _ = edges_of(pieces.triangles, len(pieces.points))
    ends = np.concatenate([edges, edges[:, ::-1]])
    count = np.maximum(np.bincount(ends[:, 0], minlength=len(pieces.points)), 1)
    around = [np.bincount(ends[:, 0], pieces.points[ends[:, 1], axis], len(pieces.points)) for axis in range(3)]
    smooth = (pieces.points + np.column_stack(around) / count[:, None]) / 2.0
    before = triangle_areas(pieces.points, pieces.triangles)
    after = triangle_areas(smooth, pieces.triangles)
    return {zone: min(1.0, float(after[members].sum() / before[members].sum())) for zone, members in seen.zones.items()}
