"""What is read as a photo: every kind of picture a phone or a scanner makes, and one sentence for everything else."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mesoplan.errors import ProblemError
from mesoplan.surface.picture import Photo, read_photo

Save = Callable[..., Path]


@pytest.fixture(scope="module")
def gradient() -> Image.Image:
    """A picture without symmetry, so that every turn of it can be told."""
    y, x = np.mgrid[0:60, 0:40]
    return Image.fromarray(np.stack([x * 6, y * 4, (x + y) * 2], axis=2).astype(np.uint8))


def problem(path: Path, *, of_the_name: bool = False) -> str:
    with pytest.raises(ProblemError) as caught:
        read_photo(path)
    assert len(caught.value.problems) == 1
    found = caught.value.problems[0]
    assert found.place == "--photo"
    assert found.remedy.endswith("The photo instructions say how to take it.") is not of_the_name
    return found.message


def test_what_is_not_a_photo_file_is_named_in_one_sentence(tmp_path: Path) -> None:
    assert problem(tmp_path / "none.jpg", of_the_name=True) == "there is no such file"
    assert problem(tmp_path, of_the_name=True) == "this is a folder, not a photo"
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert problem(tmp_path / "empty.jpg") == "the file is empty"
    (tmp_path / "text.jpg").write_text("not a picture at all")
    assert problem(tmp_path / "text.jpg") == "this is not a picture"
    (tmp_path / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(40))
    assert "HEIC" in problem(tmp_path / "phone.heic")
    assert problem(tmp_path / "a\0b.jpg", of_the_name=True) == "this cannot be a file's name"
    os.mkfifo(tmp_path / "pipe")
    assert problem(tmp_path / "pipe", of_the_name=True) == "this is not a regular file"
    assert problem(tmp_path / ("x" * 300), of_the_name=True).startswith("the file cannot be read")


def test_a_file_larger_than_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(60_000_001)
    assert problem(path) == "the file has 60 MB; at most 60 MB are read"


@pytest.mark.parametrize("name", ["cut.jpg", "cut.png", "cut.webp", "cut.tif"])
def test_a_truncated_file_is_said_to_be_damaged(name: str, save: Save) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 150, 3), np.uint8))
    path = save(noise, name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert problem(path) in {
        "the picture is damaged or cut short and cannot be decoded",
        "this is not a picture",
    }


def test_a_200_megapixel_bomb_is_refused_by_its_header_before_it_is_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # The pixel data is garbage: reaching it would give another message.
    for width, height in ((20_000, 10_000), (12_000, 8_000)):
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", b"garbage") + chunk(b"IEND", b"")
        path = tmp_path / "bomb.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
        message = problem(path)
        assert "megapixels" in message or "far more pixels" in message


def test_a_panorama_and_an_animation_are_refused(save: Save, gradient: Image.Image) -> None:
    assert "no portrait" in problem(save(Image.new("RGB", (500, 100)), "wide.png"))
    frames = [gradient, gradient.rotate(90, expand=True).resize(gradient.size), gradient.transpose(0)]
    for name in ("moving.gif", "moving.webp", "moving.png", "pages.tif"):
        assert "several pictures" in problem(save(gradient, name, save_all=True, append_images=frames[1:])), name


def test_every_colour_mode_becomes_the_same_upright_rgb(save: Save, gradient: Image.Image) -> None:
    grey = np.asarray(gradient.convert("L"))
    wide = Image.fromarray(grey.astype(np.uint16) * 257)
    pictures = {
        "rgb.png": gradient,
        "alpha.png": gradient.convert("RGBA"),
        "grey.png": gradient.convert("L"),
        "grey16.png": wide,
        "grey16.tif": wide,
        "palette.png": gradient.convert("P", palette=Image.Palette.ADAPTIVE),
        "ink.jpg": gradient.convert("CMYK"),
        "ink.tif": gradient.convert("CMYK"),
        "bits.png": gradient.convert("1"),
        "still.gif": gradient,
        "still.webp": gradient,
        "still.bmp": gradient,
    }
    for name, picture in pictures.items():
        photo = read_photo(save(picture, name))
        assert photo.pixels.shape == (60, 40, 3), name
        assert photo.pixels.dtype == np.uint8
        if name.startswith("grey"):
            assert (photo.pixels == grey[:, :, None]).all(), name
        elif name not in ("bits.png", "palette.png", "still.gif", "still.webp"):
            assert np.abs(photo.pixels.astype(int) - np.asarray(gradient).astype(int)).max() <= 12, name


def test_transparent_parts_show_white(save: Save) -> None:
    photo = read_photo(save(Image.new("RGBA", (40, 40), (200, 0, 0, 0)), "glass.png"))
    assert (photo.pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_of_the_eight_orientations_is_turned_upright(orientation: int, save: Save, gradient: Image.Image) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = gradient.transpose(undo[orientation]) if orientation in undo else gradient
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(save(stored, "turned.png", exif=exif))
    assert photo.size == gradient.size
    assert (photo.pixels == np.asarray(gradient)).all()


def test_nothing_of_the_originals_metadata_is_kept(save: Save, gradient: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CANARY-CAMERA"
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (55.0, 45.0, 7.0), 29: "CANARY-GPS"})
    path = save(gradient, "home.jpg", exif=exif, comment=b"CANARY-COMMENT", icc_profile=b"CANARY-PROFILE")
    assert path.read_bytes().count(b"CANARY") == 4
    kept = read_photo(path).picture
    assert b"CANARY" not in kept.jpeg
    with Image.open(io.BytesIO(kept.jpeg)) as image:
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.size == kept.size == (60, 40)


def test_a_large_photo_is_kept_at_1600_pixels_and_its_own_size_is_remembered(save: Save, gradient: Image.Image) -> None:
    large = gradient.resize((2400, 3600))
    for name in ("large.jpg", "large.png"):
        photo = read_photo(save(large, name))
        assert photo.size == (2400, 3600)
        assert photo.picture.size == (1067, 1600)
        assert photo.pixels.shape == (1600, 1067, 3)
        corner = photo.pixels[1590, 1060].astype(int) - np.asarray(large)[3577, 2385].astype(int)
        assert np.abs(corner).max() <= 8


def test_reading_the_same_photo_twice_gives_the_same_bytes(astronaut: Path) -> None:
    first, second = read_photo(astronaut), read_photo(astronaut)
    assert first.picture.jpeg == second.picture.jpeg
    assert (first.pixels == second.pixels).all()


@pytest.mark.parametrize("name", ["mutant.jpg", "mutant.png", "mutant.webp", "mutant.tif"])
def test_no_damage_to_the_bytes_gets_past_the_reader(name: str, save: Save, gradient: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(gradient, name, exif=exif)
    healthy = path.read_bytes()
    chance = random.Random(20)
    refused: list[ProblemError] = []
    for _ in range(150):
        content = bytearray(healthy)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        cut = chance.choice((None, None, chance.randrange(1, len(content))))
        path.write_bytes(bytes(content[:cut]))
        try:
            assert isinstance(read_photo(path), Photo)
        except ProblemError as error:
            refused.append(error)
    assert len(refused) > 20  # the damage is real
    assert {problem.place for error in refused for problem in error.problems} == {"--photo"}


def test_only_a_sequential_jpeg_may_be_larger_than_20_megapixels(save: Save) -> None:
    large = Image.new("L", (5000, 4500), 90)
    assert read_photo(save(large, "sequential.jpg")).size == (5000, 4500)
    for path in (save(large, "progressive.jpg", progressive=True), save(large, "other.png")):
        assert problem(path) == (
            "the picture has 5000 x 4500 pixels (22 megapixels); a file of this kind may have at most 20"
        )
