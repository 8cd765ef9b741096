"""Screening: the verdict first, stale ones said to be stale, a doctor's decision on its finding and on nothing else."""

import json
import time
from datetime import timedelta

import pytest
from django.urls import reverse

from mesoplan.report.findings import FindingWords
from mesoplan.report.words import Words
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes.models import Decision
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.screenings import services as screenings
from mesoplan_clinic.screenings.models import Screening
from web.line import ON, signed
from web.test_intakes import drawing


@pytest.fixture(autouse=True)
def calendar(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda clinic: ON)


@pytest.fixture
def screened(browser, send):
    """Screen a client by the page and return the page that shows the verdict."""

    def screen(client, role=Role.PHYSICIAN):
        one, path = browser(role), reverse("screening", args=[client.pk])
        assert send(one, path, {}, client).status_code == 302
        return one.get(path).text

    return screen


@pytest.fixture
def doctor(browser, member):
    """A physician who entered the password again just now."""
    user = member(Role.PHYSICIAN).user
    user.set_password("correct horse battery")
    user.save()
    one = browser(Role.PHYSICIAN)
    path = reverse("account_reauthenticate")
    assert one.post(path, {"password": "correct horse battery"}).status_code == 302
    return one


VALUES = {"answer": "yes", "reason": "Stable, treated.", "valid_until": (ON + timedelta(days=30)).isoformat()}


@pytest.fixture
def decide(doctor, send):
    def post(client, finding, browser=None, **values):
        row = screenings.latest(client)
        path = reverse("decide", args=[client.pk, row.pk, finding])
        return send(browser or doctor, path, {**VALUES, "drawn": drawing(), **values}, client)

    return post


def test_the_verdict_comes_before_everything_else(screened, maria):
    signed(maria)
    page = screened(maria)
    assert "No listed contraindication found" in page
    assert page.index('class="verdict') < page.index("Techniques and zones")
    assert "safe" not in page.split('class="verdict')[1].split("</section")[0].lower()


@pytest.mark.parametrize("days", [0, 1, 9])
def test_a_screening_counts_on_its_own_day_and_no_page_promises_another(screened, browser, maria, monkeypatch, days):
    signed(maria)
    screened(maria)
    monkeypatch.setattr(clock, "today", lambda clinic: ON + timedelta(days=days))
    kept, of_client = (browser().get(reverse(name, args=[maria.pk])).text for name in ("screening", "client"))
    assert ("This screening may no longer be relied on." in kept) is (days > 0)
    assert ("No longer to be relied on." in of_client) is (days > 0)
    assert ("it counts on that day" in of_client) is (days == 0)
    assert "valid until" not in (kept + of_client).lower()


def test_every_finding_shows_its_answers_and_every_source_with_kind_place_and_reading(screened, maria):
    signed(maria, pregnancy="yes")
    page = screened(maria)
    knowledge = knowledge_of(maria.clinic)
    say = FindingWords(knowledge, Words(knowledge, "en"))
    found = screenings.found_in(screenings.latest(maria))
    fact = knowledge.facts[next(one for one in found.findings if one.rule.startswith("pregnancy")).fact]
    for claim in fact.claims:
        read = say.claim(claim)
        for part in (read["title"], read["locator"], read["kind"], read["reading"]):
            assert part.replace("'", "&#x27;").replace('"', "&quot;") in page
    assert "Contraindicated" in page and say.names.question("pregnancy") in page


def test_a_disagreement_of_sources_is_said(screened, maria):
    signed(maria, keloid_tendency="yes", diabetes="yes", heart_disease="yes", herpes_history="yes")
    assert "sources disagree" in screened(maria)


@pytest.mark.parametrize(("language", "says"), [("en", "Not decided: answers are missing"), ("ru", "Решения нет")])
def test_a_missing_answer_is_one_tap_from_its_question_in_both_languages(
    screened, browser, send, maria, language, says
):
    signed(maria, diabetes="unknown")
    one, path = browser(), reverse("screening", args=[maria.pk])
    one.cookies["django_language"] = language
    send(one, path, {}, maria)
    page = one.get(path).text
    assert says in page
    ask = reverse("intake_ask", args=[maria.pk, "diabetes"])
    assert f'action="{ask}"' in page
    assert send(one, ask, {}, maria).url.endswith("/group/health/#q-diabetes")


def test_every_missing_question_of_an_empty_intake_can_be_asked(screened, browser, send, maria):
    signed(maria, **dict.fromkeys(knowledge_of(maria.clinic).questions, "unknown"))
    page, one = screened(maria), browser()
    for question in screenings.found_in(screenings.latest(maria)).missing:
        ask = reverse("intake_ask", args=[maria.pk, question])
        assert ask in page
        where = send(one, ask, {}, maria).url
        if "#" in where:
            assert f'id="{where.split("#")[1]}"' in one.get(where.split("#")[0]).text


def test_a_stale_screening_says_why_and_offers_to_screen_again(screened, browser, maria, monkeypatch):
    signed(maria)
    screened(maria)
    one, path = browser(), reverse("screening", args=[maria.pk])
    assert "no longer be relied on" not in one.get(path).text
    signed(maria, 2, pregnancy="yes")
    page = one.get(path).text
    assert "The client has signed newer answers." in page and "Screen again" in page
    monkeypatch.setattr(clock, "today", lambda clinic: ON + timedelta(days=1))
    assert "It was made for another day" in one.get(path).text
    assert "No longer to be relied on." in one.get(reverse("client", args=[maria.pk])).text


def test_nobody_is_screened_without_signed_answers(browser, send, maria):
    path = reverse("screening", args=[maria.pk])
    said = send(browser(), path, {}, maria)
    assert said.status_code == 409 and "no signed answers" in said.text and not Screening.objects.exists()


# -- decisions


def finding_of(client, rule):
    found = screenings.found_in(screenings.latest(client))
    return next(one for one in found.findings if one.rule.startswith(rule))


def test_a_doctors_decision_lifts_the_finding_it_names_and_no_other(screened, decide, maria):
    signed(maria, diabetes="yes", heart_disease="yes")
    screened(maria)
    assert decide(maria, finding_of(maria, "diabetes").id).status_code == 302
    assert finding_of(maria, "diabetes").lifted_by == "Physician"
    assert finding_of(maria, "heart_disease").lifted_by is None
    row = screenings.latest(maria)
    assert not row.may_treat
    assert decide(maria, finding_of(maria, "heart_disease").id).status_code == 302
    assert screenings.clearance(maria, ON) is not None


@pytest.mark.parametrize("answer", ["no"])
def test_a_no_lifts_nothing(screened, decide, maria, answer):
    signed(maria, diabetes="yes")
    screened(maria)
    decide(maria, finding_of(maria, "diabetes").id, answer=answer)
    assert finding_of(maria, "diabetes").lifted_by is None and not screenings.latest(maria).may_treat


@pytest.mark.parametrize(
    "answers",
    [{"pregnancy": "yes"}, {"fever": "yes"}, {"diabetes": "unknown"}, {"vaccination": [{"date": ON.isoformat()}]}],
    ids=["contraindicated", "deferred", "missing", "date"],
)
def test_no_decision_reaches_a_contraindication_a_date_or_a_missing_answer(screened, decide, doctor, maria, answers):
    signed(maria, **answers)
    screened(maria)
    before = Screening.objects.count()
    found = screenings.found_in(screenings.latest(maria))
    refused = [one for one in found.findings if one.verdict.value not in ("PHYSICIAN", "CAUTION", "CLEARED")]
    assert refused
    for one in refused:
        assert decide(maria, one.id).status_code == 404
    assert not Decision.objects.exists() and Screening.objects.count() == before


def test_a_decision_beside_a_contraindication_does_not_lift_it(screened, decide, maria):
    signed(maria, diabetes="yes", pregnancy="yes")
    screened(maria)
    decide(maria, finding_of(maria, "diabetes").id)
    row = screenings.latest(maria)
    assert (row.headline, row.may_treat) == ("CONTRAINDICATED", False)


def test_no_other_role_decides(screened, browser, send, maria):
    signed(maria, diabetes="yes")
    screened(maria)
    path = reverse("decide", args=[maria.pk, screenings.latest(maria).pk, finding_of(maria, "diabetes").id])
    for role in (Role.ASSISTANT, Role.COSMETOLOGIST, Role.OWNER, Role.AUDITOR):
        assert send(browser(role), path, {**VALUES, "drawn": drawing()}, maria).status_code == 403
    assert (
        "Only a physician may decide here"
        in browser(Role.COSMETOLOGIST).get(reverse("screening", args=[maria.pk])).text
    )
    assert not Decision.objects.exists()


def test_without_a_fresh_proof_of_who_signs_nothing_is_decided_and_nothing_typed_is_lost(
    screened, decide, browser, doctor, maria, monkeypatch
):
    signed(maria, diabetes="yes")
    screened(maria)
    name = finding_of(maria, "diabetes").id
    path = reverse("decide", args=[maria.pk, screenings.latest(maria).pk, name])
    assert reverse("account_reauthenticate") in browser().get(path).url
    said = decide(maria, name, browser())
    assert said.status_code == 422 and "More than five minutes" in said.text and "Stable, treated." in said.text
    assert doctor.get(path).status_code == 200
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert decide(maria, name).status_code == 422 and not Decision.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"reason": ""},
        {"answer": "perhaps"},
        {"drawn": ""},
        {"valid_until": (ON - timedelta(days=1)).isoformat()},
        {"valid_until": ""},
        {"reason": "x" * 10_000},
    ],
    ids=["no reason", "no answer", "no signature", "over", "without end", "too long"],
)
def test_an_incomplete_decision_is_refused_with_what_was_typed(screened, decide, maria, values):
    signed(maria, diabetes="yes")
    screened(maria)
    said = decide(maria, finding_of(maria, "diabetes").id, **values)
    assert said.status_code == 422 and not Decision.objects.exists()


def test_a_decision_that_ran_out_counts_no_more(screened, decide, maria, monkeypatch):
    signed(maria, diabetes="yes")
    screened(maria)
    decide(maria, finding_of(maria, "diabetes").id, valid_until=ON.isoformat())
    assert screenings.clearance(maria, ON) is not None
    monkeypatch.setattr(clock, "today", lambda clinic: ON + timedelta(days=1))
    screened(maria)
    assert finding_of(maria, "diabetes").lifted_by is None


def test_a_withdrawn_decision_counts_no_more_and_stays_on_record(screened, decide, doctor, send, maria):
    signed(maria, diabetes="yes")
    screened(maria)
    decide(maria, finding_of(maria, "diabetes").id)
    row = Decision.objects.get()
    send(doctor, reverse("decision_withdraw", args=[maria.pk, row.pk]), {}, maria)
    row.refresh_from_db()
    assert row.withdrawn_at is not None and row.withdrawn_by.user.first_name == "Physician"
    assert finding_of(maria, "diabetes").lifted_by is None
    assert "Decisions no longer counted" in doctor.get(reverse("screening", args=[maria.pk])).text


def test_a_decision_made_anew_replaces_the_one_before(screened, decide, maria):
    signed(maria, diabetes="yes")
    screened(maria)
    name = finding_of(maria, "diabetes").id
    decide(maria, name)
    decide(maria, name, answer="no", reason="Worse now.")
    assert Decision.objects.filter(withdrawn_at=None).count() == 1
    assert finding_of(maria, "diabetes").lifted_by is None


def test_the_audit_names_the_finding_and_never_the_reason(screened, decide, maria):
    from mesoplan_clinic.audit.models import AuditEvent

    signed(maria, diabetes="yes")
    screened(maria)
    decide(maria, finding_of(maria, "diabetes").id)
    event = AuditEvent.objects.latest("id")
    assert event.detail["finding"].startswith("diabetes") and "Stable" not in json.dumps(event.detail)
