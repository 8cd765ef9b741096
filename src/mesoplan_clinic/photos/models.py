"""Photos: re-encoded, without any data of the camera, sealed in files of the data folder."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedBytes, SealedText


class Photo(ClientRow):
    """A photo of a client; its bytes lie sealed in the vault under its id.

    Attributes:
        thumbnail: A small JPEG for the head of pages.
        sha256: Of the re-encoded JPEG.
        mirrored: "yes", "no", or "" while nobody has confirmed the side.
    """

    class View(models.TextChoices):
        """From where it was taken."""

        FRONT = "front", _("front")
        RIGHT = "right", _("client's right")
        LEFT = "left", _("client's left")
        OTHER = "other", _("other")

    taken_on = models.DateField()
    view = models.CharField(max_length=10, choices=View.choices, default=View.FRONT)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    mirrored = models.CharField(max_length=3, blank=True)
    thumbnail = SealedBytes()

    class Meta:
        """Newest first."""

        ordering = ["-taken_on", "-made_at"]


class PhotoRemoval(ClientRow):
    """That a photo was deleted, and why; nothing of the photo is left.

    Attributes:
        photo: Id of the photo.
        taken_on, view: What it was called on the pages.
        note: What else was written about why.
    """

    class Reason(models.TextChoices):
        """Why a photo is deleted."""

        OTHER_PERSON = "other_person", _("it shows somebody else")
        WISH = "wish", _("the client asks for it")
        UNUSABLE = "unusable", _("it is of no use: blurred, cut off, taken twice")

    photo = models.UUIDField()
    taken_on = models.DateField()
    view = models.CharField(max_length=10, choices=Photo.View.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    note = SealedText()

    class Meta:
        """Newest first."""

        ordering = ["-made_at"]
