"""After a session: the work list, follow-ups, adverse events and scores, all through the core's record."""

from datetime import timedelta

import pytest
from django.urls import reverse

from mesoplan.errors import ProblemError
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.outcomes.selectors import due
from mesoplan_clinic.outcomes.services import record_outcome
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans.book import record
from mesoplan_clinic.plans.models import Consent
from mesoplan_clinic.visits.clearance import why_not
from mesoplan_clinic.visits.models import Session
from web.pictures import encoded, kept_photo, nobody
from web.treating import ON, Case, ready, set_day, signed_session, worked


@pytest.fixture
def case(maria, member, monkeypatch) -> Case:
    set_day(monkeypatch, ON)
    return ready(maria, member())


def follow(case: Case, when: str = "day1") -> str:
    return reverse("follow_up", args=[case.client.pk, FollowUp.objects.get(when=when).pk])


def test_the_work_list_holds_what_is_overdue_due_and_coming_over_all_clients(case, ivan, browser, monkeypatch):
    signed_session(case)
    set_day(monkeypatch, ON + timedelta(days=3))
    groups = due(case.client.clinic, ON + timedelta(days=3))
    found = {name: [one.when for one in group.rows] for name, group in groups.items()}
    assert found == {"overdue": ["day1"], "today": ["day3"], "coming": ["day7"]}
    text = browser().get(reverse("today")).content.decode()
    assert text.count("Maria Example") == 3 and "Overdue" in text and "after 3 days" in text
    event = AuditEvent.objects.latest("number")
    assert event.detail == {"sessions": 0, "overdue": 1, "today": 1, "coming": 1} and event.client is None


def test_however_much_is_overdue_todays_follow_ups_are_shown_and_the_rest_is_counted(case, browser, monkeypatch):
    clients = [enter_client(case.client.clinic, name=f"C {n}", identifier=f"N-{n}", birth_date="") for n in range(121)]
    for number, client in enumerate(clients):
        due_on = ON + timedelta(days=1 if number else 3)
        other = Session.objects.create(
            client=client,
            made_at=clock.now(),
            course=case.course,
            plan=case.plan,
            number=1,
            on=ON,
            state="abandoned",
            draft={},
        )
        FollowUp.objects.create(client=client, made_at=clock.now(), session=other, when="day1", due_on=due_on)
    set_day(monkeypatch, ON + timedelta(days=3))
    text = browser().get(reverse("today")).content.decode()
    assert text.count(">C 0<") == 1 and "Due today" in text and "70 more, due later, are not shown." in text
    assert AuditEvent.objects.latest("number").detail["overdue"] == 120


def test_a_session_that_was_not_signed_stays_on_the_work_list(case, browser, monkeypatch):
    worked(case)
    set_day(monkeypatch, ON + timedelta(days=1))
    assert "not signed since 23 November" in browser().get(reverse("today")).content.decode()


def test_another_clinics_work_list_is_empty(case, other_clinic, browser):
    signed_session(case)
    from mesoplan_clinic.accounts.roles import Role

    assert "Maria" not in browser(Role.PHYSICIAN, other_clinic).get(reverse("today")).content.decode()


def test_a_follow_up_with_nothing_unusual_is_done_with_two_taps_and_stands_in_no_chain(case, browser, send):
    signed_session(case)
    answer = send(browser(), follow(case), {"found": "nothing", "notes": "a little red"}, case.client)
    assert answer.status_code == 302 and answer.url == reverse("today")
    row = FollowUp.objects.get(when="day1")
    assert (row.found, row.notes, row.entry, row.done_at is not None) == ("nothing", "a little red", None, True)
    assert record(case.course).outcomes == ()
    assert browser().get(follow(case)).status_code == 302


def test_an_adverse_event_is_recorded_with_severity_session_and_lot_and_shows_on_the_clients_page(case, browser, send):
    signed_session(case)
    typed = {"found": "event", "what": "necrosis", "severity": "serious", "resolved": "no", "lot": "EX-0001"}
    typed |= {"onset": ON.isoformat(), "event_zone": "forehead", "action": "sent to hospital"}
    assert send(browser(), follow(case), typed, case.client).status_code == 302
    (event,) = record(case.course).adverse_events
    assert (event.what, event.severity, event.session, event.lot, event.zone) == (
        *("necrosis", "serious", 1, "EX-0001", "forehead"),
    )
    row = AdverseEvent.objects.get()
    assert (row.kind, row.severity, row.lot, row.holds_back) == ("necrosis", "serious", case.lots["product"], True)
    text = browser().get(reverse("client", args=[case.client.pk])).content.decode()
    assert "holds back the next session" in text and "Tissue death" in text


def test_an_event_that_is_over_is_a_correction_and_lets_the_next_session_be(case, browser, send):
    session = signed_session(case)
    record_outcome(session, case.member, [{"what": "swelling of the whole face", "severity": "severe"}], [])
    row = AdverseEvent.objects.get()
    assert row.kind == "other" and "sheet.adverse_event_open" in why_not(case.course, ON)
    path = reverse("event", args=[case.client.pk, row.pk])
    assert "Swelling of the whole face" in browser().get(path).content.decode()
    typed = {"what": "other", "what_other": "swelling of the whole face", "severity": "severe", "resolved": "yes"}
    assert send(browser(), path, typed, case.client).status_code == 422  # what is new?
    answer = send(browser(), path, {**typed, "resolved_on": ON.isoformat(), "why": "gone"}, case.client)
    assert answer.status_code == 302
    assert [one.kind for one in record(case.course).entries] == ["course", "session", "outcome", "correction"]
    assert not AdverseEvent.objects.get().holds_back
    assert "sheet.adverse_event_open" not in why_not(case.course, ON)


def test_a_score_keeps_who_scored_and_one_outside_its_scale_is_refused(case, browser, send):
    signed_session(case)
    typed = {"found": "nothing", "scale": "gais", "role": "practitioner", "scored_by": "Petra"}
    answer = send(browser(), follow(case), {**typed, "value": "9"}, case.client)
    text = answer.content.decode()
    assert answer.status_code == 422 and "The scale runs from 1 to 5." in text and "mesoplan explain" not in text
    assert "<details open><summary>A score" in text and "<details data-event><summary>" in text
    assert record(case.course).scores == () and FollowUp.objects.get(when="day1").done_at is None
    assert send(browser(), follow(case), {**typed, "value": "2"}, case.client).status_code == 302
    (score,) = record(case.course).scores
    assert (score.scale, score.value, score.role, score.scored_by) == ("gais", 2.0, "practitioner", "Petra")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "required"),
        ({"found": "event"}, "Say what happened"),
        ({"found": "event", "what": "other"}, "in words"),
        ({"found": "nothing", "what": "necrosis"}, "choose it here too"),
        ({"found": "nothing", "scale": "gais"}, "needs its value"),
        ({"found": "event", "what": "necrosis", "onset": "2026-11-01"}, "before the session of 23 November 2026"),
        ({"found": "event", "what": "necrosis", "onset": "2027-01-01"}, "still to come"),
        ({"found": "event", "what": "necrosis", "resolved": "no", "resolved_on": "2026-11-23"}, "not that it is over"),
        ({"found": "event", "what": "necrosis", "lot": "EX-9"}, "EX-9"),
    ],
)
def test_a_follow_up_that_contradicts_itself_or_the_record_is_refused_whole(case, browser, send, typed, said):
    signed_session(case)
    answer = send(browser(), follow(case), typed, case.client)
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text and "outcome: " not in text
    assert record(case.course).outcomes == () and not AdverseEvent.objects.exists()
    assert FollowUp.objects.get(when="day1").done_at is None


def test_what_the_core_refuses_writes_nothing(case):
    session = signed_session(case)
    with pytest.raises(ProblemError):
        record_outcome(session, case.member, [{"what": "necrosis", "onset": ON - timedelta(days=9)}], [])
    assert not AdverseEvent.objects.exists()


def test_an_event_can_be_entered_at_any_time_from_the_sessions_page(case, browser, send):
    session = signed_session(case)
    path = reverse("outcome_new", args=[case.client.pk, session.pk])
    assert browser().get(path).status_code == 200
    typed = {"found": "event", "what": "herpes", "severity": "mild", "resolved": "unknown"}
    assert send(browser(), path, typed, case.client).url == reverse("session", args=[case.client.pk, session.pk])
    assert not AdverseEvent.objects.get().holds_back


# -- photos over time


def two_photos(client, monkeypatch):
    consents.sign(
        client,
        None,
        Consent.Kind.PHOTO,
        consents.photo_text(client),
        signed_as="M",
        signature=b"png",
        agreed=["record"],
    )
    first = kept_photo(client)
    set_day(monkeypatch, ON + timedelta(days=90))
    return first, kept_photo(client, encoded(nobody(480, 600)))


def test_a_photo_is_taken_again_with_the_earlier_one_over_the_camera_and_only_with_consent(maria, browser, monkeypatch):
    set_day(monkeypatch, ON)
    earlier = kept_photo(maria)
    path = reverse("photo_again", args=[maria.pk, earlier.pk])
    text = browser().get(path).content.decode()
    assert "has not agreed to photos" in text and "data-camera" not in text
    two_photos(maria, monkeypatch)
    text = browser().get(path).content.decode()
    picture, keep = reverse("photo_file", args=[maria.pk, earlier.pk]), reverse("photo_new", args=[maria.pk])
    assert f'data-ghost src="{picture}"' in text and f'action="{keep}"' in text


def test_before_and_after_are_the_first_and_the_newest_unless_others_are_named(maria, browser, monkeypatch):
    set_day(monkeypatch, ON)
    path = reverse("photo_compare", args=[maria.pk])
    assert "not two photos yet" in browser().get(path).content.decode()
    first, second = two_photos(maria, monkeypatch)
    one = browser()
    shown = one.get(path).context
    assert (shown["before"], shown["after"]) == (first, second)
    shown = one.get(path, {"before": str(second.pk), "after": str(first.pk)}).context
    assert (shown["before"], shown["after"]) == (second, first)
    assert one.get(path, {"before": "nonsense"}).context["before"] == first


def test_no_photo_of_another_client_is_compared(maria, ivan, browser, monkeypatch):
    set_day(monkeypatch, ON)
    first, _second = two_photos(maria, monkeypatch)
    strange = kept_photo(ivan)
    answer = browser().get(reverse("photo_compare", args=[maria.pk]), {"before": str(strange.pk)})
    assert answer.context["before"] == first
