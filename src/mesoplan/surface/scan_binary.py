"""The mesh in a PLY, STL or GLB file; every count is held against the file's own size before memory is claimed."""

from __future__ import annotations

import json
import struct
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.scan_mesh import Damaged, Mesh, check_counts
from mesoplan.surface.scan_text import fans, lines, numbers, read_stl_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Ints

_STL_HEAD, _STL_ROW = 84, 50
_PLY_HEAD = 65_536
_PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_INDICES = ("vertex_indices", "vertex_index")


def read_stl(content: bytes) -> Mesh:
    """Return the mesh of an STL, binary or text; its corners are not joined.

    Raises:
        Damaged: If it is none.
    """
    if len(content) >= _STL_HEAD:
        (count,) = struct.unpack_from("<I", content, 80)
        if len(content) == _STL_HEAD + _STL_ROW * count:
            check_counts(0, count)
            row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
            rows = np.frombuffer(content, row, count, _STL_HEAD)
            points = rows["corners"].reshape(-1, 3).astype(np.float64)
            return Mesh(points, np.arange(len(points), dtype=np.int64).reshape(-1, 3))
    if content[:5].lower() == b"solid":
        return read_stl_text(content)
    raise Damaged("the file's length does not fit its count of triangles, so it is no whole STL")


def read_ply(content: bytes) -> Mesh:
    """Return the mesh of a PLY, text or binary of either byte order.

    Raises:
        Damaged: If it is none.
    """
    form, elements, start = _ply_header(content)
    found: dict[str, Any] = {}
    if form == "ascii":
        _ply_text(content, start, elements, found)
    else:
        _ply_binary(content, start, elements, "<" if form == "binary_little_endian" else ">", found)
    table, names = found.get("vertex", (None, ()))
    if table is None or not {"x", "y", "z"} <= set(names) or "face" not in found:
        raise Damaged("the file holds no vertices and faces", "Export a surface, not points.")
    vertices = np.column_stack([table[name].astype(np.float64) for name in ("x", "y", "z")])
    return Mesh(vertices, found["face"], _ply_colours(table, names))


def _ply_header(content: bytes) -> tuple[str, list[tuple[str, int, list[list[str]]]], int]:
    """Return the form, the elements with their count and properties, and where the data begin."""
    if content[:3] != b"ply" or content[3:4] not in (b"\n", b"\r"):
        raise Damaged("the file does not begin as a PLY does", "Check its ending, or export the scan again.")
    end = content.find(b"end_header", 0, _PLY_HEAD)
    if end < 0:
        raise Damaged("the header of the PLY has no end")
    start = content.find(b"\n", end) + 1
    if not start:
        raise Damaged("the PLY ends after its header")
    form, elements = "", []
    for line in content[:end].decode("latin-1").splitlines():
        words = line.split()
        if words[:1] == ["format"] and len(words) == 3:
            form = words[1]
        elif words[:1] == ["element"] and len(words) == 3:
            elements.append((words[1], _count(words[2]), list[list[str]]()))
        elif words[:1] == ["property"] and elements and len(words) in (3, 5):
            elements[-1][2].append(words[1:])
    if form not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise Damaged("the PLY is of no known form", "Export the scan as PLY 1.0, binary or text.")
    known = {name: count for name, count, _ in elements}
    check_counts(known.get("vertex", 0), known.get("face", 0))
    return form, elements, start


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise Damaged("the PLY's header gives a count that is no number")
    return int(text)


def _ply_binary(
    content: bytes, start: int, elements: list[tuple[str, int, list[list[str]]]], order: str, found: dict[str, Any]
) -> None:
    for name, count, properties in elements:
        lists = [one for one in properties if one[0] == "list"]
        if not lists:
            row = np.dtype([(one[1], order + _PLY_TYPES[one[0]]) for one in properties])
            if start + row.itemsize * count > len(content):
                raise Damaged("the PLY is shorter than its header says")
            found[name] = (np.frombuffer(content, row, count, start), row.names or ())
            start += row.itemsize * count
        elif name == "face":
            found[name], start = _ply_faces(content, start, count, properties, order)
        elif "face" in found and "vertex" in found:
            return  # what follows is not needed
        else:
            raise Damaged("the PLY has lists that cannot be passed over", "Export vertices and faces alone.")


def _ply_faces(content: bytes, start: int, count: int, properties: list[list[str]], order: str) -> tuple[Ints, int]:
    """Return the triangles, and where they end; all faces of one length are read at once, others one by one."""
    for sides in (3, 4):
        fields: list[tuple[str, str] | tuple[str, str, int]] = []
        for number, one in enumerate(properties):
            if one[0] == "list":
                fields.append((f"n{number}", order + _PLY_TYPES[one[1]]))
                fields.append((one[3], order + _PLY_TYPES[one[2]], sides if one[3] in _INDICES else 6))
            else:
                fields.append((one[1], order + _PLY_TYPES[one[0]]))
        row = np.dtype(fields)
        if start + row.itemsize * count > len(content):
            continue
        rows = np.frombuffer(content, row, count, start)
        counts = [(f"n{number}", one[3]) for number, one in enumerate(properties) if one[0] == "list"]
        if all((rows[key] == (sides if name in _INDICES else 6)).all() for key, name in counts):
            name = next((name for _, name in counts if name in _INDICES), None)
            if name is None:
                raise Damaged("the PLY's faces name no vertices")
            index = rows[name].astype(np.int64).ravel()
            return fans(index, np.full(count, sides)), start + row.itemsize * count
    return _ply_mixed_faces(content, start, count, properties, order)


def _ply_mixed_faces(
    content: bytes, start: int, count: int, properties: list[list[str]], order: str
) -> tuple[Ints, int]:
    index: list[int] = []
    sides: list[int] = []
    kinds = [
        (one[0] == "list", np.dtype(order + _PLY_TYPES[one[1] if one[0] == "list" else one[0]]),
         np.dtype(order + _PLY_TYPES[one[2]]) if one[0] == "list" else None, one[-1] in _INDICES)
        for one in properties
    ]  # fmt: skip
    for _ in range(count):
        for listed, kind, item, wanted in kinds:
            if start + kind.itemsize > len(content):
                raise Damaged("the PLY is shorter than its header says")
            length = int(np.frombuffer(content, kind, 1, start)[0]) if listed else 0
            start += kind.itemsize
            if item is None:
                continue
            if length < 0 or start + length * item.itemsize > len(content):
                raise Damaged("the PLY is shorter than its header says")
            if wanted:
                index.extend(np.frombuffer(content, item, length, start).tolist())
                sides.append(length)
            start += length * item.itemsize
        check_counts(0, len(index) - 2 * len(sides))
    return _fanned(index, sides), start


def _fanned(index: list[int], sides: list[int]) -> Ints:
    lengths = np.array(sides, np.int64)
    if len(lengths) and lengths.min() < 3:
        raise Damaged("a face of the scan has fewer than three corners")
    return fans(np.array(index, np.int64), lengths)


def _ply_text(
    content: bytes, start: int, elements: list[tuple[str, int, list[list[str]]]], found: dict[str, Any]
) -> None:
    rows = (line for piece in lines(content, start) for line in piece if line.strip())
    for name, count, properties in elements:
        if count > len(content):
            raise Damaged("the PLY is shorter than its header says")
        given = list(islice(rows, count))
        if len(given) != count:
            raise Damaged("the PLY is shorter than its header says")
        if name == "face":
            found[name] = _ply_text_faces(given, properties)
        elif not any(one[0] == "list" for one in properties):
            names = tuple(one[1] for one in properties)
            values = numbers(b" ".join(given).split(), np.float64)
            if len(values) != count * len(names):
                raise Damaged("some vertices of the scan have more numbers than others")
            table = values.reshape(-1, len(names))
            found[name] = ({one: table[:, at] for at, one in enumerate(names)}, names)


def _ply_text_faces(given: list[bytes], properties: list[list[str]]) -> Ints:
    if not properties or properties[0][0] != "list" or properties[0][-1] not in _INDICES:
        raise Damaged("the PLY's faces do not begin with their vertices", "Export it as binary PLY.")
    index: list[bytes] = []
    sides: list[int] = []
    for line in given:
        words = line.split()
        length = int(words[0])
        if length < 3 or len(words) <= length:
            raise Damaged("a face of the scan has fewer corners than it says")
        index.extend(words[1 : 1 + length])
        sides.append(length)
    if not sides:
        return np.zeros((0, 3), np.int64)
    return fans(numbers(index, np.int64), np.array(sides, np.int64))


def _ply_colours(table: Any, names: tuple[str, ...]) -> NDArray[np.uint8] | None:
    for three in (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue")):
        if set(three) <= set(names):
            values = np.column_stack([table[name].astype(np.float64) for name in three])
            if not np.isfinite(values).all() or values.min(initial=0.0) < 0.0 or values.max(initial=0.0) > 255.0:
                return None
            return np.round(values * (255.0 if values.max(initial=0.0) <= 1.0 else 1.0)).astype(np.uint8)
    return None


def read_glb(content: bytes) -> Mesh:
    """Return the mesh of a GLB, every part where its scene puts it.

    Raises:
        Damaged: If it is none, or keeps its shape outside the file or packed.
    """
    from mesoplan.surface.scan_glb import Scene

    if content[:4] != b"glTF" or len(content) < 20:
        raise Damaged("the file does not begin as a GLB does", "Check its ending, or export the scan again.")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise Damaged("the GLB is of another version than 2", "Export the scan as glTF 2.0 binary.")
    if length > len(content):
        raise Damaged("the GLB is shorter than its header says")
    size, kind = struct.unpack_from("<I4s", content, 12)
    if kind != b"JSON" or 20 + size > len(content) or size > _GLB_TEXT:
        raise Damaged("the GLB has no readable description of its content")
    try:
        document = json.loads(content[20 : 20 + size])
    except (ValueError, RecursionError):
        raise Damaged("the GLB has no readable description of its content") from None
    at = 20 + size
    data = b""
    if at + 8 <= len(content):
        size, kind = struct.unpack_from("<I4s", content, at)
        if kind == b"BIN\0":
            data = content[at + 8 : at + 8 + size]
    return Scene(document, data).mesh()


_GLB_TEXT = 8_000_000
