import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageDraw
from tests.report.conftest import Case

from mesoplan.report.context import PaperContext
from mesoplan.report.svg import STYLES, cropped_jpeg, plan_map
from mesoplan.surface.model import KeepOut, Picture, Surface

Cases = Callable[..., Case]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(case: Case, **changes: object) -> ElementTree.Element:
    plan = replace(case.plan, surface=replace(case.plan.surface, **changes)) if changes else case.plan
    return ElementTree.fromstring(plan_map(PaperContext(plan, case.knowledge, case.clinic), None))


def words(root: ElementTree.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


def picture(size: tuple[int, int] = (600, 800)) -> Picture:
    image = Image.new("RGB", size, (200, 180, 170))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=(90, 120, 200))
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return Picture(out.getvalue(), size)


def test_every_zone_is_drawn_and_only_goals_are_coloured(cases: Cases) -> None:
    case = cases("wart")
    root = drawn(case)
    zones = {node.get("data-zone"): node.get("data-status") for node in root.iter() if node.get("data-zone")}
    assert set(zones) == {outline.zone for outline in case.plan.surface.outlines}
    coloured = {zone: status for zone, status in zones.items() if status}
    assert coloured == {
        "forehead": "treat",
        "cheek_upper_right": "treat",
        "cheek_upper_left": "defer",
        "cheek_lower_right": "treat",
        "cheek_lower_left": "treat",
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("may treat", "treat"),
        ("needs info", "info"),
        ("defer", "defer"),
        ("physician", "doctor"),
        ("contraindicated", "no"),
    ],
)
def test_each_status_has_a_pattern_and_words_beside_its_colour(cases: Cases, name: str, status: str) -> None:
    root = drawn(cases(name))
    assert any(node.get("fill") == f"url(#p-{status})" for node in root.iter(f"{SVG}path"))
    label = cases(name).knowledge.words("en")[f"status.{status}"]
    assert any(text.startswith(f"{label}: ") for text in words(root))
    assert len({pattern for _, pattern in STYLES.values()}) == len(STYLES)


def test_zones_carry_the_numbers_of_the_tables(cases: Cases) -> None:
    numbers = [text for text in words(drawn(cases("may treat"))) if text.isdigit()]
    assert sorted(numbers) == ["1", "2", "3", "4", "5"]


def test_the_map_is_titled_and_described_for_those_who_do_not_see_it(cases: Cases) -> None:
    root = drawn(cases("wart"))
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert "Anna Example" in (title.text or "")
    assert description is not None
    assert "not yet: 3" in (description.text or "")


def test_the_clients_right_stands_on_the_left_of_the_page_and_a_mirrored_photo_turns_it(cases: Cases) -> None:
    def order(root: ElementTree.Element) -> list[str]:
        sides = [node for node in root.iter(f"{SVG}text") if "CLIENT" in (node.text or "")]
        return [node.text or "" for node in sorted(sides, key=lambda node: float(node.get("x", "0")))]

    assert order(drawn(cases("may treat"))) == ["CLIENT’S RIGHT", "CLIENT’S LEFT"]
    assert order(drawn(cases("may treat"), side="mirrored")) == ["CLIENT’S LEFT", "CLIENT’S RIGHT"]


def test_zones_of_the_clients_right_lie_on_the_left_of_the_drawing(cases: Cases) -> None:
    root = drawn(cases("may treat"))
    starts = {
        node.get("data-zone"): float(re.match(r"M([\d.]+)", part.get("d", "")).group(1))  # type: ignore[union-attr]
        for node in root.iter(f"{SVG}g")
        if node.get("data-zone")
        for part in node
    }
    assert starts["cheek_upper_right"] < starts["forehead"] + 400
    assert starts["cheek_upper_right"] < starts["cheek_upper_left"]


def test_unconfirmed_sides_are_doubted_at_both_ends(cases: Cases) -> None:
    shown = words(drawn(cases("may treat"), side="not confirmed"))
    assert {"CLIENT’S RIGHT?", "CLIENT’S LEFT?", "SIDE NOT CONFIRMED"} <= set(shown)


def test_keep_outs_on_the_face_are_drawn_and_those_elsewhere_are_not(cases: Cases) -> None:
    ring = KeepOut("chin:0,0,5", "chin", 300.0, 400.0, 20.0, 5.0, (("chin", 0.8),))
    away = KeepOut("neck:0,0,5", "neck", 0.0, 0.0, 20.0, 5.0, (("neck", 0.8),))
    root = drawn(cases("may treat"), keep_outs=(ring, away))
    assert sum(node.get("data-keep-out") == "true" for node in root.iter(f"{SVG}g")) == 1
    assert "kept out" in words(root)


def test_the_photo_is_embedded_without_the_originals_metadata(cases: Cases) -> None:
    case, photo = cases("may treat"), picture()
    surface: Surface = replace(
        case.plan.surface, kind="photo", picture_size=photo.size, view_box=(50.0, 100.0, 500.0, 600.0)
    )
    context = PaperContext(replace(case.plan, surface=surface), case.knowledge, case.clinic)
    svg = plan_map(context, photo)
    data = re.search(r'href="data:image/jpeg;base64,([^"]+)"', svg)
    assert data is not None
    raw = base64.b64decode(data.group(1))
    assert b"SECRET" in photo.jpeg
    assert b"SECRET" not in raw
    assert b"Exif" not in raw
    with Image.open(io.BytesIO(raw)) as image:
        assert not image.getexif()
    assert svg == plan_map(context, photo)


def test_a_crop_shows_the_part_asked_for() -> None:
    with Image.open(io.BytesIO(cropped_jpeg(picture(), (0.0, 0.0, 300.0, 400.0), 150))) as left:
        assert left.size == (150, 200)
        assert left.getpixel((75, 100))[2] > 180
    with Image.open(io.BytesIO(cropped_jpeg(picture(), (350.0, 0.0, 400.0, 400.0), 1000))) as right:
        assert right.size == (250, 400)  # cut at the picture's edge, never enlarged
        assert right.getpixel((100, 100))[0] > 180


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_names_of_the_two_sides_never_touch(cases: Cases, language: str) -> None:
    """A bold capital takes three quarters of its height at most; three heights stay free between the two names."""
    case = cases("may treat")
    plan = replace(case.plan, language=language, surface=replace(case.plan.surface, side="not confirmed"))
    root = ElementTree.fromstring(plan_map(PaperContext(plan, case.knowledge, case.clinic), None))
    lines: dict[str, float] = {}
    said = ""
    for node in root.findall(f"{SVG}text"):
        if node.get("text-anchor") in ("start", "end"):
            size, text = float(node.get("font-size") or 0), node.text or ""
            lines[node.get("y") or ""] = lines.get(node.get("y") or "", 3 * size) + 0.75 * size * len(text)
            said += f"{text} "
    assert max(lines.values()) <= 1000 - 2 * 16
    full = [case.knowledge.words(language)[f"side.{one}_full"] for one in ("right", "left")]
    assert said.split() == f"{full[0]}? {full[1]}?".split()
