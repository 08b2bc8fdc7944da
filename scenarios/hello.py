"""GET / and its thirteen bytes of text: the smallest answer a framework can give."""

from harness.users import LaneUser, Request, text


class Hello(LaneUser):
    """Ask for the greeting."""

    requests = (Request("GET", "/", expect=text("Hello, World!")),)
