"""A random value echoed back: `GET /hello/{name}`."""

from harness.users import LaneUser, Request, Word, text


class Greeting(LaneUser):
    """Asks to be greeted by a name that changes from request to request."""

    requests = (Request("GET", "/hello/{name}", values={"name": Word()}, expect=text("Hello, {name}!")),)
