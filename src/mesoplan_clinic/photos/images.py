"""What is sent as a photo, checked and made anew: a picture without anything but its pixels, upright, of limited size.

The bytes are told apart from other files, refused where they are a second kind of file too, then decoded by the core,
which looks at sizes before it decodes and never at more pixels than a photo has. Only what was decoded is encoded
again: no byte of the sent file is kept.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image

from mesoplan import ProblemError
from mesoplan.surface.picture import photo_in

_FACE_AT = 0.42
"""How far down a portrait its face is: the thumbnail is cut around it."""
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)
_HIDDEN = (b"%PDF-", b"<script", b"<html", b"<!doctype html", b"<svg", b"<?php", b"#!/")
_LOOKED_AT = 65_536


class BadPhoto(Exception):
    """What was sent is no usable photo; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """A photo made anew.

    Attributes:
        jpeg: The picture.
        thumbnail: A small square JPEG of the face.
        size: Width and height.
        sha256: Of `jpeg`.
    """

    jpeg: bytes
    thumbnail: bytes
    size: tuple[int, int]
    sha256: str


def made_anew(sent: bytes) -> Made:
    """Return the photo in what was sent.

    Raises:
        BadPhoto: If there is none, it is damaged, too large, or a file of another kind as well.
    """
    _check_bytes(sent)
    with _ONE_AT_A_TIME:  # so that many uploads at once need the memory of one
        try:
            photo = photo_in(sent, "photo")
        except ProblemError as error:
            raise BadPhoto(_why(error)) from error
        if min(photo.picture.size) < settings.PHOTO_MIN_SIDE:
            raise BadPhoto(
                _("The photo is too small: its short side has %(side)d pixels, at least %(least)d are needed.")
                % {"side": min(photo.picture.size), "least": settings.PHOTO_MIN_SIDE}
            )
        return Made(
            photo.picture.jpeg,
            _thumbnail(photo.picture.jpeg),
            photo.picture.size,
            hashlib.sha256(photo.picture.jpeg).hexdigest(),
        )


def _check_bytes(sent: bytes) -> None:
    if not sent:
        raise BadPhoto(_("The file is empty. Take the photo again."))
    if len(sent) > settings.PHOTO_MAX_BYTES:
        raise BadPhoto(too_large())
    if not _kind(sent):
        raise BadPhoto(_("This is not a photo that can be read. Send a JPEG, PNG or WebP file."))
    if _is_something_else_too(sent):
        raise BadPhoto(_("The file is a photo and another kind of file at once, and is not taken. Take a new photo."))


def too_large() -> str:
    """Return the words for a file that is too large."""
    return _("The file is larger than %(limit)d MB. Send a smaller photo.") % {
        "limit": settings.PHOTO_MAX_BYTES // 1_000_000
    }


def _kind(sent: bytes) -> str:
    """Return what the first bytes say the file is, "" for what is not taken."""
    if sent.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if sent.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if sent.startswith(b"RIFF") and sent[8:12] == b"WEBP" else ""


def _is_something_else_too(sent: bytes) -> bool:
    """Return whether a program could take the file for another kind: an archive, a page, a script, a document."""
    edges = (sent[:_LOOKED_AT] + sent[-_LOOKED_AT:]).lower()
    if any(mark.lower() in edges for mark in _HIDDEN[:-1]) or sent.startswith(_HIDDEN[-1]):
        return True
    try:
        return zipfile.is_zipfile(io.BytesIO(sent))
    except Exception:  # hostile bytes: what cannot even be looked at is no archive
        return False


def _why(error: ProblemError) -> str:
    """Return in the reader's language why the core refuses a picture."""
    said = error.problems[0].message
    if "megapixels" in said or "more pixels" in said:
        return _("The photo has too many pixels. Send it smaller, for example 3000 x 4000 pixels.")
    if "several pictures" in said:
        return _("The file holds several pictures. Send one still photo.")
    if "no portrait" in said:
        return _("The picture is far too long for a photo of a face. Crop it to the head.")
    return _("The photo is damaged or cut short and cannot be read. Take it again, or copy the file again.")


def _thumbnail(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as photo:
        width, height = photo.size
        side = min(width, height)
        left = (width - side) / 2
        top = min(max(0.0, height * _FACE_AT - side / 2), height - side)
        part = photo.convert("RGB").resize(
            (settings.PHOTO_THUMBNAIL_SIDE,) * 2,
            Image.Resampling.LANCZOS,
            box=(left, top, left + side, top + side),
            reducing_gap=3.0,
        )
    out = io.BytesIO()
    part.save(out, "JPEG", quality=settings.PHOTO_THUMBNAIL_QUALITY)
    return out.getvalue()
