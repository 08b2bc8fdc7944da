"""The check of a wheel's contents, with wheels made by hand."""

import zipfile
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.release.contents import faults, main

SBOM = "x-1.dist-info/sboms/harness.cdx.json"
FILES = {
    "harness/py.typed": "",
    "harness/profiles.toml": "",
    "harness/report/templates/page.html.j2": "",
    "harness/stock/targets/flask_app/target.toml": "",
    "harness/stock/scenarios/hello.py": "",
    "x-1.data/data/share/man/man1/harness.1": "",
    "x-1.dist-info/licenses/LICENSE": "",
    "x-1.dist-info/entry_points.txt": "",
    SBOM: (ROOT / "packaging/harness.cdx.json").read_text(encoding="utf-8"),
}


def a_wheel(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def test_a_wheel_with_all_files_has_no_fault(tmp_path: Path) -> None:
    wheel = a_wheel(tmp_path, FILES)
    assert (list(faults(wheel)), main([str(wheel)])) == ([], 0)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_a_fault(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = a_wheel(tmp_path, {one: text for one, text in FILES.items() if one != name})
    assert main([str(wheel)]) == 1
    assert capsys.readouterr().err.startswith("error: x-1-py3-none-any.whl has no file ")


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_cli.py",
        "harness/tests/test_x.py",
        "harness/stock/targets/a/test_app.py",
        "tools/engine",
        "harness/a.pyc",
    ],
)
def test_a_file_that_does_not_belong_there_is_a_fault(tmp_path: Path, name: str) -> None:
    assert list(faults(a_wheel(tmp_path, FILES | {name: ""}))) == [
        f"x-1-py3-none-any.whl has a file that does not belong there: {name}"
    ]


def test_a_wrong_sbom_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(a_wheel(tmp_path, FILES | {SBOM: '{"bomFormat": "CycloneDX", "specVersion": "1.6", "x": 1}'}))
    assert fault.startswith(f"{SBOM} is not CycloneDX 1.6: ")


def test_no_wheel_is_a_failure() -> None:
    assert main([]) == 1
