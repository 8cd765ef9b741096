"""The command line: one thin module a stage. Exit codes: 0 done, 1 internal failure, 2 input, 3 nobody to treat."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from typing import Any

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


def main() -> None:
    """Run the command line; a problem is printed as a sentence, never as a traceback."""
    try:
        _run()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        _close_output()
        sys.exit(0)


def _run() -> None:
    """Run one command and print what is wrong."""
    signal.signal(signal.SIGTERM, _end)
    from mesoplan.cli.app import app
    from mesoplan.cli.common import print_problems
    from mesoplan.errors import Problem, ProblemError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        _check_arguments(sys.argv[1:])
        try:
            app()
        finally:
            sys.stdout.flush()
    except ProblemError as error:
        print_problems(error.problems)
        for note in getattr(error, "__notes__", ()):
            print(note, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _close_output()
            remedy = "Free the space or choose another place, then run it again."
            print_problems([Problem(str(error.filename or "output"), "", os.strerror(error.errno), remedy)])
            sys.exit(2)
        if os.environ.get("MESOPLAN_DEBUG"):
            raise
        print(f"Internal failure: {type(error).__name__}: {error}", file=sys.stderr)
        print("Nothing was decided. Set MESOPLAN_DEBUG=1 and run again to see where it happened.", file=sys.stderr)
        sys.exit(1)


def _check_arguments(arguments: list[str]) -> None:
    """Refuse empty values: as a path each would stand for the folder one happens to be in.

    Raises:
        ProblemError: If a value is empty.
    """
    from mesoplan.errors import Problems

    problems = Problems()
    for before, value in zip(["", *arguments], arguments, strict=False):
        option = value.removesuffix("=") if value.startswith("--") and value.endswith("=") else before
        if not value.strip() or option != before:
            place = option if option.startswith("--") else "argument"
            problems.add(place, None, "the value is empty", "Give one, or leave the option out.")
    problems.raise_if_any()


def _end(number: int, _: Any) -> None:
    """End on request as on Ctrl-C: what is half-written is cleared away."""
    sys.exit(128 + number)


def _close_output() -> None:
    """Let nothing more be written, so that the end of the process does not fail a second time."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
