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

from docker.errors import APIError, NotFound
from docker.utils.build import create_archive

from harness.documents.findings import LONGEST_BYTES, versions
from harness.errors import MachineError, TargetError, remedy_of_write
from harness.foreign_text import without_colours
from harness.regular_files import content_of
from harness.runtime.base import Image
from harness.runtime.context import Context
from harness.runtime.docker import bills, buildx
from harness.runtime.docker.bases import closing_streams, digests_of, find, inspect, resolve
from harness.runtime.docker.dockerfile import buildkit_feature
from harness.runtime.docker.engine import engine_call, refusal, require_able
from harness.runtime.docker.leftovers import (
    IMAGE_PREFIX,
    TARGET,
    all_containers,
    containers_by_prefix,
    remove_container,
    remove_containers,
)
from harness.runtime.docker.probing import run_script
from harness.runtime.failures import build_failed
from harness.runtime.probing import probe_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker import APIClient

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
        source: The digest of these files.
        tag: The image's name, with the hash of the recipe.
    """

    target: Target
    files: tuple[str, ...]
    arguments: dict[str, str]
    source: str
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
        bases = {base: resolve(api, base, log) for base in target.bases}
    recipe = _recipe(target, bases)
    with engine_call(f"build {target.name}"):
        image = find(api, recipe.tag)
        if image is None:
            (_run_buildkit if by_buildkit else _run_build)(api, recipe, log)
            image = inspect(api, recipe.tag)
        with closing_streams(api), _unstarted(api, image["Id"], labels) as container:
            found, findings = _read_versions_and_findings(api, target, container)
            bill, gap = bills.of_image(api, target.name, image["Id"], container, found)
        if findings is None and target.probes is not None:
            findings = run_script(api, target, image["Id"], probe_command(target), labels)
    digests = {name: digests_of(base)[0] for name, base in bases.values()}
    stand_ins = {name: base.registry for base, (name, _) in bases.items() if name != base.registry}
    return Image(target, image["Id"], image["Size"], found, findings, digests, stand_ins, recipe.source, bill, gap)


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


def _recipe(target: Target, bases: Mapping[BaseImage, tuple[str, Mapping[str, Any]]]) -> _Recipe:
    context = Context.of(target, [image["Id"] for _, image in bases.values()])
    arguments = {base.argument: name for base, (name, _) in bases.items()}
    tag = f"{IMAGE_PREFIX}{target.build_name}:{context.digest}"
    return _Recipe(target, context.files, arguments, context.source, tag)


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
                remedy=remedy_of_write(first, "name another folder with TMPDIR"),
            ) from error
        yield archive


def _run_build(api: APIClient, recipe: _Recipe, log: Callable[[str], None]) -> None:
    progress = _Progress(log)
    others = all_containers(api)  # a step may print the id of one of them, as the engine prints that of the step's own
    try:
        with closing_streams(api), _archived(recipe) as context:
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
        remove_containers(api, lambda: containers_by_prefix(api, progress.steps, others))
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
        """Add a line of output, unless nothing but colours is in it: the engine writes one for each line of stderr."""
        if line := without_colours(line).rstrip():
            self.last_lines.append(line)
            self.steps += _STEP_CONTAINER.findall(line)
            self._log(line)


def _build_error(target: Target, lines: list[str]) -> TargetError:
    return build_failed(f"{target.name}, {target.folder / 'Dockerfile'}", lines)


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
        with closing_streams(api):
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
