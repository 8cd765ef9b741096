"""`mesoplan next` after a plan of exact places: the same skin and lattices, and what was left out is laid first."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cli.conftest import Done
from mesoplan.knowledge.base import Knowledge
from mesoplan.layout.space import LaidZone, cover_after, holds_next
from mesoplan.plan import Plan
from mesoplan.record.model import NUMBERS
from mesoplan.serial import from_json
from record.conftest import EXAMPLE, Raw, delivered_as_planned, zone_row
from surface import scans
from surface.heads import SCANNED, head_mesh

NEXT = date(2026, 12, 12)
GOALS = {"goals": [{"indication": "rejuvenation", "zones": ["forehead", "cheek_upper"]}]}


class Course:
    """A course in a folder, planned with some options."""

    def __init__(self, run: Callable[..., Done], folder: Path, knowledge: Knowledge) -> None:
        self.run, self.folder, self.words = run, folder, knowledge.words("en")
        self.out = folder / "papers"

    def intake(self, **top: Any) -> Path:
        raw = copy.deepcopy(EXAMPLE) | GOALS | top
        raw["answers"] |= {"menstruation_start": "2026-12-05"} if "visit_date" in top else {}
        path = self.folder / "intake.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def plan(self, *options: object) -> Done:
        return self.run("plan", self.intake(), "--out", self.out, "--clinic", "example", *options)

    def record(self, change: Callable[[Raw], None] = lambda _: None) -> None:
        raw = delivered_as_planned(self.saved, self.words)
        raw["deviations"] = [{"item": "delivered", "zone": "all", "reason": "time"}]
        change(raw)
        path = self.folder / "session.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
        done = self.run("record", self.out, "--session", 1, path)
        assert done.code == 0, done.err

    def next(self, *options: object) -> Done:
        return self.run("next", self.out, "--intake", self.intake(visit_date=NEXT), *options)

    @property
    def saved(self) -> Plan:
        return from_json(Plan, (self.out / "plan.json").read_bytes())

    def places(self, zone: str, session: int) -> set[tuple[float, ...]]:
        data = json.loads((self.out / "punctures.json").read_text(encoding="utf-8"))
        rows = [row for row in data["punctures"] if row["zone"] == zone and row["session"] == session]
        return {tuple(row["position_mm"]) for row in rows}


@pytest.fixture
def course(run: Callable[..., Done], tmp_path: Path, knowledge: Knowledge) -> Course:
    return Course(run, tmp_path, knowledge)


def left_out(raw: Raw) -> None:
    gone = zone_row(raw, "forehead")
    gone |= {key: "unknown" for key in gone if key in NUMBERS}
    gone["delivered"] = "no"


def in_part(raw: Raw) -> None:
    zone_row(raw, "forehead").update(delivered="part", share=0.5)


def test_the_session_that_a_zone_missed_is_laid_next_there_and_the_other_zones_go_on(course: Course) -> None:
    assert course.plan("--exact", "--export", "json").code == 0
    missed, second = course.places("forehead", 1), course.places("cheek_upper_left", 2)
    course.record(left_out)
    done = course.next()
    assert done.code == 0, done.err
    assert course.places("forehead", 2) == missed
    assert course.places("forehead", 1) == course.places("cheek_upper_left", 1) == set()  # no device is told again
    assert course.places("cheek_upper_left", 2) == second
    assert "a session that was left out is laid first" in " ".join(done.out.split())
    zones = {one.zone: one for one in course.saved.space.zones}
    assert zones["forehead"].holds == (1, 1, 2, 3, 4)
    assert zones["cheek_upper_left"].holds == (1, 2, 3, 4, 5)
    wished = {one.zone: one.area_fraction for one in course.saved.prescription.zones}
    assert set(wished.values()) == {0.2}  # what is missing is laid, so no setting makes up for it
    quality = {one.zone: one for one in course.saved.quality.zones}
    assert quality["forehead"].course[0].mean == 0.0
    assert quality["forehead"].course[1].mean == pytest.approx(quality["cheek_upper_left"].course[0].mean)
    notes = json.loads((course.out / "punctures.json").read_text(encoding="utf-8"))["notes"]
    assert any("no session left that could lay it" in one for one in notes)


def test_a_zone_stopped_part_way_goes_on_and_is_named_for_where_it_stopped_nobody_knows(course: Course) -> None:
    assert course.plan("--exact", "--export", "json").code == 0
    second = course.places("forehead", 2)
    course.record(in_part)
    assert course.next("--export", "csv", "--export", "json").code == 0
    assert course.places("forehead", 2) == second
    notes = json.loads((course.out / "punctures.json").read_text(encoding="utf-8"))["notes"]
    assert any("forehead" in one and "stopped part-way" in one for one in notes)
    quality = {one.zone: one for one in course.saved.quality.zones}
    whole, half = quality["cheek_upper_left"], quality["forehead"]
    assert half.course[0].mean == pytest.approx(whole.course[0].mean / 2)
    assert half.course[-1].mean < whole.course[-1].mean
    assert 1 - half.course_hits[0] == pytest.approx(half.course[-1].ideal, abs=0.02)
    assert half.course[-1].ideal < whole.course[-1].ideal - 0.05
    assert (course.out / "punctures.csv").exists()


def test_a_course_on_a_scan_goes_on_with_the_same_scan_alone(course: Course) -> None:
    points, triangles, _ = head_mesh(SCANNED, 0)
    scan, other = course.folder / "face.ply", course.folder / "other.ply"
    scan.write_bytes(scans.ply(points, triangles))
    other.write_bytes(scans.ply(points * 1.01, triangles))
    options = ("--mirrored", "no", "--export", "json")
    assert course.plan("--exact", "--scan", scan, *options).code == 0
    second = course.places("forehead", 2)
    course.record()
    before = {one.name: one.read_bytes() for one in course.out.iterdir()}
    for given, told in (((), "that its folder does not hold"), (("--scan", other, *options), "this is not the file")):
        done = course.next(*given)
        assert done.code == 2
        problem = [line for line in done.err.strip().splitlines() if not line.startswith("Note:")]
        assert len(problem) == 1
        assert problem[0].startswith("--scan")
        assert told in problem[0]
        assert {one.name: one.read_bytes() for one in course.out.iterdir()} == before
    assert course.next("--scan", scan, *options).code == 0
    assert course.places("forehead", 2) == second
    assert course.saved.surface.kind == "scan"
    assert (course.out / "map.html").exists()


def test_exact_places_can_be_left_for_good_and_never_begin_in_the_middle(course: Course) -> None:
    assert course.plan("--map").code == 0
    course.record()
    refused = course.next("--exact")
    assert refused.code == 2
    assert "no exact places to go on with" in refused.err
    assert course.next().code == 0
    assert course.saved.space.mode == "example"
    assert (course.out / "map.html").exists()
    assert course.plan("--exact", "--map").code == 0
    assert course.next("--no-exact").code == 0
    assert course.saved.space.mode == "example"
    assert course.saved.quality.zones[0].known == "statistical"


def test_what_was_left_out_is_laid_first_then_the_rest_then_what_was_begun() -> None:
    assert holds_next(5, (1, 2), (0.0, 1.0), 5) == (1, 2, 1, 3, 4)
    assert holds_next(3, (1, 2), (0.5, 0.2), 6) == (1, 2, 3, 2, 1, None)
    assert holds_next(3, (1,), (None,), 3) == (1, 2, 3)
    assert holds_next(2, (1, 2, None), (1.0, 1.0, 1.0), 4) == (1, 2, None, None)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.5])
def test_laying_what_was_left_out_covers_at_least_as_much_as_going_on_blindly(sigma: float) -> None:
    """Each session shifted as a whole by its own error; one was left out, and the course has one session more."""
    from mesoplan.layout.lattice import interleave
    from mesoplan.layout.measure import count_hits
    from mesoplan.layout.place import place, prepare
    from mesoplan.layout.punctures import Punctures
    from mesoplan.surface.shapes import flat_patch

    skin = flat_patch("forearm_left", 40.0, 40.0)
    laid = place(prepare(skin, {"forearm_left": interleave(4, 0.25, 0.3)}))
    holds = holds_next(4, (1, 2), (0.0, 1.0), 5)
    gained = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        errors = rng.normal(0.0, sigma, (5, 3)) * (1, 1, 0)
        covers = []
        for sessions in ([2, 3, 4, None], [2, *holds[2:]]):  # blindly there is no fifth; adapted it is the first
            pairs = [(laid.session == held - 1, error) for held, error in zip(sessions, errors, strict=False) if held]
            places = np.concatenate([laid.positions_mm[own] + error for own, error in pairs])
            none = np.zeros(len(places), np.int64)
            shifted = Punctures(skin, places, none.astype(np.int32), none.astype(np.int16), 1, 0.3)
            covers.append(float((count_hits(shifted, 1)["forearm_left"] > 0).mean()))
        assert covers[1] >= covers[0]
        gained.append(covers[1] - covers[0])
    assert np.mean(gained) > 0.05


def test_the_cover_counts_each_session_by_the_share_that_was_delivered() -> None:
    zone = LaidZone("forehead", 40.0, (0.0, 0.0, 0.0), 3, 0.2, 0.3, (1, 2, 3), (0.5, None))
    covers = (0.0, 0.2, 0.4, 0.6)
    assert cover_after(zone, covers, 1) == pytest.approx(0.1)
    assert cover_after(zone, covers, 2) == pytest.approx(0.1)  # not known: at least
    assert cover_after(zone, covers, 3) == pytest.approx(0.5 * 0.2 + 0.5 * 0.4)


def test_a_stamps_course_goes_on_with_the_same_plates(course: Course) -> None:
    options = ("--technique", "fractional_stamp", "--exact", "--export", "json", "--map")
    assert course.plan(*options).code == 0

    def placed(zone: str, session: int) -> set[tuple[float, ...]]:
        data = json.loads((course.out / "footprints.json").read_text(encoding="utf-8"))
        rows = [row for row in data["footprints"] if row["zone"] == zone and row["session"] == session]
        return {tuple(row["position_mm"]) for row in rows}

    missed, second = placed("forehead", 1), placed("cheek_upper_left", 2)
    course.record(left_out)
    done = course.next()
    assert done.code == 0, done.err
    assert placed("forehead", 2) == missed
    assert placed("cheek_upper_left", 2) == second
    assert placed("forehead", 1) == set()
    assert (course.out / "map.html").exists()
