"""`mesoplan report`: what the paper and report.json say, in both languages, and when nothing is reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.report.pages import beyond_margins, catalogue, characters, metadata, texts, whole

import mesoplan
from mesoplan.clinic.model import Clinic
from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.record.book import Record, read_record
from mesoplan.record.model import ZoneCover
from mesoplan.record.summary import CourseReport, _zones, summarise
from mesoplan.report.record_paper import make_report
from mesoplan.serial import from_json, to_json
from record.conftest import ON, Desk, Raw, make, zone_row
from record.test_outcome import EVENT, SCORE, enter, report
from record.test_simulate import recorded as simulate_and_record

Build = Callable[..., Raw]
MARGIN_PT = 45.0
WORDS = Path(mesoplan.__file__).parent / "knowledge" / "data" / "words"


def because(item: str, zone: str = "all") -> Raw:
    return {"item": item, "zone": zone, "reason": "time ran out"}


@pytest.fixture
def reported(desk: Desk, as_planned: Build) -> Desk:
    raw = as_planned(deviations=[because("delivered"), because("hand_speed_mm_s")])
    zone_row(raw, "forehead").update(delivered="part", share=0.5)
    zone_row(raw, "cheek_lower_right")["hand_speed_mm_s"] = 50.0
    zone_row(raw, "cheek_lower_left")["depth_mm"] = 1.5
    zone_row(raw, "cheek_upper_left")["passes"] = "unknown"
    zone_row(raw, "cheek_upper_left")["minutes"] = "unknown"
    assert desk.record(raw).code == 3
    assert enter(desk, report([EVENT], [SCORE])).code == 0
    return desk


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_paper_says_what_was_planned_delivered_and_reached(reported: Desk, language: str) -> None:
    done = reported.call("report", reported.course, "--lang", language)
    assert done.code == 0, done.err
    pdf = (reported.course / "course-report.pdf").read_bytes()
    text = whole(pdf)
    for page in texts(pdf):
        assert "Anna Example" in page
        assert "EX-0001" in page
        assert "EXAMPLE" in page
    words = yaml.safe_load((WORDS / f"record.{language}.yaml").read_text(encoding="utf-8"))["words"]
    for key in ("cover_title", "outcome_title", "events_title", "lots_title", "integrity_title", "broken_title"):
        assert words[f"record.{key}"].rstrip(":") in text
    for told in ("10 % (20 %)", "EX-0001", "lump", "GAIS", "time ran out", "B. Example"):
        assert told.replace(" %", "\u00a0%") in text or told in text, told
    head = read_record(reported.course).head
    assert " ".join(head[start : start + 8] for start in range(0, 64, 8)) in text
    assert str(reported.course / "course-report.pdf") in done.out


def test_the_data_is_the_record_and_comes_back_as_it_was(reported: Desk) -> None:
    assert reported.call("report", reported.course).code == 0
    text = (reported.course / "report.json").read_text(encoding="utf-8")
    found = from_json(CourseReport, text)
    record = read_record(reported.course)
    assert to_json(found) == text
    assert found.sessions == record.sessions
    assert found.adverse_events == record.adverse_events
    assert found.scores == record.scores
    assert found.integrity.entries == len(record.entries) == 3
    zones = {one.zone: one for one in found.zones}
    assert zones["forehead"].delivered_after[0] == pytest.approx(0.1, abs=0.005)
    assert zones["cheek_upper_left"].delivered_after == (None,)
    assert zones["cheek_upper_left"].at_least == 0.0
    assert [(one.what, one.lot, one.session) for one in found.lots][:2] == [
        ("example-revital", "EX-0001", 1),
        ("example-14", "C-1", 1),
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_paper_is_accessible_legible_and_inside_its_margins(
    reported: Desk, plan: Plan, knowledge: Knowledge, clinic: Clinic, as_planned: Build, language: str
) -> None:
    """Also with more sessions than stand side by side, long words and every kind of mark."""
    record = read_record(reported.course)
    (first,) = record.sessions
    long_words = replace(first.delivered, notes="x" * 200 + " " + "слово " * 60, practitioner="Ж" * 90)
    sessions = tuple(
        replace(first, delivered=replace(long_words, session=number, date=ON + timedelta(days=15 * number)))
        for number in range(1, 8)
    )
    found = replace(summarise(record, plan), sessions=sessions, entries=tuple(range(2, 9)))
    zones = tuple(
        replace(
            one,
            planned=one.planned * 7,
            delivered=one.delivered * 7,
            planned_after=one.planned_after * 7,
            delivered_after=one.delivered_after * 7,
        )
        for one in found.zones
    )
    pdf = make_report(replace(found, zones=zones), plan, knowledge, clinic, language)["course-report.pdf"]
    assert len(texts(pdf)) >= 3
    assert min(one.size_pt for one in characters(pdf)) >= 8.99
    assert beyond_margins(pdf, MARGIN_PT) == []
    assert "pdfuaid" in metadata(pdf)
    assert catalogue(pdf)["/Lang"] == language
    assert "\u25a1" not in whole(pdf)


def test_points_by_syringe_are_reported_without_cover(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    by_hand = make(knowledge, clinic, "classical_injection")
    (desk.course / "plan.json").write_text(to_json(by_hand), encoding="utf-8")
    assert desk.record(as_planned(of=by_hand, device="unknown")).code in (0, 3)
    assert desk.call("report", desk.course).code == 0
    text = whole((desk.course / "course-report.pdf").read_bytes())
    assert "Points" in text
    assert "Cover, planned and delivered" not in text


def test_a_simulated_course_says_so_on_every_page(desk: Desk) -> None:
    assert simulate_and_record(desk, {"explains": "no"}).code == 0
    done = desk.call("report", desk.course)
    assert "SIMULATED" in done.out
    assert all("SIMULATED" in page for page in texts((desk.course / "course-report.pdf").read_bytes()))
    assert from_json(CourseReport, (desk.course / "report.json").read_text(encoding="utf-8")).simulated


def test_a_correction_counts_and_is_named(reported: Desk, as_planned: Build) -> None:
    raw = as_planned()
    assert reported.record(raw, "--corrects", 2, "--reason", "the protocol was misread").code == 0
    assert reported.call("report", reported.course).code == 0
    found = from_json(CourseReport, (reported.course / "report.json").read_text(encoding="utf-8"))
    assert [one[:3] for one in found.integrity.corrections] == [(4, 2, "the protocol was misread")]
    assert found.zones[0].delivered[0] == pytest.approx(0.2, abs=0.01)
    assert "the protocol was misread" in whole((reported.course / "course-report.pdf").read_bytes())


def test_the_same_record_gives_the_same_bytes(reported: Desk, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert reported.call("report", reported.course, "--out", tmp_path / folder).code == 0
    for name in ("report.json", "course-report.pdf"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert not (reported.course / "report.json").exists()


def test_a_record_that_is_not_whole_is_not_reported(reported: Desk) -> None:
    path = reported.course / "record.ndjson"
    path.write_bytes(path.read_bytes().replace(b"lump", b"bump"))
    done = reported.call("report", reported.course)
    assert done.code == 2
    assert "record.ndjson:3" in done.err
    assert not (reported.course / "course-report.pdf").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [((), "nothing was recorded"), (("--lang", "xx"), "xx"), (("--clinic", "nowhere"), "nowhere")],
)
def test_a_report_of_nothing_or_in_no_language_is_refused(desk: Desk, options: tuple[str, ...], words: str) -> None:
    done = desk.call("report", desk.course, *options)
    assert done.code == 2
    assert words in done.err


def test_another_clients_plan_beside_the_record_is_refused(reported: Desk) -> None:
    path = reported.course / "plan.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"EX-0001"', '"EX-0002"'), encoding="utf-8")
    done = reported.call("report", reported.course)
    assert done.code == 2
    assert "of client EX-0001" in done.err


@given(st.lists(st.none() | st.floats(0.0, 0.9), min_size=1, max_size=6))
def test_the_cumulative_cover_of_a_zone_is_that_of_its_sessions(covers: list[float | None]) -> None:
    class Done:
        def __init__(self, cover: float | None) -> None:
            self.covers = (ZoneCover("forehead", 0.2, cover),)

    sessions: Any = tuple(Done(one) for one in covers)
    (zone,) = _zones(sessions)
    left, known = 1.0, True
    for number, cover in enumerate(covers):
        known = known and cover is not None
        left *= 1.0 - (cover or 0.0)
        assert zone.planned_after[number] == pytest.approx(1 - 0.8 ** (number + 1))
        if known:
            assert zone.delivered_after[number] == pytest.approx(1.0 - left)
        else:
            assert zone.delivered_after[number] is None
    assert zone.at_least == pytest.approx(1.0 - left)


def test_an_empty_record_has_no_report(plan: Plan) -> None:
    with pytest.raises(ProblemError, match="nothing was recorded"):
        summarise(Record(), plan)


def test_both_languages_of_the_record_say_the_same_with_the_same_values() -> None:
    english, russian = (
        yaml.safe_load((WORDS / f"record.{one}.yaml").read_text(encoding="utf-8"))["words"] for one in ("en", "ru")
    )
    assert english.keys() == russian.keys()
    for key in english:
        assert set(re.findall(r"\{(\w+)\}", english[key])) == set(re.findall(r"\{(\w+)\}", russian[key])), key
        plain = re.sub(r"\{\w+\}", "", russian[key])
        assert re.search(r"[А-Яа-яЁё]", plain) or not re.search(r"[A-Za-z]", plain), key


def test_no_word_of_the_record_stands_unused() -> None:
    package = Path(mesoplan.__file__).parent
    parts = ("record", "report", "cli")
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for part in parts
        for path in (package / part).rglob("*")
        if path.suffix in (".py", ".typ")
    )
    literal = set(re.findall(r'["\']([A-Za-z_][\w./ -]*)["\']', code))
    families = set(re.findall(r'f"([a-z_]+(?:\.[a-z_]+)*\.)\{', code))
    english = yaml.safe_load((WORDS / "record.en.yaml").read_text(encoding="utf-8"))["words"]
    unused = [
        key
        for key in english
        if key not in literal and not any(key.startswith(family) for family in families - {"foot."})
    ]
    assert set(unused) <= {"record.title", "foot.record"}


def test_every_mark_has_its_words(knowledge: Knowledge) -> None:
    code = (Path(mesoplan.__file__).parent / "record" / "judge.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'(?:mark|needs_reason)\(\s*"([a-z_]+)"', code)) | {
        "shortened_no",
        "shortened_part",
        "interval",
    }
    assert len(keys) > 15
    assert {key for key in keys if f"record.mark.{key}" not in knowledge.words("en")} == set()
