"""Order in which Locust spawns the users of several classes: fixed numbers first, then by weight."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

from locust.dispatch import UsersDispatcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locust import User

_MOST = 10_000  # users of a plan: a class that has none among so many is taken for one without users


def spawn_order(kinds: Sequence[type[User]]) -> Iterator[str]:
    """Yield the names of the classes of the first, second and further user, without an end if a class has a weight."""
    order = UsersDispatcher([], list(kinds))._user_gen()  # noqa: SLF001 - Locust has no other name for its order
    yield from takewhile(lambda name: name is not None, order)


def first_users(kinds: Sequence[type[User]]) -> dict[str, int]:
    """Return the least number of users among which each class has one, in the order of these numbers."""
    wanted = sum(kind.weight > 0 or kind.fixed_count > 0 for kind in kinds)
    found: dict[str, int] = {}
    for number, name in enumerate(islice(spawn_order(kinds), _MOST), start=1):
        found.setdefault(name, number)
        if len(found) == wanted:
            break
    return found
