"""The worker's end of Locust's own transport: a worker that obeys a master, on this machine or another.

Messages come as Locust's custom messages. Replies travel inside the report that a Locust worker sends anyway: each
carries a number and says all that there is to say, and Locust sends the newest again every few seconds. So a report
that is lost or comes twice does no harm (`merge` is the other end). What is said is `worker`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from gevent.queue import Empty, Queue
from locust.env import Environment

from harness.errors import MeasurementError
from harness.load import protocol
from harness.load.address import endpoint_of
from harness.load.process.channel import Stopped

if TYPE_CHECKING:
    from types import TracebackType

    from locust.rpc.protocol import Message

_LOOK_S = 1.0
_LINGER_MS = 1000


class RemoteChannel:
    """A channel to a Locust master; a context manager that leaves it."""

    def __init__(self, master: str) -> None:
        """Connect, waiting some minutes for the master to be there.

        Raises:
            UsageError: `master` is no HOST:PORT.
            MeasurementError: No master answers.
        """
        self._messages = Queue()
        self._standing: dict[str, Any] = {"sequence": 0}
        self._ticket = 0
        self._environment = Environment(user_classes=[])
        self._environment.events.report_to_master.add_listener(self._attach)
        try:
            self._runner = self._environment.create_worker_runner(*endpoint_of(master))
        except ConnectionError as error:
            raise MeasurementError(
                "no master", where=master, cause="nobody answers there", remedy="Start the run that is to be joined."
            ) from error
        self._runner.register_message(protocol.MESSAGE, self._hear)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.greenlet.kill()
        context = self._runner.client.socket.context
        self._runner.client.close(linger=_LINGER_MS)
        context.term()  # or the last report would not leave

    def receive(self) -> dict[str, Any]:
        """Return the next message, when it comes.

        Raises:
            Stopped: The master has sent this worker away, or has not been heard of for a minute.
        """
        while True:
            try:
                message: dict[str, Any] = self._messages.get(timeout=_LOOK_S)
            except Empty:
                if not self._runner.greenlet:  # Locust ends its own greenlets then
                    raise Stopped from None
            else:
                self._ticket = message.pop("ticket")
                return message

    def peek(self) -> str | None:
        """Return the operation of the next message if it is here already."""
        return None if self._messages.empty() else self._messages.peek()["op"]

    def send(self, message: dict[str, Any]) -> None:
        """Reply, now and in every report until the next reply."""
        self._standing = {"sequence": self._standing["sequence"] + 1, "ticket": self._ticket, "message": message}
        report: dict[str, Any] = {}
        self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
        self._runner.send_message("stats", report)

    def _attach(self, client_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002 - Locust's own event
        if self._standing["sequence"]:
            data[protocol.MESSAGE] = self._standing

    def _hear(self, msg: Message, **_context: Any) -> None:  # noqa: ANN401 - Locust's own callback
        self._messages.put(msg.data)
