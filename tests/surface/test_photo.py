"""From a real photograph, and from renders of a synthetic head, to zones: scale, sides, pose, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter

from mesoplan.errors import ProblemError
from mesoplan.surface import Surface, ZoneArea, area_outside_eye_margin, build_surface, load_zones
from mesoplan.surface.bands import truth_band
from mesoplan.surface.landmarks import Landmarker, anchors
from mesoplan.surface.mesh import FaceMesh
from mesoplan.surface.parameters import ErrorBand
from mesoplan.surface.photo import face_in_photo, head_pose, iris_diameter, pupil_distance
from mesoplan.surface.picture import read_photo
from mesoplan.surface.zones import other_side

ZONES = load_zones()
Portrait = Callable[..., Image.Image]
Save = Callable[..., Path]


def areas(surface: Surface) -> dict[str, float]:
    return {zone.zone: zone.area_cm2 for zone in surface.zones}


def messages(path: Path, **options: object) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        build_surface(photo=path, **options)  # type: ignore[arg-type]
    return [problem.message for problem in caught.value.problems]


@pytest.fixture(scope="module")
def plain(astronaut: Path) -> Surface:
    return build_surface(photo=astronaut, pupillary_distance_mm=62.0, mirrored="no")


def test_a_real_photo_gives_every_zone_of_the_face_with_its_band(plain: Surface) -> None:
    assert [zone.zone for zone in plain.zones] == list(ZONES.ids("mesh"))
    assert plain.kind == "photo"
    assert plain.scale_basis == "photo+pd"
    assert plain.side == "confirmed"
    assert plain.photo_size == (512, 512)
    assert plain.face_score is not None
    assert plain.face_score > 0.9
    for zone in plain.zones:
        assert 0 < zone.low_cm2 <= zone.area_cm2 <= zone.high_cm2, zone


def test_the_zones_lie_where_the_photo_shows_them(plain: Surface) -> None:
    # Read off the photograph by eye, in its own pixels; the patient's right eye is on the left of the picture.
    centre = {o.zone: np.mean(o.points, axis=0) for o in plain.outlines}
    for zone, place in {"eye_right": (204, 105), "eye_left": (246, 107), "mouth": (226, 148)}.items():
        assert np.abs(centre[zone] - place).max() < 5, (zone, centre[zone])
    assert centre["forehead"][1] < centre["glabella"][1] < centre["nose"][1] < centre["chin"][1]


def test_identical_input_gives_identical_output_to_the_bit(astronaut: Path, plain: Surface) -> None:
    again = build_surface(photo=astronaut, pupillary_distance_mm=62.0, mirrored="no")
    assert again == plain
    adapter = TypeAdapter(Surface)
    assert adapter.dump_json(again) == adapter.dump_json(plain)
    assert adapter.validate_json(adapter.dump_json(plain)) == plain


def test_areas_grow_with_the_square_of_the_pupillary_distance(astronaut: Path, plain: Surface) -> None:
    larger = build_surface(photo=astronaut, pupillary_distance_mm=69.0, mirrored="no")
    for zone, area in areas(larger).items():
        assert area == pytest.approx(areas(plain)[zone] * (69 / 62) ** 2, rel=1e-9)


def test_without_a_pupillary_distance_the_iris_is_the_scale(astronaut: Path) -> None:
    surface = build_surface(photo=astronaut)
    assert surface.scale_basis == "photo+iris"
    assert surface.pupillary_distance_mm is None
    assert {zone.basis for zone in surface.zones} == {"photo+iris"}
    face = face_in_photo(read_photo(astronaut), None, astronaut)
    assert surface.mm_per_pixel == face.mm_per_pixel
    assert face.mm_per_pixel * iris_diameter(face.points) == pytest.approx(11.7)


def test_a_mirrored_photo_swaps_the_sides_and_nothing_else(astronaut: Path, save: Save) -> None:
    straight = build_surface(photo=astronaut, pupillary_distance_mm=62.0, mirrored="no")
    swapped = build_surface(photo=astronaut, pupillary_distance_mm=62.0, mirrored="yes")
    assert swapped.side == "mirrored"
    assert areas(swapped) == {zone: areas(straight)[other_side(zone)] for zone in areas(straight)}
    outlines = {o.zone: o for o in straight.outlines}
    for outline in swapped.outlines:
        assert outline == replace(outlines[other_side(outline.zone)], zone=outline.zone)
    assert areas(straight)["cheek_upper_left"] != areas(straight)["cheek_upper_right"]


def test_a_photo_and_its_mirror_image_agree_on_the_patients_sides(astronaut: Path, save: Save) -> None:
    with Image.open(astronaut) as image:
        mirrored = save(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "mirrored.png")
    straight = areas(build_surface(photo=astronaut, pupillary_distance_mm=62.0, mirrored="no"))
    selfie = areas(build_surface(photo=mirrored, pupillary_distance_mm=62.0, mirrored="yes"))
    for zone in ("cheek_upper", "temple", "cheek_lower"):
        for side in ("_left", "_right"):
            assert selfie[zone + side] == pytest.approx(straight[zone + side], rel=0.05)


def test_an_unconfirmed_side_is_said_to_be_unconfirmed(astronaut: Path) -> None:
    assert build_surface(photo=astronaut).side == "not confirmed"
    assert build_surface().side == "confirmed"


@pytest.mark.parametrize("orientation", range(2, 9))
def test_all_eight_orientations_of_a_photo_give_the_same_zones(
    orientation: int, astronaut: Path, plain: Surface, save: Save
) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(astronaut) as image:
        path = save(image.transpose(undo[orientation]), "turned.png", exif=exif)
    turned = build_surface(photo=path, pupillary_distance_mm=62.0, mirrored="no")
    assert replace(turned, photo_sha256=plain.photo_sha256) == plain


def test_what_kind_of_photo_is_refused_and_why(portrait: Portrait, save: Save) -> None:
    face = portrait()
    two = Image.new("RGB", (900, 600))
    two.paste(face, (0, 0))
    two.paste(face, (450, 0))
    tiny = Image.new("RGB", (300, 400), "white")
    tiny.paste(face.resize((110, 147)), (90, 120))
    cut = face.crop((0, 200, 450, 600))
    blank = Image.new("RGB", (400, 500), "grey")
    expected = {
        "blank.png": (blank, "no face was found"),
        "two.png": (two, "the photo shows 2 faces"),
        "tiny.png": (tiny, "the face is too small"),
        "cut.png": (cut, "cut off by the picture's edge"),
        "turned.png": (portrait(yaw_deg=12.0), "turned to the side by 1"),
        "turned-the-other-way.png": (portrait(yaw_deg=-12.0), "turned to the side by 1"),
        "lowered.png": (portrait(pitch_deg=20.0), "raised or lowered"),
        "tilted.png": (portrait(roll_deg=40.0), "tilted to the shoulder by 4"),
    }
    for name, (picture, sentence) in expected.items():
        found = messages(save(picture, name))
        assert any(sentence in message for message in found), (name, found)


@pytest.mark.parametrize(("presence", "point"), [(0.49, 100.0), (0.9, float("nan"))])
def test_a_face_the_landmarks_are_not_sure_of_is_refused(
    presence: float, point: float, astronaut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Landmarker, "landmarks", lambda *_: (presence, np.full((478, 3), point)))
    assert messages(astronaut) == ["the face is not clear enough to be measured"]


def test_a_face_turned_by_less_than_the_limit_is_accepted_and_its_angle_is_given(
    portrait: Portrait, save: Save
) -> None:
    left = build_surface(photo=save(portrait(yaw_deg=-5.0), "left.png"))
    right = build_surface(photo=save(portrait(yaw_deg=5.0), "right.png"))
    assert left.yaw_deg == pytest.approx(-5.0, abs=1.5)
    assert right.yaw_deg == pytest.approx(5.0, abs=1.5)
    tilted = build_surface(photo=save(portrait(roll_deg=20.0), "tilted.png"))
    assert tilted.roll_deg == pytest.approx(20.0, abs=1.5)


def test_the_known_pupillary_distance_gives_the_true_scale_of_a_synthetic_head(
    portrait: Portrait, save: Save, synthetic: object
) -> None:
    true = synthetic.load_head().pupillary_distance_mm  # type: ignore[attr-defined]
    surface = build_surface(photo=save(portrait(), "head.png"), pupillary_distance_mm=true)
    assert surface.mm_per_pixel == pytest.approx(0.6, rel=0.04)
    tilted = build_surface(photo=save(portrait(roll_deg=20.0), "tilted.png"), pupillary_distance_mm=true)
    for zone, area in areas(surface).items():
        if ZONES.base(zone).treatable and area > 5:
            assert areas(tilted)[zone] == pytest.approx(area, rel=0.12), zone


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        build_surface(
            photo=tmp_path / "none.jpg",
            pupillary_distance_mm=6.3,
            areas={"cheek_upper": 30.0, "nowhere": 5.0},
            keep_outs=["forehead:1,2", "chin:0,0,-1"],
        )
    places = [problem.place for problem in caught.value.problems]
    assert places == ["--keep-out", "--keep-out", "--area", "--area", "--pupillary-distance", "--photo"]


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (6.3, "It looks like centimetres: give it in millimetres, 63."),
        (630.0, "It looks like tenths of a millimetre: give it in millimetres, 63."),
        (0.063, "It looks like metres: give it in millimetres, 63."),
        (2.5, "It looks like inches: give it in millimetres, 63.5."),
        (44.9, "Give it in millimetres, between 45 and 80."),
        (float("nan"), "Give it in millimetres, between 45 and 80."),
        (-63.0, "Give it in millimetres, between 45 and 80."),
    ],
)
def test_an_impossible_pupillary_distance_is_refused_with_a_remedy(value: float, remedy: str) -> None:
    with pytest.raises(ProblemError) as caught:
        build_surface(pupillary_distance_mm=value)
    assert [problem.remedy for problem in caught.value.problems] == [remedy]
    assert caught.value.problems[0].value == f"{value:g}"


def test_the_ends_of_the_plausible_range_are_accepted() -> None:
    for value in (45.0, 80.0):
        assert build_surface(pupillary_distance_mm=value).pupillary_distance_mm == value


@given(st.floats(45, 80), st.floats(45, 80))
def test_the_canonical_face_scales_with_the_square_of_the_pupillary_distance(one: float, other: float) -> None:
    first, second = (areas(build_surface(pupillary_distance_mm=value)) for value in (one, other))
    for zone in first:
        assert first[zone] * other**2 == pytest.approx(second[zone] * one**2, rel=1e-9)


def test_the_canonical_face_needs_neither_model_nor_opencv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MESOPLAN_FACE_MODEL", str(tmp_path / "absent"))
    surface = build_surface(pupillary_distance_mm=63.0)
    assert surface.scale_basis == "canonical+pd"
    assert sum(areas(surface).values()) == pytest.approx(359.57, abs=0.01)
    assert len(surface.outlines) == 31


def test_the_band_is_that_of_the_measured_error_and_lopsided() -> None:
    low, high = ErrorBand(-12.0, 5.0, "test").truth(100.0)
    assert (low, high) == (100.0, pytest.approx(100 / 0.78))  # the whole band lies above: the estimate is its end
    low, high = ErrorBand(10.0, 10.0, "test").truth(100.0)
    assert (low, high) == (pytest.approx(100 / 1.3), pytest.approx(100 / 0.9))


def test_a_zone_without_a_measured_error_takes_its_neighbours_widest() -> None:
    for zone, neighbours in (("nostril", ("nose", "nose_wing")), ("mouth", ("lip_upper", "lip_lower"))):
        own = [truth_band(ZONES, name, "photo+pd", 10.0) for name in neighbours]
        expected = (min(low for low, _ in own), max(high for _, high in own))
        assert truth_band(ZONES, zone, "photo+pd", 10.0) == expected
    assert truth_band(ZONES, "forehead", "canonical", 10.0) == ErrorBand(16, 14, "test").truth(10.0)


def test_the_pose_of_a_turned_canonical_face_is_read_back(mesh: FaceMesh) -> None:
    for yaw, pitch, roll in ((0, 0, 0), (10, 0, 0), (0, -12, 0), (0, 0, 25), (6, 5, -9)):
        y, p, r = np.radians((yaw, pitch, -roll))
        about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
        about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
        seen = mesh.vertices @ (about_z @ about_y @ about_x).T * 37.0 * (1, -1, -1) + (300, 400, 5)
        pose = head_pose(seen, mesh)
        assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((yaw, pitch, roll), abs=1e-6)


def test_pupils_and_irises_are_measured_between_the_right_landmarks() -> None:
    points = np.zeros((478, 3))
    points[468], points[473] = (10, 20, 0), (70, 20, 0)
    points[[469, 471]] = (16, 20, 0), (4, 20, 0)
    points[[474, 476]] = (75, 20, 0), (65, 20, 0)
    assert pupil_distance(points) == 60.0
    assert iris_diameter(points) == 11.0


def test_the_detectors_896_anchors_are_two_grids_of_cell_centres() -> None:
    found = anchors()
    assert found.shape == (896, 2)
    assert found[0].tolist() == found[1].tolist() == [1 / 32, 1 / 32]
    assert found[2].tolist() == [3 / 32, 1 / 32]  # x runs fastest
    assert found[512].tolist() == found[517].tolist() == [1 / 16, 1 / 16]
    assert found[-1].tolist() == [15 / 16, 15 / 16]


def test_the_part_of_a_zone_outside_the_eye_margin_falls_as_the_margin_grows(plain: Surface) -> None:
    for surface in (plain, build_surface()):
        for zone in ("crows_feet_left", "infraorbital_right", "temple_left", "nose"):
            left = [area_outside_eye_margin(surface, zone, margin).area_cm2 for margin in (0, 2.5, 5, 10, 20, 30)]
            assert left[0] == surface.area(zone).area_cm2
            assert left == sorted(left, reverse=True)
        far = area_outside_eye_margin(surface, "chin", 30.0)
        assert far == surface.area("chin")
        assert (
            area_outside_eye_margin(surface, "infraorbital_left", 29.0).area_cm2
            < 0.02 * surface.area("infraorbital_left").area_cm2
        )


def test_the_eye_margin_of_the_canonical_face_is_measured_on_its_mesh(mesh: FaceMesh) -> None:
    # Independently: points strewn evenly over the zone's triangles, and their distance to points strewn along the eye.
    from mesoplan.surface.mesh import triangle_areas, zone_chains, zone_triangles

    chance = np.random.default_rng(3)
    chains, members = zone_chains(ZONES, mesh.mirror), zone_triangles(ZONES, mesh)
    eye = mesh.vertices[list(chains["eye_right"])] * 10
    along = np.linspace(0, 1, 40)[:, None, None]
    rim = ((1 - along) * eye + along * np.roll(eye, -1, axis=0)).reshape(-1, 3)
    for zone, margin in (("crows_feet_right", 12.0), ("infraorbital_right", 5.0), ("eyelid_upper_right", 8.0)):
        triangles = mesh.triangles[members[zone]]
        size = triangle_areas(mesh.vertices, triangles)
        picked = chance.choice(len(triangles), 20_000, p=size / size.sum())
        u, v = chance.random((2, 20_000, 1))
        u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
        a, b, c = (mesh.vertices[triangles[picked, i]] * 10 for i in range(3))
        points = a + u * (b - a) + v * (c - a)
        away = np.array([np.linalg.norm(rim - point, axis=1).min() for point in points])
        expected = float((away > margin).mean()) * size.sum()
        assert area_outside_eye_margin(build_surface(), zone, margin).area_cm2 == pytest.approx(expected, rel=0.03)


@given(st.floats(45, 80), st.floats(0, 18))
def test_a_face_and_its_eye_margin_enlarged_together_keep_their_proportion(distance: float, margin: float) -> None:
    ratio = distance / 63.0
    for zone in ("crows_feet_left", "infraorbital_left", "cheek_upper_right"):
        plain = area_outside_eye_margin(build_surface(), zone, margin).area_cm2
        larger = area_outside_eye_margin(build_surface(pupillary_distance_mm=distance), zone, margin * ratio).area_cm2
        assert larger == pytest.approx(plain * ratio**2, rel=0.02, abs=0.02)


@given(st.floats(46, 79), st.floats(0, 15))
def test_a_larger_face_has_more_skin_outside_the_same_margin(distance: float, margin: float) -> None:
    small, large = build_surface(pupillary_distance_mm=distance), build_surface(pupillary_distance_mm=distance + 1)
    for zone in ("crows_feet_left", "infraorbital_left"):
        outside = [area_outside_eye_margin(surface, zone, margin).area_cm2 for surface in (small, large)]
        assert outside[1] > outside[0] or outside[1] == outside[0] == 0


def test_a_margin_that_cannot_be_computed_is_refused() -> None:
    for margin in (-1.0, 31.0, float("nan")):
        with pytest.raises(ProblemError, match="between 0 and 30 mm"):
            area_outside_eye_margin(build_surface(), "crows_feet_left", margin)
    with pytest.raises(ProblemError, match="no area for the zone"):
        area_outside_eye_margin(build_surface(), "neck", 5.0)


def test_a_zone_keeps_its_basis_when_it_shrinks() -> None:
    assert ZoneArea("chin", 20.0, 16.0, 30.0, "photo+pd").scaled(0.5) == ZoneArea("chin", 10.0, 8.0, 15.0, "photo+pd")
