"""Names of frameworks in a text: the targets of the project, and other frameworks under a name of their own."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.naming import target_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Frameworks that pages compare with ours. They have no target, so a run has no number of them.
_OTHERS = """
actix, actix-web, adonis, aiohttp, akka, aspnet, asp.net core, axum, beego, blacksheep, bottle, buffalo, bun,
cherrypy, chi, codeigniter, django, drogon, dropwizard, echo, elysia, express, falcon, fastapi, fasthttp, fastify,
fiber, flask, gin, gorilla/mux, grails, hapi, helidon, hono, httprouter, iris, japronto, koa, ktor, laravel, litestar,
lumen, martini, micronaut, muffin, nest, nestjs, net/http, next, nuxt, phoenix, play, polka, pyramid, quarkus, quart,
rails, ruby on rails, restify, revel, robyn, rocket, roda, sails, sanic, sinatra, slim, spring, spring boot,
starlette, symfony, tornado, ulfius, vapor, vert.x, vertx, warp, web.py, web2py, yii, padrino, hanami, vibora,
socketify, uvicorn, null
"""
_COMMON_WORDS = frozenset(
    [
        "bun",
        "chi",
        "echo",
        "express",
        "next",
        "play",
        "rocket",
        "warp",
        "phoenix",
        "slim",
        "spring",
        "iris",
        "nest",
        "null",
        "hapi",
        "gin",
        "flask",
        "falcon",
    ]
)
# What begins a sentence and is no framework: `Next quarter we reach 3,000 req/s`.
_NEXT = re.compile(
    r"next(?:,|\s(?:up|to|we|i|day|week|month|quarter|year|spring|summer|autumn|winter|time|step|release|version|generation"
    r"|come|goal|target|test|round|section|table|chart)s?\b)",
    re.IGNORECASE,
)
_SERVER = "uvicorn"  # it is compared by itself, but beside a framework it serves that one
# A row that sums up the others.
_SUMMARY = re.compile(
    r"(?:(?:geo(?:metric|\.)? ?|overall |grand |arithmetic )?(?:average|avg\.?|mean|median|total|sum|geomean)"
    r"|overall|min(?:imum)?|max(?:imum)?|std\.? ?dev\.?"
    r"|promedio|media|m[ée]dia|moyenne|durchschnitt|mittelwert|mittel|gesamt|summe|среднее|итого|平均|合计|合計)s?",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:this|our|the) (?:one|framework|project|library)|ours", re.IGNORECASE)
# Spaces and digits are tried from where they begin, so that a long run of them is scanned once.
_DECORATION = re.compile(
    r"(?<!\s)\s*+(?:\([^()]*\)|\[[^\[\]]*\]|(?:==|[@/-])?v?(?<!\d)\d++(?:\.(?:\d+|x\b))+\S*|\bv\d\S*)"
)
# `Flask 3.1`, `Gin v1`, `flask==3.1`, `gin@v1.10.0`, `Flask (3.1, sync)`; a whole number alone can count something.
_VERSION = re.compile(
    r"\s?(?:==|[@(/-])?\s?(?:(?:version\s|v)(?P<told>\d+(?:\.\d+)*)|(?P<bare>\d+(?:\.\d+)+)|(?P<series>\d+(?:\.\d+)*)\.x)"
    r"(?!\w|[.,]\d)",
    re.IGNORECASE,
)
_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 60


class Mention(NamedTuple):
    """A framework that a text names, and where."""

    target: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Subjects:
    """The names of frameworks, in small letters, each with its target."""

    names: Mapping[str, str]
    pattern: re.Pattern[str]
    titles: Mapping[str, str]

    @classmethod
    def of(cls, titles: Mapping[str, str]) -> Subjects:
        """Return the names of a project's targets and of known frameworks.

        Args:
            titles: The title of each target, by its name.
        """
        others = {name.strip(): slug(name) for name in _OTHERS.replace("\n", " ").split(",")}
        names = {name: target_named(plain, titles) or plain for name, plain in others.items()}
        for target, title in titles.items():
            names |= dict.fromkeys(
                (target.casefold(), target.removesuffix("_app").casefold(), title.casefold()), target
            )
        pattern = re.compile(
            rf"(?<![\w./-])(?:{_alternatives(names)})(?:\.js|js)?(?!\w|[-/](?!v?\d+\.\d)\w|\.\w)", re.IGNORECASE
        )
        return cls(names, pattern, titles)

    def only(self, text: str) -> str | None:
        """Return the target of a text that is the name of a framework and nothing else: `Flask (3.0)`."""
        plain = _DECORATION.sub("", text).strip(" :*_`")
        found = self.pattern.fullmatch(plain)
        return self._target(found[0]) if found else None

    def mentions(self, text: str) -> list[Mention]:
        """Return the frameworks that a sentence names; one with a name that is a common word needs its capital."""
        found = [
            Mention(self._target(found[0]), found.start(), found.end())
            for found in self.pattern.finditer(text)
            if found[0].casefold() not in _COMMON_WORDS or found[0][0].isupper()
            if not _NEXT.match(text, found.start())
        ]
        frameworks = [one for one in found if one.target != _SERVER]
        return frameworks or found

    def without_names(self, text: str) -> str:
        """Return a text without the names of frameworks in it."""
        for one in reversed(self.mentions(text)):
            text = f"{text[: one.start]} {text[one.end :]}"
        return text

    def _target(self, name: str) -> str:
        folded = name.casefold()
        short = re.sub(r"\.?js$", "", folded)
        return self.names.get(folded) or self.names[short]

    def words_of(self, target: str) -> str:
        """Return a target in words."""
        return self.titles.get(target, target)


def _alternatives(names: Iterable[str]) -> str:
    """Return a pattern of names, the longest first; at a letter it tries only the names that begin with it."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for name in sorted(filter(None, names), key=len, reverse=True):
        by_letter[name[0]].append(re.escape(name[1:]))
    return "|".join(f"{re.escape(letter)}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())


def version_behind(text: str, mention: Mention) -> tuple[str, ...]:
    """Return the version behind the name of a framework as a condition, `version 3.1` of `Flask 3.1`; else nothing."""
    found = _VERSION.match(text, mention.end)
    return (f"version {found['told'] or found['bare'] or found['series']}",) if found else ()


def end_of_name(text: str, mention: Mention) -> int:
    """Return where the name of a framework ends with its version, if it has one behind it."""
    version = _VERSION.match(text, mention.end)
    return version.end() if version else mention.end


def rest_of(text: str, mention: Mention) -> str:
    """Return what a name says beside its framework and its version: `async` of `Flask 3.1 (async)`."""
    rest = f"{text[: mention.start]} {text[end_of_name(text, mention) :]}".strip(" :-,/+")
    if rest.count("(") != rest.count(")") or (rest.startswith("(") and rest.find(")") == len(rest) - 1):
        rest = rest.strip(" ,()")
    return rest.strip("[]") if any(map(str.isalnum, rest)) else ""


def own_name(text: str) -> str:
    """Return the name of an unknown framework by the text of its cell: `This one` is `this_one`."""
    return slug(_DECORATION.sub("", text)) or slug(text)


def is_own(text: str) -> bool:
    """Return whether a text means the page's own project: `This one`."""
    return _OWN.fullmatch(text.strip()) is not None


def is_summary(name: str) -> bool:
    """Return whether the name of a row is that of a mean or a sum of the other rows, and no framework."""
    return _SUMMARY.fullmatch(name.strip(" :*_`()")) is not None


def slug(text: str) -> str:
    """Return a text as the part of an id, cut at a word if it is longer than 60 characters."""
    return cut(_SLUG.sub("_", text.casefold()).strip("_"), _LONGEST_SLUG)


def cut(name: str, most: int) -> str:
    """Return the words of a name that fit in a length; of a longer first word the beginning."""
    if len(name) <= most:
        return name
    return name[: most + 1].rpartition("_")[0].strip("_") or name[:most]


def distinct(mentions: Iterable[Mention]) -> list[str]:
    """Return the targets of mentions, each once, in order."""
    return list(dict.fromkeys(one.target for one in mentions))
