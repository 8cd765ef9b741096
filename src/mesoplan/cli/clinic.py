"""`mesoplan clinic`: makes a clinic's folder and checks it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mesoplan.cli.common import load_knowledge

app = typer.Typer(help="Make the folder of your clinic, and check it.", no_args_is_help=True)


@app.command("new")
def new(directory: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")]) -> None:
    """Write commented templates; every clinical number is left to you."""
    from mesoplan.clinic.new import new_clinic

    for path in new_clinic(directory):
        print(path)
    print(f"Fill them in, then run: mesoplan clinic check {directory}")


@app.command("check")
def check(directory: Annotated[str, typer.Argument(help="The clinic's folder, or `example`.")]) -> None:
    """Check every file of a clinic's folder against itself and the knowledge base."""
    from mesoplan.clinic.load import load_clinic

    clinic = load_clinic(directory, load_knowledge())
    print(
        f"{clinic.name}{' (EXAMPLE)' if clinic.example else ''}: devices {len(clinic.devices)}, "
        f"cartridges {len(clinic.cartridges)}, products {len(clinic.products)}, own limits {len(clinic.limits)}, "
        f"price positions {len(clinic.prices.positions) if clinic.prices else 0}."
    )
    today = date.today()
    if clinic.protocols_missing_on(today):
        missing = ", ".join(event.replace("_", " ") for event in clinic.protocols_missing_on(today))
        print(f"No emergency protocol yet: {missing}. Until they are in force no session sheet is printed.")
    for product in clinic.products.values():
        if product.is_expired(today):
            print(f"Every lot of {product.name} has expired: no session sheet is printed for it.")
    if clinic.prices is None or not clinic.prices.positions:
        print("No prices yet: plans carry no quote.")
    print("No problems.")
