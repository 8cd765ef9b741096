"""What the surface tests share: the real photograph and the real face model, both fetched by `python3 dev.py test`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mesoplan.surface.mesh import FaceMesh, canonical_mesh
from mesoplan.surface.model_file import ModelFile, find_model

ASTRONAUT = Path(__file__).parents[2] / ".data" / "astronaut.png"


@pytest.fixture(scope="session")
def astronaut() -> Path:
    assert ASTRONAUT.is_file(), f"{ASTRONAUT} is not there: run `python3 dev.py test`, which fetches the photograph"
    return ASTRONAUT


@pytest.fixture(scope="session")
def model() -> ModelFile:
    return find_model()


@pytest.fixture(scope="session")
def mesh(model: ModelFile) -> FaceMesh:
    return canonical_mesh(model)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save a picture under a name in the test's folder and return its path."""

    def _save(image: Image.Image, name: str, **options: object) -> Path:
        path = tmp_path / name
        buffer = io.BytesIO()
        image.save(buffer, Image.registered_extensions()[path.suffix], **options)
        path.write_bytes(buffer.getvalue())
        return path

    return _save
