"""Reads a photo that may be anything: checked before it is decoded, turned upright, freed of every other metadata."""

from __future__ import annotations

import hashlib
import io
import stat
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mesoplan.errors import Problem, ProblemError
from mesoplan.surface.instructions import PHOTO_PLACE, POINTER
from mesoplan.surface.model import Picture
from mesoplan.surface.parameters import number, whole_number
from mesoplan.surface.structure import has_too_many_pieces

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
_STEREO = "MPO"  # a phone's JPEG with a second picture (depth, brightness) behind the first; only the first is used
_SIMPLE = ("L", "RGB", "RGBA", "CMYK")  # modes that can be made smaller before they are converted
_ORIENTATION = 0x0112  # the one piece of metadata that is used: how to turn the picture upright
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
_ON_ITS_SIDE = (5, 6, 7, 8)
_PAPER = (255, 255, 255)  # what shows through transparent parts


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo ready for analysis.

    Attributes:
        picture: As it is kept.
        pixels: (height, width, 3) unsigned bytes, red green blue: the kept picture before its compression.
        sha256: Hash of the file as it was handed in.
        size: Width and height of the original after its orientation was applied.
    """

    picture: Picture
    pixels: NDArray[np.uint8]
    sha256: str
    size: tuple[int, int]


def read_photo(path: Path) -> Photo:
    """Return the photo in a file, upright and no larger than the kept size.

    Raises:
        ProblemError: If there is no usable still picture of permitted size in it; one problem, in one sentence.
    """
    return photo_in(_read(path), path)


def photo_in(content: bytes, path: Path | str) -> Photo:
    """Return the photo in the bytes of a file, upright and no larger than the kept size.

    Args:
        content: The bytes.
        path: What to call the photo in an error.

    Raises:
        ProblemError: If there is no usable still picture of permitted size in it; one problem, in one sentence.
    """
    from PIL import Image, UnidentifiedImageError

    if has_too_many_pieces(content, whole_number("max_photo_pieces"), whole_number("max_photo_scans")):
        message = "the picture is built of far more pieces than a photo has"
        raise photo_problem(path, message, "Save it anew as JPEG.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about damaged metadata, which is dropped anyway
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_header(path, image)
                size, small = _upright(image)
        except (UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise _unreadable(path, content, error) from error
        except ProblemError:
            raise
        except Exception as error:  # decoders of hostile bytes raise anything: each means an unreadable picture
            message = "the picture is damaged or cut short and cannot be decoded"
            raise photo_problem(path, message, "Copy the file again, or take a new photo.") from error
    return _finish(small, hashlib.sha256(content).hexdigest(), size)


def photo_problem(value: object, message: str, remedy: str) -> ProblemError:
    """Return the error for one problem with the photo, with a pointer to the instructions for taking one."""
    return ProblemError([Problem(PHOTO_PLACE, str(value), message, f"{remedy} {POINTER}")])


def _file_problem(value: object, message: str, remedy: str) -> ProblemError:
    """Return the error for a name that leads to no photo at all: how to take one does not help there."""
    return ProblemError([Problem(PHOTO_PLACE, str(value), message, remedy)])


def _read(path: Path) -> bytes:
    """Return the file's bytes after checking that it is a regular file of sane size."""
    limit = whole_number("max_photo_bytes")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _file_problem(path, "this is a folder, not a photo", "Name the photo in it.")
        if not stat.S_ISREG(status.st_mode):
            raise _file_problem(path, "this is not a regular file", "Name a JPEG or PNG file.")
        if not status.st_size:
            raise photo_problem(path, "the file is empty", "Copy the photo again.")
        if status.st_size > limit:
            message = f"the file has {status.st_size / 1e6:.0f} MB; at most {limit / 1e6:.0f} MB are read"
            raise photo_problem(path, message, "Save the photo as JPEG.")
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        raise _file_problem(path, "there is no such file", "Check the name and the folder.") from None
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})"
        raise _file_problem(path, message, "Check its name and permissions.") from None
    except ValueError:  # a null character in the name
        raise _file_problem(repr(str(path)), "this cannot be a file's name", "Name a JPEG or PNG file.") from None


def _check_header(path: Path | str, image: Image.Image) -> None:
    """Refuse by what the header says, before a single pixel is decoded."""
    width, height = image.size
    # Only a sequential JPEG is decoded at a reduced scale, so only it may be very large.
    sequential = image.format in ("JPEG", _STEREO) and not image.info.get("progressive")
    limit = whole_number("max_photo_pixels" if sequential else "max_other_photo_pixels")
    if width * height > limit:
        kind = "a JPEG may have" if sequential else "a file of this kind may have"
        message = (
            f"the picture has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels); "
            f"{kind} at most {limit // 1_000_000}"
        )
        raise photo_problem(path, message, "Save it smaller, for example 3000 x 4000 pixels.")
    if max(width, height) > number("max_photo_aspect") * min(width, height):
        message = f"the picture has {width} x {height} pixels, which is no portrait"
        raise photo_problem(path, message, "Crop it to the head.")
    if image.format != _STEREO and _has_a_second(image):
        message = "the file holds several pictures (an animation or several pages)"
        raise photo_problem(path, message, "Save one still picture as JPEG or PNG.")


def _has_a_second(image: Image.Image) -> bool:
    """Return whether another picture follows; how many there are is not counted, there may be millions."""
    try:
        image.seek(1)
    except EOFError:
        return False
    return True


def _upright(image: Image.Image) -> tuple[tuple[int, int], Image.Image]:
    """Return the size of the whole upright picture, and the picture in RGB, upright and no larger than kept."""
    from PIL import Image

    side = whole_number("max_kept_side_px")
    width, height = image.size
    image.draft(None, (side, side))  # JPEG: decode at the smallest scale that is still large enough
    image.load()
    orientation = image.getexif().get(_ORIENTATION, 1)
    if image.mode not in _SIMPLE:
        image = _to_rgb(image)
    shrink = side / max(width, height)
    if shrink < 1:  # before the conversion where that is possible: several copies of the whole picture cost memory
        target = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        image = image.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _to_rgb(image)
    if orientation in _TURNS:
        image = image.transpose(Image.Transpose[_TURNS[orientation]])
    return ((height, width) if orientation in _ON_ITS_SIDE else (width, height)), image


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in 8-bit RGB; transparent parts show white, 16-bit grey keeps its upper byte."""
    import numpy as np
    from PIL import Image

    if image.mode.startswith("I"):
        upper = np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8)
        return Image.fromarray(upper, "L").convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (*_PAPER, 255))
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _finish(image: Image.Image, sha256: str, size: tuple[int, int]) -> Photo:
    """Encode the picture without metadata and hand both forms on."""
    import numpy as np
    from PIL import Image

    pixels = np.array(image)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=whole_number("kept_jpeg_quality"), subsampling=0)
    return Photo(Picture(encoded.getvalue(), (pixels.shape[1], pixels.shape[0])), pixels, sha256, size)


def _unreadable(path: Path | str, content: bytes, error: Exception) -> ProblemError:
    """Say in one sentence why Pillow does not know the file as a picture."""
    if content[4:8] == b"ftyp":
        message = "this is a HEIC, AVIF or video file, which cannot be read here"
        return photo_problem(path, message, "Save or export the photo as JPEG.")
    if "decompression bomb" in str(error):
        return photo_problem(path, "the picture claims far more pixels than a photo has", "Save it smaller, as JPEG.")
    return photo_problem(path, "this is not a picture", "Give a JPEG or PNG photo.")
