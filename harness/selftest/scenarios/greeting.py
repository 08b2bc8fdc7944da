"""A random value echoed back: `GET /hello/{name}`."""

from harness.users import LaneUser, Request, Word, text


class Greeting(LaneUser):
    """User that requests a greeting of a name; the name changes from request to request."""

    requests = (Request("GET", "/hello/{name}", values={"name": Word()}, expect=text("Hello, {name}!")),)
