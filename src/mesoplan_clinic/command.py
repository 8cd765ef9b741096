"""`mesoplan-clinic`: serve, and the commands of whoever runs the server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options, rest = parser().parse_known_args(given)
    if rest and options.function is not _manage:
        parser().error(f"unknown: {' '.join(rest)}")
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


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
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
    backup = commands.add_parser("backup", help="write a backup; people may work meanwhile")
    backup.add_argument("target", nargs="?", help="a folder that does not exist yet; else one in the data folder")
    backup.set_defaults(function=_backup)
    restore = commands.add_parser("restore", help="put a backup into an empty data folder or database")
    restore.add_argument("source", help="the backup's folder")
    restore.set_defaults(function=_restore)
    check = commands.add_parser(
        "check", help="settings, database, keys, backups, audit, records, canaries; 1 if any is at fault"
    )
    check.add_argument("--head", action="append", default=[], help="a head of the audit exported earlier (JSON file)")
    check.set_defaults(function=_check)
    rotate = commands.add_parser("rotate-keys", help="seal everything with a new data key")
    rotate.add_argument("--reseal", action="store_true", help="make no new key, finish sealing with the current one")
    rotate.set_defaults(function=_rotate)
    factors = commands.add_parser("remove-factors", help="remove the second factors of one account that lost them")
    factors.add_argument("name", help="name by which the account logs in")
    factors.add_argument("--yes", action="store_true", help="do it without asking")
    factors.set_defaults(function=_factors)
    new = commands.add_parser("new", help="make a clinic with its owner, whose first password is printed once")
    new.add_argument("name", help="name of the clinic")
    new.add_argument("--folder", required=True, help="folder of devices, products, prices and protocols")
    new.add_argument("--time-zone", default="UTC", help="for example Europe/Berlin")
    new.add_argument("--language", default="en", help="of the clinic's papers, unless a client's differs")
    new.add_argument("--owner", default="owner", help="name by which the owner logs in")
    new.set_defaults(function=_new)
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


def _new(options: argparse.Namespace) -> int:
    from mesoplan_clinic.accounts.new import ClinicError, make_clinic
    from mesoplan_clinic.server import prepare

    prepare()
    try:
        password = make_clinic(
            options.name,
            folder=options.folder,
            time_zone=options.time_zone,
            language=options.language,
            owner=options.owner,
        )
    except ClinicError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.name} is made. {options.owner} logs in with this password, shown only now: {password}")
    return 0


def _backup(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.backup import BackupError, make_backup

    try:
        print(make_backup(Path(options.target) if options.target else None))
    except BackupError as error:
        return _said(error)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.backup import BackupError, restore

    try:
        manifest = restore(Path(options.source))
    except BackupError as error:
        return _said(error)
    print(f"Restored what was saved at {manifest['made_at']}: every table and file equals its hash.")
    return 0


def _check(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.check import check_all

    try:
        heads = tuple(json.loads(Path(name).read_text(encoding="utf-8")) for name in options.head)
    except (OSError, ValueError) as error:
        return _said(error)
    found = check_all(heads=heads)
    for one in found:
        print(f"{'FAULT' if one.fault else 'note '}  {one.text}")
    faults = sum(one.fault for one in found)
    print(f"{faults} faults." if faults else "No fault found.")
    return 1 if faults else 0


def _rotate(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.rotate import add_key, reseal

    try:
        if not options.reseal:
            print(f"Data key {add_key()} is now the current one. Back up keys.json, apart from the data.")
        print(f"{reseal()} values sealed anew.")
    except ValueError as error:
        return _said(error)
    return 0


def _factors(options: argparse.Namespace) -> int:
    from django.db import DatabaseError

    from mesoplan_clinic.administration.factors import FactorsError, factors_of, remove

    try:
        lost = factors_of(options.name)
        print(lost.effect)
        if not options.yes and not _confirmed("Remove them? Type yes: "):
            print("Nothing was changed.", file=sys.stderr)
            return 2
        print(f"{remove(lost)} second factors removed.")
    except FactorsError as error:
        _said(error)
        return 2
    except DatabaseError as error:
        return _said(Exception(f"The database cannot be used ({error}). Name its data folder by --home."))
    return 0


def _confirmed(question: str) -> bool:
    """Return whether somebody types yes; nobody there to ask is no."""
    try:
        return input(question).strip().lower() == "yes"
    except EOFError:
        print()
        return False


def _said(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 1


def _manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["mesoplan-clinic manage", *options.rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
