"""The builder of Ruby targets: the machine's Ruby and its gems, and one sentence where they are missing."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.model import Probes, Target, Toolchain
from harness.runtime.process import toolchains
from harness.runtime.process.ruby import Ruby, installed_ruby
from harness.runtime.process.steps import StepError, Steps
from harness.runtime.process.toolchains import builder_of, variables

SILENT = Steps(lambda _: None)
FOUND = {"ruby": "3.3.8", "sinatra": "4.1.1", "puma": "6.6.0"}
FakeRuby = Callable[[str], str]


@pytest.fixture
def sinatra(target: Target) -> Target:
    return replace(target, name="sinatra_app", toolchain=Toolchain.RUBY, packages=("sinatra", "puma"))


@pytest.fixture
def fake_ruby(tmp_path: Path) -> FakeRuby:
    """Make a `ruby` of these lines of shell, and return the search path with it."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def fake(script: str) -> str:
        (folder / "ruby").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "ruby").chmod(0o755)
        return f"{folder}:/usr/bin:/bin"

    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "build" / "app").mkdir(parents=True)
    return tmp_path / "build"


def test_the_ruby_on_the_search_path_is_used_with_the_gems_that_it_has(sinatra: Target, fake_ruby: FakeRuby) -> None:
    path = fake_ruby(f"echo '{json.dumps(FOUND)}'")
    assert installed_ruby(sinatra, path) == Ruby(FOUND, path)


def test_the_builder_of_a_ruby_target_is_the_ruby_that_its_processes_find(
    sinatra: Target, fake_ruby: FakeRuby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake_ruby(f"echo '{json.dumps(FOUND)}'")
    monkeypatch.setattr(toolchains, "_SEARCH_PATH", path)
    assert builder_of(sinatra, tmp_path) == Ruby(FOUND, path)
    assert variables(Toolchain.RUBY, tmp_path) == {"PATH": path}


def test_a_machine_without_ruby_is_told_what_to_install(sinatra: Target, tmp_path: Path) -> None:
    with pytest.raises(MachineError) as caught:
        installed_ruby(sinatra, str(tmp_path))
    assert caught.value.where == f"sinatra_app, {sinatra.folder}/target.toml"
    assert caught.value.cause == f"there is no Ruby in {tmp_path}"
    assert caught.value.remedy.startswith("Install Ruby and the gems sinatra, puma from your system's packages")


def test_a_ruby_that_does_not_work_is_a_machine_error_with_its_output(sinatra: Target, fake_ruby: FakeRuby) -> None:
    with pytest.raises(
        MachineError, match=r"its Ruby does not work\. .*\n  libruby is missing\n  ruby exited with code 1"
    ):
        installed_ruby(sinatra, fake_ruby("echo libruby is missing >&2; exit 1"))


def test_a_ruby_without_a_gem_of_the_target_is_told_which_one(sinatra: Target, fake_ruby: FakeRuby) -> None:
    path = fake_ruby("""echo '{"ruby": "3.1.2", "sinatra": "3.0.5"}'""")
    with pytest.raises(MachineError) as caught:
        installed_ruby(sinatra, path)
    assert caught.value.cause == "Ruby 3.1.2 is installed, but without the gem puma"
    assert caught.value.remedy.startswith("Install Ruby and the gems puma from your system's packages")


def test_a_build_depends_on_the_versions_of_ruby_and_its_gems() -> None:
    assert Ruby(FOUND, "/bin").bases == ["puma 6.6.0", "ruby 3.3.8", "sinatra 4.1.1"]
    assert Ruby(FOUND, "/bin").versions(Path("/nowhere"), SILENT) == FOUND


def test_a_build_checks_the_syntax_of_each_file(folder: Path, fake_ruby: FakeRuby) -> None:
    path = fake_ruby('echo "$@"; case $2 in *wrong.rb) exit 1;; esac')
    (folder / "app" / "app.rb").write_text("1\n")
    printed: list[str] = []
    Ruby(FOUND, path).build(folder, Steps(printed.append))
    assert printed[1:] == [f"-c {folder}/app/app.rb"]
    (folder / "app" / "wrong.rb").write_text("(\n")
    with pytest.raises(StepError, match=r"wrong\.rb"):
        Ruby(FOUND, path).build(folder, SILENT)


def test_the_probe_runs_on_the_same_ruby(sinatra: Target, folder: Path, fake_ruby: FakeRuby) -> None:
    (sinatra.folder / "probe.rb").write_text("puts 1")
    probed = replace(sinatra, probes=Probes("probe.rb", "hello.rb"))
    path = fake_ruby('printf "<%s>" "$@"')
    assert Ruby(FOUND, path).findings(probed, folder, SILENT) == "<-e><puts 1>"


@pytest.mark.skipif(shutil.which("ruby", path="/usr/local/bin:/usr/bin:/bin") is None, reason="there is no Ruby here")
def test_the_machines_ruby_says_its_version_and_those_of_its_gems(sinatra: Target) -> None:
    found = installed_ruby(replace(sinatra, packages=("json",)), "/usr/local/bin:/usr/bin:/bin").found
    assert found["ruby"][0].isdigit()
    assert found["json"][0].isdigit()
