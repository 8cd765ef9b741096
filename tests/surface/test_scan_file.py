"""Scan files of every form are read alike; damaged, lying and hostile ones are refused in one sentence."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mesoplan.errors import ProblemError
from mesoplan.surface.parameters import whole_number
from mesoplan.surface.scan import read_scan
from mesoplan.surface.scan_clean import cleaned
from mesoplan.surface.scan_file import read_scan_file
from mesoplan.surface.scan_mesh import Mesh
from surface import scans
from surface.heads import SCANNED, head_mesh

POINTS = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 5], [5, 5, 9]])
TRIANGLES = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30], [250, 240, 230]], np.uint8)
WRITERS: dict[str, Callable[[], bytes]] = {
    "a.obj": lambda: scans.obj(POINTS, TRIANGLES, COLOURS),
    "a.ply": lambda: scans.ply(POINTS, TRIANGLES, COLOURS),
    "b.ply": lambda: scans.ply(POINTS, TRIANGLES, COLOURS, form="ascii"),
    "c.ply": lambda: scans.ply(POINTS, TRIANGLES, COLOURS, form="binary_big_endian"),
    "a.stl": lambda: scans.stl(POINTS, TRIANGLES),
    "b.stl": lambda: scans.stl(POINTS, TRIANGLES, text=True),
    "a.glb": lambda: scans.glb(POINTS, TRIANGLES),
}


def read(folder: Path, name: str, content: bytes) -> Mesh:
    path = folder / name
    path.write_bytes(content)
    return read_scan_file(path).mesh


def refusal(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(ProblemError) as caught:
        read(folder, name, content)
    (problem,) = caught.value.problems
    assert problem.place == "--scan"
    assert problem.remedy
    return problem.message


@pytest.mark.parametrize("name", WRITERS)
def test_every_form_gives_the_same_triangles(tmp_path: Path, name: str) -> None:
    mesh = read(tmp_path, name, WRITERS[name]())
    assert mesh.vertices[mesh.triangles] == pytest.approx(POINTS[TRIANGLES], abs=1e-5)


@pytest.mark.parametrize("name", ["a.obj", "a.ply", "b.ply", "c.ply"])
def test_vertex_colours_are_read(tmp_path: Path, name: str) -> None:
    assert np.abs(read(tmp_path, name, WRITERS[name]()).colours.astype(int) - COLOURS).max() <= 1  # type: ignore[union-attr]


def test_vertex_colours_of_a_glb_are_read(tmp_path: Path) -> None:
    assert (read(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, COLOURS)).colours == COLOURS).all()


def test_an_obj_may_name_corners_backwards_polygons_and_textures(tmp_path: Path) -> None:
    text = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf -4/1/1 -3/2/1 -2/3/1 -1/4/1\nv 5 5 5\nf 1//1 2//1 -1//1\n"
    assert read(tmp_path, "x.obj", text).triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 4]]


def test_a_ply_may_hold_polygons_of_any_length_and_further_lists(tmp_path: Path) -> None:
    head = b"ply\nformat binary_little_endian 1.0\nelement vertex 5\n"
    head += b"property float x\nproperty float y\nproperty float z\n"
    head += b"element face 2\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\nend_header\n"
    faces = struct.pack("<B3iB2f", 3, 0, 1, 4, 2, 0.5, 0.5) + struct.pack("<B4iB0f", 4, 0, 1, 2, 3, 0)
    mesh = read(tmp_path, "x.ply", head + POINTS.astype("<f4").tobytes() + faces)
    assert mesh.triangles.tolist() == [[0, 1, 4], [0, 1, 2], [0, 2, 3]]


def test_nodes_of_a_glb_place_turn_and_mirror_their_part(tmp_path: Path) -> None:
    moved = read(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, node={"translation": [1, 2, 3], "scale": [2, 2, 2]}))
    assert moved.vertices == pytest.approx(POINTS * 2 + (1, 2, 3))
    turned = read(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, node={"rotation": [0, 0, 2**-0.5, 2**-0.5]}))
    assert turned.vertices == pytest.approx(POINTS[:, [1, 0, 2]] * (-1, 1, 1), abs=1e-6)
    mirrored = read(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, node={"scale": [-1, 1, 1]}))
    assert mirrored.triangles.tolist() == TRIANGLES[:, ::-1].tolist()


def test_joining_puts_an_stl_together_and_drops_what_has_no_area() -> None:
    corners = POINTS[np.vstack([TRIANGLES, TRIANGLES[:1], [[0, 0, 1]]])].reshape(-1, 3)
    mesh = cleaned(Mesh(corners, np.arange(len(corners)).reshape(-1, 3)))
    assert len(mesh.vertices) == 5
    assert len(mesh.triangles) == 4


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 0.99])
def test_a_file_cut_short_is_refused(tmp_path: Path, name: str, share: float) -> None:
    content = WRITERS[name]()
    cut = content[: int(len(content) * share)]
    if name in ("a.obj", "b.stl") and share > 0.5:
        return  # a text without its last lines is a smaller mesh, or ends within a number
    assert refusal(tmp_path, name, cut)


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("x.ply", b"I am no mesh at all, only words.\n" * 9, "does not begin as a PLY"),
        ("x.glb", b"I am no mesh at all, only words.\n" * 9, "does not begin as a GLB"),
        ("x.stl", b"I am no mesh at all, only words.\n" * 9, "no whole STL"),
        ("x.obj", b"I am no mesh at all, only words.\n" * 9, "no OBJ mesh"),
        ("x.obj", scans.ply(POINTS, TRIANGLES), "no OBJ"),
        ("x.ply", scans.obj(POINTS, TRIANGLES), "does not begin as a PLY"),
        ("x.ply", b"", "empty"),
        ("x.txt", b"v 0 0 0", "does not end in"),
        ("x.ply.gz", b"\x1f\x8b\x08", "packed"),
        ("x.ply", b"\x1f\x8b\x08" + b"0" * 99, "packed"),
        ("x.glb", b"PK\x03\x04" + b"0" * 99, "packed"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no triangles"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "not there"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "vertex 0"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n", "fewer than three"),
        ("x.obj", b"v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n", "not numbers"),
        ("x.obj", b"v 0 0 0\nv inf 0 0\nv 0 1 0\nf 1 2 3\n", "not numbers"),
        ("x.obj", b"v 0 0 0\nv 1e30 0 0\nv 0 1 0\nf 1 2 3\n", "beyond any body"),
        ("x.obj", b"v 0 0\nv 1 0\nv 0 1\nf 1 2 3\n", "2 numbers"),
        ("x.obj", b"v 0 0 0\nv 1 0 0 1\nv 0 1 0\nf 1 2 3\n", "more numbers"),
        ("x.obj", b"v 0 0 0\nv one 0 0\nv 0 1 0\nf 1 2 3\n", "damaged"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 " + b"1" * 5_000_000 + b" 0\nf 1 2 3\n", "line longer"),
        ("x.obj", b"v 0 0 0\nv 1 0 0\nv 0 " + b"1" * 5_000 + b" 0\nf 1 2 3\n", "longer than any"),
    ],
)
def test_what_is_no_mesh_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, wrong: str) -> None:
    assert wrong in refusal(tmp_path, name, content)


@pytest.mark.parametrize("name", ["a.ply", "b.ply", "a.stl", "a.glb", "a.obj"])
def test_coordinates_that_are_no_numbers_are_refused(tmp_path: Path, name: str) -> None:
    points = POINTS.copy()
    points[2, 1] = np.nan
    write = {"a.obj": scans.obj, "a.stl": scans.stl, "a.glb": scans.glb}.get(name, scans.ply)
    form = {"form": "ascii"} if name == "b.ply" else {}
    assert "not numbers" in refusal(tmp_path, name, write(points, TRIANGLES, **form))  # type: ignore[operator]


def huge_ply(count: int, form: str = "binary_little_endian") -> bytes:
    head = f"ply\nformat {form} 1.0\nelement vertex {count}\nproperty float x\nproperty float y\nproperty float z\n"
    return (
        head + f"element face {count}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode() + b"0 0 0\n" * 9


@pytest.mark.parametrize("count", [10_000_000, 10**11, 10**30])
@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_a_header_that_claims_too_much_is_refused_before_memory_is(tmp_path: Path, count: int, form: str) -> None:
    message = refusal(tmp_path, "x.ply", huge_ply(count, form))
    assert "at most 2 000 000 are read" in message or "no number" in message


def test_a_header_that_claims_more_than_the_file_holds_is_refused(tmp_path: Path) -> None:
    assert "shorter" in refusal(tmp_path, "x.ply", huge_ply(1_000_000))
    assert "shorter" in refusal(tmp_path, "x.ply", huge_ply(1_000_000, "ascii"))
    lying = [
        {"bufferView": 0, "componentType": 5126, "count": 1_900_000, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5125, "count": TRIANGLES.size, "type": "SCALAR"},
    ]
    assert "shorter" in refusal(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, accessors=lying))


def test_a_glb_that_repeats_its_data_or_its_nodes_without_end_is_refused(tmp_path: Path) -> None:
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    many = np.tile(TRIANGLES, (50_000, 1))
    content = scans.glb(POINTS, many, meshes=[{"primitives": [primitive] * 300}])
    assert "at most" in refusal(tmp_path, "x.glb", content)
    loop = scans.glb(POINTS, TRIANGLES, nodes=[{"mesh": 0, "children": [0]}])
    assert "without end" in refusal(tmp_path, "x.glb", loop)
    wide = scans.glb(
        POINTS, TRIANGLES, nodes=[{"children": [1] * 200}, {"children": [2] * 200}, {"children": [3] * 200}, {}]
    )
    assert "without end" in refusal(tmp_path, "x.glb", wide)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"buffers": [{"byteLength": 9, "uri": "http://example.invalid/a.bin"}]}, "another file"),
        ({"buffers": [{"byteLength": 9, "uri": "file:///etc/passwd"}]}, "another file"),
        ({"extensionsRequired": ["KHR_draco_mesh_compression"]}, "packs its triangles"),
        ({"extensionsRequired": ["EXT_meshopt_compression"]}, "packs its triangles"),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 5}]}]}, "strips or packed"),
        ({"accessors": [{"componentType": 5126, "count": 5, "type": "VEC3", "sparse": {}}]}, "not read"),
        ({"scenes": [{"nodes": [7]}]}, "damaged"),
        ({"scenes": [{"nodes": [-1]}]}, "not there"),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 1}]}]}, "no triangles"),
    ],
)
def test_a_glb_whose_shape_is_elsewhere_or_packed_is_refused(
    tmp_path: Path, change: dict[str, object], wrong: str
) -> None:
    assert wrong in refusal(tmp_path, "x.glb", scans.glb(POINTS, TRIANGLES, **change))


def test_no_other_file_is_opened_whatever_a_scan_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl skin\nmap_Kd secret.png\n", encoding="utf-8")
    contents = [scans.obj(POINTS, TRIANGLES), scans.glb(POINTS, TRIANGLES, images=[{"uri": "secret.png"}])]
    opened: list[str] = []
    plain = Path.open

    def watched(self: Path, *args: object, **options: object) -> object:
        opened.append(self.name)
        return plain(self, *args, **options)  # type: ignore[call-overload]

    for name, content in zip(("x.obj", "x.glb"), contents, strict=True):
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(Path, "open", watched)
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("another file was opened"))
    for name in ("x.obj", "x.glb"):
        read_scan_file(tmp_path / name)
    assert opened == ["x.obj", "x.glb"]


def test_what_is_no_regular_file_of_sane_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.ply").mkdir()
    os.mkfifo(tmp_path / "pipe.ply")
    (tmp_path / "large.ply").write_bytes(b"ply\n")
    os.truncate(tmp_path / "large.ply", whole_number("max_scan_bytes") + 1)
    for name, wrong in (
        ("folder", "a folder"),
        ("pipe", "regular"),
        ("large", "at most 250 MB"),
        ("none", "no such file"),
    ):
        with pytest.raises(ProblemError, match=wrong):
            read_scan_file(tmp_path / f"{name}.ply")


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with some bytes changed, or a piece of it cut out, doubled, or filled with one value."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        head = rng.random() < 0.5
        at = int(rng.integers(0, min(400, len(data)) if head else len(data)))
        kind = int(rng.integers(0, 6))
        length = int(rng.integers(1, 64))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            data[at : at + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif kind == 4:
            data[at : at + length] = bytes([int(rng.choice([0, 255, 127, 48, 57]))]) * length
        else:
            del data[at + 1 :]
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


def survive(folder: Path, count: int, *, whole_every: int) -> None:
    points, triangles, _ = head_mesh(SCANNED, 0)
    middles = points[triangles].mean(axis=1)
    face = triangles[(middles[:, 2] > -35) & (middles[:, 1] > -110)]
    files = {
        "a.obj": scans.obj(points, face),
        "a.ply": scans.ply(points, face),
        "b.ply": scans.ply(points, face, form="ascii"),
        "a.stl": scans.stl(points, face),
        "b.stl": scans.stl(points, face[:900], text=True),
        "a.glb": scans.glb(points, face),
    }
    rng = np.random.default_rng(11)
    refused = 0
    for number in range(count):
        name = list(files)[number % len(files)]
        path = folder / f"{number}{Path(name).suffix}"
        path.write_bytes(mutated(files[name], rng))
        try:
            file = read_scan_file(path)
            cleaned(file.mesh)
            if number % whole_every == 0:
                read_scan(path)
        except ProblemError as error:
            refused += len(error.problems)
        path.unlink()
    assert count * 0.3 < refused < count


def test_two_hundred_mutated_files_are_read_or_refused_never_more(tmp_path: Path) -> None:
    survive(tmp_path, 200, whole_every=20)


@pytest.mark.full
def test_two_thousand_mutated_files_are_read_or_refused_never_more(tmp_path: Path) -> None:
    survive(tmp_path, 2000, whole_every=5)


@pytest.mark.full
@pytest.mark.parametrize("kind", ["ply", "stl", "obj", "stacked"])
def test_the_largest_scans_that_are_read_stay_below_two_gigabytes(tmp_path: Path, kind: str) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from mesoplan.errors import ProblemError
        from mesoplan.surface.scan import read_scan
        try:
            read_scan(Path(sys.argv[1]))
        except ProblemError as error:
            print(error)
        """
    )
    points, triangles, _ = head_mesh(SCANNED, 4 if kind != "obj" else 3)
    content = {
        "ply": lambda: scans.ply(points, triangles),
        "stl": lambda: scans.stl(points, triangles),
        "obj": lambda: scans.obj(points, triangles),
        "stacked": lambda: scans.ply(POINTS * 100.0, np.tile(TRIANGLES, (480_000, 1))),
    }[kind]()
    path = tmp_path / f"large.{kind if kind != 'stacked' else 'ply'}"
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert done.returncode == 0, done.stderr
    assert max(before, peak) < 2_000_000
