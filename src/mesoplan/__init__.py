"""Treatment planning for fractional mesotherapy: who may be treated, when, with what, and on whose authority.

The public names are imported on first use, so that `import mesoplan` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as in _EXPORTS, for type checkers and editors
    from mesoplan.clinic.load import load_clinic as load_clinic
    from mesoplan.clinic.model import Clinic as Clinic
    from mesoplan.errors import ProblemError as ProblemError
    from mesoplan.intake.model import Intake as Intake
    from mesoplan.intake.parse import parse_intake as parse_intake
    from mesoplan.intake.parse import read_intake as read_intake
    from mesoplan.knowledge.base import Knowledge as Knowledge
    from mesoplan.knowledge.verdict import Verdict as Verdict
    from mesoplan.pipeline import make_plan as make_plan
    from mesoplan.plan import Plan as Plan
    from mesoplan.report.papers import write_papers as write_papers
    from mesoplan.screening.engine import Screener as Screener
    from mesoplan.screening.model import Screening as Screening
    from mesoplan.serial import from_json as from_json
    from mesoplan.serial import to_json as to_json
    from mesoplan.surface.build import build_surface as build_surface
    from mesoplan.surface.model import Surface as Surface

__version__ = "0.1.0"

# public name -> the module that defines it
_EXPORTS: dict[str, str] = {
    "build_surface": "mesoplan.surface.build",
    "Clinic": "mesoplan.clinic.model",
    "from_json": "mesoplan.serial",
    "Intake": "mesoplan.intake.model",
    "Knowledge": "mesoplan.knowledge.base",
    "load_clinic": "mesoplan.clinic.load",
    "make_plan": "mesoplan.pipeline",
    "parse_intake": "mesoplan.intake.parse",
    "Plan": "mesoplan.plan",
    "ProblemError": "mesoplan.errors",
    "read_intake": "mesoplan.intake.parse",
    "Screener": "mesoplan.screening.engine",
    "Screening": "mesoplan.screening.model",
    "Surface": "mesoplan.surface.model",
    "to_json": "mesoplan.serial",
    "Verdict": "mesoplan.knowledge.verdict",
    "write_papers": "mesoplan.report.papers",
}

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
