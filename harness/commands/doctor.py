"""`harness doctor`: the abilities of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness import interrupts
from harness.commands.options import Json  # noqa: TC001 - typer reads it at run time
from harness.project import find_project, read_targets, results_folder, stock_folder

if TYPE_CHECKING:
    from harness.model import Target


def doctor(*, as_json: Json = False) -> None:
    """Print what this machine can do, with a fix for each problem."""
    from harness import console
    from harness.documents import as_json as plain
    from harness.experiment.doctor import document_of, examine, incapacity
    from harness.manifest import load_target
    from harness.model import Scenario

    targets, results = _targets_and_results()
    stock = stock_folder()
    null = next((target for target in targets.values() if target.is_null), None)
    null = null or load_target(stock / "targets" / "null_app" / "target.toml")
    hello = Scenario("hello", "", stock / "scenarios" / "hello.py")
    with interrupts.raising():
        findings = examine(targets, results, null, hello)
    if as_json:
        console.print_json(plain(document_of(findings)))
    else:
        console.show_doctor(document_of(findings))
    error = incapacity(findings)
    if error:
        raise error


def _targets_and_results() -> tuple[dict[str, Target], Path]:
    """Return the targets and the results folder of this project; outside of one the stock targets and this folder."""
    from harness.manifest import find_root, load_targets

    if find_root(Path.cwd()) is None:
        return load_targets(stock_folder()), Path.cwd()
    project = find_project()
    return read_targets(project), results_folder(project)
