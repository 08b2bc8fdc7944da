"""The questions to the services, and how their answers are read."""

from urllib.parse import urlsplit

import pytest

from harness.figures.online.facts import Fact, Unanswered
from harness.figures.online.services import HOSTS, Question, Reading, question
from harness.model import OnlineNames
from tests.figures.online.answered import ANSWERS

FLASK = OnlineNames("pallets/flask", "pypi:flask", "flask")


@pytest.mark.parametrize(
    ("fact", "names", "value"),
    [
        (Fact.STARS, FLASK, 71234.0),
        (Fact.QUESTIONS, FLASK, 55321.0),
        (Fact.WEEKLY_DOWNLOADS, FLASK, 42e6),
        (Fact.LATEST_RELEASE, FLASK, "3.1.2"),
        (Fact.WEEKLY_DOWNLOADS, OnlineNames(package="npm:express"), 51e6),
        (Fact.LATEST_RELEASE, OnlineNames(package="npm:express"), "5.2.1"),
        (Fact.LATEST_RELEASE, OnlineNames(package="npm:@types/node"), "24.0.1"),
        (Fact.PACKAGES, OnlineNames(package="npm:express"), 4012345.0),
        (Fact.LATEST_RELEASE, OnlineNames(package="rubygems:sinatra"), "4.2.1"),
        (Fact.LATEST_RELEASE, OnlineNames(package="go:github.com/gin-gonic/gin"), "v1.11.0"),
        (Fact.LATEST_RELEASE, OnlineNames(package="go:github.com/BurntSushi/toml"), "v1.5.0"),
    ],
)
def test_each_service_answers_its_fact(fact: Fact, names: OnlineNames, value: float | str) -> None:
    asked = question(fact, names, "It")
    assert isinstance(asked, Question)
    assert asked.fact is fact
    assert urlsplit(asked.url).hostname in HOSTS
    assert asked.read(ANSWERS[asked.url].encode()) == Reading(value=value)


@pytest.mark.parametrize(
    ("fact", "names", "why"),
    [
        (Fact.STARS, OnlineNames(), "the target.toml of It does not name it: add github to [online]"),
        (Fact.QUESTIONS, OnlineNames(), "add stack_overflow to [online]"),
        (Fact.LATEST_RELEASE, OnlineNames(), "add package to [online]"),
        (Fact.PACKAGES, FLASK, "PyPI states no number of packages"),
        (Fact.PACKAGES, OnlineNames(package="rubygems:sinatra"), "RubyGems states no number of packages"),
        (Fact.WEEKLY_DOWNLOADS, OnlineNames(package="rubygems:sinatra"), "RubyGems states the downloads of all time"),
        (Fact.WEEKLY_DOWNLOADS, OnlineNames(package="go:m"), "the Go module index counts no downloads"),
        (Fact.PACKAGES, OnlineNames(package="go:m"), "states no number of modules"),
    ],
)
def test_what_no_service_states_has_a_reason(fact: Fact, names: OnlineNames, why: str) -> None:
    missing = question(fact, names, "It")
    assert isinstance(missing, Unanswered)
    assert why in missing.reason


def test_a_name_can_not_change_the_address() -> None:
    for fact, names in (
        (Fact.QUESTIONS, OnlineNames(stack_overflow="../../x?y#z")),
        (Fact.LATEST_RELEASE, OnlineNames(package="pypi:../x")),
    ):
        asked = question(fact, names, "It")
        assert isinstance(asked, Question)
        assert "/../" not in asked.url
        assert "#" not in asked.url


@pytest.mark.parametrize("fact", [Fact.STARS, Fact.QUESTIONS, Fact.WEEKLY_DOWNLOADS, Fact.LATEST_RELEASE])
@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b"{}", b'{"stargazers_count": -1, "items": [], "data": {}, "info": 1}', b"\xff", b"null"],
)
def test_a_broken_answer_is_no_number(fact: Fact, content: bytes) -> None:
    asked = question(fact, FLASK, "It")
    assert isinstance(asked, Question)
    with pytest.raises(ValueError, match=r".+"):
        asked.read(content)


def test_the_wish_for_a_pause_is_read() -> None:
    asked = question(Fact.QUESTIONS, FLASK, "It")
    assert isinstance(asked, Question)
    assert asked.read(b'{"items": [{"count": 5}], "backoff": 10}') == Reading(value=5.0, pause_s=10.0)
