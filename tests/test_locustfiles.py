"""What the source of a locustfile tells without its import."""

import ast

import pytest

from harness.locustfiles import may_have_user_class, why_no_user_class

NONE = [
    ("", "it has no user class"),
    ('"""Notes."""\nimport requests\n\nprint(requests.get("http://127.0.0.1"))\n', "it has no user class"),
    ("from locust import HttpUser, task\n\nBase = HttpUser\n\n\ndef load(n):\n    return n\n", "it has no user class"),
    (
        "from locust import TaskSet, task\n\n\nclass Tasks(TaskSet):\n    @task\n    def a(self): ...\n",
        "it has no user class",
    ),
    ("import locust\n\n\nclass S(locust.LoadTestShape):\n    def tick(self): ...\n", "it has no user class"),
    ("from enum import Enum\n\n\nclass E(Enum):\n    A = 1\n\n\nclass F(E, Exception): ...\n", "it has no user class"),
    ("class Plain: ...\n\n\nclass More(Plain):\n    host = type\n", "it has no user class"),
    (
        "from locust import HttpUser\n\n\nclass Base(HttpUser):\n    abstract = True\n",
        "its only user class, Base, is abstract",
    ),
    (
        "def test_get(session):\n    session.get('/')\n",
        "it has no user class, and tests in pytest's style (test_get) are not run",
    ),
]
SOME = [
    "from locust import HttpUser\n\n\nclass U(HttpUser): ...\n",
    "import locust as l\n\n\nclass U(l.FastHttpUser): ...\n",
    "from locust import User as Base\n\n\nclass Half(Base):\n    abstract = True\n\n\nclass U(Half): ...\n",
    "from harness.users import LaneUser\n\n\nclass U(LaneUser): ...\n",
    "from locust.contrib.fasthttp import FastHttpUser\n\nif True:\n    class U(FastHttpUser): ...\n",
    "from typing import Generic\nfrom locust import User\n\n\nclass U(User, Generic[T]): ...\n",
    "from shop import Customer\n",
    "from .shop import Customer\n",
    "from shop import *\n",
    "import shop\n\nCustomer = shop.Customer\n",
    "import shop\n\nCustomer = shop.make_user()\n",
    "from locust import HttpUser\n\nU = type('U', (HttpUser,), {})\n",
    "from locust import HttpUser\n\n\ndef make():\n    class U(HttpUser): ...\n    return U\n\n\nV = make()\n",
    "exec('from locust import HttpUser')\n",
    "import types\nfrom locust import User\n\nU = types.new_class('U', (User,))\n",
    "class U(base()): ...\n",
    "class U(metaclass=M): ...\n",
]


@pytest.mark.parametrize(("source", "why"), NONE)
def test_a_source_that_can_have_no_user_class_has_a_reason(source: str, why: str) -> None:
    tree = ast.parse(source)
    assert not may_have_user_class(tree)
    assert why_no_user_class(tree) == why


@pytest.mark.parametrize("source", SOME)
def test_a_source_that_may_have_one_passes(source: str) -> None:
    assert may_have_user_class(ast.parse(source))
