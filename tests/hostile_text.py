"""Hostile strings that a target, an image, a manifest, a figures file or a locustfile may hold."""

import re

CORPUS = (
    "\x1b]0;taken\x07\x1b[31mred",
    "\x9b31mred\x85::error::x",
    "::error file=a::not yours",
    "fine\n::warning::not yours",
    "fine\r::set-output name=a::b",
    "fine\r\n  ::add-mask::x",
    "##[error]not yours",
    "fine ##[group]x",
    '=HYPERLINK("http://a.example","b")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "# heading",
    "1. item",
    "- item",
    "```\ncode",
    "~~~\ncode",
    "---",
    "===",
    "    code",
    "> quote",
    "[link](javascript:alert(1))",
    "[link]: http://a.example",
    "![image](http://a.example/a.png)",
    "https://a.example/ and www.a.example and a@a.example",
    "a | b",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;script&gt;",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "[red]markup[/red]",
    "\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "half \ud83d pair",
    "null \x00 byte \x7f",
    "a\u2028b\u2029c",
    "$$ \\href{javascript:alert(1)}{x} $$",
)


def commands(text: str) -> list[str]:
    """Return what a CI runner would take for a command."""
    return re.findall(r"^\s*::.*|.*##\[.*", text, re.MULTILINE)
