"""`mesoplan sessions`: the table, the picture, and what is refused."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_table_tells_what_five_sessions_of_a_fifth_cover(run, language):
    done = run("sessions", "--fraction", "0.2", "--cover", "0.95", "--lang", language)
    assert done.code == 0
    (five,) = (line.split() for line in done.out.splitlines() if line.split()[:1] == ["5"])
    point = "," if language == "ru" else "."
    assert five[1] == "100\N{NO-BREAK SPACE}%"[: len(five[1])]
    assert f"67{point}2" in " ".join(five)
    assert f"90{point}9" in " ".join(five)
    assert "14" in done.out
    assert "mesoplan explain sigma.freehand" in done.out
    assert max(map(len, done.out.splitlines())) <= 100


def test_the_json_holds_the_lattices_and_what_the_wished_cover_needs(run):
    done = run("sessions", "--fraction", "0.2", "--cover", "0.95", "--sigma-mm", "0", "--json")
    table = json.loads(done.out)
    assert table["needs"] == {"equidistant": 6, "equidistant_cover": 6, "densest": 5, "densest_cover": 5}
    assert table["rows"][4]["equidistant"]["kind"] == "square"
    assert table["diameter_mm"] == 0.3


def test_free_hand_alone_has_no_lattice(run, tmp_path):
    picture = tmp_path / "cover.svg"
    done = run("sessions", "--fraction", "0.2", "--cover", "0.95", "--freehand", "--out", picture)
    assert "By free hand: 14 sessions." in done.out
    assert "Equal distances" not in done.out
    texts = [one.text for one in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "By free hand" in texts
    assert "Most cover, exact" not in texts


def test_the_picture_shows_each_way_with_a_point_for_each_number_of_sessions(run, tmp_path):
    picture = tmp_path / "cover.svg"
    run("sessions", "--fraction", "0.2", "--cover", "0.95", "--out", picture)
    root = ET.parse(picture).getroot()
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 6 * 16
    heights = [float(one.get("cy", "nan")) for one in circles[16:32]]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fraction", "20", "--cover", "0.95"], "--fraction: not a share between 0 and 1 (given: 20). Write 0.2"),
        (["--fraction", "0.2", "--cover", "1"], "--cover: not a share between 0 and 1"),
        (["--fraction", "nan", "--cover", "0.9"], "--fraction: not a share between 0 and 1"),
        (["--fraction", "0.2", "--cover", "0.9", "--sigma-mm", "-1"], "--sigma-mm: not a plausible length"),
        (["--fraction", "0.2", "--cover", "0.9", "--microzone-mm", "300"], "--microzone-mm: not a plausible length"),
    ],
)
def test_what_is_no_share_or_length_is_refused_with_the_remedy(run, arguments, told):
    done = run("sessions", *arguments)
    assert done.code == 2
    assert told in done.err


def test_every_wrong_option_is_told_at_once(run):
    done = run("sessions", "--fraction", "0", "--cover", "95", "--sigma-mm", "inf")
    assert done.code == 2
    assert all(option in done.err for option in ("--fraction", "--cover", "--sigma-mm"))


def test_an_error_too_small_to_divide_by_counts_as_none(run):
    tables = [
        json.loads(run("sessions", "--fraction", "0.2", "--cover", "0.9", "--sigma-mm", error, "--json").out)
        for error in ("0", "1e-320")
    ]
    assert tables[0]["needs"] == tables[1]["needs"]


@pytest.mark.parametrize("name", ["plan.json", "map.svg"])
def test_a_picture_takes_the_place_of_no_other_file(run, tmp_path, name):
    (tmp_path / name).write_text("a paper")
    done = run("sessions", "--fraction", "0.2", "--cover", "0.9", "--freehand", "--out", tmp_path / name)
    assert (done.code, done.out, (tmp_path / name).read_text()) == (2, "", "a paper")
    assert "--out" in done.err


def test_a_picture_that_cannot_be_written_is_told(run, tmp_path):
    done = run("sessions", "--fraction", "0.2", "--cover", "0.9", "--freehand", "--out", tmp_path / "none" / "a.svg")
    assert done.code == 2
    assert "--out: No such file or directory" in done.err
