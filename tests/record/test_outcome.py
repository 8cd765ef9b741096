"""`mesoplan outcome`: adverse events and scores, what is refused, and what holds the next session back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.conftest import Done
from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.record.book import read_record
from mesoplan.record.outcome_file import outcome_template, parse_outcome, scales
from mesoplan.record.progress import history_of
from record.conftest import ON, Desk, Raw

Build = Callable[..., Raw]
REPORTED = date(2026, 12, 5)
EVENT: Raw = {
    "what": "lump",
    "onset": date(2026, 12, 1),
    "severity": "moderate",
    "zone": "forehead",
    "session": 1,
    "lot": "EX-0001",
    "action": "seen, told to come again",
    "resolved": "no",
}
SCORE: Raw = {
    "scale": "gais",
    "value": 2,
    "scored_on": date(2026, 12, 4),
    "scored_by": "B. Example",
    "role": "blinded",
    "zone": "forehead",
}


def report(events: list[Raw] | None = None, scores: list[Raw] | None = None, **changes: Any) -> Raw:
    base = {"client": "EX-0001", "reported_on": REPORTED, "adverse_events": events or [], "scores": scores or []}
    return base | changes


def enter(desk: Desk, raw: Raw, *more: object) -> Done:
    # the same date twice would be an alias in YAML
    path = desk.course.parent / "outcome.json"
    path.write_text(json.dumps(raw, default=str), encoding="utf-8")
    return desk.call("outcome", desk.course, path, *more)


@pytest.fixture
def after_one(desk: Desk, as_planned: Build) -> Desk:
    assert desk.record(as_planned()).code == 0
    return desk


def test_events_and_scores_are_recorded_as_they_were_told(after_one: Desk) -> None:
    done = enter(after_one, report([EVENT], [SCORE]))
    assert done.code == 0, done.err
    assert "adverse events 1, scores 1" in done.out
    record = read_record(after_one.course)
    (event,) = record.adverse_events
    assert (event.what, event.onset, event.severity) == ("lump", EVENT["onset"], "moderate")
    assert (event.zone, event.session, event.lot, event.resolved) == ("forehead", 1, "EX-0001", "no")
    (score,) = record.scores
    assert (score.scale, score.value, score.role, score.scored_by) == ("gais", 2.0, "blinded", "B. Example")
    assert [line["kind"] for line in after_one.lines()] == ["course", "session", "outcome"]


def test_a_baseline_is_scored_before_the_first_session(desk: Desk) -> None:
    score = SCORE | {"scored_on": ON, "scale": "wsrs", "value": 3}
    assert enter(desk, report(scores=[score], reported_on=ON)).code == 0
    assert read_record(desk.course).scores[0].scale == "wsrs"


def test_what_is_unknown_stays_unknown_and_counts_as_grave(after_one: Desk, plan: Plan) -> None:
    done = enter(after_one, report([{"what": "something on the cheek"}]))
    assert done.code == 0, done.err
    assert "no further session sheet" in done.out
    record = read_record(after_one.course)
    (event,) = record.adverse_events
    assert (event.onset, event.severity, event.session, event.lot, event.resolved) == (
        None,
        "unknown",
        None,
        None,
        "unknown",
    )
    assert history_of(record, plan).held_back == ("sheet.adverse_event_open",)


@pytest.mark.parametrize(
    ("severity", "resolved", "held"),
    [
        ("mild", "no", False),
        ("moderate", "unknown", False),
        ("severe", "no", True),
        ("serious", "unknown", True),
        ("unknown", "no", True),
        ("serious", "yes", False),
    ],
)
def test_grave_events_that_are_not_over_hold_the_next_session_back(
    after_one: Desk, plan: Plan, severity: str, resolved: str, held: bool
) -> None:
    done = enter(after_one, report([EVENT | {"severity": severity, "resolved": resolved}]))
    assert done.code == 0, done.err
    assert bool(history_of(read_record(after_one.course), plan).held_back) == held


def test_the_next_session_prints_no_sheet_until_the_correction_says_it_is_over(after_one: Desk) -> None:
    from record.test_next import prepare, saved

    assert enter(after_one, report([EVENT | {"severity": "severe"}])).code == 0
    assert prepare(after_one).code == 0
    assert saved(after_one.course).session_sheet == ("sheet.adverse_event_open",)
    over = EVENT | {"severity": "severe", "resolved": "yes", "resolved_on": date(2026, 12, 8)}
    done = enter(after_one, report([over], reported_on=date(2026, 12, 9)), "--corrects", 3, "--reason", "it is over")
    assert done.code == 0, done.err
    assert "corrects entry 3" in done.out
    assert prepare(after_one).code == 0
    assert saved(after_one.course).session_ready
    assert len(read_record(after_one.course).adverse_events) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"what": "unknown"}, "must not be left out"),
        ({"severity": "bad"}, "not one of the answers"),
        ({"onset": date(2026, 11, 20)}, "before the session of 2026-11-23"),
        ({"onset": date(2026, 12, 6)}, "after the report of 2026-12-05"),
        ({"onset": "soon"}, "not a date"),
        ({"session": 2}, "this session is not recorded"),
        ({"lot": "EX-9"}, "this lot was not used"),
        ({"zone": "cheek_upper"}, "two sides"),
        ({"resolved_on": date(2026, 12, 2)}, "resolved is no"),
        ({"resolved": "yes", "resolved_on": date(2026, 11, 30)}, "before its onset"),
        ({"grade": 2}, "this key means nothing here"),
    ],
)
def test_an_event_that_contradicts_the_record_is_refused(after_one: Desk, change: Raw, words: str) -> None:
    before = after_one.lines()
    done = enter(after_one, report([EVENT | change]))
    assert done.code == 2, done.out
    assert words in " ".join(done.err.split())
    assert after_one.lines() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scale": "beauty"}, "not a scale"),
        ({"value": 0}, "outside the range of gais"),
        ({"value": 6}, "It runs from 1 to 5"),
        ({"value": 2.5}, "whole numbers only"),
        ({"value": "unknown"}, "needs its value"),
        ({"value": "good"}, "not a number"),
        ({"scored_on": "unknown"}, "needs its day"),
        ({"scored_on": date(2026, 12, 6)}, "after the report"),
        ({"role": "mother"}, "not one of the answers"),
    ],
)
def test_a_score_that_cannot_be_is_refused(after_one: Desk, change: Raw, words: str) -> None:
    done = enter(after_one, report(scores=[SCORE | change]))
    assert done.code == 2, done.out
    assert words in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("raw", "options", "words"),
    [
        (report(), (), "neither an adverse event nor a score"),
        (report([EVENT], client="EX-0002"), (), "this course is of client EX-0001"),
        (report([EVENT], reported_on="unknown"), (), "the day of this report is missing"),
        (report([EVENT], schema="x"), (), "another kind of file"),
        (report([EVENT], simulated="yes"), (), "never mixed"),
        (report([EVENT]), ("--corrects", 2, "--reason", "x"), "this entry holds no outcome"),
        (report([EVENT]), ("--corrects", 2), "needs the entry's number and its reason"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused(
    after_one: Desk, raw: Raw, options: tuple[object, ...], words: str
) -> None:
    done = enter(after_one, raw, *options)
    assert done.code == 2, done.out
    assert words in " ".join(done.err.split())


def test_an_event_without_any_session_is_refused(desk: Desk) -> None:
    assert "no session is recorded" in enter(desk, report([EVENT])).err


def test_a_missing_file_is_told(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("outcome", desk.course).code == 2
    assert desk.call("outcome", desk.course, tmp_path / "none.yaml").code == 2


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_template_names_every_scale_with_its_range_and_holds_nothing_itself(
    knowledge: Knowledge, desk: Desk, language: str
) -> None:
    text = outcome_template(knowledge, "EX-0001", language)
    for scale, (low, high, _) in scales(knowledge).items():
        assert f"{scale}: {low:g}–{high:g}" in text
    with pytest.raises(ProblemError, match="day of this report"):
        parse_outcome(yaml.safe_load(text), knowledge, "t")
    path = desk.course.parent / "t.yaml"
    assert desk.call("outcome", desk.course, "--template", path).code == 0
    assert desk.call("outcome", desk.course, "--template", path).code == 2


def test_the_scales_have_their_published_ranges_and_status(knowledge: Knowledge) -> None:
    expected = {
        "gais": (1, 5, True),
        "goodman_baron_qualitative": (1, 4, True),
        "goodman_baron_quantitative": (0, 84, True),
        "wsrs": (1, 5, True),
        "masi": (0, 48, False),
        "posas_observer": (6, 60, True),
        "posas_patient": (6, 60, True),
        "fitzpatrick_wrinkle": (1, 9, True),
    }
    assert scales(knowledge) == expected
    status = {name: knowledge.facts[f"scale.{name}"].claims[0].status for name in expected}
    assert {name for name, one in status.items() if one == "M"} == {"goodman_baron_quantitative", "fitzpatrick_wrinkle"}


@given(st.sampled_from(["gais", "masi", "posas_observer", "goodman_baron_quantitative"]), st.floats(-5.0, 100.0))
def test_exactly_the_values_of_a_scale_are_accepted(knowledge: Knowledge, scale: str, value: float) -> None:
    low, high, whole = scales(knowledge)[scale]
    raw = report(scores=[SCORE | {"scale": scale, "value": value}])
    fits = low <= value <= high and (not whole or value == int(value))
    try:
        assert parse_outcome(raw, knowledge, "t").scores[0].value == value
        accepted = True
    except ProblemError:
        accepted = False
    assert accepted == fits
