"""Photos for tests: a synthetic head from the front, and pictures that show nobody."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.services import keep_photo

CANARY = b"CANARY-OF-THE-CAMERA"


@cache
def portrait() -> bytes:
    """Return a portrait of a synthetic head, as JPEG."""
    from surface import synthetic_head

    picture = synthetic_head.render(synthetic_head.load_head(), size=(600, 800), mm_per_pixel=0.45, fine=1)
    return encoded(picture)


@cache
def nobody(width: int = 480, height: int = 640) -> Image.Image:
    """Return a picture that shows no face, different in each corner."""
    rows, columns = np.mgrid[0:height, 0:width]
    layers = [columns * 255 // width, rows * 255 // height, (rows + columns) % 256]
    return Image.fromarray(np.stack(layers, axis=-1).astype(np.uint8))


def encoded(picture: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def with_canary(form: str, orientation: int = 1) -> bytes:
    """Return a picture whose metadata name a camera and a place."""
    data = Image.Exif()
    data[0x010F] = CANARY.decode()
    data[0x0112] = orientation
    data.get_ifd(0x8825)[29] = CANARY.decode()
    return encoded(nobody(), form, exif=data, **({"comment": CANARY} if form == "JPEG" else {}))


def kept_photo(client: Client, content: bytes | None = None, mirrored: str = "") -> Photo:
    photo = keep_photo(client, None, content if content is not None else encoded(nobody()))
    if mirrored:
        photo.mirrored = mirrored
        photo.save()
    return photo
