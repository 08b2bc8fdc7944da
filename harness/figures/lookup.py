"""Finding a published figure by what a person types: its id, a part of its id, or its printed text.

The text is looked up in this order, and the first step that finds a figure decides:

1. its id;
2. whole segments at the end of its id;
3. its target and printed text;
4. its printed text alone;
5. the beginning or the end of its id;
6. some words of its target, label and printed text.

In the last two steps the text may have the ellipsis that `check` prints for a part that it cut. Quotes and spaces don't
matter. If several figures print one claim, the first of them is found. This module must not know any run.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.consistency.wording import with_unit
from harness.metrics.names import segments
from harness.metrics.words import enumeration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.figures.published import Figure, FigureSet

_MOST_NAMED = 3
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_APPROXIMATIONS = "~\u2248"
_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_MARKS = f"{_QUOTES}.,:;!?()[]"
_MOST_LISTED = 10
_WITHOUT_QUOTES = dict.fromkeys(map(ord, _QUOTES))


def find_figure(word: str, sets: Sequence[FigureSet]) -> tuple[Figure, FigureSet]:
    """Return the figure that a word names, and its source.

    Raises:
        UsageError: No figure has this id or text; or several figures with different claims have it.
    """
    known = [(figure, one) for one in sets for figure in one.figures]
    for names in (_is_id, _is_end_of_id, _is_target_and_text, _is_text, _is_number, _is_part_of_id, _has_words):
        found = [(figure, one) for figure, one in known if names(figure, word)]
        if found:
            _check_one_claim(word, [figure for figure, _ in found])
            return found[0]
    near = _nearest(word, [figure for figure, _ in known])
    listed = f"The nearest: {', '.join(near)}." if near else "`harness check --json` lists the ids."
    raise UsageError(
        "unknown figure",
        where=word,
        cause=f"no figure of {_files(sets)} has this id or text",
        remedy=f"{listed} Only figures of these files are known: --figures FILE names another file or a saved page.",
    )


def _files(sets: Sequence[FigureSet]) -> str:
    """Return the files of some sets: `a.toml and b.toml`; `the 7 figures files` where they are many."""
    paths = list(dict.fromkeys(str(one.path) for one in sets))
    return f"the {len(paths)} figures files" if len(paths) > _MOST_NAMED else enumeration(paths)


def _nearest(word: str, figures: Sequence[Figure]) -> list[str]:
    """Return the ids that are nearest to a word; else those of the nearest texts, each with its target and text."""
    ids = [figure.id for figure in figures]
    near = difflib.get_close_matches(word, ids, n=_MOST_NAMED, cutoff=0.5) or _with_similar_end(word, ids)
    if near:
        return near
    by_text = {f"{figure.target} {with_unit(figure)}": figure for figure in reversed(figures)}
    found = difflib.get_close_matches(word, by_text, n=_MOST_NAMED, cutoff=0.5)
    return [f"{by_text[text].id} ({text})" for text in found]


def _is_id(figure: Figure, word: str) -> bool:
    return figure.id == word


def _is_end_of_id(figure: Figure, word: str) -> bool:
    wanted = segments(word)
    return segments(figure.id)[-len(wanted) :] == wanted


def _is_target_and_text(figure: Figure, word: str) -> bool:
    """Return whether a word is a figure's target and printed text, with or without its unit."""
    return _plain(word) in {_plain(f"{figure.target} {text}") for text in _texts(figure)}


def _is_text(figure: Figure, word: str) -> bool:
    """Return whether a word is a figure's printed text, with or without its unit."""
    return _plain(word) in set(map(_plain, _texts(figure)))


def _is_number(figure: Figure, word: str) -> bool:
    """Return whether a word is a figure's printed text, with or without its target, unit and `~`."""
    texts = (f"{target}{text}" for target in ("", figure.target) for text in _texts(figure))
    return _bare(word) in set(map(_bare, texts))


def _is_part_of_id(figure: Figure, word: str) -> bool:
    """Return whether a word begins or ends an id, with or without an ellipsis for what is cut."""
    cut = word.replace("...", _ELLIPSIS)
    rest = cut.strip(_ELLIPSIS)
    if not rest:
        return False
    is_end, is_beginning = figure.id.endswith(rest), figure.id.startswith(rest)
    return is_end if cut.startswith(_ELLIPSIS) else is_beginning or is_end


def _has_words(figure: Figure, word: str) -> bool:
    """Return whether words stand side by side in a figure's text, behind its target or its label; the last may be cut.

    They are whole words: `5 MB` is no part of `45 MB`.
    """
    is_cut = word.replace("...", _ELLIPSIS).rstrip(_QUOTES).endswith(_ELLIPSIS)
    *wanted, last = _words(word.replace("...", " ").replace(_ELLIPSIS, " ")) or [""]
    if not last:
        return False
    for before in (figure.target, figure.label):
        of = _words(f"{before} {with_unit(figure)}")
        for start in range(len(of) - len(wanted)):
            end = of[start + len(wanted)]
            if of[start : start + len(wanted)] == wanted and (end.startswith(last) if is_cut else end == last):
                return True
    return False


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, without the quotes, brackets and stops around them."""
    return [word for part in text.casefold().split() if (word := part.strip(_MARKS))]


def _texts(figure: Figure) -> tuple[str, str]:
    return figure.printed, f"{figure.printed} {figure.unit}"


def _plain(text: str) -> str:
    return "".join(text.casefold().split()).translate(_WITHOUT_QUOTES)


def _bare(text: str) -> str:
    return _plain(text).translate(dict.fromkeys(map(ord, _APPROXIMATIONS)))


def _with_similar_end(word: str, ids: Iterable[str]) -> list[str]:
    by_end = {segments(name)[-1]: name for name in reversed(list(ids))}
    return [by_end[end] for end in difflib.get_close_matches(segments(word)[-1], by_end, n=_MOST_NAMED, cutoff=0.5)]


def _check_one_claim(word: str, found: Sequence[Figure]) -> None:
    """Refuse a word that names several claims; their ids and texts are the remedy."""
    claims: dict[object, str] = {}
    for one in found:
        of = f" over {one.of}" if one.of else ""
        claim = (one.target, one.of, one.metric, one.printed, one.conditions)
        claims.setdefault(claim, f"{one.id} ({with_unit(one)}, {one.target}{of})")
    if len(claims) > 1:
        more = f" and {len(claims) - _MOST_LISTED} more" if len(claims) > _MOST_LISTED else ""
        raise UsageError(
            "several figures have this name",
            where=word,
            cause=f"{len(claims)} figures with different claims have it in their id or print it",
            remedy=f"Give a whole id: {', '.join(list(claims.values())[:_MOST_LISTED])}{more}.",
        )
