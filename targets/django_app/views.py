"""The contract's four endpoints in Django, in the style of Django's documentation.

The views are the same for WSGI and ASGI. They do not know how they are served; see gunicorn_conf.py and dev_server.py.
"""

import json as json_format

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

WRONG_BODY = "body must be a JSON object"
WRONG_NAME = "name must be a non-empty string"
WRONG_AGE = "age must be an integer from 0 to 150"
OLDEST = 150


def hello(_request: HttpRequest) -> HttpResponse:
    """Return a greeting of the world as text."""
    return HttpResponse("Hello, World!", content_type="text/plain")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def json(request: HttpRequest) -> JsonResponse:
    """Return a greeting of the world as JSON, or one of the person in the body."""
    return greet(request.body) if request.method == "POST" else JsonResponse({"message": "Hello, World!"})


def hello_name(_request: HttpRequest, name: str) -> HttpResponse:
    """Return a greeting of the name in the path."""
    return HttpResponse(f"Hello, {name}!", content_type="text/plain")


def greet(body: bytes) -> JsonResponse:
    """Return a greeting of the person in the body, or 422 with the reason why the body is wrong."""
    try:
        name, age = read_person(json_format.loads(body))
    except (json_format.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return JsonResponse({"error": WRONG_BODY}, status=422)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"message": f"Hello, {name}! You are {age}."})


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
