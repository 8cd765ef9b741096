"""Build hook: a wheel carries the compiled knowledge base and translations, and the viewer where set-up built it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VIEWER = "src/mesoplan/report/viewer/map.js"


class KnowledgeHook(BuildHookInterface):
    """Compiles the knowledge base before the files of a wheel are collected; faults in it stop the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled file and let the wheel include it; an editable install reads the YAML and needs none."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "src"))
        from mesoplan.knowledge.compile import compile_knowledge
        from mesoplan.knowledge.load import COMPILED
        from mesoplan_clinic.catalogues import compile_all as compile_catalogues

        compile_knowledge()
        compile_catalogues()
        if (Path(self.root) / VIEWER).exists():
            build_data["artifacts"].append(VIEWER)
        else:
            self.app.display_warning("The viewer is not built (python3 dev.py setup): this wheel makes no map.html.")
        build_data["artifacts"].append(COMPILED.relative_to(self.root).as_posix())
