"""The form of stated conditions in figures/*.toml: the page's words, or a table of fields."""

from __future__ import annotations

from typing import Annotated, Literal

from harness.errors import nearest
from harness.figures.conditions import Mode, Payload, describe
from harness.manifest import IS_LIST, IS_TABLE, LIST_OR_TABLE, Count, OpenSection, Positive, YesOrNo


class ConditionsSection(OpenSection):
    """Conditions that the page states, as fields. An unknown key is a condition that no run fulfils."""

    connections: Count | None = None
    """The number of connections of closed load."""
    rate_per_s: Positive | None = None
    """The rate of offered requests, per second."""
    workers: Count | None = None
    """The number of worker processes of the server."""
    threads: Count | None = None
    """The number of threads of each worker process."""
    cpus: Count | None = None
    """The number of CPUs of the server."""
    instances: Count | None = None
    """The number of copies of the app."""
    keep_alive: YesOrNo | None = None
    """Whether a connection serves more than one request."""
    payload: Literal["plain", "json", "path", "post"] | None = None
    """The requested answer, by its part of targets/CONTRACT.md."""
    duration_s: Positive | None = None
    """The duration of the load, in seconds; it selects nothing."""
    server: str | None = None
    """The server: `gunicorn`."""
    mode: Literal["production", "development"] | None = None
    """The purpose of the server's settings."""
    statistic: Literal["p50", "p90", "p95", "p99", "p999", "mean"] | None = None
    """The percentile or mean of a latency."""
    words: tuple[str, ...] = ()
    """Further conditions, in the page's words."""

    def in_words(self) -> tuple[str, ...]:
        """Return the conditions as words, which `harness.figures.conditions` reads."""
        fields = self.model_dump(exclude={"words", "server", "payload", "mode", *(self.model_extra or ())})
        chosen = {
            **{key: value for key, value in fields.items() if value is not None},
            **({"payload": Payload[self.payload.upper()]} if self.payload else {}),
            **({"mode": Mode[self.mode.upper()]} if self.mode else {}),
        }
        unknown = (f"{key} = {value} ({nearest(key, fields)})" for key, value in (self.model_extra or {}).items())
        server = (self.server,) if self.server else ()
        return (*(describe(*one) for one in chosen.items()), *server, *self.words, *unknown)


Stated = Annotated[Annotated[tuple[str, ...], IS_LIST] | Annotated[ConditionsSection, IS_TABLE], LIST_OR_TABLE]


def in_words(stated: tuple[str, ...] | ConditionsSection) -> tuple[str, ...]:
    """Return stated conditions as words, which `harness.figures.conditions` reads."""
    return stated.in_words() if isinstance(stated, ConditionsSection) else stated
