"""Commands of probe scripts: the interpreter, the part that all probes in Python share, and errors."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from harness.errors import TargetError
from harness.model import Probes, Target
from harness.runtime.probing import probe_command


def with_program(target: Target, name: str, text: str) -> Target:
    (target.folder / name).write_text(text)
    return replace(target, probes=Probes(name, "hello.py"))


def printed(target: Target) -> str:
    """Run a script of Python and return its output."""
    python, *words = probe_command(target)
    assert python == "python"
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout


def test_a_script_of_python_can_use_the_shared_part_without_a_file_beside_it(target: Target) -> None:
    probed = with_program(
        target, "probe.py", "from python_probes import show\nshow('flask', {'orm': ('no', 'none')})\n"
    )
    found = json.loads(printed(probed))
    assert [row["name"] for row in found["attributes"]] == ["language_version", "orm", "single_binary"]
    assert [row["metric"] for row in found["footprint"]] == ["footprint.framework", "footprint.dependencies"]
    assert found["footprint"][0]["value"] > 100_000
    assert found["attributes"][0]["answer"].startswith("Python 3.")


def test_only_distributions_that_serve_are_counted_if_a_script_names_them(target: Target) -> None:
    script = "from python_probes import show\nshow('flask', {}, served_with=['not-installed'])\n"
    dependencies = json.loads(printed(with_program(target, "probe.py", script)))["footprint"][1]
    named = dependencies["evidence"].removeprefix("distributions: ").split(", ")
    assert {"flask", "werkzeug", "markupsafe"} <= set(named)
    assert not {"pytest", "not-installed", "asgiref"} & set(named)
    assert dependencies["value"] == len(named)


def test_a_script_of_python_runs_as_the_main_program(target: Target) -> None:
    text = "import sys\nx = 1\nprint(__name__, sys.modules['__main__'].x)\n"  # as Django's routes
    assert printed(with_program(target, "probe.py", text)) == "__main__ 1\n"


def test_the_error_of_a_script_of_python_names_its_file_and_line(target: Target) -> None:
    python, *words = probe_command(with_program(target, "probe.py", "\n1 / 0\n"))
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert (python, done.returncode) == ("python", 1)
    assert 'File "probe.py", line 2' in done.stderr


def test_a_script_of_ruby_is_given_to_ruby(target: Target) -> None:
    assert probe_command(with_program(target, "probe.rb", "puts '{}'")) == ("ruby", "-e", "puts '{}'")


def test_a_program_that_is_no_known_script_is_an_error(target: Target) -> None:
    with pytest.raises(TargetError, match=r"probes failed .*probe\.pl is not a script with a known ending \(\.py"):
        probe_command(with_program(target, "probe.pl", "print '{}'"))


def test_a_missing_script_is_an_error(target: Target) -> None:
    with pytest.raises(TargetError, match=r"probes failed .*No such file .*missing\.py"):
        probe_command(replace(target, probes=Probes("missing.py", "hello.py")))


def test_a_script_outside_of_the_folder_of_the_target_is_neither_read_nor_run(target: Target) -> None:
    (target.folder.parent / "settings.py").write_text("SECRET = 'x'\n")
    (target.folder / "probe.py").symlink_to("../settings.py")
    for name in ("../settings.py", "probe.py", str(target.folder.parent / "settings.py")):
        with pytest.raises(TargetError, match=r"probes failed .*it leads out of the folder"):
            probe_command(replace(target, probes=Probes(name, "hello.py")))
