"""`harness check --online` in a small project whose network is a function."""

import json
from pathlib import Path

import httpx
import pytest

from harness.figures.reading import read_figures
from harness.model import Measurement
from harness.store import Store
from harness.units import Unit
from tests.checkout import ROOT
from tests.figures.online.answered import connect
from tests.project import FIGURES, Shell, make_project, write
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

ONLINE = '\n[online]\ngithub = "pallets/flask"\npackage = "pypi:flask"\n'
RELEASE = """  { id = "release", label = "Latest", printed = "Flask 3.1", states = "3.1", online = "latest_release" },
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    figures = FIGURES.replace('"stars" = {}', '"stars" = { online = "stars" }').replace(
        "figures = [\n", f"figures = [\n{RELEASE}"
    )
    write(tmp_path / "figures" / "page.toml", figures)
    manifest = tmp_path / "targets" / "flask_app" / "target.toml"
    write(manifest, manifest.read_text(encoding="utf-8") + ONLINE)
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN)))
    folder.append(a_trial(0, FLASK, Measurement("memory.idle", Unit.BYTE, 30e6)))
    return shell


def test_facts_get_verdicts_from_the_services_and_the_rest_from_the_run(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = connect(monkeypatch)
    done = shell.run("check", "--online", "--json")
    rows = {row["id"]: row for row in json.loads(done.out)["figures"]}
    assert rows["facts.stars"]["verdict"] == "not_reproduced"
    assert rows["facts.stars"]["online"][0]["date"] == "2026-11-28"
    assert rows["facts.release"]["verdict"] == "confirmed"
    assert rows["facts.memory"]["online"] == []
    assert len(requests) == 2
    lines = shell.run("check", "--online").out
    assert "facts.stars" in lines
    assert "71,200 stars" in lines
    assert len(requests) == 2


def test_without_the_option_nothing_is_asked(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = connect(monkeypatch)
    done = shell.run("check", "--verbose")
    assert "harness check --online" in " ".join(done.out.split())
    assert requests == []


def test_offline_says_so_and_the_check_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    connect(monkeypatch, offline)
    done = shell.run("check", "--online", "--json")
    rows = {row["id"]: row for row in json.loads(done.out)["figures"]}
    assert rows["facts.stars"]["reason"] == "Not measured: offline (api.github.com can't be reached)."
    assert "offline" not in rows["facts.memory"]["reason"]
    assert done.err.splitlines()[0] == "could not reach PyPI and GitHub: their figures are not measured."
    assert done.err.count("could not reach") == 1


def test_a_check_without_figures_that_live_online_says_that_nothing_was_asked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = connect(monkeypatch)
    write(shell.folder / "figures" / "page.toml", FIGURES)
    done = shell.run("check", "--online")
    assert done.err.splitlines()[0].startswith("--online asked nothing: no figure here is an online fact")
    assert requests == []


def test_the_figures_of_the_project_name_their_facts() -> None:
    figures = read_figures(ROOT / "figures" / "flask_vs_gin.toml").figures
    facts = {figure.quantity: figure.online for figure in figures if figure.online}
    assert {name: fact.value for name, fact in facts.items()} == {
        "GitHub stars": "stars",
        "Stack Overflow questions": "questions",
        "weekly downloads": "weekly_downloads",
        "package ecosystem": "packages",
    }


def test_a_fact_with_a_unit_of_time_is_refused(shell: Shell) -> None:
    path = shell.folder / "figures" / "page.toml"
    text = path.read_text(encoding="utf-8").replace('unit = "stars"', 'unit = "ms"')
    path.write_text(text, encoding="utf-8")
    done = shell.run("check")
    assert done.code == 2
    assert "the fact stars is not in ms" in done.err
