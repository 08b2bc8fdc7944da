"""GET /hello/{name} with a random name each time: measures routing by pattern; the answer must echo the name."""

from harness.users import LaneUser, Request, Word, text


class PathValue(LaneUser):
    """User that requests a greeting by name."""

    requests = (Request("GET", "/hello/{name}", values={"name": Word()}, expect=text("Hello, {name}!")),)
