"""The options of `harness run`, each with its help."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands import completion
from harness.runtime.choice import RuntimeName

ProfileName = Annotated[
    str,
    typer.Option(
        autocompletion=completion.profiles,
        metavar="NAME",
        help="How thoroughly to measure: smoke, quick, full or conditions.",
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        autocompletion=completion.targets,
        metavar="NAMES",
        help="TARGET[:VARIANT], separated by commas, the reference first; or all; default: the project's.",
    ),
]
Pair = Annotated[
    str | None,
    typer.Option(
        autocompletion=completion.pairs,
        metavar="A,B|NAME",
        help="Two targets, the reference first, or a comparison of project.toml.",
    ),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        autocompletion=completion.scenarios,
        metavar="NAMES",
        help="Scenarios, separated by commas; the first without pauses is the headline.",
    ),
]
LocustArgs = Annotated[
    str, typer.Option(metavar="WORDS", help="Arguments for the locustfiles, as after locust: '--tags read'.")
]
Runtime = Annotated[
    RuntimeName, typer.Option(metavar="NAME", help="The runtime that starts the targets: auto, docker or process.")
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="The seed of all random choices; default: a random one.")]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help="The number of processes that drive the load.")]
WorkersExpected = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="The number of workers to wait for, started by harness worker.")
]
MasterBind = Annotated[str, typer.Option(metavar="HOST:PORT", help="The address for workers.")]
TargetHost = Annotated[
    str, typer.Option(metavar="HOST", help="The address that targets listen on, of the machine where they run.")
]
TargetCpus = Annotated[
    int,
    typer.Option(
        min=1, metavar="N", help="The number of CPUs of each target; the target itself decides its number of workers."
    ),
]
GeneratorCpus = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="The number of CPUs of the generator; default: one for each worker."),
]
ColdPageCache = Annotated[
    bool, typer.Option("--cold-page-cache", help="Also time starts from the disk; drops the page cache, as root.")
]
Against = Annotated[
    str | None, typer.Option(metavar="REV", help="Also measure the targets of this git revision, block by block.")
]
FailOn = Annotated[
    str,
    typer.Option(
        metavar="CHANGES",
        help="Changes from REV that make the exit code 1, separated by commas: 'throughput<-5%', 'latency>10%', "
        "'memory>10%', 'cold_start>20%'. Each has the name of a metric or its beginning: --verbose prints "
        "all names, GLOSSARY.md explains them. Needs --against.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and measure nothing.")]
Resume = Annotated[
    str | None, typer.Option(autocompletion=completion.runs, metavar="RUN", help="Complete this interrupted run.")
]
Like = Annotated[
    str | None,
    typer.Option(
        autocompletion=completion.runs,
        metavar="RUN",
        help="Repeat the plan of this stored run on this machine, with a new seed.",
    ),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until no other run measures; default: fail.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Print all results with intervals, warnings and reasons; default: headlines.")
]
