"""The contract's four endpoints in Starlette, in the style of Starlette's documentation.

This module does not know how it is served; see serve.py and dev_server.py.
"""

from json import JSONDecodeError

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

WRONG_BODY = "body must be a JSON object"
WRONG_NAME = "name must be a non-empty string"
WRONG_AGE = "age must be an integer from 0 to 150"
OLDEST = 150


async def hello(_request: Request) -> PlainTextResponse:
    """Return a greeting of the world as text."""
    return PlainTextResponse("Hello, World!")


async def hello_json(_request: Request) -> JSONResponse:
    """Return a greeting of the world as JSON."""
    return JSONResponse({"message": "Hello, World!"})


async def hello_name(request: Request) -> PlainTextResponse:
    """Return a greeting of the name in the path."""
    return PlainTextResponse(f"Hello, {request.path_params['name']}!")


async def greet(request: Request) -> JSONResponse:
    """Return a greeting of the person in the body, or 422 with the reason why the body is wrong."""
    try:
        name, age = read_person(await request.json())
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):  # a few kB of opening brackets exhaust the stack
        return JSONResponse({"error": WRONG_BODY}, status_code=422)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    return JSONResponse({"message": f"Hello, {name}! You are {age}."})


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


app = Starlette(
    routes=[
        Route("/", hello),
        Route("/json", hello_json, methods=["GET"]),
        Route("/json", greet, methods=["POST"]),
        Route("/hello/{name}", hello_name),
    ]
)
app.router.redirect_slashes = False  # a trailing slash is another path
