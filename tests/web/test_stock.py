"""The stock: codes of packages, lots by expiry, blocked ones, and who received a lot."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.stock.gs1 import SEPARATOR, Scanned, read_code
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.selectors import item_name, lots, received, state_of, usable
from mesoplan_clinic.stock.services import block_lot, change_lot
from web.treating import ON, PRODUCT, ready, set_day, signed_session, stocked, worked

GTIN = "04012345678901"
LOTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/", min_size=1, max_size=20)


def check_digit(digits: str) -> str:
    weighed = sum(int(one) * (3 if place % 2 == 0 else 1) for place, one in enumerate(digits))
    return digits + str(-weighed % 10)


@given(
    digits=st.text("0123456789", min_size=13, max_size=13),
    lot=LOTS,
    day=st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    form=st.sampled_from(
        ["({0}){1}({2}){3}({4}){5}", "]d2{0}{1}{2}{3}{4}{5}", "]d2{4}{5}" + SEPARATOR + "{0}{1}{2}{3}"]
    ),
)
def test_a_code_is_read_back_as_it_was_written_whatever_its_form(digits, lot, day, form):
    gtin = check_digit(digits)
    code = form.format("01", gtin, "17", f"{day:%y%m%d}", "10", lot)
    assert read_code(code, ON) == Scanned(gtin, lot, day)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_message(text):
    try:
        found = read_code(text, ON).lot or "read"
    except ValidationError as error:
        found = error.messages[0]
    assert found


def test_a_day_of_00_is_the_last_of_its_month_and_other_identifiers_are_passed_over():
    code = f"]C101{GTIN}1728020021SER-1{SEPARATOR}10L/7"
    assert read_code(code, ON) == Scanned(GTIN, "L/7", date(2028, 2, 29))


def test_a_text_that_is_no_code_is_a_lot_typed_by_hand():
    assert read_code("  EX-0001 ", ON) == Scanned(lot="EX-0001")
    assert read_code("0112", ON) == Scanned(lot="0112")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("(01)04012345678902", "check digit"),
        ("(01)401234567890", "14 digits"),
        ("(17)271301", "no such day"),
        ("(17)2713", "six digits"),
        ("(10)", "no lot"),
        ("(10", "does not go on"),
        (f"]d201{GTIN}99X", "not known here"),
        ("", "no lot"),
    ],
)
def test_a_code_that_cannot_be_used_says_which_part(code, said):
    with pytest.raises(ValidationError) as error:
        read_code(code, ON)
    assert said in error.value.messages[0]


def form_of(**changes) -> dict:
    values = {"what": f"product:{PRODUCT}", "called": "", "lot": "EX-0002", "expires_on": "2027-06-30", "gtin": ""}
    return {**values, "received_on": ON.isoformat(), "amount": "10", "unit": "ml", **changes}


def test_a_lot_is_entered_by_its_page_and_a_second_time_refused(clinic, browser, send, monkeypatch):
    set_day(monkeypatch, ON)
    one, path = browser(Role.ASSISTANT), reverse("lot_new")
    assert send(one, path, form_of()).status_code == 302
    (lot,) = Lot.objects.all()
    assert (lot.kind, lot.item, lot.lot, lot.amount, lot.clinic) == ("product", PRODUCT, "EX-0002", 10, clinic)
    answer = send(one, path, form_of())
    assert answer.status_code == 422 and "in stock already" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"what": ""}, "required"),
        ({"what": "antiseptic:"}, "what stands on the package"),
        ({"received_on": "2026-11-24"}, "still to come"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"lot": "EX-0001"}, "31 December 2027"),
        ({"expires_on": "31.12.27"}, "valid date"),
    ],
)
def test_a_lot_that_cannot_be_is_refused_and_what_was_typed_stays(clinic, browser, send, monkeypatch, changes, said):
    set_day(monkeypatch, ON)
    answer = send(browser(), reverse("lot_new"), form_of(**changes))
    assert answer.status_code == 422 and said in answer.content.decode()
    assert changes.get("lot", "EX-0002") in answer.content.decode() and not Lot.objects.exists()


def test_a_scanned_package_fills_the_form_and_names_what_came_in_it_before(clinic, browser, monkeypatch):
    set_day(monkeypatch, ON)
    stocked(clinic, "cartridge", "example-14", "C-1", gtin=GTIN, unit="pcs")
    page = browser().get(reverse("lot_new"), {"code": f"(01){GTIN}(17)280131(10)C-2"})
    initial = page.context["form"].initial
    assert (initial["what"], initial["lot"], initial["expires_on"]) == (
        "cartridge:example-14",
        "C-2",
        date(2028, 1, 31),
    )
    wrong = browser().get(reverse("lot_new"), {"code": "(01)04012345678902(10)C-2"})
    assert wrong.status_code == 200 and "check digit" in wrong.content.decode()


def test_lots_are_listed_first_to_expire_first_and_say_which_may_not_be_used(clinic, browser, monkeypatch):
    set_day(monkeypatch, ON)
    good = stocked(clinic, "product", PRODUCT, "A")
    soon = stocked(clinic, "product", PRODUCT, "B", expires_on=ON + timedelta(days=30))
    expired = stocked(clinic, "product", PRODUCT, "C", expires_on=ON - timedelta(days=1))
    last_day = stocked(clinic, "product", PRODUCT, "D", expires_on=ON)
    block_lot(good, good.version, "recalled")
    assert [one.lot for one in lots(clinic)] == ["C", "D", "B", "A"]
    assert [state_of(one, ON) for one in (good, soon, expired, last_day)] == [
        "blocked",
        "expiring",
        "expired",
        "expiring",
    ]
    assert usable(clinic, "product", PRODUCT, ON) == [last_day, soon]
    text = browser(Role.OWNER).get(reverse("stock")).content.decode()
    assert text.index(">C<") < text.index(">D<") < text.index(">B<") < text.index(">A<") and "expired" in text


def test_what_is_left_is_what_came_in_without_what_signed_sessions_used_and_below_zero_is_said(
    maria, member, browser, monkeypatch
):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    case.lots["product"].amount = Decimal(1)
    case.lots["product"].save()
    signed_session(case)
    left = {one.lot: one.left for one in lots(maria.clinic)}
    assert left == {"EX-0001": Decimal("-0.5"), "L-2": 19, "L-3": 20}
    assert "count these again" in browser().get(reverse("stock")).content.decode()


def test_who_received_a_lot_is_one_query_on_a_page_and_as_csv(
    maria, ivan, member, browser, monkeypatch, django_assert_num_queries
):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    signed_session(case)
    with django_assert_num_queries(1):
        (use,) = received(maria.clinic, "ex-0001")
        assert (use.client.name, use.lot.item, use.session.number) == ("Maria Example", PRODUCT, 1)
    one = browser(Role.OWNER)
    text = one.get(reverse("received"), {"lot": "EX-0001"}).content.decode()
    assert "Maria Example" in text and "Берёзов" not in text
    event = AuditEvent.objects.latest("number")
    assert (event.action, event.detail) == ("received", {"uses": 1, "clients": 1})
    rows = one.get(reverse("received_csv"), {"lot": "EX-0001"}).content.decode().splitlines()
    assert len(rows) == 2 and rows[1].startswith("Maria Example,M-1,'+49 30 123456,2026-11-23,1,product,")
    assert "Nobody received" in one.get(reverse("received"), {"lot": "EX-9"}).content.decode()


def test_a_lot_chosen_in_a_session_that_is_not_signed_is_told_beside_who_received_it(
    maria, member, browser, monkeypatch
):
    set_day(monkeypatch, ON)
    worked(ready(maria, member()))
    text = browser().get(reverse("received"), {"lot": "ex-0001"}).content.decode()
    assert "not signed yet" in text and "Maria Example" in text and "Nobody received" in text


def test_another_clinics_lots_are_neither_seen_nor_counted(clinic, other_clinic, browser, monkeypatch):
    set_day(monkeypatch, ON)
    lot = stocked(clinic, "product", PRODUCT, "A")
    strange = browser(Role.OWNER, other_clinic)
    assert strange.get(reverse("lot", args=[lot.pk])).status_code == 404
    assert ">A<" not in strange.get(reverse("stock")).content.decode()


def test_a_blocked_lot_says_why_and_leads_to_who_received_it(clinic, browser, send, monkeypatch):
    set_day(monkeypatch, ON)
    lot, one = stocked(clinic, "product", PRODUCT, "A 1"), browser()
    path = reverse("lot_block", args=[lot.pk])
    send(one, path, {"version": lot.version, "why": " "})
    assert not Lot.objects.get().blocked
    answer = send(one, path, {"version": lot.version, "why": "recalled by the maker"})
    assert answer.url == f"{reverse('received')}?lot=A+1"
    assert "recalled by the maker" in one.get(reverse("lot", args=[lot.pk])).content.decode()
    assert send(one, path, {"version": lot.version, "why": "again"}).status_code == 409


def test_a_lot_that_clients_received_keeps_what_it_is(maria, member, monkeypatch):
    set_day(monkeypatch, ON)
    case = ready(maria, member())
    signed_session(case)
    lot = case.lots["product"]
    with pytest.raises(ValidationError):
        change_lot(lot, lot.version, lot="EX-0002")
    assert change_lot(Lot.objects.get(pk=lot.pk), lot.version, amount=Decimal(30)) == ["amount"]


def test_a_stale_change_of_a_lot_shows_both_versions(clinic, browser, send, monkeypatch):
    set_day(monkeypatch, ON)
    lot, path = stocked(clinic, "product", PRODUCT, "A"), None
    path = reverse("lot_change", args=[lot.pk])
    change_lot(lot, lot.version, amount=Decimal(7))
    answer = send(browser(), path, form_of(lot="A", amount="9", version="1"))
    assert answer.status_code == 409 and "7" in answer.content.decode()
    assert Lot.objects.get().amount == 7


def test_two_versions_of_a_lot_are_compared_as_values_and_shown_in_words(clinic, browser, send, monkeypatch):
    set_day(monkeypatch, ON)
    lot = stocked(clinic, "product", PRODUCT, "A")
    change_lot(lot, lot.version, amount=Decimal(7))
    typed = form_of(lot="A", amount="9", version="1", expires_on="2027-12-31", received_on="2026-11-01", unit="ml")
    page = send(browser(), reverse("lot_change", args=[lot.pk]), typed).text
    assert re.findall(r'<tr class="wash tone-defer">\s*<th scope="row">([^<]+)', page) == ["Amount"]
    assert "31 December 2027" in page and '<input type="date" name="expires_on" value="2027-12-31"' in page
    assert page.count(item_name(clinic, "product", PRODUCT)) == 2 and '<option value="ml" selected>ml</option>' in page


def test_whoever_blocks_a_lot_that_was_blocked_in_between_sees_both_reasons(clinic, browser, send, monkeypatch):
    set_day(monkeypatch, ON)
    lot = stocked(clinic, "product", PRODUCT, "A")
    block_lot(lot, lot.version, "recalled")
    page = send(browser(), reverse("lot_block", args=[lot.pk]), {"version": "1", "why": "damaged"}).text
    assert ">recalled</td>" in page and 'value="damaged"' in page
