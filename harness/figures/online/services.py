"""The public services that are asked: their addresses, and how each answer is read.

The addresses are those that the services document for everybody; none takes an account. Each answers one question about
one package: no list of a registry is fetched. An answer is data from outside, so it is checked by a model, and a name
from a manifest is quoted into an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field

from harness.figures.online.facts import Fact, Unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import OnlineNames

GITHUB = "https://api.github.com"
STACK_EXCHANGE = "https://api.stackexchange.com"
PYPI = "https://pypi.org"
PYPI_STATS = "https://pypistats.org"
NPM = "https://registry.npmjs.org"
NPM_DOWNLOADS = "https://api.npmjs.org"
NPM_INDEX = "https://replicate.npmjs.com"
RUBYGEMS = "https://rubygems.org"
GO = "https://proxy.golang.org"
HOSTS = frozenset(
    address.removeprefix("https://")
    for address in (GITHUB, STACK_EXCHANGE, PYPI, PYPI_STATS, NPM, NPM_DOWNLOADS, NPM_INDEX, RUBYGEMS, GO)
)
MOST_BYTES = 1 << 22
"""A longer answer is not read; that of PyPI about a package with many releases has a megabyte."""

Count = Annotated[int, Field(ge=0)]
_Model = TypeVar("_Model", bound=BaseModel)


class Reading(BaseModel):
    """The fact in an answer, and the seconds that the service asks for before the next question."""

    value: float | str
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a service.

    Attributes:
        about: What it asks about, for the reason of a missing answer: `the repository pallets/flask`.
        read: Reads the answer; it raises a ValueError for one that it can't read.
    """

    fact: Fact
    service: str
    about: str
    url: str
    read: Callable[[bytes], Reading]
    headers: Mapping[str, str] = field(default_factory=dict)


def question(fact: Fact, names: OnlineNames, title: str) -> Question | Unanswered:
    """Return the question for a fact about a framework, or why there is none."""
    if fact is Fact.STARS:
        return _stars(names.github) if names.github else _unnamed(title, "github")
    if fact is Fact.QUESTIONS:
        return _questions(names.stack_overflow) if names.stack_overflow else _unnamed(title, "stack_overflow")
    if names.package is None:
        return _unnamed(title, "package")
    registry, _, package = names.package.partition(":")
    return _REGISTRIES[registry](fact, package)


def _unnamed(title: str, key: str) -> Unanswered:
    return Unanswered(f"the target.toml of {title} does not name it: add {key} to [online]")


class _Repository(BaseModel):
    stargazers_count: Count


class _Tag(BaseModel):
    count: Count


class _Tags(BaseModel):
    items: Annotated[Sequence[_Tag], Field(min_length=1)]
    backoff: Annotated[float, Field(ge=0)] = 0.0


class _LastWeek(BaseModel):
    last_week: Count


class _Recent(BaseModel):
    data: _LastWeek


class _Downloads(BaseModel):
    downloads: Count


class _Info(BaseModel):
    version: str


class _Project(BaseModel):
    info: _Info


class _Index(BaseModel):
    doc_count: Count


class _GoVersion(BaseModel):
    version: Annotated[str, Field(alias="Version")]


def _reader(model: type[_Model], value: Callable[[_Model], float | str]) -> Callable[[bytes], Reading]:
    return lambda content: Reading(value=value(model.model_validate_json(content)))


def _stars(repository: str) -> Question:
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    url = f"{GITHUB}/repos/{quote(repository)}"
    read = _reader(_Repository, lambda one: one.stargazers_count)
    return Question(Fact.STARS, "GitHub", f"the repository {repository}", url, read, headers)


def _questions(tag: str) -> Question:
    def read(content: bytes) -> Reading:
        tags = _Tags.model_validate_json(content)
        return Reading(value=tags.items[0].count, pause_s=tags.backoff)

    url = f"{STACK_EXCHANGE}/2.3/tags/{quote(tag, safe='')}/info?site=stackoverflow"
    return Question(Fact.QUESTIONS, "Stack Overflow", f"the tag {tag}", url, read)


def _pypi(fact: Fact, package: str) -> Question | Unanswered:
    name = quote(package, safe="")
    if fact is Fact.WEEKLY_DOWNLOADS:
        read = _reader(_Recent, lambda one: one.data.last_week)
        return Question(fact, "pypistats", f"the package {package}", f"{PYPI_STATS}/api/packages/{name}/recent", read)
    if fact is Fact.LATEST_RELEASE:
        read = _reader(_Project, lambda one: one.info.version)
        return Question(fact, "PyPI", f"the package {package}", f"{PYPI}/pypi/{name}/json", read)
    return Unanswered("PyPI states no number of packages")


def _npm(fact: Fact, package: str) -> Question | Unanswered:
    name, about = quote(package, safe="@"), f"the package {package}"
    if fact is Fact.WEEKLY_DOWNLOADS:
        read = _reader(_Downloads, lambda one: one.downloads)
        return Question(fact, "npm", about, f"{NPM_DOWNLOADS}/downloads/point/last-week/{name}", read)
    if fact is Fact.LATEST_RELEASE:
        return Question(fact, "npm", about, f"{NPM}/{name}/latest", _reader(_Info, lambda one: one.version))
    return Question(fact, "npm", "its index", f"{NPM_INDEX}/", _reader(_Index, lambda one: one.doc_count))


def _rubygems(fact: Fact, package: str) -> Question | Unanswered:
    if fact is Fact.WEEKLY_DOWNLOADS:
        return Unanswered("RubyGems states the downloads of all time, and none of a week")
    if fact is Fact.LATEST_RELEASE:
        url = f"{RUBYGEMS}/api/v1/gems/{quote(package, safe='')}.json"
        return Question(fact, "RubyGems", f"the gem {package}", url, _reader(_Info, lambda one: one.version))
    return Unanswered("RubyGems states no number of packages")


def _go(fact: Fact, package: str) -> Question | Unanswered:
    if fact is Fact.WEEKLY_DOWNLOADS:
        return Unanswered("the Go module index counts no downloads")
    if fact is Fact.LATEST_RELEASE:
        escaped = re.sub("[A-Z]", lambda letter: f"!{letter[0].lower()}", package)  # as `go help goproxy` says
        url = f"{GO}/{quote(escaped, safe='/!')}/@latest"
        return Question(
            fact, "the Go module index", f"the module {package}", url, _reader(_GoVersion, lambda one: one.version)
        )
    return Unanswered("the Go module index lists versions, and states no number of modules")


_REGISTRIES: Mapping[str, Callable[[Fact, str], Question | Unanswered]] = {
    "pypi": _pypi,
    "npm": _npm,
    "rubygems": _rubygems,
    "go": _go,
}
