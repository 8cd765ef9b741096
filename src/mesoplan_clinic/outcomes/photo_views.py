"""Photos over time: taken again with the earlier one laid over the camera, and before beside after."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.photos.forms import PhotoForm
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.plans import consents


@page(see=May.FOLLOW_UP, client=Client, photo=Photo)
def photo_again(request: ClinicRequest, client: Client, photo: Photo) -> HttpResponse:
    """Take a photo as an earlier one was taken; it is kept by the page of new photos, which looks at the consent."""
    context = {
        "form": PhotoForm(initial={"view": photo.view}),
        "earlier": photo,
        "allowed_photos": consents.photos_allowed(client),
    }
    return render(request, "outcomes/photo_again.html", context)


@page(see=May.SEE_CLIENTS, client=Client)
def photo_compare(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show two photos one over the other with a slider: the first and the newest unless others are named."""
    photos = list(client.photos.defer("thumbnail_sealed"))
    before = _named(photos, request.GET.get("before", "")) or _first_like(photos)
    after = _named(photos, request.GET.get("after", "")) or (photos[0] if photos else None)
    request.event.note(found=len(photos))
    return render(request, "outcomes/compare.html", {"photos": photos, "before": before, "after": after})


def _named(photos: list[Photo], key: str) -> Photo | None:
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    return next((one for one in photos if one.pk == wanted), None)


def _first_like(photos: list[Photo]) -> Photo | None:
    """Return the earliest photo seen from where the newest was."""
    return next((one for one in reversed(photos) if one.view == photos[0].view), None)
