# The smallest Starlette app that works: the metric footprint.app_lines counts its lines. `uvicorn hello:app` serves it.
# ruff: noqa: ARG001, D100, D103 - as in Starlette's documentation
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def homepage(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Hello, World!")


app = Starlette(routes=[Route("/", homepage)])
