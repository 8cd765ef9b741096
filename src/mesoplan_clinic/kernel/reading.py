"""A page that only reads asks the database for the same thing once, however many of its parts show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_KEPT: ContextVar[dict[Any, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Keep what functions marked `once` return until the end of the block; nothing may be written within it."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def once(select: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a selector that answers from what it found before while a page is read, and anew everywhere else.

    Its arguments must be hashable; rows count as the same by their keys. What it returns is shared: change none of it.
    """

    @wraps(select)
    def found(*arguments: _P.args, **named: _P.kwargs) -> _T:
        kept = _KEPT.get()
        if kept is None:
            return select(*arguments, **named)
        key = (select, arguments, tuple(sorted(named.items())))
        if key not in kept:
            kept[key] = select(*arguments, **named)
        answer: _T = kept[key]
        return answer

    return found
