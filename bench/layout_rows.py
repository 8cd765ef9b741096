"""The rows of the comparison: what is measured of points on a skin, whoever placed them, and how it is printed."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from mesoplan.layout.lattice import interleave  # noqa: E402
from mesoplan.layout.measure import count_hits, neighbour_distances_on_skin_mm  # noqa: E402
from mesoplan.layout.near import least_distance_mm  # noqa: E402
from mesoplan.layout.punctures import Punctures  # noqa: E402
from mesoplan.surface.face_skin import canonical_skin  # noqa: E402
from mesoplan.surface.skin import Skin  # noqa: E402
from surface.heads import HEADS, head_skin, phone_scan  # noqa: E402

AREA_CM2, DIAMETER_MM = 450.0, 0.3
PHONE = "phone scan"
FACES = ("canonical", *HEADS, PHONE)
TARGETS = (
    ("charts", "charts_s", 1.5, "<= {:.1f} s"),
    ("laying and seams, punctures/s", "per_s", 2_000_000, ">= {:,.0f}"),
)


@dataclass(eq=False)
class Row:
    """What one method reached; nan where it was not measured."""

    name: str
    note: str = ""
    count: float = math.nan
    seconds: float = math.nan
    cpu_s: float = math.nan
    runs: int = 0
    peak_mb: float = math.nan
    cv4: float = math.nan
    cv6: float = math.nan
    least_mm: float = math.nan
    of_ideal: float = math.nan
    of_own: float = math.nan
    session_cover: float = math.nan
    union_cover: float = math.nan
    count_off: float = math.nan
    more: dict[str, Any] = field(default_factory=dict)


@cache
def skin_of(surface: str) -> Skin:
    """Return a face whose treated skin measures 450 cm2: the canonical one, a head, or a head as a phone scans it."""
    if surface == PHONE:
        skin = phone_scan().skin
    else:
        skin = canonical_skin(level=3) if surface == "canonical" else head_skin(surface)
    size = math.sqrt(AREA_CM2 * 100.0 / skin.triangle_areas_mm2[skin.zone >= 0].sum())
    return Skin(skin.vertices_mm * size, skin.triangles, skin.zone, skin.zones, skin.source, skin.side)


def treated_mesh(surface: str, folder: Path) -> Path:
    """Write a surface for the processes: the skin as it is, and its treated triangles as a mesh of their own."""
    skin, path = skin_of(surface), folder / f"{surface.replace(' ', '-')}.npz"
    treated = skin.zone >= 0
    used, corners = np.unique(skin.triangles[treated], return_inverse=True)
    np.savez(
        path,
        surface=surface,
        vertices=skin.vertices_mm,
        corners=skin.triangles,
        zone=skin.zone,
        zones=np.array(skin.zones),
        points=skin.vertices_mm[used],
        triangles=corners.reshape(-1, 3).astype(np.int64),
        area_mm2=skin.triangle_areas_mm2[treated].sum(),
    )
    return path


def nearest_triangle(skin: Skin, points: np.ndarray) -> np.ndarray:
    """Return the treated triangle whose middle is nearest, for the normals: triangles here are about 1 mm wide."""
    from scipy.spatial import KDTree

    treated = np.nonzero(skin.zone >= 0)[0]
    middles = skin.vertices_mm[skin.triangles[treated]].mean(axis=1)
    return treated[KDTree(middles).query(points)[1]].astype(np.int32)


def measured(
    mesh: Path,
    name: str,
    points: np.ndarray,
    session: np.ndarray,
    sessions: int,
    triangle: np.ndarray | None = None,
    *,
    lattice: bool = False,
    single: bool = False,
) -> Row:
    """Return a row with everything but times; `single`: the points are a whole course that nobody has dealt out."""
    with np.load(mesh) as held:
        skin = skin_of(str(held["surface"]))
    triangle = nearest_triangle(skin, points) if triangle is None else triangle
    own = session == min(2, sessions - 1)
    count = len(points) / sessions
    ideal = math.sqrt(2.0 / math.sqrt(3.0) * AREA_CM2 * 100.0 / count)
    normals = skin.normals[triangle[own]]
    row = Row(name, count=count)
    for neighbours in (4, 6):
        distances = neighbour_distances_on_skin_mm(skin, points[own], normals, ideal, neighbours)
        setattr(row, f"cv{neighbours}", float(distances.std() / distances.mean()))
    row.least_mm = min(
        least_distance_mm(points[one], skin.normals[triangle[one]], 2.0 * ideal)
        for one in (session == number for number in range(sessions))
    )
    row.of_ideal = row.least_mm / ideal
    row.of_own = row.least_mm / interleave(sessions, 0.2, DIAMETER_MM).spacing_mm if lattice else math.nan
    punctures = Punctures(skin, points, triangle, session.astype(np.int16), sessions, DIAMETER_MM)
    row.count_off = counts_off(punctures)
    if not single:
        row.session_cover = cover(punctures, 1)
    if sessions == 5 or single:
        row.union_cover = cover(punctures, sessions)
    return row


def cover(punctures: Punctures, sessions: int) -> float:
    """Return the share of the treated skin in some microzone of the first sessions."""
    hits, skin = count_hits(punctures, sessions), punctures.skin
    areas = {zone: skin.area_cm2(zone) for zone in skin.zones}
    return float(sum(areas[zone] * (hits[zone] > 0).mean() for zone in areas if areas[zone]) / sum(areas.values()))


def counts_off(punctures: Punctures) -> float:
    """Return how far the worst count of a zone in a session is from its area's share, against 1 % or 10 punctures."""
    area = np.array([punctures.skin.area_cm2(zone) for zone in punctures.skin.zones])
    wished = area / area.sum() * len(punctures) / punctures.sessions
    return float((np.abs(punctures.count() - wished[:, None]) / np.maximum(10.0, 0.01 * wished)[:, None]).max())


def print_faces(rows: dict[str, Row]) -> None:
    """Print ours on every face, a line each, beneath what is to be reached."""
    form = "{:<22}{:>7}{:>10}{:>7}{:>9}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>9}"
    heads = ("charts", "charts s", "CPU s", "M/s", "CPU s", "CV", "least", "counts", "total %", "cover", "peak MB")
    print("\nours, five sessions, medians of five")
    print(form.format("", *heads))
    print(
        form.format("allowed", "", "<= 1.5", "", ">= 2.0", "", "<= .03", ">= .70", "<= 1", "<= .5", "<= .5", "<= 600")
    )
    for name, row in rows.items():
        more = row.more
        off = 100.0 * (row.count / (AREA_CM2 * 100.0 * 0.2 / (math.pi * (DIAMETER_MM / 2.0) ** 2)) - 1.0)
        below = 100.0 * (more["planar_cover"] - row.union_cover)
        figures = (more["charts"], *(f"{more[key]:.2f}" for key in ("charts_s", "charts_cpu_s")))
        figures += (f"{more['per_s'] / 1e6:.2f}", f"{more['place_cpu_s']:.2f}", f"{row.cv4:.4f}", f"{row.of_own:.3f}")
        print(form.format(name, *figures, f"{row.count_off:.2f}", f"{off:+.3f}", f"{below:.2f}", f"{row.peak_mb:.0f}"))


def figure(value: float, form: str, empty: str = "-") -> str:
    """Return a number, or a dash for none."""
    return empty if math.isnan(value) else format(value, form)


def print_rows(surface: str, mesh: Path, rows: list[Row]) -> None:
    """Print the table of one surface, and ours beside what was promised."""
    with np.load(mesh) as held:
        print(f"\n{surface}: {len(held['corners']):,} triangles, {len(held['triangles']):,} treated, 450 cm2")
    heads = "points/session  seconds  x ours   CPU s  peak MB   CV 4   CV 6  least mm  of ideal  session  union"
    print(f"{'':<46} {heads}")
    for row in rows:
        print(f"{row.name:<46} {row.note or numbers(row, reference(rows, row))}")
    ours = rows[0]
    print()
    for what, key, bound, form in TARGETS:
        print(f"{what:<46} {ours.more[key]:>14,.2f}   target {form.format(bound)}")
    print(f"{'peak memory':<46} {ours.peak_mb:>11,.0f} MB   target <= 600 MB")
    print(f"{'CV over the four neighbours of a square lattice':<46} {ours.cv4:>13.3f}   target <= 0.030 (ideal 0)")
    print(f"{'least distance of the lattice' + chr(39) + 's own':<46} {ours.of_own:>14.3f}   target >= 0.7")
    off = 100.0 * abs(ours.union_cover - ours.more["planar_cover"])
    print(f"{'union cover, points from the planar limit':<46} {off:>14.2f}   target <= 0.5")
    if len(rows) > 2 and not rows[2].more.get("compiled", True):
        same = rows[2].more["fingerprint"] == ours.more["fingerprint"]
        print(f"{'without Numba':<46} {'the same bits' if same else 'NOT THE SAME':>14}")


def reference(rows: list[Row], row: Row) -> float:
    """Return our own seconds for what a row did: a session, or a whole course."""
    return rows[1 if "session (" in row.name or "a session" in row.name else 0].seconds


def numbers(row: Row, ours: float) -> str:
    """Return a row's figures."""
    return (
        f"{row.count:>14,.0f} {row.seconds:>8.2f} {row.seconds / ours:>7.1f} {row.cpu_s:>7.2f} "
        f"{figure(row.peak_mb, '.0f'):>8} "
        f"{row.cv4:>6.3f} {row.cv6:>6.3f} {row.least_mm:>9.3f} {row.of_ideal:>9.2f} "
        f"{figure(row.session_cover, '.3f'):>8} {figure(row.union_cover, '.3f'):>6}"
    )
