"""Listening sockets of the machine, whoever they belong to."""

import socket
from pathlib import Path

import pytest

from harness.runtime import listeners
from harness.runtime.listeners import listening, unix_listeners


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_listening_socket_is_found_and_a_closed_one_is_not(family: socket.AddressFamily, host: str) -> None:
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this machine has no such address")
    with server:
        place = (host, server.getsockname()[1])
        assert place in (listening() or ())
    assert place not in (listening() or ())


def test_all_addresses_are_written_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st\n"
    table.write_text(f"{head}   0: 00000000:1F90 00000000:0000 0A\n   1: 0100007F:0050 00000000:0000 01\n")
    monkeypatch.setattr(listeners, "_TABLES", {table: socket.AF_INET})
    assert listening() == frozenset({("0.0.0.0", 8080)})  # noqa: S104 - what the table says


def test_tables_that_can_not_be_read_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_TABLES", {tmp_path / "none": socket.AF_INET})
    assert listening() is None


UNIX_TABLE = """Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 111 /tmp/the app.sock
0000000000000000: 00000002 00000000 00010000 0001 01 222 @abstract
0000000000000000: 00000003 00000000 00000000 0001 03 333 /tmp/the app.sock
0000000000000000: 00000002 00000000 00010000 0001 01 444
0000000000000000: 00000002 00000000 00010000 0001 01 555 /tmp/with a
line and: some more words than a row has
"""


def test_unix_sockets_that_accept_connections_are_found_by_their_inodes(tmp_path: Path) -> None:
    table = tmp_path / "unix"
    table.write_text(UNIX_TABLE)
    assert unix_listeners(table) == {"111": "/tmp/the app.sock", "222": "@abstract", "555": "/tmp/with a"}  # noqa: S108
    assert unix_listeners(tmp_path / "none") == {}
