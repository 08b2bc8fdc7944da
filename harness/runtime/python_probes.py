"""Shared part of the probes of Python targets: the footprint, common attributes, requests to an ASGI app, the output.

It is sent together with a probe to the Python that serves the target, where the probe imports it as `python_probes`
(`harness.runtime.probing`). So it needs the standard library only. It does not know any framework.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import importlib.util
import json
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Answer = tuple[str, str]
"""Answer of an attribute, and its evidence."""


def show(framework: str, attributes: Mapping[str, Answer], *, served_with: Sequence[str] = ()) -> None:
    """Print the findings as one JSON object.

    Args:
        framework: The name of the framework's distribution.
        attributes: The answers that the probe itself found, by the name of the attribute.
        served_with: The distributions that serve production variants, if others are installed for other variants.
    """
    found = {
        "language_version": language_version(framework),
        **attributes,
        "single_binary": single_binary(framework),
    }
    rows = [{"name": name, "answer": answer, "evidence": evidence} for name, (answer, evidence) in found.items()]
    sys.stdout.write(json.dumps({"footprint": footprint(framework, served_with), "attributes": rows}) + "\n")


def footprint(framework: str, served_with: Sequence[str] = ()) -> list[dict[str, object]]:
    """Return the size of a framework's files, and the number of distributions that it needs or that are installed."""
    installed = (d.name.lower() for d in importlib.metadata.distributions())
    counted = sorted(with_requirements(framework, *served_with) if served_with else installed)
    files = [Path(str(f.locate())) for f in importlib.metadata.files(framework) or () if f.suffix != ".pyc"]
    return [
        {
            "metric": "footprint.framework",
            "unit": "B",
            "value": sum(file.stat().st_size for file in files),
            "evidence": f"the {len(files)} files that its RECORD names, without compiled copies",
        },
        {
            "metric": "footprint.dependencies",
            "unit": "1",
            "value": len(counted),
            "evidence": f"distributions: {', '.join(counted)}",
        },
    ]


def with_requirements(*names: str) -> set[str]:
    """Return those of the distributions that are installed, with all that they require without their extras."""
    found: set[str] = set()
    unread = list(names)
    while unread:
        name = unread.pop()
        with suppress(importlib.metadata.PackageNotFoundError):
            if name not in found:
                asked = [one for one in importlib.metadata.requires(name) or () if ";" not in one]
                unread += [re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in asked]
                found.add(name)
    return found


def language_version(framework: str) -> Answer:
    """Return the oldest Python that a framework's metadata allow."""
    asked = importlib.metadata.metadata(framework)["Requires-Python"]
    least = re.search(r">=\s*([\d.]+)", asked)
    return f"Python {least[1] if least else asked}", f"Requires-Python: {asked}"


def single_binary(framework: str) -> Answer:
    """Return that a Python framework is not a single binary, with the number of files that an import needs."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    return "no", f"`import {framework}` and what this probe used take the interpreter and {len(files)} module files"


def yes_or_no(found: object) -> str:
    """Return the answer `yes` if something was found, else `no`."""
    return "yes" if found else "no"


def module(name: str, what: str = ".*") -> Answer:
    """Return whether a module exists that has names of a pattern; it is imported."""
    if importlib.util.find_spec(name) is None:
        return "no", f"no module {name}"
    public = [one for one in dir(importlib.import_module(name)) if re.fullmatch(what, one)]
    return yes_or_no(public), f"{name}: {', '.join(public) or 'nothing'}"


def ask(app: Any, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:  # noqa: ANN401 - an ASGI app
    """Return status and body of an answer of an app, asked through its ASGI interface."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    sent = talk(app, scope, {"type": "http.request", "body": body})
    status = next(one["status"] for one in sent if one["type"] == "http.response.start")
    return status, b"".join(one.get("body", b"") for one in sent)


def connect_websocket(app: Any) -> list[str]:  # noqa: ANN401 - an ASGI app
    """Return the types of an app's messages to a WebSocket connection, opened through its ASGI interface."""
    scope = {"type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "subprotocols": []}
    return [one["type"] for one in talk(app, scope, {"type": "websocket.connect"})]


def talk(app: Any, scope: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what an ASGI app sends to one message."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return message

    async def send(one: dict[str, Any]) -> None:
        sent.append(one)

    asyncio.run(app(scope, receive, send))
    return sent
