"""The client that asks the services: a cache of a day, time limits, rate limits, and a reason for each missing answer.

It contacts only the hosts in `services`, by https with checked certificates. It knows no credential but GITHUB_TOKEN,
which goes to GitHub alone and raises its rate limit.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import hishel
import httpx
from hishel.httpx import CacheClient

from harness import __version__
from harness.figures.online.facts import Answer, Unanswered
from harness.figures.online.services import GITHUB, HOSTS, MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.figures.online.services import Question, Reading

_FRESH_S = 24 * 3600.0
_CONNECT_S, _SILENT_S, _WHOLE_S = 5.0, 10.0, 60.0
_MOST_WAIT_S = 30.0
_TRIES = 2
_LIMITED = frozenset({403, 429, 503})


class UnansweredError(Exception):
    """A question without an answer; its text says why."""


class UnreachedError(UnansweredError):
    """A question to a service that can't be reached."""


@contextmanager
def online_client(folder: Path) -> Iterator[tuple[httpx.Client, hishel.SqliteStorage]]:
    """Open a client of the services, and its cache in a folder; without a writable folder, in memory.

    A successful answer is kept for a day, whatever its own headers say: no fact here changes within hours.
    """
    storage = _storage(folder)
    with CacheClient(
        storage=storage,
        timeout=httpx.Timeout(_SILENT_S, connect=_CONNECT_S),
        follow_redirects=True,
        max_redirects=3,
        headers={"User-Agent": f"harness/{__version__}"},
        event_hooks={"request": [_require_service]},
    ) as client:
        yield client, storage


def _storage(folder: Path) -> hishel.SqliteStorage:
    with ExitStack() as undone:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(folder / "online.db", check_same_thread=False)
            undone.callback(connection.close)
            connection.execute("PRAGMA user_version = 1")
            undone.pop_all()
        except (OSError, sqlite3.Error):
            connection = sqlite3.connect(":memory:", check_same_thread=False)
    return hishel.SqliteStorage(connection=connection, default_ttl=_FRESH_S)


def _require_service(request: httpx.Request) -> None:
    """Refuse a request to another host, such as that of a redirect."""
    if request.url.scheme != "https" or request.url.host not in HOSTS:
        raise UnansweredError(f"it refers to {request.url.host}, which is none of the services")


class Asker:
    """Asks questions one after another, and waits where a service asks for it.

    Args:
        client: The client, with the settings of this module.
        storage: Its cache, from which an answer that can't be read is removed.
        sleep: Waits for some seconds.

    Attributes:
        unreached: The services that could not be reached, each once, in the order of the questions.
    """

    def __init__(
        self, client: httpx.Client, storage: hishel.SqliteStorage, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._storage = storage
        self._sleep = sleep
        self._pauses_s: dict[str, float] = {}
        self.unreached: list[str] = []

    def ask(self, question: Question) -> Answer | Unanswered:
        """Return the answer to a question, or why there is none."""
        try:
            content, date = self._fetch(question)
            reading = self._read(question, content)
        except UnansweredError as error:
            if isinstance(error, UnreachedError) and question.service not in self.unreached:
                self.unreached.append(question.service)
            return Unanswered(str(error))
        return Answer(question.fact, reading.value, question.service, question.url, date)

    def _read(self, question: Question, content: bytes) -> Reading:
        try:
            reading = question.read(content)
        except ValueError as error:
            for entry in self._storage.get_entries(question.url):
                self._storage.remove_entry(entry.id)
            first = str(error).splitlines()[0]
            raise UnansweredError(f"{question.service}'s answer can't be read: {first}") from error
        self._pauses_s[_host(question.url)] = reading.pause_s
        return reading

    def _fetch(self, question: Question) -> tuple[bytes, str]:
        """Return the content and the date of an answer; wait once where a rate limit allows it."""
        service, host = question.service, _host(question.url)
        for attempt in range(1, _TRIES + 1):
            self._pause(self._pauses_s.pop(host, 0.0), service)
            try:
                status, headers, content = self._send(question)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise UnreachedError(f"offline ({host} can't be reached)") from error
            except httpx.TimeoutException as error:
                raise UnreachedError(f"{service} did not answer within {_SILENT_S:g} s") from error
            except (httpx.HTTPError, httpx.InvalidURL, sqlite3.Error) as error:
                kind = UnreachedError if isinstance(error, httpx.TransportError) else UnansweredError
                raise kind(f"{service} can't be asked: {str(error) or type(error).__name__}") from error
            if httpx.codes.is_success(status):
                return content, _date_of(headers)
            wait_s = _wait_s(headers) if status in _LIMITED else None
            if wait_s is None or attempt == _TRIES:
                raise UnansweredError(_refusal(question, status, wait_s))
            self._pauses_s[host] = wait_s
        raise AssertionError("unreachable")

    def _pause(self, seconds: float, service: str) -> None:
        if seconds > _MOST_WAIT_S:
            raise UnansweredError(f"{service}'s rate limit is used up for {seconds:,.0f} s more")
        if seconds:
            self._sleep(seconds)

    def _send(self, question: Question) -> tuple[int, httpx.Headers, bytes]:
        headers = dict(question.headers)
        token = os.environ.get("GITHUB_TOKEN")
        if token and _host(question.url) == _host(GITHUB):
            headers["Authorization"] = f"Bearer {token}"
        extensions = {"caching": {"key": question.url}}
        with self._client.stream("GET", question.url, headers=headers, extensions=extensions) as response:
            if not response.is_success:
                return response.status_code, response.headers, b""
            return response.status_code, response.headers, _body(response, question)


def _body(response: httpx.Response, question: Question) -> bytes:
    """Read the body of an answer, up to its limits of size and time."""
    ends_s = time.monotonic() + _WHOLE_S
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise UnansweredError(f"{question.service}'s answer is longer than {MOST_BYTES >> 20} MiB")
        if time.monotonic() > ends_s:
            raise UnansweredError(f"{question.service}'s answer took longer than {_WHOLE_S:g} s")
    return bytes(content)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _refusal(question: Question, status: int, wait_s: float | None) -> str:
    if status == httpx.codes.NOT_FOUND:
        return f"{question.service} does not know {question.about}"
    if wait_s is not None or status == httpx.codes.TOO_MANY_REQUESTS:
        return f"{question.service}'s rate limit is used up"
    return f"{question.service} answered {status} {httpx.codes.get_reason_phrase(status)}".rstrip()


def _wait_s(headers: httpx.Headers) -> float | None:
    """Return how long a service asks to wait, in seconds; None if it does not say."""
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    if after:
        moment = _moment(after)
        return None if moment is None else max(0.0, (moment - now()).total_seconds())
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - now().timestamp())
    return None


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date_of(headers: httpx.Headers) -> str:
    """Return the date of an answer; one from the cache has the date on which it was given."""
    moment = _moment(headers.get("date", "")) or now()
    return moment.astimezone(UTC).date().isoformat()
