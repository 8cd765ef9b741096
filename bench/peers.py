"""One peer places points on a mesh, in a process of its own: `peers.py NAME MESH.npz OUT.npz COUNT RUNS FACTOR`.

Runs in .venv-bench and imports nothing of Mesoplan. A method that takes a radius instead of a count is tried once, and
the radius set by the count that came out; FACTOR spares that trial where it is known. Only the call itself is timed.
Exit code 4: this peer is not installed here, with the reason on the last line.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable

import numpy as np

MODULES = {
    "trimesh": "trimesh",
    "pymeshlab": "pymeshlab",
    "libigl": "igl",
    "open3d": "open3d",
    "point-cloud-utils": "point_cloud_utils",
}
USUAL_FACTOR = 0.8
"""Radius of Poisson discs against the root of the area of one point, before it is known better."""
MISSING = 4

Sampler = Callable[[int, float, int], np.ndarray]
"""(count, radius, seed) to (n, 3) points."""


def trimesh(module, points: np.ndarray, triangles: np.ndarray) -> Sampler:
    mesh = module.Trimesh(points, triangles, process=False)
    return lambda count, radius, seed: module.sample.sample_surface_even(mesh, count, seed=seed)[0]


def pymeshlab(module, points: np.ndarray, triangles: np.ndarray) -> Sampler:
    def sample(count: int, radius: float, seed: int) -> np.ndarray:
        meshes = module.MeshSet()
        meshes.add_mesh(module.Mesh(points, triangles))
        meshes.generate_sampling_poisson_disk(radius=module.PureValue(radius))
        return meshes.current_mesh().vertex_matrix()

    return sample


def libigl(module, points: np.ndarray, triangles: np.ndarray) -> Sampler:
    return lambda count, radius, seed: module.blue_noise(points, triangles, radius)[2]


def open3d(module, points: np.ndarray, triangles: np.ndarray) -> Sampler:
    vectors = module.utility
    mesh = module.geometry.TriangleMesh(
        vectors.Vector3dVector(points), vectors.Vector3iVector(triangles.astype(np.int32))
    )

    def sample(count: int, radius: float, seed: int) -> np.ndarray:
        vectors.random.seed(seed)
        return np.asarray(mesh.sample_points_poisson_disk(count).points)

    return sample


def point_cloud_utils(module, points: np.ndarray, triangles: np.ndarray) -> Sampler:
    def sample(count: int, radius: float, seed: int) -> np.ndarray:
        face, weights = module.sample_mesh_poisson_disk(points, triangles, -1, radius=radius, random_seed=seed)
        return module.interpolate_barycentric_coords(triangles, face, weights, points)

    return sample


SAMPLERS = {
    "trimesh": trimesh,
    "pymeshlab": pymeshlab,
    "libigl": libigl,
    "open3d": open3d,
    "point-cloud-utils": point_cloud_utils,
}
BY_RADIUS = ("pymeshlab", "libigl", "point-cloud-utils")


def peak_mb() -> float:
    """Return the peak memory of this process alone; where the system tells none, nan."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    except OSError:
        return float("nan")


def main(name: str, mesh: str, out: str, count: int, runs: int, factor: float) -> int:
    try:
        module = importlib.import_module(MODULES[name])
    except ImportError as error:
        print(error)
        return MISSING
    with np.load(mesh) as held:
        points, triangles, area = held["points"], held["triangles"], float(held["area_mm2"])
    sample = SAMPLERS[name](module, points, triangles)
    side = np.sqrt(area / count)
    if name in BY_RADIUS and factor == 0.0:
        found = len(sample(count, USUAL_FACTOR * side, 99))
        factor = USUAL_FACTOR * np.sqrt(found / count)
    seconds, results = [], {}
    begun = time.process_time()
    for run in range(runs):
        start = time.perf_counter()
        found = sample(count, factor * side, 1 + run)
        seconds.append(time.perf_counter() - start)
        results[f"points_{run}"] = found
    cpu = time.process_time() - begun
    np.savez(out, **results)
    print(json.dumps({"seconds": seconds, "cpu_s": cpu / runs, "peak_mb": peak_mb(), "factor": factor}))
    return 0


if __name__ == "__main__":
    _, NAME, MESH, OUT, COUNT, RUNS, FACTOR = sys.argv
    raise SystemExit(main(NAME, MESH, OUT, int(COUNT), int(RUNS), float(FACTOR)))
