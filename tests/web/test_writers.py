"""Several people at once: nothing is overwritten silently."""

import threading

import pytest
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.clients.models import Client
from web.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def edit(browser: Browser, client: Client) -> None:
    """Count one further in a client's notes, as somebody who reads the page, types and saves; again until saved."""
    while True:
        seen = Client.objects.get(pk=client.pk)
        values = {
            "name": seen.name,
            "identifier": seen.identifier,
            "language": "en",
            "notes": str(int(seen.notes or 0) + 1),
            "version": seen.version,
        }
        answer = sent(browser, reverse("client_change", args=[client.pk]), values, client)
        assert answer.status_code in (302, 409), answer.status_code
        if answer.status_code == 302:
            return


@pytest.mark.parametrize("edits", [10, pytest.param(200, marks=pytest.mark.full)])
def test_of_eight_people_who_edit_the_same_client_nobody_overwrites_what_another_saved(browser, maria, edits):
    browsers = [browser() for _ in range(WRITERS)]
    Client.objects.filter(pk=maria.pk).update(version=1)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(edits):
                edit(browsers[number], maria)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    kept = Client.objects.get(pk=maria.pk)
    assert int(kept.notes) == WRITERS * edits
    assert kept.version == 1 + WRITERS * edits
    assert verify(maria.clinic) == []
