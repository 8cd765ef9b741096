"""Where the browser is, and how it is started on a machine without a network."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Return the path of the browser; fails with what to do where there is none."""
    named = os.environ.get("MESOPLAN_BROWSER")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, (
        "no Chromium: run `python3 dev.py test`, which installs it or says how, or name one in MESOPLAN_BROWSER"
    )
    return found
