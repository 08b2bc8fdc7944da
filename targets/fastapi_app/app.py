"""The contract's four endpoints in FastAPI, in the style of FastAPI's documentation, with a model for the body.

This module does not know how it is served; see serve.py and dev_server.py.
"""

from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

WRONG = {
    "name": "name must be a non-empty string",
    "age": "age must be an integer from 0 to 150",
}
WRONG_BODY = "body must be a JSON object"

app = FastAPI(redirect_slashes=False)


class Person(BaseModel):
    """The person in the body. Numbers and strings are not converted into each other."""

    model_config = ConfigDict(strict=True)

    name: Annotated[str, Field(min_length=1)]
    age: Annotated[int, Field(ge=0, le=150)]


@app.get("/", response_class=PlainTextResponse)
async def hello() -> str:
    """Return a greeting of the world as text."""
    return "Hello, World!"


@app.get("/json")
async def hello_json() -> dict[str, str]:
    """Return a greeting of the world as JSON."""
    return {"message": "Hello, World!"}


@app.get("/hello/{name}", response_class=PlainTextResponse)
async def hello_name(name: str) -> str:
    """Return a greeting of the name in the path."""
    return f"Hello, {name}!"


@app.post("/json")
async def greet(request: Request) -> dict[str, str]:
    """Return a greeting of the person in the body, or 422 with the reason why the body is wrong.

    The model reads the body itself, because the contract allows any content type.
    """
    body = await request.body()
    person = Person.model_validate_json(b"{}" if body.strip() == b"null" else body)
    return {"message": f"Hello, {person.name}! You are {person.age}."}


@app.exception_handler(ValidationError)
async def refuse(_request: Request, error: Any) -> JSONResponse:  # noqa: ANN401 - the handler's type in FastAPI
    """Answer 422 with the first broken rule of the contract."""
    broken = {str(place) for one in error.errors(include_url=False) for place in one["loc"][:1]}
    reason = next((text for field, text in WRONG.items() if field in broken), WRONG_BODY)
    return JSONResponse({"error": reason}, status_code=422)
