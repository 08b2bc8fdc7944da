"""The hooks that other repositories can use: valid for pre-commit, and their entries fail where a document is wrong."""

import re
import shlex
from pathlib import Path

import pytest
from pre_commit.clientlib import load_manifest

from harness.model import Measurement
from harness.store import Store
from harness.units import Unit
from tests.checkout import ROOT
from tests.project import Shell, make_project, write
from tests.trials import FLASK, a_plan, a_run, a_trial

(HOOK,) = load_manifest(ROOT / ".pre-commit-hooks.yaml")


def test_the_entry_fails_where_a_default_document_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    folder = Store(shell.results).create(a_run(a_plan(FLASK), "reference"))
    folder.append(a_trial(0, FLASK, Measurement("memory.idle", Unit.BYTE, 30e6)))
    write(tmp_path / "README.md", "Flask: <!-- harness: memory.idle flask_app -->1 MiB<!-- /harness -->\n")
    program, *words = shlex.split(HOOK["entry"])
    words += HOOK["args"]
    assert program == "harness"
    assert shell.run(*words).code == 1
    assert shell.run("render", *HOOK["args"]).code == 0
    assert shell.run(*words).code == 0


@pytest.mark.parametrize(
    "name", ["README.md", "docs/a.markdown", "site/index.html", "results/reference/run.json", "r/trials.jsonl"]
)
def test_it_runs_when_a_document_or_a_stored_run_changes(name: str) -> None:
    assert HOOK["id"] == "harness-render"
    assert not HOOK["pass_filenames"]
    assert re.search(HOOK["files"], name)
    assert not re.search(HOOK["files"], f"{name}.py")
