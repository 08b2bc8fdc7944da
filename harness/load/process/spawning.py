"""Order in which Locust spawns the users of several classes: fixed numbers first, then by weight.

Several workers have the users of one order in turns, as under Locust's own master.
"""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

from locust.dispatch import UsersDispatcher

from harness.load.share import WHOLE_LOAD, LoadShare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locust import User

_MOST = 10_000  # users of a plan: a class that has none among so many is taken for one without users


def spawn_order(kinds: Sequence[type[User]]) -> Iterator[str]:
    """Yield the names of the classes of the first, second and further user, without an end if a class has a weight."""
    order = UsersDispatcher([], list(kinds))._user_gen()  # noqa: SLF001 - Locust has no other name for its order
    yield from takewhile(lambda name: name is not None, order)


class ShareDispatcher(UsersDispatcher):
    """Dispatcher of a share of the users: at any number of them, those of this share in the order of all users.

    Locust's own dispatcher does not go back in its order when it removes users. A shape may choose other classes at a
    tick: users who stay keep their class, and the order of the chosen classes begins with the next user.

    Attributes:
        share: The share; it may change while there is one user at most.
        users: Number of users of all shares after the next change, if a shape decides it.
    """

    share: LoadShare = WHOLE_LOAD
    users: int = 0
    _users_before = _first = 0  # the place of the first user in the order of the chosen classes

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None
    ) -> None:
        """Begin to change the number of users, as Locust's own dispatcher."""
        order = self._user_generator
        super().new_dispatch(target_user_count, spawn_rate, user_classes)
        if self._user_generator is not order:
            self._first = self._users_before
        self._first = min(self._first, self.users)
        self._users_before = self.users

    def _user_gen(self) -> Iterator[str | None]:
        order = spawn_order(self._user_classes)
        known: list[str] = []
        while True:
            next_ = self.share.place(len(self._active_users))
            self._first = min(self._first, next_)  # the users before may still be on their way
            place = next_ - self._first
            known += islice(order, max(0, place + 1 - len(known)))
            yield known[place] if place < len(known) else None


def first_users(kinds: Sequence[type[User]]) -> dict[str, int]:
    """Return the least number of users among which each class has one, in the order of these numbers."""
    wanted = sum(kind.weight > 0 or kind.fixed_count > 0 for kind in kinds)
    found: dict[str, int] = {}
    for number, name in enumerate(islice(spawn_order(kinds), _MOST), start=1):
        found.setdefault(name, number)
        if len(found) == wanted:
            break
    return found


def most_users(kinds: Sequence[type[User]]) -> int | None:
    """Return how many users Locust spawns at most: all that are fixed; None if a class has as many as are asked for."""
    if any(kind.weight > 0 and not kind.fixed_count for kind in kinds):
        return None
    return sum(kind.fixed_count for kind in kinds)
