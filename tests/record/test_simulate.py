"""`mesoplan simulate`: what a virtual device does, and that the record accepts or refuses it as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.conftest import Done
from mesoplan.clinic.model import Clinic
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load
from mesoplan.plan import Plan
from mesoplan.record.book import read_record
from mesoplan.record.planned import planned_session
from mesoplan.record.progress import history_of
from mesoplan.record.session_file import parse_session
from mesoplan.record.simulate import VirtualDevice, execute
from mesoplan.serial import to_json
from record.conftest import Desk, Raw, make

Build = Callable[..., Raw]
WORDS = load().words("en")


def simulated(desk: Desk, device: Raw | str, *more: object, name: str = "simulated.yaml") -> tuple[Done, Path]:
    path = desk.course.parent / "device.yaml"
    path.write_text(device if isinstance(device, str) else yaml.safe_dump(device), encoding="utf-8")
    out = desk.course.parent / name
    return desk.call("simulate", desk.course, "--device", path, "--out", out, *more), out


def recorded(desk: Desk, device: Raw, *more: object) -> Done:
    done, out = simulated(desk, device, *more)
    assert done.code == 0, done.err
    assert "SIMULATED" in done.out
    return desk.call("record", desk.course, "--session", 1, out)


def test_a_device_without_faults_delivers_the_plan_and_is_recorded_as_simulated(desk: Desk) -> None:
    done = recorded(desk, {"schema": "mesoplan-device/1"})
    assert done.code == 0, done.err
    assert "SIMULATED" in done.out
    record = read_record(desk.course)
    assert record.simulated
    assert record.sessions[0].delivered.simulated
    assert all(line["body"]["simulated"] for line in desk.lines() if line["kind"] == "course")
    for cover in record.sessions[0].covers:
        assert cover.delivered == pytest.approx(cover.planned, abs=0.01)


@given(st.integers(0, 2**32), st.floats(0.0, 0.5), st.floats(0.0, 0.3))
def test_the_same_seed_gives_the_same_session_and_every_session_is_marked(
    plan: Plan, clinic: Clinic, knowledge: Knowledge, seed: int, speed: float, depth: float
) -> None:
    device = VirtualDevice(speed_error=speed, depth_error_mm=depth)
    made = execute(planned_session(plan), device, clinic, seed, WORDS)
    assert made == execute(planned_session(plan), device, clinic, seed, WORDS)
    read = parse_session(yaml.safe_load(yaml.safe_dump(made)), knowledge, "t")
    assert read.simulated
    assert [one.zone for one in read.zones] == [one.zone for one in plan.prescription.zones]
    assert all((one.hand_speed_mm_s or 0) > 0 for one in read.zones)


def test_another_seed_gives_another_session(plan: Plan, clinic: Clinic) -> None:
    device = VirtualDevice(speed_error=0.2)
    assert execute(planned_session(plan), device, clinic, 1, WORDS) != execute(
        planned_session(plan), device, clinic, 2, WORDS
    )


def test_speed_errors_are_refused_until_they_are_explained(desk: Desk) -> None:
    done = recorded(desk, {"speed_error": 0.3}, "--seed", 1)
    assert done.code == 2
    assert "slower than the planned" in done.err
    explained, out = simulated(desk, {"speed_error": 0.3, "explains": "yes"}, "--seed", 1, name="explained.yaml")
    assert explained.code == 0
    done = desk.call("record", desk.course, "--session", 1, out)
    assert done.code == 0, done.err


def test_a_device_that_goes_too_deep_breaks_the_limit(desk: Desk) -> None:
    done = recorded(desk, {"depth_offset_mm": 0.8})
    assert done.code == 3
    assert "Limits that stop were broken" in done.out


def test_a_device_that_stays_shallow_is_recorded(desk: Desk) -> None:
    assert recorded(desk, {"depth_offset_mm": -0.1}).code == 0
    zones = read_record(desk.course).sessions[0].delivered.zones
    assert zones[0].depth_mm == pytest.approx(0.15)


def test_a_stop_in_the_middle_leaves_the_zones_after_it_undone(desk: Desk, plan: Plan) -> None:
    done = recorded(desk, {"stop": {"zone": "cheek_upper_left", "share": 0.4}})
    assert done.code == 0, done.err
    (session,) = read_record(desk.course).sessions
    states = {one.zone: (one.delivered, one.share) for one in session.delivered.zones}
    order = [one.zone for one in plan.prescription.zones]
    place = order.index("cheek_upper_left")
    assert states["cheek_upper_left"] == ("part", 0.4)
    assert all(states[zone][0] == "yes" for zone in order[:place])
    assert all(states[zone][0] == "no" for zone in order[place + 1 :])
    assert session.delivered.stopped_early == "yes"
    assert session.delivered.reason("delivered", order[-1]) == "the device stopped"


def test_an_empty_reservoir_ends_the_session(desk: Desk) -> None:
    done = recorded(desk, {"reservoir_ml": 0.5, "use_ml_per_cm2": 0.01})
    assert done.code == 0, done.err
    (session,) = read_record(desk.course).sessions
    assert session.delivered.products[0].volume_ml == pytest.approx(0.5)
    assert {one.delivered for one in session.delivered.zones} == {"yes", "part", "no"}
    assert session.delivered.deviations[0].reason == "the reservoir was empty"


def test_a_wrong_cartridge_is_refused_until_it_is_explained(desk: Desk) -> None:
    done = recorded(desk, {"cartridge": "example-12"})
    assert done.code == 2
    assert "another cartridge than the planned example-14" in done.err


def test_an_expired_lot_is_marked(desk: Desk) -> None:
    done = recorded(desk, {"lot": "OLD", "expires_on": date(2026, 1, 31), "explains": "yes"})
    assert done.code == 3
    assert "had expired on" in done.out


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("[]", "not a mapping"),
        ({"schema": "x"}, "another kind of file"),
        ({"speed": 1}, "this key means nothing here"),
        ({"speed_error": 2}, "a share above 1"),
        ({"speed_error": "a lot"}, "not a number"),
        ({"depth_offset_mm": "deep"}, "not a number"),
        ({"stop": {"zone": "neck"}}, "not planned"),
        ({"stop": {"zone": "elbow2"}}, "not a zone"),
        ({"stop": {"zone": "forehead", "share": 5}}, "a share above 1"),
        ({"stop": "forehead"}, "a mapping belongs here"),
        ({"explains": "maybe"}, "not one of the answers"),
    ],
)
def test_a_device_that_cannot_be_used_is_refused(desk: Desk, device: Any, words: str) -> None:
    done, out = simulated(desk, device)
    assert done.code == 2
    assert words in done.err
    assert not out.exists()


def test_what_was_written_is_not_overwritten(desk: Desk) -> None:
    written, out = simulated(desk, {"explains": "no"})
    assert written.code == 0
    before = out.read_bytes()
    done, _ = simulated(desk, {"speed_error": 0.3})
    assert done.code == 2
    assert "already" in done.err
    assert out.read_bytes() == before


def test_simulated_and_real_sessions_never_share_a_record(desk: Desk, as_planned: Build) -> None:
    assert recorded(desk, {"explains": "no"}).code == 0
    done = desk.record(as_planned(2, date(2026, 12, 12)), session=2)
    assert done.code == 2
    assert "never mixed" in done.err


def test_a_persons_record_is_not_simulated_into(desk: Desk, as_planned: Build) -> None:
    written, out = simulated(desk, {"explains": "no"})
    assert written.code == 0
    assert desk.record(as_planned()).code == 0
    assert "never mixed" in simulated(desk, {"explains": "no"}, name="other.yaml")[0].err
    assert desk.call("record", desk.course, "--session", 2, out).code == 2


def test_the_next_session_is_simulated_only_after_its_plan(desk: Desk) -> None:
    assert recorded(desk, {"explains": "no"}).code == 0
    done, _ = simulated(desk, {"explains": "no"}, name="two.yaml")
    assert done.code == 2
    assert "mesoplan next" in done.err


def test_a_plan_that_allows_no_session_is_not_executed(desk: Desk, knowledge: Knowledge, clinic: Clinic) -> None:
    refused = make(knowledge, clinic, pregnancy="yes")
    (desk.course / "plan.json").write_text(to_json(refused), encoding="utf-8")
    done, _ = simulated(desk, {"explains": "no"})
    assert done.code == 2
    assert "allows no session" in done.err


def test_a_simulated_record_prints_no_sheet_for_a_clinic_of_ones_own(desk: Desk, plan: Plan) -> None:
    assert recorded(desk, {"explains": "no"}).code == 0
    record = read_record(desk.course)
    assert history_of(record, plan).held_back == ()
    assert history_of(record, replace(plan, clinic_is_example=False)).held_back == ("sheet.simulated",)


def test_a_simulated_session_gives_its_reasons_in_the_language_of_the_plan(
    plan: Plan, clinic: Clinic, knowledge: Knowledge
) -> None:
    faults = VirtualDevice(stop_zone="forehead", stop_share=0.4, explains=True, speed_error=0.2)
    for language, letters in (("en", "the device stopped"), ("ru", "аппарат остановился")):
        made = execute(planned_session(plan), faults, clinic, 3, knowledge.words(language))
        assert made["deviations"][0]["reason"] == letters
        own = [made["practitioner"], made["notes"], *(one["reason"] for one in made["deviations"])]
        cyrillic = [any("а" <= letter <= "я" for letter in text.lower()) for text in own]
        assert cyrillic == [language == "ru"] * len(own)
        assert "SIMULATED" in made["notes"]


def test_a_rehearsal_tells_what_an_assumed_hand_makes_of_each_zone_and_writes_nothing(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in desk.course.iterdir()}
    done = desk.call("simulate", desk.course, "--rehearse", "--seed", 3)
    assert done.code == 0, done.err
    rows = [line for line in done.out.splitlines() if line.startswith(("Forehead", "Upper cheek", "Lower cheek"))]
    assert len(rows) == 5
    assert all("%" in row for row in rows)
    assert "nobody was treated" in done.out
    assert desk.call("simulate", desk.course, "--rehearse", "--seed", 3).out == done.out
    assert desk.call("simulate", desk.course, "--rehearse", "--seed", 4).out != done.out
    assert {path.name: path.read_bytes() for path in desk.course.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "--device: no virtual device is given"),
        (("--rehearse", "--out", "a.yaml"), "--out: a rehearsal has no device and writes nothing"),
        (("--rehearse", "--device", "a.yaml"), "--device: a rehearsal has no device and writes nothing"),
        (("--rehearse", "--seed", "-1"), "--seed: a seed is a whole number from 0 on"),
    ],
)
def test_a_rehearsal_with_what_it_does_not_use_is_refused(desk: Desk, options: tuple[str, ...], told: str) -> None:
    done = desk.call("simulate", desk.course, *options)
    assert done.code == 2
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
