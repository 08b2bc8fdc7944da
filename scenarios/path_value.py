"""GET /hello/{name} with a random name each time: routing by pattern, and an answer that must echo this very name."""

from harness.users import LaneUser, Request, Word, text


class PathValue(LaneUser):
    """Ask to be greeted by name."""

    requests = (Request("GET", "/hello/{name}", values={"name": Word()}, expect=text("Hello, {name}!")),)
