"""A signature as it is drawn or typed: verified, written anew, never trusted as it came."""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

_START = "data:image/png;base64,"
_LONGEST = 400_000
_WIDEST, _HIGHEST = 2000, 1000
_LEAST_INK = 40


class NotSigned(Exception):
    """There is no signature that can be kept; the message says why."""


@dataclass(frozen=True)
class Signed:
    """A signature.

    Attributes:
        name: The full name as typed, or the one on record where it was drawn.
        png: The drawn signature, None where the name was typed.
    """

    name: str
    png: bytes | None


def signature_in(drawn: str, typed: str, name: str) -> Signed:
    """Return a signature that was drawn, or typed as the full name.

    Args:
        drawn: A PNG as a data address, "" without one.
        typed: The full name, "" without one.
        name: The name on record.

    Raises:
        NotSigned: If neither can be kept.
    """
    typed = " ".join(typed.split())
    if drawn:
        return Signed(typed[:200] or name, _png(drawn))
    if not typed:
        raise NotSigned(_("The signature is missing: sign in the field, or type your full name."))
    if len(typed) > 200 or not any(one.isalpha() for one in typed):
        raise NotSigned(_("This is not a full name: type first and last name."))
    return Signed(typed, None)


def _png(drawn: str) -> bytes:
    """Return a drawn signature, decoded and written anew in black and white."""
    unusable = NotSigned(_("The drawing cannot be read. Clear the field and sign again, or type your full name."))
    if not drawn.startswith(_START) or len(drawn) > _LONGEST:
        raise unusable
    try:
        data = base64.b64decode(drawn.removeprefix(_START), validate=True)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.width > _WIDEST or image.height > _HIGHEST:
                raise unusable
            ink = image.convert("RGBA").getchannel("A")
    except (
        binascii.Error,
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise unusable from error
    if sum(ink.histogram()[128:]) < _LEAST_INK:
        raise NotSigned(_("The field for the signature is empty: sign in it, or type your full name."))
    picture = Image.new("L", ink.size, 255)
    picture.paste(0, mask=ink)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
