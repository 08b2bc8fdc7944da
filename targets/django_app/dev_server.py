"""Serve the app with Django's development server, `manage.py runserver`, in debug mode, and end it with code 0."""

import os
import signal
import sys
from types import FrameType

from django.core.management import execute_from_command_line
from listening import listening_address


def end(_signal: int, _frame: FrameType | None) -> None:
    """End with code 0 at SIGTERM. The server's threads are daemons, so they end with it."""
    sys.exit(0)


if __name__ == "__main__":
    host, port = listening_address()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    signal.signal(signal.SIGTERM, end)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    execute_from_command_line(["manage.py", "runserver", address, "--noreload", "--skip-checks"])
