"""Files of millions of pieces are refused before a decoder walks them; photos are not."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mesoplan.errors import ProblemError
from mesoplan.surface.model_file import install
from mesoplan.surface.parameters import landmark_model, whole_number
from mesoplan.surface.picture import _has_a_second, read_photo
from mesoplan.surface.structure import has_too_many_pieces

NOISE = Image.fromarray(np.random.default_rng(7).integers(0, 255, (90, 60, 3), np.uint8))


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    NOISE.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(pieces: int) -> bytes:
    plain = encoded("PNG")
    return plain[:33] + chunk(b"tEXt", b"a\0b") * pieces + plain[33:]


def jpeg_with(pieces: int) -> bytes:
    plain = encoded("JPEG")
    return plain[:2] + b"\xff\xfe\x00\x04ab" * pieces + plain[2:]


def gif_with(pieces: int) -> bytes:
    plain = encoded("GIF")
    start = 13 + (3 << ((plain[10] & 7) + 1))
    return plain[:start] + b"\x21\xfe\x01a\x00" * pieces + plain[start:]


def tiff_with(strips: int) -> bytes:
    """A picture of one column whose strips all lie at one place; each is a line."""
    start = 8 + 4 * strips
    entries = [(256, 1, 1), (257, 1, strips), (258, 1, 8), (259, 1, 1), (262, 1, 1), (278, 1, 1), (279, 1, 1)]
    directory = struct.pack("<H", len(entries) + 1)
    directory += struct.pack("<HHII", 273, 4, strips, 8)
    directory += b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in entries)
    return b"II*\0" + struct.pack("<I", start) + b"\x08\0\0\0" * strips + directory + bytes(4)


MAKERS = {"PNG": png_with, "JPEG": jpeg_with, "GIF": gif_with, "TIFF": tiff_with}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_of_too_many_pieces_is_told_from_one_of_few(kind: str) -> None:
    assert not has_too_many_pieces(MAKERS[kind](10), 30, 5)
    assert has_too_many_pieces(MAKERS[kind](40), 30, 5)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_photo_within_the_limits_is_read_and_one_beyond_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(MAKERS[kind](50))
    assert read_photo(path).size == NOISE.size
    path.write_bytes(MAKERS[kind](whole_number("max_photo_pieces") + 1))
    with pytest.raises(ProblemError, match="far more pieces than a photo has"):
        read_photo(path)


def test_a_jpeg_that_runs_over_the_picture_without_end_is_refused() -> None:
    progressive = encoded("JPEG", progressive=True)
    assert not has_too_many_pieces(progressive, 100, 20)
    assert has_too_many_pieces(progressive + b"\xff\xda" * 30, 100, 20)


def test_a_tiff_for_files_beyond_any_photo_is_refused() -> None:
    assert has_too_many_pieces(b"II\x2b\0" + bytes(100), 50, 5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
def test_any_damage_gives_an_answer_and_never_an_exception(kind: str) -> None:
    rng, plain = random.Random(kind), encoded(kind)
    for _ in range(300):
        content = bytearray(plain[: rng.randrange(len(plain) + 1)])
        for _ in range(rng.randrange(6)):
            if content:
                content[rng.randrange(min(len(content), 200))] = rng.choice((0, 1, 0x2A, 0x7F, 0x80, 0xFF))
        assert has_too_many_pieces(bytes(content), 5000, 100) in (True, False)


def test_whether_another_picture_follows_is_known_without_counting_them_all() -> None:
    class Chain:
        """A file of pictures without end: counting them would never return."""

        def seek(self, frame: int) -> None:
            if frame > 1:
                raise AssertionError("only the second is looked for")

        @property
        def n_frames(self) -> int:
            raise AssertionError("they are not counted")

    assert _has_a_second(Chain())  # type: ignore[arg-type]
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"):
        assert not _has_a_second(Image.open(io.BytesIO(encoded(kind)))), kind


def test_an_archive_that_unpacks_to_anything_is_read_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "bomb.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(landmark_model()["wheel_member"], bytes(1_000_000))
    monkeypatch.setattr("mesoplan.surface.model_file._MOST_BYTES", 1000)
    seen: list[int] = []
    read = zipfile.ZipExtFile.read

    def bounded(self: zipfile.ZipExtFile, size: int = -1) -> bytes:
        seen.append(size)
        return read(self, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", bounded)
    with pytest.raises(ProblemError, match="not the pinned one"):
        install(wheel, tmp_path / "model")
    assert seen[0] == 1000
    with pytest.raises(ProblemError, match="no such file"):
        install(tmp_path, tmp_path / "model")


def test_a_full_disk_for_temporary_files_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from mesoplan.surface import photo
    from mesoplan.surface.model_file import ModelFile

    def full(bundle: dict[str, bytes]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(photo, "Landmarker", full)
    with pytest.raises(ProblemError, match="temporary file"):
        photo.load_landmarker(ModelFile(Path("x"), b"", "", True), {})
