"""The probes of the committed targets: the smallest apps work, and all probes ask the same questions."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.manifest import load_targets
from harness.model import AttributeName, Target
from harness.runtime.ports import free_port
from harness.runtime.probing import probe_command

ROOT = Path(__file__).parents[1]
TARGETS = load_targets(ROOT)
WITH_PROBES = pytest.mark.parametrize("target", [t for t in TARGETS.values() if t.probes], ids=lambda t: t.name)


def hello_of(target: Target) -> Path:
    assert target.probes is not None
    return target.folder / target.probes.hello


@WITH_PROBES
def test_the_probes_ask_every_question(target: Target) -> None:
    assert target.probes is not None
    program = target.folder / target.probes.program
    packaged = [file.read_text(encoding="utf-8") for file in program.glob("*.go")]
    source = "".join(packaged) if packaged else probe_command(target)[-1]
    assert {name for name in AttributeName if f'"{name}"' not in source} == set()


def test_the_probe_of_flask_answers_every_question() -> None:
    _, *words = probe_command(TARGETS["flask_app"])
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    assert {row["name"] for row in json.loads(done.stdout)["attributes"]} == set(AttributeName)


def test_the_smallest_flask_app_answers() -> None:
    asked = (
        "import runpy, sys; app = runpy.run_path(sys.argv[1])['app'];"
        "answer = app.test_client().get('/'); print(answer.status_code, answer.text)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", asked, hello_of(TARGETS["flask_app"])], capture_output=True, text=True, check=True
    )
    assert done.stdout == "200 Hello, World!\n"


@pytest.mark.program
@pytest.mark.skipif(shutil.which("go") is None, reason="takes a Go toolchain")
def test_the_smallest_gin_app_answers(tmp_path: Path) -> None:
    target, port = TARGETS["gin_app"], free_port(frozenset(), "127.0.0.1")
    elsewhere = hello_of(target).read_text(encoding="utf-8").replace(":8080", f":{port}")  # 8080 may be taken
    (tmp_path / "hello.go").write_text(elsewhere, encoding="utf-8")
    built = ["go", "build", "-trimpath", "-o", str(tmp_path / "hello"), str(tmp_path / "hello.go")]
    subprocess.run(built, cwd=target.folder, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    with subprocess.Popen([tmp_path / "hello"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert answer_of(port) == (200, b"Hello, World!")
        finally:
            process.kill()


@pytest.mark.program
@pytest.mark.skipif(shutil.which("ruby") is None, reason="takes a Ruby with Sinatra and Puma")
def test_the_smallest_sinatra_app_answers() -> None:
    port = free_port(frozenset(), "127.0.0.1")
    served = ["ruby", str(hello_of(TARGETS["sinatra_app"])), "-o", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(served, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert answer_of(port) == (200, b"Hello world!")
        finally:
            process.kill()


def answer_of(port: int) -> tuple[int, bytes]:
    """Ask until somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, answer.read()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.01)
        finally:
            connection.close()
