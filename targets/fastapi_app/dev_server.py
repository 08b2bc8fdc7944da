"""Serve the app with `fastapi dev`: reload, every request logged."""

import os
import sys

from listening import listening_address

if __name__ == "__main__":
    host, port = listening_address()
    words = ["dev", "app.py", "--host", host, "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "fastapi", *words])  # noqa: S606 - fixed words
