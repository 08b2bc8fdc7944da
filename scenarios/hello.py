"""GET / with 13 bytes of text: the smallest answer of a framework."""

from harness.users import LaneUser, Request, text


class Hello(LaneUser):
    """User that requests the greeting."""

    requests = (Request("GET", "/", expect=text("Hello, World!")),)
