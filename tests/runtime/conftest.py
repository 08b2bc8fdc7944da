"""A fake engine, a client of it, and a target to run on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient

from harness.model import BaseImage, Target, Variant, VariantClass
from harness.runtime.base import Image
from tests.runtime.fake_engine import FakeEngine


@pytest.fixture
def fake_engine() -> Iterator[FakeEngine]:
    with FakeEngine().serving() as engine:
        yield engine


@pytest.fixture
def api(fake_engine: FakeEngine) -> Iterator[APIClient]:
    with fake_engine.client() as client:
        yield client


@pytest.fixture
def target(tmp_path: Path) -> Target:
    folder = tmp_path / "flask_app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG PYTHON_BASE\nFROM ${PYTHON_BASE}\n")
    (folder / "app.py").write_text("print('hello')\n")
    return Target(
        name="flask_app",
        title="Flask",
        language="python",
        summary="A target.",
        folder=folder,
        variants=(
            Variant("own", VariantClass.PRODUCTION, "The image's own command."),
            Variant(
                "tuned",
                VariantClass.TUNED,
                "Another command.",
                command=("python", "-m", "app"),
                environment={"WORKERS": "2", "PORT": "1"},
            ),
        ),
        default_variant="own",
        bases=(BaseImage("PYTHON_BASE", "python:3.13-slim", "local/python:3.13-trixie"),),
    )


@pytest.fixture
def image(target: Target) -> Image:
    return Image(target=target, identity="sha256:f1a5", size_bytes=1000)
