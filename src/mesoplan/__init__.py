"""Treatment planning for fractional mesotherapy: who may be treated, when, with what, and on whose authority.

The public names are imported on first use, so that `import mesoplan` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as in _EXPORTS, for type checkers and editors
    pass

__version__ = "0.1.0"

# public name -> the module that defines it
_EXPORTS: dict[str, str] = {}

__all__ = ["__version__", *_EXPORTS]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Import and return the public object `name`; raises AttributeError for any other name (PEP 562)."""
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the module's names with the public ones that are not imported yet."""
    return sorted({*globals(), *_EXPORTS})
