"""Building the image of a target, or finding it built.

An image is named after what went into it, a hash of the build context and of its base images' ids: an unchanged target
is found, and a changed one is never mistaken for it. Knows nothing of running targets.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.utils.build import create_archive

from harness.errors import MachineError, TargetError
from harness.runtime.base import Image
from harness.runtime.context import Context
from harness.runtime.docker.engine import refusal, speaking
from harness.runtime.docker.leftovers import TARGET, known, remove_container, remove_containers
from harness.runtime.docker.probing import run_script
from harness.runtime.probing import probe_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker import APIClient
    from requests import Response

    from harness.model import BaseImage, Target

_VERSIONS = "/versions.json"
_FINDINGS = "/probes.json"
_LINES_KEPT = 20
_STEP_CONTAINER = re.compile(r"^\s*---> Running in ([0-9a-f]{12,64})$")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What an image is built from.

    Attributes:
        files: The paths of the build context.
        arguments: For each build argument the base image that it names.
        tag: The image's name, which tells all this.
    """

    target: Target
    files: tuple[str, ...]
    arguments: dict[str, str]
    tag: str


def build(api: APIClient, target: Target, labels: Mapping[str, str], log: Callable[[str], None]) -> Image:
    """Build the image of a target, or find it.

    The container that is created to read the versions in the image gets the `labels`; `log` is told each line of
    progress.

    Raises:
        TargetError: It does not build, or its versions can't be read.
        MachineError: A base image is neither here nor within reach, or the engine went away.
    """
    with speaking(f"find the base images of {target.name}"):
        bases = {base: _resolve(api, base, log) for base in target.bases}
    recipe = _recipe(target, bases)
    with speaking(f"build {target.name}"):
        image = _find(api, recipe.tag)
        if image is None:
            _run_build(api, recipe, log)
            image = _inspect(api, recipe.tag)
        versions, found = _read_what_is_left(api, target, image["Id"], labels)
        if found is None and target.probes is not None:
            found = run_script(api, target, image["Id"], probe_script(target), labels)
    return Image(target, identity=image["Id"], size_bytes=image["Size"], versions=versions, findings=found)


def _resolve(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> tuple[str, str]:
    """Return the name and the id of the image to build on: one that is here, or else the registry's."""
    for name in (base.registry, base.local):
        image = _find(api, name)
        if image is not None:
            return name, image["Id"]
    _pull(api, base, log)
    return base.registry, _inspect(api, base.registry)["Id"]


def _recipe(target: Target, bases: Mapping[BaseImage, tuple[str, str]]) -> _Recipe:
    context = Context.of(target, [identity for _, identity in bases.values()])
    arguments = {base.argument: name for base, (name, _) in bases.items()}
    return _Recipe(target, context.files, arguments, f"harness/{target.name}:{context.digest}")


def _find(api: APIClient, name: str) -> Mapping[str, Any] | None:
    try:
        return _inspect(api, name)
    except ImageNotFound:
        return None


def _inspect(api: APIClient, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]
    return image


def _pull(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> None:
    log(f"pulling {base.registry}")
    try:
        with _hanging_up(api):
            events = api.pull(base.registry, stream=True, decode=True)
            why = next((event["error"] for event in events if "error" in event), None)
    except APIError as error:
        why = refusal(error)
    if why is not None:
        raise MachineError(
            "a base image is missing",
            where=base.registry,
            cause=f"neither it nor {base.local} is here, and the registry did not give it: {why}",
            remedy="Make the local one with `make bases` (Debian as root), or go where the registry answers.",
        )


def _run_build(api: APIClient, recipe: _Recipe, log: Callable[[str], None]) -> None:
    progress = _Progress(log)
    try:
        with _hanging_up(api), TemporaryFile() as context:
            create_archive(str(recipe.target.folder.absolute()), recipe.files, fileobj=context)
            events = api.build(
                fileobj=context,
                custom_context=True,
                tag=recipe.tag,
                buildargs=recipe.arguments,
                labels={TARGET: recipe.target.name},
                rm=True,
                forcerm=True,
                decode=True,
            )
            built = all(map(progress.add, events))
    except APIError as error:
        raise _does_not_build(recipe.target, [refusal(error)]) from error
    except BaseException:
        # Containers of build steps carry no label of ours. The engine removes them once it notices that we left, which
        # may be after this process has ended.
        remove_containers(api, lambda: known(api, progress.steps))
        raise
    if not built:
        raise _does_not_build(recipe.target, list(progress.last))


class _Progress:
    """What a build says of itself: its last lines, and the containers of its steps."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self.last: deque[str] = deque(maxlen=_LINES_KEPT)
        self.steps: list[str] = []

    def add(self, event: Mapping[str, Any]) -> bool:
        """Take up an event of the engine's, and tell whether the build goes on."""
        text = event.get("stream") or event.get("error") or event.get("status") or ""
        for line in filter(None, map(str.rstrip, text.splitlines())):
            self.last.append(line)
            self.steps += _STEP_CONTAINER.findall(line)
            self._log(line)
        return "error" not in event


def _does_not_build(target: Target, lines: list[str]) -> TargetError:
    return TargetError(
        "the target does not build",
        where=f"{target.name}, {target.folder / 'Dockerfile'}",
        cause="\n".join(["its build ended with", *lines]),
        remedy="\nCorrect what these lines name.",
    )


@contextmanager
def _hanging_up(api: APIClient) -> Iterator[None]:
    """Close the connections that were used in the context when it is left, above all by an exception.

    docker-py never closes a stream: abandoned, it stays open for as long as a traceback refers to it, and the engine
    goes on building for nobody. The response is out of reach inside docker-py, so a hook of the session catches it.
    """
    responses: list[Response] = []

    def catch(response: Response, **_: object) -> None:
        responses.append(response)

    hooks: list[Callable[..., None]] = api.hooks["response"]
    hooks.append(catch)
    try:
        yield
    finally:
        hooks.remove(catch)
        for response in responses:
            response.close()


def _read_what_is_left(
    api: APIClient, target: Target, identity: str, labels: Mapping[str, str]
) -> tuple[Mapping[str, str], str | None]:
    """Read what the build left of itself: versions, and findings where the probes need what only the build has."""
    # Only a container gives its files away. It is never started; an image without a command needs one to be created.
    container = api.create_container(identity, command=["-"], labels=dict(labels))["Id"]
    try:
        versions = _read_file(api, container, _VERSIONS)
        found = _read_file(api, container, _FINDINGS) if target.probes else None
    finally:
        remove_container(api, container)
    return _versions(target, versions), None if found is None else found.decode(errors="replace")


def _versions(target: Target, text: bytes | None) -> Mapping[str, str]:
    if text is None:
        return {}
    try:
        return {str(name): str(version) for name, version in json.loads(text).items()}
    except (ValueError, AttributeError) as error:
        raise TargetError(
            "the target's versions can't be read",
            where=f"{target.name}, {_VERSIONS} in its image",
            cause=f"it is not an object of names and versions: {error}",
            remedy=f"Correct how {target.folder / 'Dockerfile'} writes it.",
        ) from error


def _read_file(api: APIClient, container: str, path: str) -> bytes | None:
    try:
        chunks, _ = api.get_archive(container, path)
    except NotFound:
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        member = archive.extractfile(archive.next() or tarfile.TarInfo())
        return member.read() if member is not None else None
