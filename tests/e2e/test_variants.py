"""Every variant of every target in a container of its own: it answers rightly, and is served as its manifest says."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from harness.manifest import load_targets
from harness.model import Subject
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.checkout import ROOT
from tests.e2e import contract
from tests.e2e.containers import CPU, LAUNCH, get, quiet, until

pytestmark = pytest.mark.engine

TARGETS = load_targets(ROOT)
EVERY = [Subject(name, variant.name) for name, target in TARGETS.items() for variant in target.variants]
MARK = "/hello/is-this-logged"


@contextmanager
def serving(runtime: DockerRuntime, subject: Subject) -> Iterator[Container]:
    image = runtime.build(TARGETS[subject.target], quiet)
    with runtime.create(image, subject, LAUNCH) as container:
        container.start()
        get(container)
        yield container


def processes(container: Container) -> list[psutil.Process]:
    first = psutil.Process(container.pid())
    return [first, *first.children(recursive=True)]


@pytest.mark.parametrize("subject", EVERY, ids=str)
def test_a_variant_answers_rightly_and_is_what_its_manifest_says(runtime: DockerRuntime, subject: Subject) -> None:
    target = TARGETS[subject.target]
    variant = target.variant(subject.variant)
    with serving(runtime, subject) as container:
        netloc = container.url.removeprefix("http://")
        assert contract.wrong_answers(netloc, target.answers) == []
        assert contract.keeps_connections(netloc) is not variant.closes_connections
        if "path" in target.answers:
            get(container, MARK)
            if variant.logs_requests:
                until(lambda: MARK in container.logs())
            else:
                assert MARK not in container.logs()
        # gunicorn's first process starts the others, one after the other; the rest compute in their first
        children = variant.workers_on(len(LAUNCH.cpus)) if "gunicorn" in variant.command else 0
        until(lambda: len(processes(container)) == 1 + (children or 0))
        assert all(process.cpu_affinity() == [CPU] for process in processes(container))
