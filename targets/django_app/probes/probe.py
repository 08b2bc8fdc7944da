"""Probe of the installed Django: measure its footprint, try its attributes, and print one JSON object.

It runs on the Python that serves the app. It reads installed files and calls Django's test client; it needs neither a
network nor a folder to write to. `no` means that Django does not have the attribute. `by extension` means that Django
itself uses another package for it.
"""

import asyncio
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any

import django
from django import forms
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
)
django.setup()

Answer = tuple[str, str]


def main() -> None:
    """Print the footprint and the attributes."""
    sys.stdout.write(json.dumps({"footprint": footprint(), "attributes": attributes()}) + "\n")


def footprint() -> list[dict[str, object]]:
    """Return the size of Django's files and the number of installed distributions."""
    installed = sorted(d.name.lower() for d in importlib.metadata.distributions())
    files = [Path(str(f.locate())) for f in importlib.metadata.files("django") or () if f.suffix != ".pyc"]
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
        "admin": admin(),
        "orm": orm(),
        "authentication": authentication(),
        "documentation": documentation(),
        "single_binary": single_binary(),
    }
    return [{"name": name, "answer": answer, "evidence": evidence} for name, (answer, evidence) in found.items()]


def language_version() -> Answer:
    """Return the oldest Python that Django's metadata allow."""
    asked = importlib.metadata.metadata("django")["Requires-Python"]
    least = re.search(r">=\s*([\d.]+)", asked)
    return f"Python {least[1] if least else asked}", f"Requires-Python: {asked}"


async def view(_request: HttpRequest) -> HttpResponse:
    """Answer as a coroutine function."""
    return HttpResponse("answered")


urlpatterns = [path("", view)]


def async_views() -> Answer:
    """Return whether Django calls a view that is a coroutine function."""
    from django.test import Client  # noqa: PLC0415 - takes the settings

    answer = Client().get("/")
    return ("yes" if answer.content == b"answered" else "no"), f"an `async def` view: status {answer.status_code}"


def validation() -> Answer:
    """Return whether Django refuses a value that breaks a declared type; its forms declare types, its views do not."""
    form = type("Person", (forms.Form,), {"age": forms.IntegerField()})({"age": "old"})
    refused = [str(error) for errors in form.errors.values() for error in errors]
    return ("yes" if refused else "no"), f"a form with `age = IntegerField()`: {', '.join(refused) or 'accepted'}"


def websocket() -> Answer:
    """Return whether Django accepts a WebSocket."""
    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(_one: dict[str, Any]) -> None:
        """Ignore what it sends."""

    try:
        asyncio.run(get_asgi_application()(scope, receive, send))
    except ValueError as error:
        return "no", f"a connection to its ASGI app: {error}"
    return "yes", "a connection to its ASGI app is accepted"


def admin() -> Answer:
    """Return whether Django has an administration site."""
    from django.contrib.admin import AdminSite  # noqa: PLC0415 - takes the settings

    pages = [str(one.name) for one in AdminSite().get_urls() if getattr(one, "name", None)]
    return ("yes" if pages else "no"), f"django.contrib.admin has the pages {', '.join(pages)}"


def orm() -> Answer:
    """Return whether Django stores and counts an object of a model."""
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 - takes the settings
    from django.db import connection  # noqa: PLC0415

    with connection.schema_editor() as editor:
        editor.create_model(ContentType)
    ContentType.objects.create(app_label="probe", model="person")
    stored = ContentType.objects.filter(model="person").count()
    return ("yes" if stored == 1 else "no"), f"{stored} object of a model was stored in SQLite in memory and counted"


def authentication() -> Answer:
    """Return whether Django has means of authentication."""
    from django.contrib.auth.hashers import check_password, make_password  # noqa: PLC0415 - takes the settings

    right = check_password("right", make_password("right"))
    return ("yes" if right else "no"), f"django.contrib.auth checks a password: {right}"


def documentation() -> Answer:
    """Return whether an app serves a description of itself."""
    from django.test import Client  # noqa: PLC0415 - takes the settings

    statuses = {path: Client().get(path).status_code for path in ("/docs", "/openapi.json", "/swagger")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    return ("yes" if 200 in statuses.values() else "no"), asked  # noqa: PLR2004


def single_binary() -> Answer:
    """Return that Django is not a single binary, with the number of files that an import needs."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    return "no", f"`import django` and what this probe used take the interpreter and {len(files)} module files"


if __name__ == "__main__":
    main()
