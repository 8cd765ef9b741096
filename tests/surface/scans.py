"""Writes meshes as scanners do: OBJ, PLY (text and binary), STL and GLB."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Colours = NDArray[np.uint8] | None


def obj(points: Floats, triangles: Ints, colours: Colours = None) -> bytes:
    rows = np.column_stack([points, colours / 255.0]) if colours is not None else points
    lines = ["mtllib scan.mtl", "o head"]
    lines += ["v " + " ".join(f"{value:.6f}" for value in row) for row in rows]
    lines += ["vt 0 0", "usemtl skin"]
    lines += [f"f {a}/1 {b}/1 {c}/1" for a, b, c in (triangles + 1).tolist()]
    return "\n".join(lines).encode() + b"\n"


def ply(points: Floats, triangles: Ints, colours: Colours = None, *, form: str = "binary_little_endian") -> bytes:
    order = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}[form]
    fields = [(axis, order + "f4") for axis in "xyz"]
    fields += [(name, "u1") for name in ("red", "green", "blue")] if colours is not None else []
    vertex = np.zeros(len(points), fields)
    for at, axis in enumerate("xyz"):
        vertex[axis] = points[:, at]
    for at, name in enumerate(("red", "green", "blue") if colours is not None else ()):
        vertex[name] = colours[:, at]  # type: ignore[index]
    face = np.zeros(len(triangles), [("n", "u1"), ("corners", order + "i4", 3)])
    face["n"], face["corners"] = 3, triangles
    kinds = {"f4": "float", "u1": "uchar"}
    head = ["ply", f"format {form} 1.0", "comment a scan", f"element vertex {len(points)}"]
    head += [f"property {kinds[kind[-2:]]} {name}" for name, kind in fields]
    head += [f"element face {len(triangles)}", "property list uchar int vertex_indices", "end_header"]
    text = "\n".join(head).encode() + b"\n"
    if form != "ascii":
        return text + vertex.tobytes() + face.tobytes()
    rows = [" ".join(str(value) for value in row) for row in vertex.tolist()]
    rows += [f"3 {a} {b} {c}" for a, b, c in triangles.tolist()]
    return text + "\n".join(rows).encode() + b"\n"


def stl(points: Floats, triangles: Ints, *, text: bool = False) -> bytes:
    corners = points[triangles]
    if text:
        lines = ["solid head"]
        for one in corners:
            lines += ["facet normal 0 0 0", "outer loop"]
            lines += [f"  vertex {x:.6e} {y:.6e} {z:.6e}" for x, y, z in one]
            lines += ["endloop", "endfacet"]
        return "\n".join([*lines, "endsolid head"]).encode()
    rows = np.zeros(len(triangles), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    rows["corners"] = corners
    return b"binary".ljust(80) + struct.pack("<I", len(triangles)) + rows.tobytes()


def glb(
    points: Floats, triangles: Ints, colours: Colours = None, *, node: dict[str, Any] | None = None, **more: Any
) -> bytes:
    parts = [points.astype("<f4").tobytes(), triangles.astype("<u4").tobytes()]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"},
        {"bufferView": 1, "componentType": 5125, "count": triangles.size, "type": "SCALAR"},
    ]
    attributes = {"POSITION": 0}
    if colours is not None:
        parts.append(np.column_stack([colours, np.full(len(colours), 255)]).astype("u1").tobytes())
        accessors.append({"bufferView": 2, "componentType": 5121, "count": len(points), "type": "VEC4"})
        attributes["COLOR_0"] = 2
    views, at = [], 0
    for part in parts:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(part)})
        at += len(part)
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 1}]}],
        "buffers": [{"byteLength": at}],
        "bufferViews": views,
        "accessors": accessors,
        **more,
    }
    return packed(document, b"".join(parts))


def packed(document: Any, data: bytes) -> bytes:
    """Return a GLB of this description and these data."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
