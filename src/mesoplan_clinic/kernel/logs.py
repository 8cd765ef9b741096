"""What the server's log may say: where something failed, never what was in it; error messages quote values."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_Info = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutValues(logging.Formatter):
    """Formats an exception as its kind and the places it passed, without its message and without lines of source."""

    def formatException(self, ei: _Info) -> str:
        """Return kind and places of an exception and of what caused it."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines.append(type(error).__qualname__)
            for place in traceback.extract_tb(error.__traceback__):
                lines.append(f"  {place.filename}:{place.lineno} {place.name}")
            error = error.__cause__ or error.__context__
        return "\n".join(lines)
