"""The mesh in an OBJ file, and in the text forms of STL and PLY, read in pieces so that the memory stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.scan_mesh import Damaged, Mesh, check_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints

_PIECE = 4_000_000
_LONGEST_NUMBER = 40
_WIDTHS = (3, 4, 6, 7)
"""Numbers of a vertex line: x y z, a weight after them, a colour after either."""


def lines(content: bytes, start: int = 0) -> Iterator[list[bytes]]:
    """Yield the lines of a text in pieces of some megabytes; raises Damaged if a line is longer than any mesh's."""
    while start < len(content):
        stop = min(start + _PIECE, len(content))
        if stop < len(content):
            end = content.rfind(b"\n", start, stop)
            if end < 0:
                raise Damaged("the scan has a line longer than any mesh's")
            stop = end + 1
        yield content[start:stop].splitlines()
        start = stop


def numbers(words: list[bytes], kind: type[np.float64] | type[np.int64]) -> NDArray[Any]:
    """Return the numbers that words stand for; raises Damaged or ValueError if one of them is none."""
    if words and max(map(len, words)) > _LONGEST_NUMBER:
        raise Damaged("the scan has numbers longer than any")
    return np.array(words, dtype=bytes).astype(kind) if words else np.zeros(0, kind)


def read_obj(content: bytes) -> Mesh:
    """Return the mesh of an OBJ file: `v` and `f` lines alone; materials, textures and groups are left aside.

    Raises:
        Damaged: If it is none.
    """
    if b"\0" in content[:4096]:
        raise Damaged("the file is no OBJ text", "Check its ending, or export the scan again.")
    rows: list[Floats] = []
    faces: list[Ints] = []
    vertices = triangles = 0
    for piece in lines(content):
        points = [line[2:] for line in piece if line.startswith((b"v ", b"v\t"))]
        if points:
            rows.append(_numbers(points))
            vertices += len(points)
        corners = [line[2:] for line in piece if line.startswith((b"f ", b"f\t"))]
        if corners:
            faces.append(_fans(corners, vertices, piece, len(points)))
            triangles += len(faces[-1])
        check_counts(vertices, triangles)
    if not rows:
        raise Damaged("the file holds no vertices, so it is no OBJ mesh", "Check its ending, or export the scan again.")
    if len({part.shape[1] for part in rows}) > 1:
        raise Damaged("some vertices of the scan have more numbers than others")
    table = np.concatenate(rows)
    indices = np.concatenate(faces) if faces else np.zeros((0, 3), np.int64)
    return Mesh(np.ascontiguousarray(table[:, :3]), indices, _colours(table))


def _numbers(texts: list[bytes]) -> Floats:
    """Return (n, k) the numbers of lines that all have as many."""
    width = len(texts[0].split())
    if width not in _WIDTHS:
        raise Damaged(f"a vertex of the scan has {width} numbers")
    values = numbers(b" ".join(texts).split(), np.float64)
    if len(values) != width * len(texts):
        raise Damaged("some vertices of the scan have more numbers than others")
    return values.reshape(-1, width)


def _fans(texts: list[bytes], before: int, piece: list[bytes], points: int) -> Ints:
    """Return the triangles of polygons written as 1, 1/2, 1//3 or 1/2/3; negative indices count back."""
    corners = [text.split() for text in texts]
    sides = np.array([len(corner) for corner in corners])
    if sides.min() < 3:
        raise Damaged("a face of the scan has fewer than three corners")
    flat = b" ".join(texts)
    if b"/" in flat:
        flat = b" ".join(part.partition(b"/")[0] for corner in corners for part in corner)
    index = numbers(flat.split(), np.int64)
    if (index < 0).any():
        index = np.where(index < 0, index + np.repeat(_counts(piece, before - points), sides), index - 1)
    elif (index == 0).any():
        raise Damaged("a face of the scan names vertex 0; an OBJ counts from 1")
    else:
        index = index - 1
    return fans(index, sides)


def _counts(piece: list[bytes], count: int) -> Ints:
    """Return how many vertices stood before each face of a piece."""
    found = []
    for line in piece:
        if line.startswith((b"v ", b"v\t")):
            count += 1
        elif line.startswith((b"f ", b"f\t")):
            found.append(count)
    return np.array(found, np.int64)


def fans(index: Ints, sides: Ints) -> Ints:
    """Return (t, 3) the triangles of polygons whose corners follow each other in `index`, fanned from the first."""
    first = np.cumsum(sides) - sides
    spread = np.repeat(np.arange(len(sides)), sides - 2)
    step = np.arange(len(spread)) - np.repeat(np.cumsum(sides - 2) - (sides - 2), sides - 2)
    base = first[spread]
    return np.column_stack([index[base], index[base + step + 1], index[base + step + 2]])


def _colours(table: Floats) -> NDArray[np.uint8] | None:
    """Return the colours behind the coordinates, written between 0 and 1 or up to 255; None where there are none."""
    if table.shape[1] < 6:
        return None
    values = table[:, -3:]
    if not np.isfinite(values).all() or values.min() < 0.0 or values.max() > 255.0:
        return None
    return np.round(values * (255.0 if values.max() <= 1.0 else 1.0)).astype(np.uint8)


def read_stl_text(content: bytes) -> Mesh:
    """Return the mesh of an STL written as text.

    Raises:
        Damaged: If it is none.
    """
    rows: list[Floats] = []
    count = 0
    for piece in lines(content):
        stripped = (line.strip() for line in piece)
        points = [line[6:] for line in stripped if line[:6].lower() == b"vertex"]
        if points:
            rows.append(_numbers(points))
            count += len(points)
        check_counts(0, count // 3)
    if not rows or count % 3 or any(part.shape[1] != 3 for part in rows):
        raise Damaged("the file holds no whole triangles, so it is no STL", "Check its ending, or export it again.")
    return Mesh(np.concatenate(rows), np.arange(count, dtype=np.int64).reshape(-1, 3))
