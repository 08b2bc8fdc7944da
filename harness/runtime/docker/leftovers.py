"""Removal of leftover containers, of this run or of dead runs.

Everything that a run creates has labels (see `owner`). Containers without them are not removed, except the containers
of the run's own build steps.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, NotFound

from harness.errors import MachineError
from harness.runtime.docker.bases import inspect
from harness.runtime.docker.engine import cleanup_call, engine_call, reason_of
from harness.runtime.owner import HOST, PID, PID_START, RUN, SUBJECT, Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from docker import APIClient

TARGET = "harness.target"
"""Label of an image: the name of its target."""

IMAGE_PREFIX = "harness/"
"""Beginning of the names of all images that the harness builds."""

_OWNER = (HOST, PID, PID_START)
_REMOVED_WITHIN_S = 30.0
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Leftover:
    """Leftover container of a dead run.

    Attributes:
        subject: The subject that it served; of a container that only read an image, the image's target.
    """

    container: str
    run_id: str
    subject: str


def dead_runs(api: APIClient) -> tuple[Leftover, ...]:
    """Return the containers of dead harness processes of this host, running or not."""
    with engine_call("list containers"):
        listed = api.containers(all=True, filters={"label": [RUN]})
    return tuple(
        Leftover(container["Id"], container["Labels"][RUN], _subject(container))
        for container in listed
        if (owner := Owner.of(container["Labels"])) is not None and owner.is_dead() and _labelled_here(api, container)
    )


def _labelled_here(api: APIClient, container: Mapping[str, Any]) -> bool:
    """Return whether a container's labels are its own: one of an image that was made of our container inherits them."""
    image: Mapping[str, Any] = {}
    with engine_call("inspect an image"), suppress(NotFound):
        image = inspect(api, container.get("ImageID") or container.get("Image") or "none")
    inherited = (image.get("Config") or {}).get("Labels") or {}
    return any(inherited.get(label) != container["Labels"].get(label) for label in (RUN, *_OWNER))


def _subject(container: Mapping[str, Any]) -> str:
    # the engine copies an image's labels to its containers; an image that was not built here has none of ours
    labels, image = container["Labels"], container.get("Image") or "an unknown image"
    return labels.get(SUBJECT) or (f"image of {labels[TARGET]}" if labels.get(TARGET) else f"image {image}")


def remove_dead_runs(api: APIClient) -> tuple[Leftover, ...]:
    """Remove the containers of dead harness processes of this host, and return them.

    Raises:
        MachineError: The engine did not remove one.
    """
    found: dict[str, Leftover] = {}

    def dead() -> tuple[str, ...]:
        left = dead_runs(api)
        found.update((leftover.container, leftover) for leftover in left)
        return tuple(leftover.container for leftover in left)

    remove_containers(api, dead)
    return tuple(found.values())


def remove_run(api: APIClient, run_id: str) -> None:
    """Remove all containers of a run that this process or one that has ended created, running or not.

    Raises:
        MachineError: The engine did not remove one.
    """

    def left() -> tuple[str, ...]:
        with engine_call("list containers"), cleanup_call(api):
            listed = api.containers(all=True, filters={"label": [f"{RUN}={run_id}"]})
        owners = ((container["Id"], Owner.of(container["Labels"])) for container in listed)
        return tuple(container for container, owner in owners if owner is not None and owner.may_be_cleared())

    remove_containers(api, left)


def remove_images(api: APIClient) -> tuple[str, ...]:
    """Remove the tags of all images that the harness built and no container uses, and return them.

    Raises:
        MachineError: The engine does not answer.
    """
    with engine_call("remove images"):
        images = api.images(filters={"label": [TARGET]})
        return tuple(tag for image in images for tag in _own_tags(image) if _remove_image(api, tag))


def remove_containers(api: APIClient, find: Callable[[], Collection[str]], within_s: float = _REMOVED_WITHIN_S) -> None:
    """Remove containers until `find` returns none.

    Another process may remove the same containers, and the engine may refuse for a moment. So only an empty list ends
    the loop.

    Raises:
        MachineError: Some containers are left after `within_s` seconds.
    """
    deadline = time.monotonic() + within_s
    while left := find():
        refusals = [reason for container in left if (reason := remove_container(api, container))]
        if refusals and time.monotonic() >= deadline:
            raise MachineError(
                "could not remove every container",
                where=", ".join(container[:12] for container in left),
                cause=refusals[-1],
                remedy="Remove them with `docker rm -f`, or run `harness clean` again when the engine works.",
            )
        if refusals:
            time.sleep(_PAUSE_S)


def remove_container(api: APIClient, container: str) -> str | None:
    """Remove a container in any state; return the engine's reason for a refusal, None if the container is gone."""
    with engine_call("remove a container"), cleanup_call(api):
        try:
            api.remove_container(container, v=True, force=True)
        except NotFound:
            return None
        except APIError as error:
            return reason_of(error)
    return None


def all_containers(api: APIClient) -> frozenset[str]:
    """Return the ids of all containers of an engine, running or not.

    Raises:
        MachineError: The engine does not answer.
    """
    with engine_call("list containers"):
        return frozenset(container["Id"] for container in api.containers(all=True))


def containers_by_prefix(api: APIClient, prefixes: Collection[str], others: Collection[str]) -> tuple[str, ...]:
    """Return the ids of all containers whose id begins with one of the prefixes.

    Args:
        api: The engine's client.
        prefixes: Beginnings of ids.
        others: Ids that are left out.

    Raises:
        MachineError: The engine does not answer.
    """
    if not prefixes:
        return ()
    found = (one for one in all_containers(api) if one not in others)
    return tuple(one for one in found if one.startswith(tuple(prefixes)))


def _own_tags(image: Mapping[str, Any]) -> list[str]:
    """Return the tags that the harness gave to an image; an image that a user built from ours has its label, too."""
    own = f"{IMAGE_PREFIX}{image['Labels'][TARGET]}:"
    return [tag for tag in image["RepoTags"] or () if tag.startswith(own)]


def _remove_image(api: APIClient, name: str) -> bool:
    try:
        api.remove_image(name)
    except APIError:  # in use, or already removed
        return False
    return True
