"""Photos: re-encoded, without any data of the camera, sealed in files of the data folder."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel.rows import ClientRow
from mesoplan_clinic.kernel.sealed import SealedBytes


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
        RIGHT = "right", _("patient's right")
        LEFT = "left", _("patient's left")
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
