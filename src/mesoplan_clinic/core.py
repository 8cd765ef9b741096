"""The door to `mesoplan`: a clinic's folder, the knowledge base with that clinic's limits, and its screener.

Each is read once for each process. A clinic that changes its folder restarts the server.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mesoplan import Clinic as Folder
from mesoplan import Knowledge, Screener, load_clinic
from mesoplan.clinic.tighten import tighten
from mesoplan.intake.parse import IntakeReader
from mesoplan.knowledge.load import load
from mesoplan.screening.canaries import verified_screener

if TYPE_CHECKING:
    from mesoplan_clinic.accounts.models import Clinic


def base() -> Knowledge:
    """Return the knowledge base, with the folders that MESOPLAN_KNOWLEDGE names merged in; it is read once.

    What is tightened for a clinic has the same techniques, zones and goals.
    """
    extra = os.environ.get("MESOPLAN_KNOWLEDGE", "")
    return load(*[Path(name) for name in extra.split(os.pathsep) if name])


@cache
def _folder(path: str) -> Folder:
    return load_clinic(path, base())


@cache
def _knowledge(path: str) -> Knowledge:
    return tighten(base(), _folder(path))


@cache
def _screener(path: str) -> Screener:
    return verified_screener(_knowledge(path))


@cache
def _reader(path: str) -> IntakeReader:
    return IntakeReader(_knowledge(path))


def reader_of(clinic: Clinic) -> IntakeReader:
    """Return what reads a clinic's intakes."""
    return _reader(clinic.folder)


def folder_of(clinic: Clinic) -> Folder:
    """Return the folder of a clinic's devices, products, prices and protocols."""
    return _folder(clinic.folder)


def knowledge_of(clinic: Clinic) -> Knowledge:
    """Return the knowledge base with a clinic's own, stricter limits."""
    return _knowledge(clinic.folder)


def screener_of(clinic: Clinic) -> Screener:
    """Return a clinic's screener, its canaries screened: a damaged knowledge base screens nobody."""
    return _screener(clinic.folder)
