"""The synthetic heads on which layouts are tried are what they say they are."""

from __future__ import annotations

import numpy as np
import pytest

from mesoplan.surface import load_zones
from mesoplan.surface.skin import NO_ZONE, Skin
from mesoplan.surface.zones import other_side
from surface.heads import HEADS, SCANNED, head_skin, phone_scan

ZONES = load_zones()


def test_there_are_ten_heads_of_both_sexes_two_ages_and_three_ancestries() -> None:
    assert len(HEADS) == 10
    assert {origin for origin, *_ in HEADS.values()} == {"african", "asian", "caucasian"}
    assert {(sex, age) for _, sex, age, _ in HEADS.values()} == {
        (sex, age) for sex in ("female", "male") for age in ("young", "old")
    }


@pytest.mark.parametrize("name", HEADS)
def test_a_head_has_every_treated_zone_in_a_plausible_size_and_alike_on_both_sides(name: str) -> None:
    skin = head_skin(name)
    assert set(skin.zones) == {zone for zone in ZONES.ids("mesh") if ZONES.base(zone).treatable}
    assert 40_000 < (skin.zone != NO_ZONE).sum() < 50_000
    assert 230 < sum(skin.area_cm2(zone) for zone in skin.zones) < 360
    for zone in skin.zones:
        assert skin.area_cm2(zone) == pytest.approx(skin.area_cm2(other_side(zone)), rel=0.08)
    assert (skin.normals[skin.zone != NO_ZONE][:, 2] > -0.5).mean() > 0.99


def test_the_heads_differ_from_each_other() -> None:
    sizes = np.array([[head_skin(name).area_cm2(zone) for zone in head_skin(name).zones] for name in HEADS])
    apart = np.abs(sizes[:, None] / sizes[None] - 1).max(axis=2)
    assert (apart + np.eye(10) > 0.03).all()


def test_the_phone_scan_has_noise_holes_hair_colours_and_the_zones_of_its_head() -> None:
    scan, head = phone_scan(), head_skin(SCANNED)
    skin = scan.skin
    assert 30_000 < len(skin.triangles) < 60_000
    assert scan.colours.shape == skin.vertices_mm.shape
    assert scan.colours[:, 0].std() > 20
    assert _rims(skin) > 5
    assert sum(skin.area_cm2(zone) for zone in skin.zones) == pytest.approx(
        sum(head.area_cm2(zone) for zone in head.zones), rel=0.05
    )


def _rims(skin: Skin) -> int:
    """Return how many closed borders the sheet has: its outer one and its holes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sides = np.sort(skin.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, count = np.unique(sides, axis=0, return_counts=True)
    rim = edges[count == 1]
    names, ends = np.unique(rim, return_inverse=True)
    ends = ends.reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(names), len(names)))
    return int(connected_components(graph)[0])
