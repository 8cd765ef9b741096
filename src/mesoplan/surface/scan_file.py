"""Reads the mesh in a scan's file, which may be anything: OBJ, PLY, STL or GLB, checked before memory is claimed.

Only the file itself is opened: a material or texture that it names is neither looked for nor fetched, since shape and
vertex colours are all that is used. Nothing compressed is unpacked.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mesoplan.errors import Problem, ProblemError
from mesoplan.surface.parameters import whole_number
from mesoplan.surface.scan_binary import read_glb, read_ply, read_stl
from mesoplan.surface.scan_mesh import Damaged, Mesh, check_counts
from mesoplan.surface.scan_text import read_obj

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACE = "--scan"
FORMATS = (".obj", ".ply", ".stl", ".glb")
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZ": "bzip2", b"\xfd7zXZ": "xz"}
_PACKED = (".gz", ".zip", ".zst", ".bz2", ".xz", ".7z", ".usdz", ".rar")


@dataclass(frozen=True, slots=True, eq=False)
class ScanFile:
    """A scan as it was read.

    Attributes:
        mesh: What is in it, as it stands there.
        sha256: Hash of the file.
    """

    mesh: Mesh
    sha256: str


def read_scan_file(path: Path) -> ScanFile:
    """Return the mesh in a scan's file.

    Raises:
        ProblemError: If the file holds no mesh that can be used; one problem, in one sentence.
    """
    content = _read(path)
    readers: dict[str, Callable[[bytes], Mesh]] = {
        ".obj": read_obj,
        ".ply": read_ply,
        ".stl": read_stl,
        ".glb": read_glb,
    }
    ending = path.suffix.lower()
    try:
        with np.errstate(all="ignore"):  # numbers of hostile bytes overflow; what comes of it is checked
            mesh = _checked(readers[ending](content))
    except Damaged as damage:
        raise scan_problem(path, damage.message, damage.remedy) from None
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, AttributeError) as error:
        raise scan_problem(path, "the scan is damaged or cut short", "Export the scan again.") from error
    except MemoryError as error:
        raise too_large(path) from error
    return ScanFile(mesh, hashlib.sha256(content).hexdigest())


def scan_problem(value: object, message: str, remedy: str) -> ProblemError:
    """Return the error for one problem with the scan."""
    return ProblemError([Problem(PLACE, str(value), message, remedy)])


def too_large(path: Path) -> ProblemError:
    """Return the error for a scan that this computer's memory cannot hold."""
    message = "the scan needs more memory than is free on this computer"
    return scan_problem(path, message, "Close other programs, or export the scan coarser.")


def _read(path: Path) -> bytes:
    """Return the file's bytes after checking that it is a regular file of sane size and known kind."""
    limit = whole_number("max_scan_bytes")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise scan_problem(path, "this is a folder, not a scan", "Name the scan in it.")
        if not stat.S_ISREG(status.st_mode):
            raise scan_problem(path, "this is not a regular file", "Name an OBJ, PLY, STL or GLB file.")
        if path.suffix.lower() in _PACKED:
            raise scan_problem(path, "a packed file is not opened", "Unpack it and name the OBJ, PLY, STL or GLB file.")
        if path.suffix.lower() not in FORMATS:
            message = "the name does not end in .obj, .ply, .stl or .glb"
            raise scan_problem(path, message, "Export the scan as one of these.")
        if not status.st_size:
            raise scan_problem(path, "the file is empty", "Copy or export the scan again.")
        if status.st_size > limit:
            message = f"the file has {status.st_size / 1e6:.0f} MB; at most {limit / 1e6:.0f} MB are read"
            raise scan_problem(path, message, "Export it coarser, as binary PLY, or cut to the face.")
        with path.open("rb") as file:
            content = file.read(limit)
    except FileNotFoundError:
        raise scan_problem(path, "there is no such file", "Check the name and the folder.") from None
    except OSError as error:
        message = f"the file cannot be read ({error.strerror})"
        raise scan_problem(path, message, "Check its name and permissions.") from None
    except ValueError:  # a null character in the name
        raise scan_problem(repr(str(path)), "this cannot be a file's name", "Name an OBJ or PLY file.") from None
    for start, kind in _COMPRESSED.items():
        if content.startswith(start):
            raise scan_problem(path, f"the file is packed ({kind}), and is not opened", "Unpack it first.")
    return content


def _checked(mesh: Mesh) -> Mesh:
    """Return the mesh with what every later step relies on: valid indices, finite and not absurd coordinates."""
    vertices, triangles = mesh.vertices, mesh.triangles
    if not len(triangles):
        raise Damaged("the scan holds no triangles", "Export a surface, not points or lines.")
    check_counts(len(vertices), len(triangles))
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise Damaged("a triangle of the scan names a vertex that is not there")
    used = np.zeros(len(vertices), bool)
    used[triangles] = True
    if not np.isfinite(vertices[used]).all():
        raise Damaged("the scan has coordinates that are not numbers")
    if np.abs(vertices[used]).max() > 1e9:
        raise Damaged("the scan has coordinates beyond any body")
    if not used.all():
        number = np.cumsum(used) - 1
        colours = None if mesh.colours is None else mesh.colours[used]
        return Mesh(vertices[used], number[triangles], colours)
    return mesh
