import re

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.search import find
from mesoplan_clinic.clients.services import change_client, enter_client

VALUES = {
    "name": "Anna Neu",
    "identifier": "N-9",
    "birth_date": "1990-01-31",
    "telephone": "",
    "language": "en",
    "notes": "",
}


def test_a_client_entered_by_an_assistant_is_kept_and_can_be_found(browser, send, clinic):
    answer = send(browser(Role.ASSISTANT), reverse("client_new"), VALUES)
    client = Client.objects.get()
    assert answer.status_code == 302 and answer.url == reverse("client", args=[client.pk])
    assert (client.name, client.birth_date, client.clinic) == ("Anna Neu", "1990-01-31", clinic)
    assert list(find(clinic, "ann neu")) == [client]


def test_a_birth_date_to_come_is_refused_and_nothing_typed_is_lost(browser, send, clinic):
    answer = send(browser(), reverse("client_new"), {**VALUES, "birth_date": "2090-01-01"})
    assert answer.status_code == 422 and not Client.objects.exists()
    assert "cannot be a date of birth" in answer.text and 'value="Anna Neu"' in answer.text


def test_no_column_of_the_database_shows_a_name_an_identifier_a_birth_date_or_a_telephone_number(maria):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clients_client")
        stored = b"|".join(
            bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()
        )
    for secret in ("Maria", "Example", "M-1", "1984", "123456"):
        assert secret.encode() not in stored


def test_a_client_is_found_by_the_beginnings_of_words_in_any_order_and_by_telephone(clinic, maria, ivan):
    for text, expected in (
        ("exam mar", [maria]),
        ("MARIA", [maria]),
        ("берез", [ivan]),
        ("артём бер", [ivan]),
        ("B-77", [ivan]),
        ("030 123456", []),
        ("+49 30 123456", [maria]),
        ("4930123456", [maria]),
        ("maria berez", []),
        ("xampl", []),
    ):
        assert list(find(clinic, text)) == expected, text
    assert set(find(clinic, "")) == {maria, ivan}


def test_a_client_of_another_clinic_is_not_found(other_clinic, maria):
    assert list(find(other_clinic, "maria")) == []


def test_a_name_that_was_changed_is_found_anew_and_no_longer_as_before(browser, send, clinic, maria):
    values = {**VALUES, "name": "Maria Neumann", "version": maria.version}
    answer = send(browser(), reverse("client_change", args=[maria.pk]), values, maria)
    assert answer.status_code == 302
    assert list(find(clinic, "neumann")) == [maria] and list(find(clinic, "example")) == []
    assert AuditEvent.objects.latest("number").detail["fields"] == ["name", "identifier", "birth_date", "telephone"]


def test_a_stale_save_changes_nothing_and_shows_both_versions(browser, send, maria):
    physician, assistant = browser(), browser(Role.ASSISTANT)
    path = reverse("client_change", args=[maria.pk])
    send(physician, path, {**VALUES, "name": "Maria First", "version": 1}, maria)
    answer = send(assistant, path, {**VALUES, "name": "Maria Second", "version": 1}, maria)
    assert answer.status_code == 409
    assert "Maria First" in answer.text and 'value="Maria Second"' in answer.text and 'value="2"' in answer.text
    assert Client.objects.get().name == "Maria First"


def differing(page: str) -> list[str]:
    """What a page with two versions marks as different."""
    return re.findall(r'<tr class="wash tone-defer">\s*<th scope="row">([^<]+)', page)


@pytest.mark.parametrize(
    ("language", "label", "day"), [("en", "Telephone", "12 March 1984"), ("ru", "Телефон", "12 марта 1984")]
)
def test_two_versions_are_compared_as_values_and_shown_in_words(browser, send, member, maria, language, label, day):
    one, user = browser(), member().user
    user.language = language
    user.save()
    change_client(maria, 1, **{**VALUES, "birth_date": "1984-03-12", "telephone": "5", "notes": "one\ntwo"})
    typed = {**VALUES, "birth_date": "1984-03-12", "telephone": "6", "notes": "one\ntwo"}
    page = send(one, reverse("client_change", args=[maria.pk]), {**typed, "version": 1}, maria).text
    assert differing(page) == [label]
    assert day in page and '<input type="date" name="birth_date" value="1984-03-12"' in page
    assert f'<td class="as-typed">{dict(settings.LANGUAGES)["en"]}</td>' in page
    assert '<option value="en" selected>English</option>' in page
    assert re.search(r'<textarea name="notes"[^>]*>one\ntwo</textarea>', page), "an input would join the two lines"


def test_a_form_made_for_one_client_is_refused_for_another(browser, send, clinic, maria):
    other = enter_client(clinic, name="Maria Example", identifier="M-2")
    answer = send(browser(), reverse("client_change", args=[other.pk]), {**VALUES, "version": 1}, maria)
    assert answer.status_code == 409 and "another client" in answer.text
    assert Client.objects.get(pk=other.pk).identifier == "M-2"
