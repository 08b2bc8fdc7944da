"""Reading a result file as JSON: a sentence for every file that is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_OTHER_SUFFIXES = {".toml", ".html", ".htm", ".md"}
_BEGINNING_BYTES = 256


def looks_like_results(path: Path) -> bool:
    """Return whether an argument is a JSON file: by its suffix, else by its first character."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return True
    if suffix in _OTHER_SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(_BEGINNING_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_json(path: Path) -> object:
    """Return the content of a JSON file.

    NaN and Infinity are read, although JSON has none: the rows that have them are reported.

    Raises:
        UsageError: The file can't be read, or is no JSON.
    """
    try:
        document: object = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error), "Name an existing file.") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"byte {error.start} is not UTF-8", "Name a JSON file.") from error
    except json.JSONDecodeError as error:
        cause = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise _unreadable(path, cause, "It may be cut off: fetch it again.") from error
    except RecursionError as error:
        raise _unreadable(path, "its values are nested too deeply", "Name a result file.") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise _unreadable(path, f"a number can't be read: {error}", "Name a result file.") from error
    return document


def _unreadable(path: Path, cause: str, remedy: str) -> UsageError:
    return UsageError("can't read a result file", where=str(path), cause=cause, remedy=remedy)
