"""ASCII in place of characters that a stream lacks."""

import re

import pytest

from harness.plain_characters import PLAIN, plain, register
from tests.checkout import ROOT

NAMED = re.compile(r"\\N\{([^}]+)\}")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5 \N{MICRO SIGN}s \N{PLUS-MINUS SIGN} 2 %", "5 us +- 2 %"),
        ("\N{GREATER-THAN OR EQUAL TO} 12.2\N{MULTIPLICATION SIGN}", ">= 12.2x"),
        ("Gin \N{DIVISION SIGN} Flask \N{EN DASH}", "Gin / Flask -"),
        ("python:3.13@sha256:0f06\N{HORIZONTAL ELLIPSIS}", "python:3.13@sha256:0f06..."),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe"),
        ("\N{HIRAGANA LETTER A}", "?"),
    ],
)
def test_a_character_that_an_encoding_lacks_is_one_that_looks_alike(text: str, written: str) -> None:
    register()
    assert text.encode("ascii", PLAIN) == written.encode()


def test_every_character_that_the_terminal_output_names_has_one_that_looks_alike() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "harness" / "console").glob("*.py")]
    names = {name for source in sources for name in NAMED.findall(source)} - {
        "FULL BLOCK",  # both are drawn only where the encoding has them
        "BOX DRAWINGS LIGHT VERTICAL",
    }
    assert len(names) > 3
    for name in names:
        assert plain(f"\\N{{{name}}}".encode().decode("unicode_escape")) != "?", name
