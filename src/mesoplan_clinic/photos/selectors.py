"""Reading photos."""

from __future__ import annotations

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import vault
from mesoplan_clinic.kernel.reading import once
from mesoplan_clinic.photos.models import Photo


def jpeg_of(photo: Photo) -> bytes:
    """Return the picture."""
    return vault.get(photo.pk)


@once
def face_of(client: Client) -> Photo | None:
    """Return the newest photo from the front, which stands beside the client's name; None without one."""
    return next(iter(Photo.of(client, most=1, without=("thumbnail_sealed",), view=Photo.View.FRONT)), None)
