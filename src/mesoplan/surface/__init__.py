"""The surface stage: from a photo, or from the canonical face, to treatment zones with their areas in cm2.

The public names are imported on first use, so that neither NumPy nor OpenCV is loaded before it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mesoplan.surface.build import build_face as build_face
    from mesoplan.surface.build import build_surface as build_surface
    from mesoplan.surface.discs import Discs as Discs
    from mesoplan.surface.discs import MaskedSkin as MaskedSkin
    from mesoplan.surface.draw import photo_overlay as photo_overlay
    from mesoplan.surface.instructions import photo_instructions as photo_instructions
    from mesoplan.surface.model import KeepOut as KeepOut
    from mesoplan.surface.model import Picture as Picture
    from mesoplan.surface.model import Surface as Surface
    from mesoplan.surface.model import ZoneArea as ZoneArea
    from mesoplan.surface.model import ZoneOutline as ZoneOutline
    from mesoplan.surface.model import area_outside_eye_margin as area_outside_eye_margin
    from mesoplan.surface.model_file import find_model as find_model
    from mesoplan.surface.model_file import install as install
    from mesoplan.surface.options import parse_area_options as parse_area_options
    from mesoplan.surface.scan import read_scan as read_scan
    from mesoplan.surface.zones import ZoneCatalogue as ZoneCatalogue
    from mesoplan.surface.zones import load_zones as load_zones

# public name -> the module that defines it
_EXPORTS = {
    "Discs": "discs",
    "KeepOut": "model",
    "MaskedSkin": "discs",
    "Picture": "model",
    "Surface": "model",
    "ZoneArea": "model",
    "ZoneCatalogue": "zones",
    "ZoneOutline": "model",
    "area_outside_eye_margin": "model",
    "build_surface": "build",
    "build_face": "build",
    "find_model": "model_file",
    "install": "model_file",
    "load_zones": "zones",
    "read_scan": "scan",
    "parse_area_options": "options",
    "photo_instructions": "instructions",
    "photo_overlay": "draw",
}

__all__ = sorted(_EXPORTS)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import and return the public object `name`; raises AttributeError for any other name (PEP 562)."""
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the module's names with the public ones that are not imported yet."""
    return sorted({*globals(), *_EXPORTS})
