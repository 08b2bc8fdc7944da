"""The bill of materials of an image, read from its file system once and kept in the cache folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docker.errors import APIError
from requests import RequestException
from urllib3.exceptions import HTTPError

from harness.documents.sbom import Package, Source, sbom
from harness.durable_files import write_atomically
from harness.errors import MachineError
from harness.runtime.cache import cache_folder
from harness.runtime.docker.engine import reason_of
from harness.runtime.docker.inventory import packages_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import APIClient

_IDENTITY = re.compile(r"sha256:[0-9a-f]{64}")


def of_image(
    api: APIClient, target: str, identity: str, container: str, versions: Mapping[str, str]
) -> tuple[str | None, str]:
    """Return the bill of an image, and why there is none.

    Args:
        api: The engine's client.
        target: The name of the target.
        identity: The engine's id of the image.
        container: A container of the image.
        versions: What the target itself declares to be in it.
    """
    try:
        kept = _kept(target, identity)
        if kept is not None and kept.is_file():
            return kept.read_text(encoding="utf-8"), ""
        bill = sbom(target, identity, _with_declared(_found(api, container), versions))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, bill)
    except APIError as error:
        return None, reason_of(error).rstrip(".")
    except (MachineError, RequestException, HTTPError, OSError, ValueError) as error:
        return None, str(error).rstrip(".")
    return bill, ""


def _kept(target: str, identity: str) -> Path | None:
    """Return the file that keeps the bill; None for an id that is no digest of content."""
    name = f"{identity.partition(':')[2]}-{target}.cdx.json"
    return cache_folder() / "sbom" / name if _IDENTITY.fullmatch(identity) and "/" not in target else None


def _found(api: APIClient, container: str) -> set[Package]:
    return packages_in(api.export(container))


def _with_declared(found: set[Package], versions: Mapping[str, str]) -> set[Package]:
    """Add what no list of packages in the image has: a language that was built from its source, for example."""
    names = {one.name.lower() for one in found}
    declared = {name: version for name, version in versions.items() if name.lower() not in names and ":" not in name}
    return found | {Package(Source.DECLARED, name, version) for name, version in declared.items()}
