"""Clients: who they are, sealed; and the tokens by which they are found."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.kernel.locking import Versioned
from mesoplan_clinic.kernel.sealed import SealedText
from mesoplan_clinic.kernel.texts import day_in_words


class Client(Versioned):
    """A client of a clinic; name and identifier are the two that stand on every page.

    Attributes:
        name, identifier, birth_date, telephone, notes: Sealed; `birth_date` as ISO text, "" while unknown.
        language: Language of the client's papers.
        erased_at: When everything about the client was erased; the row itself stays for the audit.
    """

    DAYS = ("birth_date",)
    CHOICES: ClassVar = {"language": settings.LANGUAGES}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="clients")
    name = SealedText()
    identifier = SealedText()
    birth_date = SealedText()
    telephone = SealedText()
    notes = SealedText()
    language = models.CharField(max_length=10, default="en")
    entered_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta(Versioned.Meta):
        """Newest first, within a clinic."""

        abstract = False
        indexes = [models.Index(fields=["clinic", "-seen_at"])]

    def __str__(self) -> str:
        return f"client {self.pk}"

    @property
    def born(self) -> date | None:
        """The date of birth, None while it is not known."""
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    def shown_fields(self) -> dict[str, tuple[str, str]]:
        """Return field -> (label, value as a form sends it), for the page that shows two versions."""
        return {
            "name": (str(_("Name")), self.name),
            "identifier": (str(_("Identifier")), self.identifier),
            "birth_date": (str(_("Date of birth")), self.birth_date),
            "telephone": (str(_("Telephone")), self.telephone),
            "language": (str(_("Language of the papers")), self.language),
            "notes": (str(_("Notes")), self.notes),
        }

    def in_words(self, name: str, value: str) -> tuple[str, str]:
        """Return what a field is called and what a value of it says."""
        label = self.shown_fields().get(name, ("", ""))[0]
        if name == "birth_date":
            return label, day_in_words(value)
        return label, dict(settings.LANGUAGES).get(value, value) if name == "language" else value


class SearchToken(models.Model):
    """The keyed hash of the beginning of a word in a client's name, identifier or telephone number."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="tokens")
    token = models.BigIntegerField()

    class Meta:
        """Found by clinic and token."""

        indexes = [models.Index(fields=["clinic", "token", "client"])]
