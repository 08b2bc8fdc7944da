"""Base images of targets: found in the engine, else pulled, and the error that names all missing ones."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, ImageNotFound

from harness.errors import ToolchainError
from harness.runtime.docker.engine import engine_call, reason_of, require_able

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from docker import APIClient
    from requests import Response

    from harness.model import BaseImage, Target


def fetch(api: APIClient, targets: Iterable[Target], contestants: Collection[str], log: Callable[[str], None]) -> None:
    """Pull the base images of targets that are neither in the engine nor made locally.

    Args:
        api: The engine's client.
        targets: The targets.
        contestants: The names of the compared targets. As long as one of them can be built, a build says what it lacks.
        log: Gets a line for each pull.

    Raises:
        ToolchainError: No contestant has all of its own; the error names all that can't be pulled.
        MachineError: The engine does not answer, or its disk is full.
    """
    targets = tuple(targets)
    bases = {(base.registry, base.local): base for target in targets for base in target.bases}
    missing: dict[BaseImage, str] = {}
    with engine_call("find the base images"):
        for base in bases.values():
            if _present(api, base) is None and (reason := _missing_because(api, base, log)) is not None:
                missing[base] = reason
    absent = {(base.registry, base.local) for base in missing}
    lacking = {one.name for one in targets if not absent.isdisjoint((base.registry, base.local) for base in one.bases)}
    if missing and lacking.issuperset(contestants):
        raise _are_missing(missing)


def resolve(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> tuple[str, Mapping[str, Any]]:
    """Return name and properties of a base image: one that the engine has, else the registry's, which is pulled.

    An image made on this machine stands in for the registry's where the engine lacks that. Nothing is pulled then:
    a machine without a registry would wait for the failure of a pull before each run.

    Raises:
        ToolchainError: It can't be pulled, or it is not the one that the target pins.
    """
    found = _present(api, base)
    if found is None:
        if (reason := _missing_because(api, base, log)) is not None:
            raise _are_missing({base: reason})
        found = base.registry, inspect(api, base.registry)
    name, image = found
    if name == base.registry and base.pinned:
        _require_pinned(base, image)
    return name, image


def _present(api: APIClient, base: BaseImage) -> tuple[str, Mapping[str, Any]] | None:
    for name in (base.registry, base.local):
        image = find(api, name)
        if image is not None:
            return name, image
    return None


def _require_pinned(base: BaseImage, image: Mapping[str, Any]) -> None:
    found = _registry_digests(image)
    if base.pinned not in found:
        raise ToolchainError(
            "a base image is not the one that the target pins",
            where=base.registry,
            cause=f"the engine's image of this name has {' and '.join(found) or 'no digest of a registry'}",
            remedy="Remove that image from the engine, or correct the digest in target.toml and Dockerfile.",
        )


def _missing_because(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> str | None:
    """Pull a base image; return why the engine still does not have it, or None."""
    reason = _pull(api, base, log)
    if reason is None or not base.pinned or (other := find(api, base.unpinned)) is None:
        return reason
    return f"{reason} (the engine's {base.unpinned} is another image: {' and '.join(digests_of(other))})"


def digests_of(image: Mapping[str, Any]) -> list[str]:
    """Return the digests that registries gave an image, at least one; the engine's id if no registry has it."""
    return _registry_digests(image) or [str(image["Id"])]


def _registry_digests(image: Mapping[str, Any]) -> list[str]:
    return [one.rpartition("@")[2] for one in image.get("RepoDigests") or ()]


def _pull(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> str | None:
    """Pull a base image from its registry; return why it failed, or None.

    Raises:
        MachineError: The engine itself is not able to pull.
    """
    log(f"pulling {base.registry}")
    try:
        with closing_streams(api):
            events = api.pull(base.registry, stream=True, decode=True)
            reason = next((event["error"] for event in events if "error" in event), None)
    except APIError as error:
        reason = reason_of(error)
    if reason is not None:
        require_able(reason)
    return reason


def _are_missing(missing: Mapping[BaseImage, str]) -> ToolchainError:
    """Return the error that base images are missing; `missing` has the reason why each was not pulled."""
    is_one = len(missing) == 1
    pins = ", or pin a digest that the registry has" if any(base.pinned for base in missing) else ""
    names = shlex.quote(" ".join(dict.fromkeys(base.local_base for base in missing)))
    return ToolchainError(
        "a base image is missing" if is_one else "base images are missing",
        where=", ".join(dict.fromkeys(base.registry for base in missing)),
        cause=f"the engine has neither {'it' if is_one else 'them'} nor "
        f"{', '.join(dict.fromkeys(base.local for base in missing))}, and the pull failed: "
        f"{'; '.join(dict.fromkeys(missing.values()))}",
        remedy=f"Make {'it' if is_one else 'them'} here with `make bases TARGETS={names}` (on Debian, as root; some "
        f"minutes), or use a network with the registry{pins}.",
    )


def find(api: APIClient, name: str) -> Mapping[str, Any] | None:
    """Return the properties of an image; None if the engine does not have it."""
    try:
        return inspect(api, name)
    except ImageNotFound:
        return None


def inspect(api: APIClient, name: str) -> Mapping[str, Any]:
    """Return the properties of an image that the engine has."""
    image: Mapping[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]
    return image


@contextmanager
def closing_streams(api: APIClient) -> Iterator[None]:
    """Close all connections of the context at its end, also after an exception.

    docker-py never closes a stream. An abandoned stream stays open as long as a traceback refers to it, and the engine
    continues the build. docker-py does not return the response, so a hook of the session collects it.
    """
    responses: list[Response] = []

    def collect(response: Response, **_: object) -> None:
        responses.append(response)

    hooks: list[Callable[..., None]] = api.hooks["response"]
    hooks.append(collect)
    try:
        yield
    finally:
        hooks.remove(collect)
        for response in responses:
            response.close()
