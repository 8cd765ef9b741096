"""How much work the sessions of an exact course are, and how long they take where the clinic's files tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mesoplan.layout.space import SessionWork
from mesoplan.prescription.model import Basis

if TYPE_CHECKING:
    from mesoplan.clinic.devices import NeedleDevice
    from mesoplan.clinic.model import Clinic
    from mesoplan.layout.in_space import InSpace
    from mesoplan.prescription.model import Prescription

_FIGURES = ("travel_speed_mm_s", "seconds_per_place")


def session_work(
    clinic: Clinic | None, prescription: Prescription, laid: InSpace
) -> tuple[tuple[SessionWork, ...], tuple[tuple[str, Basis], ...]]:
    """Return the work of each session to come and the bases of its time; nothing by free hand.

    The time is the way at the device's own speed and its time at each place. It is told only where all zones laid are
    done with one device whose entry gives both.
    """
    if laid.mode != "exact":
        return (), ()
    counts = np.bincount(laid.worked.session, minlength=laid.worked.sessions)
    file, device = _device(clinic, prescription, laid)
    speed = None if device is None else device.travel_speed_mm_s
    each = None if device is None else device.seconds_per_place
    work = []
    for number in range(laid.done, laid.worked.sessions):
        count, path = int(counts[number]), laid.path_mm[number]
        seconds = None if speed is None or each is None else path / speed + count * each
        work.append(SessionWork(number + 1, count, path, seconds))
    if speed is None or each is None or device is None:
        return tuple(work), ()
    return tuple(work), tuple(("seconds", Basis("clinic", f"{file}: {device.id}: {key}")) for key in _FIGURES)


def _device(clinic: Clinic | None, prescription: Prescription, laid: InSpace) -> tuple[str, NeedleDevice | None]:
    """Return the file and the entry of the device of all zones laid, none where they have several."""
    used = {one.device for one in prescription.zones if one.zone in laid.zones_worked}
    only = next(iter(used)) if len(used) == 1 else None
    if clinic is None or only is None:
        return "", None
    if only in clinic.devices:
        return "devices.yaml", clinic.devices[only]
    return "stamps.yaml", clinic.stamps.get(only)
