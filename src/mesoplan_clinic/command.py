"""`mesoplan-clinic`: serve, and the commands of whoever runs the server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

_READING = ("backup", "check", "rotate-keys", "remove-factors")
"""Commands for data that are there; elsewhere they would make an empty data folder with keys of its own."""
_NO_DATA = "There are no data of a clinic in {home}. Name its data folder before the command: --home FOLDER."
_NO_KEYS = "Put the keys.json that belongs to this backup into {home} first: without it nobody can read what is in it."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options, rest = parser().parse_known_args(given)
    if rest and options.function is not _manage:
        parser().error(f"unknown: {' '.join(rest)}")
    if wrong := _wrong_address(getattr(options, "public_url", None)):
        print(wrong, file=sys.stderr)
        return 2
    if options.home:
        os.environ["MESOPLAN_CLINIC_HOME"] = options.home
    if getattr(options, "public_url", None):
        os.environ["MESOPLAN_PUBLIC_URL"] = options.public_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoplan_clinic.config.settings")
    if wrong := _nothing_to_read(options):
        print(wrong, file=sys.stderr)
        return 2
    try:
        import django

        django.setup()
    except ValueError as error:  # the keys: never a traceback for something that the administrator must mend
        print(error, file=sys.stderr)
        return 1
    if options.command in _READING and not _has_tables():
        print(_NO_DATA.format(home=_home()), file=sys.stderr)
        return 2
    options.rest = rest
    return int(options.function(options) or 0)


def _wrong_address(address: str | None) -> str | None:
    """Return why tablets could not come by an address."""
    parts = urlsplit(address or "https://none")
    if parts.scheme == "https" and parts.hostname and parts.path in ("", "/") and not parts.query:
        return None
    return f"--public-url {address}: write https:// and the name of this server alone, such as https://clinic.example"


def _home() -> Path:
    return Path(os.environ.get("MESOPLAN_CLINIC_HOME", "clinic-data")).resolve()


def _nothing_to_read(options: argparse.Namespace) -> str | None:
    """Return why a command that needs the keys of a data folder finds none there; nothing is made meanwhile."""
    if os.environ.get("MESOPLAN_CLINIC_KEYS") or (_home() / "keys.json").exists():
        return None
    if options.command == "restore" and Path(options.source).is_dir():
        return _NO_KEYS.format(home=_home())
    return _NO_DATA.format(home=_home()) if options.command in _READING else None


def _has_tables() -> bool:
    from django.db import connection

    from mesoplan_clinic.accounts.models import Clinic

    return Clinic._meta.db_table in connection.introspection.table_names()


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(prog="mesoplan-clinic", description="The clinic's web application.")
    top.add_argument(
        "--home",
        metavar="FOLDER",
        help="data folder: database, keys, backups; else MESOPLAN_CLINIC_HOME or ./clinic-data",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="prepare the database, and answer until it is stopped")
    serve.add_argument(
        "--public-url", metavar="URL", help="https://... by which tablets reach this server through your TLS proxy"
    )
    serve.add_argument("--port", type=int, default=8000, help="port on this machine (8000)")
    serve.add_argument("--open", action="store_true", help="open a browser, where there is a screen")
    serve.set_defaults(function=_serve)
    demo = commands.add_parser("demo", help="make a demo clinic with invented clients; prints its passwords once")
    demo.set_defaults(function=_demo)
    backup = commands.add_parser("backup", help="write a backup; people may work meanwhile")
    backup.add_argument("target", nargs="?", help="a folder that does not exist yet; else one in the data folder")
    backup.set_defaults(function=_backup)
    restore = commands.add_parser(
        "restore", help="put a backup into a data folder that holds its keys.json and nothing else"
    )
    restore.add_argument("source", help="the backup's folder")
    restore.set_defaults(function=_restore)
    check = commands.add_parser(
        "check",
        help="settings, database, keys, backups, audit, records, canary patients; exit code 1 if any is at fault",
    )
    check.add_argument(
        "--head",
        metavar="FILE",
        action="append",
        default=[],
        help="a seal of the access log, downloaded earlier (a JSON file)",
    )
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
    new.add_argument("--time-zone", default="UTC", metavar="ZONE", help="for example Europe/Berlin (UTC)")
    new.add_argument(
        "--language", default="en", help="of the clinic's papers, unless a client's differs: en or ru (en)"
    )
    new.add_argument("--owner", default="owner", metavar="LOGIN", help="name by which the owner logs in (owner)")
    new.set_defaults(function=_new)
    manage = commands.add_parser("manage", help="one of Django's own commands: migrate, shell ...")
    manage.set_defaults(function=_manage)
    return top


def _serve(options: argparse.Namespace) -> int:
    from mesoplan_clinic.server import PortError, serve

    try:
        return serve(port=options.port, open_browser=options.open)
    except PortError as error:
        print(error, file=sys.stderr)
        return 2


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
    from mesoplan_clinic.administration.fitting import unopened

    try:
        manifest = restore(Path(options.source))
    except BackupError as error:
        return _said(error)
    print(f"Restored what was saved at {manifest['made_at']}: every table and file equals its hash.")
    if closed := unopened():
        print(closed, file=sys.stderr)
        return 1
    return 0


def _check(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.check import check_all

    try:
        heads = tuple(json.loads(Path(name).read_text(encoding="utf-8")) for name in options.head)
    except OSError as error:
        return _said(f"--head {error.filename}: {error.strerror}. Name a seal that the access log gave for download.")
    except ValueError:
        return _said(f"--head {', '.join(options.head)}: this is no seal of the access log. Download it again.")
    found = check_all(heads=heads)
    for one in found:
        print(f"{'FAULT' if one.fault else 'note '}  {one.text}")
    faults = sum(one.fault for one in found)
    print(f"Faults: {faults}." if faults else "No fault found.")
    return 1 if faults else 0


def _rotate(options: argparse.Namespace) -> int:
    from mesoplan_clinic.administration.rotate import add_key, reseal

    try:
        if not options.reseal:
            print(f"Data key {add_key()} is now the current one. Back up keys.json, apart from the data.")
        print(f"Values sealed anew: {reseal()}.")
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


def _said(error: Exception | str) -> int:
    print(error, file=sys.stderr)
    return 1


def _manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["mesoplan-clinic manage", *options.rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
