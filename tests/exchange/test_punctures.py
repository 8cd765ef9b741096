from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from arro3.io import read_parquet
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.errors import ProblemError
from mesoplan.exchange import rows as rows_module
from mesoplan.exchange.model import FootprintExport, PunctureExport
from mesoplan.exchange.punctures import FORMS, puncture_rows, write_footprints, write_punctures
from mesoplan.layout.footprints import Footprints
from mesoplan.layout.punctures import Punctures
from mesoplan.serial import from_json
from mesoplan.surface.skin import Skin

DEPTH, VOLUME = {"forehead": 1.25}, {"forehead": 0.000012, "chin": 0.02}
FACTS: dict[str, Any] = {"depth_mm": DEPTH, "volume_ml": VOLUME, "mode": "exact"}


def roof(side: Any = "confirmed") -> Skin:
    """Two squares that meet at an angle, and a triangle of no zone: forehead, chin, nothing."""
    vertices = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0], [18, 0, -9], [18, 9, -9], [0, 20, 0]], float)
    triangles = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2], [3, 2, 6]])
    zone = np.array([0, 0, 1, 1, -1])
    return Skin(vertices, triangles, zone, ("forehead", "chin"), "scan", side)


def points(count: int, sessions: int = 3, seed: int = 1, skin: Skin | None = None) -> Punctures:
    skin = skin or roof()
    draw = np.random.default_rng(seed)
    triangle = draw.integers(0, 4, count).astype(np.int32)
    weights = draw.dirichlet([1, 1, 1], count)
    positions = np.einsum("nk,nkd->nd", weights, skin.vertices_mm[skin.triangles[triangle]])
    return Punctures(skin, positions, triangle, draw.integers(0, sessions, count).astype(np.int16), sessions, 0.2)


def plates(count: int) -> Footprints:
    made = points(count)
    angle = np.linspace(-3, 3, count)
    return Footprints(made.skin, made.positions_mm, made.triangle, angle, made.session, made.sessions, (10.0, 12.0), 36)


def table(path: Path) -> dict[str, list[Any]]:
    """Return the columns of a file of any form by name, zones and missing values as they are meant."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            read = list(csv.DictReader(file))
        words = ("zone", "side", "mode", "notes")
        return {
            name: [line[name] if name in words else None if line[name] == "" else float(line[name]) for line in read]
            for name in read[0]
        }
    if path.suffix == ".parquet":
        held = read_parquet(path).read_all()
        return {name: held[name].combine_chunks().to_pylist() for name in held.column_names}
    if path.suffix == ".json":
        rows = json.loads(path.read_text(encoding="utf-8"))["punctures"]
        columns = {name: [row[name] for row in rows] for name in ("zone", "session", "depth_mm", "volume_ml")}
        for key, start in (("position_mm", "{}_mm"), ("normal", "normal_{}")):
            columns |= {start.format(axis): [row[key][at] for row in rows] for at, axis in enumerate("xyz")}
        return columns
    raw = trimesh.load(path).metadata["_ply_raw"]["vertex"]["data"]
    names = {int(word[2]): word[3] for line in head(path) if (word := line.split())[:2] == ["comment", "zone"]}
    columns = {name: np.ravel(raw[name]).tolist() for name in raw.dtype.names}
    columns["zone"] = [names[code] for code in columns["zone"]]
    for name in ("depth_mm", "volume_ml"):
        columns[name] = [None if np.isnan(value) else value for value in columns[name]]
    renamed = {"x": "x_mm", "y": "y_mm", "z": "z_mm", "nx": "normal_x", "ny": "normal_y", "nz": "normal_z"}
    return {renamed.get(name, name): values for name, values in columns.items()}


def head(path: Path) -> list[str]:
    return path.read_bytes().split(b"end_header")[0].decode("ascii").splitlines()


@pytest.mark.parametrize("ending", FORMS)
def test_every_puncture_comes_back_from_every_form_in_its_order(tmp_path: Path, ending: str) -> None:
    made = points(500)
    read = table(write_punctures(made, tmp_path / f"p{ending}", **FACTS))
    for at, axis in enumerate("xyz"):
        assert read[f"{axis}_mm"] == pytest.approx(made.positions_mm[:, at].tolist(), abs=0.0005 + 1e-6)
        assert read[f"normal_{axis}"] == pytest.approx(made.normals[:, at].tolist(), abs=0.000006)
    zones = [made.skin.zones[zone] for zone in made.zone]
    assert read["zone"] == zones
    assert read["session"] == [session + 1 for session in made.session]
    assert read["depth_mm"] == [DEPTH.get(zone) for zone in zones]
    assert read["volume_ml"] == pytest.approx([VOLUME[zone] for zone in zones])


@given(count=st.integers(1, 40), sessions=st.integers(1, 16), seed=st.integers(0, 99), chunk=st.integers(1, 50))
@settings(max_examples=25)
def test_all_forms_hold_the_same_however_the_rows_are_cut(
    tmp_path_factory: pytest.TempPathFactory, count: int, sessions: int, seed: int, chunk: int
) -> None:
    folder, made = tmp_path_factory.mktemp("forms"), points(count, sessions, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "CHUNK", chunk)
        read = [table(write_punctures(made, folder / f"p{ending}", **FACTS)) for ending in FORMS]
    for one in read:
        for name in ("zone", "session", "depth_mm"):
            assert one[name] == read[0][name]
        for name in ("x_mm", "y_mm", "z_mm", "normal_x", "normal_y", "normal_z"):
            assert one[name] == pytest.approx(read[0][name], abs=0.0006)


def test_the_json_is_what_its_types_say_and_tells_what_holds_for_all(tmp_path: Path) -> None:
    made = points(60, skin=roof("not confirmed"))
    path = write_punctures(made, tmp_path / "p.json", **(FACTS | {"notes": ("PROVISIONAL",), "mode": "example"}))
    read = from_json(PunctureExport, path.read_bytes())
    assert (read.side, read.mode, read.notes) == ("not confirmed", "example", ("PROVISIONAL",))
    assert (read.sessions, read.count, read.diameter_mm, len(read.punctures)) == (3, 60, 0.2, 60)
    counted = made.count().sum(axis=1)
    assert [(one.zone, one.count, one.depth_mm) for one in read.zones] == [
        ("forehead", counted[0], 1.25),
        ("chin", counted[1], None),
    ]


@pytest.mark.parametrize("ending", FORMS)
def test_what_must_be_known_first_stands_in_every_form(tmp_path: Path, ending: str) -> None:
    made = points(5, skin=roof("not confirmed"))
    notes = ("PROVISIONAL, for \u00abnobody\u00bb\nelement vertex 9",)
    path = write_punctures(made, tmp_path / f"p{ending}", **(FACTS | {"notes": notes, "mode": "example"}))
    content = path.read_bytes()
    for word in (b"PROVISIONAL", b"not confirmed", b"example"):
        assert word in content
    if ending == ".ply":
        assert len(trimesh.load(path).vertices) == 5  # the note's second line is no line of the header
    if ending == ".csv":
        rows = csv.DictReader(io.StringIO(content.decode()))
        assert all(row["side"] == "not confirmed" and row["notes"] for row in rows)


@pytest.mark.parametrize("ending", FORMS)
def test_footprints_come_back_with_direction_and_angle(tmp_path: Path, ending: str) -> None:
    made = plates(80)
    path = write_footprints(made, tmp_path / f"f{ending}", **FACTS)
    if ending == ".json":
        read = from_json(FootprintExport, path.read_bytes())
        assert (read.width_mm, read.height_mm, read.needles, read.count) == (10.0, 12.0, 36, 80)
        along, angle = [one.along for one in read.footprints], [one.angle_deg for one in read.footprints]
    else:
        columns = table(path)
        along = list(zip(*(columns[f"along_{axis}"] for axis in "xyz"), strict=True))
        angle = columns["angle_deg"]
        assert ending == ".ply" or set(columns["needles"]) == {36}
    assert np.array(along) == pytest.approx(made.along, abs=1e-5)
    assert angle == pytest.approx(np.degrees(made.rotation_rad).tolist(), abs=0.006)


@given(st.floats(-4, 4), st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_a_plates_direction_lies_in_the_skins_plane_and_turns_counter_clockwise(angle: float, way: Any) -> None:
    from mesoplan.layout.footprints import across, turned

    normal = (np.array(way) / np.linalg.norm(way))[None]
    first, along = across(normal), turned(normal, np.array([angle]))
    assert np.linalg.norm(along) == pytest.approx(1.0)
    assert float((along * normal).sum()) == pytest.approx(0.0, abs=1e-9)
    assert float((along * first).sum()) == pytest.approx(np.cos(angle), abs=1e-9)
    assert float((np.cross(first, along) * normal).sum()) == pytest.approx(np.sin(angle), abs=1e-9)


def test_skin_that_faces_straight_to_the_side_still_has_a_direction() -> None:
    from mesoplan.layout.footprints import across

    assert across(np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 0, 1.0]])).tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_plates_are_counted_by_zone_and_session() -> None:
    made = plates(50)
    assert made.count().sum() == len(made) == 50
    assert made.count()[1, 2] == ((made.zone == 1) & (made.session == 2)).sum()


@pytest.mark.parametrize(
    ("name", "facts", "told"),
    [
        ("p.xlsx", {}, ".parquet, .csv, .ply, .json"),
        ("p", {}, ".parquet, .csv, .ply, .json"),
        ("p.csv", {"depth_mm": {"nose": 1.0}}, "nose"),
        ("p.csv", {"depth_mm": {"chin": float("nan")}}, "nan"),
        ("p.csv", {"volume_ml": {"chin": 0.0}}, "above zero"),
        ("no folder/p.csv", {}, "no such folder"),
    ],
)
def test_what_cannot_be_exported_is_told_and_nothing_is_written(
    tmp_path: Path, name: str, facts: dict[str, Any], told: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        write_punctures(points(5), tmp_path / name, **(FACTS | facts))
    assert told in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("bad", ["no zone", "no session", "nowhere"])
def test_a_puncture_that_must_not_be_is_never_written(tmp_path: Path, ending: str, bad: str) -> None:
    made = points(20)
    if bad == "no zone":
        made.triangle[7] = 4
    elif bad == "no session":
        made.session[7] = 3
    else:
        made.positions_mm[7, 1] = np.nan
    with pytest.raises(ValueError, match="lies in no zone"):
        write_punctures(made, tmp_path / f"p{ending}", **FACTS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_stands_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("mine")
    with pytest.raises(ProblemError, match="a file stands there already"):
        write_punctures(points(5), path, **FACTS)
    assert path.read_text() == "mine"
    write_punctures(points(5), path, overwrite=True, **FACTS)
    assert len(table(path)["zone"]) == 5
    assert [one.name for one in tmp_path.iterdir()] == ["p.csv"]


def test_a_file_that_appears_while_writing_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    with pytest.raises(ProblemError, match="appeared"):
        write_punctures(points(5), path, progress=lambda *_: path.write_text("theirs") and None, **FACTS)
    assert path.read_text() == "theirs"
    assert [one.name for one in tmp_path.iterdir()] == ["p.csv"]


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_an_interruption_leaves_nothing_and_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, stop: type[BaseException]
) -> None:
    monkeypatch.setattr(rows_module, "CHUNK", 10)
    seen = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total, [one.name for one in tmp_path.iterdir()]))
        if done >= 30:
            raise stop

    with pytest.raises(stop):
        write_punctures(points(95), tmp_path / f"p{ending}", progress=progress, **FACTS)
    assert seen == [(done, 95, [f".p{ending}.part"]) for done in (10, 20, 30)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", FORMS)
def test_progress_reaches_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(rows_module, "CHUNK", 40)
    seen: list[tuple[int, int]] = []
    write_punctures(points(95), tmp_path / f"p{ending}", progress=lambda *at: seen.append(at), **FACTS)
    assert seen == [(40, 95), (80, 95), (95, 95)]


CHILD = """
import sys
sys.path[:0] = [{tests!r}, {here!r}]
from pathlib import Path
from test_punctures import FACTS, points, write_punctures
from mesoplan.errors import ProblemError
from mesoplan.exchange import rows
rows.CHUNK = 1000
try:
    write_punctures(points({count}), Path(sys.argv[1]), **FACTS{more})
except ProblemError as error:
    print(error)
"""


def child(path: Path, count: int, more: str = "", **options: Any) -> subprocess.Popen[str]:
    here = Path(__file__)
    code = CHILD.format(tests=str(here.parents[1]), here=str(here.parent), count=count, more=more)
    return subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, **options)


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
@pytest.mark.parametrize("ending", FORMS)
def test_a_disk_that_gets_full_is_told_and_leaves_nothing(tmp_path: Path, ending: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with child(tmp_path / f"p{ending}", 20_000, preexec_fn=limit) as process:
        told, _ = process.communicate()
    assert "too large" in told
    assert "free the space" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_process_that_is_asked_to_end_leaves_nothing_and_a_killed_one_is_cleared_away_by_the_next(
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.json"
    slow = ", progress=lambda *_: __import__('time').sleep(0.05)"
    for sign, left in (("terminate", []), ("kill", [".p.json.part"])):
        with child(path, 500_000, slow) as process:
            part = tmp_path / ".p.json.part"
            while not part.exists() or part.stat().st_size < 1000:
                assert process.poll() is None
                time.sleep(0.01)
            with pytest.raises(ProblemError, match="another process is writing"):
                write_punctures(points(5), path, **FACTS)
            getattr(process, sign)()
            process.wait()
        assert [one.name for one in tmp_path.iterdir()] == left
    write_punctures(points(5), path, **FACTS)
    assert len(table(path)["zone"]) == 5
    assert [one.name for one in tmp_path.iterdir()] == ["p.json"]


@pytest.mark.parametrize("stands", ["folder", "link", "link to nowhere"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, stands: str) -> None:
    other, path = tmp_path / "other", tmp_path / "p.csv"
    if stands == "folder":
        path.mkdir()
    else:
        other.write_text("theirs") if stands == "link" else None
        path.symlink_to(other)
    with pytest.raises(ProblemError):
        write_punctures(points(5), path, **FACTS)
    assert not (tmp_path / ".p.csv.part").exists()
    assert not other.exists() or other.read_text() == "theirs"


def test_a_link_laid_where_the_part_belongs_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("theirs")
    (tmp_path / ".p.csv.part").symlink_to(victim)
    with pytest.raises(ProblemError):
        write_punctures(points(5), tmp_path / "p.csv", **FACTS)
    assert victim.read_text() == "theirs"


@pytest.mark.parametrize("call", ["open", "fsync", "link"])
def test_a_refusal_of_the_system_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    if call == "link":  # no hard links there: the file is moved into its place
        monkeypatch.setattr("mesoplan.exchange.whole_file.os.link", refused)
        assert write_punctures(points(5), tmp_path / "p.csv", **FACTS).exists()
        return
    monkeypatch.setattr(f"mesoplan.exchange.whole_file.os.{call}", refused)
    with pytest.raises(ProblemError, match="Permission denied"):
        write_punctures(points(5), tmp_path / "p.csv", **FACTS)
    assert list(tmp_path.iterdir()) == []


def test_without_the_optional_package_parquet_says_how_to_get_it_and_the_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "arro3.io", None)
    with pytest.raises(ProblemError, match=r"mesoplan\[layout\]"):
        write_punctures(points(5), tmp_path / "p.parquet", **FACTS)
    assert list(tmp_path.iterdir()) == []
    write_punctures(points(5), tmp_path / "p.csv", **FACTS)


def test_an_empty_course_is_a_file_without_rows(tmp_path: Path) -> None:
    none = points(0)
    for ending in FORMS:
        write_punctures(none, tmp_path / f"p{ending}", **FACTS)
    assert from_json(PunctureExport, (tmp_path / "p.json").read_bytes()).punctures == ()
    assert read_parquet(tmp_path / "p.parquet").read_all().num_rows == 0


def test_the_memory_is_that_of_a_piece_not_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    monkeypatch.setattr(rows_module, "CHUNK", 2000)
    rows, path = puncture_rows(points(200_000), **FACTS), tmp_path / "all"
    for writer in (FORMS[".csv"], FORMS[".json"]):
        with path.open("wb") as file:
            tracemalloc.start()
            writer(rows, file, None)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < path.stat().st_size / 2.5
