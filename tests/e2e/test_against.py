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

pytestmark = [pytest.mark.locust, pytest.mark.slow]


# Of each target: in `old`, and in the working tree. A rate without a sleep would be that of a busy machine.
SLEEPS_S = {"slower": (0.005, 0.025), "faster": (0.025, 0.005)}


def a_project(folder: Path) -> Path:
    """Return a project in a repository: each target has one sleep in its handler in `old`, another in the tree."""
    write(folder / "project.toml", 'title = "Sleeper"\nreference = "slower"\ntargets = ["slower", "faster"]\n')
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    write(folder / ".gitignore", "results\ncache\n")
    for name, (before_s, _) in SLEEPS_S.items():
        write(folder / f"targets/{name}/target.toml", TARGET)
        write(folder / f"targets/{name}/server.py", SERVER.format(sleep_s=before_s))
    commit_all(folder, tag="old")
    for name, (_, after_s) in SLEEPS_S.items():
        write(folder / f"targets/{name}/server.py", SERVER.format(sleep_s=after_s))
    return folder


def gate(folder: Path, thresholds: str) -> subprocess.CompletedProcess[str]:
    words = ("--profile", "smoke", "--scenario", "hello", "--runtime", "process", "--json")
    return subprocess.run(
        [sys.executable, "-m", "tests.e2e.brief_blocks", "run", *words, "--against", "old", "--fail-on", thresholds],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ
        | {"HARNESS_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
        | {"BRIEF_BLOCKS": "4", "BRIEF_CONNECTIONS": "1"},  # with two blocks only a huge difference excludes chance
    )


def change_of(document: dict[str, Any], target: str, metric: str) -> dict[str, Any]:
    rows = [row for row in document["comparisons"] if row["metric"] == metric and row["subject"] == f"{target}:own"]
    [found] = [row for row in rows if row["reference"].startswith(f"{target}@")]
    return dict(found)


def test_the_gate_finds_the_slower_and_the_faster_handler(tmp_path: Path) -> None:
    project, metric = a_project(tmp_path), "throughput.closed.c1"
    status = git(project, "status", "--porcelain")
    done = gate(project, f"{metric}<-20%,{metric}>20%")
    assert done.returncode == 1, done.stderr
    assert f"the working tree against old): {metric}" in done.stderr
    document = json.loads(done.stdout)
    for target, verdict in (("slower", "lower"), ("faster", "higher")):
        change = change_of(document, target, metric)
        assert change["ratio"] < 0.5 if verdict == "lower" else change["ratio"] > 2
        is_disturbed = "the machine was disturbed" in " ".join(change["warnings"])
        is_wide = change["low"] < 1 < change["high"]  # beside other programs one block may be far off
        assert change["verdict"] == verdict or is_disturbed or is_wide, change
    assert git(project, "status", "--porcelain") == status
