"""One constant answer: `GET /`."""

from harness.users import LaneUser, Request, text


class Hello(LaneUser):
    """User that requests the plain text."""

    requests = (Request("GET", "/", expect=text("Hello, World!")),)
