"""A scan becomes zones on its own triangles: the same whatever its axes, format and fineness, and safe."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mesoplan.errors import ProblemError
from mesoplan.surface import area_outside_eye_margin, build_face, build_surface, load_zones
from mesoplan.surface.scan import UNMEASURED, ScannedFace, read_scan
from mesoplan.surface.skin import NO_ZONE
from mesoplan.surface.zones import other_side
from surface import scans
from surface.heads import SCANNED, Coloured, head_mesh, phone_scan

ZONES = load_zones()
TREATED = tuple(zone for zone in ZONES.ids("mesh") if ZONES.base(zone).treatable)
ASKEW = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="module")
def scanned(folder: Path) -> Callable[..., ScannedFace]:
    """Write a mesh as a file and read it as a scan; each is read once."""

    @cache
    def read(name: str, content: Callable[[], bytes], **options: str) -> ScannedFace:
        path = folder / name
        path.write_bytes(content())
        return read_scan(path, **options)  # type: ignore[arg-type]

    return read


@cache
def middle() -> Coloured:
    return head_mesh(SCANNED, 1)


def plain() -> bytes:
    return scans.ply(*middle())


def phone() -> bytes:
    scan = phone_scan()
    return scans.ply(scan.skin.vertices_mm, scan.skin.triangles, scan.colours)


def total(face: ScannedFace) -> float:
    return sum(face.skin.area_cm2(zone) for zone in TREATED)


def centre(face: ScannedFace, zone: str) -> np.ndarray:
    skin = face.skin
    members = skin.zone == skin.zones.index(zone)
    middles = skin.vertices_mm[skin.triangles[members]].mean(axis=1)
    return np.average(middles, axis=0, weights=skin.triangle_areas_mm2[members])


def test_a_scan_has_every_treated_zone_in_the_heads_own_axes(scanned: Callable[..., ScannedFace]) -> None:
    face = scanned("head.ply", plain)
    assert set(face.skin.zones) == set(TREATED)
    assert all(face.skin.area_cm2(zone) > 1.0 for zone in TREATED)
    assert centre(face, "forehead")[1] > 20 > -60 > centre(face, "chin")[1]
    assert centre(face, "nose")[2] > centre(face, "temple_left")[2] + 20
    zoned = face.skin.zone != NO_ZONE
    assert (face.skin.normals[zoned][:, 2] > -0.3).mean() > 0.98
    assert face.facts.unit == "mm"
    assert not face.facts.turned


def test_left_is_the_patients_left_and_both_sides_of_a_head_are_alike(scanned: Callable[..., ScannedFace]) -> None:
    face = scanned("head.ply", plain)
    for zone in TREATED:
        assert face.skin.area_cm2(zone) == pytest.approx(face.skin.area_cm2(other_side(zone)), rel=0.07)
        if zone.endswith("_left"):
            assert centre(face, zone)[0] > 5
            assert centre(face, zone) == pytest.approx(centre(face, other_side(zone)) * (-1, 1, 1), abs=2.5)


@pytest.mark.parametrize("level", [0, 2])
def test_the_same_head_in_coarser_or_finer_triangles_has_the_same_zones(
    scanned: Callable[..., ScannedFace], level: int
) -> None:
    face, other = (
        scanned("head.ply", plain),
        scanned(f"level{level}.ply", lambda: scans.ply(*head_mesh(SCANNED, level))),
    )
    assert total(other) == pytest.approx(total(face), rel=0.015)
    for zone in TREATED:
        assert other.skin.area_cm2(zone) == pytest.approx(face.skin.area_cm2(zone), rel=0.06)


def test_the_area_of_a_scan_is_that_of_its_own_triangles_never_rescaled(scanned: Callable[..., ScannedFace]) -> None:
    points, triangles, _ = middle()
    face = scanned("head.ply", plain)
    larger = scanned("larger.ply", lambda: scans.ply(points * 1.08, triangles))
    assert total(larger) / total(face) == pytest.approx(1.08**2, rel=0.01)
    assert larger.facts.pupils_mm / face.facts.pupils_mm == pytest.approx(1.08, rel=0.05)


def test_a_scan_in_any_axes_far_from_the_origin_and_inside_out_gives_the_same(
    scanned: Callable[..., ScannedFace],
) -> None:
    points, triangles, _ = middle()
    face = scanned("head.ply", plain)
    turned = scanned("askew.ply", lambda: scans.ply((points @ ASKEW.T) + 300.0, triangles[:, ::-1]))
    assert turned.facts.turned
    assert total(turned) == pytest.approx(total(face), rel=0.015)
    zoned = turned.skin.zone != NO_ZONE
    assert (turned.skin.normals[zoned][:, 2] > -0.3).mean() > 0.98
    assert centre(turned, "cheek_upper_left") == pytest.approx(centre(face, "cheek_upper_left"), abs=2.0)


@pytest.mark.parametrize("facing", [(90, 0), (270, 180)])
def test_a_head_is_found_whichever_axis_it_looks_along(
    scanned: Callable[..., ScannedFace], facing: tuple[int, int]
) -> None:
    from mesoplan.surface.scan_landmarks import about_x, about_y

    points, triangles, _ = middle()
    turn = about_x(facing[1]) @ about_y(facing[0])
    face = scanned(f"axes{facing}.ply", lambda: scans.ply(points @ turn.T, triangles))
    assert total(face) == pytest.approx(total(scanned("head.ply", plain)), rel=0.015)


@pytest.mark.parametrize(
    ("name", "write", "scale", "unit"),
    [
        ("cm.stl", scans.stl, 0.1, "cm"),
        ("m.glb", scans.glb, 0.001, "m"),
        ("mm.obj", scans.obj, 1.0, "mm"),
    ],
)
def test_every_format_gives_the_same_zones_and_its_unit_is_told(
    scanned: Callable[..., ScannedFace],
    name: str,
    write: Callable[..., bytes],
    scale: float,
    unit: str,
) -> None:
    points, triangles, _ = middle()
    face = scanned(name, lambda: write(points * scale, triangles))
    assert (face.facts.unit, face.facts.unit_given) == (unit, False)
    assert total(face) == pytest.approx(total(scanned("head.ply", plain)), rel=0.015)


def test_a_phone_scan_with_noise_holes_and_hair_keeps_its_total(scanned: Callable[..., ScannedFace]) -> None:
    face, rough = scanned("head.ply", plain), scanned("phone.ply", phone)
    assert total(rough) == pytest.approx(total(face), rel=0.02)
    for zone in ("forehead", "cheek_upper_left", "cheek_upper_right", "chin", "temple_left", "temple_right"):
        assert rough.skin.area_cm2(zone) == pytest.approx(face.skin.area_cm2(zone), rel=0.08)


def test_nothing_is_cut_out_of_or_added_to_the_surface(scanned: Callable[..., ScannedFace]) -> None:
    skin = scanned("head.ply", plain).skin
    ends = np.sort(skin.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, count = np.unique(ends, axis=0, return_counts=True)
    assert count.max() == 2
    # Cutting leaves no gap: along the borders of zones every edge has a triangle on both sides.
    sides = skin.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 3, 2)
    zone_of: dict[tuple[int, int], set[int]] = {}
    for triangle, zone in zip(sides.tolist(), skin.zone.tolist(), strict=True):
        for a, b in triangle:
            zone_of.setdefault((min(a, b), max(a, b)), set()).add(zone)
    between = [edge for edge, zones in zone_of.items() if len(zones - {NO_ZONE}) == 2]
    assert len(between) > 500
    alone = {tuple(edge) for edge in edges[count == 1].tolist()}
    assert not alone & set(between)


def test_the_borders_of_zones_are_smooth_lines(scanned: Callable[..., ScannedFace]) -> None:
    # An uncut border zigzags: its length is far more than the outline's.
    face = scanned("head.ply", plain)
    skin = face.skin
    forehead, glabella = (skin.zones.index(zone) for zone in ("forehead", "glabella"))
    ends: dict[tuple[int, int], set[int]] = {}
    for triangle, zone in zip(skin.triangles.tolist(), skin.zone.tolist(), strict=True):
        for a, b in ((0, 1), (1, 2), (2, 0)):
            key = (min(triangle[a], triangle[b]), max(triangle[a], triangle[b]))
            ends.setdefault(key, set()).add(zone)
    shared = np.array([edge for edge, zones in ends.items() if zones == {forehead, glabella}])
    length = np.linalg.norm(skin.vertices_mm[shared[:, 0]] - skin.vertices_mm[shared[:, 1]], axis=1).sum()
    reach = np.ptp(skin.vertices_mm[np.unique(shared)], axis=0)
    assert length < 1.15 * np.hypot(reach[0], 2 * reach[1] + reach[2])


def test_the_mouth_the_eyes_and_what_is_hidden_are_in_no_zone(scanned: Callable[..., ScannedFace]) -> None:
    face = scanned("head.ply", plain)
    skin, seen = face.skin, face.seen
    middles = skin.vertices_mm[skin.triangles].mean(axis=1)
    eyes = np.abs(middles[:, 1] - 1.0) < 1
    pupils = eyes & (np.abs(np.abs(middles[:, 0]) - face.facts.pupils_mm / 2) < 5)
    assert pupils.any()
    assert (skin.zone[pupils] == NO_ZONE).all()
    lips = np.concatenate([seen.zones[zone] for zone in ("lip_upper", "lip_lower")])
    assert (skin.zone[lips] == NO_ZONE).all()
    assert (skin.zone[middles[:, 2] < -75] == NO_ZONE).all()
    assert not set(face.bands) & set(UNMEASURED)


def test_what_the_views_do_not_show_is_hidden(scanned: Callable[..., ScannedFace]) -> None:
    points, triangles, _ = middle()
    front = points[triangles].mean(axis=1)
    plate = np.nonzero((front[:, 1] > 30) & (front[:, 1] < 45) & (np.abs(front[:, 0]) < 30) & (front[:, 2] > 0))[0]
    layer = points[triangles[plate]].reshape(-1, 3) - (0.0, 0.0, 4.0)  # a second wall behind the forehead
    both = np.vstack([points, layer]), np.vstack([triangles, np.arange(len(layer)).reshape(-1, 3) + len(points)])
    face = scanned("walls.ply", lambda: scans.ply(*both))
    assert face.skin.area_cm2("forehead") == pytest.approx(
        scanned("head.ply", plain).skin.area_cm2("forehead"), rel=0.02
    )


def test_a_loose_part_belongs_to_no_zone_and_is_counted(scanned: Callable[..., ScannedFace]) -> None:
    points, triangles, _ = middle()
    dust = np.array([[0.0, 0, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]])
    dust += np.array([10.0, 40.0, points[:, 2].max() - 22.0])
    corners = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]) + len(points)
    face = scanned("dust.ply", lambda: scans.ply(np.vstack([points, dust]), np.vstack([triangles, corners])))
    plain_parts = scanned("head.ply", plain).facts.parts_left_out
    assert face.facts.parts_left_out == plain_parts + 1
    assert total(face) == pytest.approx(total(scanned("head.ply", plain)), rel=0.01)


def test_a_mirrored_scan_is_turned_back_where_the_practitioner_says_so(scanned: Callable[..., ScannedFace]) -> None:
    points, triangles, _ = middle()
    bump = points + np.where(np.linalg.norm(points - (35, -40, 30), axis=1)[:, None] < 25, (6.0, 0, 0), 0.0)
    true = scanned("true.ply", lambda: scans.ply(bump, triangles), mirrored="no")
    mirrored = scanned("mirrored.ply", lambda: scans.ply(bump * (-1, 1, 1), triangles[:, ::-1]), mirrored="yes")
    assert (true.skin.side, mirrored.skin.side) == ("confirmed", "confirmed")
    for zone in ("cheek_upper_left", "cheek_upper_right"):
        assert mirrored.skin.area_cm2(zone) == pytest.approx(true.skin.area_cm2(zone), rel=0.01)
        assert centre(mirrored, zone) == pytest.approx(centre(true, zone), abs=1.0)


def test_a_hollow_face_seen_from_behind_is_not_taken_for_one(scanned: Callable[..., ScannedFace]) -> None:
    # Only the front sheet, looking away from the usual side: the detector sees a face from both sides.
    scan = phone_scan()
    turn = np.array([[-1.0, 0, 0], [0, 1, 0], [0, 0, -1]])
    face = scanned("away.ply", lambda: scans.ply(scan.skin.vertices_mm @ turn.T, scan.skin.triangles))
    assert centre(face, "nose")[2] > centre(face, "temple_left")[2] + 20
    assert not face.facts.turned


def test_a_band_holds_the_area_and_widens_with_roughness(scanned: Callable[..., ScannedFace]) -> None:
    face, rough = scanned("head.ply", plain), scanned("phone.ply", phone)
    for low, area, high in (*face.bands.values(), *rough.bands.values()):
        assert 0 <= low < area < high
    low, area, high = rough.bands["cheek_upper_left"]
    assert area - low > high - area
    assert {zone for zone in TREATED if zone in face.bands} == set(TREATED)


def test_a_hole_stays_a_hole_and_a_zone_shown_in_part_says_so(scanned: Callable[..., ScannedFace]) -> None:
    points, triangles, _ = middle()
    face = scanned("head.ply", plain)
    middles = points[triangles].mean(axis=1)
    left = middles[:, 0] - middles[:, 0].mean()
    hole = (left > 25) & (left < 62) & (middles[:, 1] > -60) & (middles[:, 1] < -12)
    cut = scanned("hole.ply", lambda: scans.ply(points, triangles[~hole]))
    share = dict(cut.facts.partly)["cheek_upper_left"]
    assert share < 0.75
    whole = face.skin.area_cm2("cheek_upper_left")
    assert cut.skin.area_cm2("cheek_upper_left") == pytest.approx(share * whole, rel=0.25)
    assert cut.skin.area_cm2("cheek_upper_right") == pytest.approx(face.skin.area_cm2("cheek_upper_right"), rel=0.06)


def test_a_zone_that_is_not_in_the_scan_has_no_area_and_its_size_is_asked(
    scanned: Callable[..., ScannedFace], folder: Path
) -> None:
    points, triangles, _ = middle()
    middles = points[triangles].mean(axis=1)
    temple = (middles[:, 0] > 48) & (middles[:, 1] > -5)
    path = folder / "temple.ply"
    path.write_bytes(scans.ply(points, triangles[~temple]))
    surface = build_surface(scan=path)
    with pytest.raises(ProblemError, match="no area for the zone"):
        surface.area("temple_left")
    assert surface.area("temple_right").area_cm2 > 5


def test_a_surface_of_a_scan_is_a_measurement_with_outlines_and_a_view(folder: Path) -> None:
    path = folder / "surface.ply"
    path.write_bytes(plain())
    built = build_face(scan=path, mirrored="no", keep_outs=["cheek_upper_left:5,-8,4"])
    surface = built.surface
    assert (surface.kind, surface.scale_basis, surface.side) == ("scan", "scan", "confirmed")
    assert {outline.zone for outline in surface.outlines} == set(ZONES.ids("mesh"))
    width, height = surface.picture_size
    for outline in surface.outlines:
        assert all(0 < x < width and 0 < y < height for x, y in outline.points)
    left = next(outline for outline in surface.outlines if outline.zone == "cheek_upper_left")
    assert left.label_at[0] > width / 2
    assert surface.mm_per_pixel == 0.25
    assert surface.view_box == (0.0, 0.0, width, height)
    assert not {zone.zone for zone in surface.zones} & set(UNMEASURED)
    (masked,) = built.skins()
    cheek = surface.area("cheek_upper_left")
    assert cheek.area_cm2 + cheek.kept_out_cm2 == pytest.approx(masked.skin.area_cm2("cheek_upper_left"), rel=1e-9)
    assert masked.keep_outs.allowed_cm2(masked.skin, "cheek_upper_left") == pytest.approx(cheek.area_cm2, rel=1e-3)
    beyond = area_outside_eye_margin(surface, "infraorbital_left", 5.0)
    assert 0 < beyond.area_cm2 < surface.area("infraorbital_left").area_cm2


def test_the_same_scan_gives_the_same_bits(folder: Path) -> None:
    path = folder / "twice.ply"
    path.write_bytes(phone())
    first, second = read_scan(path), read_scan(path)
    assert first.facts == second.facts
    assert (first.skin.vertices_mm == second.skin.vertices_mm).all()
    assert (first.skin.zone == second.skin.zone).all()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"photo": Path("face.jpg")}, "--scan"),
        ({"pupillary_distance_mm": 62.0}, "--pupillary-distance"),
        ({"keep_outs": ["photo:1,2,3"]}, "--keep-out"),
    ],
)
def test_what_does_not_go_with_a_scan_is_refused(folder: Path, options: dict[str, object], place: str) -> None:
    path = folder / "head.ply"
    path.write_bytes(plain())
    with pytest.raises(ProblemError) as caught:
        build_surface(scan=path, **options)  # type: ignore[arg-type]
    assert place in {problem.place for problem in caught.value.problems}


def test_a_unit_without_a_scan_is_refused() -> None:
    with pytest.raises(ProblemError, match="--scan-unit: there is no scan"):
        build_surface(scan_unit="mm")


@pytest.mark.parametrize(
    ("scale", "unit", "wrong"),
    [
        (20.0, None, "1.* mm apart, with the scan's numbers as mm .*true size"),
        (1.0, "m", "mm apart, with the scan's numbers as m .*give mm"),
        (0.1, "mm", r"5\.\d mm apart, with the scan's numbers as mm .*give cm"),
    ],
)
def test_a_face_of_three_metres_and_a_unit_that_cannot_be_meant_are_refused(
    folder: Path, scale: float, unit: str | None, wrong: str
) -> None:
    points, triangles, _ = middle()
    path = folder / f"wrong{scale}.ply"
    path.write_bytes(scans.ply(points * scale, triangles))
    with pytest.raises(ProblemError, match=wrong):
        read_scan(path, unit)  # type: ignore[arg-type]


def test_a_unit_that_is_given_and_fits_is_kept(scanned: Callable[..., ScannedFace]) -> None:
    face = scanned("given.ply", plain, unit="mm")
    assert (face.facts.unit, face.facts.unit_given) == ("mm", True)


def test_a_scan_with_a_second_head_is_refused_since_nobody_knows_whom_to_treat(folder: Path) -> None:
    points, triangles, *_ = head_mesh(SCANNED, 0)
    path = folder / "two.ply"
    both = np.vstack([points, points + np.array([250.0, 0.0, 0.0])])
    path.write_bytes(scans.ply(both, np.vstack([triangles, triangles + len(points)])))
    with pytest.raises(ProblemError, match="the scan shows 2 faces"):
        read_scan(path)


@pytest.mark.parametrize(
    "turn",
    [
        [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]],  # to the side
        [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]],  # upwards
    ],
)
def test_a_second_head_that_looks_another_way_is_refused_too(folder: Path, turn: list[list[float]]) -> None:
    points, triangles, *_ = head_mesh(SCANNED, 0)
    path = folder / "two-ways.ply"
    both = np.vstack([points, points @ np.array(turn).T + np.array([260.0, 40.0, 0.0])])
    path.write_bytes(scans.ply(both, np.vstack([triangles, triangles + len(points)])))
    with pytest.raises(ProblemError, match="second face that looks another way"):
        read_scan(path)


def cut_above(height_mm: float) -> bytes:
    points, triangles, *_ = head_mesh(SCANNED, 0)
    return scans.ply(points, triangles[(points[triangles][:, :, 1] < height_mm).all(axis=1)])


def test_a_forehead_that_the_scan_cuts_off_is_told_and_a_whole_one_is_not(scanned: Callable[..., ScannedFace]) -> None:
    whole, cut = scanned("head.ply", plain), scanned("cut.ply", lambda: cut_above(40.0))
    assert whole.facts.cut_off == scanned("phone.ply", phone).facts.cut_off == ()
    assert cut.skin.area_cm2("forehead") < 0.85 * whole.skin.area_cm2("forehead")
    assert cut.facts.partly == ()  # the landmarks crowd below the cut, so that nothing seems to be missing
    assert cut.facts.cut_off == ("forehead",)


def test_a_scan_that_branches_into_spikes_is_refused(folder: Path) -> None:
    points, triangles, *_ = head_mesh(SCANNED, 0)
    middles = points[triangles].mean(axis=1)
    low, high = np.array([20.0, -50.0, -20.0]), np.array([55.0, -10.0, 200.0])
    some = np.nonzero(((middles > low) & (middles < high)).all(axis=1))[0][::40]
    tips = len(points) + np.arange(len(some))
    fins = [np.column_stack([triangles[some][:, k], triangles[some][:, (k + 1) % 3], tips]) for k in range(3)]
    path = folder / "spikes.ply"
    spiky = np.vstack([points, middles[some] + np.array([15.0, 0.0, 24.0])])
    path.write_bytes(scans.ply(spiky, np.vstack([triangles, *fins])))
    with pytest.raises(ProblemError, match="more than two triangles meet on edges of the face"):
        read_scan(path)


def test_something_that_is_no_face_is_refused(folder: Path) -> None:
    from mesoplan.surface.shapes import sphere_cap

    ball = sphere_cap("neck", 80, 200)
    path = folder / "ball.ply"
    path.write_bytes(scans.ply(ball.vertices_mm, ball.triangles))
    with pytest.raises(ProblemError, match="no face was found"):
        read_scan(path)
