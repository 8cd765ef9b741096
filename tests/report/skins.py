"""A face and punctures on it for the tests of map, picture and viewer: made here, not by the layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from mesoplan.layout.punctures import Punctures
from mesoplan.report.map_content import MapContent, MapCover, ZoneCard
from mesoplan.surface.mesh import canonical_mesh, zone_triangles
from mesoplan.surface.model_file import find_model
from mesoplan.surface.skin import Skin
from mesoplan.surface.zones import load_zones


def face(times: int = 2, side: Any = "confirmed") -> Skin:
    """The canonical face, each triangle cut into four at the middles of its edges, `times` over."""
    mesh, catalogue = canonical_mesh(find_model()), load_zones()
    zones = catalogue.ids("mesh")
    zone = np.full(len(mesh.triangles), -1)
    for at, name in enumerate(zones):
        if catalogue.base(name).treatable:
            zone[zone_triangles(catalogue, mesh)[name]] = at
    vertices, triangles = mesh.vertices * 10.0, mesh.triangles.astype(np.int64)
    for _ in range(times):
        edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, where = np.unique(edges, axis=0, return_inverse=True)
        middle = where.reshape(-1, 3) + len(vertices)
        vertices = np.vstack([vertices, vertices[unique].mean(axis=1)])
        a, b, c = triangles.T
        ab, bc, ca = middle.T
        parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        triangles = np.stack([np.column_stack(part) for part in parts], axis=1).reshape(-1, 3)
        zone = np.repeat(zone, 4)
    return Skin(vertices, triangles, zone, zones, "canonical", side)


def scattered(skin: Skin, each: int, sessions: int, seed: int = 7) -> Punctures:
    """So many punctures in each session, anywhere in the zones."""
    draw = np.random.default_rng(seed)
    areas = skin.triangle_areas_mm2 * (skin.zone >= 0)
    triangle = draw.choice(len(areas), each * sessions, p=areas / areas.sum()).astype(np.int32)
    weights = draw.dirichlet([1, 1, 1], len(triangle))
    positions = np.einsum("nk,nkd->nd", weights, skin.vertices_mm[skin.triangles[triangle]])
    session = np.repeat(np.arange(sessions, dtype=np.int16), each)
    return Punctures(skin, positions, triangle, session, sessions, 0.2)


def content(punctures: Punctures, **changes: Any) -> MapContent:
    """A map of these punctures, as a plan would give it."""
    zones = punctures.skin.zones
    rows = (("Depth", "1 mm"), ("Area fraction", "20 %"), ("Spacing", "0.55 mm"))
    facts: dict[str, Any] = {
        "mode": "exact",
        "cover": tuple(MapCover(1 - 0.8 ** (k + 1), 0.5, ideal=0.2 * (k + 1)) for k in range(punctures.sessions)),
        "cards": {zone: ZoneCard(zone.replace("_", " "), rows) for zone in zones},
        "heading": ("Test Client, 12345",),
        "session_names": tuple(f"{6 + 21 * k} Dec" for k in range(punctures.sessions)),
    }
    return MapContent(punctures, **(facts | changes))
