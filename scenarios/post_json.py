"""POST /json with a random name and age: measures reading, decoding and validating a body, and a JSON answer."""

from harness.users import Integer, LaneUser, Request, Word, equal_json


class PostJson(LaneUser):
    """User that sends a name and an age as JSON, and gets a greeting as JSON."""

    requests = (
        Request(
            "POST",
            "/json",
            json={"name": "{name}", "age": "{age}"},
            values={"name": Word(), "age": Integer(0, 150)},
            expect=equal_json({"message": "Hello, {name}! You are {age}."}),
        ),
    )
