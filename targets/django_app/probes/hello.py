# The smallest Django app that works: the metric footprint.app_lines counts its lines. `hello.py runserver` serves it.
# ruff: noqa: ARG001, D100, D103 - one file in place of the ten that startproject writes
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(DEBUG=True, ROOT_URLCONF=__name__)


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, World!")


urlpatterns = [path("", hello)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
