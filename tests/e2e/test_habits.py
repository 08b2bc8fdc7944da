"""Apps as public suites write them: which habits are measured and noted, and what is said of the others.

`suite_app` keeps the contract on bare sockets and has one habit a variant. It runs as a process, without an engine.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.manifest import load_target
from harness.measure.coldstart import start_timed
from harness.measure.verify import Verifier
from harness.model import Subject, Target
from harness.runtime.base import Image, Launch
from harness.runtime.process.processes import ProcessRuntime

pytestmark = pytest.mark.program

CPU = min(os.sched_getaffinity(0))
LAUNCH = Launch(cpus=frozenset({CPU}))


@pytest.fixture(scope="module")
def app() -> Target:
    return load_target(Path(__file__).parent / "targets" / "suite_app" / "target.toml")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessRuntime]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
        opened = ProcessRuntime.open("test-habits")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def image(runtime: ProcessRuntime, app: Target) -> Image:
    return runtime.build(app, lambda _: None)


def measured(runtime: ProcessRuntime, image: Image, variant: str) -> tuple[str, ...]:
    """Start and verify a variant, and return the notes about it."""
    subject = Subject("suite_app", variant)
    instance, _ = start_timed(runtime, image, subject, LAUNCH, frozenset({CPU}))
    with instance:
        rng = random.Random(1)  # noqa: S311 - it draws test names, no secrets
        verifier = Verifier(subject, instance.url, image.target.answers, rng, image.target.contract)
        verifier.verify()
        instance.counters()  # a listener beyond this machine is refused here
        return verifier.notes


@pytest.mark.parametrize(
    ("variant", "notes"),
    [
        ("plain", ()),
        ("lower", ()),
        ("stamp", ()),
        ("http10", ("it answers with HTTP/1.0",)),
        ("chunked", ("its answers are chunked, without Content-Length",)),
        ("silent-close", ()),
        ("kept10", ("it answers with HTTP/1.0",)),
        ("interim", ()),
        ("trailers", ("its answers are chunked, without Content-Length",)),
        ("cookies", ()),
        ("late", ()),
    ],
)
def test_a_habit_that_breaks_no_answer_is_measured_and_noted(
    runtime: ProcessRuntime, image: Image, variant: str, notes: tuple[str, ...]
) -> None:
    assert measured(runtime, image, variant) == notes


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ("empty-root", "it does not answer GET / correctly: no body instead of b'Hello, World!'"),
        ("root-404", "it does not answer GET / correctly: status 404 instead of 200"),
        ("html", "content type text/html instead of text/plain"),
        ("no-date", "no Date header"),
        ("gzip", "content encoding gzip, which the request did not ask for"),
        ("ipv6", ", and its HOST is 127.0.0.1"),
        ("wildcard", "0.0.0.0"),  # noqa: S104 - the address that it must not have
        ("fixed-port", "it listens on 127.0.0.1:8080, and its PORT is "),
        ("pidfile", "app.pid"),
    ],
)
def test_a_habit_that_breaks_the_contract_is_refused_with_its_own_reason(
    runtime: ProcessRuntime, image: Image, variant: str, reason: str
) -> None:
    with pytest.raises(TargetError) as caught:
        measured(runtime, image, variant)
    assert reason in str(caught.value)


def test_a_target_that_answers_json_alone_is_ready_and_verified(
    runtime: ProcessRuntime, image: Image, app: Target
) -> None:
    habit = {"HABIT": "json_only"}
    variants = tuple(replace(one, environment=habit) if one.name == "plain" else one for one in app.variants)
    only = replace(image, target=replace(app, answers=("json",), variants=variants))
    assert measured(runtime, only, "plain") == ()
