"""How far places are from skin that is not treated."""

import numpy as np
import pytest

from mesoplan.surface.border import distance_to_others_mm
from mesoplan.surface.shapes import flat_patch
from mesoplan.surface.skin import NO_ZONE, Skin


def half_treated(forbidden: int) -> Skin:
    """A square of 20 mm whose right half belongs to another zone, or to none."""
    patch = flat_patch("forearm_left", 20.0, 20.0, edge_mm=1.0)
    right = patch.vertices_mm[patch.triangles][:, :, 0].mean(axis=1) > 0.0
    zone = np.where(right, forbidden, 0)
    return Skin(patch.vertices_mm, patch.triangles, zone, ("forearm_left", "hand_left"), "patch", "confirmed")


@pytest.mark.parametrize("forbidden", [NO_ZONE, 1])
def test_the_distance_to_a_straight_border_is_told_up_to_its_limit_and_is_infinite_beyond(forbidden):
    skin = half_treated(forbidden)
    x = np.array([-0.02, -0.1, -0.149, -0.151, -3.0])
    places = np.column_stack([x, np.linspace(-7.3, 8.1, len(x)), np.zeros(len(x))])
    found = distance_to_others_mm(skin, frozenset({"forearm_left"}), places, 0.15)
    assert found[:3] == pytest.approx(-x[:3], abs=1e-9)
    assert np.isinf(found[3:]).all()


def test_no_border_lies_between_zones_that_are_both_treated_nor_where_the_surface_ends():
    skin = half_treated(1)
    places = np.array([[-0.01, 0.0, 0.0], [-9.99, 0.0, 0.0], [0.0, 9.99, 0.0]])
    both = frozenset({"forearm_left", "hand_left"})
    assert np.isinf(distance_to_others_mm(skin, both, places, 0.5)).all()


def test_distances_agree_with_a_plain_loop_along_a_crooked_border():
    rng = np.random.default_rng(3)
    patch = flat_patch("forearm_left", 20.0, 20.0, edge_mm=1.5)
    zone = np.where(rng.random(len(patch.triangles)) < 0.3, NO_ZONE, 0)
    skin = Skin(patch.vertices_mm, patch.triangles, zone, ("forearm_left",), "patch", "confirmed")
    owners: dict[tuple[int, int], list[int]] = {}
    for triangle, corners in enumerate(skin.triangles.tolist()):
        for k in range(3):
            a, b = sorted((corners[k], corners[(k + 1) % 3]))
            owners.setdefault((a, b), []).append(triangle)
    met = [ends for ends, those in owners.items() if len({zone[one] for one in those}) == 2]
    places = np.column_stack([rng.uniform(-10, 10, (300, 2)), np.zeros(300)])
    expected = []
    for place in places:
        least = np.inf
        for a, b in met:
            start, edge = skin.vertices_mm[a], skin.vertices_mm[b] - skin.vertices_mm[a]
            share = np.clip((place - start) @ edge / (edge @ edge), 0.0, 1.0)
            least = min(least, float(np.linalg.norm(place - start - share * edge)))
        expected.append(least if least < 0.2 else np.inf)
    found = distance_to_others_mm(skin, frozenset({"forearm_left"}), places, 0.2)
    assert found == pytest.approx(np.array(expected))
