"""Frozen values made quickly, and what is worked out of them once: for screenings by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, field, fields, make_dataclass
from typing import Any, Generic, ParamSpec, TypeVar, cast

_Fields = ParamSpec("_Fields")
_Value = TypeVar("_Value")


def maker(kind: Callable[_Fields, _Value]) -> Callable[_Fields, _Value]:
    """Return what makes the same values as a frozen dataclass does when called, in a quarter of the time.

    A frozen dataclass sets each field past its own lock, one by one. Here the fields are filled in while the value is
    still of an open class with the same fields; then it becomes one of the frozen class.
    """
    frozen: Any = kind

    def close(value: Any) -> None:
        value.__class__ = frozen

    def default(one: Any) -> Any:
        return field() if one.default is MISSING else field(default=one.default)

    opened = make_dataclass(
        f"_Open{frozen.__name__}",
        [(one.name, one.type, default(one)) for one in fields(frozen)],
        bases=frozen.__bases__,
        namespace={"__post_init__": close},
        slots="__slots__" in vars(frozen),
        eq=False,
    )
    return cast("Callable[_Fields, _Value]", opened)


class kept(Generic[_Value]):  # used like `property`
    """A property that is worked out when first asked for: `functools.cached_property` without its lock.

    Two threads that ask at once both work it out, and find the same.
    """

    def __init__(self, work_out: Callable[[Any], _Value]) -> None:
        """Take the method it decorates."""
        self._work_out, self._name, self.__doc__ = work_out, work_out.__name__, work_out.__doc__

    def __get__(self, value: Any, kind: type[Any]) -> _Value:
        """Return what the method says of the value, and keep it where the value's own attributes are found first."""
        found = vars(value)[self._name] = self._work_out(value)
        return found
