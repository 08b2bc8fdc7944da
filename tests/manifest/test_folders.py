"""Target folders that are half there: each missing file is one sentence."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.manifest import load_targets, require_complete, require_manifests
from harness.model import Probes, Target, Toolchain, Variant, VariantClass
from harness.runtime.context import context_files
from tests.checkout import ROOT
from tests.project import write

PLAIN = Variant("plain", VariantClass.TUNED, "plain", command=("python", "app.py"))


def target(folder: Path, *, toolchain: Toolchain | None = None, probes: Probes | None = None) -> Target:
    folder.mkdir(exist_ok=True)
    return Target("app", "App", "Python", "", folder, (PLAIN,), "plain", toolchain=toolchain, probes=probes)


def required(one: Target, *variants: Variant, in_containers: bool) -> None:
    require_complete(one, variants or one.variants, context_files(one.folder), in_containers=in_containers)


def refusal(
    one: Target, *, in_containers: bool = True, problem: str = "a target's folder is not complete"
) -> UsageError:
    with pytest.raises(UsageError, match=problem) as caught:
        required(one, in_containers=in_containers)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("in_containers", [True, False])
def test_the_shipped_targets_are_complete(*, in_containers: bool) -> None:
    for one in load_targets(ROOT).values():
        required(one, in_containers=in_containers)


@pytest.mark.parametrize(("files", "cause"), [((), "it is empty"), (("app.py",), "it has no target.toml")])
def test_a_named_folder_without_a_manifest_is_refused(tmp_path: Path, files: tuple[str, ...], cause: str) -> None:
    (tmp_path / "targets" / "mine").mkdir(parents=True)
    for name in files:
        write(tmp_path / "targets" / "mine" / name, "")
    with pytest.raises(UsageError, match=cause) as caught:
        require_manifests(["gin_app, mine:plain"], tmp_path, ())
    assert caught.value.where == str(tmp_path / "targets" / "mine")


def test_a_name_without_a_folder_is_left_to_the_look_up(tmp_path: Path) -> None:
    require_manifests(["absent", ""], tmp_path, ())


def test_only_a_manifest_that_was_not_read_before_is_read(tmp_path: Path) -> None:
    write(tmp_path / "targets" / "mine" / "target.toml", "wrong")
    require_manifests(["mine:plain"], tmp_path, {"mine"})
    with pytest.raises(UsageError, match=r"mine/target\.toml"):
        require_manifests(["mine:plain"], tmp_path, {"gin_app"})


def test_a_missing_dockerfile_is_refused_only_for_containers(tmp_path: Path) -> None:
    write(tmp_path / "app.py", "")
    assert refusal(target(tmp_path)).cause == "it has no Dockerfile"
    venv = target(tmp_path, toolchain=Toolchain.PYTHON_VENV)
    assert "--runtime process" in refusal(venv).remedy
    required(venv, in_containers=False)


def test_a_dockerfile_without_a_reasonable_end_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "Dockerfile").open("wb") as file:
        file.truncate(3 << 30)
    assert refusal(target(tmp_path)).cause == "it is longer than 16,777,216 bytes"


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("COPY app.py ./", "app.py"),
        ("copy --chown=1:1 app.py ./", "app.py"),
        ('COPY ["app.py", "./"]', "app.py"),
        ("ADD static /app/static", "static"),
        ("COPY there.py \\\n  app.py ./", "app.py"),
    ],
)
def test_a_file_that_the_dockerfile_copies_must_be_there(tmp_path: Path, line: str, missing: str) -> None:
    write(tmp_path / "there.py", "")
    write(tmp_path / "Dockerfile", f"FROM scratch\n# COPY other.py ./\n{line}\n")
    found = refusal(target(tmp_path))
    assert (found.where, found.cause) == (
        f"{tmp_path / 'Dockerfile'}:3",
        f"it copies {missing}, which is not in the folder",
    )


@pytest.mark.parametrize(
    "line",
    [
        "COPY --from=build /app /app",
        "COPY *.go ./",
        "COPY $FILE ./",
        "ADD https://example.org/x.tar /x.tar",
        "COPY . .",
        "COPY <<EOF /app/x",
        "COPY there.py /",
        'COPY "un',
        "RUN cp app.py x",
    ],
)
def test_what_is_not_certain_is_left_to_the_build(tmp_path: Path, line: str) -> None:
    write(tmp_path / "there.py", "")
    write(tmp_path / "Dockerfile", f"FROM scratch\n{line}\n")
    required(target(tmp_path), in_containers=True)


@pytest.mark.parametrize("toolchain", [Toolchain.PYTHON_VENV, Toolchain.RUBY])
def test_a_script_that_a_command_names_must_be_there_for_processes(tmp_path: Path, toolchain: Toolchain) -> None:
    venv = target(tmp_path, toolchain=toolchain)
    assert refusal(venv, in_containers=False).cause == (
        "the command of the variant plain names app.py, which is not in the folder"
    )
    write(tmp_path / "src" / "app.py", "")
    required(venv, replace(PLAIN, command=("python", "-m", "app", "src/app.py")), in_containers=False)


def test_a_go_target_needs_its_module_file_for_processes(tmp_path: Path) -> None:
    assert refusal(target(tmp_path, toolchain=Toolchain.GO), in_containers=False).cause == "it has no go.mod"


def test_a_node_target_needs_its_package_file_its_lock_and_its_scripts_for_processes(tmp_path: Path) -> None:
    node = replace(
        target(tmp_path, toolchain=Toolchain.NODE), variants=(replace(PLAIN, command=("node", "--watch", "app.js")),)
    )
    causes = ["it has no package.json", "it has no package-lock.json", "the command of the variant plain names app.js"]
    for cause, name in zip(causes, ["package.json", "package-lock.json", "app.js"], strict=True):
        assert refusal(node, in_containers=False).cause.startswith(cause)
        write(tmp_path / name, "")
    required(node, in_containers=False)


def test_a_probe_program_must_be_there(tmp_path: Path) -> None:
    write(tmp_path / "Dockerfile", "FROM scratch\n")
    found = refusal(target(tmp_path, probes=Probes("probes.py", "hello.py")))
    assert found.cause == "its [probes] name probes.py, which is not there"


@pytest.mark.parametrize(
    ("kept", "toolchain", "name", "why"),
    [
        ("app.js", Toolchain.NODE, "package.json", "a build for node needs package.json"),
        ("package*.json", Toolchain.NODE, "app.js", "the command of the variant plain names app.js"),
        ("go.sum", Toolchain.GO, "go.mod", "a build for go needs go.mod"),
        ("app.js", None, "static/logo.svg", "Dockerfile:2 copies /static/logo.svg"),
        ("app.js", None, "static", "Dockerfile:2 copies static/"),
    ],
)
def test_a_file_that_dockerignore_leaves_out_of_the_build_is_refused_before_the_build(
    tmp_path: Path, kept: str, toolchain: Toolchain | None, name: str, why: str
) -> None:
    in_containers = toolchain is None
    one = target(tmp_path, toolchain=toolchain)
    one = replace(one, variants=(replace(PLAIN, command=("node", "app.js")),))
    for path in ("app.js", "package.json", "package-lock.json", "go.mod", "static/logo.svg"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        write(tmp_path / path, "")
    write(tmp_path / "Dockerfile", f"FROM scratch\nCOPY {why.rpartition(' ')[2]} ./\n")
    required(one, in_containers=in_containers)
    write(tmp_path / ".dockerignore", f"*\n!{kept}\n")
    found = refusal(one, in_containers=in_containers, problem="a target's build lacks a file")
    assert found.where == str(tmp_path / ".dockerignore")
    assert found.cause == f"it leaves out {name}, and {why}"
    write(tmp_path / ".dockerignore", f"*\n!{kept}\n!package-lock.json\n{found.remedy.split('`')[1]}\n")
    required(one, in_containers=in_containers)
