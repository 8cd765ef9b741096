"""How a picture's file is built, counted before a decoder walks through it: no photo has millions of pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SCAN = b"\xff\xda"
_TIFF_TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Type of a TIFF entry -> bytes of one value."""
_BYTES, _ENTRY = (1, 2, 6, 7), 12


def has_too_many_pieces(content: bytes, most_pieces: int, most_scans: int) -> bool:
    """Return whether a picture is built of more pieces than a photo has.

    Pieces are a JPEG's segments, a PNG's chunks, the blocks of a GIF before its picture, and the strips and other
    values of a TIFF's first directory. Only so many are walked; a file of another kind, or cut short, has none.

    Args:
        content: The file.
        most_pieces: How many a photo may have.
        most_scans: How many times a JPEG may run over the whole picture.
    """
    try:
        if content.startswith(b"\xff\xd8"):
            return content.count(_SCAN) > most_scans or _more(_jpeg(content), most_pieces)
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _more(_png(content), most_pieces)
        if content.startswith((b"GIF87a", b"GIF89a")):
            return _more(_gif(content), most_pieces)
        if content.startswith((b"II", b"MM")):
            return _largest_tiff_entry(content) > most_pieces
    except (IndexError, struct.error):
        return False  # cut short: the decoder says so
    return False


def _more(pieces: Iterator[None], most: int) -> bool:
    """Return whether there are more pieces than so many, without walking any further."""
    return any(number > most for number, _ in enumerate(pieces, 1))


def _jpeg(content: bytes) -> Iterator[None]:
    """Yield once for each segment before the picture itself; bytes that fill gaps count too."""
    position = 2
    while content[position : position + 2] != _SCAN:
        yield
        if content[position] != 0xFF or content[position + 1] in (0x00, 0xFF):
            position += 1
        elif content[position + 1] == 0x01 or 0xD0 <= content[position + 1] <= 0xD9:
            position += 2
        else:
            position += 2 + max(2, struct.unpack_from(">H", content, position + 2)[0])


def _png(content: bytes) -> Iterator[None]:
    position = 8
    while position < len(content):
        yield
        position += 12 + struct.unpack_from(">I", content, position)[0]


def _gif(content: bytes) -> Iterator[None]:
    """Yield once for each block before the first picture."""
    position = 13 + (3 << ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    while content[position] == 0x21:
        yield
        position += 2
        while content[position]:
            yield
            position += 1 + content[position]
        position += 1


def _largest_tiff_entry(content: bytes) -> int:
    """Return the number of entries of the first directory, or of the numbers of one of them, whichever is larger."""
    order = "<" if content.startswith(b"II") else ">"
    magic, start = struct.unpack_from(f"{order}2xHI", content)
    if magic != 42:
        return len(content)  # BigTIFF, for files that are larger than any photo
    (entries,) = struct.unpack_from(f"{order}H", content, start)
    largest = int(entries)
    for number in range(entries):
        _, kind, count = struct.unpack_from(f"{order}HHI", content, start + 2 + number * _ENTRY)
        if kind not in _BYTES and count * _TIFF_TYPES.get(kind, 0) <= len(content):
            largest = max(largest, int(count))
    return largest
