"""Pinned base images on a real engine, with a registry on this machine: pulled, found again, moved on, and missing."""

from __future__ import annotations

import io
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from docker.errors import ImageNotFound

from harness.errors import ToolchainError
from harness.model import BaseImage
from harness.runtime.docker.bases import digests_of, find, inspect, resolve
from tests.checkout import ROOT
from tests.e2e.small_registry import SmallRegistry, small_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import APIClient

pytestmark = [pytest.mark.engine, pytest.mark.machine]


@pytest.fixture
def registry(engine: APIClient) -> Iterator[SmallRegistry]:
    """Yield a registry; remove what the engine has of it at the end."""
    with small_registry(engine.version()["Arch"]) as served:
        yield served
        for image in engine.images():
            names = [*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())]
            for name in names:
                if name.startswith(served.repository):
                    with suppress(ImageNotFound):
                        engine.remove_image(name)


def pinned(registry: SmallRegistry, digest: str) -> BaseImage:
    return BaseImage("PYTHON_BASE", f"{registry.repository}:3@{digest}", "local/test-missing:3")


def test_a_pinned_base_is_pulled_by_its_digest_and_found_again_also_after_its_tag_has_moved(
    engine: APIClient, registry: SmallRegistry
) -> None:
    base = pinned(registry, registry.push("3", "first"))
    registry.push("3", "second")
    lines: list[str] = []
    for _ in range(2):
        name, image = resolve(engine, base, lines.append)
        assert (name, digests_of(image)[0]) == (base.registry, base.pinned)
    assert lines == [f"pulling {base.registry}"]


def test_an_image_is_built_from_a_pinned_base(engine: APIClient, registry: SmallRegistry) -> None:
    base = pinned(registry, registry.push("3", "first"))
    resolve(engine, base, lambda _: None)
    pinned_layers = inspect(engine, base.registry)["RootFS"]["Layers"]
    registry.content.clear()  # what the engine has is enough
    dockerfile = io.BytesIO(f"ARG BASE={base.registry}\nFROM ${{BASE}}\nLABEL test=pinned\n".encode())
    events = list(engine.build(fileobj=dockerfile, rm=True, decode=True))
    (identity,) = (event["aux"]["ID"] for event in events if "aux" in event)
    try:
        assert inspect(engine, identity)["RootFS"]["Layers"] == pinned_layers
    finally:
        engine.remove_image(identity)


def test_an_image_under_the_tag_of_another_digest_is_not_used(engine: APIClient, registry: SmallRegistry) -> None:
    other = registry.push("3", "of today")
    engine.pull(registry.repository, tag="3")
    base = pinned(registry, f"sha256:{'5' * 64}")
    with pytest.raises(ToolchainError) as caught:
        resolve(engine, base, lambda _: None)
    assert caught.value.where == base.registry
    assert caught.value.cause.endswith(f"(the engine's {base.unpinned} is another image: {other})")


def test_the_pins_of_a_target_are_moved_to_what_the_registry_has(
    engine: APIClient, registry: SmallRegistry, tmp_path: Path
) -> None:
    old = pinned(registry, registry.push("3", "first"))
    new = pinned(registry, registry.push("3", "second"))
    (tmp_path / "target.toml").write_text(f'registry = "{old.registry}"\n')
    (tmp_path / "Dockerfile").write_text(f"ARG BASE={old.registry}\n")
    tool = [str(ROOT / "tools" / "pin-bases")]
    codes = [
        subprocess.run([*tool, *words, str(tmp_path)], check=False, capture_output=True, timeout=60).returncode
        for words in (["--check"], [], ["--check"])
    ]
    assert codes == [1, 0, 0]
    assert (tmp_path / "target.toml").read_text() == f'registry = "{new.registry}"\n'
    assert (tmp_path / "Dockerfile").read_text() == f"ARG BASE={new.registry}\n"
    assert find(engine, new.registry) is not None
