"""GET /json: the same greeting as a JSON object, to see what encoding it costs."""

from harness.users import LaneUser, Request, equal_json


class JsonBody(LaneUser):
    """Ask for the greeting as JSON."""

    requests = (Request("GET", "/json", expect=equal_json({"message": "Hello, World!"})),)
