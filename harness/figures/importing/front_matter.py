"""The settings before a page in Markdown, as site generators take them: YAML between `---`, TOML between `+++`.

Only title and language are read. Of YAML this needs lines of a key and a value, and the lines that go on below them.
"""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

_MOST = 20_000
_YAML = re.compile(r"\ufeff?---[ \t]*\n(?P<inside>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\n(?P<inside>.*?)^\+\+\+[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"(?:(?P<key>[A-Za-z_][\w.-]*)[ \t]*:(?:[ \t]+(?P<value>.*))?|[ \t]+.*|-(?:[ \t].*)?|#.*|)")
_QUOTED = re.compile(r"(?P<mark>[\"'])(?P<inside>.*)(?P=mark)[ \t]*(?:#.*)?")
_GOES_ON = re.compile(r"[>|][+-]?\d?[ \t]*(?:#.*)?")
_LANGUAGES = ("lang", "language", "locale", "languagecode")
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_]\w{2,10})*")


class FrontMatter(NamedTuple):
    """The settings before a page: their title and language, empty without one, and where the page begins."""

    title: str = ""
    language: str = ""
    end: int = 0


def front_matter_of(text: str) -> FrontMatter:
    """Return the settings before a page; a page that begins with a line of dashes alone has none."""
    yaml, toml = _YAML.match(text, 0, _MOST), _TOML.match(text, 0, _MOST)
    if yaml is not None and (values := _of_yaml(yaml["inside"])):
        return _front_matter(values, yaml.end())
    if toml is not None:
        try:
            read = tomllib.loads(toml["inside"])
        except tomllib.TOMLDecodeError:
            return FrontMatter(end=toml.end())
        values = {key.casefold(): value for key, value in read.items() if isinstance(value, str)}
        return _front_matter(values, toml.end())
    return FrontMatter()


def _front_matter(values: dict[str, str], end: int) -> FrontMatter:
    codes = (values.get(key, "") for key in _LANGUAGES)
    language = next((code.replace("_", "-") for code in codes if _CODE.fullmatch(code)), "")
    return FrontMatter(" ".join(values.get("title", "").split()), language, end)


def _of_yaml(inside: str) -> dict[str, str]:
    """Return the values of keys, in small letters; nothing for lines of which one is no line of settings."""
    values: dict[str, str] = {}
    key, is_going_on = "", False
    for line in inside.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            return {}
        if found["key"]:
            key, value = found["key"].casefold(), (found["value"] or "").strip()
            is_going_on = _GOES_ON.fullmatch(value) is not None
            values[key] = "" if is_going_on else _plain(value)
        elif is_going_on and line[:1].isspace():
            values[key] = f"{values[key]} {line.strip()}".strip()
    return values


def _plain(value: str) -> str:
    """Return a value without its quotation marks or a comment."""
    quoted = _QUOTED.fullmatch(value)
    if quoted is None:
        return re.sub(r"(?:^|[ \t]+)#.*", "", value).strip()
    inside = quoted["inside"]
    return inside.replace("''", "'") if quoted["mark"] == "'" else re.sub(r"\\([\"\\])", r"\1", inside)
