"""The picture of the zones: their places, the patient's sides, the circles kept out, and nothing else in the file."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mesoplan.surface import Picture, Surface, load_zones, photo_instructions, photo_overlay
from mesoplan.surface.build import build_face
from mesoplan.surface.draw import zone_numbers


def opened(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def built(astronaut: Path, **options: object) -> tuple[Surface, Picture]:
    face = build_face(photo=astronaut, **options)  # type: ignore[arg-type]
    assert face.picture is not None
    return face.surface, face.picture


def place(surface: Surface, point: tuple[float, float], width: int = 1200) -> tuple[int, int]:
    left, top, box, _ = surface.view_box
    return round((point[1] - top) * width / box), round((point[0] - left) * width / box)


def test_a_coloured_zone_is_tinted_and_its_neighbours_are_not(astronaut: Path) -> None:
    surface, picture = built(astronaut, mirrored="no")
    plain = opened(photo_overlay(surface, picture, {}, form="PNG"))
    tinted = opened(
        photo_overlay(surface, picture, {"cheek_upper_left": "#0000ff"}, labels={"cheek_upper_left": ""}, form="PNG")
    )
    centre = {o.zone: o.label_at for o in surface.outlines}
    there = tinted[place(surface, centre["cheek_upper_left"])] - plain[place(surface, centre["cheek_upper_left"])]
    assert there[2] > 10
    assert there[0] < -10
    for zone in ("cheek_upper_right", "forehead", "chin", "nose"):
        assert (tinted[place(surface, centre[zone])] == plain[place(surface, centre[zone])]).all(), zone


def test_every_outline_is_drawn_along_its_corners(astronaut: Path) -> None:
    surface, picture = built(astronaut, mirrored="no")
    drawn = opened(photo_overlay(surface, picture, {"forehead": "#ffffff"}, form="PNG"))
    forehead = next(o for o in surface.outlines if o.zone == "forehead")
    (x0, y0), (x1, y1) = forehead.points[0], forehead.points[1]
    row, column = place(surface, ((x0 + x1) / 2, (y0 + y1) / 2))
    crossing = drawn[row - 4 : row + 5, column].min(axis=1)
    assert crossing.max() > crossing.min() + 60  # a light line with a dark rim crosses this column
    assert abs(int(crossing.argmax()) - 4) <= 1


def test_zones_without_a_colour_are_outlined_too(astronaut: Path) -> None:
    surface, picture = built(astronaut, mirrored="no")
    grey = io.BytesIO()
    Image.new("RGB", picture.size, (90, 90, 90)).save(grey, "PNG")
    drawn = opened(photo_overlay(surface, Picture(grey.getvalue(), picture.size), {}, form="PNG"))
    for outline in surface.outlines:
        for (x0, y0), (x1, y1) in zip(outline.points, outline.points[1:], strict=False):
            row, column = place(surface, ((x0 + x1) / 2, (y0 + y1) / 2))
            assert drawn[row - 2 : row + 3, column - 2 : column + 3].max() > 115, outline.zone


def test_a_keep_out_is_ringed_in_red(astronaut: Path) -> None:
    surface, picture = built(astronaut, mirrored="no", keep_outs=["photo:255,125,4"])
    drawn = opened(photo_overlay(surface, picture, {}, form="PNG"))
    red, green, blue = drawn[place(surface, (255 + 4 * 0.955, 125.0))]
    assert red > 150
    assert max(green, blue) < 110


def test_the_sides_are_marked_and_an_unconfirmed_side_is_warned_of(astronaut: Path) -> None:
    pictures = {}
    for mirrored in ("no", "yes", None):
        surface, picture = built(astronaut, mirrored=mirrored)
        pictures[mirrored] = opened(photo_overlay(surface, picture, {}, form="PNG"))
    corner, middle = np.s_[:80, :90], np.s_[20:75, 430:770]
    assert (pictures["no"][corner] != pictures["yes"][corner]).any()  # R becomes L
    assert (pictures["no"][middle] == pictures["yes"][middle]).all()
    warned = pictures[None][middle] - pictures["no"][middle]
    assert (np.abs(warned).sum(axis=2) > 60).mean() > 0.5
    assert np.median(pictures[None][middle].reshape(-1, 3), axis=0)[0] > 150  # the panel is red


def test_cyrillic_words_are_drawn_not_boxes(astronaut: Path) -> None:
    surface, picture = built(astronaut)
    russian = photo_overlay(surface, picture, {}, side_words=("П", "Л"), warning="СТОРОНА НЕ ПОДТВЕРЖДЕНА", form="PNG")
    boxes = photo_overlay(surface, picture, {}, side_words=("П", "Л"), warning="\ufffe" * 23, form="PNG")
    assert russian != boxes
    assert russian != photo_overlay(
        surface, picture, {}, side_words=("Л", "П"), warning="СТОРОНА НЕ ПОДТВЕРЖДЕНА", form="PNG"
    )


def test_identical_input_gives_identical_bytes_and_no_metadata(astronaut: Path) -> None:
    surface, picture = built(astronaut)
    for form in ("PNG", "JPEG"):
        first = photo_overlay(surface, picture, {"chin": "#336699"}, form=form)  # type: ignore[arg-type]
        assert first == photo_overlay(surface, picture, {"chin": "#336699"}, form=form)  # type: ignore[arg-type]
        with Image.open(io.BytesIO(first)) as image:
            assert image.size[0] == 1200
            assert not image.getexif()
            assert "comment" not in image.info


def test_a_surface_is_only_drawn_on_its_own_picture(astronaut: Path) -> None:
    surface, picture = built(astronaut)
    with pytest.raises(ValueError, match="not built from this picture"):
        photo_overlay(surface, Picture(picture.jpeg, (10, 10)))
    with pytest.raises(ValueError, match="color"):
        photo_overlay(surface, picture, {"chin": "no colour"})


def test_both_sides_of_a_pair_share_a_number_and_untreated_zones_have_none() -> None:
    numbers = zone_numbers()
    zones = load_zones()
    assert numbers["cheek_upper_left"] == numbers["cheek_upper_right"]
    treatable = [base for base in zones.bases.values() if base.surface == "mesh" and base.treatable]
    assert sorted(set(numbers.values()), key=int) == [str(n) for n in range(1, len(treatable) + 1)]
    assert "eye_left" not in numbers


def test_the_photo_instructions_exist_in_both_languages() -> None:
    english, russian = photo_instructions("en"), photo_instructions("ru")
    assert len(english[1]) == len(russian[1]) >= 6
    assert all(step.isascii() for step in english[1])
    assert all(any("а" <= letter <= "я" for letter in step) for step in russian[1])


def test_importing_the_surface_stage_loads_neither_numpy_nor_opencv_nor_pillow() -> None:
    code = (
        "import sys, mesoplan.surface, mesoplan.surface.model, mesoplan.surface.build; "
        "mesoplan.surface.build_surface(pupillary_distance_mm=60.0); "
        "print([name for name in ('numpy', 'cv2', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
