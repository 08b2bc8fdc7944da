"""Images as they are, on a real engine: entry points, shell lines and health checks of their own."""

import json
import random
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from docker import APIClient

from harness.measure.coldstart import start_timed
from harness.measure.verify import Verifier
from harness.model import Subject, Target
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.e2e.containers import CPU, LAUNCH, ask, quiet

pytestmark = [pytest.mark.engine, pytest.mark.machine]


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
        assert container.stop() == ending


def test_the_bill_of_materials_of_an_image_is_valid_and_has_its_debian_packages(answers: Image) -> None:
    assert answers.sbom is not None, answers.sbom_gap
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(answers.sbom) is None
    urls = {one["purl"].partition("@")[0] for one in json.loads(answers.sbom)["components"]}
    assert {"pkg:deb/debian/libc6", "pkg:deb/debian/ca-certificates"} <= urls


BUILDKIT = """
ARG PYTHON_BASE
FROM ${{PYTHON_BASE}}
RUN --mount=type=cache,target=/cache echo '{{"made": "{made}"}}' > /versions.json
"""


def has_buildx() -> bool:
    try:
        return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not has_buildx(), reason="the docker command line has no buildx")
def test_a_dockerfile_that_only_buildkit_can_build_is_built(
    engine: APIClient, runtime: DockerRuntime, targets: dict[str, Target], tmp_path: Path
) -> None:
    made = str(time.time_ns())
    (tmp_path / "Dockerfile").write_text(BUILDKIT.format(made=made))
    lines: list[str] = []
    image = runtime.build(replace(targets["answers"], folder=tmp_path), lines.append)
    assert image.versions == {"made": made}
    assert any("--mount=type=cache" in line for line in lines), lines
    assert engine.inspect_image(image.identity)["Id"] == image.identity  # type: ignore[no-untyped-call]
