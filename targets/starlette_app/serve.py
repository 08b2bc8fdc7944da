"""Serve the app with uvicorn in production: one worker process for each CPU that it may use, no request log.

WEB_CONCURRENCY is uvicorn's own variable for the number of workers.
"""

import os
import signal
import sys
from types import FrameType

import uvicorn
from listening import listening_address

GRACE_S = 3  # the contract allows 5 s to end, and an answer in flight takes milliseconds


def end(_signal: int, _frame: FrameType | None) -> None:
    """End with code 0: uvicorn raises the signal again after it has shut down."""
    sys.exit(0)


if __name__ == "__main__":
    host, port = listening_address()
    signal.signal(signal.SIGTERM, end)
    uvicorn.run(
        "app:app",
        host=host,
        port=port,
        workers=int(os.environ.get("WEB_CONCURRENCY", len(os.sched_getaffinity(0)))),
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
    )
