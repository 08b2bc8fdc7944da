"""The program: `harness`, and `python -m harness`. It handles signals before it imports the commands.

The imports take a while, and Ctrl-C in them would print a traceback. Nothing is under way then, so nothing is lost. The
import of this module itself handles the signals, because the installed command calls `main` some milliseconds later.
"""

import os
import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128
_STDERR = 2


def main() -> None:
    """Run the command line. From then on `interrupts` turns signals into an exception."""
    from harness import cli

    cli.main()


def _handle_signals() -> None:
    """Let a signal end the program with one line and its exit code; one that this process ignores stays ignored."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    try:
        os.write(_STDERR, f"error: interrupted (harness): signal {number}. Repeat the command.\n".encode())
    finally:  # also without stderr
        os._exit(_BY_SIGNAL + number)


_handle_signals()
if __name__ == "__main__":
    main()
