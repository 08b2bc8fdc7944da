"""Serve the app with Django's development server, `manage.py runserver`, in debug mode, and end it with code 0."""

import os
import signal
import sys
import threading
from types import FrameType

from django.core.management import execute_from_command_line
from django.core.signals import request_finished, request_started
from listening import listening_address

LONGEST_ANSWER_S = 3.0


class InProgress:
    """The requests in progress, by Django's own signals. The server's threads are daemons, so nobody waits for them."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()
        request_started.connect(self._begin)
        request_finished.connect(self._end)

    def wait(self) -> None:
        """Wait until all requests are answered, for the time of the longest answer at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, LONGEST_ANSWER_S)

    def _begin(self, **_of: object) -> None:
        with self._changed:
            self._count += 1

    def _end(self, **_of: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()


def end(_signal: int, _frame: FrameType | None) -> None:
    """End with code 0 at SIGTERM."""
    sys.exit(0)


if __name__ == "__main__":
    host, port = listening_address()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    signal.signal(signal.SIGTERM, end)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    in_progress = InProgress()
    try:
        execute_from_command_line(["manage.py", "runserver", address, "--noreload", "--skip-checks"])
    finally:
        in_progress.wait()
