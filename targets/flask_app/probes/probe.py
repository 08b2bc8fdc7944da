"""Probe of the installed Flask: try its attributes, and print one JSON object with them and its footprint.

It runs on the Python that serves the app, together with `python_probes`, which all probes in Python share. It reads
installed files and calls Flask's test client; it needs neither a network nor a folder to write to. `no` means that
Flask does not have the attribute. `by extension` means that Flask itself uses another package for it. Libraries that
use Flask but that Flask does not know are not tried.
"""

import importlib
import importlib.metadata
import pkgutil
import re
from types import ModuleType

import flask
from python_probes import Answer, show, yes_or_no

WEBSOCKET_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SWITCHING_PROTOCOLS, BAD_REQUEST = 101, 400


def main() -> None:
    """Print the footprint and the attributes."""
    attributes = {
        "async_views": async_views(),
        "validation": validation(),
        "websocket": websocket(),
        "admin": served_or_named("admin", ["/admin", "/admin/"]),
        "orm": served_or_named("orm|model|models|database|db", []),
        "authentication": served_or_named("auth|login|authenticate|authentication|authorize", ["/login"]),
        "documentation": served_or_named("openapi|swagger|docs|schema", ["/docs", "/openapi.json", "/swagger"]),
    }
    show("flask", attributes, served_with=["gunicorn"])


def async_views() -> Answer:
    """Return whether Flask can call a view that is a coroutine function."""
    app = flask.Flask("probe")
    app.testing = True  # errors are raised in this process

    @app.get("/")
    async def view() -> str:
        return "answered"

    try:
        text = app.test_client().get("/").text
    except RuntimeError as error:
        extras = importlib.metadata.metadata("flask").get_all("Provides-Extra") or []
        return "by extension" if "async" in extras else "no", f"RuntimeError: {error}"
    return "yes", f"an `async def` view {text}"


def validation() -> Answer:
    """Return whether Flask refuses a body that breaks the declared types of a view."""
    app = flask.Flask("probe")
    app.testing = True

    @app.post("/")
    def view(age: int) -> str:
        return f"{age}"

    try:
        status = app.test_client().post("/", json={"age": "old"}).status_code
    except TypeError as error:
        return "no", f"a view that declares `age: int` is not given the body: {error}; {names('validat.*')[1]}"
    return yes_or_no(status in {400, 422}), f"a body that breaks the declared type: status {status}"


def websocket() -> Answer:
    """Return whether Flask accepts the handshake of RFC 6455 at a route with `websocket=True`."""
    app = flask.Flask("probe")
    app.add_url_rule("/", view_func=lambda: "", websocket=True)
    status = app.test_client().get("/", headers=WEBSOCKET_HANDSHAKE).status_code
    said = names("websocket|sock|ws")[1]
    switched = yes_or_no(status == SWITCHING_PROTOCOLS)
    return switched, f"a handshake at a route with `websocket=True` is answered with status {status}; {said}"


def served_or_named(words: str, paths: list[str]) -> Answer:
    """Return whether a new app serves one of the usual paths, or one of Flask's public names matches the words."""
    client = flask.Flask("probe").test_client()
    statuses = {path: client.get(path).status_code for path in paths}
    found, said = names(words)
    asked = "".join(f"{path}: {status}; " for path, status in statuses.items())
    served = any(status < BAD_REQUEST for status in statuses.values())
    return yes_or_no(found or served), asked + said


def names(words: str) -> tuple[list[str], str]:
    """Return Flask's public names with a word that matches, and the search in words."""
    public = {
        name
        for module in flask_modules()
        for owner in (module, flask.Flask, flask.Blueprint)
        for name in dir(owner)
        if not name.startswith("_")
    }
    found = sorted(name for name in public if any(re.fullmatch(words, word) for word in words_of(name)))
    listed = ", ".join(found) or "none"
    return found, f"of Flask's {len(public)} public names about {words.replace('|', ', ')}: {listed}"


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: `FlaskClient` and `flask_client` have the same words."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]


def flask_modules() -> list[ModuleType]:
    """Import and return every module of Flask except the entry point of its command line, which ends the process."""
    found = pkgutil.walk_packages(flask.__path__, "flask.")
    return [flask, *(importlib.import_module(part.name) for part in found if not part.name.endswith("__main__"))]


if __name__ == "__main__":
    main()
