"""Removing the containers that are left of a run: this run's own, or a dead one's.

Everything that the harness creates carries labels (see `owner`). Nothing without them is ever touched.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, NotFound

from harness.errors import MachineError
from harness.runtime.docker.engine import refusal, speaking
from harness.runtime.owner import RUN, SUBJECT, Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from docker import APIClient

TARGET = "harness.target"
"""The label of an image: the target that it was built from."""

_REMOVED_WITHIN_S = 30.0
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Leftover:
    """A container that a dead run left behind."""

    container: str
    run_id: str
    subject: str


def dead_runs(api: APIClient) -> tuple[Leftover, ...]:
    """List the containers of this host's dead harness processes, running or not."""
    with speaking("list containers"):
        listed = api.containers(all=True, filters={"label": [RUN]})
    return tuple(
        Leftover(container["Id"], container["Labels"][RUN], container["Labels"].get(SUBJECT, ""))
        for container in listed
        if (owner := Owner.of(container["Labels"])) is not None and owner.is_dead()
    )


def sweep(api: APIClient) -> tuple[Leftover, ...]:
    """Remove the containers of this host's dead harness processes, and return what was removed.

    Raises:
        MachineError: The engine would not remove one.
    """
    found: dict[str, Leftover] = {}

    def dead() -> tuple[str, ...]:
        left = dead_runs(api)
        found.update((leftover.container, leftover) for leftover in left)
        return tuple(leftover.container for leftover in left)

    remove_containers(api, dead)
    return tuple(found.values())


def remove_run(api: APIClient, run_id: str) -> None:
    """Remove every container of a run, running or not.

    Raises:
        MachineError: The engine would not remove one.
    """

    def left() -> tuple[str, ...]:
        with speaking("list containers"):
            listed = api.containers(all=True, filters={"label": [f"{RUN}={run_id}"]})
        return tuple(container["Id"] for container in listed)

    remove_containers(api, left)


def remove_images(api: APIClient) -> tuple[str, ...]:
    """Remove the images that the harness built and no container uses, and return their tags.

    Raises:
        MachineError: The engine could not be asked.
    """
    with speaking("remove images"):
        images = api.images(filters={"label": [TARGET]})
        return tuple(tag for image in images for tag in _tags(image) if _remove_image(api, tag))


def remove_containers(api: APIClient, find: Callable[[], Collection[str]], within_s: float = _REMOVED_WITHIN_S) -> None:
    """Remove containers until none are found.

    Somebody else may be removing the same ones, and the engine may refuse for a moment: what counts is that the list
    comes back empty.

    Raises:
        MachineError: Some are still there after `within_s` seconds.
    """
    deadline = time.monotonic() + within_s
    while left := find():
        refusals = [why for container in left if (why := remove_container(api, container))]
        if refusals and time.monotonic() >= deadline:
            raise MachineError(
                "could not remove every container",
                where=", ".join(container[:12] for container in left),
                cause=refusals[-1],
                remedy="Remove them with `docker rm -f`, or repeat `harness clean` when the engine is well.",
            )
        if refusals:
            time.sleep(_PAUSE_S)


def remove_container(api: APIClient, container: str) -> str | None:
    """Remove a container whatever its state; return why the engine would not, None when it is gone."""
    with speaking("remove a container"):
        try:
            api.remove_container(container, v=True, force=True)
        except NotFound:
            return None
        except APIError as error:
            return refusal(error)
    return None


def known(api: APIClient, prefixes: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the containers that the engine knows under the beginnings of their ids.

    Raises:
        MachineError: The engine could not be asked.
    """
    if not prefixes:
        return ()
    with speaking("list containers"):
        listed = [container["Id"] for container in api.containers(all=True)]
    return tuple(container for container in listed if container.startswith(tuple(prefixes)))


def _tags(image: Mapping[str, Any]) -> list[str]:
    return image["RepoTags"] or [image["Id"]]


def _remove_image(api: APIClient, name: str) -> bool:
    try:
        api.remove_image(name)
    except APIError:  # in use, or gone already
        return False
    return True
