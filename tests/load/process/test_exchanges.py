from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from harness.load.http1 import Response
from harness.load.process.exchanges import Identity, Request, exchanges_for, script, sequence
from harness.load.process.expectations import text
from harness.load.process.values import Integer, Word, kept

NAMED = Request("GET", "/hello/{name}", values={"name": Word()}, expect=text("Hello, {name}!"), pool=50)


def payload(request: Request, *, keep_alive: bool = True) -> bytes:
    ((exchange,),) = exchanges_for([request], "127.0.0.1:80", keep_alive=keep_alive)
    return exchange.payload


class TestPayload:
    def test_a_request_without_a_body_has_only_its_line_and_its_host(self) -> None:
        assert payload(Request("GET", "/")) == b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"

    def test_json_is_sent_with_its_type_and_length(self) -> None:
        assert payload(Request("POST", "/json", json={"a": [1, None]})) == (
            b"POST /json HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
            b'{"a":[1,null]}'
        )

    def test_a_body_is_sent_in_utf8_with_its_length_in_bytes(self) -> None:
        assert payload(Request("PUT", "/x", body="Zoë")).endswith(b"Content-Length: 4\r\n\r\nZo\xc3\xab")

    def test_headers_are_added_and_can_replace_the_default_ones(self) -> None:
        sent = payload(Request("GET", "/", headers={"host": "example", "X-A": "b"}))
        assert sent == b"GET / HTTP/1.1\r\nhost: example\r\nX-A: b\r\n\r\n"

    def test_without_keep_alive_the_request_has_connection_close(self) -> None:
        assert b"\r\nConnection: close\r\n" in payload(Request("GET", "/"), keep_alive=False)

    def test_path_values_are_percent_encoded(self) -> None:
        values = {"name": Word(1, 1, alphabet="/")}
        ((exchange,),) = exchanges_for([Request("GET", "/{name}?q=1", values=values, pool=1)], "h")
        assert exchange.payload.startswith(b"GET /%2F?q=1 HTTP/1.1\r\n")

    def test_values_are_filled_into_path_headers_and_body(self) -> None:
        values = {"a": Integer(7, 7)}
        filled = Request("POST", "/{a}", headers={"X": "{a}"}, json={"a": "{a}"}, values=values, pool=1)
        ((exchange,),) = exchanges_for([filled], "h")
        assert exchange.payload.startswith(b"POST /7 HTTP/1.1\r\n")
        assert b"\r\nX: 7\r\n" in exchange.payload
        assert json.loads(exchange.payload.partition(b"\r\n\r\n")[2]) == {"a": 7}


class TestPool:
    def test_each_value_of_a_pool_has_its_own_exchange_and_expectation(self) -> None:
        (pool,) = exchanges_for([NAMED], "h")
        assert len(pool) == 50
        for exchange in pool:
            name = exchange.payload.split(b" ")[1].removeprefix(b"/hello/")
            right = Response(200, (("content-type", "text/plain"),), b"Hello, " + name + b"!", keep_alive=True)
            wrong = Response(200, (("content-type", "text/plain"),), b"Hello, nobody!", keep_alive=True)
            assert exchange.expectation.complaint(right) is None
            assert exchange.expectation.complaint(wrong) is not None

    def test_a_pool_is_the_same_in_every_run(self) -> None:
        first, second = exchanges_for([NAMED], "h"), exchanges_for([NAMED], "h")
        assert [exchange.payload for exchange in first[0]] == [exchange.payload for exchange in second[0]]

    def test_endpoints_are_numbered_from_the_first_endpoint(self) -> None:
        pools = exchanges_for([Request("GET", "/a"), NAMED], "h", first_endpoint=3)
        assert [{exchange.endpoint for exchange in pool} for pool in pools] == [{3}, {4}]

    def test_more_endpoints_than_a_tag_can_hold_are_refused(self) -> None:
        with pytest.raises(ValueError, match="more than 256 requests"):
            exchanges_for([Request("GET", "/")] * 200, "h", first_endpoint=57)


class TestScript:
    def test_the_same_seed_gives_the_same_script_and_another_seed_another_one(self) -> None:
        pools = exchanges_for([NAMED], "h")
        same, again, other = (list(islice(script(pools, seed), 100)) for seed in (1, 1, 2))
        assert same == again != other

    def test_requests_are_sent_by_weight_and_values_equally_often(self) -> None:
        pools = exchanges_for([Request("GET", "/once"), Request("GET", "/thrice", weight=3), NAMED], "h")
        counts = Counter(exchange.request.path for exchange in islice(script(pools, 5), 4000))
        assert counts["/once"] == pytest.approx(800, rel=0.15)
        assert counts["/thrice"] == pytest.approx(2400, rel=0.1)
        assert counts["/hello/{name}"] == pytest.approx(800, rel=0.15)

    def test_a_script_is_endless(self) -> None:
        assert len(list(islice(script(exchanges_for([Request("GET", "/")], "h"), 1), 10_000))) == 10_000
        assert len(list(islice(script(exchanges_for([NAMED], "h"), 1), 10_000))) == 10_000


class TestSequence:
    def test_the_requests_come_in_order_with_the_values_of_each_pool_in_turn(self) -> None:
        pools = exchanges_for([Request("GET", "/first"), replace(NAMED, pool=3), Request("GET", "/last")], "h")
        found = list(islice(sequence(pools, seed=0), 18))
        assert [one.request.path for one in found] == ["/first", "/hello/{name}", "/last"] * 6
        assert [one for one in found if one.request.path == "/hello/{name}"] == pools[1] * 2

    def test_users_begin_with_different_values(self) -> None:
        pools = exchanges_for([NAMED], "h")
        assert next(sequence(pools, seed=0)) is not next(sequence(pools, seed=1))


class TestIdentity:
    REQUEST = Request(
        "GET",
        "/{n}",
        headers={"X": "{ticket}"},
        values={"ticket": kept, "n": Integer(0, 10**9), "who": kept},
        expect=text("{who}"),
    )

    def identity(self, seed: str, **values: str) -> Identity:
        found = Identity.at("h", seed)
        found.values.update(values)
        return found

    def test_the_requests_of_a_user_have_its_values_and_few_sets_of_drawn_ones(self) -> None:
        [pool] = exchanges_for([self.REQUEST], "h", identity=self.identity("1", ticket="t", who="ann"))
        assert len(pool) == 16
        assert all(b"X: t\r\n" in one.payload for one in pool)
        right = Response(200, (("content-type", "text/plain"),), b"ann", keep_alive=True)
        assert all(one.expectation.complaint(right) is None for one in pool)

    def test_two_users_draw_different_values(self) -> None:
        one, other = (exchanges_for([self.REQUEST], "h", identity=self.identity(s, ticket="t", who="x")) for s in "12")
        assert {each.payload for each in one[0]}.isdisjoint(each.payload for each in other[0])

    def test_a_value_that_the_user_has_not_kept_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="the user has not kept ticket"):
            exchanges_for([self.REQUEST], "h", identity=self.identity("1", who="ann"))

    def test_a_kept_value_needs_an_identity(self) -> None:
        with pytest.raises(ValueError, match="the user has not kept ticket, who"):
            exchanges_for([self.REQUEST], "h")


class TestImpossibleRequests:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"method": "GE T"}, "is not a method"),
            ({"path": "hello"}, "is not a path"),
            ({"path": "/a b"}, "is not a path"),
            ({"path": "/a\r\nX: y"}, "is not a path"),
            ({"weight": 0}, "weight 0"),
            ({"pool": 0}, "pool 0"),
            ({"body": "x", "json": 1}, "not both"),
            ({"form": {"a": "b"}, "json": 1}, "not both"),
            ({"files": {}, "body": "x"}, "not both"),
            ({"headers": {"X": "a\r\nY: b"}}, "is not a header"),
            ({"headers": {"X Y": "a"}}, "is not a header"),
            ({"path": "/{name}"}, "no values for name"),
            ({"expect": text("{name}")}, "no values for name"),
            ({"values": {"name": Word()}}, "which the request does not use"),
        ],
    )
    def test_an_impossible_request_is_refused_with_the_reason(self, arguments: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            Request(**{"method": "GET", "path": "/", **arguments})

    def test_an_unknown_option_is_refused(self) -> None:
        with pytest.raises(TypeError, match="expected"):
            Request("GET", "/", expected=text("x"))  # type: ignore[call-arg]


def test_the_label_of_a_request_is_its_name_or_else_its_path() -> None:
    assert (NAMED.label, str(NAMED)) == ("/hello/{name}", "GET /hello/{name}")
    assert Request("GET", "/", name="front").label == "front"
