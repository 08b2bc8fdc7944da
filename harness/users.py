"""Public names for locustfiles: lane users, their requests, and what a right answer looks like.

A locustfile imports Locust, and so does this module: the harness process never imports it.
"""

from harness.load.process.users import (
    Expectation,
    Integer,
    LaneUser,
    Request,
    Word,
    equal_json,
    satisfying,
    text,
)

__all__ = ["Expectation", "Integer", "LaneUser", "Request", "Word", "equal_json", "satisfying", "text"]
