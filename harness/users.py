"""Public names for locustfiles: lane users, their requests, and what a right answer looks like.

A locustfile imports Locust, and so does this module: the harness process never imports it.
"""

from harness.load.process.users import (
    Expectation,
    File,
    Integer,
    LaneUser,
    OneOf,
    Request,
    Word,
    equal_json,
    from_header,
    from_json,
    kept,
    redirect,
    satisfying,
    text,
)

__all__ = [
    "Expectation",
    "File",
    "Integer",
    "LaneUser",
    "OneOf",
    "Request",
    "Word",
    "equal_json",
    "from_header",
    "from_json",
    "kept",
    "redirect",
    "satisfying",
    "text",
]
