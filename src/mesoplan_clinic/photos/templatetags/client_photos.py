"""A client's photos in templates."""

from __future__ import annotations

from typing import Any

from django import template

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.selectors import face_of
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans.models import Consent

register = template.Library()
SHOWN = 4


@register.simple_tag
def client_face(client: Client, member: Member | None) -> Photo | None:
    """Return the photo that stands beside the client's name; a client who came by a link sees none."""
    return None if member is None else face_of(client)


@register.simple_tag
def client_photos(client: Client) -> dict[str, Any]:
    """Return what the client's page says of photos."""
    found = Photo.of(client, most=SHOWN + 1, without=("thumbnail_sealed",))
    return {
        "latest": found[:SHOWN],
        "count": len(found) if len(found) <= SHOWN else client.photos.count(),
        "allowed": consents.photos_allowed(client),
        "consent": consents.given(client, Consent.Kind.PHOTO),
    }
