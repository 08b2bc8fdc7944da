"""::error::A scenario whose names, failures and exceptions are hostile \x1b[31mtexts
=1+1 | <script>alert(1)</script>"""

import itertools
import logging

from locust import FastHttpUser, task

from tests.hostile_text import CORPUS

TEXTS = itertools.cycle([*CORPUS, "x" * 100_000, "\ud800" * 3, "[" * 60_000])
NUMBERS = itertools.cycle([float("nan"), float("inf"), -5.0, 1e300])


class WithoutText(Exception):  # noqa: N818 - its name is not its defect
    def __str__(self) -> str:
        raise RuntimeError(next(TEXTS))


class Hostile(FastHttpUser):
    @task(10)
    def plain(self) -> None:
        self.client.get("/")

    @task
    def named(self) -> None:
        self.client.get("/", name=next(TEXTS))

    @task
    def raising(self) -> None:
        raise ValueError(next(TEXTS))

    @task
    def raising_without_text(self) -> None:
        raise WithoutText

    @task
    def failing(self) -> None:
        with self.client.get("/", catch_response=True) as answer:
            answer.failure(next(TEXTS))

    @task
    def printing(self) -> None:
        print(f"\x1b[31m\n::error::{next(TEXTS)!a}")  # noqa: T201 - as locustfiles do
        logging.getLogger().warning(next(TEXTS))

    @task
    def firing(self) -> None:
        self.environment.events.request.fire(
            request_type=next(TEXTS),
            name=next(TEXTS),
            response_time=next(NUMBERS),
            response_length=10**30,
            exception=WithoutText(),
            context={},
        )
