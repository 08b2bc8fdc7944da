"""A server that reports its limits as a process, and allocates memory on request."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDERS = ("/", "/app", "/etc", "/tmp", "/var/tmp")  # noqa: S108 - folders in which a container might be able to write
HELD: list[bytearray] = []


def conditions() -> dict[str, object]:
    """Return the limits of this process."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "arguments": sys.argv[1:],
        "colour": os.environ.get("COLOUR"),
        "capabilities": [int(status[key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
        "cpus": sorted(os.sched_getaffinity(0)),
        "no_new_privileges": status["NoNewPrivs"],
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "parent": os.getppid(),
        "user": [os.getuid(), os.getgid()],
        "writable": [folder for folder in FOLDERS if writable(folder)],
    }


def writable(folder: str) -> bool:
    """Return whether a file can be created in a folder."""
    try:
        probe = Path(folder) / "probe"
        probe.write_text("")
        probe.unlink()
    except OSError:
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    """`/` greets, `/conditions` reports the limits, `/allocate` takes 64 MiB and keeps them."""

    def do_GET(self) -> None:
        """Answer a request."""
        body = b"Hello, World!"
        if self.path == "/conditions":
            body = json.dumps(conditions()).encode()
        elif self.path == "/allocate":
            HELD.append(bytearray(b"x") * (64 << 20))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
# shutdown() waits for serve_forever(), which runs in this thread: it must be called from another
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(poll_interval=0.05)
