"""Try the mutants of the given modules, or of all modules in tests/mutants.toml.

The survivors of a run are written to tests/mutants.got; `--again` tries only these.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.mutants.changes import mutants_of
from tools.mutants.trial import Outcome, Trial, limit_s, outcomes
from tools.mutants.verdict import Rules, Survivor, faults, score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RULES = Path("tests/mutants.toml")
LEFT = Path("tests/mutants.got")


def tests_of(path: Path) -> tuple[tuple[str, ...], ...]:
    """Return the arguments of pytest for the tests of a module, then for the other tests of its room."""
    room = Path("tests", *path.parts[1:-1])
    own = tuple(
        sorted(map(str, room.glob(f"test_{path.stem}*.py")), reverse=True)
    )  # the tests in `_edges` are short, so they come first
    if room == Path("tests"):
        return (own,)
    rest = str(room), *(f"--ignore={name}" for name in own)
    return (own, rest) if own else (rest,)


def name_of(path: Path) -> str:
    """Return the import name of a module."""
    return ".".join(path.with_suffix("").parts)


def unchanged(path: Path) -> int:
    """Run the tests of an unchanged module; return the limit of CPU seconds for its mutants.

    Raises:
        SystemExit: The tests fail.
    """
    trial = Trial("unchanged", name_of(path), path, None, tests_of(path))
    [(_, how)] = outcomes([trial], processes=1)
    if how.outcome is not Outcome.SURVIVED:
        sys.exit(f"{path}: its tests fail without a change: {' '.join(trial.tests[0])}")
    return limit_s(how.cpu_s)


def trials_of(path: Path, rules: Rules, only: set[Survivor] | None) -> Iterator[Trial]:
    """Yield the trials of a module's mutants, or only of those in `only`.

    A survivor with a reason runs against the module's own tests only; those of the room would take most of the time.
    """
    tests, cpu_s = tests_of(path), 0
    for mutant in mutants_of(path.read_text(encoding="utf-8")):
        survivor = Survivor(str(path), mutant.name)
        if only is None or survivor in only:
            cpu_s = cpu_s or unchanged(path)
            some = tests[:1] if survivor in rules.reasons else tests
            yield Trial(mutant.name, name_of(path), path, mutant.compiled(str(path)), some, cpu_s)


def tried(path: Path, rules: Rules, only: set[Survivor] | None, processes: int) -> dict[Survivor, Outcome]:
    """Try a module's mutants, print the score and the survivors without a reason, and return the outcomes."""
    found = {}
    for trial, how in outcomes(trials_of(path, rules, only), processes):
        survivor = Survivor(str(path), trial.name)
        found[survivor] = how.outcome
        if how.outcome is Outcome.SURVIVED and survivor not in rules.reasons:
            print(f"{path}: survived: {trial.name}", flush=True)
    total = score(found.values())
    late = sum(outcome is Outcome.TIMED_OUT for outcome in found.values())
    counts = f"{total.killed:4} of {total.mutants:4} killed ({late} by time) {total.percent:6.1f} %"
    print(f"{path!s:40} {counts}", flush=True)
    return found


def chosen(rules: Rules, named: Sequence[Path], *, again: bool) -> tuple[list[Path], set[Survivor] | None]:
    """Return the modules to change, and with `again` the mutants to try."""
    modules = list(named) or sorted({path for pattern in rules.modules for path in Path().glob(pattern)})
    if not again:
        return modules, None
    left = {Survivor(**entry) for entry in json.loads(LEFT.read_text(encoding="utf-8"))}
    return [path for path in modules if any(one.module == str(path) for one in left)], left


def main() -> int:
    """Try mutants, print the survivors without a reason, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", type=Path, metavar="MODULE", help="such as harness/histogram.py")
    parser.add_argument("--again", action="store_true", help="only the survivors of the last run")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    rules = Rules.read(RULES)
    modules, only = chosen(rules, options.modules, again=options.again)
    found: dict[Survivor, Outcome] = {}
    for path in modules:
        found |= tried(path, rules, only, options.processes)
        survived = sorted(one for one, outcome in found.items() if outcome is Outcome.SURVIVED)
        LEFT.write_text(json.dumps([{"module": one.module, "name": one.name} for one in survived], indent=1) + "\n")
    total = score(found.values())
    print(f"{total.killed} of {total.mutants} killed: {total.percent:.1f} %")
    wrong = list(faults(rules, found, whole=only is None))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
