"""Sentences about memory that do not name it: `Flask needs 34.5 MiB under load, Gin 7.5 MiB`; and its state."""

from __future__ import annotations

import re
from functools import lru_cache

_TAKES = re.compile(
    r"\b(?:needs?|needed|uses?|used|using|takes?|took|consum\w+|requires?|required|occup\w+|idl(?:es|ed|ing)|footprint"
    r"|resident|working set|(?:sits?|settles?|stays?|peaks?|rests?) at|grows? to)\b",
    re.IGNORECASE,
)
_STATES = {
    "idle": re.compile(r"\bidl(?:e|es|ed|ing)\b|\bat rest\b|\brests at\b", re.IGNORECASE),
    "under load": re.compile(r"\bunder (?:full |heavy |high )?load\b|\bloaded\b", re.IGNORECASE),
    "peak": re.compile(r"\bpeak(?:s|ed|ing)?\b", re.IGNORECASE),
}
# What else is counted in bytes.
_OTHERS = re.compile(
    r"\b(?:dis[ck]s?|storage|ssds?|install\w*|images?|download\w*|binar(?:y|ies)|executables?|bandwidth|traffic"
    r"|transfer\w*|payloads?|bod(?:y|ies)|files?|upload\w*|logs?|sen[dt]s?|responses?|receiv\w*|packages?|dependenc\w*"
    r"|bundles?|databases?|limits?|sources?|repositor\w*|wheels?|layers?|buffers?|page|pages|archives?|swap)\b",
    re.IGNORECASE,
)
_SMALL = r"(?:and|but|while|whereas|only|just|about|around|at|with|of|to|is|needs?|uses?|takes?|has|[\u2019']?s)"
_NOTHING_ELSE = re.compile(rf"[\s,;:()~\u2248]*(?:{_SMALL}\b[\s,;:()~\u2248]*)*\.?", re.IGNORECASE)


@lru_cache(maxsize=64)
def means_memory(sentence: str) -> bool:
    """Return whether the bytes of a sentence can only be memory, by what takes them or by a state of the server."""
    is_taken = _TAKES.search(sentence) is not None or bool(_states_in(sentence))
    return is_taken and _OTHERS.search(sentence) is None


def names_state(clause: str) -> bool:
    """Return whether the words about bytes name a state of the server, so that these are memory: `it idles at 7 MB`."""
    return bool(_states_in(clause)) and _OTHERS.search(clause) is None


def state_of(sentence: str, clause: str, rest: str) -> tuple[str, ...]:
    """Return the state of the server in which an amount of memory was read; none if the sentence does not tell it.

    Args:
        sentence: The sentence.
        clause: The words about the amount. Where they name no state, that of the sentence counts if it begins with
            it, or if they have nothing but the amount and a name.
        rest: These words without the amount and the names.
    """
    own = _states_in(clause)
    if own:
        return own if len(own) == 1 else ()
    states = _states_in(sentence)
    begins = any(_STATES[one].match(sentence.lstrip()) for one in states)
    return states if len(states) == 1 and (begins or _NOTHING_ELSE.fullmatch(rest)) else ()


def _states_in(text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _STATES.items() if pattern.search(text))
