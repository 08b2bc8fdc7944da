"""Probe of the installed FastAPI: measure its footprint, try its attributes, and print one JSON object.

It runs on the Python that serves the app. It reads installed files and calls the app's ASGI interface; it needs neither
a network nor a folder to write to. `no` means that FastAPI does not have the attribute. `by extension` means that
FastAPI itself uses another package for it.
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

from fastapi import FastAPI, WebSocket
from pydantic import BaseModel

Answer = tuple[str, str]


def main() -> None:
    """Print the footprint and the attributes."""
    sys.stdout.write(json.dumps({"footprint": footprint(), "attributes": attributes()}) + "\n")


def footprint() -> list[dict[str, object]]:
    """Return the size of FastAPI's files and the number of installed distributions."""
    installed = sorted(d.name.lower() for d in importlib.metadata.distributions())
    files = [Path(str(f.locate())) for f in importlib.metadata.files("fastapi") or () if f.suffix != ".pyc"]
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
        "admin": module("fastapi.admin", ".*"),
        "orm": module("fastapi.orm", ".*"),
        "authentication": authentication(),
        "documentation": documentation(),
        "single_binary": single_binary(),
    }
    return [{"name": name, "answer": answer, "evidence": evidence} for name, (answer, evidence) in found.items()]


def language_version() -> Answer:
    """Return the oldest Python that FastAPI's metadata allow."""
    asked = importlib.metadata.metadata("fastapi")["Requires-Python"]
    least = re.search(r">=\s*([\d.]+)", asked)
    return f"Python {least[1] if least else asked}", f"Requires-Python: {asked}"


class Person(BaseModel):
    """A body with a number."""

    age: int


def async_views() -> Answer:
    """Return whether FastAPI calls a view that is a coroutine function."""
    app = FastAPI()

    @app.get("/")
    async def view() -> str:
        return "answered"

    status, body = ask(app, "GET", "/")
    return ("yes" if b"answered" in body else "no"), f"an `async def` view is answered with status {status}"


def validation() -> Answer:
    """Return whether FastAPI refuses a body that breaks the declared types of a view."""
    app = FastAPI()

    @app.post("/")
    async def view(person: Person) -> int:
        return person.age

    status, _ = ask(app, "POST", "/", b'{"age": "old"}')
    return ("yes" if status in {400, 422} else "no"), f"a body that breaks the declared type: status {status}"


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
    """Return whether FastAPI accepts a WebSocket at a route for it."""
    app = FastAPI()

    async def view(socket: WebSocket) -> None:
        await socket.accept()

    app.websocket("/")(view)
    scope = {"type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "subprotocols": []}
    sent = [one["type"] for one in talk(app, scope, {"type": "websocket.connect"})]
    return ("yes" if "websocket.accept" in sent else "no"), f"a connection at a WebSocket route: {', '.join(sent)}"


def module(name: str, what: str) -> Answer:
    """Return whether FastAPI has a module, which is imported."""
    if importlib.util.find_spec(name) is None:
        return "no", f"no module {name}"
    public = [one for one in dir(importlib.import_module(name)) if re.fullmatch(what, one)]
    return ("yes" if public else "no"), f"{name}: {', '.join(public) or 'nothing'}"


def authentication() -> Answer:
    """Return whether FastAPI has means of authentication."""
    return module("fastapi.security", r"OAuth2\w*|HTTP\w*|APIKey\w*")


def documentation() -> Answer:
    """Return whether an app serves a description of itself."""
    statuses = {path: ask(FastAPI(), "GET", path)[0] for path in ("/docs", "/openapi.json")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    return ("yes" if set(statuses.values()) == {200} else "no"), asked


def single_binary() -> Answer:
    """Return that FastAPI is not a single binary, with the number of files that an import needs."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    return "no", f"`import fastapi` and what this probe used take the interpreter and {len(files)} module files"


if __name__ == "__main__":
    main()
