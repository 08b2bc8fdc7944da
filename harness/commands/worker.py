"""`harness worker`: a load generator for a run on another machine."""

from __future__ import annotations

from typing import Annotated

import typer

from harness import interrupts


def worker(
    *,
    master: Annotated[str, typer.Option(metavar="HOST:PORT", help="The address on which the run waits for workers.")],
    cpus: Annotated[str | None, typer.Option(metavar="0,2", help="The worker's CPUs; default: the last CPU.")] = None,
) -> None:
    """Drive load for a run on another machine, until the run ends."""
    from harness import console
    from harness.experiment.environment import parse_cpus
    from harness.load.joining import join

    with interrupts.raising():
        join(master, parse_cpus(cpus), console.tell, spin=True)
