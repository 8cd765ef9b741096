"""The command line: one thin module a stage. Exit codes: 0 done, 1 internal failure, 2 input, 3 nobody to treat."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; a problem is printed as a sentence, never as a traceback."""
    from mesoplan.cli.app import app
    from mesoplan.cli.common import print_problems
    from mesoplan.errors import ProblemError

    try:
        app()
    except ProblemError as error:
        print_problems(error.problems)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("MESOPLAN_DEBUG"):
            raise
        print(f"Internal failure: {type(error).__name__}: {error}", file=sys.stderr)
        print("Nothing was decided. Set MESOPLAN_DEBUG=1 and run again to see where it happened.", file=sys.stderr)
        sys.exit(1)
