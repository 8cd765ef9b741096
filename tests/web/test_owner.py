import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.owner import data_rights, rescreen
from mesoplan_clinic.owner.figures import claimed_rate, complications
from mesoplan_clinic.owner.models import Erasure, Rescreening
from mesoplan_clinic.owner.tables import OF_CLIENT, table
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.plans.models import Consent, CourseEntry, Plan
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.selectors import expired_or_soon, item_name
from mesoplan_clinic.stock.services import block_lot
from web.line import ON, planned, session, signed
from web.treating import PRODUCT, consent, ready, set_day, signed_session, stocked


@pytest.fixture(autouse=True)
def _that_day(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda _clinic: ON)


def event(one, severity: str) -> None:
    entry = CourseEntry(client=one.client, made_at=timezone.now(), course=one.course, number=one.number)
    entry.kind, entry.date, entry.body = "outcome", ON, {}
    entry.save()
    AdverseEvent.objects.create(
        client=one.client, made_at=timezone.now(), session=one, entry=entry, kind="bruise", severity=severity
    )


# -- lots


def test_the_overview_names_the_lots_that_have_expired_or_soon_will_as_the_stock_says_it(
    clinic, other_clinic, browser, django_assert_max_num_queries
):
    days = {"OVER": -1, "TODAY": 0, "SOON": 60, "LATER": 61, "USED": -1, "BLOCKED": -1}
    for name, number in days.items():
        amount = 0 if name == "USED" else 5
        lot = stocked(clinic, "product", PRODUCT, name, expires_on=ON + timedelta(days=number), amount=amount)
        if name == "BLOCKED":
            block_lot(lot, lot.version, "recalled")
    stocked(other_clinic, "product", PRODUCT, "ELSE", expires_on=ON)
    found = expired_or_soon(clinic, ON)
    assert [(one.lot, one.state) for one in found] == [("OVER", "expired"), ("TODAY", "expiring"), ("SOON", "expiring")]
    one = browser(Role.OWNER)
    page = one.get(reverse("owner")).text
    for lot in Lot.objects.filter(clinic=clinic):
        assert (reverse("lot", args=[lot.pk]) in page) is (lot in found), lot.lot
    assert item_name(clinic, "product", PRODUCT) in page and reverse("stock") in page
    with django_assert_max_num_queries(1):
        expired_or_soon(clinic, ON)


def test_the_overview_says_how_many_more_lots_there_are_than_it_names(clinic, browser):
    for number in range(10):
        stocked(clinic, "product", PRODUCT, f"L{number}", expires_on=ON)
    assert "And 2 more lots." in browser(Role.OWNER).get(reverse("owner")).text


# -- complications


def test_the_rate_counts_signed_sessions_and_says_how_many_were_followed_up(clinic, maria, member):
    plan = planned(maria, member())
    done = [session(plan, number) for number in range(1, 5)]
    session(plan, 5, "open")
    FollowUp.objects.create(
        client=maria, made_at=timezone.now(), session=done[0], when="day1", due_on=ON, done_at=timezone.now()
    )
    FollowUp.objects.create(
        client=maria, made_at=timezone.now(), session=done[0], when="day3", due_on=ON, done_at=timezone.now()
    )
    FollowUp.objects.create(client=maria, made_at=timezone.now(), session=done[1], when="day1", due_on=ON)
    event(done[0], "mild")
    event(done[2], "serious")
    found = complications(clinic)
    assert (found.sessions, found.followed, found.with_event) == (4, 1, 2)
    assert found.by_severity == {"mild": 1, "serious": 1}
    assert found.rate == 0.5


def looked(one, when: str, done: bool = True) -> None:
    FollowUp.objects.create(
        client=one.client,
        made_at=timezone.now(),
        session=one,
        when=when,
        due_on=ON,
        done_at=timezone.now() if done else None,
    )


def test_sessions_followed_up_are_counted_alike_where_a_server_holds_one_clinic_and_where_it_holds_several(
    clinic, maria, ivan, member
):
    """Where it holds one, an index alone answers; nothing else may change the number."""
    plan = planned(maria, member())
    first, second, third = (session(plan, number) for number in range(1, 4))
    session(plan, 4, "open")
    other = session(planned(ivan, member()))
    for one, when, done in (
        (first, "day1", True),
        (first, "day3", True),
        (second, "day1", False),
        (other, "day1", True),
    ):
        looked(one, when, done)
    looked(third, "day3", done=False)
    with CaptureQueriesContext(connection) as asked:
        alone = complications(clinic)
    assert "EXISTS" not in " ".join(one["sql"] for one in asked if "followup" in one["sql"])
    elsewhere = Clinic.objects.create(name="Other clinic")
    assert complications(clinic) == alone
    assert (alone.sessions, alone.followed) == (4, 2)
    stranger = enter_client(elsewhere, name="Else", identifier="E-1", birth_date="1984-03-12")
    plan = planned(stranger, member(Role.PHYSICIAN, elsewhere))
    for number in range(1, 4):
        looked(session(plan, number), "day1")
    with CaptureQueriesContext(connection) as asked:
        assert complications(clinic) == alone
    assert "EXISTS" in " ".join(one["sql"] for one in asked if "followup" in one["sql"])
    assert complications(elsewhere).followed == 3


def test_without_a_session_there_is_no_rate_and_another_clinics_sessions_do_not_count(clinic, other_clinic, member):
    stranger = enter_client(other_clinic, name="Else", identifier="E-1", birth_date="1984-03-12")
    session(planned(stranger, member(Role.PHYSICIAN, other_clinic)))
    assert complications(clinic).rate is None
    assert complications(other_clinic).sessions == 1


def test_the_documents_one_per_cent_is_shown_as_their_claim_with_its_place(clinic, browser):
    claimed = claimed_rate(clinic, "en")
    assert [one["locator"] for one in claimed["claims"]] == ["line 225"]
    page = browser(Role.OWNER).get(reverse("owner")).text
    assert "1 %" in page and "line 225" in page and "no denominator" in page


# -- re-screening


@pytest.fixture
def run(clinic):
    return Rescreening.objects.create(
        clinic=clinic, started_at=timezone.now(), beat_at=timezone.now(), knowledge_version="x", total=1
    )


def test_a_plan_stands_while_nothing_changed(clinic, maria, member, run):
    planned(maria, member())
    rescreen.rescreen(run)
    assert (run.done, run.affected) == (1, 0)
    assert run.finished_at is not None
    assert rescreen.affected_plans(clinic) == []


def test_a_pregnancy_answered_since_affects_the_plan_and_names_the_finding(clinic, maria, member, run):
    plan = planned(maria, member())
    signed(maria, 2, pregnancy="yes")
    rescreen.rescreen(run)
    plan.refresh_from_db()
    assert run.affected == 1
    assert plan.affected == ["pregnancy.yes"]
    assert rescreen.affected_plans(clinic) == [plan]


def test_signing_new_answers_judges_the_clients_open_plans_at_once(maria, member):
    from mesoplan_clinic.intakes.signals import answers_changed

    plan = planned(maria, member())
    signed(maria, 2, pregnancy="yes")
    answers_changed.send(None, client=maria)
    plan.refresh_from_db()
    assert plan.affected == ["pregnancy.yes"]


def test_a_server_that_starts_with_another_knowledge_base_screens_open_plans_again(clinic, maria, member, run):
    from mesoplan_clinic.core import knowledge_of

    assert rescreen.start_where_knowledge_changed() == []
    run.delete()
    plan = planned(maria, member())
    assert rescreen.start_where_knowledge_changed() == []  # made with the knowledge base of today
    plan.screening.knowledge_version = "another"
    plan.screening.save()
    [first] = rescreen.start_where_knowledge_changed()
    first.delete()
    run.save(force_insert=True)
    rescreen.rescreen(run)
    [started] = rescreen.start_where_knowledge_changed()
    assert (started.clinic, started.total) == (clinic, 1)
    started.finished_at = timezone.now()
    started.save()
    assert started.knowledge_version == knowledge_of(clinic).version
    assert rescreen.start_where_knowledge_changed() == []


def test_answers_that_ran_out_affect_the_plan(clinic, maria, member, run, monkeypatch):
    plan = planned(maria, member())
    monkeypatch.setattr(clock, "today", lambda _clinic: ON + timedelta(days=400))
    rescreen.rescreen(run)
    plan.refresh_from_db()
    assert "answers_stale" in plan.affected


def test_only_the_newest_plan_of_open_courses_is_looked_at(clinic, maria, ivan, member, run):
    first = planned(maria, member())
    from mesoplan_clinic.plans import services

    second = services.plan_course(first.course, maria.intakes.first(), member(), ON)
    closed = planned(ivan, member())
    closed.course.state = "closed"
    closed.course.save()
    signed(maria, 2, pregnancy="yes")
    rescreen.rescreen(run)
    assert list(Plan.objects.exclude(affected=[])) == [second]


@pytest.mark.django_db(transaction=True)
def test_the_owner_starts_a_run_and_sees_whom_it_concerns(browser, send, maria, member):
    import time

    planned(maria, member())
    signed(maria, 2, pregnancy="yes")
    owner = browser(Role.OWNER)
    assert send(owner, reverse("rescreenings"), {}).status_code == 302
    for _ in range(100):
        if Rescreening.objects.get().finished_at:
            break
        time.sleep(0.05)
    page = owner.get(reverse("rescreenings")).text
    assert "Maria Example" in page and "Pregnancy" in page


# -- members


def test_the_owner_adds_a_member_whose_password_is_shown_once_and_works(browser, send, clinic):
    answer = send(
        browser(Role.OWNER),
        reverse("member_new"),
        {"first_name": "New", "last_name": "Nurse", "username": "nurse", "role": "assistant"},
    )
    made = Member.objects.get(user__username="nurse")
    password = answer.context["password"]
    assert made.clinic == clinic and made.role == "assistant"
    assert password in answer.text and made.user.check_password(password)
    assert password not in json.dumps(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_the_last_owner_stays_one(browser, send, member):
    owner = member(Role.OWNER)
    for values in ({"role": "assistant", "active": "on"}, {"role": "owner"}):
        answer = send(browser(Role.OWNER), reverse("member_change", args=[owner.pk]), values)
        assert answer.status_code == 422 and "nobody would be owner" in answer.text
    owner.refresh_from_db()
    assert (owner.role, owner.active) == ("owner", True)


def test_a_user_name_that_is_taken_in_any_spelling_is_refused(browser, send, member):
    User.objects.create_user("taken")
    answer = send(
        browser(Role.OWNER),
        reverse("member_new"),
        {"first_name": "A", "last_name": "B", "username": "TAKEN", "role": "owner"},
    )
    assert answer.status_code == 422 and "is taken" in answer.text


# -- data taken out


@pytest.fixture
def everything(maria, member):
    """One row of every kind, each with a word that is nowhere else."""
    plan = planned(maria, member())
    one = session(plan)
    event(one, "mild")
    photo = Photo(
        client=maria,
        made_at=timezone.now(),
        taken_on=ON,
        width=1,
        height=1,
        bytes=7,
        sha256="",
        thumbnail=b"canary-thumb",
    )
    photo.save()
    vault.put(photo.pk, b"canary-photo")
    return plan


def test_the_export_of_a_client_holds_every_kind_of_row_the_photos_and_the_papers_and_nobody_elses(
    browser, clinic, everything, ivan
):
    answer = browser(Role.OWNER).get(reverse("client_export", args=[everything.client_id]))
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    names = found.namelist()
    assert {f"{model._meta.model_name}s.json" for model in OF_CLIENT} <= set(names)
    assert json.loads(found.read("client.json"))["name"] == "Maria Example"
    assert json.loads(found.read("intakes.json"))[0]["answers"]["answers"]["pregnancy"] is False
    assert [found.read(name) for name in names if name.startswith("photos/")] == [b"canary-photo"]
    assert any(name.endswith("plan.pdf") and found.read(name)[:4] == b"%PDF" for name in names)
    text = b"".join(found.read(name) for name in names)
    assert "Берёзов".encode() not in text


def test_the_export_holds_what_every_screening_found(browser, everything):
    found = exported(browser, everything.client_id)
    kept = Screening.objects.filter(client=everything.client_id)
    for row in kept:
        told = json.loads(found[f"screenings/{row.on}-{row.pk}.json"])
        assert told == row.result and told["findings"]
    assert kept


@pytest.mark.parametrize(
    ("model", "column"), [(Plan, "plan"), (Screening, "result"), (Consent, "signature"), (Photo, None)]
)
def test_the_export_is_given_with_a_word_in_the_place_of_what_does_not_open_any_more(
    browser, everything, model, column
):
    consent(everything.course, everything)
    row = model.objects.filter(client=everything.client_id).first()
    if column is None:
        vault.path_of(row.pk).write_bytes(b"altered")
    else:
        model.objects.filter(pk=row.pk).update(**{f"{column}_sealed": b"altered"})
    found = exported(browser, everything.client_id)
    assert [name for name, held in found.items() if held == b"(altered: it cannot be opened)"]
    assert json.loads(found["client.json"])["name"] == "Maria Example"


def exported(browser, client) -> dict[str, bytes]:
    answer = browser(Role.OWNER).get(reverse("client_export", args=[client]))
    assert answer.status_code == 200
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    return {name: file.read(name) for name in file.namelist()}


def test_the_export_makes_the_papers_it_gives_and_puts_none_on_a_disk(browser, everything, monkeypatch):
    from mesoplan.report import papers

    for name in ("_calendar", "_screening", "_session"):
        monkeypatch.setattr(papers, name, None)
    monkeypatch.setattr("tempfile.mkdtemp", None)
    answer = browser(Role.OWNER).get(reverse("client_export", args=[everything.client_id]))
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    made = [one.rpartition("/")[2] for one in names if one.startswith("plans/")]
    assert {"plan.json", "plan.pdf", "leaflet.pdf", "sources.pdf"} <= set(made) <= {"plan.json", *data_rights.PAPERS}


def test_every_kind_of_row_that_belongs_to_a_client_is_exported_and_erased():
    from django.apps import apps

    own = {
        model
        for model in apps.get_models()
        if model.__module__.startswith("mesoplan_clinic.")
        and any(field.name == "client" and field.is_relation for field in model._meta.concrete_fields)
    }
    names = {model.__name__ for model in own - set(OF_CLIENT)}
    assert names == {"SearchToken", "IntakeLink"}  # no content of their own; erased with the client


@pytest.mark.django_db(transaction=True)
def test_after_erasing_nothing_of_the_client_is_left_but_that_it_was_done(browser, send, everything, member):
    client = everything.client
    values = {"retention": "elapsed", "reason": "asked in writing", "identifier": "M-1"}
    owner = browser(Role.OWNER)
    for missing in ({"identifier": "M-2"}, {"retention": ""}, {"reason": ""}):  # nothing is decided by leaving it alone
        path = reverse("client_erase", args=[client.pk])
        assert send(owner, path, {**values, **missing}, client).status_code == 422, missing
    assert '<option value="" selected>' in owner.get(path).text
    assert Client.objects.get(pk=client.pk).name == "Maria Example"
    assert send(owner, reverse("client_erase", args=[client.pk]), values, client).status_code == 302
    for model in OF_CLIENT:
        assert not model._default_manager.filter(client=client).exists(), model
    emptied = Client.objects.get(pk=client.pk)
    assert (emptied.name, emptied.identifier, emptied.birth_date, emptied.telephone) == ("", "", "", "")
    assert list(vault.every_key()) == [] or not any(vault.path_of(key).exists() for key in [client.pk])
    done = Erasure.objects.get()
    assert (done.retention, done.reason, done.removed["plan"]) == ("elapsed", "asked in writing", 1)
    assert owner.get(reverse("client", args=[client.pk])).status_code == 404
    assert AuditEvent.objects.filter(client=client.pk, action="client_erase").exists()


def test_the_csv_of_everything_holds_this_clinic_alone(browser, other_clinic, everything):
    enter_client(other_clinic, name="Someone Else", identifier="E-1")
    answer = browser(Role.OWNER).get(reverse("everything_csv"))
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    rows = list(csv.DictReader(io.StringIO(found.read("clients.csv").decode("utf-8-sig"))))
    assert [one["name"] for one in rows] == ["Maria Example"]
    assert "adverseevents.csv" in found.namelist()
    assert "Someone Else" not in str([found.read(name) for name in found.namelist()])


def test_a_cell_that_a_spreadsheet_would_run_as_a_formula_is_kept_as_text(clinic):
    enter_client(clinic, name='=HYPERLINK("x")', identifier="@SUM")
    rows = list(csv.DictReader(io.StringIO(table(Client.objects.all()))))
    assert (rows[0]["name"], rows[0]["identifier"]) == ('\'=HYPERLINK("x")', "'@SUM")


def test_a_client_sees_who_saw_their_data(browser, maria):
    browser(Role.PHYSICIAN).get(reverse("client", args=[maria.pk]))
    page = browser(Role.OWNER).get(reverse("client_access", args=[maria.pk])).text
    assert "Physician" in page and "Client’s page, seen" in page


def test_what_one_person_did_within_a_minute_is_one_line_that_names_each_thing_once(browser, maria, member):
    user = member(Role.PHYSICIAN).user
    user.language = "ru"
    user.save()
    one = browser(Role.PHYSICIAN)
    for name in ("client", "photos", "client", "client"):
        one.get(reverse(name, args=[maria.pk]))
    answer = browser(Role.OWNER).get(reverse("client_access", args=[maria.pk]))
    (group,) = [one for one in answer.context["groups"] if one.row.role == "physician"]
    assert sorted((row.action, times) for row, times in group.events) == [("client", 3), ("photos", 1)]
    assert "Client’s page, seen (3)" in answer.text and "Врач" not in answer.text
    assert connection.vendor


def test_the_owner_sees_client_by_client_what_was_planned_delivered_and_reached_together(
    browser, other_clinic, maria, member, monkeypatch
):
    assert "No session is signed yet" in browser(Role.OWNER).get(reverse("covers")).text
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    signed_session(case)
    page = browser(Role.OWNER).get(reverse("covers"))
    (one,) = page.context["found"]
    (first, *_rest) = one["cover"]["rows"]
    assert "Maria Example" in page.text and first["name"] in page.text
    assert first["sessions"] == [("20\xa0%", "20\xa0%")] and first["delivered"] == first["planned"] == "20\xa0%"
    assert browser(Role.OWNER, other_clinic).get(reverse("covers")).context["found"] == []
    CourseEntry.objects.filter(course=case.course, number=2).update(hash="0" * 64)
    assert "not as it was written" in browser(Role.OWNER).get(reverse("covers")).text


def test_who_may_not_see_the_clinic_as_a_whole_does_not_see_its_courses(browser):
    assert browser(Role.PHYSICIAN).get(reverse("covers")).status_code == 403
