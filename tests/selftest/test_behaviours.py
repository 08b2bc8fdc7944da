"""The answers of each behaviour, by exact numbers, without a socket or a clock."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.selftest.behaviours import (
    NEVER_NS,
    Behaviour,
    BlackHole,
    Delayed,
    Faulty,
    Queue,
    Reply,
    Stalling,
    Wrong,
    decode,
    encode,
    right,
    right_body,
)

MS, S = 1_000_000, 1_000_000_000
STALLING = Stalling(2 * MS, S, 10 * S, 4 * S)
EACH = (Delayed(5), Faulty((Wrong.BODY, Wrong.LENGTH), 10), Queue(5 * MS), STALLING, BlackHole(7))


def replies(behaviour: Behaviour, arrivals_ns: list[int], path: str = "/") -> list[Reply]:
    decide = behaviour.begin()
    return [decide(number, path, arrival_ns) for number, arrival_ns in enumerate(arrivals_ns, 1)]


def dues(behaviour: Behaviour, arrivals_ns: list[int]) -> list[int]:
    return [reply.due_ns for reply in replies(behaviour, arrivals_ns)]


@pytest.mark.parametrize(
    ("path", "body"), [("/", "Hello, World!"), ("/json", "Hello, World!"), ("/hello/Ada", "Hello, Ada!")]
)
def test_the_correct_answer_greets_by_name(path: str, body: str) -> None:
    assert right_body(path) == body
    head, _, sent = right(path).partition(b"\r\n\r\n")
    assert sent == body.encode()
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(body),
    ]


def test_a_delayed_answer_is_due_after_the_delay() -> None:
    assert dues(Delayed(5), [10, 10, 12]) == [15, 15, 17]
    assert all(reply == Reply(right("/"), reply.due_ns) for reply in replies(Delayed(5), [10, 20]))


def test_a_queue_serves_one_request_after_the_other() -> None:
    assert dues(Queue(5), [100, 101, 102, 200, 203, 210]) == [105, 110, 115, 205, 210, 215]


def test_a_queue_is_empty_when_it_begins_again() -> None:
    queue = Queue(5)
    assert dues(queue, [100, 100]) == dues(queue, [100, 100]) == [105, 110]


def test_requests_that_arrive_in_a_stall_are_served_when_it_ends() -> None:
    arrivals_ns = [0, 4 * S - 1, 4 * S, int(4.25 * S), 5 * S - 1, 5 * S, 13 * S, int(14.5 * S), 15 * S]
    served_at = [0, 4 * S - 1, 5 * S, 5 * S, 5 * S, 5 * S, 13 * S, 15 * S, 15 * S]
    epoch = 7 * S
    expected = [epoch + at + 2 * MS for at in served_at]
    assert dues(STALLING, [epoch + at for at in arrivals_ns]) == expected


def test_one_request_in_every_few_is_never_answered() -> None:
    assert [due == NEVER_NS for due in dues(BlackHole(3), [1] * 7)] == [False, False, True, False, False, True, False]


@given(st.sampled_from(EACH), st.lists(st.integers(1, 20 * S), min_size=1, max_size=50))
def test_answers_are_due_in_the_order_of_arrival_and_never_before_it(
    behaviour: Behaviour, arrivals_ns: list[int]
) -> None:
    arrivals_ns = sorted(arrivals_ns)
    due_ns = dues(behaviour, arrivals_ns)
    given_ns = [due for due in due_ns if due != NEVER_NS]
    assert given_ns == sorted(given_ns)
    assert all(due == NEVER_NS or due >= arrival for due, arrival in zip(due_ns, arrivals_ns, strict=True))


@pytest.mark.parametrize("every", [5, 7, 1000])
def test_each_kind_of_wrong_answer_comes_once_in_every_cycle(every: int) -> None:
    decide = Faulty(tuple(Wrong), every).begin()
    found = Counter(decide(number, f"/hello/n{number}", number).wrong for number in range(1, 10 * every + 1))
    assert [found[wrong] for wrong in Wrong] == [10] * 5
    assert found[None] == 10 * (every - 5)


def test_each_wrong_answer_differs_from_the_correct_one_in_its_kind_only() -> None:
    decide = Faulty(tuple(Wrong), 5).begin()
    body, media_type, length, other, status = (decide(number, f"/hello/n{number}", 0) for number in range(1, 6))
    assert body.payload == right("/hello/n1")[:-1] + b"?"
    assert media_type.payload == right("/hello/n2").replace(b"plain", b"html")
    assert length.payload == right("/hello/n3").replace(b"Length: 10", b"Length: 11")
    assert other.payload == right("/hello/n3")
    assert status.payload == right("/hello/n5").replace(b"200 OK", b"500 Internal Server Error")
    assert [reply.wrong for reply in (status, body, media_type, length, other)] == list(Wrong)
    assert [reply.closes for reply in (status, body, media_type, length, other)] == [False, False, False, True, False]


def test_the_value_of_another_request_is_correct_where_both_values_are_equal() -> None:
    decide = Faulty((Wrong.OTHER_VALUE,), 1).begin()
    assert [decide(number, "/hello/Ada", 0).wrong for number in (1, 2, 3)] == [Wrong.OTHER_VALUE, None, None]


@pytest.mark.parametrize(("kinds", "every"), [((), 10), ((Wrong.BODY, Wrong.STATUS), 1)])
def test_more_kinds_than_requests_or_no_kind_is_refused(kinds: tuple[Wrong, ...], every: int) -> None:
    with pytest.raises(ValueError, match="kinds of wrong answers"):
        Faulty(kinds, every)


@pytest.mark.parametrize("behaviour", EACH)
def test_a_behaviour_is_the_same_after_encode_and_decode(behaviour: Behaviour) -> None:
    arrived = decode(encode(behaviour))
    assert type(arrived) is type(behaviour)
    assert replies(arrived, [1, 2, 5 * S]) == replies(behaviour, [1, 2, 5 * S])
