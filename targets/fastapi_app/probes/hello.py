# The smallest FastAPI app that works: the metric footprint.app_lines counts its lines. `fastapi dev` serves it.
# ruff: noqa: D100, D103 - as in FastAPI's tutorial
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def root() -> dict[str, str]:
    return {"message": "Hello World"}
