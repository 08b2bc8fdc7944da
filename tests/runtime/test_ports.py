"""Free ports for targets."""

import random
import socket
from pathlib import Path

import pytest

from harness.runtime import ports
from harness.runtime.ports import free_port


def test_a_port_is_below_the_range_of_outgoing_connections() -> None:
    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(10_000 <= free_port() < lowest_outgoing for _ in range(50))


def test_a_port_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))


def test_a_port_is_neither_in_use_nor_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        used = free_port()
        server.bind(("127.0.0.1", used))
        reserved = used + 1
        candidates = iter([used, reserved, reserved + 1, reserved + 2, reserved + 3])
        monkeypatch.setattr(random, "randrange", lambda _low, _high: next(candidates))
        assert free_port(frozenset({reserved})) > reserved


def test_the_kernel_chooses_the_port_if_the_range_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "missing")
    assert len({free_port() for _ in range(5)}) > 1


def test_the_kernel_chooses_the_port_if_the_range_begins_too_low(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "range").write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "range")
    assert 1024 <= free_port() <= 65535
