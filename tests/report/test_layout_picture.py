from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mesoplan.knowledge.base import Knowledge
from mesoplan.layout.punctures import Punctures
from mesoplan.report import layout_picture as module
from mesoplan.report.layout_picture import layout_picture
from mesoplan.report.map_colours import SESSIONS_ON_LIGHT, rgb, session_colours, zone_colours
from mesoplan.report.words import Words
from mesoplan.surface.skin import Skin
from report.skins import face, scattered


@pytest.fixture(scope="module")
def words(knowledge: Knowledge) -> Words:
    return Words(knowledge, "en")


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep colours exact: JPEG of the best quality."""
    monkeypatch.setattr(module, "_QUALITY", 100)


def pixels(made: module.LayoutPicture) -> Any:
    with Image.open(io.BytesIO(made.jpeg)) as image:
        assert image.size == made.size
        return np.asarray(image.convert("RGB")).astype(int)


def near(picture: Any, colour: str) -> Any:
    return np.abs(picture - rgb(colour)).max(axis=2) < 40


def square(z: float, zone: int, low: float = 0.0, high: float = 100.0) -> tuple[Any, Any, list[int]]:
    corners = np.array([[low, low, z], [high, low, z], [high, high, z], [low, high, z]], float)
    return corners, np.array([[0, 1, 2], [0, 2, 3]]), [zone, zone]


def sheets(*parts: tuple[Any, Any, list[int]]) -> Skin:
    vertices = np.vstack([corners for corners, _, _ in parts])
    triangles = np.vstack([triangles + 4 * at for at, (_, triangles, _) in enumerate(parts)])
    zone = np.array([zone for *_, zones in parts for zone in zones])
    return Skin(vertices, triangles, zone, ("chin", "neck"), "patch", "confirmed")


def dots(skin: Skin, *places: tuple[float, float, float, int, int]) -> Punctures:
    rows = np.array(places)
    return Punctures(
        skin, rows[:, :3], rows[:, 3].astype(np.int32), rows[:, 4].astype(np.int16), int(rows[:, 4].max()) + 1, 8.0
    )


@pytest.mark.usefixtures("exact")
def test_a_dot_is_where_its_puncture_is_in_the_colour_of_its_session(words: Words) -> None:
    skin = sheets(square(0, 0))
    picture = pixels(layout_picture(dots(skin, (20, 80, 0, 1, 0), (70, 30, 0, 0, 1)), words, "exact"))
    across = np.flatnonzero((picture < 250).any(axis=2).sum(axis=0) > 300)
    left, scale = across[0], (across[-1] - across[0]) / 100
    for colour, x in zip(session_colours(2), (20, 70), strict=True):
        seen = np.argwhere(near(picture, colour))
        assert seen[:, 1].mean() == pytest.approx(left + x * scale, abs=3)
        assert np.ptp(seen[:, 1]) == pytest.approx(8 * scale, abs=5)
    ys = [np.argwhere(near(picture, colour))[:, 0].mean() for colour in session_colours(2)]
    assert (ys[1] - ys[0]) == pytest.approx(50 * scale, abs=4)  # higher on the body is higher in the picture


@pytest.mark.usefixtures("exact")
def test_what_other_skin_hides_or_faces_away_is_not_drawn(words: Words) -> None:
    cover = square(20, 1, 0, 60)
    behind, before, free = (30, 30, 0, 0, 0), (30, 40, 20, 3, 1), (80, 70, 0, 1, 2)
    picture = pixels(layout_picture(dots(sheets(square(0, 0), cover), behind, before, free), words, "exact"))
    assert [near(picture, colour).sum() > 50 for colour in session_colours(3)] == [False, True, True]
    corners, triangles, zone = square(0, 0)
    away = sheets((corners, triangles[:, ::-1], zone), square(-30, 1))
    picture = pixels(layout_picture(dots(away, (50, 50, 0, 0, 0)), words, "exact"))
    assert near(picture, session_colours(1)[0]).sum() == 0


@pytest.mark.usefixtures("exact")
def test_dots_on_steep_skin_are_not_hidden_by_its_own_triangles(words: Words) -> None:
    corners = np.array([[0, 0, 0], [20, 0, 60], [20, 100, 60], [0, 100, 0]], float)
    steep = sheets((corners, np.array([[0, 1, 2], [0, 2, 3]]), [0, 0]))
    places = [(2.0 + 4 * at, 30.0, 6.0 + 12 * at, 0, at) for at in range(4)]
    picture = pixels(layout_picture(dots(steep, *places), words, "exact"))
    assert all(near(picture, colour).sum() > 50 for colour in session_colours(4))


@pytest.mark.usefixtures("exact")
def test_one_session_shows_its_dots_alone_and_all_show_every_colour(words: Words) -> None:
    made = scattered(face(0), 500, 4)
    alone = pixels(layout_picture(made, words, "exact", session=2))
    together = pixels(layout_picture(made, words, "exact"))
    colours = session_colours(4)
    assert [near(alone, colour).sum() > 100 for colour in colours] == [False, False, True, False]
    assert all(near(together, colour).sum() > 100 for colour in colours)


def test_a_full_picture_is_small_and_always_the_same(words: Words) -> None:
    made = scattered(face(2), 28_000, 5)
    first, second = (layout_picture(made, words, "exact") for _ in range(2))
    assert first == second
    assert len(first.jpeg) < 1_000_000


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_picture_is_told_in_words_with_what_the_dots_are(knowledge: Knowledge, language: str) -> None:
    words, made = Words(knowledge, language), scattered(face(0), 21, 3)
    all_of_them = layout_picture(made, words, "example").alt
    assert words("view.mode.example") in all_of_them
    assert words.count("view.count", 63) in all_of_them
    alone = layout_picture(made, words, "exact", session=1).alt
    assert words.count("view.count", 21) in alone
    assert words("view.mode.exact") in alone


def test_sides_that_are_not_confirmed_are_marked_in_the_picture(words: Words) -> None:
    def red(side: str) -> int:
        head = pixels(layout_picture(scattered(face(0, side), 20, 1), words, "exact"))[:70]
        return int(near(head, "#a3201a").sum())

    assert red("confirmed") == red("mirrored") == 0
    assert red("not confirmed") > 500


@pytest.mark.parametrize("shape", [(1.0, 100.0), (100.0, 1.0)])
def test_a_long_or_flat_piece_of_skin_still_fits(words: Words, shape: tuple[float, float]) -> None:
    corners, triangles, zone = square(0, 0)
    skin = sheets((corners * (*(np.array(shape) / 100), 1.0), triangles, zone))
    made = layout_picture(dots(skin, (shape[0] / 2, shape[1] / 2, 0, 0, 0)), words, "exact")
    width, height = made.size
    assert width == module.WIDTH_PX
    assert 40 < height <= 1.61 * width


def test_colours_of_sessions_differ_and_both_sides_of_a_zone_have_one() -> None:
    assert len(set(SESSIONS_ON_LIGHT)) == 16
    zones = ("chin", "cheek_upper_left", "forehead", "cheek_upper_right")
    colours: Callable[..., tuple[str, ...]] = zone_colours
    for dark in (False, True):
        chin, left, forehead, right = colours(zones, dark=dark)
        assert left == right
        assert len({chin, left, forehead}) == 3
