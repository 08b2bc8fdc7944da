"""An engine of the test's own, with a small disk, which a test may fill and end. It takes root and dockerd.

It has its own mount namespace, and its own network namespace: dockerd without a bridge removes the machine's `docker0`.
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import docker
import pytest
from docker import APIClient

from tests.e2e.containers import PATIENCE_S, until

_SCRIPT = """
ip link set lo up
mount -t tmpfs -o size="$2" none "$1/disk"
exec dockerd --host "unix://$1/socket" --data-root "$1/disk" --exec-root "$1/exec" --pidfile "$1/pid" \
  --bridge none --iptables=false --ip6tables=false --ip-forward=false --userland-proxy=false
"""
_DISK = "32m"
IMAGE = "sleeper:1"
"""Name of an image whose only program is `sleep`."""


class OwnEngine:
    """Engine of the test's own."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.address = f"unix://{folder}/socket"
        self._process = process
        self._folder = folder
        self._disk = Path(f"/proc/{process.pid}/root{folder}/disk")  # it is not mounted in our namespace

    def client(self) -> APIClient:
        """Return a new client."""
        return docker.APIClient(base_url=self.address, version="auto")

    def end(self) -> None:
        """Ask it to end, and return when it takes no new connections; containers are still being ended then."""
        self._process.send_signal(signal.SIGTERM)
        until(lambda: not (self._folder / "socket").exists())

    def fill(self) -> None:
        """Write to its disk until it is full."""
        with suppress(OSError), (self._disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)

    def make_room(self) -> None:
        """Remove what `fill` wrote."""
        (self._disk / "filler").unlink()


@contextmanager
def own_engine() -> Iterator[OwnEngine]:
    """Start an engine with the image `sleeper`; end it, and remove what it wrote."""
    missing = [word for word in ("dockerd", "unshare", "ip") if shutil.which(word, path=_path()) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip("an engine of the test's own takes root and dockerd")
    folder = Path(f"/run/harness-test-{os.getpid()}")
    (folder / "disk").mkdir(parents=True)
    log = (folder / "log").open("wb")
    words = ["unshare", "--mount", "--net", "sh", "-euc", _SCRIPT, "sh", str(folder), _DISK]
    with log, subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | {"PATH": _path()}) as process:
        try:
            engine = OwnEngine(folder, process)
            until(lambda: process.poll() is not None or _listens(folder / "socket"))
            if process.poll() is not None:
                pytest.skip(f"dockerd does not start here: {(folder / 'log').read_text()[-300:]}")
            with closing(engine.client()) as api:
                api.import_image_from_data(_sleeper(), *IMAGE.split(":"))
            yield engine
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            process.kill()
    shutil.rmtree(folder)


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connected, suppress(OSError):
        connected.connect(str(path))
        return True
    return False


def _sleeper() -> bytes:
    """Return an archive of `sleep` and its libraries."""
    program = shutil.which("sleep") or ""
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as archive:
        archive.add(program, "sleep")
        for word in linked.split():
            if word.startswith("/"):
                archive.add(word)
    return packed.getvalue()
