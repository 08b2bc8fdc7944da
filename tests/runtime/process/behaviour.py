"""Test target: its first argument names its behaviour. It prints `ready`, and needs only the standard library."""

import contextlib
import json
import mmap
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

MIB = 1 << 20


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def wait_for_sigterm() -> None:
    signal.sigwait({signal.SIGTERM})


def fine() -> None:
    print_line("ready")
    wait_for_sigterm()
    print_line("good bye")


def gives_up() -> NoReturn:
    print_line("the socket is out of thread")
    sys.exit(3)


def fails_at_the_end() -> NoReturn:
    fine()
    sys.exit(4)


def ignores_sigterm() -> NoReturn:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    print_line("ready")
    while True:
        time.sleep(60)


def dies_of_sigterm() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    print_line("ready")
    signal.pause()


def orphans() -> None:
    """Leave an orphaned grandchild in another session and group, which ignores SIGTERM."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print_line(f"orphan {os.getpid()}")
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()
    print_line("ready")
    wait_for_sigterm()


def helped() -> None:
    """Keep a child that ends 0.1 s after this process."""
    theirs, ours = os.pipe()
    if os.fork() == 0:
        os.close(ours)
        os.read(theirs, 1)
        time.sleep(0.1)
        os._exit(0)
    fine()


def crowd() -> None:
    """Keep children that have children."""
    for _ in range(2):
        if os.fork() == 0:
            os.fork()
            print_line("one more")
            while True:
                time.sleep(60)
    fine()


def burns() -> None:
    """Use CPU time here, in a child that is waited for, and in an orphan that ends; then print how much."""
    spin(0.05)
    if os.fork() == 0:
        spin(0.1)
        os._exit(0)
    os.wait()
    if os.fork() == 0:
        if os.fork() == 0:
            spin(0.15)
            print_line(f"orphan burned {time.process_time()}")
        os._exit(0)
    os.wait()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print_line(f"burned {time.process_time() + children.ru_utime + children.ru_stime}")
    wait_for_sigterm()


def spin(cpu_s: float) -> None:
    while time.process_time() < cpu_s:
        pass


def occupies() -> None:
    """Allocate 50 MiB at the first SIGUSR1, and share them with two children at the second."""
    print_line("ready")
    signal.sigwait({signal.SIGUSR1})
    memory = filled(50 * MIB)
    print_line("taken")
    signal.sigwait({signal.SIGUSR1})
    for _ in range(2):
        if os.fork() == 0:
            print_line("shared")
            signal.sigwait({signal.SIGTERM})
            os._exit(len(memory) == 0)
    wait_for_sigterm()


def filled(size: int) -> mmap.mmap:
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for page in range(0, size, mmap.PAGESIZE):
        memory[page] = 1
    return memory


def listens(host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as server:
        server.bind((host, int(os.environ["PORT"])))
        server.listen()
        fine()


def describes_itself() -> None:
    """Print everything that a target can read about its own process."""
    with contextlib.suppress(OSError):
        Path("written").touch()
    print_line(
        json.dumps(
            {
                "environment": dict(os.environ),
                "arguments": sys.argv[1:],
                "folder": str(Path.cwd()),
                "files": sorted(path.name for path in Path.cwd().iterdir()),
                "cpus": sorted(os.sched_getaffinity(0)),
                "open_files": resource.getrlimit(resource.RLIMIT_NOFILE),
                "core": resource.getrlimit(resource.RLIMIT_CORE),
                "leads": os.getpid() == os.getsid(0) == os.getpgid(0),
                "oom_score_adj": int(Path("/proc/self/oom_score_adj").read_text()),
                "input": sys.stdin.read(),
                "descriptors": sorted(int(path.name) for path in Path("/proc/self/fd").iterdir())[:3],
                "python": sys.prefix,
            }
        )
    )
    fine()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    globals()[sys.argv[1]](*sys.argv[2:])
