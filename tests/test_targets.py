"""The targets as files: manifests, Dockerfiles, pinned dependencies and the contract must agree with each other."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from harness.manifest import load_target, load_targets
from harness.model import Target, VariantClass
from tests.e2e import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TARGETS = load_targets(ROOT)
CONTRACT = (ROOT / "targets" / "CONTRACT.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
LOCKS = ("requirements.txt", "go.sum", "package-lock.json")  # with hashes; Debian's archive signs its packages
DOCKERFILES = sorted(path for path in ROOT.glob("targets/*/Dockerfile"))
STOCK = sorted(
    path.parent
    for pattern in ("targets/*", "harness/selftest/targets/*", "harness/stock/new_target")
    for path in ROOT.glob(f"{pattern}/target.toml")
)
STOCK_BASES = {base.registry for target in TARGETS.values() for base in target.bases}
INSTALLERS = (
    *(
        r"pip3? (?:install|download|wheel)",
        r"npm (?:install|i|ci|add)",
        r"npx",
        r"yarn",
        r"pnpm",
        r"go (?:get|install)",
    ),
    *(r"gem install", r"bundle", r"cargo install", r"curl", r"wget", r"git clone", r"apt(?:-get)? install", r"apk add"),
)
LOCKED = (r"pip install .*--require-hashes", r"npm ci ", r"apt-get install ")  # Go checks go.sum in every build
GO_MODULES = sorted(path.parent.name for path in ROOT.glob("targets/*/go.mod"))
PUBLIC_REGISTRY = ("registry", "npmjs", "org")  # in parts: no file but npm's lock names a registry
NODE_APPS = sorted(path.parent.name for path in ROOT.glob("targets/*/package-lock.json"))
WITH_REQUIREMENTS = sorted(path.parent.name for path in ROOT.glob("targets/*/requirements.txt"))


def dockerfile(target: Target) -> str:
    return (target.folder / "Dockerfile").read_text(encoding="utf-8")


def requirements(text: str) -> list[str]:
    """Return the requirements of a requirements file, each with its continuation lines and without comments."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def test_there_is_one_null_target_and_frameworks_beside_it() -> None:
    assert len([target for target in TARGETS.values() if target.is_null]) == 1
    assert len(TARGETS) > 2


@EVERY
def test_every_production_variant_has_a_page_of_the_framework(target: Target) -> None:
    production = [v for v in target.variants if v.variant_class is VariantClass.PRODUCTION]
    assert all((v.docs_url or "").startswith("https://") for v in production)
    assert target.is_null or target.variant(target.default_variant) in production


@EVERY
def test_every_framework_has_a_production_variant_and_a_development_variant(target: Target) -> None:
    classes = {variant.variant_class for variant in target.variants}
    assert target.is_null or classes >= {VariantClass.PRODUCTION, VariantClass.DEVELOPMENT}


@EVERY
def test_every_base_image_is_a_build_argument_with_the_registrys_name_as_its_default(target: Target) -> None:
    declared = dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile(target), flags=re.MULTILINE))
    assert declared == {base.argument: base.registry for base in target.bases}


@pytest.mark.parametrize("folder", STOCK, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_stock_base_is_pinned_by_tag_and_digest_and_each_tag_has_one_digest(folder: Path) -> None:
    target = load_target(folder / "target.toml")
    assert target.bases
    for base in target.bases:
        assert re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", base.registry)
        assert f"\nARG {base.argument}={base.registry}\n" in f"\n{dockerfile(target)}"
        assert base.registry in STOCK_BASES
    assert len({name.partition("@")[0] for name in STOCK_BASES}) == len(STOCK_BASES)


@EVERY
def test_every_image_is_built_from_its_arguments_and_runs_as_user_65534(target: Target) -> None:
    images = re.findall(r"^FROM (\S+)", dockerfile(target), flags=re.MULTILINE)
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile(target), flags=re.MULTILINE)
    assert set(images) <= {f"${{{base.argument}}}" for base in target.bases} | {"scratch", *stages}
    assert re.findall(r"^USER (\S+)$", dockerfile(target), flags=re.MULTILINE) == ["65534:65534"]


@EVERY
def test_every_target_that_can_run_as_processes_has_a_command_for_each_variant(target: Target) -> None:
    assert target.toolchain is None or all(variant.command for variant in target.variants)


@EVERY
def test_tools_local_bases_makes_every_local_base_image(target: Target) -> None:
    tool = (ROOT / "tools" / "local-bases").read_text(encoding="utf-8")
    for base in target.bases:
        name = base.local_base
        assert re.search(rf"\b{name}_image={re.escape(base.local)}\s", tool)
        assert re.search(rf"^readonly every_base=\(.*\b{name}\b.*\)", tool, re.MULTILINE)


@EVERY
def test_dockerignore_includes_exactly_the_files_that_the_dockerfile_copies(target: Target) -> None:
    ignore = (target.folder / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignore[0] == "*"
    let_in = {entry.removeprefix("!") for entry in ignore[1:]}
    copied = {
        found.name
        for arguments in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(target), flags=re.MULTILINE)
        for pattern in arguments.split()
        for found in target.folder.glob(pattern)
        if not re.search(r"_test\.go$", found.name)
    }
    assert let_in == copied


@pytest.mark.parametrize("name", WITH_REQUIREMENTS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    found = requirements((ROOT / "targets" / name / "requirements.txt").read_text(encoding="utf-8"))
    assert {re.split(r"[ =]", line)[0].lower() for line in found} >= set(TARGETS[name].packages) - {"python"}
    loose = [line for line in found if not re.match(r"[\w.-]+==\S+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+$", line)]
    assert loose == []
    assert "--require-hashes" in dockerfile(TARGETS[name])


@EVERY
def test_everything_that_a_framework_installs_is_locked(target: Target) -> None:
    locks = [name for name in LOCKS if (target.folder / name).is_file()]
    assert target.is_null or locks or "apt-get install" in dockerfile(target)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_dockerfile_installs_only_what_a_lock_or_a_signature_vouches_for(path: Path) -> None:
    steps = path.read_text(encoding="utf-8").replace("\\\n", " ")
    runs = " && ".join(re.findall(r"^RUN (.+)$", steps, re.MULTILINE))
    installing = re.findall(rf"\b(?:{'|'.join(INSTALLERS)})\b[^&|;]*", runs)
    assert [step for step in installing if not any(re.match(locked, step) for locked in LOCKED)] == []


@EVERY
def test_every_debian_package_is_pinned_to_an_upstream_version(target: Target) -> None:
    steps = dockerfile(target).replace("\\\n", " ")
    packages = re.findall(r"apt-get install((?: -\S+)*) ([^&>]+)", steps)
    loose = [word for _, words in packages for word in words.split() if not re.fullmatch(r"[a-z0-9.+-]+=\S+", word)]
    assert loose == []


@pytest.mark.parametrize("name", GO_MODULES)
def test_every_go_dependency_has_a_checksum(name: str) -> None:
    folder = ROOT / "targets" / name
    needed = re.findall(r"^(?:require )?\s*([\w./-]+\.[\w./-]+) (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    sums = (folder / "go.sum").read_text().splitlines() if needed else []
    known = {tuple(line.split()[:2]) for line in sums}
    assert [
        module for module in needed if module not in known and (module[0], f"{module[1]}/go.mod") not in known
    ] == []


@pytest.mark.parametrize("name", GO_MODULES)
def test_every_go_target_requires_the_packages_of_its_manifest(name: str) -> None:
    module = (ROOT / "targets" / name / "go.mod").read_text(encoding="utf-8")
    assert all(re.search(rf"{re.escape(package)} v\d", module) for package in set(TARGETS[name].packages) - {"go"})


@pytest.mark.parametrize("name", NODE_APPS)
def test_every_node_package_is_locked_with_an_integrity_hash_and_comes_from_the_public_registry(name: str) -> None:
    lock = json.loads((ROOT / "targets" / name / "package-lock.json").read_text(encoding="utf-8"))
    packages = {place: one for place, one in lock["packages"].items() if place}
    assert {place.removeprefix("node_modules/") for place in packages} >= set(TARGETS[name].packages) - {"node"}
    for place, one in packages.items():
        assert one["integrity"].startswith("sha512-"), place
        assert urlsplit(one["resolved"])[:2] == ("https", ".".join(PUBLIC_REGISTRY)), place
        assert "hasInstallScript" not in one, place
    assert "RUN npm ci --ignore-scripts " in dockerfile(TARGETS[name])


@pytest.mark.parametrize("name", NODE_APPS)
def test_every_node_target_asks_for_the_node_of_its_base_image(name: str) -> None:
    manifest = json.loads((ROOT / "targets" / name / "package.json").read_text(encoding="utf-8"))
    major = manifest["engines"]["node"].removesuffix(".x")
    assert [base.unpinned for base in TARGETS[name].bases] == [f"node:{major}-slim"]
    assert [base.local for base in TARGETS[name].bases] == [f"local/node:{major}-trixie"]


def test_the_contracts_page_has_every_endpoint_and_reason_of_its_table() -> None:
    cases = contract.read_cases()
    assert {case.part for case in cases} == {"plain", "json", "path", "post"}
    for case in cases:
        assert f"`{case.endpoint}`" in CONTRACT
        assert f"`{case.part}`" in CONTRACT
        if case.status == 422:
            assert f"`{case.json['error']}`" in CONTRACT


def test_no_two_cases_of_the_contract_are_the_same() -> None:
    cases = contract.read_cases()
    assert len({str(case) for case in cases}) == len(cases)
    assert len({(case.endpoint, case.target, case.body) for case in cases}) == len(cases)


def test_every_target_answers_parts_that_have_cases() -> None:
    parts = {case.part for case in contract.read_cases()}
    assert all(target.answers and set(target.answers) <= parts for target in TARGETS.values())


@contextmanager
def answering(status: int, kind: str, body: bytes, *, date: bool = True) -> Iterator[str]:
    """Serve the same answer to every request; yield the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            if date:
                self.send_header("Date", self.date_time_string())
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "kind", "body", "date", "complaint"),
    [
        (500, "text/plain", b"Hello, World!", True, "status 500 instead of 200"),
        (200, "text/html", b"Hello, World!", True, "text/html b'Hello, World!' instead of"),
        (200, "text/plain", b"Hello, World", True, "text/plain b'Hello, World' instead of"),
        (200, "text/plain", b"Hello, World!", False, "no Date"),
    ],
)
def test_the_check_of_the_contract_finds_a_wrong_answer(
    status: int,
    kind: str,
    body: bytes,
    date: bool,  # noqa: FBT001 - a column of the table above
    complaint: str,
) -> None:
    with answering(status, kind, body, date=date) as netloc:
        first = contract.wrong_answers(netloc, ["plain"])[0]
    assert first.startswith(f"GET /: it greets the world as text: {complaint}")


def test_the_check_of_the_contract_accepts_a_correct_answer() -> None:
    with answering(200, "text/plain; charset=utf-8", b"Hello, World!") as netloc:
        wrong = contract.wrong_answers(netloc, ["plain"])
        assert not contract.keeps_connections(netloc)
    assert not [line for line in wrong if "greets" in line or "query" in line]
    assert len(wrong) == 2, "its answer to unknown paths is wrong"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go toolchain here")
@pytest.mark.parametrize("name", GO_MODULES)
def test_the_tests_of_the_go_targets_pass(name: str) -> None:
    folder = ROOT / "targets" / name
    vet = subprocess.run(["go", "vet", "./..."], cwd=folder, capture_output=True, text=True, check=False)
    assert vet.returncode == 0, vet.stderr
    done = subprocess.run(["go", "test", "./..."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
