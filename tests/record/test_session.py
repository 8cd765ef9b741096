"""`mesoplan record`: what is accepted, what is marked, and every reason for which a file is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.record.book import read_record
from mesoplan.record.cover import cumulative
from mesoplan.record.judge import unexplained
from mesoplan.record.planned import planned_session
from mesoplan.record.reader import load_text
from mesoplan.record.session_file import ITEMS, parse_session
from mesoplan.record.template import session_template
from mesoplan.serial import to_json
from record.conftest import ON, Desk, Raw, make, zone_row

Build = Callable[..., Raw]


def because(item: str, zone: str = "", reason: str = "the client's wish") -> Raw:
    return {"item": item, "zone": zone or "all", "reason": reason}


# -- accepted


def test_a_session_delivered_as_planned_is_recorded_with_the_planned_cover(
    desk: Desk, as_planned: Build, plan: Plan
) -> None:
    done = desk.record(as_planned())
    assert done.code == 0, done.err
    assert "entry 2 of the record" in done.out
    assert "Nothing stands out" in done.out
    (session,) = read_record(desk.course).sessions
    assert [one.zone for one in session.covers] == [one.zone for one in plan.prescription.zones]
    for cover, pen in zip(session.covers, plan.layout.pen, strict=True):
        assert cover.planned == pen.cover.mean
        assert cover.delivered == pytest.approx(pen.cover.mean, abs=0.01)  # the plan averages over the speed's spread
    assert [line["kind"] for line in desk.lines()] == ["course", "session"]
    assert desk.lines()[0]["body"]["client"] == "EX-0001"


def test_the_template_as_it_stands_says_that_nothing_is_known(desk: Desk, plan: Plan, knowledge: Knowledge) -> None:
    path = desk.course.parent / "template.yaml"
    assert desk.call("record", desk.course, "--session", 1, "--template", path).code == 0
    raw: Any = load_text(path.read_text(encoding="utf-8"), place="t")
    read = parse_session(raw | {"date": ON}, knowledge, "t")
    assert read.device is None
    assert read.cartridge.id is None
    assert read.reactions is None
    assert [one.zone for one in read.zones] == [one.zone for one in plan.prescription.zones]
    assert all(one.delivered == "unknown" and one.passes is None and one.depth_mm is None for one in read.zones)
    assert desk.record(raw | {"date": ON}).code == 0
    (session,) = read_record(desk.course).sessions
    assert all(one.delivered is None for one in session.covers)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("technique", [None, "classical_injection"])
def test_the_template_names_every_planned_number_and_none_as_delivered(
    knowledge: Knowledge, clinic: Clinic, language: str, technique: str | None
) -> None:
    planned = planned_session(make(knowledge, clinic, technique))
    text = session_template(planned, 1, knowledge.words(language))
    assert f" {knowledge.words(language)['unit.mm']}\n" in text
    raw: Any = yaml.safe_load(text)
    for row, zone in zip(raw["zones"], planned.zones, strict=True):
        for name in ("depth_mm", "passes", "points", "volume_ml", "hand_speed_mm_s"):
            if getattr(zone, name) is not None:
                assert row[name] == "unknown"
                assert f"{round(getattr(zone, name), 4):g}" in text
            else:
                assert name not in row


def test_a_template_never_overwrites_what_was_filled_in(desk: Desk) -> None:
    path = desk.course.parent / "t.yaml"
    path.write_text("mine", encoding="utf-8")
    done = desk.call("record", desk.course, "--session", 1, "--template", path)
    assert done.code == 2
    assert "already" in done.err
    assert path.read_text(encoding="utf-8") == "mine"


@given(st.lists(st.floats(0.0, 0.999), max_size=12))
def test_cumulative_cover_is_one_less_the_product_of_what_was_left(covers: list[float]) -> None:
    left = 1.0
    for cover in covers:
        left *= 1.0 - cover
    assert cumulative(covers) == pytest.approx(1.0 - left, abs=1e-12)
    assert cumulative(covers) == pytest.approx(cumulative(list(reversed(covers))), abs=1e-12)


def test_json_is_read_like_yaml(desk: Desk, as_planned: Build) -> None:
    path = desk.course.parent / "s.json"
    path.write_text(json.dumps(as_planned(), default=str), encoding="utf-8")
    assert desk.call("record", desk.course, "--session", 1, path).code == 0


@pytest.mark.parametrize(
    ("done", "share", "factor"),
    [("no", None, 0.0), ("part", 0.5, 0.5), ("part", 0.0, 0.0), ("part", "unknown", None), ("unknown", None, None)],
)
def test_a_zone_done_in_part_counts_for_that_part_and_an_unknown_one_stays_unknown(
    desk: Desk, as_planned: Build, done: str, share: object, factor: float | None
) -> None:
    raw = as_planned(deviations=[because("delivered", "forehead")])
    row = zone_row(raw, "forehead")
    whole = zone_row(raw, "cheek_upper_left")
    row |= {"delivered": done, "share": share}
    if done == "no":
        row |= dict.fromkeys(("depth_mm", "frequency_hz", "hand_speed_mm_s", "passes", "minutes"), "unknown")
    assert desk.record(raw).code == 0
    (session,) = read_record(desk.course).sessions
    covers = {one.zone: one.delivered for one in session.covers}
    if factor is None:
        assert covers["forehead"] is None
    else:
        assert covers["forehead"] == pytest.approx(factor * (covers[whole["zone"]] or 0.0))


def test_minutes_stand_in_for_passes_and_speed(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    row = zone_row(raw, "forehead")
    row |= {"passes": "unknown", "hand_speed_mm_s": "unknown"}
    assert desk.record(raw).code == 0
    (session,) = read_record(desk.course).sessions
    covers = {one.zone: one.delivered for one in session.covers}
    assert covers["forehead"] == pytest.approx(covers["cheek_upper_left"], rel=0.05)


def test_numbers_recorded_are_those_of_the_file(desk: Desk, as_planned: Build) -> None:
    anaesthetic = {"used": "yes", "product": "cream", "applied_at": "09:05", "removed_at": "09:45"}
    raw = as_planned(notes="calm", anaesthetic=anaesthetic)
    assert desk.record(raw).code == 0
    (session,) = read_record(desk.course).sessions
    assert session.delivered.notes == "calm"
    assert session.delivered.anaesthetic.removed_at == "09:45"
    assert session.delivered.products[0].volume_ml == 1.5
    assert session.delivered.products[0].expires_on == date(2027, 12, 31)


# -- a limit that stops: recorded all the same, marked, and the exit code says so


def broken(desk: Desk, raw: Raw, words: str) -> None:
    done = desk.record(raw)
    assert done.code == 3, (done.code, done.err, done.out)
    assert "Limits that stop were broken" in done.out
    assert words.lower() in " ".join(done.out.split()).lower()
    (session,) = read_record(desk.course).sessions
    assert session.limits_broken


def test_a_depth_beyond_the_ceiling_is_recorded_and_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    zone_row(raw, "cheek_lower_left")["depth_mm"] = 2.0
    broken(desk, raw, "the limit is")
    (session,) = read_record(desk.course).sessions
    assert session.limits_broken[0].zone == "cheek_lower_left"
    assert next(one for one in session.delivered.zones if one.zone == "cheek_lower_left").depth_mm == 2.0


def test_more_passes_than_the_device_allows_are_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(deviations=[because("cover", "forehead")])
    zone_row(raw, "forehead")["passes"] = 6
    broken(desk, raw, "passes")


def test_more_product_than_its_label_allows_is_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["products"][0]["volume_ml"] = 2.5
    broken(desk, raw, "2.5 ml, the limit is 2 ml")


def test_an_expired_lot_is_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["products"][0] |= {"lot": "old", "expires_on": date(2026, 11, 22)}
    raw["deviations"] = [because("lot")]
    broken(desk, raw, "had expired on")


def test_an_expired_cartridge_is_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["cartridge"]["expires_on"] = date(2026, 11, 22)
    broken(desk, raw, "cartridge had expired")


def test_a_lot_is_good_on_its_last_day(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["cartridge"]["expires_on"] = date(2026, 11, 23)
    done = desk.record(raw)
    assert done.code == 0, done.err


def test_a_session_on_a_day_without_a_clearance_is_marked(desk: Desk, as_planned: Build) -> None:
    broken(desk, as_planned(day=ON + timedelta(days=1)), "the clearance was for 23 November 2026 only")


def test_a_session_although_nobody_was_to_be_treated_is_marked(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    peel = [{"date": "2026-11-18", "kind": "superficial", "zones": ["face"]}]
    refused = make(knowledge, clinic, chemical_peel=peel)
    (desk.course / "plan.json").write_text(to_json(refused), encoding="utf-8")
    broken(desk, as_planned(of=refused), "allowed no treatment")


def test_a_session_without_a_sheet_is_marked(desk: Desk, as_planned: Build, plan: Plan) -> None:
    from dataclasses import replace

    without = replace(plan, session_sheet=("sheet.allergy_reading_missing",))
    (desk.course / "plan.json").write_text(to_json(without), encoding="utf-8")
    broken(desk, as_planned(of=without), "no session sheet")


def test_a_product_without_a_negative_test_is_marked_and_needs_a_reason(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["products"][0] |= {"product": "example-peptide", "lot": "EX-0002", "expires_on": date(2027, 6, 30)}
    refused(desk, raw, "not the planned product")
    raw["deviations"] = [because("product")]
    broken(desk, raw, "no negative allergy test")


def test_a_zone_that_was_not_cleared_is_marked(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(deviations=[because("zone", "eyelid_upper_left")])
    raw["zones"].append({"zone": "eyelid_upper_left", "delivered": "yes"})
    broken(desk, raw, "not cleared")


# -- refused until corrected or explained


def refused(desk: Desk, raw: Raw, words: str, *more: object, session: int = 1) -> None:
    before = desk.lines() if (desk.course / "record.ndjson").exists() else []
    done = desk.record(raw, *more, session=session)
    assert done.code == 2, (done.code, done.out)
    assert words in " ".join(done.err.split()), done.err
    assert (desk.lines() if (desk.course / "record.ndjson").exists() else []) == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("depth_mm", 10.0, "reach 2.5 mm at most"),
        ("depth_mm", 250.0, "reach 2.5 mm at most"),
        ("depth_mm", 2.5, "about 10 times the planned 0.25"),
        ("depth_mm", 0.025, "about 10 times less"),
        ("frequency_hz", 4800.0, "reaches 120 Hz at most"),
        ("hand_speed_mm_s", 7.0, "about 10 times less"),
        ("hand_speed_mm_s", 70000.0, "about 1000 times the planned"),
        ("passes", 10, "about 10 times the planned"),
        ("depth_mm", 0, "planned was 0.25"),
    ],
)
def test_a_slip_of_the_decimal_point_or_of_the_unit_is_caught(
    desk: Desk, as_planned: Build, name: str, value: float, words: str
) -> None:
    raw = as_planned()
    zone_row(raw, "forehead")[name] = value
    refused(desk, raw, words)
    raw["deviations"] = [because(name, "forehead"), because("cover", "forehead")]
    assert desk.record(raw).code in (0, 3)


@pytest.mark.parametrize("volume", [1500.0, 150.0])
def test_microlitres_for_millilitres_are_caught(desk: Desk, as_planned: Build, volume: float) -> None:
    raw = as_planned()
    raw["products"][0]["volume_ml"] = volume
    refused(desk, raw, "is it in ml?")


@pytest.mark.parametrize(
    ("name", "value"), [("depth_mm", 0.3), ("frequency_hz", 90.0), ("hand_speed_mm_s", 60.0), ("passes", 2)]
)
def test_more_than_planned_asks_for_the_reason(desk: Desk, as_planned: Build, name: str, value: float) -> None:
    raw = as_planned(deviations=[because("cover")])
    zone_row(raw, "forehead")[name] = value
    if name == "depth_mm":
        zone_row(raw, "forehead")[name] = 0.26
    refused(desk, raw, "the planned")
    raw["deviations"].append(because(name, "forehead"))
    done = desk.record(raw)
    assert done.code == 0, done.err
    assert "the client's wish" in " ".join(done.out.split())


def test_less_than_planned_needs_no_reason(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    zone_row(raw, "cheek_lower_left")["depth_mm"] = 0.75
    zone_row(raw, "forehead")["hand_speed_mm_s"] = 90.0
    assert desk.record(raw).code == 0


def test_a_cover_above_what_is_recommended_asks_for_the_reason(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(deviations=[because("hand_speed_mm_s", "forehead")])
    zone_row(raw, "forehead")["hand_speed_mm_s"] = 30.0
    refused(desk, raw, "a cover above 30%")


def test_a_reason_for_another_zone_does_not_count(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(deviations=[because("frequency_hz", "cheek_upper_left")])
    zone_row(raw, "forehead")["frequency_hz"] = 90.0
    refused(desk, raw, "more than the planned")


def test_a_shortened_zone_asks_for_the_reason(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    zone_row(raw, "forehead").update(delivered="part", share=0.4)
    refused(desk, raw, "done in part")


def test_a_planned_zone_may_not_be_left_out(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["zones"] = raw["zones"][1:]
    refused(desk, raw, "was planned and is not in the file")


def test_the_other_side_is_named_where_a_zone_was_not_planned(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    wart = make(knowledge, clinic, warts={"zones": ["cheek_upper_left"]})
    (desk.course / "plan.json").write_text(to_json(wart), encoding="utf-8")
    raw = as_planned(of=wart)
    zone_row(raw, "cheek_upper_right")["zone"] = "cheek_upper_left"
    refused(desk, raw, "planned is the other side, cheek_upper_right")


def test_another_cartridge_needs_a_reason_and_changes_the_cover(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["cartridge"]["id"] = "example-12"
    refused(desk, raw, "another cartridge than the planned example-14")
    raw["deviations"] = [because("cartridge"), because("cover")]
    assert desk.record(raw).code == 0
    (session,) = read_record(desk.course).sessions
    hits = [12 / 4.0, 14 / 5.0]
    expected = 1 - (1 - 0.19) ** (hits[0] / hits[1])
    assert session.covers[0].delivered == pytest.approx(expected, abs=0.03)


def test_a_cartridge_that_the_clinic_does_not_list_leaves_the_cover_unknown(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(deviations=[because("cartridge")])
    raw["cartridge"]["id"] = "no-name"
    broken(desk, raw, "does not list cartridge no-name")
    (session,) = read_record(desk.course).sessions
    assert {one.delivered for one in session.covers} == {None}


def test_another_device_needs_a_reason(desk: Desk, as_planned: Build) -> None:
    refused(desk, as_planned(device="other-pen"), "planned was example-pen")


def test_a_lot_outside_the_clinics_list_needs_a_reason(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["products"][0]["lot"] = "EX-9999"
    refused(desk, raw, "not a lot of the clinic's list")


def test_an_expiry_other_than_the_clinics_is_refused(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    raw["products"][0]["expires_on"] = date(2028, 12, 31)
    refused(desk, raw, "by the clinic's list this lot expires on 2027-12-31")


def test_another_clients_file_is_refused(desk: Desk, as_planned: Build) -> None:
    refused(desk, as_planned(client="EX-0002"), "this course is of client EX-0001")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date": "unknown"}, "the day of the session is missing"),
        ({"date": "23.11.2026"}, "not a date"),
        ({"date": date(1026, 11, 23)}, "not a date"),
        ({"session": "unknown"}, "the number of the session is missing"),
        ({"session": 2}, "the command names session 1"),
        ({"client": "unknown"}, "must not be left out"),
        ({"zones": []}, "no zone is named"),
        ({"zones": [{"zone": "cheek_upper", "delivered": "yes"}]}, "two sides"),
        ({"zones": [{"zone": "elbow2", "delivered": "yes"}]}, "not a zone"),
        ({"zones": ["forehead"]}, "a mapping belongs here"),
        ({"reactions": ["none", "redness"]}, "stands beside others"),
        ({"reactions": ["itching"]}, "not all of these are reactions"),
        ({"reactions": []}, "an empty list says nothing"),
        ({"stopped_early": "perhaps"}, "not one of the answers"),
        ({"antiseptic": {"before_at": "9.05"}}, "not a time"),
        ({"antiseptic": {"before_at": "10:00", "after_at": "09:00"}}, "lies before 10:00"),
        ({"anaesthetic": {"used": "yes", "applied_at": "10:00", "removed_at": "09:30"}}, "lies before 10:00"),
        ({"anaesthetic": {"used": "no", "product": "cream"}}, "described beside it"),
        ({"deviations": [{"item": "weather", "reason": "x"}]}, "not something that can deviate"),
        ({"deviations": [{"item": "zone"}]}, "must not be left out"),
        ({"schema": "mesoplan-session/9"}, "another kind of file"),
        ({"depth": 1}, "this key means nothing here"),
        ({"notes": "x" * 3000}, "a text of up to 2000 characters"),
        ({"practitioner": ["A", "B"]}, "a text of up to"),
        ({"products": "example-revital"}, "a list belongs here"),
        ({"cartridge": "example-14"}, "a mapping belongs here"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(desk: Desk, as_planned: Build, change: Raw, words: str) -> None:
    refused(desk, as_planned(**change), words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"depth_mm": "0,25"}, "not a number"),
        ({"depth_mm": -0.25}, "below 0"),
        ({"depth_mm": True}, "not a number"),
        ({"depth_mm": float("inf")}, "not a number"),
        ({"passes": 1.5}, "not a whole number"),
        ({"share": 50}, "a share above 1"),
        ({"delivered": "no"}, "settings stand beside it"),
        ({"zone": "cheek_upper_left"}, "stands twice"),
    ],
)
def test_a_zone_that_cannot_be_used_is_refused(desk: Desk, as_planned: Build, change: Raw, words: str) -> None:
    raw = as_planned()
    zone_row(raw, "forehead").update(change)
    refused(desk, raw, words)


def test_every_problem_of_a_file_is_told_at_once(desk: Desk, as_planned: Build) -> None:
    raw = as_planned(client="EX-0002", device="other-pen")
    zone_row(raw, "forehead")["passes"] = 10
    done = desk.record(raw)
    assert done.code == 2
    assert [line[:2] for line in done.err.splitlines()] == ["1.", "2.", "3.", "4."]


@pytest.mark.parametrize("content", ["", "[]", "a: b: c", "zones: &a [*a]", "\x00", "client: x\nclient: y\n"])
def test_a_text_that_is_no_such_file_is_refused_without_a_traceback(desk: Desk, content: str) -> None:
    path = desk.course.parent / "bad.yaml"
    path.write_text(content, encoding="utf-8")
    done = desk.call("record", desk.course, "--session", 1, path)
    assert done.code == 2, done.err
    assert "Traceback" not in done.err


def test_missing_files_and_folders_are_told(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("record", desk.course, "--session", 1).code == 2
    assert desk.call("record", desk.course, "--session", 1, tmp_path / "none.yaml").code == 2
    assert desk.call("record", tmp_path / "nowhere", "--session", 1, tmp_path / "none.yaml").code == 2


# -- order


def recorded(desk: Desk, as_planned: Build) -> None:
    assert desk.record(as_planned()).code == 0


def test_a_session_is_recorded_once(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    refused(desk, as_planned(day=ON + timedelta(days=30)), "recorded already, as entry 2")


def test_sessions_come_in_order(desk: Desk, as_planned: Build) -> None:
    refused(desk, as_planned(3), "the next session to be recorded is 1", session=3)
    recorded(desk, as_planned)
    refused(desk, as_planned(2, ON), "the session before was on 2026-11-23", session=2)
    refused(desk, as_planned(2, ON - timedelta(days=9)), "the session before was on", session=2)


def test_a_session_too_soon_after_the_one_before_is_marked(desk: Desk, as_planned: Build, plan: Plan) -> None:
    recorded(desk, as_planned)
    soon = ON + timedelta(days=plan.course.interval_minimum_days - 1)
    done = desk.record(as_planned(2, soon), session=2)
    assert done.code == 3
    assert "days after the session before" in done.out
    marks = {one.key for one in read_record(desk.course).sessions[1].marks}
    assert marks >= {"interval", "other_plan", "another_day"}


def test_a_new_plan_into_the_folder_leaves_the_record_as_it_was(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    before = {name: (desk.course / name).read_bytes() for name in ("record.ndjson", "record.head")}
    intake = desk.course.parent / "intake.yaml"
    desk.call("example", "--out", intake)
    assert desk.call("plan", intake, "--clinic", "example", "--out", desk.course).code == 0
    assert {name: (desk.course / name).read_bytes() for name in before} == before
    assert len(read_record(desk.course).sessions) == 1


def test_another_clients_plan_is_not_written_beside_a_record(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    intake = desk.course.parent / "intake.yaml"
    desk.call("example", "--out", intake)
    intake.write_text(intake.read_text(encoding="utf-8").replace("EX-0001", "EX-0002"), encoding="utf-8")
    before = (desk.course / "plan.json").read_bytes()
    done = desk.call("plan", intake, "--clinic", "example", "--out", desk.course)
    assert done.code == 2
    assert "of client EX-0001" in done.err
    assert (desk.course / "plan.json").read_bytes() == before


def test_a_tampered_record_takes_no_further_entry(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    path = desk.course / "record.ndjson"
    path.write_bytes(path.read_bytes().replace(b"even redness", b"even paleness"))
    refused(desk, as_planned(2, ON + timedelta(days=14)), "record.ndjson:2", session=2)


# -- corrections


def test_a_correction_is_added_and_the_entry_it_corrects_stays(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    raw = as_planned()
    zone_row(raw, "forehead").update(delivered="part", share=0.5)
    raw["deviations"] = [because("delivered", "forehead", "the timer was misread")]
    before = (desk.course / "record.ndjson").read_bytes()
    done = desk.record(raw, "--corrects", 2, "--reason", "wrong share")
    assert done.code == 0, done.err
    assert "entry 3 corrects entry 2" in done.out
    assert (desk.course / "record.ndjson").read_bytes().startswith(before)
    record = read_record(desk.course)
    assert len(record.sessions) == 1
    assert record.sessions[0].delivered.zones[0].share == 0.5
    assert record.sessions_done(0) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--corrects", 1, "--reason", "x"), "this entry holds no session"),
        (("--corrects", 9, "--reason", "x"), "Sessions stand in: 2 (session 1)"),
        (("--corrects", 2), "needs the entry's number and its reason"),
        (("--reason", "x"), "needs the entry's number and its reason"),
        (("--corrects", 2, "--reason", "  "), "the value is empty"),
    ],
)
def test_a_correction_names_a_session_and_a_reason(
    desk: Desk, as_planned: Build, options: tuple[object, ...], words: str
) -> None:
    recorded(desk, as_planned)
    refused(desk, as_planned(), words, *options)


def test_a_correction_of_another_session_than_the_command_names_is_refused(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    refused(desk, as_planned(2), "is of session 1", "--corrects", 2, "--reason", "x", session=2)


def test_a_corrected_date_stays_between_its_neighbours(desk: Desk, as_planned: Build) -> None:
    recorded(desk, as_planned)
    assert desk.record(as_planned(2, ON + timedelta(days=20)), session=2).code == 3
    late = as_planned(1, ON + timedelta(days=25))
    refused(desk, late, "the session after it was on", "--corrects", 2, "--reason", "x")


def test_a_clinic_of_ones_own_must_be_named_and_be_the_plans(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    own = make(knowledge, clinic.model_copy(update={"example": False, "name": "Skin Clinic"}))
    (desk.course / "plan.json").write_text(to_json(own), encoding="utf-8")
    refused(desk, as_planned(of=own), "the plan was made with the folder of Skin Clinic")
    refused(desk, as_planned(of=own), "the plan was made with Skin Clinic", "--clinic", "example")


def test_the_items_of_a_deviation_are_keys_of_the_file() -> None:
    from mesoplan.record.session_file import TOP, ZONE

    assert set(ITEMS) <= {*TOP, *ZONE, "product", "lot", "cover", "other"}


# -- what lacks a reason


def test_every_departure_without_a_reason_is_told_as_the_mark_it_becomes_and_none_with_one(
    as_planned: Build, plan: Plan, knowledge: Knowledge, clinic: Clinic
) -> None:
    planned = planned_session(plan)
    raw = as_planned()
    raw["zones"][0] |= {"depth_mm": 0.3, "passes": 2}
    raw["zones"][1] |= {"delivered": "part", "share": 0.5}
    found = unexplained(planned, parse_session(raw, knowledge, "t"), clinic, 0.5)
    first, second = raw["zones"][0]["zone"], raw["zones"][1]["zone"]
    assert {(one.key, one.item, one.zone) for one in found} == {
        ("departure", "depth_mm", first),
        ("departure", "passes", first),
        ("shortened_part", "delivered", second),
    }
    assert all(not one.stops and not one.reason for one in found)
    raw["deviations"] = [because(one.item, one.zone) for one in found]
    assert unexplained(planned, parse_session(raw, knowledge, "t"), clinic, 0.5) == ()
