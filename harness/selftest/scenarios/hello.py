"""One constant answer: `GET /`."""

from harness.users import LaneUser, Request, text


class Hello(LaneUser):
    """Asks for the plain text."""

    requests = (Request("GET", "/", expect=text("Hello, World!")),)
