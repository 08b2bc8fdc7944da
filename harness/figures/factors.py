"""Factors in words: `twice as fast`, `three times the throughput`, `a third of the memory`, `doubles the throughput`.

Pure text; this module must not know figures or runs. Words are factors only before a comparison or before what is
compared: `twice a day`, `half of the users` and `two times we tried` have none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.printed import last_place

if TYPE_CHECKING:
    from collections.abc import Iterator


class Factor(NamedTuple):
    """A factor in a text.

    Attributes:
        start, end: Where its words begin and end.
        digits: Its number: `2`; `0.333` of a third; `1e1` of an order of magnitude.
        rounding: The largest distance of the true factor. A third is as exact as three times.
    """

    start: int
    end: int
    digits: str
    rounding: float


_COUNTS = {
    word: number
    for number, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2)
}
_ADVERBS = {"twice": 2, "thrice": 3, "doubl": 2, "tripl": 3, "quadrupl": 4}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_PARTS |= dict.fromkeys(("halves", "halved", "halving"), 2)
_COUNT = "|".join(_COUNTS)
_TIMES = rf"(?:{_COUNT})\stimes|(?:{_COUNT})-?fold|twice|thrice"
_MAGNITUDE = r"(?:an|one)\sorder\sof\smagnitude"
_PART = r"(?:an?\s|one[\s-])?half|(?:a|one)[\s-](?:third|quarter|fifth|tenth)"
VERB = r"(?:(?:doubl|tripl|quadrupl)(?:es|ed|ing)|halv(?:es|ed|ing))"
"""The verbs that multiply, as a pattern: `doubles`, `halved`."""
WORD = rf"(?:{_TIMES}|double|triple|quadruple|{_MAGNITUDE}|{_PART}|{VERB})"
"""The words of any factor, as a pattern."""
_LIKE = (
    r"as\s(?:fast|quick|slow|much|many|large|big|small|little|few|high|low|light|heavy|long|short|efficient|good|bad)"
)
_THAN = (
    r"(?:more|less|fewer|faster|quicker|slower|better|worse|higher|greater|lower|smaller|larger|bigger|lighter|heavier"
    r"|longer|shorter)"
)
GOOD = r"(?:speed|performance)"
"""What is better if there is more of it, whatever is measured."""
WHAT = (
    rf"(?:{GOOD}|memory|ram|cpu|latency|latencies|throughput|footprint|rps|requests?\s(?:per|a)\ssecond"
    r"|requests(?!\s(?:fail|get|end|drop|error|return|time|go|come|took|hit|were|was|are|had|have|never|to)\w*)"
    r"|(?:request\s)?rate"
    r"|(?:response|start-?up|request|boot|cold[\s-]?start)\stimes?|cold\sstart|image\ssize)"
)
"""What a multiple can be of, as a pattern, without words before it."""
WHOSE = r"(?:the\s(?:(?:amount|number)\sof\s)?|[\w.]+['\u2019]s?\s)(?:\w+\s)?"
"""The words before what a multiple is of, as a pattern: `the`, `Flask's`, `the peak`."""
OF_WHAT = rf"(?:{WHOSE}{WHAT}|that\sof)"
"""What a multiple is of, as a pattern: `the throughput`, `Flask's memory`, `that of` another."""
_FACTOR = re.compile(
    rf"\b(?:(?P<times>{_TIMES}|{_MAGNITUDE})\s(?={_LIKE}\b|{_THAN}\b|{OF_WHAT}\b)"
    rf"|(?P<adjective>double|triple|quadruple)\s(?={OF_WHAT}\b)"
    rf"|(?P<part>{_PART})\s(?={_LIKE}\b|(?:of\s)?{OF_WHAT}\b)"
    rf"|(?P<verb>{VERB})\s(?={OF_WHAT}\b|{WHAT}\b))",
    re.IGNORECASE,
)
# `two to three times faster` is a range, and `twenty-two times faster` and `two and a half times` other numbers.
_GOES_ON = re.compile(
    r"(?:\d|\b(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|one|half|twice|thrice|point"
    rf"|{_COUNT})(?:\stimes)?)\s?[-\u2010-\u2015]?\s?(?:to|or|and)?\s?$",
    re.IGNORECASE,
)
_LOOK_BACK = 24


def factors_in(text: str) -> Iterator[Factor]:
    """Yield the factors of a text, in order."""
    for found in _FACTOR.finditer(text):
        if not _GOES_ON.search(text, max(0, found.start() - _LOOK_BACK), found.start()):
            end = found.end() - 1  # the blank behind the words
            yield Factor(found.start(), end, *_number(text[found.start() : end].casefold()))


def _number(words: str) -> tuple[str, float]:
    if words.endswith("magnitude"):
        return "1e1", last_place("1e1") / 2
    last = re.split(r"[\s-]", words)[-1]
    if last in _PARTS:
        whole = _PARTS[last]
        return f"{1 / whole:.3g}", last_place(str(whole)) / 2 / whole**2
    first = next(word for word in (*_COUNTS, *_ADVERBS) if words.startswith(word))
    digits = str(_COUNTS.get(first) or _ADVERBS[first])
    return digits, last_place(digits) / 2
