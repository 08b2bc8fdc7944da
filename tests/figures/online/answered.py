"""Answers of the services in the form that each documents, and a network that gives them."""

from collections.abc import Callable

import httpx
import pytest

from harness.figures.online import services
from harness.figures.online.facts import Answer, Unanswered
from harness.figures.online.services import Question

DATE = "Sat, 28 Nov 2026 10:00:00 GMT"
FLASK_STARS = f"{services.GITHUB}/repos/pallets/flask"
FLASK_TAG = f"{services.STACK_EXCHANGE}/2.3/tags/flask/info?site=stackoverflow"
FLASK_RECENT = f"{services.PYPI_STATS}/api/packages/flask/recent"
GIN_STARS = f"{services.GITHUB}/repos/gin-gonic/gin"

ANSWERS = {
    FLASK_STARS: '{"id": 596892, "full_name": "pallets/flask", "stargazers_count": 71234, "forks_count": 16800}',
    GIN_STARS: '{"id": 20904437, "full_name": "gin-gonic/gin", "stargazers_count": 85000}',
    FLASK_TAG: '{"items": [{"has_synonyms": true, "count": 55321, "name": "flask"}], "quota_remaining": 298}',
    FLASK_RECENT: '{"data": {"last_day": 6100000, "last_month": 180000000, "last_week": 42000000}, "package": "flask"}',
    f"{services.PYPI}/pypi/flask/json": '{"info": {"name": "Flask", "version": "3.1.2"}, "releases": {}}',
    f"{services.NPM_DOWNLOADS}/downloads/point/last-week/express": '{"downloads": 51000000, "package": "express"}',
    f"{services.NPM}/express/latest": '{"name": "express", "version": "5.2.1"}',
    f"{services.NPM}/@types%2Fnode/latest": '{"name": "@types/node", "version": "24.0.1"}',
    f"{services.NPM_INDEX}/": '{"db_name": "registry", "doc_count": 4012345}',
    f"{services.RUBYGEMS}/api/v1/gems/sinatra.json": '{"name": "sinatra", "downloads": 300000000, "version": "4.2.1"}',
    f"{services.GO}/github.com/gin-gonic/gin/@latest": '{"Version": "v1.11.0", "Time": "2025-09-20T14:14:25Z"}',
    f"{services.GO}/github.com/!burnt!sushi/toml/@latest": '{"Version": "v1.5.0", "Time": "2025-03-11T00:00:00Z"}',
}

Ask = Callable[[Question], Answer | Unanswered]
Respond = Callable[[httpx.Request], httpx.Response]


def answer(request: httpx.Request) -> httpx.Response:
    """Return the answer that stands above; 404 for any other address."""
    text = ANSWERS.get(str(request.url))
    return httpx.Response(404 if text is None else 200, text=text or "", headers={"Date": DATE})


def connect(monkeypatch: pytest.MonkeyPatch, respond: Respond = answer) -> list[httpx.Request]:
    """Put a function in place of the network, and return the list of the requests that reach it."""
    requests: list[httpx.Request] = []

    def handle(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return respond(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return requests
