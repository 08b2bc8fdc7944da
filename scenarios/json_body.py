"""GET /json, the same greeting as a JSON object: measures the cost of encoding."""

from harness.users import LaneUser, Request, equal_json


class JsonBody(LaneUser):
    """User that requests the greeting as JSON."""

    requests = (Request("GET", "/json", expect=equal_json({"message": "Hello, World!"})),)
