"""The script that pins base images to the digests of their tags: its rewrites and its errors, with a fake engine."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fake_machine import ROOT, run

pytestmark = [pytest.mark.program, pytest.mark.machine]

PIN_BASES = ROOT / "tools" / "pin-bases"
CI = (".github/workflows/release.yml", ".gitlab-ci.yml")
OLD, NEW, GO_NEW = (f"sha256:{digit * 64}" for digit in "a1f")
SHORT_OLD, SHORT_NEW = OLD[:19], NEW[:19]

FAKE_DOCKER = """#!/usr/bin/env bash
# A fake engine: a folder with one file for each tag of its registry, which has a digest of a repository on each line.
set -euo pipefail
name="${*: -1}"
printf '%s\\n' "$*" >>"$FAKE/calls"
case "$1 ${2-}" in
  "version "*) [[ -e $FAKE/engine-answers ]] ;;
  "pull --quiet")
    [[ -e $FAKE/tags/${name//[:\\/]/_} ]] || { echo "Error: no such host" >&2; exit 1; }
    printf '%s\\n' "$name"
    ;;
  "image inspect") cat "$FAKE/tags/${name//[:\\/]/_}" ;;
  *) echo "the fake knows no 'docker $*'" >&2; exit 64 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Folder with a fake engine, and with targets."""

    folder: Path

    def has(self, tag: str, *digests: str) -> None:
        """Let the registry have a tag; `digests` are what the engine says of it after a pull."""
        lines = "".join(f"{digest}\n" for digest in digests)
        (self.folder / "tags" / tag.replace(":", "_").replace("/", "_")).write_text(lines)

    def target(self, name: str, *bases: str, argument: str = "BASE", dockerfile: str | None = None) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True)
        tables = (f'[[bases]]\nargument = "{argument}"\nregistry = "{base}" # a comment\n' for base in bases)
        (folder / "target.toml").write_text('title = "A title"\n' + "".join(tables) + "[variants.one]")
        lines = "".join(f"ARG {argument}={base}\n" for base in bases)
        (folder / "Dockerfile").write_text(dockerfile or f"{lines}ARG OTHER=1\nFROM ${{{argument}}}")
        return folder

    def pin(self, *words: str | Path, tool: Path = PIN_BASES) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return run(tool, *map(str, words), env={"PATH": path, "FAKE": str(self.folder)})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name in ("bin", "tags"):
        (tmp_path / name).mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(FAKE_DOCKER)
    docker.chmod(0o755)
    (tmp_path / "engine-answers").touch()
    made = Machine(tmp_path)
    made.has("python:3.13-slim", f"python@{NEW}")
    return made


def files_of(target: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in target.iterdir()}


def test_a_pin_that_has_moved_is_rewritten_in_both_files_and_nothing_else_is(machine: Machine) -> None:
    target = machine.target("app", f"python:3.13-slim@{OLD}")
    before = files_of(target)
    (target / "Dockerfile").chmod(0o640)
    done = machine.pin(target)
    assert (done.returncode, done.stderr) == (0, "")
    assert files_of(target) == {name: text.replace(OLD, NEW) for name, text in before.items()}
    assert done.stdout.splitlines() == [
        *(
            f"{target}/{name}: python:3.13-slim has {SHORT_OLD}, and the registry has {SHORT_NEW}."
            for name in ("target.toml", "Dockerfile")
        ),
        "Pinned. Build and verify the targets now: harness build --verify",
    ]
    assert (target / "Dockerfile").stat().st_mode & 0o777 == 0o640


def test_a_tag_without_a_digest_gets_one_and_each_tag_is_pulled_once(machine: Machine) -> None:
    machine.has("golang:1.26", f"golang@{GO_NEW}")
    targets = [
        machine.target("one", "python:3.13-slim", "golang:1.26"),
        machine.target("two", f"python:3.13-slim@{OLD}"),
    ]
    assert machine.pin(*targets).returncode == 0
    assert f'registry = "golang:1.26@{GO_NEW}" # a comment\n' in (targets[0] / "target.toml").read_text()
    assert f"ARG BASE=golang:1.26@{GO_NEW}\n" in (targets[0] / "Dockerfile").read_text()
    assert [f"python:3.13-slim@{NEW}" in text for one in targets for text in files_of(one).values()] == [True] * 4
    pulls = [line for line in (machine.folder / "calls").read_text().splitlines() if line.startswith("pull")]
    assert sorted(pulls) == ["pull --quiet golang:1.26", "pull --quiet python:3.13-slim"]


def test_files_whose_digests_differ_from_one_another_agree_afterwards(machine: Machine) -> None:
    target = machine.target("app", f"python:3.13-slim@{NEW}", dockerfile=f"ARG BASE=python:3.13-slim@{OLD}\n")
    done = machine.pin(target)
    assert done.stdout.splitlines()[0].startswith(f"{target}/Dockerfile: python:3.13-slim has {SHORT_OLD}")
    assert (target / "Dockerfile").read_text() == f"ARG BASE=python:3.13-slim@{NEW}\n"


def test_check_says_which_pins_differ_and_changes_nothing(machine: Machine) -> None:
    target = machine.target("app", "python:3.13-slim")
    before = files_of(target)
    done = machine.pin("--check", target)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        f"{target}/{name}: python:3.13-slim has no digest, and the registry has {SHORT_NEW}."
        for name in ("target.toml", "Dockerfile")
    ]
    assert files_of(target) == before


@pytest.mark.parametrize("words", [(), ("--check",)])
def test_pins_that_are_the_registrys_are_left_alone(machine: Machine, words: tuple[str, ...]) -> None:
    target = machine.target("app", f"python:3.13-slim@{NEW}")
    before = files_of(target)
    done = machine.pin(*words, target)
    assert (done.returncode, done.stdout) == (0, "Every pin is the registry's: 1 targets, 1 base images.\n")
    assert files_of(target) == before


@pytest.mark.parametrize(
    ("tag", "repository"),
    [
        ("default.example/library/python:3", "python"),
        ("one.example/some/python:3", "one.example/some/python"),
        ("127.0.0.1:5000/python", "127.0.0.1:5000/python"),
    ],
)
def test_only_a_digest_of_the_tags_own_repository_counts(machine: Machine, tag: str, repository: str) -> None:
    others = [f"{name}@{OLD}" for name in ("mirror.example/python", "thon", "some/python") if name != repository]
    machine.has(tag, *others, f"{repository}@{NEW}")
    target = machine.target("app", tag)
    assert machine.pin(target).returncode == 0
    assert f"ARG BASE={tag}@{NEW}\n" in (target / "Dockerfile").read_text()


def test_without_a_registry_nothing_is_written(machine: Machine) -> None:
    target = machine.target("app", "python:3.13-slim", "golang:1.26")
    before = files_of(target)
    done = machine.pin(target)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "error: a base image was not pulled (golang:1.26): Error: no such host. Use a network with the registry, and "
        "run this again.\n"
    )
    assert files_of(target) == before


@pytest.mark.parametrize(
    ("digests", "cause"),
    [
        ((), "is not known (python:3.13-slim): the engine has no digest of a registry for it."),
        ((f"python@{NEW}", f"python@{OLD}"), f"is not certain (python:3.13-slim): the engine knows @{NEW} and @{OLD}."),
    ],
)
def test_a_digest_that_is_not_certain_is_not_written(machine: Machine, digests: tuple[str, ...], cause: str) -> None:
    machine.has("python:3.13-slim", *digests)
    target = machine.target("app", f"python:3.13-slim@{OLD}")
    done = machine.pin(target)
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: the digest of a base image {cause} Remove the image with 'docker image rm ")
    assert OLD in (target / "target.toml").read_text()


def test_without_an_engine_the_exit_code_is_3(machine: Machine) -> None:
    (machine.folder / "engine-answers").unlink()
    done = machine.pin(machine.target("app", "python:3.13-slim"))
    assert done.returncode == 3
    assert done.stderr.startswith("error: no container engine answers (its default address): ")


@pytest.mark.parametrize(
    ("base", "dockerfile", "cause"),
    [
        ("python:3.13-slim", "FROM python:3.13-slim\n", "do not name the same base"),
        ("python:3.13-slim", "ARG BASE=python:3.12-slim\n", "do not name the same base"),
        ("", None, "no base image was found"),
        ("--all", None, "no base image was found"),
    ],
)
def test_files_that_do_not_name_the_same_bases_are_a_configuration_error(
    machine: Machine, base: str, dockerfile: str | None, cause: str
) -> None:
    done = machine.pin(machine.target("app", base, dockerfile=dockerfile))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert cause in done.stderr
    assert not (machine.folder / "calls").exists()


def test_a_folder_without_a_target_and_an_unknown_option_are_wrong_use(machine: Machine) -> None:
    missing = machine.pin(machine.folder / "nothing")
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: a target has no readable target.toml (")
    unknown = machine.pin("--all")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("usage: tools/pin-bases ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_is_no_difference(machine: Machine) -> None:
    target = machine.target("app", f"python:3.13-slim@{OLD}")
    target.chmod(0o555)
    done = machine.pin("--check", target)
    target.chmod(0o755)
    assert done.returncode == 3
    assert "a file can't be written" in done.stderr


def test_by_default_every_target_of_the_project_and_of_the_harness_and_ci_is_looked_at(machine: Machine) -> None:
    for tag in ("golang:1.26", "node:24-slim", "debian:trixie-slim"):
        machine.has(tag, f"{tag.partition(':')[0]}@{NEW}")
    done = machine.pin("--check")
    assert done.returncode == 1, done.stderr
    stock = [
        path.parent.relative_to(ROOT)
        for pattern in ("targets/*", "harness/selftest/targets/*", "harness/stock/*")
        for path in sorted(ROOT.glob(f"{pattern}/target.toml"))
    ]
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == [
        *(f"{folder}/{name}" for folder in stock for name in ("target.toml", "Dockerfile")),
        *CI,
    ]


def test_images_of_ci_move_with_those_of_the_targets_and_others_stay(machine: Machine) -> None:
    tool = machine.folder / "tools/pin-bases"
    tool.parent.mkdir()
    shutil.copy(PIN_BASES, tool)
    for name in ("targets/app", "harness/selftest/targets/app", "harness/stock/app"):
        machine.target(name, f"python:3.13-slim@{OLD}")
    text = f"image: python:3.13-slim@{OLD} # why\n  run: |\n    image=python:3.13-slim@{OLD}\n    image: go:1@{OLD}\n"
    for name in CI:
        (machine.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.folder / name).write_text(text)
    done = machine.pin(tool=tool)
    assert (done.returncode, done.stderr) == (0, "")
    for name in CI:
        assert (machine.folder / name).read_text() == text.replace(f"slim@{OLD}", f"slim@{NEW}")
