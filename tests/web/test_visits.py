"""A session: never without a current clearance, never changed once signed, everything of it in the core's record."""

import html
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoplan_clinic import core
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes.models import Decision
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.locking import Stale
from mesoplan_clinic.outcomes.models import FollowUp
from mesoplan_clinic.outcomes.services import record_outcome
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.plans.models import CourseEntry, Plan
from mesoplan_clinic.screenings import services as screenings
from mesoplan_clinic.stock.models import Lot, LotUse
from mesoplan_clinic.stock.services import block_lot
from mesoplan_clinic.visits import clearance
from mesoplan_clinic.visits.clearance import NotCleared, why_not
from mesoplan_clinic.visits.models import Closed, Session
from mesoplan_clinic.visits.selectors import covers
from mesoplan_clinic.visits.selectors import signed_session as known
from mesoplan_clinic.visits.services import (
    abandon,
    begin_work,
    correct,
    pick_lot,
    save_step,
    sign,
    start_session,
    why_not_go_on,
)
from mesoplan_clinic.visits.sheet import planned_of
from web.treating import (
    ON,
    PRODUCT,
    Case,
    consent,
    fields_of,
    ready,
    set_day,
    sign_answers,
    signed_session,
    stocked,
    worked,
)


@pytest.fixture
def case(maria, member, monkeypatch) -> Case:
    set_day(monkeypatch, ON)
    return ready(maria, member())


def decide(case: Case) -> None:
    one = Decision(client=case.client, made_at=clock.now(), finding="heart_disease.yes", answer="yes", physician="Dr P")
    one.signed_on, one.valid_until, one.decision = ON, None, "yes"
    one.save(force_insert=True)


def take_back_consent(case: Case) -> None:
    case.consent.withdrawn_at = clock.now()
    case.consent.save()


def read_positive(case: Case) -> None:
    case.test.readings = [["2026-11-18", "negative"], ["2026-11-20", "positive"]]
    case.test.save()


def refuse(case: Case) -> None:
    intake = sign_answers(case.client, ON, 2, pregnancy="yes")
    screenings.screen(intake, case.member, ON)


def mark_affected(case: Case) -> None:
    Plan.objects.filter(pk=case.plan.pk).update(affected=["pregnancy"])


def close_course(case: Case) -> None:
    case.course.state = "closed"
    case.course.save()


CHANGES = {
    "newer answers": (lambda case: sign_answers(case.client, ON, 2), "newer_answers"),
    "answers that rule it out": (refuse, "newer_answers"),
    "a decision added": (decide, "answers_changed"),
    "a reading corrected": (read_positive, "answers_changed"),
    "consent withdrawn": (take_back_consent, "consent_missing"),
    "plan to be looked at again": (mark_affected, "affected"),
    "course closed": (close_course, "course_closed"),
}


def test_a_decision_that_cannot_be_read_or_a_broken_record_lets_nothing_begin(case):
    decide(case)
    Decision.objects.update(finding="no such finding")
    assert why_not(case.course, ON) == ("unreadable",)
    Decision.objects.all().delete()
    signed_session(case)
    CourseEntry.objects.filter(number=2).update(hash="0" * 64)
    assert why_not(case.course, ON) == ("record_broken",)


def test_a_ready_course_has_no_reason_against_a_session(case):
    assert why_not(case.course, ON) == ()
    session = start_session(case.course, case.member)
    assert (session.on, session.number, session.plan) == (ON, 1, case.plan)


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_no_session_begins_after_anything_of_its_clearance_changed(case, change, reason):
    change(case)
    with pytest.raises(NotCleared) as refused:
        start_session(case.course, case.member)
    assert reason in refused.value.reasons
    assert not Session.objects.exists()


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_the_work_does_not_begin_when_the_clearance_ended_after_the_start(case, change, reason):
    session = start_session(case.course, case.member)
    change(case)
    session = Session.objects.get(pk=session.pk)
    with pytest.raises(NotCleared) as refused:
        begin_work(session, session.version)
    assert reason in refused.value.reasons
    assert Session.objects.get(pk=session.pk).begun_at is None


def test_no_session_begins_on_the_day_after_nor_by_another_edition_of_the_knowledge(case, monkeypatch):
    knowledge = core.knowledge_of(case.client.clinic)
    changed = type("Changed", (), {"version": "another", "__getattr__": lambda _self, name: getattr(knowledge, name)})()
    with monkeypatch.context() as patch:
        patch.setattr(clearance, "knowledge_of", lambda _clinic: changed)
        assert "knowledge_changed" in why_not(case.course, ON)
    set_day(monkeypatch, ON + timedelta(days=1))
    with pytest.raises(NotCleared) as refused:
        start_session(case.course, case.member)
    assert "another_day" in refused.value.reasons


def test_a_plan_without_both_readings_or_a_consent_to_another_wording_begins_nothing(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    intake = sign_answers(maria, ON)
    course = plans.open_course(maria, member())
    assert why_not(course, ON) == ("no_plan",)
    plan = plans.plan_course(course, intake, member(), ON)
    row = consent(course, plan)
    assert "sheet.allergy_reading_missing" in why_not(course, ON)
    row.text_version = "needling_device 0"
    row.save()
    assert "consent_missing" in why_not(course, ON)


ACTIONS = st.lists(
    st.sampled_from([*CHANGES, "plan again", "sign consent", "next day", "start", "begin"]), min_size=1, max_size=6
)


@given(actions=ACTIONS)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_order_of_actions_no_session_begins_without_a_current_clearance(
    transactional_free, maria, member, actions
):
    """After each action an independent look at the rows says whether a session may have begun."""
    transactional_free(maria, member, actions)


@pytest.fixture
def transactional_free(db, monkeypatch):
    """Run one order of actions inside a savepoint that is rolled back, so that each begins with an empty clinic."""
    from django.db import transaction

    def run(maria, member, actions):
        day = ON
        set_day(monkeypatch, day)
        with transaction.atomic():
            case = ready(maria, member())
            valid, started, done = True, None, set()
            for action in actions:
                if action in CHANGES and action not in done:
                    if action in ("newer answers", "answers that rule it out") and done & {
                        "newer answers",
                        "answers that rule it out",
                    }:
                        continue
                    done.add(action)
                    CHANGES[action][0](case)
                    valid = False
                elif action == "next day":
                    day += timedelta(days=1)
                    set_day(monkeypatch, day)
                    valid = False
                elif action == "start":
                    under_way = case.course.sessions.filter(state="open").exists()
                    try:
                        started = start_session(case.course, case.member)
                        assert valid or under_way, (actions, action)
                    except NotCleared:
                        assert not valid, (actions, action)
                elif action == "begin" and started is not None and started.begun_at is None:
                    started = Session.objects.get(pk=started.pk)
                    try:
                        begin_work(started, started.version)
                        assert valid, (actions, action)
                    except NotCleared:
                        assert not valid, (actions, action)
            transaction.set_rollback(True)

    return run


# -- signing


def test_a_signed_session_stands_in_the_record_with_its_lots_and_follow_ups(case):
    session = worked(case)
    entry = sign(session, session.version, case.member)
    (done,) = record(case.course).sessions
    assert (entry.number, done.delivered.session, done.delivered.date) == (2, 1, ON)
    assert done.delivered.products[0].lot == "EX-0001" and done.delivered.products[0].volume_ml == 1.5
    assert done.delivered.antiseptic.before_at == "10:00" and done.delivered.anaesthetic.used == "no"
    assert done.marks == ()
    assert LotUse.objects.filter(session=session).count() == 3
    due = [str(one.due_on) for one in FollowUp.objects.filter(session=session)]
    assert due == ["2026-11-24", "2026-11-26", "2026-11-30", "2026-12-21", "2027-02-15"]


def test_what_was_left_empty_is_unknown_in_the_record_and_never_as_planned(case):
    session = worked(case, work={"zone.forehead.passes": "", f"volume.{PRODUCT}": ""})
    sign(session, session.version, case.member)
    (done,) = record(case.course).sessions
    forehead = next(one for one in done.delivered.zones if one.zone == "forehead")
    assert forehead.passes is None and done.delivered.products[0].volume_ml is None
    assert next(one.delivered for one in done.covers if one.zone == "forehead") is None
    assert LotUse.objects.get(lot=case.lots["product"]).amount is None


def test_a_departure_is_signed_only_with_its_reason(case):
    session = worked(case, work={"zone.forehead.depth_mm": "0.3"})
    with pytest.raises(ValidationError):
        sign(session, session.version, case.member)
    assert record(case.course).sessions == ()
    save_step(session, session.version, "sign", {"reason.depth_mm.forehead": "skin thicker than expected"})
    sign(session, session.version, case.member)
    (mark,) = record(case.course).sessions[0].marks
    assert (mark.key, mark.zone, mark.reason) == ("departure", "forehead", "skin thicker than expected")


def test_a_limit_that_stops_and_was_broken_is_recorded_with_a_reason_and_never_without(case):
    session = worked(case, work={f"volume.{PRODUCT}": "2.5"})
    with pytest.raises(ValidationError):
        sign(session, session.version, case.member)
    save_step(session, session.version, "sign", {"reason.volume_ml.": "spilled and taken anew"})
    sign(session, session.version, case.member)
    (done,) = record(case.course).sessions
    assert {one.key for one in done.limits_broken} == {"volume_face", "volume_session", "volume_product"}
    assert all(one.reason == "spilled and taken anew" for one in done.limits_broken)


def test_nothing_is_signed_before_every_step_and_the_work_are_done(case):
    session = start_session(case.course, case.member)
    with pytest.raises(Closed):
        sign(session, session.version, case.member)
    for step, fields in fields_of(case, session).items():
        save_step(session, session.version, step, fields, done=True)
    with pytest.raises(Closed):  # the work never began
        sign(session, session.version, case.member)
    assert not CourseEntry.objects.exists()


def test_a_clearance_that_ended_during_the_work_asks_for_a_reason_and_keeps_the_record(case):
    session = worked(case)
    take_back_consent(case)
    with pytest.raises(ValidationError):
        sign(session, session.version, case.member)
    save_step(session, session.version, "sign", {"reason.date.": "withdrawn after the last zone"})
    sign(session, session.version, case.member)
    assert record(case.course).sessions[0].delivered.deviations[0].reason == "withdrawn after the last zone"


def test_what_was_signed_is_changed_by_no_service_and_no_save(case):
    session = signed_session(case)
    before = Session.objects.values().get(pk=session.pk)
    for act in (
        lambda: save_step(session, session.version, "work", {}),
        lambda: sign(session, session.version, case.member),
        lambda: abandon(session, session.version, "slip"),
        session.save,
        lambda: session.save_as(session.version, ["state"]),
        session.delete,
    ):
        with pytest.raises(Closed):
            act()
    assert Session.objects.values().get(pk=session.pk) == before


def test_no_route_changes_a_signed_session(case, browser, send):
    session = signed_session(case)
    before = Session.objects.values().get(pk=session.pk)
    entries = list(CourseEntry.objects.values())
    one, key = browser(), {"client": case.client.pk, "session": session.pk}
    for name, extra in (
        *(("session_step", {"step": step}) for step in ("identity", "before", "skin", "work", "finish")),
        ("session_sign", {}),
        ("session_abandon", {}),
    ):
        values = {"version": session.version, "confirmed": "yes", "why": "slip", "reactions": "pain"}
        answer = send(one, reverse(name, kwargs={**key, **extra}), values, case.client)
        assert answer.status_code == 409, name
    assert Session.objects.values().get(pk=session.pk) == before
    assert list(CourseEntry.objects.values()) == entries


def test_a_session_that_somebody_else_saved_in_between_is_not_overwritten(case, browser, send):
    session = start_session(case.course, case.member)
    save_step(session, session.version, "finish", {"notes": "theirs"})
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "finish"})
    values = {"version": 1, "notes": "mine", "reactions": "none", "stopped_early": "no"}
    answer = send(browser(), path, values, case.client)
    assert answer.status_code == 409 and "mine" in answer.content.decode()
    assert Session.objects.get(pk=session.pk).draft["finish"] == {"notes": "theirs"}


def test_signing_twice_at_the_same_time_signs_once(case):
    session = worked(case)
    twin = Session.objects.get(pk=session.pk)
    sign(session, session.version, case.member)
    with pytest.raises((Closed, Stale)):
        sign(twin, twin.version, case.member)
    assert len(record(case.course).sessions) == 1


def test_a_correction_is_added_with_its_reason_and_what_was_signed_stays(case):
    session = signed_session(case)
    other = Lot(clinic=case.client.clinic, kind="product", item=PRODUCT, lot="EX-0009", expires_on=date(2027, 5, 1))
    other.received_on, other.amount = ON, 5
    other.save(force_insert=True)
    draft = {**session.draft, "work": {**session.draft["work"], f"lot.product.{PRODUCT}": str(other.pk)}}
    correct(session, draft, "the other package was opened", case.member)
    assert known(session).delivered.products[0].lot == "EX-0009"
    bodies = [one.kind for one in record(case.course).entries]
    assert bodies == ["course", "session", "correction"]
    assert record(case.course).entries[1].body["delivered"]["products"][0]["lot"] == "EX-0001"
    uses = {one.lot.lot: one.corrected for one in LotUse.objects.filter(session=session, lot__kind="product")}
    assert uses == {"EX-0001": True, "EX-0009": False}


def test_a_session_in_which_nothing_was_done_is_closed_and_one_whose_work_began_is_not(case):
    session = start_session(case.course, case.member)
    abandon(session, session.version, "client had to go")
    assert session.state == "abandoned" and not CourseEntry.objects.exists()
    begun = worked(case)
    with pytest.raises(Closed):
        abandon(begun, begun.version, "slip")


# -- the next session


def next_plan(case: Case, monkeypatch, days: int = 21) -> date:
    day = ON + timedelta(days=days)
    set_day(monkeypatch, day)
    case.intake = sign_answers(case.client, day, 2)
    case.plan = plans.plan_course(case.course, case.intake, case.member, day)
    return day


def test_the_next_session_begins_by_a_plan_that_knows_the_first_and_only_by_that(case, monkeypatch):
    signed_session(case)
    assert "session_done" in why_not(case.course, ON)
    day = next_plan(case, monkeypatch)
    assert why_not(case.course, day) == ()
    second = worked(case)
    sign(second, second.version, case.member)
    assert second.number == 2
    shown = covers(case.course)
    assert shown["numbers"] == [1, 2] and shown["done"] == 2
    assert all(row["share"] > 20 for row in shown["rows"])


def test_a_serious_event_of_any_course_holds_the_next_session_back_until_it_is_over(case, monkeypatch):
    session = signed_session(case)
    day = next_plan(case, monkeypatch)
    record_outcome(session, case.member, [{"what": "necrosis", "severity": "serious", "resolved": "no"}], [])
    assert why_not(case.course, day) == ("sheet.adverse_event_open",)
    other = plans.open_course(case.client, case.member)
    plan = plans.plan_course(other, case.intake, case.member, day)
    consent(other, plan)
    assert "sheet.adverse_event_open" in why_not(other, day)


def test_no_session_of_another_course_begins_on_the_same_day(case):
    other = plans.open_course(case.client, case.member)
    consent(other, plans.plan_course(other, case.intake, case.member, ON))
    assert why_not(other, ON) == ()
    start_session(case.course, case.member)
    assert why_not(other, ON) == ("other_session",)


def test_a_broken_record_is_said_on_the_clients_page_and_hides_no_event(case, browser):
    record_outcome(signed_session(case), case.member, [{"what": "necrosis", "severity": "serious"}], [])
    CourseEntry.objects.filter(number=2).update(hash="0" * 64)
    text = browser().get(reverse("client", args=[case.client.pk])).content.decode()
    assert "not as it was written" in text and "Tissue death" in text


# -- lots


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose the lot"),
        ({"lot.product.x": "not-a-key"}, "Choose the lot"),
        ({"code.product.example-revital": "NEW-1"}, "enter its expiry"),
        ({"code.product.example-revital": "NEW-1", "expiry.product.example-revital": "2026-11-22"}, "expired on"),
        ({"code.product.example-revital": "NEW-1", "expiry.product.example-revital": "soon"}, "no date"),
        ({"code.product.example-revital": "EX-0001", "expiry.product.example-revital": "2027-01-01"}, "2027-12-31"),
        ({"code.product.example-revital": "(01)123"}, "14 digits"),
    ],
)
def test_a_lot_that_is_missing_expired_or_contradicts_the_stock_is_refused(case, fields, said):
    with pytest.raises(ValidationError, match=said):
        pick_lot(case.client.clinic, "product", PRODUCT, fields, ON)


def test_an_expired_or_blocked_lot_of_the_stock_is_refused(case):
    lot = case.lots["product"]
    fields = {f"lot.product.{PRODUCT}": str(lot.pk)}
    with pytest.raises(ValidationError, match="expired"):
        pick_lot(case.client.clinic, "product", PRODUCT, fields, date(2028, 1, 1))
    block_lot(lot, lot.version, "recalled")
    with pytest.raises(ValidationError, match="recalled"):
        pick_lot(case.client.clinic, "product", PRODUCT, fields, ON)


def test_a_lot_of_another_clinic_is_not_there(case, other_clinic):
    lot = case.lots["product"]
    with pytest.raises(ValidationError):
        pick_lot(other_clinic, "product", PRODUCT, {f"lot.product.{PRODUCT}": str(lot.pk)}, ON)


def test_a_scanned_lot_that_the_stock_does_not_know_is_entered_to_be_completed(case):
    code = "(01)04012345678901(17)280131(10)SC-7"
    lot = pick_lot(case.client.clinic, "product", PRODUCT, {f"code.product.{PRODUCT}": code}, ON)
    assert (lot.lot, lot.expires_on, lot.gtin, lot.amount) == ("SC-7", date(2028, 1, 31), "04012345678901", 0)


def test_a_lot_blocked_after_it_was_chosen_asks_for_a_reason(case):
    session = worked(case)
    lot = case.lots["product"]
    block_lot(lot, lot.version, "recalled")
    with pytest.raises(ValidationError):
        sign(session, session.version, case.member)
    save_step(session, session.version, "sign", {"reason.lot.": "recall came during the session"})
    sign(session, session.version, case.member)


# -- the pages


def test_a_session_is_walked_through_by_its_pages_in_both_languages(case, browser, send):
    one = browser()
    for language, said, born in (("en", "STOP at once", "12 March 1984"), ("ru", "СТОП немедленно", "12 марта 1984")):
        case.member.user.language = language
        case.member.user.save()
        start = reverse("session_start", args=[case.client.pk, case.course.pk])
        answer = send(one, start, {}, case.client, follow=True)
        text = answer.content.decode()
        work = one.get(reverse("session_step", args=[case.client.pk, Session.objects.get().pk, "work"])).text
        assert not re.search(r"\d,\d+ mm" if language == "en" else r'class="quiet">[^<]*\d\.\d', work)
        assert said in text and "Maria Example" in text and "M-1" in text and born in text
    session = Session.objects.get()
    for step, fields in fields_of(case, session).items():
        path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": step})
        page = one.get(path)
        assert page.status_code == 200 and "СТОП немедленно" in page.content.decode()
        version = Session.objects.get().version
        answer = send(one, path, {**fields, "version": version}, case.client)
        assert answer.status_code == 302, answer.content.decode()
    path = reverse("session_sign", args=[case.client.pk, session.pk])
    assert "Подписать" in one.get(path).content.decode()
    answer = send(one, path, {"version": Session.objects.get().version}, case.client, follow=True)
    assert answer.status_code == 200 and Session.objects.get().state == "signed"
    leaflet = one.get(reverse("session_leaflet", args=[case.client.pk, session.pk]))
    assert leaflet.content.startswith(b"%PDF")


def test_what_is_typed_is_kept_before_a_step_is_complete_and_what_is_missing_is_said(case, browser, send):
    session, one = start_session(case.course, case.member), browser()
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "finish"})
    typed = {"version": 1, "notes": "half a sentence", "state": "signed", "draft": "x"}
    answer = send(one, path, typed, case.client, headers={"X-Autosave": "1"})
    assert answer.json()["version"] == 2
    assert Session.objects.get().draft["finish"] == {"notes": "half a sentence"}
    answer = send(one, path, {"version": 2, "notes": "whole", "reactions": ["none", "pain"]}, case.client)
    text = answer.content.decode()
    assert answer.status_code == 422 and "stands beside another" in text and "stopped before its end" in text
    assert "whole" in text and Session.objects.get().draft["finish"]["notes"] == "half a sentence"


@pytest.mark.parametrize(("language", "volume", "said"), [("en", "2.5", "2.5 ml"), ("ru", "2,5", "2,5 мл")])
def test_a_broken_limit_is_said_the_moment_it_is_typed_and_stays_in_sight(case, browser, send, language, volume, said):
    session, one = start_session(case.course, case.member), browser()
    case.member.user.language = language
    case.member.user.save()
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "work"})

    def typed(version: int, **fields: str) -> list[str]:
        sent = {"version": version, **fields}
        return send(one, path, sent, case.client, headers={"X-Autosave": "1"}).json()["broken"]

    name = f"volume.{PRODUCT}"
    assert typed(1, **{name: "1.5"}) == [] and typed(2, **{name: "2."}) == []
    found = typed(3, **{name: volume})
    assert any(said in text for text in found), found
    depth = f"zone.{planned_of(session.plan).zones[0].zone}"
    both = typed(4, **{name: volume, f"{depth}.depth_mm": "9", f"{depth}.delivered": "yes"})
    assert len(both) == 2
    for step in ("work", "finish"):
        assert both[0] in html.unescape(one.get(path.replace("/work/", f"/{step}/")).content.decode())
    assert typed(5, **{name: "1.5", f"{depth}.depth_mm": ""}) == []


def test_an_antiseptic_after_the_work_that_lies_before_the_first_is_refused_in_its_own_step(case, browser, send):
    session, one = worked(case), browser()
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "finish"})
    typed = {**fields_of(case, session)["finish"], "after_at": "09:00", "version": session.version}
    answer = send(one, path, typed, case.client)
    assert answer.status_code == 422 and "Check both times" in answer.content.decode()


def test_a_page_of_an_open_session_says_stop_when_the_clearance_ended(case, browser):
    session = start_session(case.course, case.member)
    take_back_consent(case)
    assert why_not_go_on(session) == ("consent_missing",)
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "before"})
    assert "the clearance no longer holds" in browser().get(path).content.decode()


def test_the_clients_page_offers_the_session_only_to_who_may_treat_and_else_says_why_not(case, browser):
    path = reverse("client", args=[case.client.pk])
    start = reverse("session_start", args=[case.client.pk, case.course.pk])
    assert start in browser(Role.COSMETOLOGIST).get(path).content.decode()
    assert start not in browser(Role.ASSISTANT).get(path).content.decode()
    take_back_consent(case)
    text = browser(Role.COSMETOLOGIST).get(path).content.decode()
    assert start not in text and "is not signed, or was withdrawn" in text


def test_a_refused_start_answers_with_the_reasons_and_makes_nothing(case, browser, send):
    take_back_consent(case)
    answer = send(browser(), reverse("session_start", args=[case.client.pk, case.course.pk]), {}, case.client)
    assert answer.status_code == 409 and "withdrawn" in answer.content.decode()
    assert not Session.objects.exists()


def test_a_correction_by_its_page_needs_a_reason(case, browser, send):
    session, one = signed_session(case), browser()
    path = reverse("session_correct", args=[case.client.pk, session.pk])
    assert one.get(path).status_code == 200
    typed = {key: value for step in ("skin", "work", "finish") for key, value in session.draft[step].items()}
    typed[f"volume.{PRODUCT}"] = "1.2"
    assert send(one, path, typed, case.client).status_code == 422
    answer = send(one, path, {**typed, "why": "read wrongly"}, case.client, follow=True)
    assert "read wrongly" in answer.content.decode()
    assert known(session).delivered.products[0].volume_ml == 1.2


def test_a_step_that_was_changed_again_has_to_be_completed_again_and_nonsense_breaks_no_page(case, browser, send):
    session, one = worked(case), browser()
    path = reverse("session_step", kwargs={"client": case.client.pk, "session": session.pk, "step": "work"})
    odd = {"zone.forehead.depth_mm": "deep", f"lot.product.{PRODUCT}": "x" * 36, "version": session.version}
    assert send(one, path, odd, case.client, headers={"X-Autosave": "1"}).status_code == 200
    assert one.get(reverse("session_sign", args=[case.client.pk, session.pk])).status_code == 302
    assert one.get(path).status_code == 200
    typed = {**fields_of(case, session)["work"], "zone.forehead.depth_mm": "deep", "version": session.version + 1}
    answer = send(one, path, typed, case.client)
    assert answer.status_code == 422 and "deep" in answer.content.decode()


@pytest.mark.parametrize(
    ("technique", "product", "tool"),
    [
        ("fractional_stamp", PRODUCT, "example-stamp"),
        ("clinic_roller", PRODUCT, "example-roller-02"),
        ("iontophoresis", "example-serum", ""),
    ],
)
def test_a_session_of_another_technique_is_walked_through_and_its_tool_is_counted(
    maria, member, browser, send, monkeypatch, technique, product, tool
):
    set_day(monkeypatch, ON)
    case = ready(maria, member(), technique=technique, product=product)
    one = browser()
    send(one, reverse("session_start", args=[maria.pk, case.course.pk]), {}, maria)
    session = Session.objects.get()
    lots = {f"lot.product.{product}": "unknown"}
    if tool:
        lots[f"lot.cartridge.{tool}"] = str(stocked(maria.clinic, "cartridge", tool, "T-1", unit="pcs").pk)
    for step in ("identity", "before", "skin", "work", "finish"):
        path = reverse("session_step", kwargs={"client": maria.pk, "session": session.pk, "step": step})
        page = one.get(path)
        fields = {
            **{
                f"zone.{row['zone']}.{part['key']}": part["value"]
                for row in page.context.get("zones", [])
                for part in row["numbers"]
            },
            **{f"zone.{row['zone']}.delivered": "yes" for row in page.context.get("zones", [])},
            **{"confirmed": "yes", "changes": "none", "lot.antiseptic.": "unknown", "anaesthetic": "no", **lots},
            **{"reactions": "none", "stopped_early": "no", "version": Session.objects.get().version},
        }
        answer = send(one, path, fields, maria)
        assert answer.status_code == 302, (step, answer.content.decode()[-3000:])
    path = reverse("session_sign", args=[maria.pk, session.pk])
    assert one.get(path).status_code == 200
    send(one, path, {"version": Session.objects.get().version}, maria)
    (done,) = record(case.course).sessions
    assert done.limits_broken == () and done.delivered.products[0].lot is None
    assert {one.lot.item: one.amount for one in LotUse.objects.all()} == ({tool: 1} if tool else {})
