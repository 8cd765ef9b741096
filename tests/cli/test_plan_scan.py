"""`mesoplan plan --scan`: the papers rest on the scan; one that cannot be used is refused with nothing written."""

import json

import numpy as np
import pytest

from surface import scans
from surface.heads import SCANNED, head_mesh


@pytest.fixture
def out(tmp_path):
    return tmp_path / "papers"


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "face.ply"
    path.write_bytes(scans.ply(*head_mesh(SCANNED, 0)))
    return path


@pytest.mark.parametrize(
    ("language", "told"), [("en", "numbers were taken for mm"), ("ru", "Числа в скане приняты за мм")]
)
def test_a_plan_from_a_scan_says_what_its_areas_rest_on(run, example, out, scan, language, told):
    from pypdf import PdfReader

    done = run("plan", example(), "--out", out, "--scan", scan, "--mirrored", "no", "--lang", language)
    assert done.code == 0
    surface = json.loads((out / "plan.json").read_text(encoding="utf-8"))["surface"]
    assert (surface["kind"], surface["scale_basis"], surface["side"]) == ("scan", "scan", "confirmed")
    assert surface["scan"]["unit"] == "mm"
    assert {zone["basis"] for zone in surface["zones"]} == {"scan"}
    pages = " ".join(page.extract_text() for page in PdfReader(out / "plan.pdf").pages)
    text = " ".join(pages.split()).replace("\u00a0", " ")
    assert told in text


@pytest.mark.parametrize(("language", "told"), [("en", "may cut these zones off"), ("ru", "обрезает эти зоны")])
def test_a_cut_off_forehead_is_told_on_the_terminal_and_in_the_plan(run, example, out, tmp_path, language, told):
    from pypdf import PdfReader

    points, triangles, _ = head_mesh(SCANNED, 0)
    path = tmp_path / "cut.ply"
    path.write_bytes(scans.ply(points, triangles[(points[triangles][:, :, 1] < 40.0).all(axis=1)]))
    options = ("--scan", path, "--mirrored", "no", "--no-map", "--lang", language)
    done = run("plan", example(), "--out", out, *options)
    assert done.code == 0
    assert "The scan may cut off forehead" in done.err
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(out / "plan.pdf").pages).split())
    assert told in text


def test_a_scan_without_a_confirmed_side_says_so_on_the_map(run, example, out, scan):
    assert run("plan", example(), "--out", out, "--scan", scan).code == 0
    assert "SIDE NOT CONFIRMED" in (out / "map.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (lambda: b"only words, no mesh", (), "--scan: the file does not begin as a PLY does"),
        (lambda: scans.ply(head_mesh(SCANNED, 0)[0] * 20, head_mesh(SCANNED, 0)[1]), (), "mm apart"),
        (lambda: scans.ply(*head_mesh(SCANNED, 0)), ("--scan-unit", "m"), "give mm"),
        (lambda: scans.ply(np.eye(3), np.zeros((0, 3), np.int64)), (), "no triangles"),
        (lambda: scans.ply(np.eye(3), np.array([[0, 0, 1]])), (), "no triangle of the scan has an area"),
        (lambda: scans.ply(*head_mesh(SCANNED, 0)), ("--pupillary-distance", "62"), "a scan has a size of its own"),
    ],
)
def test_a_scan_that_cannot_be_used_ends_with_code_2_and_nothing_written(
    run, example, out, tmp_path, content, options, told
):
    path = tmp_path / "bad.ply"
    path.write_bytes(content())
    done = run("plan", example(), "--out", out, "--scan", path, *options)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not out.exists()
