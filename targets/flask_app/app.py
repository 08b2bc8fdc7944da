"""The contract's four endpoints in Flask, in the style of Flask's documentation.

This module does not know how it is served; see gunicorn_conf.py and dev_server.py.
"""

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

WRONG_BODY = "body must be a JSON object"
WRONG_NAME = "name must be a non-empty string"
WRONG_AGE = "age must be an integer from 0 to 150"
OLDEST = 150

app = Flask(__name__)


@app.get("/")
def hello() -> Response:
    """Return a greeting of the world as text."""
    return Response("Hello, World!", mimetype="text/plain")


@app.get("/json")
def hello_json() -> dict[str, str]:
    """Return a greeting of the world as JSON."""
    return {"message": "Hello, World!"}


@app.get("/hello/<name>")
def hello_name(name: str) -> Response:
    """Return a greeting of the name in the path."""
    return Response(f"Hello, {name}!", mimetype="text/plain")


@app.post("/json")
def greet() -> dict[str, str] | tuple[dict[str, str], int]:
    """Return a greeting of the person in the body, or 422 with the reason why the body is wrong."""
    try:
        name, age = read_person(request.get_json(force=True))
    except (BadRequest, RecursionError):  # a few kB of opening brackets exhaust the decoder's stack
        return {"error": WRONG_BODY}, 422
    except ValueError as error:
        return {"error": str(error)}, 422
    return {"message": f"Hello, {name}! You are {age}."}


def read_person(body: object) -> tuple[str, int]:
    """Return the name and the age of a decoded body.

    Raises:
        ValueError: The body breaks a rule of the contract; the message is that of the contract.
    """
    fields = {} if body is None else body  # null counts as an absent value everywhere
    if not isinstance(fields, dict):
        raise ValueError(WRONG_BODY)  # noqa: TRY004 - an error of the client, like the two below
    name, age = fields.get("name"), fields.get("age")
    if not isinstance(name, str) or not name:
        raise ValueError(WRONG_NAME)
    if type(age) is not int or not 0 <= age <= OLDEST:  # for isinstance, a bool is an int
        raise ValueError(WRONG_AGE)
    return name, age
