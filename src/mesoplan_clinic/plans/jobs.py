"""Work that takes longer than a page may wait: done in the background of this process, its page asks how far it is.

What is made stays in memory for a while, never on a disk: papers and maps show a person's health. Where several
processes answer, each makes its own.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

_Made = TypeVar("_Made")
MOST, SECONDS = 12, 900.0
_WORKERS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="papers")
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Job:
    future: Future[Any]
    at: float


_JOBS: OrderedDict[Hashable, _Job] = OrderedDict()


def job(key: Hashable, make: Callable[[], _Made]) -> Future[_Made]:
    """Return the job of a key, started if it is not there yet; one that failed is tried again.

    Args:
        key: What it is of: everything that the result depends on.
        make: Makes the result; it runs in another thread and must not touch the database.
    """
    now = time.monotonic()
    with _LOCK:
        for old in [one for one, kept in _JOBS.items() if kept.future.done() and now - kept.at > SECONDS]:
            del _JOBS[old]
        known = _JOBS.get(key)
        if known is None or (known.future.done() and not _well(known.future)):
            known = _JOBS[key] = _Job(_WORKERS.submit(make), now)
        _JOBS.move_to_end(key)
        while len(_JOBS) > MOST:
            _JOBS.popitem(last=False)[1].future.cancel()
        return known.future


def finished(key: Hashable) -> Future[Any] | None:
    """Return the job of a key if there is one that is done and did not fail."""
    with _LOCK:
        known = _JOBS.get(key)
    future = None if known is None else known.future
    return future if future is not None and future.done() and _well(future) else None


def _well(future: Future[Any]) -> bool:
    return not future.cancelled() and future.exception() is None
