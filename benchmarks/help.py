"""Compare the time of `harness --help` with that of a bare typer program, in turns.

    .venv/bin/python benchmarks/help.py [--json] [--rounds 20]

The exit code is 1 if the median of the first is more than twice that of the second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_RATIO = 2.0
BARE = "import typer; app = typer.Typer(rich_markup_mode=None); app.command()(lambda: None); app(['--help'])"
COMMANDS = {
    "harness": (sys.executable, "-m", "harness", "--help"),
    "bare": (sys.executable, "-c", BARE),
}


def measured_s(command: Sequence[str]) -> float:
    """Return the time from start to end of a command."""
    began_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_s


def compared(rounds: int) -> dict[str, float]:
    """Return the median time of each command, and their ratio; the first round warms the caches and is not counted."""
    times = [{name: measured_s(command) for name, command in COMMANDS.items()} for _ in range(rounds + 1)][1:]
    medians = {f"{name}_s": statistics.median(one[name] for one in times) for name in COMMANDS}
    return medians | {"ratio": medians["harness_s"] / medians["bare_s"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    found = compared(options.rounds)
    if options.json:
        print(json.dumps(found))  # noqa: T201
    else:
        times = f"harness --help {1000 * found['harness_s']:.0f} ms, bare typer program {1000 * found['bare_s']:.0f} ms"
        print(f"{times}: {found['ratio']:.2f} times")  # noqa: T201
    return 1 if found["ratio"] > MOST_RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
