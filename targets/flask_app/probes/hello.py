# The smallest Flask app that works: what the page's "lines of code" count. `flask --app hello run` serves it.
# ruff: noqa: D100, D103 - as Flask's quickstart writes it, and not a line more
from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello_world() -> str:
    return "Hello, World!"
