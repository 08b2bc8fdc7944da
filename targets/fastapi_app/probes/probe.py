"""Probe of the installed FastAPI: try its attributes, and print one JSON object with them and its footprint.

It runs on the Python that serves the app, together with `python_probes`, which all probes in Python share. It reads
installed files and calls the app's ASGI interface; it needs neither a network nor a folder to write to. `no` means that
FastAPI does not have the attribute. `by extension` means that FastAPI itself uses another package for it.
"""

from fastapi import FastAPI, WebSocket
from pydantic import BaseModel
from python_probes import Answer, ask, connect_websocket, module, show, yes_or_no


def main() -> None:
    """Print the footprint and the attributes."""
    attributes = {
        "async_views": async_views(),
        "validation": validation(),
        "websocket": websocket(),
        "admin": module("fastapi.admin"),
        "orm": module("fastapi.orm"),
        "authentication": module("fastapi.security", r"OAuth2\w*|HTTP\w*|APIKey\w*"),
        "documentation": documentation(),
    }
    show("fastapi", attributes)


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
    return yes_or_no(b"answered" in body), f"an `async def` view is answered with status {status}"


def validation() -> Answer:
    """Return whether FastAPI refuses a body that breaks the declared types of a view."""
    app = FastAPI()

    @app.post("/")
    async def view(person: Person) -> int:
        return person.age

    status, _ = ask(app, "POST", "/", b'{"age": "old"}')
    return yes_or_no(status in {400, 422}), f"a body that breaks the declared type: status {status}"


def websocket() -> Answer:
    """Return whether FastAPI accepts a WebSocket at a route for it."""
    app = FastAPI()

    async def view(socket: WebSocket) -> None:
        await socket.accept()

    app.websocket("/")(view)
    sent = connect_websocket(app)
    return yes_or_no("websocket.accept" in sent), f"a connection at a WebSocket route: {', '.join(sent)}"


def documentation() -> Answer:
    """Return whether an app serves a description of itself."""
    statuses = {path: ask(FastAPI(), "GET", path)[0] for path in ("/docs", "/openapi.json")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    return yes_or_no(set(statuses.values()) == {200}), asked


if __name__ == "__main__":
    main()
