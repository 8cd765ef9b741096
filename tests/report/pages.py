"""What a reader of the papers sees: texts of pages, sizes of type, marks of accessibility."""

import ctypes
import io
import re
from dataclasses import dataclass
from itertools import pairwise

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page, blanks of every kind as one space."""
    document = pdfium.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def whole(pdf: bytes) -> str:
    return " ".join(texts(pdf))


@dataclass(frozen=True)
class Character:
    page: int
    text: str
    font: str
    size_pt: float


def characters(pdf: bytes) -> list[Character]:
    """Return every visible character with its face and its size on the page."""
    found = []
    for number, page in enumerate(pdfium.PdfDocument(pdf), 1):
        handle = page.get_textpage()
        buffer, flags = ctypes.create_string_buffer(200), ctypes.c_int()
        for index in range(handle.count_chars()):
            code = raw.FPDFText_GetUnicode(handle, index)
            if code < 33 or code == 0xA0:
                continue
            raw.FPDFText_GetFontInfo(handle, index, buffer, 200, ctypes.byref(flags))
            matrix = raw.FS_MATRIX()
            raw.FPDFText_GetMatrix(handle, index, ctypes.byref(matrix))
            size = raw.FPDFText_GetFontSize(handle, index) * (matrix.c**2 + matrix.d**2) ** 0.5
            found.append(Character(number, chr(code), buffer.value.decode(), size))
    return found


def metadata(pdf: bytes) -> str:
    found = pypdf.PdfReader(io.BytesIO(pdf)).xmp_metadata
    return "" if found is None else found.stream.get_data().decode()


def catalogue(pdf: bytes) -> dict[str, object]:
    return dict(pypdf.PdfReader(io.BytesIO(pdf)).root_object)


def beyond_margins(pdf: bytes, margin_pt: float) -> list[tuple[int, str]]:
    """Return (page, character) of what is drawn nearer to the page's left or right edge than the margin."""
    found = []
    for number, page in enumerate(pdfium.PdfDocument(pdf), 1):
        width, handle = page.get_width(), page.get_textpage()
        for index in range(handle.count_chars()):
            left, _, right, _ = handle.get_charbox(index)
            if right > left and (left < margin_pt or right > width - margin_pt):
                found.append((number, handle.get_text_range(index, 1)))
    return found


def torn(pdf: bytes) -> list[str]:
    """Return the lines that end inside a range, after a unit's slash or after the letter before a name."""
    ends = re.compile(r"(\d\u2013|(?<![\w/.-])[^\W_]{1,4}/|(?<!\w)[A-ZА-Я]-)$")
    pages = (page.get_textpage().get_text_range().replace("\ufffe", "-") for page in pdfium.PdfDocument(pdf))
    return [line for page in pages for line in page.splitlines() if ends.search(line.rstrip())]


def overprinted(pdf: bytes) -> list[str]:
    """Return the lines in which a character lies on another one."""
    found = []
    for page in pdfium.PdfDocument(pdf):
        handle, lines = page.get_textpage(), dict[int, list[tuple[float, float, str]]]()
        for index in range(handle.count_chars()):
            left, bottom, right, _ = handle.get_charbox(index)
            lines.setdefault(round(bottom), []).append((left, right, handle.get_text_range(index, 1)))
        for line in lines.values():
            drawn = sorted({(left, right): text for left, right, text in line if text.strip()}.items())
            if any(one[1] - other[0] > 2.0 for (one, _), (other, _) in pairwise(drawn)):
                found.append("".join(text for _, text in drawn))
    return found
