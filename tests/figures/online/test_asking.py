"""The client of the services: cache, dates, limits. No test contacts anything."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from harness.figures.online import asking, services
from harness.figures.online.asking import Asker, online_client
from harness.figures.online.facts import Answer, Fact, Unanswered
from harness.figures.online.services import Question, question
from harness.model import OnlineNames
from tests.figures.online.answered import ANSWERS, DATE, FLASK_STARS, Ask, Respond, answer, connect

NAMES = OnlineNames("pallets/flask", "pypi:flask", "flask")


def asked(fact: Fact = Fact.STARS, names: OnlineNames = NAMES) -> Question:
    one = question(fact, names, "Flask")
    assert isinstance(one, Question)
    return one


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def ask(tmp_path: Path, waits: list[float]) -> Iterator[Ask]:
    with online_client(tmp_path / "cache") as (client, storage):
        yield Asker(client, storage, waits.append).ask


def reason(found: Answer | Unanswered) -> str:
    assert isinstance(found, Unanswered)
    return found.reason


def always(status: int, text: str = "", **headers: str) -> Respond:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, text=text, headers=named)


def failing(error: Exception) -> Respond:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error

    return respond


def test_an_answer_has_its_number_service_address_and_date(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    assert ask(asked()) == Answer(Fact.STARS, 71234.0, "GitHub", FLASK_STARS, "2026-11-28")


def test_an_answer_is_kept_for_a_day_with_its_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = connect(monkeypatch)
    for _ in range(2):
        with online_client(tmp_path) as (client, storage):
            found = Asker(client, storage).ask(asked())
            assert isinstance(found, Answer)
            assert found.date == "2026-11-28"
    assert len(requests) == 1
    monkeypatch.setattr(asking, "_FRESH_S", 0.0)
    with online_client(tmp_path / "other") as (client, storage):
        for _ in range(2):
            Asker(client, storage).ask(asked())
    assert len(requests) == 3


def test_the_token_goes_to_github_alone(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = connect(monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    ask(asked())
    ask(asked(Fact.QUESTIONS))
    assert [request.headers.get("authorization") for request in requests] == ["Bearer secret", None]
    monkeypatch.delenv("GITHUB_TOKEN")
    ask(asked(Fact.STARS, OnlineNames("a/b")))
    assert "authorization" not in requests[-1].headers
    assert all(request.headers["user-agent"].startswith("harness/") for request in requests)


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        (always(404), "GitHub does not know the repository pallets/flask"),
        (always(500), "GitHub answered 500 Internal Server Error"),
        (always(403), "GitHub answered 403 Forbidden"),
        (always(429), "GitHub's rate limit is used up"),
        (always(200, "{"), "GitHub's answer can't be read: 1 validation error for _Repository"),
        (always(200, "x" * (5 << 20)), "GitHub's answer is longer than 4 MiB"),
        (always(403, x_ratelimit_remaining="0", x_ratelimit_reset="99999999999"), "GitHub's rate limit is used up for"),
        (always(429, retry_after="3600"), "GitHub's rate limit is used up for 3,600 s more"),
        (failing(httpx.ConnectError("Name or service not known")), "offline (api.github.com can't be reached)"),
        (failing(httpx.ConnectTimeout("")), "offline (api.github.com can't be reached)"),
        (failing(httpx.ReadTimeout("")), "GitHub did not answer within 10 s"),
        (failing(httpx.RemoteProtocolError("peer closed")), "GitHub can't be asked: peer closed"),
        (always(302, location="https://example.org/"), "it refers to example.org, which is none of the services"),
        (always(302, location="http://api.github.com/"), "it refers to api.github.com, which is none of the services"),
        (always(302, location=FLASK_STARS), "GitHub can't be asked: Exceeded maximum allowed redirects."),
    ],
)
def test_a_missing_answer_has_a_reason(ask: Ask, monkeypatch: pytest.MonkeyPatch, respond: Respond, why: str) -> None:
    connect(monkeypatch, respond)
    assert why in reason(ask(asked()))


def test_only_a_service_without_connection_counts_as_unreached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with online_client(tmp_path) as (client, storage):
        asker = Asker(client, storage)
        connect(monkeypatch, always(404))
        asker.ask(asked())
        assert asker.unreached == []
    connect(monkeypatch, failing(httpx.ConnectError("no route")))
    with online_client(tmp_path) as (client, storage):
        asker = Asker(client, storage)
        for fact in (Fact.QUESTIONS, Fact.STARS, Fact.QUESTIONS):
            asker.ask(asked(fact))
        assert asker.unreached == ["Stack Overflow", "GitHub"]


def test_a_renamed_repository_is_followed_to_its_new_address(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/repos/pallets/flask":
            return httpx.Response(301, headers={"location": f"{services.GITHUB}/repositories/596892"})
        return httpx.Response(200, text=ANSWERS[FLASK_STARS], headers={"Date": DATE})

    connect(monkeypatch, moved)
    assert isinstance(ask(asked()), Answer)


def test_a_short_rate_limit_is_waited_for_once(ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    left = [httpx.Response(429, headers={"retry-after": "7"})]
    requests = connect(monkeypatch, lambda request: left.pop() if left else answer(request))
    assert isinstance(ask(asked()), Answer)
    assert len(requests) == 2
    assert waits == [7.0]


@pytest.mark.parametrize(
    ("moment", "most_s"), [("2026-11-28T10:00:20+00:00", 20.0), ("2020-01-01T00:00:00+00:00", 0.0)]
)
def test_a_rate_limit_may_end_at_a_date(
    ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch, moment: str, most_s: float
) -> None:
    monkeypatch.setattr(asking, "now", lambda: datetime(2026, 11, 28, 10, tzinfo=UTC))
    after = format_datetime(datetime.fromisoformat(moment).astimezone(UTC), usegmt=True)
    left = [httpx.Response(429, headers={"retry-after": after})]
    connect(monkeypatch, lambda request: left.pop() if left else answer(request))
    assert isinstance(ask(asked()), Answer)
    assert sum(waits) == most_s


def test_a_rate_limit_that_stays_ends_after_two_tries(
    ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = connect(monkeypatch, always(429, retry_after="1"))
    assert reason(ask(asked())) == "GitHub's rate limit is used up"
    assert len(requests) == 2
    assert waits == [1.0]


def test_a_wrong_date_to_wait_for_is_no_wait(ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, always(429, retry_after="soon"))
    assert reason(ask(asked())) == "GitHub's rate limit is used up"
    assert waits == []


def test_the_pause_that_a_service_asks_for_is_kept_before_its_next_question(
    ask: Ask, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, always(200, '{"items": [{"count": 5}], "backoff": 4}', date=DATE))
    ask(asked(Fact.QUESTIONS))
    assert waits == []
    ask(asked(Fact.QUESTIONS, OnlineNames(stack_overflow="go-gin")))
    assert waits == [4.0]


def test_an_answer_that_can_not_be_read_is_asked_for_again(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [httpx.Response(200, text="{")]
    connect(monkeypatch, lambda request: left.pop() if left else answer(request))
    assert isinstance(ask(asked()), Unanswered)
    assert isinstance(ask(asked()), Answer)


def test_an_answer_that_drips_is_cut_off(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    monkeypatch.setattr(asking, "_WHOLE_S", -1.0)
    assert "took longer than" in reason(ask(asked()))


def test_a_cache_that_can_not_be_written_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "online.db").write_text("no database" * 100, encoding="utf-8")
    for folder in ("file", "damaged"):
        with online_client(tmp_path / folder) as (client, storage):
            assert isinstance(Asker(client, storage).ask(asked()), Answer)
