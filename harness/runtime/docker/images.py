"""Images of targets: built once, and found again while their target is unchanged.

An image's tag is a hash of the build context and of the base images' ids. So an unchanged target's image is found, and
a changed target gets a new one. A Dockerfile with features of BuildKit is built by BuildKit, all others by the engine's
own builder. This module knows nothing of running targets.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from docker.errors import APIError, ImageNotFound, NotFound
from docker.utils.build import create_archive

from harness.documents.findings import LONGEST_BYTES, versions
from harness.errors import MachineError, TargetError, ToolchainError
from harness.regular_files import content_of
from harness.runtime.base import Image
from harness.runtime.context import Context
from harness.runtime.docker import bills, buildx
from harness.runtime.docker.dockerfile import buildkit_feature
from harness.runtime.docker.engine import engine_call, reason_of, refusal, require_able
from harness.runtime.docker.leftovers import (
    IMAGE_PREFIX,
    TARGET,
    containers_by_prefix,
    remove_container,
    remove_containers,
)
from harness.runtime.docker.probing import run_script
from harness.runtime.failures import with_lines
from harness.runtime.probing import probe_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker import APIClient
    from requests import Response

    from harness.model import BaseImage, Target

_VERSIONS = "/versions.json"
_FINDINGS = "/probes.json"
_ARCHIVE_BYTES = 1 << 16  # of an archive around its one file
_LINES_KEPT = 20
_BUILDX_ERROR = "ERROR: "  # the command's last line, if a build fails
_STEP_CONTAINER = re.compile(r"^\s*---> Running in ([0-9a-f]{12,64})$")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """Recipe of an image.

    Attributes:
        files: The paths of the build context.
        arguments: The base image for each build argument.
        tag: The image's name, with the hash of the recipe.
    """

    target: Target
    files: tuple[str, ...]
    arguments: dict[str, str]
    tag: str


def build(api: APIClient, target: Target, labels: Mapping[str, str], log: Callable[[str], None]) -> Image:
    """Return the image of a target; build it if there is none.

    Args:
        api: The engine's client.
        target: The target to build.
        labels: Labels of the container that is created to read files of the image.
        log: Gets each line of progress.

    Raises:
        TargetError: The target does not build, or its versions can't be read.
        ToolchainError: A base image is neither on this machine nor can be pulled, or the Dockerfile needs BuildKit and
            there is none.
        MachineError: The engine does not answer.
    """
    by_buildkit = _needs_buildkit(api, target)
    with engine_call(f"find the base images of {target.name}"):
        bases = {base: _resolve(api, base, log) for base in target.bases}
    recipe = _recipe(target, bases)
    with engine_call(f"build {target.name}"):
        image = _find(api, recipe.tag)
        if image is None:
            (_run_buildkit if by_buildkit else _run_build)(api, recipe, log)
            image = _inspect(api, recipe.tag)
        with _closing_streams(api), _unstarted(api, image["Id"], labels) as container:
            found, findings = _read_versions_and_findings(api, target, container)
            bill, gap = bills.of_image(api, target.name, image["Id"], container, found)
        if findings is None and target.probes is not None:
            findings = run_script(api, target, image["Id"], probe_command(target), labels)
    digests = {name: _digest(base) for name, base in bases.values()}
    return Image(target, image["Id"], image["Size"], found, findings, digests, bill, gap)


def _needs_buildkit(api: APIClient, target: Target) -> bool:
    """Return whether a Dockerfile must be built by BuildKit; refuse it if this machine has none."""
    path = target.folder / "Dockerfile"
    try:
        feature = buildkit_feature(content_of(path).decode(errors="replace"))
    except OSError:
        return False  # the build says what is wrong with the file
    if feature is None:
        return False
    with engine_call(f"find the builder of {target.name}"):
        if buildx.builds_all(api):
            return False
    buildx.require(path, feature)
    return True


def _resolve(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> tuple[str, Mapping[str, Any]]:
    """Return name and properties of a base image: one that the engine has, else the registry's, which is pulled."""
    for name in (base.registry, base.local):
        image = _find(api, name)
        if image is not None:
            break
    else:
        _pull(api, base, log)
        name, image = base.registry, _inspect(api, base.registry)
    if name == base.registry and base.pinned:
        _require_pinned(base, image)
    return name, image


def _require_pinned(base: BaseImage, image: Mapping[str, Any]) -> None:
    found = [one.rpartition("@")[2] for one in image.get("RepoDigests") or ()]
    if base.pinned not in found:
        raise ToolchainError(
            "a base image is not the one that the target pins",
            where=base.registry,
            cause=f"the engine's image of this name has {' and '.join(found) or 'no digest of a registry'}",
            remedy="Remove that image from the engine, or correct the digest in target.toml and Dockerfile.",
        )


def _recipe(target: Target, bases: Mapping[BaseImage, tuple[str, Mapping[str, Any]]]) -> _Recipe:
    context = Context.of(target, [image["Id"] for _, image in bases.values()])
    arguments = {base.argument: name for base, (name, _) in bases.items()}
    return _Recipe(target, context.files, arguments, f"{IMAGE_PREFIX}{target.build_name}:{context.digest}")


def _find(api: APIClient, name: str) -> Mapping[str, Any] | None:
    try:
        return _inspect(api, name)
    except ImageNotFound:
        return None


def _inspect(api: APIClient, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]
    return image


def _digest(image: Mapping[str, Any]) -> str:
    """Return the registry's digest of an image; the engine's id of an image that was made here."""
    digests = image.get("RepoDigests") or ()
    return digests[0].rpartition("@")[2] if digests else str(image["Id"])


def _pull(api: APIClient, base: BaseImage, log: Callable[[str], None]) -> None:
    log(f"pulling {base.registry}")
    try:
        with _closing_streams(api):
            events = api.pull(base.registry, stream=True, decode=True)
            reason = next((event["error"] for event in events if "error" in event), None)
    except APIError as error:
        reason = reason_of(error)
    if reason is not None:
        require_able(reason)
        raise ToolchainError(
            "a base image is missing",
            where=base.registry,
            cause=f"neither it nor {base.local} is on this machine, and the pull failed: {reason}",
            remedy=f"Make the local one with `{base.local_command}` (on Debian, as root), or use a network with the "
            "registry.",
        )


def _run_buildkit(api: APIClient, recipe: _Recipe, log: Callable[[str], None]) -> None:
    progress = _Progress(log)
    # compressed, because buildx takes a plain archive that begins with an extended header for a Dockerfile
    with _archived(recipe, gzip=True) as context:
        words = buildx.command(recipe.tag, recipe.arguments, {TARGET: recipe.target.build_name})
        if not buildx.run(api, words, context, progress.add_line):
            last = progress.last_lines[-1] if progress.last_lines else ""
            require_able(last if last.startswith(_BUILDX_ERROR) else "")
            raise _build_error(recipe.target, list(progress.last_lines))


@contextmanager
def _archived(recipe: _Recipe, *, gzip: bool = False) -> Iterator[IO[bytes]]:
    """Yield the build context as a tar file in TMPDIR.

    Raises:
        MachineError: There is no room for it.
    """
    with ExitStack() as open_files:
        try:
            archive = open_files.enter_context(TemporaryFile())
            create_archive(str(recipe.target.folder.absolute()), recipe.files, fileobj=archive, gzip=gzip)
        except OSError as error:
            first = error.__context__ if isinstance(error.__context__, OSError) else error  # docker-py hides the cause
            raise MachineError(
                "can't write a build context",
                where=f"{recipe.target.name}, {os.environ.get('TMPDIR', 'TMPDIR')}",
                cause=first.strerror or str(first),
                remedy="Free some space, or name another folder with TMPDIR.",
            ) from error
        yield archive


def _run_build(api: APIClient, recipe: _Recipe, log: Callable[[str], None]) -> None:
    progress = _Progress(log)
    try:
        with _closing_streams(api), _archived(recipe) as context:
            events = api.build(
                fileobj=context,
                custom_context=True,
                tag=recipe.tag,
                buildargs=recipe.arguments,
                labels={TARGET: recipe.target.build_name},
                rm=True,
                forcerm=True,
                decode=True,
            )
            built = all(map(progress.add, events))
    except APIError as error:
        raise _build_error(recipe.target, [refusal(error)]) from error
    except BaseException:
        # Containers of build steps do not have our labels. The engine removes them when it notices the closed
        # connection, which may be after the end of this process.
        remove_containers(api, lambda: containers_by_prefix(api, progress.steps))
        raise
    if not built:
        raise _build_error(recipe.target, list(progress.last_lines))


class _Progress:
    """Progress of a build: its last lines, and the containers of its steps."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self.last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self.steps: list[str] = []

    def add(self, event: Mapping[str, Any]) -> bool:
        """Add an event of the engine; return whether it is no error.

        Raises:
            MachineError: It is an error of the engine itself.
        """
        text = event.get("stream") or event.get("error") or event.get("status") or ""
        for line in map(str.rstrip, text.splitlines()):
            self.add_line(line)
        require_able(event.get("error") or "")
        return "error" not in event

    def add_line(self, line: str) -> None:
        """Add a line of output, unless it is empty."""
        if line:
            self.last_lines.append(line)
            self.steps += _STEP_CONTAINER.findall(line)
            self._log(line)


def _build_error(target: Target, lines: list[str]) -> TargetError:
    return TargetError(
        "the target does not build",
        where=f"{target.name}, {target.folder / 'Dockerfile'}",
        cause=with_lines("its build failed; its last lines are below", lines),
        remedy="Correct the cause that they name.",
    )


@contextmanager
def _closing_streams(api: APIClient) -> Iterator[None]:
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


@contextmanager
def _unstarted(api: APIClient, identity: str, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield a container of an image: files can only be read from one. It is never started."""
    container: str = api.create_container(identity, command=["-"], labels=dict(labels))["Id"]  # "-": it must have one
    try:
        yield container
    finally:
        remove_container(api, container)


def _read_versions_and_findings(api: APIClient, target: Target, container: str) -> tuple[Mapping[str, str], str | None]:
    """Read the files that the build wrote: versions, and findings if the probes ran during the build."""
    written = _read_file(api, target, container, _VERSIONS)
    findings = _read_file(api, target, container, _FINDINGS) if target.probes else None
    return _versions(target, written), None if findings is None else findings.decode(errors="replace")


def _versions(target: Target, text: bytes | None) -> Mapping[str, str]:
    if text is None:
        return {}
    try:
        return versions(text.decode())
    except ValueError as error:
        raise TargetError(
            "the target's versions can't be read",
            where=f"{target.name}, {_VERSIONS} in its image",
            cause=f"the file is not a JSON object of names and versions: {str(error).rstrip('.')}",
            remedy=f"Correct the step of {target.folder / 'Dockerfile'} that writes it.",
        ) from error


def _read_file(api: APIClient, target: Target, container: str, path: str) -> bytes | None:
    """Return the content of a file of an image; None if there is none.

    Raises:
        TargetError: It is no regular file, too long, or its archive is damaged.
    """
    try:
        with _closing_streams(api):
            chunks, _ = api.get_archive(container, path)
            data = _first_bytes(chunks, LONGEST_BYTES + _ARCHIVE_BYTES)
    except NotFound:
        return None
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            member = archive.next()
            if member is None or not member.isreg():
                raise _unreadable_file(target, path, "it is no regular file")
            if member.size > LONGEST_BYTES:
                raise _unreadable_file(target, path, f"it is longer than {LONGEST_BYTES:,} bytes")
            file = archive.extractfile(member)
            return b"" if file is None else file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise _unreadable_file(target, path, f"the engine's archive of it is damaged: {error}") from error


def _first_bytes(chunks: Iterator[bytes], most: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            break
    return bytes(data)


def _unreadable_file(target: Target, path: str, cause: str) -> TargetError:
    return TargetError(
        "a file of the target's image can't be read",
        where=f"{target.name}, {path} in its image",
        cause=cause,
        remedy=f"Correct the step of {target.folder / 'Dockerfile'} that writes it.",
    )
