"""POST /json with a random name and age: a body to read, to decode, to validate, and to answer in kind."""

from harness.users import Integer, LaneUser, Request, Word, equal_json


class PostJson(LaneUser):
    """Introduce oneself in JSON, and be greeted in JSON."""

    requests = (
        Request(
            "POST",
            "/json",
            json={"name": "{name}", "age": "{age}"},
            values={"name": Word(), "age": Integer(0, 150)},
            expect=equal_json({"message": "Hello, {name}! You are {age}."}),
        ),
    )
