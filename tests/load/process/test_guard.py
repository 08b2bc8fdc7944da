"""The guard in a network namespace of its own, where every packet that leaves is counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.load.process.failures import kind_of, refusal_in
from harness.load.process.guard import OutsideError
from harness.model import ErrorKind
from tests.namespaces import needs_namespaces

Run: TypeAlias = Callable[..., Any]
ROOT = Path(__file__).parents[3]
# Everything that is not this machine's goes into a cable without a reader, which counts it. The cable has no addresses
# of the kernel's, which would announce them, and asks for none.
NAMESPACE = """
set -e
ip link set lo up
ip link add out type veth peer name sink
ip link set sink addrgenmode none up
ip link set out addrgenmode none arp off
ip address add 198.51.100.2/24 dev out
ip link set out up
ip address add 2001:db8::2/64 dev out nodad
ip route add default dev out
ip -6 route add default dev out
echo 'nameserver 192.0.2.53' > "$0/resolv.conf"
printf '127.0.0.1 localhost\\n192.0.2.9 elsewhere\\n' > "$0/hosts"
mount --bind "$0/resolv.conf" /etc/resolv.conf
mount --bind "$0/hosts" /etc/hosts
exec "$@"
"""
COUNTING = """
import json, socket, sys
from pathlib import Path

def left():
    [line] = [line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("out:")]
    return int(line.split()[10])
"""

pytestmark = [pytest.mark.locust, needs_namespaces]


@pytest.fixture
def alone(tmp_path: Path) -> Run:
    """Return a function that runs Python in a namespace, and returns what it prints."""

    def run(source: str, hosts: str = "") -> Any:  # noqa: ANN401 - what it prints
        program = COUNTING + textwrap.dedent(source)
        inside = ("unshare", "--net", "--mount", "sh", "-c", NAMESPACE, str(tmp_path), sys.executable, "-c", program)
        done = subprocess.run(
            inside,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=ROOT,
            env=os.environ | {"HARNESS_HOSTS": hosts, "RES_OPTIONS": "timeout:1 attempts:1"},
        )
        if done.returncode and "Traceback" not in done.stderr:
            pytest.skip(f"this machine can't make such a namespace: {done.stderr.strip()}")
        assert not done.returncode, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


ATTEMPTS = """
import locust, gevent.socket, requests, ssl, urllib.request
import _socket
from gevent.monkey import get_original
from geventhttpclient.useragent import UserAgent

Plain = get_original("socket", "socket")
UDP, V6 = (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_DGRAM)
def broadcasting(address):
    sender = Plain(*UDP)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(b"x", address)
ATTEMPTS = {
    "a plain connect": lambda: Plain().connect(("192.0.2.1", 80)),
    "a plain connect_ex": lambda: Plain().connect_ex(("192.0.2.1", 80)),
    "a connect of the class in C": lambda: _socket.socket().connect(("192.0.2.1", 80)),
    "a connect of gevent": lambda: gevent.socket.socket().connect(("192.0.2.1", 80)),
    "create_connection": lambda: socket.create_connection(("192.0.2.1", 80), 1),
    "IPv6": lambda: Plain(socket.AF_INET6).connect(("2001:db8:1::1", 80)),
    "IPv4 in IPv6": lambda: Plain(socket.AF_INET6).connect(("::ffff:192.0.2.1", 80)),
    "sendto": lambda: Plain(*UDP).sendto(b"x", ("192.0.2.1", 9)),
    "sendto with flags": lambda: Plain(*UDP).sendto(b"x", 0, ("192.0.2.1", 9)),
    "sendto of gevent": lambda: gevent.socket.socket(*UDP).sendto(b"x", ("192.0.2.1", 9)),
    "sendto over IPv6": lambda: Plain(*V6).sendto(b"x", ("2001:db8:1::1", 9)),
    "sendmsg": lambda: Plain(*UDP).sendmsg([b"x"], [], 0, ("192.0.2.1", 9)),
    "a multicast": lambda: Plain(*UDP).sendto(b"x", ("224.0.0.1", 9)),
    "a broadcast": lambda: broadcasting(("255.255.255.255", 9)),
    "a broadcast on the network": lambda: broadcasting(("198.51.100.255", 9)),
    "a broadcast by its word": lambda: broadcasting(("<broadcast>", 9)),
    "getaddrinfo": lambda: socket.getaddrinfo("example.test", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.test"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("example.test"),
    "gethostbyaddr": lambda: socket.gethostbyaddr("192.0.2.1"),
    "getnameinfo": lambda: socket.getnameinfo(("192.0.2.1", 80), 0),
    "the plain getaddrinfo": lambda: _socket.getaddrinfo("example.test", 80),
    "a connect to a name": lambda: Plain().connect(("example.test", 80)),
    "a connect of gevent to a name": lambda: gevent.socket.socket().connect(("example.test", 80)),
    "sendto a name": lambda: Plain(*UDP).sendto(b"x", ("example.test", 9)),
    "sendto of gevent to a name": lambda: gevent.socket.socket(*UDP).sendto(b"x", ("example.test", 9)),
    "bind to a name": lambda: Plain().bind(("example.test", 0)),
    "a name of another machine": lambda: Plain().connect(("elsewhere", 80)),
    "requests": lambda: requests.get("http://192.0.2.1/"),
    "requests to a name": lambda: requests.get("http://example.test/"),
    "geventhttpclient": lambda: UserAgent().urlopen("http://192.0.2.1/"),
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=1),
}
from harness.load.process import guard
"""


def test_no_packet_leaves_whatever_makes_the_call(alone: Run) -> None:
    found = alone(
        ATTEMPTS
        + """
guard = guard.install()
found = {}
for name, attempt in ATTEMPTS.items():
    before = left()
    try:
        attempt()
        error = ""
    except OSError as raised:
        error = str(raised)
    found[name] = [left() - before, [kind for kind, _, _ in guard.take_refused()], error]
print(json.dumps(found))
"""
    )
    assert {name: (left, kinds) for name, (left, kinds, _) in found.items()} == {
        name: (0, ["outside"]) for name in found
    }
    refused = "the scenario wanted to connect to 192.0.2.1:80, which is not this machine; allow it with HARNESS_HOSTS"
    assert found["a plain connect"][2] == found["create_connection"][2] == refused
    assert found["IPv6"][2].startswith(
        "the scenario wanted to connect to [2001:db8:1::1]:80, which is not this machine"
    )
    assert found["sendto"][2].startswith("the scenario wanted to send to 192.0.2.1:9, which is not this machine")
    assert found["getaddrinfo"][2].startswith("the scenario wanted to look up example.test, which is not in /etc/hosts")


def test_packets_would_leave_without_the_guard(alone: Run) -> None:
    found = alone(
        ATTEMPTS
        + """
found = {}
for name in ("sendto", "sendto over IPv6", "a broadcast on the network", "getaddrinfo", "bind to a name"):
    before = left()
    try:
        ATTEMPTS[name]()
    except OSError:
        pass
    found[name] = left() - before
print(json.dumps(found))
"""
    )
    assert all(count > 0 for count in found.values()), found


def test_this_machine_and_the_named_machines_are_reached(alone: Run) -> None:
    found = alone(
        """
        import locust, os, tempfile
        from harness.load.process import guard
        guard = guard.install()
        found = []
        for host, family in [("127.0.0.1", 2), ("127.9.9.9", 2), ("198.51.100.2", 2), ("0.0.0.0", 2), ("localhost", 2),
                             ("127.1", 2), ("::1", 10), ("2001:db8::2", 10), ("::ffff:127.0.0.1", 10)]:
            everywhere = ("::" if family == 10 else "0.0.0.0", 0)
            with socket.create_server(everywhere, family=family, dualstack_ipv6=family == 10) as server:
                with socket.socket(family) as client:
                    client.connect((host, server.getsockname()[1]))
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
            server.bind(f"{folder}/s")
            server.listen()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(f"{folder}/s")
        before = left()
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.9", 9))
        socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("elsewhere", 9))
        print(json.dumps([left() - before, guard.take_refused()]))
        """,
        hosts="192.0.2.9",
    )
    assert found == [2, []]


DRIVER = """
from harness.load.generator import Generator
from harness.model import Scenario
from tests.load.conftest import SUBJECT, order
from tests.load.server import Answer, Server, response

LOCATIONS = {{"/away": "http://192.0.2.1/", "/named": "http://example.test/"}}
def answer(call):
    location = LOCATIONS.get(call.path)
    if location is None:
        return Answer((response(b"ok"),))
    return Answer((b"HTTP/1.1 302 Found\\r\\nLocation: " + location.encode() + b"\\r\\nContent-Length: 0\\r\\n\\r\\n",))

path = Path({folder!r}, "written.py")
path.write_text({scenario!r})
before = left()
with Server(answer) as server, Generator([Scenario("written", "", path)], frozenset({{0}}), spin=False) as generator:
    [result] = generator.run([order(name="written", connections=2)], {{SUBJECT: server.url}})
    print(json.dumps([left() - before, dict(result.errors), result.sent - result.verified, result.first_error]))
"""
TO_THERE = "192.0.2.1:80, which is not this machine; allow it with HARNESS_HOSTS"


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("self.client.get('/away')", ("redirect", f"the target redirected to {TO_THERE}")),
        ("self.client.get('/named')", ("redirect", "the target redirected to example.test, which is not in /etc/")),
        ("self.client.get('http://192.0.2.1/')", ("outside", f"the scenario wanted to connect to {TO_THERE}")),
    ],
)
def test_a_slice_counts_what_was_refused_and_says_whose_wish_it_was(
    alone: Run, tmp_path: Path, client: str, task: str, said: tuple[str, str]
) -> None:
    kind, sentence = said
    scenario = f"from locust import {client}, task\nclass Own({client}):\n    @task\n    def go(self): {task}\n"
    left, errors, failed, first = alone(DRIVER.format(folder=str(tmp_path), scenario=scenario))
    assert left == 0
    assert errors.keys() == {kind}
    assert errors[kind] == failed > 0
    assert sentence in first


def test_a_refusal_that_the_scenario_hides_is_counted(alone: Run, tmp_path: Path) -> None:
    scenario = """
import socket
from locust import HttpUser, task
class Hiding(HttpUser):
    @task
    def go(self):
        socket.socket().connect_ex(("192.0.2.1", 80))
        self.client.get("/")
"""
    left, errors, failed, first = alone(DRIVER.format(folder=str(tmp_path), scenario=scenario))
    assert left == 0
    assert errors["outside"] == failed > 0
    assert first.startswith("outside: the scenario wanted to connect to 192.0.2.1:80")


def test_the_kind_of_a_refusal_is_found_below_the_errors_of_clients() -> None:
    refused = OutsideError(ErrorKind.REDIRECT, "the target redirected to 192.0.2.1:80")
    wrapped = RuntimeError("outer", ConnectionError(refused))
    assert kind_of(wrapped) is ErrorKind.REDIRECT
    assert refusal_in(wrapped) is refused
    assert refusal_in("a text") is None
