"""Probe of the installed Starlette: measure its footprint, try its attributes, and print one JSON object.

It runs on the Python that serves the app. It reads installed files and calls the app's ASGI interface; it needs neither
a network nor a folder to write to. `no` means that Starlette does not have the attribute. `by extension` means that
Starlette itself uses another package for it.
"""

import asyncio
import importlib
import importlib.metadata
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.websockets import WebSocket

Answer = tuple[str, str]


def main() -> None:
    """Print the footprint and the attributes."""
    sys.stdout.write(json.dumps({"footprint": footprint(), "attributes": attributes()}) + "\n")


def footprint() -> list[dict[str, object]]:
    """Return the size of Starlette's files and the number of installed distributions."""
    installed = sorted(d.name.lower() for d in importlib.metadata.distributions())
    files = [Path(str(f.locate())) for f in importlib.metadata.files("starlette") or () if f.suffix != ".pyc"]
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
            "value": len(installed),
            "evidence": f"distributions: {', '.join(installed)}",
        },
    ]


def attributes() -> list[dict[str, str]]:
    """Try each attribute and return the answers with their evidence."""
    found = {
        "language_version": language_version(),
        "async_views": async_views(),
        "validation": validation(),
        "websocket": websocket(),
        "admin": module("starlette.admin", ".*"),
        "orm": module("starlette.orm", ".*"),
        "authentication": authentication(),
        "documentation": documentation(),
        "single_binary": single_binary(),
    }
    return [{"name": name, "answer": answer, "evidence": evidence} for name, (answer, evidence) in found.items()]


def language_version() -> Answer:
    """Return the oldest Python that Starlette's metadata allow."""
    asked = importlib.metadata.metadata("starlette")["Requires-Python"]
    least = re.search(r">=\s*([\d.]+)", asked)
    return f"Python {least[1] if least else asked}", f"Requires-Python: {asked}"


def async_views() -> Answer:
    """Return whether Starlette calls a view that is a coroutine function."""

    async def view(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("answered")

    status, body = ask(Starlette(routes=[Route("/", view)]), "GET", "/")
    return ("yes" if body == b"answered" else "no"), f"an `async def` view is answered with status {status}"


def validation() -> Answer:
    """Return whether Starlette refuses a body that breaks the declared types of a view."""

    async def view(request: Request) -> PlainTextResponse:
        return PlainTextResponse(type((await request.json())["age"]).__name__)

    status, body = ask(Starlette(routes=[Route("/", view, methods=["POST"])]), "POST", "/", b'{"age": "old"}')
    return "no", f"a view gets the request, and its body as it is: status {status}, age is a {body.decode()}"


def ask(app: Any, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:  # noqa: ANN401 - an ASGI app
    """Return status and body of an answer of the app, asked through its ASGI interface."""
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


def talk(app: Any, scope: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what the app sends to one message."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return message

    async def send(one: dict[str, Any]) -> None:
        sent.append(one)

    asyncio.run(app(scope, receive, send))
    return sent


def websocket() -> Answer:
    """Return whether Starlette accepts a WebSocket at a route for it."""
    app = Starlette()

    async def view(socket: WebSocket) -> None:
        await socket.accept()

    app.router.add_websocket_route("/", view)
    scope = {"type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "subprotocols": []}
    sent = [one["type"] for one in talk(app, scope, {"type": "websocket.connect"})]
    return ("yes" if "websocket.accept" in sent else "no"), f"a connection at a WebSocket route: {', '.join(sent)}"


def module(name: str, what: str) -> Answer:
    """Return whether Starlette has a module, which is imported."""
    if importlib.util.find_spec(name) is None:
        return "no", f"no module {name}"
    public = [one for one in dir(importlib.import_module(name)) if re.fullmatch(what, one)]
    return ("yes" if public else "no"), f"{name}: {', '.join(public) or 'nothing'}"


def authentication() -> Answer:
    """Return whether Starlette has means of authentication."""
    return module("starlette.authentication", "requires|.*Backend|.*User")


def documentation() -> Answer:
    """Return whether an app serves a description of itself, or Starlette makes one."""
    app = Starlette()
    statuses = {path: ask(app, "GET", path)[0] for path in ("/docs", "/openapi.json", "/swagger")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    answer, said = module("starlette.schemas", ".*Generator|.*Response")
    return answer, f"{asked}; {said}"


def single_binary() -> Answer:
    """Return that Starlette is not a single binary, with the number of files that an import needs."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    return "no", f"`import starlette` and what this probe used take the interpreter and {len(files)} module files"


if __name__ == "__main__":
    main()
