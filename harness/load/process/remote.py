"""Command channel of a worker to a master, on this machine or another, over Locust's own transport.

Operations arrive as Locust's custom messages. Replies are part of the report that every Locust worker sends. Each has a
sequence number and the whole reply, and Locust sends the newest one again every few seconds. So a lost or repeated
report does no harm; `merge` is the receiver. `worker` defines the messages.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

import gevent
from gevent.queue import Empty, Queue
from locust.env import Environment

from harness.errors import MeasurementError
from harness.load import protocol
from harness.load.address import endpoint_of
from harness.load.process.channel import Stopped

if TYPE_CHECKING:
    from types import TracebackType

    from locust.rpc.protocol import Message

_POLL_S = 1.0
_LINGER_MS = 1000
_COMPLAIN_S = 5.0


class RemoteChannel:
    """Command channel to a Locust master; as a context manager, it leaves the master at the end."""

    def __init__(self, master: str) -> None:
        """Connect to a master; wait for it for some minutes.

        Raises:
            UsageError: `master` is not HOST:PORT.
            MeasurementError: No master answers.
        """
        self._messages = Queue()
        self._last_reply: dict[str, Any] = {"sequence": 0}
        self._ticket = 0
        self._environment = Environment(user_classes=[])
        self._environment.events.report_to_master.add_listener(self._attach_reply)
        waiting = gevent.spawn(_complain, master)
        try:
            self._runner = self._environment.create_worker_runner(*endpoint_of(master))
        except ConnectionError as error:
            raise MeasurementError(
                "no run answers", where=master, cause="no answer from this address", remedy="Start the run first."
            ) from error
        finally:
            waiting.kill()
        self._runner.register_message(protocol.MESSAGE, self._on_message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.greenlet.kill()
        context = self._runner.client.socket.context
        self._runner.client.close(linger=_LINGER_MS)
        context.term()  # sends the last report

    def receive(self) -> dict[str, Any]:
        """Wait for the next message and return it.

        Raises:
            Stopped: The master dismissed this worker, or sent nothing for 60 s.
        """
        while True:
            try:
                message: dict[str, Any] = self._messages.get(timeout=_POLL_S)
            except Empty:
                if not self._runner.greenlet:  # Locust has ended its own greenlets
                    raise Stopped from None
            else:
                self._ticket = message.pop("ticket")
                return message

    def peek(self) -> str | None:
        """Return the operation of the next message, None if it has not arrived yet."""
        return None if self._messages.empty() else self._messages.peek()["op"]

    def send(self, message: dict[str, Any]) -> None:
        """Send a reply, now and in every report until the next reply."""
        self._last_reply = {"sequence": self._last_reply["sequence"] + 1, "ticket": self._ticket, "message": message}
        report: dict[str, Any] = {}
        self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
        self._runner.send_message("stats", report)

    def _attach_reply(self, client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002 - Locust's own event
        if self._last_reply["sequence"]:
            data[protocol.MESSAGE] = self._last_reply

    def _on_message(self, msg: Message, **_context: Any) -> None:  # noqa: ANN401 - Locust's own callback
        self._messages.put(msg.data)


def _complain(master: str) -> None:
    while True:
        gevent.sleep(_COMPLAIN_S)
        sys.stderr.write(f"no run answers at {master} yet\n")
