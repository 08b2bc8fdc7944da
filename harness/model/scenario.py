"""Traits of a scenario: what its locustfile can and can't do under the harness.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Pace(StrEnum):
    """What gives the load: the target, or the users' own pauses.

    EAGER: users send the next request when the last one is answered. PACED: users pause, or a LoadTestShape decides
    their number, so their load is the same at any target that keeps up.
    """

    EAGER = "eager"
    PACED = "paced"


@dataclass(frozen=True, slots=True)
class ScenarioTraits:
    """Traits of a scenario, as the generator's process finds them in its locustfile.

    Attributes:
        name: The scenario's name.
        requests: Its requests, for people: `GET /hello/{name}`, or a class and its task.
        drives_open: Whether it can be driven with open load: its users are lane users.
        pauses: The pauses of its users, for people: `Visitor: between(1, 10)`.
        mean_pause_s: Mean pause after a task of the users that pause, drawn from their wait times; 0 without pauses.
        shape: Name of its LoadTestShape class.
        shape_s: Time until the shape ends; None if it does not end within an hour.
        shape_users: Largest number of users of the shape; None without a shape, or if it is not known.
        tags: The tags of its tasks.
        options: Command-line options that it adds.
        notes: What differs under the harness, a sentence each.
        classes: Its user classes, in the order in which Locust spawns their first users; empty with a shape.
        first_users: The least number of users among which each of these classes has one.
        most_users: Number of users if all of these classes have a fixed one; None if it follows the load.
    """

    name: str
    requests: tuple[str, ...]
    drives_open: bool
    pace: Pace = Pace.EAGER
    pauses: tuple[str, ...] = ()
    mean_pause_s: float = 0.0
    shape: str | None = None
    shape_s: float | None = None
    shape_users: int | None = None
    tags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    first_users: tuple[int, ...] = ()
    most_users: int | None = None

    def undriven(self, users: int) -> str | None:
        """Return which users a load of so many lacks: `1 user: only class Browser is driven, ...`.

        None if it lacks none.
        """
        if self.most_users is not None and users > self.most_users:
            verb = "are" if self.most_users > 1 else "is"
            return f"{users} users: only {self.most_users} {verb} driven, because each class has a fixed_count"
        first = dict(zip(self.classes, self.first_users, strict=True))
        driven = [name for name, least in first.items() if least <= users]
        if len(driven) == len(first):
            return None
        classes, verb = (
            f"class{'es' if len(driven) > 1 else ''} {', '.join(driven)}",
            "are" if len(driven) > 1 else "is",
        )
        needed = f"{', '.join(name for name in first if name not in driven)} only from {max(self.first_users)} users on"
        return f"{users} user{'s' if users > 1 else ''}: only {classes} {verb} driven, as Locust spawns them; {needed}"
