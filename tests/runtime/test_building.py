"""Builds within a time limit: what was built, what is stopped, and which lines of a build name a step."""

import signal
from collections.abc import Callable, Collection, Iterable

import pytest

from harness.errors import TargetError, ToolchainError
from harness.model import Target
from harness.runtime.base import Image
from harness.runtime.building import build_within, fetch_bases_within, is_step
from tests.fakes import FakeRuntime

LIMIT_S = 59.0


def pass_the_limit() -> None:
    """Let the limit end at once, so that this machine does before it what it should, however long it takes."""
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= LIMIT_S
    signal.raise_signal(signal.SIGALRM)


class Builder(FakeRuntime):
    """Runtime whose build prints lines."""

    def __init__(self, *lines: str, ends: bool = True) -> None:
        super().__init__([])
        self._lines, self._ends = lines, ends

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        for line in self._lines:
            log(line)
        if not self._ends:
            pass_the_limit()
        return Image(target, "sha256:1", 1000)


def test_a_build_within_its_limit_gives_the_image_and_its_lines(target: Target) -> None:
    lines: list[str] = []
    image = build_within(LIMIT_S, Builder("Step 1/1 : FROM a", "text"), target, lines.append)
    assert (image.identity, lines) == ("sha256:1", ["Step 1/1 : FROM a", "text"])


def test_a_build_beyond_its_limit_is_stopped_and_the_error_names_its_step(target: Target) -> None:
    steps = ("#5 [1/2] FROM a", "#6 [2/2] RUN sleep 60", "#6 0.2 text")
    with pytest.raises(TargetError) as caught:
        build_within(LIMIT_S, Builder(*steps, ends=False), target, lambda _: None)
    assert caught.value.where == f"flask_app, {target.folder}"
    assert caught.value.cause == "its build was stopped after 59 s, in: #6 [2/2] RUN sleep 60"
    assert "--build-timeout" in caught.value.remedy
    assert caught.value.exit_code == 4


class Puller(FakeRuntime):
    """Runtime that pulls for ever."""

    def fetch_bases(self, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:
        super().fetch_bases(targets, contestants, log)
        log("pulling golang:1.26")
        pass_the_limit()


def test_pulls_beyond_the_limit_are_stopped_and_the_error_names_the_last_one(target: Target) -> None:
    runtime = Puller([])
    with pytest.raises(ToolchainError) as caught:
        fetch_bases_within(LIMIT_S, runtime, [target], ["flask_app"], lambda _: None)
    assert runtime.fetched_for == ["flask_app"]
    assert caught.value.cause == "this was stopped after 59 s, in: pulling golang:1.26"
    assert "--build-timeout" in caught.value.remedy


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Step 3/9 : RUN go build", True),
        ("#7 [2/5] RUN pip install", True),
        ("#7 [build 2/5] COPY a b", True),
        ("Step: python -m venv", True),
        ("#7 0.31 Collecting flask", False),
        ("#1 [internal] load build definition", False),
        (" ---> Running in 77a7ac171bc9", False),
        ("Steps 1/2", False),
    ],
)
def test_only_a_line_that_names_a_step_is_a_step(line: str, *, is_one: bool) -> None:
    assert is_step(line) is is_one
