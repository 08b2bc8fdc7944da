# The smallest Flask app that works: the metric footprint.app_lines counts its lines. `flask --app hello run` serves it.
# ruff: noqa: D100, D103 - exactly as in Flask's quickstart
from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello_world() -> str:
    return "Hello, World!"
