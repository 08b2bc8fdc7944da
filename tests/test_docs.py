"""The Markdown of the repository: every link leads somewhere, and every command that it shows can be given."""

from __future__ import annotations

import re
import shlex
from functools import cache
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import typer
from markdown_it import MarkdownIt
from typer.main import get_command

from harness.cli import app
from tests.checkout import ROOT, repository_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

# The Markdown that people read here; that of fixtures and of stored reports is made for others, or by the report.
PAGES = [path for path in repository_files("*.md") if path.relative_to(ROOT).parts[0] not in {"tests", "results"}]
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
HARNESS = re.compile(r"(?:\$ )?(?:\S+=\S+ )*(?:\.venv/bin/)?harness(?= )")
ELSEWHERE = ("http://", "https://", "mailto:")
SHELLS = {"", "sh", "bash", "console"}
OPERATORS = {"|", "||", "&&", "&", ";", ">", ">>", "<"}
LEFT_OUT = re.compile("^MissingParameter|requires an argument")  # a sentence may name `harness run --target`
STANDS_FOR = {"N": "2"}
"""The names that stand for a number of the reader's."""


@cache
def tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def links(path: Path) -> Iterator[str]:
    for token in tokens(path):
        for part in token.children or ():
            address = part.attrGet("href") or part.attrGet("src")
            if address and not str(address).startswith(ELSEWHERE):
                yield str(address)


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, by the rule of GitHub and GitLab, and those of its HTML."""
    found: set[str] = set()
    for heading in (after for token, after in pairwise(tokens(path)) if token.type == "heading_open"):
        text = "".join(part.content for part in heading.children or () if part.type in {"text", "code_inline"})
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = sum(one == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", one) is not None for one in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for link in links(page):
        address, _, anchor = unquote(link).partition("#")
        target = (page.parent / address).resolve() if address else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_the_pages_have_links_and_commands() -> None:
    assert sum(1 for page in PAGES for _ in links(page)) > 50
    assert sum(1 for page in PAGES for _ in blocks(page)) > 60
    assert sum(1 for page in PAGES for _ in spans(page)) > 60
    assert {"docs/getting_started.md", "docs/reading_the_page.md", "docs/method.md", "docs/README.md"} <= set(NAMES)


def test_every_page_of_the_documentation_is_in_its_contents() -> None:
    contents = ROOT / "docs/README.md"
    linked = {(contents.parent / link.partition("#")[0]).resolve() for link in links(contents)}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - linked == {contents}


# Commands.


def test_every_documented_address_within_a_page_exists_in_the_committed_pages() -> None:
    addresses = re.findall(r"`#([^`]+)`", (ROOT / "docs/reading_the_page.md").read_text(encoding="utf-8"))
    pages = (ROOT / "results/reference/report").rglob("index.html")
    ids = {one for page in pages for one in re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8"))}
    assert len(addresses) > 8
    assert sorted(set(addresses) - ids) == []


def lines(page: Path) -> Iterator[str]:
    """Yield the lines of a page's code blocks for a shell, with continued lines joined."""
    for token in tokens(page):
        if token.type in {"code_block", "fence"} and token.info.strip() in SHELLS:
            yield from (line.strip() for line in token.content.replace("\\\n", " ").splitlines())


def blocks(page: Path) -> Iterator[list[str]]:
    """Yield the words after `harness` of each command in a code block."""
    if page.name != "commands.md":  # it is written from the commands, and its lines are usages
        yield from (words_of(line[found.end() :]) for line in lines(page) if (found := HARNESS.match(line)))


def spans(page: Path) -> Iterator[list[str]]:
    """Yield the words after `harness` of each command in a sentence, which may leave out what must be given."""
    texts = (part.content for token in tokens(page) for part in token.children or () if part.type == "code_inline")
    yield from (words_of(text[found.end() :]) for text in texts if (found := HARNESS.match(text)))


def words_of(line: str) -> list[str]:
    parts = shlex.shlex(line.replace("2>&1", ""), posix=True, punctuation_chars=";&|<>")
    parts.whitespace_split = True
    words = takewhile(lambda word: word not in OPERATORS, parts)
    return [STANDS_FOR.get(word, word.removesuffix("...") or word) for word in words]


def refusal(words: list[str]) -> str | None:
    """Return why the command line is refused; it is parsed by the real parser, and nothing runs."""
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    try:
        with group.make_context("harness", list(words)) as context:
            rest = [*context._protected_args, *context.args]
            name, command, arguments = group.resolve_command(context, rest)
            assert command is not None
            command.make_context(name, arguments, parent=context).close()
    except Exception as error:  # noqa: BLE001 - the parser's own classes differ between versions
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_is_taken_by_the_parser(page: Path) -> None:
    found = {shlex.join(words): refusal(words) for words in blocks(page)}
    named = {shlex.join(words): refusal(words) for words in spans(page)}
    assert {command: why for command, why in found.items() if why} == {}
    assert {command: why for command, why in named.items() if why and not LEFT_OUT.search(why)} == {}


@pytest.mark.parametrize(
    "line",
    ["run --no-such-option", "no-such", "run --target-cpus many", "report a b", "run --runtime steam", "explain"],
)
def test_a_wrong_command_is_refused(line: str) -> None:
    assert refusal(words_of(line)) is not None


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_line_that_is_pasted_into_a_shell_has_its_explanation_behind_a_hash(page: Path) -> None:
    own = [line for line in lines(page) if HARNESS.match(line)] if page.name != "commands.md" else []
    assert [line for line in own if re.search(r"\S {2,}(?!#)", line.partition("#")[0].rstrip())] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_other_program_of_the_repository_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in (line.removeprefix("$ ") for line in lines(page)):
        if line.startswith("make "):
            goals = (word for word in shlex.split(line, comments=True)[1:] if re.fullmatch(r"[a-z-]+", word))
            assert all(re.search(rf"^{goal}:", makefile, re.MULTILINE) for goal in goals), line
        elif found := re.match(r"\.venv/bin/python ([^ -]\S*)|(tools/\S+)", line):
            assert (ROOT / (found[1] or found[2])).is_file(), line
