"""The example's folder as a clinic of one's own: no example any more, with emergency protocols of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from mesoplan.clinic.load import EXAMPLE

STEPS = {"en": "Call for help, lay flat, act.", "ru": "Позвать на помощь, уложить, действовать."}


def own_clinic(folder: Path) -> Path:
    """Copy the example to a folder that does not exist yet and make it one's own, line by line."""
    shutil.copytree(EXAMPLE, folder)
    page = folder / "clinic.yaml"
    text = page.read_text(encoding="utf-8").replace("example: true", "example: false")
    for language, steps in STEPS.items():
        text, found = re.subn(rf'^(        {language}: )".*"$', rf'\1"{steps}"', text, flags=re.MULTILINE)
        assert found == 4, f"{found} protocols in {language}"
    page.write_text(text, encoding="utf-8")
    return folder
