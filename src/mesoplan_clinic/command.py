"""`mesoplan-clinic`: serve, and the commands of whoever runs the server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options, rest = _parser().parse_known_args(given)
    if rest and options.function is not _manage:
        _parser().error(f"unknown: {' '.join(rest)}")
    if options.home:
        os.environ["MESOPLAN_CLINIC_HOME"] = options.home
    if getattr(options, "public_url", None):
        os.environ["MESOPLAN_PUBLIC_URL"] = options.public_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoplan_clinic.config.settings")
    try:
        import django

        django.setup()
    except ValueError as error:  # the keys: never a traceback for something that the administrator must mend
        print(error, file=sys.stderr)
        return 1
    options.rest = rest
    return int(options.function(options) or 0)


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="mesoplan-clinic", description="The clinic's web application.")
    top.add_argument("--home", help="data folder: database, keys, backups; else MESOPLAN_CLINIC_HOME or ./clinic-data")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="prepare the database, and answer until it is stopped")
    serve.add_argument("--public-url", help="https://... by which tablets reach this server through your TLS proxy")
    serve.add_argument("--port", type=int, default=8000, help="port on this machine (8000)")
    serve.add_argument("--open", action="store_true", help="open a browser, where there is a screen")
    serve.set_defaults(function=_serve)
    demo = commands.add_parser("demo", help="make a demo clinic with invented clients; prints its passwords once")
    demo.set_defaults(function=_demo)
    manage = commands.add_parser("manage", help="one of Django's own commands: migrate, shell ...")
    manage.set_defaults(function=_manage)
    return top


def _serve(options: argparse.Namespace) -> int:
    from mesoplan_clinic.server import serve

    return serve(port=options.port, open_browser=options.open)


def _demo(_options: argparse.Namespace) -> int:
    from mesoplan_clinic.demo.make import make_demo
    from mesoplan_clinic.server import prepare

    prepare()
    print(make_demo())
    return 0


def _manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["mesoplan-clinic manage", *options.rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
