"""Probe of the installed Starlette: try its attributes, and print one JSON object with them and its footprint.

It runs on the Python that serves the app, together with `python_probes`, which all probes in Python share. It reads
installed files and calls the app's ASGI interface; it needs neither a network nor a folder to write to. `no` means that
Starlette does not have the attribute. `by extension` means that Starlette itself uses another package for it.
"""

from python_probes import Answer, ask, connect_websocket, module, show, yes_or_no
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.websockets import WebSocket


def main() -> None:
    """Print the footprint and the attributes."""
    attributes = {
        "async_views": async_views(),
        "validation": validation(),
        "websocket": websocket(),
        "admin": module("starlette.admin"),
        "orm": module("starlette.orm"),
        "authentication": module("starlette.authentication", "requires|.*Backend|.*User"),
        "documentation": documentation(),
    }
    show("starlette", attributes)


def async_views() -> Answer:
    """Return whether Starlette calls a view that is a coroutine function."""

    async def view(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("answered")

    status, body = ask(Starlette(routes=[Route("/", view)]), "GET", "/")
    return yes_or_no(body == b"answered"), f"an `async def` view is answered with status {status}"


def validation() -> Answer:
    """Return whether Starlette refuses a body that breaks the declared types of a view."""

    async def view(request: Request) -> PlainTextResponse:
        return PlainTextResponse(type((await request.json())["age"]).__name__)

    status, body = ask(Starlette(routes=[Route("/", view, methods=["POST"])]), "POST", "/", b'{"age": "old"}')
    return "no", f"a view gets the request, and its body as it is: status {status}, age is a {body.decode()}"


def websocket() -> Answer:
    """Return whether Starlette accepts a WebSocket at a route for it."""
    app = Starlette()

    async def view(socket: WebSocket) -> None:
        await socket.accept()

    app.router.add_websocket_route("/", view)
    sent = connect_websocket(app)
    return yes_or_no("websocket.accept" in sent), f"a connection at a WebSocket route: {', '.join(sent)}"


def documentation() -> Answer:
    """Return whether an app serves a description of itself, or Starlette makes one."""
    app = Starlette()
    statuses = {path: ask(app, "GET", path)[0] for path in ("/docs", "/openapi.json", "/swagger")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    answer, said = module("starlette.schemas", ".*Generator|.*Response")
    return answer, f"{asked}; {said}"


if __name__ == "__main__":
    main()
