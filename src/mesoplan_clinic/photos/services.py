"""Keeping photos: the sealed file first, then the row that names it."""

from __future__ import annotations

from datetime import timedelta

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.photos.images import made_anew
from mesoplan_clinic.photos.models import Photo

_WRITTEN_WITHIN = timedelta(minutes=10)
"""Far longer than any page writes."""


def keep_photo(client: Client, member: Member | None, sent: bytes, *, view: str = Photo.View.FRONT) -> Photo:
    """Keep a photo of a client and return it; call it within the page's transaction.

    Raises:
        BadPhoto: If what was sent is no usable photo; nothing is kept then.
    """
    made = made_anew(sent)
    photo = Photo(
        client=client,
        made_at=clock.now(),
        made_by=member,
        taken_on=clock.today(client.clinic),
        view=view,
        width=made.size[0],
        height=made.size[1],
        bytes=len(made.jpeg),
        sha256=made.sha256,
    )
    photo.thumbnail = made.thumbnail
    vault.put(photo.pk, made.jpeg)
    photo.save(force_insert=True)
    return photo


def confirm_side(photo: Photo, mirrored: str) -> None:
    """Write whether a photo is mirrored: "yes" or "no"."""
    photo.mirrored = mirrored
    photo.save(update_fields=["mirrored"])


def settle_photos() -> int:
    """Remove the files that a killed server left of photos it did not keep or had erased; return how many."""
    return vault.settle(
        lambda keys: set(Photo.objects.filter(pk__in=keys).values_list("pk", flat=True)),
        before=clock.now() - _WRITTEN_WITHIN,
    )
