"""`harness run --against REV` with processes: a handler that became slower or faster is found, in one run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project import write
from tests.repository import commit_all, git

ROOT = Path(__file__).parents[2]
SERVER = """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        time.sleep({sleep_s})
        body, status = (b"Hello, World!", 200) if self.path.partition("?")[0] == "/" else (b"", 404)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
TARGET = """
title = "Sleeper"
language = "Python"
summary = "a server that sleeps before each answer"
role = "framework"
answers = ["plain"]
default = "own"

[process]
toolchain = "python-venv"

[variants.own]
class = "development"
summary = "one process with threads"
command = ["python", "server.py"]
"""

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]


def a_project(folder: Path, before_s: float, after_s: float) -> Path:
    """Return a project in a repository: `old` has one sleep in the handler, the working tree another."""
    write(folder / "project.toml", 'title = "Sleeper"\nreference = "sleeper"\ntargets = ["sleeper"]\n')
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    write(folder / ".gitignore", "results\ncache\n")
    write(folder / "targets/sleeper/target.toml", TARGET)
    write(folder / "targets/sleeper/server.py", SERVER.format(sleep_s=before_s))
    commit_all(folder, tag="old")
    write(folder / "targets/sleeper/server.py", SERVER.format(sleep_s=after_s))
    return folder


def gate(folder: Path, threshold: str) -> subprocess.CompletedProcess[str]:
    words = ("--profile", "smoke", "--scenario", "hello", "--runtime", "process", "--json")
    return subprocess.run(
        [sys.executable, "-m", "harness", "run", *words, "--against", "old", "--fail-on", threshold],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"HARNESS_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)},
    )


def change_of(document: dict[str, Any], metric: str) -> dict[str, Any]:
    [row] = [row for row in document["comparisons"] if row["metric"] == metric]
    assert row["subject"] == "sleeper:own"
    assert row["reference"].startswith("sleeper@")
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize(
    ("before_s", "after_s", "threshold", "verdict"),
    [(0.0, 0.02, "throughput.closed.c1<-20%", "lower"), (0.02, 0.0, "throughput.closed.c1>20%", "higher")],
)
def test_the_gate_finds_the_slower_handler(
    tmp_path: Path, before_s: float, after_s: float, threshold: str, verdict: str
) -> None:
    project = a_project(tmp_path, before_s, after_s)
    status = git(project, "status", "--porcelain")
    done = gate(project, threshold)
    assert done.returncode == 1, done.stderr
    assert "the working tree against old): throughput.closed.c1" in done.stderr
    change = change_of(json.loads(done.stdout), "throughput.closed.c1")
    assert change["ratio"] < 0.5 if after_s else change["ratio"] > 2
    is_disturbed = "the machine was disturbed" in " ".join(change["warnings"])
    assert change["verdict"] == verdict or is_disturbed, change
    assert git(project, "status", "--porcelain") == status
