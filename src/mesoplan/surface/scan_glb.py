"""The scene of a GLB: its triangles in the file itself, placed by its nodes; what lies outside it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.surface.scan_mesh import Damaged, Mesh, check_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mesoplan.surface.skin import Floats, Ints

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES = 4
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")
_MOST_NODES, _MOST_DEPTH = 10_000, 64


class Scene:
    """The description and the data of one GLB."""

    def __init__(self, document: Any, data: bytes) -> None:
        """Keep both; raises Damaged if the shape is packed or lies elsewhere."""
        if not isinstance(document, dict):
            raise Damaged("the GLB has no readable description of its content")
        packed = [name for name in document.get("extensionsRequired", ()) if name in _PACKED]
        if packed:
            raise Damaged(f"the GLB packs its triangles ({packed[0]})", "Export it without compression.")
        self._all, self._data = document, data
        self._placed: list[tuple[Floats, Ints, NDArray[np.uint8] | None]] = []
        self._count = self._nodes = 0

    def mesh(self) -> Mesh:
        """Return all parts of the scene as one mesh."""
        scenes = self._all.get("scenes") or []
        every = range(len(self._all.get("nodes", [])))
        for root in scenes[self._all.get("scene", 0)].get("nodes", []) if scenes else every:
            self._walk(root, np.eye(4), 0)
        if not self._placed:
            raise Damaged("the scan holds no triangles", "Export a surface, not points or lines.")
        before = np.cumsum([0, *(len(points) for points, _, _ in self._placed)])
        triangles = [part + first for (_, part, _), first in zip(self._placed, before[:-1], strict=True)]
        colours = [colour for _, _, colour in self._placed if colour is not None]
        shown = np.concatenate(colours) if len(colours) == len(self._placed) else None
        return Mesh(np.concatenate([points for points, _, _ in self._placed]), np.concatenate(triangles), shown)

    def _walk(self, number: int, above: Floats, depth: int) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _MOST_DEPTH:
            raise Damaged("the scene of the GLB is nested without end")
        node = _entry(self._all, "nodes", number)
        placed = above @ _local(node)
        if "mesh" in node:
            for primitive in _entry(self._all, "meshes", node["mesh"])["primitives"]:
                self._place(primitive, placed)
        for child in node.get("children", ()):
            self._walk(child, placed, depth + 1)

    def _place(self, primitive: dict[str, Any], placed: Floats) -> None:
        mode = primitive.get("mode", _TRIANGLES)
        if mode < _TRIANGLES:
            return  # points and lines
        if mode != _TRIANGLES or any(name in primitive.get("extensions", {}) for name in _PACKED):
            raise Damaged("the GLB keeps its triangles in strips or packed", "Export plain triangles.")
        points = self._values(primitive["attributes"]["POSITION"]).astype(np.float64)
        if points.shape[1:] != (3,):
            raise Damaged("the GLB has places that are not three numbers")
        if "indices" in primitive:
            index = self._values(primitive["indices"]).astype(np.int64).ravel()
        else:
            index = np.arange(len(points))
        triangles = index[: len(index) // 3 * 3].reshape(-1, 3)
        self._count += len(triangles)
        check_counts(sum(len(part) for part, _, _ in self._placed) + len(points), self._count)
        if len(triangles) and triangles.max() >= len(points):
            raise Damaged("a triangle of the scan names a vertex that is not there")
        if np.linalg.det(placed[:3, :3]) < 0.0:  # the format's rule: a mirroring node turns its triangles round
            triangles = triangles[:, ::-1]
        self._placed.append((points @ placed[:3, :3].T + placed[:3, 3], triangles, self._colours(primitive)))

    def _colours(self, primitive: dict[str, Any]) -> NDArray[np.uint8] | None:
        if "COLOR_0" not in primitive["attributes"]:
            return None
        values = self._values(primitive["attributes"]["COLOR_0"])
        if values.dtype.kind == "f":
            values = np.round(np.clip(np.nan_to_num(values), 0.0, 1.0) ** (1 / 2.2) * 255.0)
        else:
            values = values >> 8 * (values.dtype.itemsize - 1)
        shown: NDArray[np.uint8] = values[:, :3].astype(np.uint8)
        return shown

    def _values(self, number: int) -> NDArray[Any]:
        """Return the numbers (n, width) of an accessor, as far as they stand in the file itself."""
        accessor = _entry(self._all, "accessors", number)
        if "sparse" in accessor or "bufferView" not in accessor:
            raise Damaged("the GLB keeps its triangles in a form that is not read", "Export plain triangles.")
        view = _entry(self._all, "bufferViews", accessor["bufferView"])
        buffer = _entry(self._all, "buffers", view.get("buffer", 0))
        if "uri" in buffer or view.get("buffer", 0) != 0:
            message = "the GLB keeps its shape in another file, which is not opened"
            raise Damaged(message, "Export one GLB that holds everything.")
        kind, width = np.dtype(_TYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        count = accessor["count"]
        first = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        step = view.get("byteStride", kind.itemsize * width)
        numbers = (count, first, step)
        if not all(type(one) is int and one >= 0 for one in numbers) or step < kind.itemsize * width:
            raise Damaged("the GLB describes its triangles by numbers that cannot be meant")
        if count and first + step * (count - 1) + kind.itemsize * width > len(self._data):
            raise Damaged("the GLB is shorter than it says")
        return np.ndarray((count, width), kind, self._data, first, (step, kind.itemsize)) if count else np.zeros((0, 3))


def _entry(document: dict[str, Any], kind: str, number: Any) -> dict[str, Any]:
    if type(number) is not int or number < 0:
        raise Damaged("the GLB refers to parts that are not there")
    entry = document[kind][number]
    if not isinstance(entry, dict):
        raise Damaged("the GLB refers to parts that are not there")
    return entry


def _local(node: dict[str, Any]) -> Floats:
    """Return the matrix (4, 4) of a node."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    matrix[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) * np.array(node.get("scale", (1.0, 1.0, 1.0)), float)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix
