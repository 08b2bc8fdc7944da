"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
BuildTimeout = Annotated[float, typer.Option(min=1, metavar="SECONDS", help="The time limit of each target's build.")]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="The language of a saved page that declares none, such as en or de: decides whether 1,234 is 1234.",
    ),
]
Figures = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A figures file instead of the project's; may be given several times."),
]
