"""Probe of the installed Flask: measure its footprint, try its attributes, and print one JSON object.

It runs on the Python that serves the app. It reads installed files and calls Flask's test client; it needs neither a
network nor a folder to write to. `no` means that Flask does not have the attribute. `by extension` means that Flask
itself uses another package for it. Libraries that use Flask but that Flask does not know are not tried.
"""

import importlib
import importlib.metadata
import json
import pkgutil
import re
import sys
from pathlib import Path
from types import ModuleType

import flask

WEBSOCKET_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SWITCHING_PROTOCOLS = 101
Answer = tuple[str, str]


def main() -> None:
    """Print the footprint and the attributes."""
    sys.stdout.write(json.dumps({"footprint": footprint(), "attributes": attributes()}) + "\n")


def footprint() -> list[dict[str, object]]:
    """Return the size of Flask's files and the number of installed distributions."""
    installed = sorted(d.name.lower() for d in importlib.metadata.distributions())
    files = [Path(str(f.locate())) for f in importlib.metadata.files("flask") or () if f.suffix != ".pyc"]
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
        "admin": served_or_named("admin", ["/admin", "/admin/"]),
        "orm": served_or_named("orm|model|models|database|db", []),
        "authentication": served_or_named("auth|login|authenticate|authentication|authorize", ["/login"]),
        "documentation": served_or_named("openapi|swagger|docs|schema", ["/docs", "/openapi.json", "/swagger"]),
        "single_binary": single_binary(),
    }
    return [{"name": name, "answer": answer, "evidence": evidence} for name, (answer, evidence) in found.items()]


def language_version() -> Answer:
    """Return the oldest Python that Flask's metadata allow."""
    asked = importlib.metadata.metadata("flask")["Requires-Python"]
    least = re.search(r">=\s*([\d.]+)", asked)
    return f"Python {least[1] if least else asked}", f"Requires-Python: {asked}"


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
    return ("yes" if status in {400, 422} else "no"), f"a body that breaks the declared type: status {status}"


def websocket() -> Answer:
    """Return whether Flask accepts the handshake of RFC 6455 at a route with `websocket=True`."""
    app = flask.Flask("probe")
    app.add_url_rule("/", view_func=lambda: "", websocket=True)
    status = app.test_client().get("/", headers=WEBSOCKET_HANDSHAKE).status_code
    answer = "yes" if status == SWITCHING_PROTOCOLS else "no"
    said = names("websocket|sock|ws")[1]
    return answer, f"a handshake at a route with `websocket=True` is answered with status {status}; {said}"


def served_or_named(words: str, paths: list[str]) -> Answer:
    """Return whether a new app serves one of the usual paths, or one of Flask's public names matches the words."""
    client = flask.Flask("probe").test_client()
    statuses = {path: client.get(path).status_code for path in paths}
    found, said = names(words)
    asked = "".join(f"{path}: {status}; " for path, status in statuses.items())
    return ("yes" if found or any(status < 400 for status in statuses.values()) else "no"), asked + said  # noqa: PLR2004


def single_binary() -> Answer:
    """Return that Flask is not a single binary, with the number of files that an import needs."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    return "no", f"`import flask` alone takes the interpreter and {len(files)} module files"


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
