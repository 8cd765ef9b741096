"""What the surface tests share: the real photograph and the real face model, both fetched by `python3 dev.py test`."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

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


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The module that renders synthetic heads."""
    spec = importlib.util.spec_from_file_location("synthetic_head", Path(__file__).with_name("synthetic_head.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic_head"] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    assert module.WHEEL.is_file(), f"{module.WHEEL} is not there: run `python3 dev.py test`, which fetches the head"
    return module


@pytest.fixture(scope="session")
def portrait(synthetic: ModuleType) -> Callable[..., Image.Image]:
    """Render a small portrait of the synthetic head with the given pose; each is rendered once."""
    head = synthetic.load_head()

    @cache
    def _portrait(**pose: float) -> Image.Image:
        picture: Image.Image = synthetic.render(head, size=(450, 600), mm_per_pixel=0.6, fine=1, **pose)
        return picture

    return _portrait
