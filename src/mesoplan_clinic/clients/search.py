"""Finding clients whose names are sealed: by keyed hashes of the beginnings of words."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet

from mesoplan_clinic.clients.models import Client, SearchToken

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic

SHORTEST, LONGEST = 2, 12
SHOWN = 50
_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: small letters, ё as е."""
    return _WORD.findall(text.casefold().replace("ё", "е"))


def digits_of(telephone: str) -> str:
    """Return a telephone number as it is compared: the last ten digits, whatever country code stands before."""
    return "".join(filter(str.isdigit, telephone))[-10:]


def _beginnings(client: Client) -> Iterator[str]:
    words = {*words_of(client.name), *words_of(client.identifier)}
    digits = digits_of(client.telephone)
    for word in (*words, *([f"#{digits}"] if digits else [])):
        yield from (word[:length] for length in range(SHORTEST, min(len(word), LONGEST) + 1))


def token_of(clinic: Clinic, beginning: str) -> int:
    """Return the token of a word's beginning in a clinic."""
    message = f"{clinic.pk}|{beginning}".encode()
    return int.from_bytes(hmac.new(settings.KEYS.search, message, hashlib.sha256).digest()[:8], "big", signed=True)


def index(client: Client) -> None:
    """Write a client's tokens anew."""
    client.tokens.all().delete()
    tokens = {token_of(client.clinic, one) for one in _beginnings(client)}
    SearchToken.objects.bulk_create(SearchToken(clinic=client.clinic, client=client, token=one) for one in tokens)


def find(clinic: Clinic, text: str) -> QuerySet[Client]:
    """Return the clients that have a word for every word of the text, or that telephone number; latest seen first.

    A word shorter than two letters finds nobody by itself and is passed over; without any word: all.
    """
    found = Client.objects.filter(clinic=clinic, erased_at=None)
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= 5 and not any(map(str.isalpha, text)) and text.strip()[:1] in "+(0123456789":
        number = token_of(clinic, f"#{digits_of(text)}"[:LONGEST])
        by_number = SearchToken.objects.filter(clinic=clinic, token=number).values("client")
        either = by_number.union(_by_words(found, clinic, text).order_by().values("pk"))
        return found.filter(pk__in=either).order_by("-seen_at")[:SHOWN]
    return _by_words(found, clinic, text).order_by("-seen_at")[:SHOWN]


def _by_words(found: QuerySet[Client], clinic: Clinic, text: str) -> QuerySet[Client]:
    for word in words_of(text):
        if len(word) >= SHORTEST:
            token = token_of(clinic, word[:LONGEST])
            found = found.filter(pk__in=SearchToken.objects.filter(clinic=clinic, token=token).values("client"))
    return found
