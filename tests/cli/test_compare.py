"""`mesoplan compare` on the command line: what it prints and writes, and every file that it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from cli.conftest import Done
from mesoplan.clinic.load import load_clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.plan import Plan
from mesoplan.report.compare import compare
from mesoplan.serial import to_json
from record.conftest import make

TECHNIQUES = {"pen": "fractional_pen", "syringe": "classical_injection", "stamp": "fractional_stamp"}
Run = Callable[..., Done]
Folders = Callable[[str], Path]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@cache
def planned(name: str) -> Plan:
    knowledge = load()
    return make(knowledge, load_clinic("example", knowledge), TECHNIQUES[name])


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    def folder(name: str) -> Path:
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        (path / "plan.json").write_text(to_json(planned(name)), encoding="utf-8")
        return path

    return folder


def test_the_command_prints_both_plans_within_100_columns_and_writes_a_paper(
    run: Run,
    folders: Folders,
    tmp_path: Path,
) -> None:
    out = tmp_path / "both.pdf"
    done = run("compare", folders("pen"), folders("syringe") / "plan.json", "--out", out)
    assert done.code == 0, done.err
    assert out.read_bytes().startswith(b"%PDF")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in done.out
    order = [
        done.out.index(word) for word in ("EXAMPLE", "A: Fractional", "B: Classical", "€750", "EXCEEDED", str(out))
    ]
    assert all(one < other for one, other in pairwise(order))
    russian = run("compare", folders("pen"), folders("syringe"), "--lang", "ru")
    assert "ПРЕВЫШЕНИЕ" in russian.out
    assert max(map(len, russian.out.splitlines())) <= 100


def test_the_json_is_the_comparison_itself(run: Run, folders: Folders, knowledge: Knowledge) -> None:
    done = run("compare", folders("pen"), folders("stamp"), "--json")
    assert done.code == 0, done.err
    assert done.out == to_json(compare(planned("pen"), planned("stamp"), knowledge))


def test_a_paper_is_never_overwritten(run: Run, folders: Folders, tmp_path: Path) -> None:
    out = tmp_path / "plan.pdf"
    out.write_bytes(b"a plan")
    done = run("compare", folders("pen"), folders("stamp"), "--out", out)
    assert (done.code, out.read_bytes()) == (2, b"a plan")
    assert "--out" in done.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[]", "another file than a plan"),
        (b'{"on": "2026-11-23", "cells": []}', "another file than a plan"),
        ("mangled", "do not fit"),
        ("longer", "would lose a value"),
        ("huge", "no plan holds this one"),
        (b'{"on": 1, "on": 2}', "a key stands twice"),
        ("foreign", "a language that has no texts here"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_its_name(
    run: Run,
    folders: Folders,
    tmp_path: Path,
    content: bytes | str,
    told: str,
) -> None:
    good = folders("pen")
    raw = json.loads((good / "plan.json").read_text(encoding="utf-8"))
    if content == "mangled":
        raw["layout"]["pen"][0]["hand_speed_mm_s"] = "fast"
    elif content == "longer":
        raw["layout"]["pen"][0]["laser_w"] = 3
    elif content == "huge":
        raw["layout"]["limits"][0]["limit"] = 1e308
    elif content == "foreign":
        raw["language"] = "xx"
    bad = tmp_path / "bad.json"
    bad.write_bytes(content if isinstance(content, bytes) else json.dumps(raw).encode())
    done = run("compare", good, bad)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "bad.json" in done.err
    assert len(done.err.splitlines()) == 1


def test_every_problem_of_the_command_line_is_told_at_once(run: Run, folders: Folders, tmp_path: Path) -> None:
    done = run("compare", tmp_path / "none", tmp_path, "--out", "paper.txt", "--lang", "fr")
    assert done.code == 2
    assert [line.split(". ")[0] for line in done.err.splitlines()] == ["1", "2", "3", "4"]
    other = run("compare", folders("pen"), folders("pen"), "--out", tmp_path / "no" / "such" / "folder.pdf")
    assert other.code == 2
    assert "folder.pdf" in other.err
