"""The landmark model's bundle: its networks, the canonical face mesh, and that mesh's exact partition into zones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mesoplan.errors import Problem, ProblemError
from mesoplan.surface.geometry import inside
from mesoplan.surface.model_file import ModelFile
from mesoplan.surface.zones import ZoneCatalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"
DETECTOR = "face_detector.tflite"
LANDMARKS = "face_landmarks_detector.tflite"

VERTICES = 468
"""Vertices of the mesh; the model's landmarks 468 to 477 are those of the irises."""


@dataclass(frozen=True, eq=False)
class FaceMesh:
    """The canonical face: centimetres, x to the patient's left, y up, z out of the face.

    Attributes:
        vertices: (468, 3) in cm.
        texture: (468, 2), a flat and uncrossed map of the mesh.
        triangles: (898, 3) vertex indices.
        mirror: (468,) the vertex that mirrors each one.
        basis: (n,) vertices that fix the pose, with `weights` (n,) summing to 1.
    """

    vertices: Floats
    texture: Floats
    triangles: Ints
    mirror: Ints
    basis: Ints
    weights: Floats


def read_bundle(model: ModelFile) -> dict[str, bytes]:
    """Return the members of the bundle that are used here.

    Raises:
        ProblemError: If the file is not such a bundle.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(model.content)) as archive:
            return {name: archive.read(name) for name in (DETECTOR, LANDMARKS, GEOMETRY)}
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise _not_a_bundle(model, str(error)) from error


@lru_cache(maxsize=2)
def _canonical(geometry: bytes) -> FaceMesh:
    top = list(_fields(geometry))
    mesh = list(_fields(next(value for field, value in top if field == 1)))
    corners = np.array([struct.unpack("<f", value)[0] for field, value in mesh if field == 3]).reshape(-1, 5)
    triangles = np.array([value for field, value in mesh if field == 4], np.intp).reshape(-1, 3)
    weighted = [dict(_fields(value)) for field, value in top if field == 2]
    weights = np.array([struct.unpack("<f", entry[2])[0] for entry in weighted])
    basis = np.array([entry.get(1, 0) for entry in weighted], np.intp)
    vertices = corners[:, :3]
    if len(vertices) != VERTICES or triangles.max() >= VERTICES or basis.max() >= VERTICES:
        raise ValueError(f"a mesh of {len(vertices)} vertices, not {VERTICES}")
    apart = np.linalg.norm(vertices[:, None] * (-1.0, 1.0, 1.0) - vertices[None], axis=2)
    return FaceMesh(vertices, corners[:, 3:], triangles, apart.argmin(axis=1), basis, weights / weights.sum())


def canonical_mesh(model: ModelFile, bundle: dict[str, bytes] | None = None) -> FaceMesh:
    """Return the canonical mesh of the bundle.

    Raises:
        ProblemError: If the bundle's geometry is not the face mesh that the zones' chains refer to.
    """
    members = bundle if bundle is not None else read_bundle(model)
    try:
        return _canonical(members[GEOMETRY])
    except (ValueError, IndexError, KeyError, StopIteration, struct.error, TypeError) as error:
        raise _not_a_bundle(model, str(error)) from error


def triangle_areas(points: Floats, triangles: Ints) -> Floats:
    """Return the area of each triangle in the square of the points' unit; points are (n, 3)."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    areas: Floats = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return areas


def closed_chain(chain: tuple[int, ...], paired: bool, mirror: Ints) -> tuple[int, ...]:
    """Return the closed outline of the patient's right zone, or of the whole midline zone, as vertex indices."""
    if paired:
        return chain
    back = tuple(int(mirror[vertex]) for vertex in reversed(chain) if mirror[vertex] != vertex)
    return chain + back


def zone_chains(zones: ZoneCatalogue, mirror: Ints) -> dict[str, tuple[int, ...]]:
    """Return the closed outline of every mesh zone by zone id."""
    chains: dict[str, tuple[int, ...]] = {}
    for base in zones.bases.values():
        if base.surface != "mesh":
            continue
        outline = closed_chain(base.chain, base.paired, mirror)
        chains[base.ids[0]] = outline
        if base.paired:
            chains[base.ids[1]] = tuple(int(mirror[vertex]) for vertex in outline)
    return chains


def zone_triangles(zones: ZoneCatalogue, mesh: FaceMesh) -> dict[str, Ints]:
    """Return the triangles of every mesh zone: those whose centroid its outline encloses in the texture plane."""
    centroids = mesh.texture[mesh.triangles].mean(axis=1)
    return {
        zone: np.nonzero(inside(centroids, mesh.texture[list(chain)]))[0]
        for zone, chain in zone_chains(zones, mesh.mirror).items()
    }


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield field number and raw value of each field of a protocol-buffer message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        length = {1: 8, 5: 4}.get(wire)
        if wire == 2:
            length, at = _varint(message, at)
        if length is None:
            raise ValueError(f"unknown wire type {wire}")
        yield field, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _not_a_bundle(model: ModelFile, reason: str) -> ProblemError:
    remedy = "Run `mesoplan model install`, or name a complete face_landmarker.task."
    message = f"the file is not a usable face model ({reason}; SHA-256 {model.sha256})"
    return ProblemError([Problem("face model", str(model.path), message, remedy)])
