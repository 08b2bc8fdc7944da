"""Base images: which one a build uses, which are pulled before it, and the error that names all missing ones."""

import json
from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import MachineError, ToolchainError
from harness.model import BaseImage, Target
from harness.runtime.docker.bases import fetch
from tests.runtime.docker.fake_engine import FakeEngine, Refusal
from tests.runtime.docker.test_images import REGISTRY, built

LOCAL = "local/python:3.13-trixie"
PIN, OTHER = (f"sha256:{digit * 64}" for digit in "56")
NO_REGISTRY = Refusal(500, "lookup registry: no such host")
GO = BaseImage("GO_BASE", "golang:1.26", "local/golang:1.26")


@pytest.fixture
def engine(fake_engine: FakeEngine) -> FakeEngine:
    fake_engine.add_image(REGISTRY, "sha256:registry")
    return fake_engine


def in_go(target: Target) -> Target:
    return replace(target, name="gin_app", bases=(GO,))


def pinned(target: Target) -> tuple[Target, str]:
    """Return the target with a pinned base, and the base's name."""
    (base,) = target.bases
    name = f"{REGISTRY}@{PIN}"
    return replace(target, bases=(replace(base, registry=name),)), name


def test_the_image_of_the_registry_is_used_if_the_engine_has_it(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    engine.add_image(LOCAL, "sha256:local")
    built(api, target)
    assert json.loads(engine.queries["POST build"]["buildargs"][0])["PYTHON_BASE"] == REGISTRY
    assert "POST pull" not in engine.journal


def test_else_the_local_image_is_used(fake_engine: FakeEngine, api: APIClient, target: Target) -> None:
    fake_engine.add_image(LOCAL, "sha256:local")
    built(api, target)
    assert json.loads(fake_engine.queries["POST build"]["buildargs"][0])["PYTHON_BASE"] == LOCAL
    assert "POST pull" not in fake_engine.journal


def test_else_the_image_of_the_registry_is_pulled(fake_engine: FakeEngine, api: APIClient, target: Target) -> None:
    lines: list[str] = []
    built(api, target, lines)
    assert fake_engine.queries["POST pull"] == {"fromImage": ["python"], "tag": ["3.13-slim"]}
    assert lines[0] == "pulling python:3.13-slim"
    assert json.loads(fake_engine.queries["POST build"]["buildargs"][0])["PYTHON_BASE"] == REGISTRY


def test_the_digest_of_the_base_that_was_used_is_recorded(engine: FakeEngine, api: APIClient, target: Target) -> None:
    assert built(api, target).bases == {REGISTRY: engine.images[REGISTRY]["Id"]}
    engine.images[REGISTRY]["RepoDigests"] = ["python@sha256:d16e57"]
    assert built(api, target).bases == {REGISTRY: "sha256:d16e57"}


def test_a_pinned_base_is_taken_if_the_engine_has_that_digest(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    target, name = pinned(target)
    fake_engine.add_image(name, "sha256:registry")
    fake_engine.images[name]["RepoDigests"] = [f"python@{PIN}"]
    assert built(api, target).bases == {name: PIN}
    assert json.loads(fake_engine.queries["POST build"]["buildargs"][0])["PYTHON_BASE"] == name


def test_a_pinned_base_that_is_missing_is_pulled_by_its_digest(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    target, _ = pinned(target)
    with pytest.raises(ToolchainError) as caught:  # the fake engine pulls an image without a digest
        built(api, target)
    assert fake_engine.queries["POST pull"] == {"fromImage": [REGISTRY], "tag": [PIN]}
    assert str(caught.value).startswith(
        f"a base image is not the one that the target pins ({REGISTRY}@{PIN}): the engine's image of this name has "
        "no digest of a registry."
    )


@pytest.mark.parametrize("has_other", [False, True], ids=["no other image", "the tag is another image"])
def test_where_the_engine_lacks_a_pinned_base_the_local_image_stands_in_and_is_recorded_as_that(
    fake_engine: FakeEngine, api: APIClient, target: Target, *, has_other: bool
) -> None:
    target, name = pinned(target)
    fake_engine.add_image(LOCAL, "sha256:local")
    if has_other:
        fake_engine.add_image(REGISTRY, "sha256:other")
    image = built(api, target)
    assert (image.bases, image.stand_ins) == ({LOCAL: "sha256:local"}, {LOCAL: name})
    assert "POST pull" not in fake_engine.journal


def test_a_base_of_the_registry_is_no_stand_in(engine: FakeEngine, api: APIClient, target: Target) -> None:
    assert engine.images
    assert built(api, target).stand_ins == {}


@pytest.mark.parametrize(
    ("digests", "shown"),
    [([f"python@{OTHER}"], OTHER), (None, "sha256:other")],
    ids=["of a registry", "made here"],
)
def test_a_tag_that_is_another_image_than_the_pinned_one_is_in_the_error(
    fake_engine: FakeEngine, api: APIClient, target: Target, digests: list[str] | None, shown: str
) -> None:
    target, name = pinned(target)
    fake_engine.add_image(REGISTRY, "sha256:other")
    fake_engine.images[REGISTRY]["RepoDigests"] = digests
    fake_engine.refuse("POST pull", NO_REGISTRY)
    with pytest.raises(ToolchainError) as caught:
        built(api, target)
    assert caught.value.exit_code == 3
    assert str(caught.value) == (
        f"a base image is missing ({name}): the engine has neither it nor {LOCAL}, and the pull failed: lookup "
        f"registry: no such host (the engine's {REGISTRY} is another image: {shown}). Make it here with `make bases "
        "TARGETS=python` (on Debian, as root; some minutes), or use a network with the registry, or pin a digest that "
        "the registry has."
    )


def test_a_digest_that_the_registry_does_not_have_is_an_error_and_no_other_image_is_used(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    target, name = pinned(target)
    fake_engine.refuse("POST pull", Refusal(404, "manifest unknown"))
    with pytest.raises(ToolchainError) as caught:
        fetch(api, (target,), (target.name,), lambda _: None)
    assert caught.value.where == name
    assert caught.value.cause.endswith("the pull failed: manifest unknown")
    assert "POST build" not in fake_engine.journal


def test_if_the_pull_fails_the_remedy_is_the_local_image(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.refuse("POST pull", NO_REGISTRY)
    with pytest.raises(MachineError) as caught:
        built(api, target)
    assert str(caught.value) == (
        "a base image is missing (python:3.13-slim): the engine has neither it nor local/python:3.13-trixie, and the "
        "pull failed: lookup registry: no such host. Make it here with `make bases TARGETS=python` (on Debian, as "
        "root; some minutes), or use a network with the registry."
    )


def test_an_error_during_the_pull_is_a_machine_error(fake_engine: FakeEngine, api: APIClient, target: Target) -> None:
    fake_engine.pull_events = [{"status": "Pulling"}, {"error": "toomanyrequests"}]
    with pytest.raises(MachineError, match="the pull failed: toomanyrequests"):
        built(api, target)


def test_a_new_base_image_needs_a_new_build(engine: FakeEngine, api: APIClient, target: Target) -> None:
    built(api, target)
    engine.add_image(REGISTRY, "sha256:newer")
    built(api, target)
    assert engine.journal.count("POST build") == 2


def test_all_missing_bases_of_several_targets_are_in_one_error(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.refuse("POST pull", NO_REGISTRY, NO_REGISTRY)
    lines: list[str] = []
    with pytest.raises(ToolchainError) as caught:
        fetch(
            api,
            (target, in_go(target), replace(target, name="django_app")),
            ("flask_app", "gin_app", "django_app"),
            lines.append,
        )
    assert lines == ["pulling python:3.13-slim", "pulling golang:1.26"]
    assert str(caught.value) == (
        "base images are missing (python:3.13-slim, golang:1.26): the engine has neither them nor "
        "local/python:3.13-trixie, local/golang:1.26, and the pull failed: lookup registry: no such host. Make them "
        "here with `make bases TARGETS='python golang'` (on Debian, as root; some minutes), or use a network with the "
        "registry."
    )


def test_an_error_names_only_the_missing_ones_and_each_cause(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    node = BaseImage("NODE_BASE", "node:24-slim", "local/node:24-trixie")
    engine.refuse("POST pull", NO_REGISTRY, Refusal(404, "manifest unknown"))
    with pytest.raises(ToolchainError) as caught:
        fetch(api, (target, replace(target, name="gin_app", bases=(GO, node))), ("gin_app",), lambda _: None)
    assert caught.value.where == "golang:1.26, node:24-slim"
    assert caught.value.cause.endswith("and the pull failed: lookup registry: no such host; manifest unknown")


def test_bases_that_the_engine_has_or_that_are_pulled_are_no_error(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fetch(api, (target, in_go(target)), ("flask_app", "gin_app"), lambda _: None)
    assert engine.journal.count("POST pull") == 1
    assert "golang:1.26" in engine.images


def test_while_a_contestant_has_its_bases_the_others_leave_at_their_builds(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    engine.refuse("POST pull", NO_REGISTRY, NO_REGISTRY)
    fetch(api, (target, in_go(target)), ("flask_app", "gin_app"), lambda _: None)
    with pytest.raises(ToolchainError, match="a base image is missing"):
        built(api, in_go(target))


def test_other_targets_that_have_their_bases_do_not_save_a_run_without_contestants(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    engine.refuse("POST pull", NO_REGISTRY)
    with pytest.raises(ToolchainError, match="a base image is missing"):
        fetch(api, (target, in_go(target)), ("gin_app",), lambda _: None)
