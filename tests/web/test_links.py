"""One-time links: opened once, one form and nothing else, closed when it is signed."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.intakes import links, services
from mesoplan_clinic.intakes.models import Intake, IntakeLink
from mesoplan_clinic.kernel import clock
from web.line import signed
from web.test_intakes import drawing

PUBLIC = "https://clinic.example"


@pytest.fixture
def form(maria, member) -> Intake:
    return services.begin(maria, member())


@pytest.fixture
def address(form, member, settings) -> str:
    settings.PUBLIC_URL = PUBLIC
    return links.make_link(form, member())[1].removeprefix(PUBLIC)


@pytest.fixture
def opened(address) -> Browser:
    one = Browser()
    assert one.post(address).url == reverse("form")
    return one


def test_no_link_is_made_while_other_devices_cannot_reach_the_server(browser, send, form):
    path = reverse("intake_link", args=[form.client_id, form.pk])
    said = send(browser(), path, {}, form.client)
    assert said.status_code == 422 and "the link would lead nowhere" in said.text
    assert not IntakeLink.objects.exists()


def test_the_code_is_shown_once_and_only_its_hash_is_kept(browser, send, form, settings):
    settings.PUBLIC_URL = PUBLIC
    said = send(browser(), reverse("intake_link", args=[form.client_id, form.pk]), {}, form.client)
    token = said.text.split("/form/open/")[1].split("/")[0]
    row = IntakeLink.objects.get()
    assert row.token_hash == links.hash_of(token) and token not in str(row.__dict__)
    assert "data:image/svg+xml" in said.text
    assert token not in str([one.__dict__ for one in AuditEvent.objects.all()])


def test_looking_at_a_link_does_not_use_it_up(address):
    assert Browser().get(address).status_code == 200
    assert Browser().get(address).status_code == 200
    assert IntakeLink.objects.get().opened_at is None


def test_a_link_opens_once(opened, address):
    said = Browser().post(address)
    assert said.status_code == 410 and "opens only once" in said.text
    assert Browser().get(address).status_code == 410
    assert opened.get(address).url == reverse("form")


def test_a_link_that_ran_out_or_was_closed_says_so(address, form, monkeypatch):
    later = clock.now() + links.SENT_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    said = Browser().post(address)
    assert said.status_code == 410 and "time has run out" in said.text
    monkeypatch.undo()
    IntakeLink.objects.update(closed_at=clock.now())
    assert "closed the link" in Browser().post(address).text


def test_an_open_form_ends_when_its_time_has_run_out(opened, monkeypatch):
    later = clock.now() + links.SENT_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert opened.get(reverse("form_sign")).url == reverse("form_over")


def test_a_secret_that_was_guessed_opens_nothing(db):
    assert Browser().get(reverse("form_open", args=["guess"])).status_code == 404


def test_a_new_link_closes_the_one_before(address, form, member):
    links.make_link(form, member())
    assert Browser().post(address).status_code == 410


def test_the_form_shows_one_clients_questions_and_nothing_else(opened, maria, ivan, form):
    page = opened.get(reverse("form_group", args=["health"])).text
    assert "Do you have diabetes?" in page and "Maria Example" in page
    for path in (
        reverse("clients"),
        reverse("client", args=[maria.pk]),
        reverse("client", args=[ivan.pk]),
        reverse("intake", args=[maria.pk, form.pk]),
        reverse("screening", args=[maria.pk]),
        reverse("audit"),
    ):
        assert reverse("account_login") in opened.get(path).url, path
        assert path not in page


def test_the_client_answers_signs_and_the_link_is_closed(opened, address, send, form, maria):
    path = reverse("form_answer", args=["diabetes"])
    assert send(opened, path, {"value": "no", "version": 0}, maria, HTTP_HX_REQUEST="true").status_code == 200
    version = Intake.objects.get().version
    said = send(opened, reverse("form_sign"), {"version": version, "drawn": drawing()}, maria)
    assert said.url == reverse("form_over") + "?signed"
    row = Intake.objects.get()
    assert not row.is_open and row.by_client and row.answers["log"]["diabetes"]["client"]
    assert IntakeLink.objects.get().closed_at is not None
    assert opened.get(reverse("form_group", args=["health"])).url == reverse("form_over")
    assert Browser().post(address).status_code == 410
    events = [(one.action, one.status, one.client) for one in AuditEvent.objects.filter(role="link")]
    assert events == [
        ("form_open", 200, maria.pk),
        ("form_answer", 200, maria.pk),
        ("form_sign", 302, maria.pk),
        ("form_open", 410, maria.pk),
    ]


def test_a_form_of_another_client_cannot_be_sent_through_a_link(opened, send, ivan, form):
    said = send(opened, reverse("form_answer", args=["diabetes"]), {"value": "no", "version": 0}, ivan)
    assert said.status_code == 409 and Intake.objects.get().version == form.version


def test_a_client_does_not_set_the_number_of_sessions(opened, send, form, maria):
    values = {"goal": "acne", "zones-acne": "forehead", "sessions-acne": "6", "version": 0}
    send(opened, reverse("form_answer", args=["goals"]), values, maria)
    assert Intake.objects.get().answers["goals"] == [{"indication": "acne", "zones": ["forehead"]}]


def test_the_form_speaks_the_clients_language(member, ivan, settings):
    settings.PUBLIC_URL = PUBLIC
    row = services.begin(ivan, member())
    address = links.make_link(row, member())[1].removeprefix(PUBLIC)
    one = Browser()
    assert "Начать" in one.get(address).text
    one.post(address)
    assert "диабет" in one.get(reverse("form_group", args=["health"])).text


def test_handing_over_the_tablet_ends_the_staffs_session(browser, send, form, maria):
    one = browser()
    said = send(one, reverse("intake_hand_over", args=[maria.pk, form.pk]), {}, maria)
    assert said.url == reverse("form") and "_auth_user_id" not in one.session
    assert one.get(reverse("form_group", args=["health"])).status_code == 200
    assert reverse("account_login") in one.get(reverse("client", args=[maria.pk])).url


def test_opening_a_link_in_a_browser_where_staff_are_logged_in_logs_them_out(browser, address, maria):
    one = browser()
    one.post(address)
    assert reverse("account_login") in one.get(reverse("client", args=[maria.pk])).url


def test_staff_cannot_use_the_clients_pages(browser, form):
    assert browser().get(reverse("form")).status_code == 403


def test_no_link_is_made_to_signed_answers_or_to_an_addition(maria, member, settings):
    settings.PUBLIC_URL = PUBLIC
    row = signed(maria)
    addition = services.begin_addition(maria, member())
    for one in (row, addition):
        with pytest.raises(links.AlreadySigned):
            links.make_link(one, member())


def test_both_the_client_and_staff_may_answer_and_a_signed_form_stays_signed(opened, send, browser, form, maria):
    send(opened, reverse("form_answer", args=["diabetes"]), {"value": "no", "version": 0}, maria)
    path = reverse("intake_answer", args=[maria.pk, form.pk, "diabetes"])
    said = send(browser(), path, {"value": "yes", "version": 0}, maria, HTTP_HX_REQUEST="true")
    assert said.status_code == 409 and "the client" in said.text
    version = Intake.objects.get().version
    send(
        browser(),
        reverse("intake_sign", args=[maria.pk, form.pk]),
        {"version": version, "name": "Maria Example"},
        maria,
    )
    assert opened.get(reverse("form")).url == reverse("form_over")
