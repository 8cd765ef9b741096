"""`mesoplan plan` with --map, --exact and --export: the course in space beside the papers."""

import itertools
import json

import numpy as np
import pytest

from surface import scans
from surface.heads import SCANNED, head_mesh


@pytest.fixture
def out(tmp_path):
    return tmp_path / "papers"


def punctures(out):
    data = json.loads((out / "punctures.json").read_text(encoding="utf-8"))
    return data, data["punctures"]


def test_a_map_by_free_hand_says_that_it_is_a_simulated_example(run, example, out):
    done = run("plan", example(), "--out", out, "--clinic", "example", "--map")
    assert done.code == 0
    page = (out / "map.html").read_text(encoding="utf-8")
    assert "SIMULATED EXAMPLE" in page
    assert "EXAMPLE CLINIC" in page
    assert "map.html" in done.out
    from pypdf import PdfReader

    text = " ".join(" ".join(page.extract_text() for page in PdfReader(out / "plan.pdf").pages).split())
    assert "The next session on the skin" in text


def test_without_a_wish_there_is_no_map_and_an_older_one_goes(run, example, out):
    intake = example()
    assert run("plan", intake, "--out", out, "--clinic", "example", "--map", "--export", "csv").code == 0
    assert (out / "map.html").exists()
    assert (out / "punctures.csv").exists()
    assert run("plan", intake, "--out", out, "--clinic", "example").code == 0
    assert not (out / "map.html").exists()
    assert not (out / "punctures.csv").exists()


def test_exact_places_are_a_lattice_of_the_planned_sessions(run, example, out):
    from mesoplan.surface.build import build_face

    done = run("plan", example(), "--out", out, "--clinic", "example", "--exact", "--export", "json")
    assert done.code == 0
    data, rows = punctures(out)
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    zones = {one["zone"]: one for one in plan["prescription"]["zones"]}
    sessions = len(plan["layout"]["pen"][0]["cumulative"]["cover"])
    assert data["mode"] == "exact"
    assert {row["zone"] for row in rows} == set(zones)
    assert {row["session"] for row in rows} == set(range(1, sessions + 1))
    zone = "forehead"
    one = [row for row in rows if row["zone"] == zone and row["session"] == 1]
    # on the smoothed skin, which is drawn in by a few percent against the 898 triangles that areas are printed from
    area = build_face().face().skin.area_cm2(zone)
    wished = area * 100 * zones[zone]["area_fraction"] / (np.pi * 0.15**2)
    assert area == pytest.approx(zones[zone]["area_cm2"], rel=0.06)
    assert len(one) == pytest.approx(wished, rel=0.01)
    assert all(row["depth_mm"] == zones[zone]["depth"]["nominal_mm"] for row in one[:5])


def test_no_puncture_comes_nearer_to_an_eye_than_the_device_may(run, example, out):
    from mesoplan.surface.build import build_face

    assert run("plan", example(), "--out", out, "--clinic", "example", "--exact", "--export", "json").code == 0
    _, rows = punctures(out)
    ground = build_face().face()
    places = np.array([row["position_mm"] for row in rows])
    assert ground.eyes_mm
    near = ground.distance_to_eyes_mm(places, 30.0)
    assert np.isfinite(near).any()
    assert near.min() > 15.0 + 0.15  # `eye_margin` of a pen, and the needle's mark


def test_a_keep_out_holds_for_every_puncture(run, example, out):
    from mesoplan.surface.build import build_face

    circle = "forehead:0,0,8"
    options = ("--clinic", "example", "--exact", "--export", "json", "--keep-out", circle)
    assert run("plan", example(), "--out", out, *options).code == 0
    _, rows = punctures(out)
    ground = build_face(keep_outs=[circle]).face()
    places = np.array([row["position_mm"] for row in rows if row["zone"] == "forehead"])
    away = ground.keep_outs.distance_mm(places)
    assert 0.15 < away.min() < 0.5  # the whole mark of the needle, 0.3 mm wide, lies outside


def test_a_scan_brings_its_map_and_the_map_can_be_left_out(run, example, out, tmp_path):
    scan = tmp_path / "face.ply"
    scan.write_bytes(scans.ply(*head_mesh(SCANNED, 0)))
    options = ("--clinic", "example", "--scan", scan, "--mirrored", "no")
    assert run("plan", example(), "--out", out, *options).code == 0
    assert "On the client\u2019s own scan" in (out / "map.html").read_text(encoding="utf-8")
    assert run("plan", example(), "--out", out, *options, "--no-map").code == 0
    assert not (out / "map.html").exists()


def test_exact_without_a_map_or_an_export_is_refused_with_nothing_written(run, example, out):
    done = run("plan", example(), "--out", out, "--clinic", "example", "--exact")
    assert done.code == 2
    assert "neither a map nor an export" in done.err
    assert not out.exists()


def test_without_settings_nothing_is_laid_and_a_note_says_so(run, example, out):
    done = run("plan", example(), "--out", out, "--map")
    assert done.code == 0
    assert "Nothing is laid in space" in done.err
    assert not (out / "map.html").exists()


def test_the_quality_of_exact_places_is_measured_and_names_its_error(run, example, out):
    from mesoplan.layout.lattice import interleave
    from mesoplan.layout.registration import registered_cover

    assert run("plan", example(), "--out", out, "--clinic", "example", "--exact", "--map").code == 0
    quality = json.loads((out / "plan.json").read_text(encoding="utf-8"))["quality"]
    course = interleave(5, 0.2, 0.3)
    for zone in quality["zones"]:
        assert zone["known"] == "measured"
        assert zone["sigma_mm"] == 0.5
        assert sum(zone["hits"]) == pytest.approx(1.0)
        assert 1.0 - zone["hits"][0] == pytest.approx(0.2, abs=0.015)
        assert 1.0 - zone["course_hits"][0] == pytest.approx(course.cover, abs=0.02)
        last = zone["course"][-1]
        assert last["mean"] == pytest.approx(registered_cover(course, 0.5))
        assert last["low"] < last["mean"] < last["high"]
        assert last["ideal"] == pytest.approx(course.cover)
        assert [one["sigma_mm"] for one in zone["registration"]] == [0.05, 0.1, 0.5]
        assert all(one["distance_mm"] >= 4.0 for one in zone["clearances"])
    page = (out / "map.html").read_text(encoding="utf-8")
    assert "SIMULATED EXAMPLE of a free hand" not in page
    assert "registration error of 0.5 mm" in page.replace("\u00a0", " ")


def test_a_patch_beside_the_face_is_named_as_not_laid_and_stops_nothing(run, example, out):
    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["neck", "forehead"]}]})
    options = ("--clinic", "example", "--map", "--export", "json", "--area", "neck=4x2")
    done = run("plan", client, "--out", out, *options)
    assert done.code == 0
    assert "Not laid in space: neck." in done.err
    data, rows = punctures(out)
    assert {row["zone"] for row in rows} == {"forehead"}
    assert "Planned, but not shown here: front of the neck." in data["notes"]


def test_an_export_that_fails_leaves_the_earlier_plan_as_it_was(run, example, out, monkeypatch):
    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]})
    options = ("--clinic", "example", "--map", "--export")
    assert run("plan", client, "--out", out, *options, "csv").code == 0
    before = {one.name: one.read_bytes() for one in out.iterdir()}

    def stopped(rows, file, progress):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(__import__("mesoplan.exchange.punctures", fromlist=["FORMS"]).FORMS, ".json", stopped)
    assert run("plan", client, "--out", out, *options, "json", "--lang", "ru").code == 130
    assert {one.name: one.read_bytes() for one in out.iterdir()} == before


def test_an_entered_area_is_named_where_the_skin_has_another(run, example, out):
    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]})
    options = ("--clinic", "example", "--export", "json", "--area", "forehead=90")
    assert run("plan", client, "--out", out, *options).code == 0
    data, _ = punctures(out)
    assert any(note.startswith("In forehead the papers count the area that was entered") for note in data["notes"])


def test_a_provisional_plan_says_so_in_its_exports_and_its_map(run, example, out):
    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]}, fever="yes")
    assert run("plan", client, "--out", out, "--clinic", "example", "--map", "--export", "json").code == 3
    assert any(note.startswith("PROVISIONAL") for note in punctures(out)[0]["notes"])
    assert "PROVISIONAL" in (out / "map.html").read_text(encoding="utf-8")


def test_a_plan_without_a_session_sheet_says_so_in_its_exports(run, example, out, tmp_path):
    from mesoplan.report import context

    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "reasons_of_layout", lambda *_: ("sheet.limit_broken",))
        assert run("plan", client, "--out", out, "--clinic", "example", "--export", "json").code == 0
    assert not (out / "session.pdf").exists()
    assert any(note.startswith("NO SESSION SHEET") for note in punctures(out)[0]["notes"])


def test_a_circle_given_left_of_the_centre_lies_on_the_patients_left_in_the_export(run, example, out):
    client = example(top={"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]})
    options = ("--clinic", "example", "--export", "json", "--keep-out", "forehead:20,0,8")
    assert run("plan", client, "--out", out, *options).code == 0
    places = np.array([row["position_mm"] for row in punctures(out)[1]])
    middle = (places[:, 1].min() + places[:, 1].max()) / 2
    near = np.abs(places[:, 1] - middle) < 12
    left = (np.hypot(places[:, 0] - 20, places[:, 1] - middle) < 6) & near
    right = (np.hypot(places[:, 0] + 20, places[:, 1] - middle) < 6) & near
    assert right.sum() > 100
    assert left.sum() < right.sum() / 4


def test_exact_places_are_written_in_the_order_of_work(run, example, out):
    assert run("plan", example(), "--out", out, "--clinic", "example", "--exact", "--export", "json").code == 0
    _, rows = punctures(out)
    sessions = [row["session"] for row in rows]
    assert sessions == sorted(sessions)
    first = [row for row in rows if row["session"] == 1]
    zones = [row["zone"] for row in first]
    assert sum(one != other for one, other in itertools.pairwise(zones)) == len(set(zones)) - 1
    steps = np.linalg.norm(np.diff([row["position_mm"] for row in first], axis=0), axis=1)
    assert np.median(steps) < 0.7  # 0.594 mm is the lattice's own distance


def timed_clinic(folder, file="devices.yaml", before="    sources:\n", each=0.1):
    from clinic.own import own_clinic

    path = own_clinic(folder) / file
    figures = f"    travel_speed_mm_s: 20.0\n    seconds_per_place: {each}\n"
    sources = "      travel_speed_mm_s: measured by hand\n      seconds_per_place: measured by hand\n"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, figures + before + sources, 1), encoding="utf-8")
    return folder


def page_text(out):
    from pypdf import PdfReader

    pages = " ".join(page.extract_text() for page in PdfReader(out / "plan.pdf").pages)
    return " ".join(pages.replace("\u00a0", " ").split())


FOREHEAD = {"goals": [{"indication": "rejuvenation", "zones": ["forehead"]}]}


def test_way_and_time_of_each_session_follow_from_the_export_and_the_clinics_figures(run, example, out, tmp_path):
    clinic = timed_clinic(tmp_path / "clinic")
    done = run("plan", example(top=FOREHEAD), "--out", out, "--clinic", clinic, "--exact", "--export", "json")
    assert done.code == 0, done.err
    space = json.loads((out / "plan.json").read_text(encoding="utf-8"))["space"]
    _, rows = punctures(out)
    assert [one["session"] for one in space["work"]] == [1, 2, 3, 4, 5]
    for work in space["work"]:
        places = np.array([row["position_mm"] for row in rows if row["session"] == work["session"]])
        way = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
        assert work["places"] == len(places)
        assert work["path_mm"] == pytest.approx(way, rel=1e-3)
        assert work["seconds"] == pytest.approx(way / 20.0 + 0.1 * len(places), rel=1e-3)
    assert {basis["reference"] for _, basis in space["bases"]} == {
        "devices.yaml: example-pen: travel_speed_mm_s",
        "devices.yaml: example-pen: seconds_per_place",
    }
    told = page_text(out)
    assert f"{np.ceil(space['work'][0]['seconds'] / 60):.0f} min" in told
    assert "example-pen: travel_speed_mm_s" in told


def test_without_figures_of_the_device_no_time_is_told(run, example, out):
    options = ("--clinic", "example", "--exact", "--export", "csv")
    assert run("plan", example(top=FOREHEAD), "--out", out, *options).code == 0
    space = json.loads((out / "plan.json").read_text(encoding="utf-8"))["space"]
    assert {one["seconds"] for one in space["work"]} == {None}
    assert all(one["path_mm"] > 0 for one in space["work"])
    assert space["bases"] == []
    assert "The device\u2019s file gives no speed: time not estimated." in page_text(out)


STAMP = ("--technique", "fractional_stamp", "--exact", "--export", "json")


def plates(out):
    data = json.loads((out / "footprints.json").read_text(encoding="utf-8"))
    return data, data["footprints"]


def test_a_stamp_whose_needles_are_known_is_laid_in_rigid_plates(run, example, out):
    from mesoplan.surface.build import build_face

    assert run("plan", example(top=FOREHEAD), "--out", out, "--clinic", "example", *STAMP).code == 0
    data, rows = plates(out)
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    (told,) = plan["space"]["plates"]
    assert (data["width_mm"], data["height_mm"], data["needles"]) == (10.0, 10.0, 36)
    assert not (out / "punctures.json").exists()
    assert {row["zone"] for row in rows} == {"forehead"}
    assert {row["session"] for row in rows} == {1, 2, 3, 4, 5}
    assert sum(row["session"] == 1 for row in rows) == told["plates"] == plan["space"]["work"][0]["places"]
    assert plan["space"]["plate"]["rounds"] == 8  # 8 fillings of 36 needles hit 20.4 % of what they lie on
    assert all(len(session) == 8 for session in plan["space"]["plate"]["shifts_mm"])
    assert 0.1 < told["bare"] < 0.4
    assert told["overlapped"] < 0.02
    (zone,) = plan["quality"]["zones"]
    assert zone["known"] == "measured"
    hit = (1 - told["bare"]) * 8 * 36 * np.pi * 0.15**2 / 100
    assert 1 - zone["hits"][0] == pytest.approx(hit, abs=0.02)  # what no plate reaches is in it
    last = zone["course"][-1]
    assert zone["hits"][1] < last["mean"] < last["ideal"] < 1 - told["bare"] + 0.1
    middles = np.array([row["position_mm"] for row in rows])
    assert build_face().face().distance_to_eyes_mm(middles, 60.0).min() > 5.0 + 4.0
    text = page_text(out)
    assert "needles 6 \u00d7 6, 8 fillings" in text
    assert (out / "map.html").exists() is False


def test_no_plate_lies_on_a_circle_that_is_left_out_nor_on_a_zone_that_is_not_planned(run, example, out):
    from mesoplan.layout.press import Plates, press
    from mesoplan.layout.stamps import raster
    from mesoplan.surface.build import build_face

    circle = "forehead:0,0,6"
    options = ("--clinic", "example", *STAMP, "--keep-out", circle)
    assert run("plan", example(top=FOREHEAD), "--out", out, *options).code == 0
    _, rows = plates(out)
    ground = build_face(keep_outs=[circle]).face()
    parts = (np.array([row[key] for row in rows]) for key in ("position_mm", "along", "normal"))
    under = press(ground.skin, Plates(*parts, (10.0, 10.0)), 0.99 * raster((10.0, 10.0), 21))
    met = under.triangle >= 0
    assert {ground.skin.zone[one] for one in under.triangle[met]} == {ground.skin.zones.index("forehead")}
    assert ground.keep_outs.distance_mm(under.positions_mm[met]).min() > 0.0


def test_a_stamp_without_a_grid_of_needles_says_why_it_has_no_exact_places(run, example, out, tmp_path):
    from clinic.own import own_clinic

    path = own_clinic(tmp_path / "clinic") / "stamps.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    needle_grid: [6, 6]\n", ""), encoding="utf-8")
    done = run("plan", example(top=FOREHEAD), "--out", out, "--clinic", tmp_path / "clinic", *STAMP)
    assert done.code == 0
    assert "No exact places in forehead: stamps.yaml: example-stamp has no needle_grid." in done.err
    assert not (out / "footprints.json").exists()
    assert not (out / "punctures.json").exists()
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["space"] is None


def test_a_roller_has_no_exact_places_and_no_single_punctures_are_made_up_for_it(run, example, out):
    options = ("--clinic", "example", "--technique", "clinic_roller", "--exact", "--export", "json")
    done = run("plan", example(top=FOREHEAD), "--out", out, *options)
    assert done.code == 0
    assert "No exact places in forehead: a roller keeps to no exact places." in done.err
    assert not (out / "punctures.json").exists()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_points_of_a_syringe_stand_on_the_map_and_in_the_export(run, example, out, language):
    from scipy.spatial import KDTree

    options = ("--clinic", "example", "--technique", "classical_injection", "--map", "--export", "json")
    assert run("plan", example(), "--out", out, *options, "--lang", language).code == 0
    data, rows = punctures(out)
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    planned = {one["zone"]: one for one in plan["layout"]["points"]}
    assert (data["mode"], data["diameter_mm"], data["sessions"]) == ("points", None, 1)
    assert plan["space"]["mode"] == "points"
    for zone, points in planned.items():
        own = [row for row in rows if row["zone"] == zone]
        assert 0.9 * points["points"] - 2 <= len(own) <= points["points"]
        assert all(row["volume_ml"] == points["volume_per_point_ml"] for row in own)
    places = np.array([row["position_mm"] for row in rows])
    spacing = min(one["spacing_mm"] for one in planned.values())
    assert KDTree(places).query(places, 2)[0][:, 1].min() >= 0.7 * spacing * 0.999
    page = (out / "map.html").read_text(encoding="utf-8")
    assert ("set by hand" if language == "en" else "ставят рукой") in page
    assert "registration" not in page
    assert "SIMULATED" not in page


def test_points_are_never_called_exact_places(run, example, out):
    options = ("--clinic", "example", "--technique", "classical_injection", "--exact", "--export", "json")
    done = run("plan", example(top=FOREHEAD), "--out", out, *options)
    assert done.code == 0
    assert "No exact places in forehead: the points of a syringe are set by hand." in done.err
    assert punctures(out)[0]["mode"] == "points"


def test_the_points_of_a_body_scar_keep_15_mm_and_those_of_a_scar_in_a_zone_of_the_face_are_left_out(run, example, out):
    goals = [{"indication": "scars", "zones": ["abdomen", "chin"]}]
    scars = [{"date": "unknown", "kind": "atrophic", "zones": ["abdomen", "chin"]}]
    options = ("--clinic", "example", "--technique", "scar_injection", "--export", "json")
    sizes = ("--area", "abdomen=9x6", "--area", "chin=3x0.4")
    done = run("plan", example(top={"goals": goals}, scars=scars), "--out", out, *options, *sizes)
    assert done.code == 0, done.err
    assert "Not laid in space: chin" in done.err
    _, rows = punctures(out)
    assert {row["zone"] for row in rows} == {"abdomen"}
    places = np.array([row["position_mm"] for row in rows])
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert np.sort(away, axis=1)[:, 1].min() == pytest.approx(15.0, abs=0.2)


def test_the_mark_of_a_needle_keeps_off_skin_that_is_not_treated_beside_the_zone(run, example, out):
    from mesoplan.surface.border import distance_to_others_mm
    from mesoplan.surface.build import build_face

    options = ("--clinic", "example", "--exact", "--export", "json")
    for zones, treated in ((["forehead"], {"forehead"}), (["forehead", "glabella"], {"forehead", "glabella"})):
        goals = {"goals": [{"indication": "rejuvenation", "zones": zones}]}
        assert run("plan", example(top=goals), "--out", out, *options).code == 0
        _, rows = punctures(out)
        assert {row["zone"] for row in rows} == treated
        skin = build_face().face().skin
        places = np.array([row["position_mm"] for row in rows if row["zone"] == "forehead"])
        away = distance_to_others_mm(skin, frozenset({"forehead"}), places, 1.0)
        least = away.min()
        if "glabella" in treated:  # between two zones that are treated nothing is left out
            assert least < 0.05
        else:
            assert 0.149 < least < 0.3


def test_a_thicker_needle_keeps_farther_from_a_circle(run, example, out, tmp_path):
    from clinic.own import own_clinic
    from mesoplan.surface.build import build_face

    path = own_clinic(tmp_path / "clinic") / "cartridges.yaml"
    text = path.read_text(encoding="utf-8").replace("needle_diameter_mm: 0.25", "needle_diameter_mm: 0.4")
    path.write_text(text, encoding="utf-8")
    circle = "forehead:0,0,8"
    options = ("--clinic", tmp_path / "clinic", "--exact", "--export", "json", "--keep-out", circle)
    assert run("plan", example(top=FOREHEAD), "--out", out, *options).code == 0
    places = np.array([row["position_mm"] for row in punctures(out)[1]])
    assert 0.2 < build_face(keep_outs=[circle]).face().keep_outs.distance_mm(places).min() < 0.5
