"""Requests that did not go to the target, but to another service of this machine."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.load.address import resolve
from harness.load.process.destinations import placed
from harness.load.process.faults import Fault
from harness.load.process.guard import PEER, OutsideError, Peer
from harness.model import ErrorKind

TARGET = resolve("http://127.0.0.1:4001")
LOST = Fault("refused", ErrorKind.CONNECT)
OUTSIDE, REDIRECT = ErrorKind.OUTSIDE, ErrorKind.REDIRECT


def refused_at(host: str, port: int, *, is_redirect: bool = False) -> ConnectionRefusedError:
    error = ConnectionRefusedError(111, "refused")
    vars(error)[PEER] = Peer(host, port, is_redirect)
    return error


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:4001/", "http://localhost:4001/x?y", "http://127.0.0.2:4001/", "http://0.0.0.0:4001/"),
        *("/x", "tcp://localhost", "http://x:y/", "http:///x", "", None, ["/"]),
    ],
)
def test_a_request_of_the_target_or_without_a_url_keeps_its_fault(url: object) -> None:
    for fault in (None, LOST, Fault("no greeting")):
        assert placed(fault, TARGET, url) is fault


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://localhost:8000/login/", "localhost:8000"),
        ("https://localhost/login/", "localhost:443"),
        ("ws://127.0.0.1:9001/chat", "127.0.0.1:9001"),
        ("http://192.0.2.7:4001/", "192.0.2.7:4001"),
    ],
)
def test_at_another_service_an_answer_is_in_no_number_and_an_error_is_the_scenarios(url: str, place: str) -> None:
    said = f"it went to {place}, which is not the target"
    assert placed(None, TARGET, url) == Fault(f"{said}, so it is in no number", is_uncounted=True)
    declared = Fault(f"{said}, so it is in no number (too slow)", is_uncounted=True)
    assert placed(Fault("too slow"), TARGET, url) == declared
    assert placed(LOST, TARGET, url) == Fault(f"{said}; write its path alone (refused)", OUTSIDE)


def test_the_peer_of_a_failed_connect_decides_whose_error_it_is() -> None:
    ours, proxy = refused_at("127.0.0.1", 4001), refused_at("127.0.0.1", 3128)
    assert placed(LOST, TARGET, None, error=ours) is LOST
    wrapped = RuntimeError("no connection", proxy)
    for url in (None, "http://127.0.0.1:4001/"):
        said = "it went to 127.0.0.1:3128, which is not the target (refused)"
        assert placed(LOST, TARGET, url, error=wrapped) == Fault(said, OUTSIDE)


def test_a_redirect_to_another_service_is_the_targets() -> None:
    led = SimpleNamespace(request=SimpleNamespace(url="http://127.0.0.1:9000/x"))
    said = "the target redirected to 127.0.0.1:9000, which is another service"
    assert placed(None, TARGET, "http://127.0.0.1:4001/", led) == Fault(said, REDIRECT)
    lost = refused_at("127.0.0.1", 9000, is_redirect=True)
    for url in ("http://127.0.0.1:4001/", "http://127.0.0.1:9000/x"):  # requests says the last one
        assert placed(LOST, TARGET, url, error=lost) == Fault(f"{said} (refused)", REDIRECT)


def test_what_the_guard_has_refused_keeps_its_words() -> None:
    refused = OutsideError(OUTSIDE, "the scenario wanted to connect")
    fault = Fault(str(refused), OUTSIDE)
    assert placed(fault, TARGET, "http://192.0.2.1/", error=refused) is fault


def test_an_error_that_the_scenario_declares_is_judged_by_its_url_alone() -> None:
    declared = Fault("ConnectionRefusedError: refused")
    assert placed(declared, TARGET, "http://127.0.0.1:4001/", error=refused_at("127.0.0.1", 9)) is declared
