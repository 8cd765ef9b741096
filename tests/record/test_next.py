"""`mesoplan next`: what it starts from, what it corrects, and when it refuses a sheet or the answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.conftest import Done
from clinic.own import own_clinic
from mesoplan.cli.next import _with_decisions
from mesoplan.clinic.model import Clinic, Volumes
from mesoplan.errors import Problems
from mesoplan.intake.model import Intake
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.layout.coverage import course_spread, cover_spread
from mesoplan.layout.freehand import COVER_RESOLUTION
from mesoplan.pipeline import make_plan
from mesoplan.plan import Plan
from mesoplan.record.book import Record
from mesoplan.record.enter import cover_limit
from mesoplan.record.judge import judge
from mesoplan.record.model import Delivered
from mesoplan.record.planned import planned_session
from mesoplan.record.progress import History, _wish, history_of
from mesoplan.record.session_file import parse_session
from mesoplan.serial import from_json, to_json
from record.conftest import EXAMPLE, ON, Desk, Raw, make, zone_row

Build = Callable[..., Raw]
NEXT = date(2026, 12, 12)
LATER: Raw = {"menstruation_start": "2026-12-05"}


def intake(desk: Desk, day: object = NEXT, client: Raw | None = None, top: Raw | None = None, **answers: Any) -> Path:
    raw = copy.deepcopy(EXAMPLE)
    raw["answers"] |= LATER | answers
    raw["client"] |= client or {}
    raw |= {"visit_date": day} | (top or {})
    path = desk.course.parent / "later.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def prepare(desk: Desk, *more: object, **changes: Any) -> Done:
    return desk.call("next", desk.course, "--intake", intake(desk, **changes), *more)


def saved(folder: Path) -> Plan:
    return from_json(Plan, (folder / "plan.json").read_bytes())


def half_a_forehead(as_planned: Build) -> Raw:
    raw = as_planned(deviations=[{"item": "delivered", "zone": "all", "reason": "time"}])
    zone_row(raw, "forehead").update(delivered="part", share=0.5)
    gone = zone_row(raw, "cheek_lower_left")
    gone |= dict.fromkeys(("depth_mm", "frequency_hz", "hand_speed_mm_s", "passes", "minutes"), "unknown")
    gone["delivered"] = "no"
    return raw


@pytest.fixture
def after_one(desk: Desk, as_planned: Build) -> Desk:
    assert desk.record(half_a_forehead(as_planned)).code == 0
    return desk


# -- what it starts from


def test_the_next_session_is_counted_dated_and_corrected_from_the_record(after_one: Desk) -> None:
    record = (after_one.course / "record.ndjson").read_bytes()
    done = prepare(after_one)
    assert done.code == 0, done.err
    plan = saved(after_one.course)
    assert plan.course.sessions_done == plan.intake.sessions_done == 1
    sessions = [one for one in plan.course.appointments if one.kind == "session"]
    assert [one.number for one in sessions] == [2, 3, 4, 5]
    assert sessions[0].day == NEXT
    assert (after_one.course / "session.pdf").exists()
    assert (after_one.course / "consent.pdf").exists()
    assert (after_one.course / "record.ndjson").read_bytes() == record
    wished = {one.zone: one.area_fraction for one in plan.prescription.zones}
    assert wished["cheek_lower_left"] > wished["forehead"] > wished["cheek_upper_left"] == 0.2
    assert [one.zone for one in plan.progress][:2] == ["forehead", "cheek_lower_left"]
    assert "Planned and delivered" in done.out
    assert "Begin with what was stopped or shortened last time" in done.out


def test_the_corrected_settings_reach_the_planned_cover_of_the_course(after_one: Desk) -> None:
    assert prepare(after_one).code == 0
    plan = saved(after_one.course)
    for one in plan.progress:
        assert one.course_total == pytest.approx(1 - 0.8**5, abs=0.005), one.zone
    for pen in plan.layout.pen:
        (progress,) = [one for one in plan.progress if one.zone == pen.zone]
        assert pen.reachable
        assert pen.cover.mean == pytest.approx(progress.wished, abs=0.012)
        assert pen.cumulative.cover[0].mean == pytest.approx(progress.delivered_total)
        assert pen.cumulative.cover[-1].mean == pytest.approx(1 - 0.8**5, abs=0.02)
        assert pen.cumulative.claimed[0] == pytest.approx(0.2)


def test_dates_follow_from_the_day_on_which_the_session_really_was(desk: Desk, as_planned: Build) -> None:
    real = ON + timedelta(days=4)
    assert desk.record(as_planned(day=real)).code == 3
    done = prepare(desk, day=real + timedelta(days=8))
    assert done.code == 3
    plan = saved(desk.course)
    assert not plan.screening.may_treat
    first = min(one.day for one in plan.course.appointments if one.kind == "session")
    assert first >= real + timedelta(days=plan.course.interval_minimum_days)
    assert not (desk.course / "session.pdf").exists()


def test_papers_go_where_they_are_asked_for(after_one: Desk) -> None:
    before = {path.name: path.read_bytes() for path in after_one.course.iterdir()}
    out = after_one.course.parent / "elsewhere"
    assert prepare(after_one, "--out", out).code == 0
    assert (out / "session.pdf").exists()
    assert {path.name: path.read_bytes() for path in after_one.course.iterdir()} == before


def test_the_areas_of_the_plan_before_are_kept_unless_new_ones_are_given(after_one: Desk) -> None:
    surface = saved(after_one.course).surface
    assert prepare(after_one).code == 0
    assert saved(after_one.course).surface == surface
    assert prepare(after_one, "--area", "forehead=50").code == 0
    assert saved(after_one.course).surface.area("forehead").area_cm2 == 50


def test_before_the_first_session_it_plans_without_progress(desk: Desk) -> None:
    done = prepare(desk)
    assert done.code == 0, done.err
    assert saved(desk.course).progress == ()
    assert "Planned and delivered" not in done.out


def test_an_unknown_cover_is_not_made_up_for(desk: Desk, as_planned: Build) -> None:
    raw = as_planned()
    zone_row(raw, "forehead")["delivered"] = "unknown"
    assert desk.record(raw).code == 0
    assert prepare(desk).code == 0
    (forehead,) = [one for one in saved(desk.course).progress if one.zone == "forehead"]
    assert forehead.delivered == (None,)
    assert forehead.delivered_total is None
    assert forehead.wished == 0.2
    assert forehead.note == "progress.unknown"


def test_points_by_syringe_are_not_corrected(
    desk: Desk, as_planned: Build, knowledge: Knowledge, clinic: Clinic
) -> None:
    by_hand = make(knowledge, clinic, "classical_injection")
    (desk.course / "plan.json").write_text(to_json(by_hand), encoding="utf-8")
    raw = as_planned(of=by_hand, device="unknown")
    assert desk.record(raw).code in (0, 3)
    assert prepare(desk).code == 0
    plan = saved(desk.course)
    assert {zone.technique for zone in plan.prescription.zones} == {"classical_injection"}
    assert {one.note for one in plan.progress} == {"progress.no_cover"}


# -- the correction itself


@given(
    st.floats(0.05, 0.6), st.lists(st.floats(0.0, 0.7), min_size=1, max_size=6), st.integers(1, 6), st.floats(0.1, 0.6)
)
def test_a_correction_meets_the_planned_course_or_stays_at_its_limit(
    each: float, done: list[float], left: int, most: float
) -> None:
    total = 1.0
    for one in done:
        total *= 1.0 - one
    total = 1.0 - total
    wish, note = _wish(each, len(done), total, left, most)
    assert wish is not None
    assert 0.0 <= wish <= max(each, most)
    planned = 1.0 - (1.0 - each) ** (len(done) + left)
    reached = 1.0 - (1.0 - total) * (1.0 - wish) ** left
    if note in ("progress.more", "progress.less"):
        assert reached == pytest.approx(planned, abs=1e-9)
    elif note == "progress.on_plan":
        assert wish == each
        assert reached == pytest.approx(planned, abs=left * COVER_RESOLUTION)
    elif note == "progress.capped":
        assert reached < planned
    else:
        assert note == "progress.reached"
        assert total >= planned
    assert (wish > each) == (note in ("progress.more", "progress.capped") and wish != each)


@given(st.lists(st.tuples(st.floats(1.0, 400.0), st.floats(0.0, 0.5)), min_size=1, max_size=4), st.floats(1.0, 90.0))
def test_the_cover_of_equal_sessions_is_that_of_one_repeated_and_order_does_not_matter(
    sessions: list[tuple[float, float]], area_cm2: float
) -> None:
    density, spread = sessions[0]
    same = course_spread([sessions[0]] * 3, 0.3, area_cm2)
    assert same == cover_spread(density, 0.3, area_cm2, spread, 3)
    forward, backward = course_spread(sessions, 0.3, area_cm2), course_spread(sessions[::-1], 0.3, area_cm2)
    assert forward.mean == pytest.approx(backward.mean, abs=1e-9)
    assert forward.sd == pytest.approx(backward.sd, abs=1e-7)
    assert forward.mean >= course_spread(sessions[:1], 0.3, area_cm2).mean - 1e-12


def history(plan: Plan, raw: Raw, knowledge: Knowledge, clinic: Clinic) -> History:
    delivered: Delivered = parse_session(raw, knowledge, "t")
    problems = Problems()
    session = judge(planned_session(plan), delivered, clinic, problems, "t")
    problems.raise_if_any()
    return History(1, (session,), plan.intake.allergy_tests, ())


def later_plan(knowledge: Knowledge, clinic: Clinic, plan: Plan, past: History) -> Plan:
    raw = copy.deepcopy(EXAMPLE)
    raw["answers"] |= LATER
    raw["visit_date"] = NEXT
    parsed = parse_intake(raw, knowledge)
    return make_plan(knowledge, clinic, parsed, plan.surface, on=NEXT, language="en", history=past)


def test_a_zone_whose_cover_is_reached_is_left_out_with_the_reason(
    knowledge: Knowledge, clinic: Clinic, plan: Plan, as_planned: Build
) -> None:
    past = history(plan, as_planned(), knowledge, clinic)
    covers = tuple(replace(one, delivered=0.9) if one.zone == "forehead" else one for one in past.sessions[0].covers)
    past = replace(past, sessions=(replace(past.sessions[0], covers=covers),))
    made = later_plan(knowledge, clinic, plan, past)
    assert "forehead" not in {one.zone for one in made.prescription.zones}
    assert ("forehead", "refused.cover_reached") in made.prescription.left_out


def test_no_session_makes_up_for_more_than_the_limit(
    knowledge: Knowledge, clinic: Clinic, plan: Plan, as_planned: Build
) -> None:
    past = history(plan, half_a_forehead(as_planned), knowledge, clinic)
    nothing = tuple(replace(one, delivered=0.0) for one in past.sessions[0].covers)
    past = replace(past, done=4, sessions=(replace(past.sessions[0], covers=nothing),) * 4)
    made = later_plan(knowledge, clinic, plan, past)
    assert {one.note for one in made.progress} == {"progress.capped"}
    assert {one.area_fraction for one in made.prescription.zones} == {cover_limit(knowledge)}
    assert all(pen.cover.mean <= cover_limit(knowledge) + 0.01 for pen in made.layout.pen)


def test_a_correction_that_would_break_a_volume_limit_adds_nothing(
    knowledge: Knowledge, clinic: Clinic, plan: Plan, as_planned: Build
) -> None:
    past = history(plan, half_a_forehead(as_planned), knowledge, clinic)
    volume = plan.layout.total_volume_ml
    assert volume is not None
    tight = clinic.model_copy(update={"volumes": Volumes(session_max_ml=volume * 1.001, source="test")})
    made = later_plan(knowledge, tight, plan, past)
    assert {one.note for one in made.progress if one.shortened} == {"progress.held_by_limit"}
    assert all(limit.margin >= 0 for limit in made.layout.limits)
    assert made.session_sheet == ("sheet.ready",)


def test_a_number_of_sessions_decided_before_holds_on_where_the_new_answers_name_none(knowledge: Knowledge) -> None:
    def client(**sessions: int) -> Intake:
        goals = [{"indication": goal, "zones": ["chin"], "sessions": number} for goal, number in sessions.items()]
        return parse_intake(copy.deepcopy(EXAMPLE) | {"goals": goals}, knowledge)

    earlier = client(scars=5, cellulite=7)
    later = replace(earlier, goals=tuple(replace(goal, sessions=None) for goal in earlier.goals))
    assert _with_decisions(later, earlier).goals == earlier.goals
    assert _with_decisions(client(scars=8), earlier).goals == client(scars=8).goals


def test_the_clients_answer_that_she_had_no_session_does_not_undo_the_record(after_one: Desk) -> None:
    assert prepare(after_one, mesotherapy_session="no").code == 0
    events = saved(after_one.course).intake.answers["mesotherapy_session"].events
    assert [one.date for one in events] == [ON]
    assert "cheek_lower_left" not in events[0].zones


# -- answers that are refused


@pytest.mark.parametrize(
    ("options", "changes", "words"),
    [
        (("--on", "2026-12-14"), {}, "the answers are of 2026-12-12, not of that day"),
        ((), {"day": "unknown"}, "no visit_date"),
        (("--on", "2026-12-12"), {"day": "unknown"}, "no visit_date"),
        ((), {"day": ON, "menstruation_start": "2026-11-09"}, "not newer than the latest session"),
        ((), {"day": date(2026, 11, 20), "menstruation_start": "2026-11-09"}, "not newer than the latest session"),
        ((), {"client": {"identifier": "EX-0002"}}, "this course is of client EX-0001"),
        ((), {"birth_date": "1980-01-01"}, "this course is of client EX-0001"),
        ((), {"top": {"sessions_done": 3}}, "sessions_done, but the record counts 1"),
        (("--lang", "xx"), {}, "xx"),
    ],
)
def test_answers_of_another_day_or_client_are_refused(
    after_one: Desk, options: tuple[object, ...], changes: Raw, words: str
) -> None:
    before = (after_one.course / "plan.json").read_bytes()
    done = prepare(after_one, *options, **changes)
    assert done.code == 2, done.out
    assert words in done.err
    assert (after_one.course / "plan.json").read_bytes() == before
    assert not (after_one.course / "session.pdf").exists()


def test_answers_older_than_the_plan_in_the_folder_are_refused(after_one: Desk) -> None:
    assert prepare(after_one).code == 0
    done = prepare(after_one, day=NEXT - timedelta(days=1))
    assert done.code == 2
    assert "older than the plan in the folder" in done.err


def test_a_tampered_record_prepares_nothing(after_one: Desk) -> None:
    path = after_one.course / "record.ndjson"
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.9", 1))
    done = prepare(after_one)
    assert done.code == 2
    assert "record.ndjson:2" in done.err


def test_a_missing_folder_or_intake_is_told(desk: Desk, tmp_path: Path) -> None:
    assert desk.call("next", tmp_path / "none", "--intake", intake(desk)).code == 2
    assert desk.call("next", desk.course, "--intake", tmp_path / "none.yaml").code == 2


# -- a sheet that is refused


def test_no_sheet_while_an_answer_is_missing(after_one: Desk) -> None:
    assert prepare(after_one, epilepsy="unknown").code == 3
    assert "sheet.not_treatable" in saved(after_one.course).session_sheet
    assert not (after_one.course / "session.pdf").exists()


def test_an_allergy_test_that_is_known_is_carried_and_a_positive_one_is_never_forgotten(after_one: Desk) -> None:
    assert prepare(after_one, top={"allergy_tests": []}).code == 0
    assert saved(after_one.course).session_ready
    readings = [{"date": date(2026, 11, 26), "result": "positive"}]
    placed = {"product": "example-revital", "placed_on": date(2026, 11, 16), "method": "test injection"}
    late = placed | {"readings": readings}
    assert prepare(after_one, top={"allergy_tests": [late]}).code in (0, 3)
    assert not (after_one.course / "session.pdf").exists()
    assert prepare(after_one, top={"allergy_tests": []}).code in (0, 3)
    assert not (after_one.course / "session.pdf").exists()
    assert {one.product for one in saved(after_one.course).prescription.zones} != {"example-revital"}


def test_no_sheet_for_a_changed_product_before_its_own_reading(after_one: Desk) -> None:
    folder = own_clinic(after_one.course.parent / "clinic")
    path = folder / "products.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["products"] = [one for one in data["products"] if one["id"] != "example-revital"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    prices = folder / "prices.yaml"
    listed = yaml.safe_load(prices.read_text(encoding="utf-8"))
    kept = [one for one in listed["prices"]["positions"] if one.get("product") != "example-revital"]
    listed["prices"]["positions"] = kept
    prices.write_text(yaml.safe_dump(listed), encoding="utf-8")
    done = prepare(after_one, "--clinic", folder)
    assert done.code == 0, done.err
    plan = saved(after_one.course)
    assert {one.product for one in plan.prescription.zones} == {"example-peptide"}
    assert "sheet.allergy_reading_missing" in plan.session_sheet
    assert not (after_one.course / "session.pdf").exists()


def test_what_holds_a_session_back_keeps_the_sheet_away(
    knowledge: Knowledge, clinic: Clinic, plan: Plan, as_planned: Build
) -> None:
    past = replace(history(plan, as_planned(), knowledge, clinic), held_back=("sheet.adverse_event_open",))
    made = later_plan(knowledge, clinic, plan, past)
    assert made.session_sheet == ("sheet.adverse_event_open",)


def test_a_course_that_is_complete_has_no_next_session(
    knowledge: Knowledge, clinic: Clinic, plan: Plan, as_planned: Build
) -> None:
    past = history(plan, as_planned(), knowledge, clinic)
    made = later_plan(knowledge, clinic, plan, replace(past, done=5, sessions=past.sessions * 5))
    assert made.session_sheet == ("sheet.no_session_date",)
    assert "asked.course_complete" in made.course.asked


def test_an_empty_record_brings_nothing_but_the_sessions_before_it(plan: Plan) -> None:
    past = history_of(Record(), plan)
    assert (past.done, past.sessions, past.held_back) == (0, (), ())


def test_the_plan_of_a_later_session_is_saved_and_read_whole(after_one: Desk) -> None:
    assert prepare(after_one).code == 0
    text = (after_one.course / "plan.json").read_text(encoding="utf-8")
    assert json.loads(text)["progress"][0]["note"] == "progress.more"
    old = json.loads(text)
    del old["progress"]
    assert from_json(Plan, json.dumps(old)).progress == ()


@pytest.mark.parametrize("gone", ["fractional_pen", "cheek_upper_left", "rejuvenation"])
@pytest.mark.parametrize("command", ["record", "next", "outcome", "report"])
def test_a_plan_that_speaks_of_what_the_knowledge_no_longer_has_is_told_with_the_remedy(
    run: Callable[..., Done], after_one: Desk, command: str, gone: str
) -> None:
    saved = after_one.course / "plan.json"
    saved.write_text(saved.read_text(encoding="utf-8").replace(gone, "of_an_older_edition"), encoding="utf-8")
    more = {"record": ("--session", 2), "next": ("--intake", intake(after_one))}
    done = run(command, after_one.course, *more.get(command, ()))
    assert done.code == 2
    assert "plan.json: the plan speaks of what the knowledge does not have" in done.err
    assert "of_an_older_edition" in done.err
    assert "MESOPLAN_KNOWLEDGE" in done.err
