"""The map in space as a file: what stands in it, and what must not. tests/browser opens it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.layout.punctures import Punctures
from mesoplan.report import map_page as module
from mesoplan.report.map_content import MapContent, MapCover, ZoneCard
from mesoplan.report.map_geometry import (
    STEPS,
    border_edges,
    box_of,
    dots_data,
    mesh_data,
    octahedral,
    simplified,
    vertex_normals,
)
from mesoplan.report.map_page import LARGEST_BYTES, map_page, write_map
from mesoplan.report.words import Words
from mesoplan.surface.skin import Skin
from report.skins import content, face, scattered


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text inside each script and style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self.text = ""
        self._open = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in ("script", "style"):
            self.inside.append((self._open, data))
        else:
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(next(text for tag, text in self.inside if tag == "script"))
        return loaded


@pytest.fixture(scope="module")
def small() -> Punctures:
    return scattered(face(0), 600, 3)


@pytest.fixture(scope="module")
def english(knowledge: Knowledge) -> Words:
    return Words(knowledge, "en")


def unpacked(text: str, kind: str, width: int) -> Any:
    return np.frombuffer(base64.b64decode(text), kind).reshape(-1, width)


def test_the_page_runs_nothing_but_its_own_script_and_asks_for_nothing(small: Punctures, english: Words) -> None:
    page = Page(map_page(content(small), english))
    (policy,) = [one["content"] for tag, one in page.elements if one.get("http-equiv") == "Content-Security-Policy"]
    digests = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for tag, text in page.inside
    }  # the last script is the viewer, the first one is data
    assert policy is not None
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{digests['script']}'",
        f"style-src 'sha256-{digests['style']}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    held = {name for _, attributes in page.elements for name in attributes}
    assert not held & {"src", "href", "style", "action", "srcset"}
    assert not any(name.startswith("on") for name in held)
    assert [tag for tag, _ in page.elements].count("script") == 2
    (style,) = [text for tag, text in page.inside if tag == "style"]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize(
    "name", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{script}}", "<!--"]
)
def test_a_hostile_name_is_text_wherever_it_stands(small: Punctures, english: Words, name: str) -> None:
    cards = {zone: ZoneCard(name, ((name, name),)) for zone in small.skin.zones}
    given = content(small, cards=cards, heading=(name,), warnings=(name,), session_names=(name,) * 3)
    page, plain = Page(map_page(given, english)), Page(map_page(content(small), english))
    kinds = [tag for tag, _ in page.elements]
    assert kinds.count("script") == 2
    assert "img" not in kinds
    assert page.text.count(name) >= len(small.skin.zones)
    assert page.inside[-1] == plain.inside[-1]
    (title,) = [at for at, tag in enumerate(kinds) if tag == "title"]
    assert kinds[title + 1] == "style"


@given(st.text(max_size=40))
@settings(max_examples=40)
def test_no_text_whatever_breaks_out_of_the_data(text: str) -> None:
    written = module._json({"text": text})
    assert json.loads(written) == {"text": text}
    assert not re.search(r"[<>&\u2028\u2029]", written)


def test_positions_in_the_page_are_those_of_the_punctures_to_a_hundredth_of_a_millimetre(small: Punctures) -> None:
    box = box_of(small.skin)
    data = dots_data(small, box, len(small))
    order = np.lexsort([np.arange(len(small)), small.zone, small.session])
    read = box.low_mm + unpacked(data["position"], "<u2", 3) / STEPS * box.size_mm
    assert np.abs(read - small.positions_mm[order]).max() < 0.005
    tag = unpacked(data["tag"], "u1", 4)
    assert (tag[:, 0] == small.session[order]).all()
    assert (tag[:, 1] == small.zone[order]).all()
    assert data["every"] == 1
    assert data["ends"] == np.cumsum(small.count().sum(axis=0)).tolist()


@pytest.mark.parametrize(("most", "every"), [(1800, 1), (1799, 2), (600, 3), (1, 1800)])
def test_of_too_many_punctures_every_nth_is_drawn_and_sessions_stay_apart(
    small: Punctures, most: int, every: int
) -> None:
    data = dots_data(small, box_of(small.skin), most)
    tag = unpacked(data["tag"], "u1", 4)
    assert data["every"] == every
    assert len(tag) == -(-len(small) // every) <= max(most, 1)
    for session, end in enumerate(data["ends"]):
        assert (tag[:end, 0] <= session).all()
        assert (tag[end:, 0] > session).all()


def test_a_page_never_grows_beyond_its_limit_and_says_what_it_leaves_out(
    small: Punctures, english: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = map_page(content(small), english)
    assert "th puncture is drawn" not in whole.decode()
    limit = len(whole) - 5000 + 30_000
    monkeypatch.setattr(module, "LARGEST_BYTES", limit)
    less = map_page(content(small), english)
    assert len(less) <= limit
    assert "every 2nth" not in less.decode()
    assert "th puncture is drawn" in less.decode()
    counted = re.search(r"Sessions 1 to 3 of 3: ([\d,]+) punctures", less.decode())
    assert counted is not None
    assert counted[1] == "1,800"


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.05))
def test_a_direction_comes_back_from_two_bytes_within_a_degree(way: tuple[float, float, float]) -> None:
    normal = np.array([way]) / np.linalg.norm(way)
    x, y = (octahedral(normal)[0] / 127.5 - 1.0).tolist()
    z = 1.0 - abs(x) - abs(y)
    under = max(-z, 0.0)
    back = np.array([x - (under if x >= 0 else -under), y - (under if y >= 0 else -under), z])
    assert float(normal[0] @ back / np.linalg.norm(back)) > np.cos(np.radians(1.0))


def test_the_skin_in_the_page_has_its_triangles_zones_and_smooth_normals() -> None:
    skin = face(1)
    box = box_of(skin)
    data = mesh_data(skin, box)
    index = unpacked(data["index"], "<u4", 3)
    read = box.low_mm + unpacked(data["position"], "<u2", 3)[index] / STEPS * box.size_mm
    assert np.abs(read - skin.vertices_mm[skin.triangles]).max() < 0.005
    zone = unpacked(data["zone"], "u1", 1)[index, 0]
    assert (zone == np.where(skin.zone < 0, 255, skin.zone)[:, None]).all()
    normal = unpacked(data["normal"], "i1", 3)[index] / 127
    assert np.abs(normal - vertex_normals(skin)[skin.triangles]).max() < 0.006


def test_borders_are_drawn_where_two_zones_meet_and_nowhere_else() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0]], float)
    triangles = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 2]])
    skin = Skin(vertices, triangles, np.array([0, 0, -1]), ("chin",), "patch", "confirmed")
    assert border_edges(skin).tolist() == [[1, 2]]


def test_a_huge_skin_is_made_smaller_without_moving_far_and_keeps_its_zones() -> None:
    skin = face(3)
    less, moved = simplified(skin, 9000)
    assert len(less.triangles) <= 9000 < len(skin.triangles)
    assert 0 < moved < 3
    for zone in ("forehead", "cheek_upper_left", "chin"):
        assert less.area_cm2(zone) == pytest.approx(skin.area_cm2(zone), rel=0.1)
    assert simplified(skin) == (skin, 0.0)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("side", ["confirmed", "mirrored", "not confirmed"])
def test_the_sides_are_named_and_a_doubt_about_them_is_told_at_the_head_and_in_the_scene(
    knowledge: Knowledge, language: str, side: str
) -> None:
    words = Words(knowledge, language)
    page = map_page(content(scattered(face(0, side), 50, 2)), words).decode()
    doubt = "?" if side == "not confirmed" else ""
    for name in ("right", "left"):
        assert f">{words(f'side.{name}_full')}{doubt}</span>" in page
        assert f">{words(f'view.seen.{name}')}{doubt}</span>" in page
    told = page.split("<main>")[0]
    assert (words("side.not_confirmed") in told) is (side == "not confirmed")
    assert (words("side.mirrored") in told) is (side == "mirrored")
    assert page.count(words("side.not_confirmed_text")) == (side == "not confirmed")
    assert page.count('class="side-mark"') == (side == "not confirmed")


def test_every_zone_and_session_is_in_the_text_without_any_script(small: Punctures, english: Words) -> None:
    page = map_page(content(small), english).decode()
    table = page.split("<table>")[1].split("</table>")[0]
    counts = small.count()
    for at, zone in enumerate(small.skin.zones):
        cells = "".join(f"<td>{many}</td>" for many in (*counts[at], counts[at].sum()))
        row = f'<th scope="row">{zone.replace("_", " ")}</th>{cells}'
        assert (row in table) is bool(counts[at].sum())
    assert english("view.no_script") in page


def test_an_example_of_a_free_hand_is_called_one_and_an_exact_layout_never_shows_the_ideal_alone(
    small: Punctures, english: Words
) -> None:
    example = content(small, mode="example", cover=(MapCover(0.2, low=0.17, high=0.23), None, None))
    shown = map_page(example, english).decode()
    assert "SIMULATED EXAMPLE" in shown
    assert "17\u201323\u00a0%" in shown
    assert "Cover after session 2: not computed here" in shown
    exact = map_page(content(small), english).decode()
    assert exact.count("with a registration error of 0.5\u00a0mm") == exact.count("On paper") == 3
    assert "SIMULATED" not in exact
    with pytest.raises(ValueError, match="registration error"):
        content(small, cover=(MapCover(0.2, ideal=0.2),) * 3)


@pytest.mark.parametrize("wrong", [{"cover": ()}, {"session_names": ("one",)}, {"first_shown": 0}, {"first_shown": 4}])
def test_a_map_whose_sessions_do_not_agree_is_refused(small: Punctures, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="session"):
        content(small, **wrong)


def test_the_same_map_is_the_same_file_and_is_replaced_only_when_asked(
    small: Punctures, english: Words, tmp_path: Path
) -> None:
    path = write_map(tmp_path / "map.html", content(small), english)
    first = path.read_bytes()
    with pytest.raises(ProblemError, match="stands there already"):
        write_map(path, content(small), english)
    write_map(path, content(small), english, overwrite=True)
    assert path.read_bytes() == first
    assert len(first) < LARGEST_BYTES


def test_without_the_viewer_the_error_says_how_to_get_it(
    small: Punctures, english: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUNDLE", "no-such.js")
    with pytest.raises(ProblemError, match=r"dev\.py setup"):
        write_map(tmp_path / "map.html", content(small), english)
    assert list(tmp_path.iterdir()) == []


def test_a_zone_that_nothing_is_told_of_is_called_by_its_id(small: Punctures, english: Words) -> None:
    bare = MapContent(small, "exact", (None,) * 3)
    assert ">cheek_upper_left</button>" in map_page(bare, english).decode()
