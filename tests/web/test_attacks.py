"""What somebody tries who means harm: the one refusal each that it meets."""

import csv
import zipfile
from html.parser import HTMLParser
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.accounts.roles import TABLE, Role
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.intakes import links
from mesoplan_clinic.intakes.models import Decision, Intake
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.owner.tables import archive
from mesoplan_clinic.plans.drawing import BadDrawing, circles_in
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.services import screen
from mesoplan_clinic.stock.models import Lot
from web import treating
from web.line import ON, signed
from web.test_routes import DECLARED, address, declared, rows_of_everything

HOSTILE = "</script><b id=\"x\" onmouseover='alert(1)'>{{7*7}}"
"""Ends a script, opens an element, closes both kinds of quotes."""


def linked(client, member) -> Browser:
    """Return a browser in which the client's form is open by a link."""
    link, _token = links._new(begin(client, member()), member(), links.HANDED_FOR)
    browser = Browser()
    kept = browser.session
    kept[links.SESSION_KEY] = str(link.pk)
    kept.save()
    return browser


def test_who_logs_in_where_a_clients_form_is_open_cannot_answer_or_sign_as_that_client(maria, member, send):
    browser = linked(maria, member)
    assert browser.get(reverse("form")).status_code == 302
    browser.force_login(member(Role.ASSISTANT).user)
    assert links.SESSION_KEY in browser.session  # Django keeps what was in the session before
    for path in (reverse("form"), reverse("form_sign")):
        assert browser.get(path).status_code == 403
    assert send(browser, reverse("form_sign"), {"name": "Maria Example", "version": "1"}, maria).status_code == 403
    assert {one.actor.split()[0] for one in AuditEvent.objects.filter(status=403)} == {"member"}


def test_a_client_by_link_opens_no_page_of_the_staff(maria, member):
    rows = rows_of_everything(maria, member)
    browser = linked(maria, member)
    for pattern in DECLARED:
        if pattern.name.startswith("form"):
            continue
        for method in declared(pattern).methods:
            answer = browser.generic(method, address(pattern, rows))
            assert answer.status_code == 302 and answer.url.startswith(reverse("account_login")), pattern.name


@pytest.mark.parametrize("forged", ["", "1", "x" * 400, "\x01", "../../etc/passwd", "a" * 32])
def test_a_made_up_session_opens_no_form_and_fails_nowhere(db, forged):
    browser = Browser()
    browser.cookies["sessionid"] = forged
    assert browser.get(reverse("form")).url == reverse("form_over")
    assert browser.get(reverse("clients")).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "name", ["clients", "client", "audit", "//evil.example", "https://evil.example", "\\\\evil", ""]
)
def test_changing_the_language_leads_to_an_address_here_and_never_fails(db, name):
    answer = Browser().post(reverse("language"), {"language": "ru", "next": name})
    assert answer.status_code == 302
    assert "evil" not in answer.url


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_logging_in_leads_to_no_other_server(member, back):
    user = member().user
    user.set_password("a long enough password")
    user.save()
    form = {"login": user.username, "password": "a long enough password", "next": back}
    answer = Browser().post(f"{reverse('account_login')}?next={back}", form)
    assert answer.status_code == 302 and answer.url == "/"


@pytest.mark.parametrize("radius", ["1" + "0" * 400, "1e999", "NaN", "-1", '"x"', "null", "[]", "{}"])
def test_a_drawing_with_a_number_beyond_every_photo_is_refused(radius):
    with pytest.raises(BadDrawing):
        circles_in(f"[[1, 1, {radius}]]", SimpleNamespace(width=100, height=100))


def test_the_list_of_passkeys_opens(browser):
    assert browser().get(reverse("mfa_list_webauthn")).status_code in (200, 302)


@pytest.mark.parametrize("where", ["address", "query", "field", "name of a field"])
def test_a_nul_is_refused_before_it_reaches_a_page_or_the_database(where, browser, maria, send):
    one = browser(Role.OWNER)
    answer = {
        "address": lambda: one.get(reverse("client", args=[maria.pk]) + "courses/%00/"),
        "query": lambda: one.get(reverse("received"), {"lot": "A\0"}),
        "field": lambda: send(one, reverse("client_change", args=[maria.pk]), {"name": "a\0b"}, maria),
        "name of a field": lambda: send(one, reverse("client_change", args=[maria.pk]), {"na\0me": "a"}, maria),
    }[where]()
    assert answer.status_code == 400
    assert verify(maria.clinic) == []


def test_a_member_who_is_inactive_meets_no_circle_of_redirects(member):
    one = member()
    Member.objects.filter(pk=one.pk).update(active=False)
    browser = Browser()
    browser.force_login(one.user)
    path, seen = "/", []
    while path and path not in seen and len(seen) < 9:
        seen.append(path)
        answer = browser.get(path)
        path = answer.url if answer.status_code == 302 else ""
    assert not path, seen
    assert "You work in no clinic" in answer.text


def hostile_rows(clinic, member):
    """Return rows of everything whose every free text is hostile."""
    client = enter_client(clinic, name=f"Maria {HOSTILE}", identifier=HOSTILE[:60], birth_date="1984-03-12")
    client.telephone = client.notes = HOSTILE
    client.save()
    with pytest.MonkeyPatch.context() as patch:
        remarks = {"work": {"zone.forehead.remark": HOSTILE}}
        done = treating.signed_session
        patch.setattr(treating, "signed_session", lambda case: done(case, **remarks))
        told, event = treating.record_outcome, {"what": HOSTILE, "severity": "mild", "action": HOSTILE}
        patch.setattr(treating, "record_outcome", lambda *these: told(*these[:2], [event], []))
        rows = rows_of_everything(client, member)
    intake = signed(client, 9, allergies=[HOSTILE], regular_medicines=[HOSTILE])
    rows |= {Intake: intake, Screening: screen(intake, member(), ON)}
    for lot in Lot.objects.filter(clinic=clinic):
        lot.lot, lot.blocked_why = HOSTILE[:60], HOSTILE[:60]
        lot.save()
    for decision in Decision.objects.filter(client=client):
        decision.physician, decision.reason = HOSTILE, HOSTILE
        decision.save()
    user = member(Role.OWNER).user
    user.first_name, user.last_name = HOSTILE[:60], HOSTILE[:60]
    user.save()
    clinic.name = HOSTILE
    clinic.save()
    return rows


class Injected(HTMLParser):
    """Finds what a hostile text became where it was taken for more than text."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    @classmethod
    def into(cls, page: str) -> bool:
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag, attributes):
        self.found |= (tag, dict(attributes).get("id")) == ("b", "x")
        self.found |= any(name == "onmouseover" for name, _value in attributes)


def test_no_page_shows_a_text_as_anything_but_text(clinic, member, browser):
    rows = hostile_rows(clinic, member)
    seen = 0
    for pattern in DECLARED:
        if not declared(pattern).see or pattern.name.startswith("form"):
            continue
        for role in [one for one in (Role.PHYSICIAN, Role.OWNER) if one in TABLE[declared(pattern).see]][:1]:
            answer = browser(role).get(address(pattern, rows))
            kind = answer.get("Content-Type", "")
            if answer.status_code == 200 and ("html" in kind or "svg" in kind):
                assert not Injected.into(answer.text), (pattern.name, role)
                seen += "alert(1)" in answer.text
    assert seen > 20


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_no_cell_of_the_clinics_tables_begins_a_formula(clinic, text):
    enter_client(clinic, name=text, identifier="M-1", birth_date="")
    with zipfile.ZipFile(BytesIO(archive(clinic))) as file:
        row = next(csv.DictReader(StringIO(file.read("clients.csv").decode("utf-8-sig"), newline="")))
    assert row["name"] == f"'{text}"


def test_a_user_of_two_clinics_acts_in_one_of_them_and_sees_nothing_of_the_other(clinic, other_clinic, member, maria):
    user = member(Role.ASSISTANT).user
    there = Member.objects.create(user=user, clinic=other_clinic, role=Role.OWNER)
    theirs = enter_client(other_clinic, name="Somebody Else", identifier="X-1", birth_date="")
    browser = Browser()
    browser.force_login(user)
    browser.post(reverse("clinic_choose"), {"member": str(there.pk)})
    answers = [browser.get(reverse("client", args=[one.pk])).status_code for one in (maria, theirs)]
    assert answers == [404, 200]
    assert {one.role for one in AuditEvent.objects.filter(action="client")} == {"owner"}


@pytest.mark.parametrize(
    ("body", "status"), [(b"a=" + b"x" * 3_000_000, 413), (b"&".join(b"a%d=1" % n for n in range(6_000)), 400)]
)
def test_a_body_that_no_form_of_a_page_makes_is_refused(body, status, browser):
    kind = "application/x-www-form-urlencoded"
    assert browser().generic("POST", reverse("client_new"), body, content_type=kind).status_code == status


@pytest.mark.parametrize("text", ["'", "...", "a\u202eb", "\ufeff\u200b", "a\x07b"])
@pytest.mark.parametrize("field", ["name", "identifier", "telephone"])
def test_a_client_whose_answers_the_core_could_not_read_is_not_entered(field, text, browser, db):
    said = {"name": "Maria Example", "identifier": "M-1", "telephone": "1", "language": "en", field: text}
    answer = browser(Role.ASSISTANT).post(reverse("client_new"), said)
    assert answer.status_code == 422
    assert not Client.objects.exists()


def test_a_tablet_that_was_handed_over_keeps_nothing_of_the_staffs_session(maria, member, browser, send):
    tablet = browser(Role.ASSISTANT)
    before = tablet.session.session_key
    intake = begin(maria, member())
    asked = send(tablet, reverse("intake_hand_over", args=[maria.pk, intake.pk]), {}, maria)
    assert asked.url == reverse("form")
    assert tablet.session.session_key != before
    assert set(tablet.session.keys()) <= {links.SESSION_KEY, "_session_expiry"}
    old = Browser()
    old.cookies["sessionid"] = before
    for other in (tablet, old):
        assert other.get(reverse("client", args=[maria.pk])).url.startswith(reverse("account_login"))


def test_a_one_time_link_opened_twice_opens_for_the_first_alone(maria, member):
    _link, token = links._new(begin(maria, member()), member(), links.SENT_FOR)
    path = reverse("form_open", args=[token])
    first, second = Browser(), Browser()
    assert first.post(path).url == reverse("form")
    assert second.post(path).status_code == 410
    assert second.get(reverse("form")).url == reverse("form_over")
    assert first.get(path).url == reverse("form")


def test_nothing_of_another_clients_is_reached_through_an_address_of_ones_own(clinic, maria, member, browser):
    other = enter_client(clinic, name="Anna Example", identifier="A-1", birth_date="1984-03-12")
    rows = rows_of_everything(other, member)
    for pattern in DECLARED:
        parts = declared(pattern).parts
        if "client" not in parts or len(parts) < 2:
            continue
        path = address(pattern, {**rows, type(maria): maria})
        for method in declared(pattern).methods:
            role = sorted(TABLE[declared(pattern).needed(method)])[0]
            assert browser(role).generic(method, path).status_code == 404, (pattern.name, method)
