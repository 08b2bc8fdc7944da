"""Probe of the installed Django: try its attributes, and print one JSON object with them and its footprint.

It runs on the Python that serves the app, together with `python_probes`, which all probes in Python share. It reads
installed files and calls Django's test client; it needs neither a network nor a folder to write to. `no` means that
Django does not have the attribute. `by extension` means that Django itself uses another package for it.
"""

import django
from django import forms
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from python_probes import Answer, connect_websocket, show, yes_or_no

OK = 200

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
)
django.setup()


def main() -> None:
    """Print the footprint and the attributes."""
    attributes = {
        "async_views": async_views(),
        "validation": validation(),
        "websocket": websocket(),
        "admin": admin(),
        "orm": orm(),
        "authentication": authentication(),
        "documentation": documentation(),
    }
    show("django", attributes)


async def view(_request: HttpRequest) -> HttpResponse:
    """Answer as a coroutine function."""
    return HttpResponse("answered")


urlpatterns = [path("", view)]


def async_views() -> Answer:
    """Return whether Django calls a view that is a coroutine function."""
    from django.test import Client  # noqa: PLC0415 - takes the settings

    answer = Client().get("/")
    return yes_or_no(answer.content == b"answered"), f"an `async def` view: status {answer.status_code}"


def validation() -> Answer:
    """Return whether Django refuses a value that breaks a declared type; its forms declare types, its views do not."""
    form = type("Person", (forms.Form,), {"age": forms.IntegerField()})({"age": "old"})
    refused = [str(error) for errors in form.errors.values() for error in errors]
    return yes_or_no(refused), f"a form with `age = IntegerField()`: {', '.join(refused) or 'accepted'}"


def websocket() -> Answer:
    """Return whether Django accepts a WebSocket."""
    try:
        sent = connect_websocket(get_asgi_application())
    except ValueError as error:
        return "no", f"a connection to its ASGI app: {error}"
    return yes_or_no("websocket.accept" in sent), f"a connection to its ASGI app: {', '.join(sent)}"


def admin() -> Answer:
    """Return whether Django has an administration site."""
    from django.contrib.admin import AdminSite  # noqa: PLC0415 - takes the settings

    pages = [str(one.name) for one in AdminSite().get_urls() if getattr(one, "name", None)]
    return yes_or_no(pages), f"django.contrib.admin has the pages {', '.join(pages)}"


def orm() -> Answer:
    """Return whether Django stores and counts an object of a model."""
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415 - takes the settings
    from django.db import connection  # noqa: PLC0415

    with connection.schema_editor() as editor:
        editor.create_model(ContentType)
    ContentType.objects.create(app_label="probe", model="person")
    stored = ContentType.objects.filter(model="person").count()
    return yes_or_no(stored == 1), f"{stored} object of a model was stored in SQLite in memory and counted"


def authentication() -> Answer:
    """Return whether Django has means of authentication."""
    from django.contrib.auth.hashers import check_password, make_password  # noqa: PLC0415 - takes the settings

    right = check_password("right", make_password("right"))
    return yes_or_no(right), f"django.contrib.auth checks a password: {right}"


def documentation() -> Answer:
    """Return whether an app serves a description of itself."""
    from django.test import Client  # noqa: PLC0415 - takes the settings

    statuses = {path: Client().get(path).status_code for path in ("/docs", "/openapi.json", "/swagger")}
    asked = ", ".join(f"{path}: {status}" for path, status in statuses.items())
    return yes_or_no(OK in statuses.values()), asked


if __name__ == "__main__":
    main()
