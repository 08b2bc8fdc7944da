"""Images as they are, on a real engine: entry points, shell lines and health checks of their own."""

import random
import time

import pytest

from harness.measure.coldstart import start_timed
from harness.measure.verify import Verifier
from harness.model import Subject, Target
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.e2e.containers import CPU, LAUNCH, ask, quiet

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    ("variant", "prepared", "ending"),
    [
        ("own", b"yes 0", None),
        ("shell", b"None 0", "after SIGTERM it was ended by signal 15 (SIGTERM) instead of code 0"),
    ],
)
def test_an_image_with_its_own_contract_is_started_verified_and_stopped(
    runtime: DockerRuntime, targets: dict[str, Target], variant: str, prepared: bytes, ending: str | None
) -> None:
    target = targets["as_they_are"]
    image = runtime.build(target, quiet)
    subject = Subject("as_they_are", variant)
    container, _ = start_timed(runtime, image, subject, LAUNCH, frozenset({CPU}))
    with container:
        rng = random.Random(1)  # noqa: S311 - it draws test names, no secrets
        verifier = Verifier(subject, container.url, target.answers, rng, target.contract)
        verifier.verify()
        assert verifier.notes == ("it answers a contract of its own", "its answers have no Date")
        time.sleep(1.5)  # longer than the interval of the image's health check
        assert isinstance(container, Container)
        assert ask(container, "/prepared") == prepared
        began_s = time.monotonic()
        assert container.stop() == ending
        assert time.monotonic() - began_s < 5
