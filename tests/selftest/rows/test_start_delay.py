"""The row fails for a poller that is late, that scatters, or that counts an open port as ready."""

from collections.abc import Mapping, Sequence

import pytest

from harness.measure.readiness import READY, UNANSWERED
from harness.selftest.rows.start_delay import DELAYS, accepts, judge, judge_negative_control
from tests.scripted_server import ScriptedServer, right_answer
from tests.selftest.made import broken

EVENLY_S = [0.0002, 0.0004, 0.0006, 0.0008, 0.0010]


def errors_s(**changed: Sequence[float]) -> Mapping[str, Sequence[float]]:
    """Return the errors of a poller with a period of 1 ms, with other errors for the delays in `changed`."""
    return {variant: changed.get(variant, EVENLY_S) for variant in DELAYS}


@pytest.mark.parametrize(
    ("seen", "failing"),
    [
        (errors_s(), []),
        (errors_s(after50=[0.0019] * 5), []),
        (errors_s(after50=[0.0021] * 5), ["error at 50 ms"]),
        (errors_s(prompt=[-0.0021] * 5), ["error at 0 ms", "spread"]),
        (errors_s(after300=[0.0, 0.0, 0.0006, 0.008, 0.008]), ["spread"]),
        (errors_s(after1000=[*EVENLY_S, 0.25]), ["error of the latest start"]),
        (errors_s(after1000=[*EVENLY_S, 1.0]), ["error of the latest start"]),
    ],
)
def test_error_spread_and_late_starts_each_have_a_limit(
    seen: Mapping[str, Sequence[float]], failing: list[str]
) -> None:
    assert broken(judge("docker", seen)) == [f"docker: {what}" for what in failing]


def test_an_open_port_that_counts_as_ready_fails() -> None:
    assert broken(judge_negative_control("docker", 0.0005, -0.2995)) == []
    assert broken(judge_negative_control("docker", -0.2995, -0.2995)) == [
        "docker: error where the port is open 300 ms early"
    ]


def test_a_negative_control_that_is_not_too_early_fails() -> None:
    assert broken(judge_negative_control("docker", 0.0005, 0.0005)) == [
        "docker: negative control: open port read too early"
    ]


def test_the_naive_probe_accepts_an_open_port_and_not_a_closed_one() -> None:
    server = ScriptedServer(right_answer)
    host, port = server.url.removeprefix("http://").split(":")
    assert accepts(host, int(port)) == UNANSWERED
    server.listen()
    assert accepts(host, int(port)) == READY
    server.close()
