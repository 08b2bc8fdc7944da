"""The address to listen on, from HOST and PORT, as in every target."""

import os
import sys
from collections.abc import Mapping
from typing import NoReturn

LARGEST_PORT = 65535


def listening_address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Return the host and the port to listen on; exit with code 2 and one line on stderr if one of them is invalid."""
    host, port = environment.get("HOST", ""), environment.get("PORT", "")
    if not host:
        refuse("HOST", "it is not set", "an address of this machine, such as 127.0.0.1")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= LARGEST_PORT):
        refuse("PORT", f"{port!r} is not a port" if port else "it is not set", f"a number from 1 to {LARGEST_PORT}")
    return host, int(port)


def refuse(variable: str, cause: str, remedy: str) -> NoReturn:
    """Exit with code 2 and one line on stderr."""
    sys.stderr.write(f"error: can't listen ({variable} in the environment): {cause}. Set it to {remedy}.\n")
    sys.exit(2)
