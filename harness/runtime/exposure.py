"""The check that a target accepts no connections from other machines: when it has started, and before it is stopped.

A check reads all sockets of this machine, so there is none while a target has load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.runtime.proctree import Listening, exposed_by, exposed_since, own_exposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Subject


@dataclass(frozen=True, slots=True)
class Exposure:
    """Where one target may listen.

    Attributes:
        subject: The target.
        url: The URL that it was told to listen on.
        before: What listened on this machine before its start.
    """

    subject: Subject
    url: str
    before: Listening

    def refuse_at_start(self, pid: int) -> None:
        """Refuse a target that accepts connections from other machines; `pid` is its first process.

        Raises:
            TargetError: It does.
            MachineError: Neither its sockets nor the kernel's tables of sockets may be read.
        """
        self._refuse(exposed_by(pid, self.url, self.before))

    def refuse_at_end(self, pid: int) -> str | None:
        """Refuse a target that has begun to accept such connections; return a note if whose they are can't be seen.

        In the time of a trial, any program of the machine may have begun to listen. So, unlike at the start, a target
        whose sockets may not be read is not refused.

        Raises:
            TargetError: It does.
        """
        found = own_exposed(pid, self.url)
        if found is not None:
            self._refuse(found)
            return None
        since = exposed_since(self.before, self.url)
        if since is None:
            return "it can't be seen whether it began to listen beyond this machine while it ran"
        where = ", ".join(since)
        return (
            f"{where} began to listen beyond this machine while it ran: it can't be seen whose it is" if since else None
        )

    def _refuse(self, addresses: Sequence[str]) -> None:
        if addresses:
            raise TargetError(
                "the target listens beyond this machine",
                where=str(self.subject),
                cause=f"it accepts connections on {', '.join(addresses)}",
                remedy="It must listen only on HOST and PORT of its environment, as targets/CONTRACT.md requires.",
            )
