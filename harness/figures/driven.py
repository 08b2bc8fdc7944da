"""What a run drove, compared with the conditions that a figure states.

Pure: evidence in, the evidence that fulfils the conditions out, or the reason why there is none. It must not know any
number of a result.

Each piece of evidence has a value of every condition that its metric depends on: a throughput depends on the load and
on how the target is served, a start on the latter, a size on neither. A condition on which a metric does not depend
excludes nothing. An unknown value (a variant that the project does not have) fulfils no condition. The duration of a
load excludes nothing: a rate is one per second of steady load, whatever the duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from harness.figures.conditions import Conditions, Mode, Payload, State, describe, servers_in
from harness.metrics.catalogue import (
    THROUGHPUT_PEAK,
    Family,
    family_of,
    load_named,
    parse,
)
from harness.metrics.names import segments, stem_of
from harness.metrics.words import enumeration, phrase_of, wanted_in_words
from harness.model import VariantClass, Verdict, subject_in_words, title_of
from harness.units import cpus_in_words, unrounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.figures.published import Evidence, Figure
    from harness.model import Plan, Result, Run, Subject, Target, Variant

    Values = Mapping[str, tuple[Any, ...]]

NO_TARGETS: Mapping[str, Target] = MappingProxyType({})
_PAYLOADS = {
    "hello": Payload.PLAIN,
    "json_body": Payload.JSON,
    "path_value": Payload.PATH,
    "post_json": Payload.POST,
}
_UNDER_LOAD = frozenset({Family.THROUGHPUT, Family.LATENCY, Family.CPU, Family.LIMITS})
_SERVED = _UNDER_LOAD | {Family.MEMORY, Family.COLD_START}
# Conditions that a run drives at levels; all others are of its setup.
_LEVELS = frozenset({"connections", "rate_per_s", "is_concurrent", "state", "statistic"})
# Conditions of a ratio that one of its two sides can fulfil for both.
_OF_EITHER_SIDE = frozenset({"servers", "others"})
_SELECTS_NOTHING = frozenset({"duration_s"})
_PLURAL = {"keep_alive": "keep-alive", "cpus": "CPUs"}


@dataclass(frozen=True, slots=True)
class Setting:
    """The configuration of a run.

    Attributes:
        plan: Its plan.
        most_connections: Its largest number of connections.
        targets: The targets of the project.
        versions: Targets with the measured versions of their frameworks as pages state them: `version 3.1`.
    """

    plan: Plan
    most_connections: int
    targets: Mapping[str, Target]
    versions: frozenset[tuple[str, str]] = frozenset()

    def variant(self, subject: Subject) -> Variant | None:
        """Return the variant of a subject; None if the project no longer has it."""
        target = self.targets.get(subject.target)
        variants = target.variants if target else ()
        return next((variant for variant in variants if variant.name == subject.variant), None)


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence that fulfils the conditions of a figure; or, if there is none, verdict and reason."""

    evidence: tuple[Evidence, ...]
    verdict: Verdict = Verdict.NOT_COMPARABLE
    reason: str = ""


def setting_of(run: Run, targets: Mapping[str, Target] = NO_TARGETS) -> Setting:
    """Return the configuration of a run with the targets of the project."""
    profile = run.plan.profile
    versions = frozenset((name, word) for name, one in targets.items() for word in _version_words(run, name, one))
    return Setting(run.plan, max(*profile.connections, profile.other_connections), targets, versions)


def _version_words(run: Run, name: str, target: Target) -> Iterator[str]:
    """Yield the version of a target's first package, its framework, whole and without its last parts."""
    images = run.environment.get("images")
    image = images.get(name) if isinstance(images, Mapping) else None
    known = image.get("versions") if isinstance(image, Mapping) else None
    version = known.get(target.packages[0]) if isinstance(known, Mapping) and target.packages else None
    parts = str(version or "").removeprefix("v").split(".")
    yield from (f"version {'.'.join(parts[:count])}" for count in range(1, len(parts) + 1) if version)


def states_load(figure: Figure) -> bool:
    """Return whether a figure or its metric states a load, so that a metric that depends on it can confirm it."""
    stated = figure.stated
    if stated.connections is not None or stated.rate_per_s is not None:
        return True
    return figure.metric is not None and load_named(figure.metric) is not None


def select(figure: Figure, pieces: Sequence[Evidence], setting: Setting, absent: Iterable[Result] = ()) -> Selection:
    """Return the evidence that fulfils the conditions of a figure.

    Conditions that exclude each other, and a setup that was not driven, make a figure not comparable. A level that was
    not driven makes it not measured.

    Args:
        figure: The figure.
        pieces: All numbers of its metric and target.
        setting: The configuration of the run.
        absent: The results of its metric and target without a number, each with the run's reason.
    """
    stated = figure.stated
    conflict = stated.conflict or _conflict_with_metric(figure)
    if conflict:
        return Selection((), reason=f"It states {conflict[0]} and {conflict[1]}, which exclude each other.")
    wanted = _wanted(stated)
    values = {piece: _values_of(piece, figure, setting) for piece in pieces}
    unknown = [word for word in stated.others if not any(_has(of, "others", word) for of in values.values())]
    if unknown:
        return Selection((), reason=f"It is stated for {_quoted(unknown)}, which no run here reproduces.")
    setup = [piece for piece in pieces if _fulfils(values[piece], wanted, of_levels=False)]
    chosen = tuple(piece for piece in setup if _fulfils(values[piece], wanted, of_levels=True))
    if chosen or not pieces:
        return Selection(chosen)
    reason = _reason_of_run(figure, wanted, absent, setting)
    if reason is None and not setup:
        return Selection((), reason=_setup_not_driven(wanted, values))
    reason = reason or _level_not_driven(
        figure, [values[piece] for piece in setup], title_of(figure.target, setting.targets)
    )
    return Selection((), Verdict.NOT_MEASURED, reason)


def _reason_of_run(
    figure: Figure, wanted: Sequence[tuple[str, Any]], absent: Iterable[Result], setting: Setting
) -> str | None:
    """Return the run's own reason for the first absent result that fulfils all conditions; None without one."""
    for result in absent:
        values = _values([result.subject], result.metric, result.scenario, figure, setting)
        if result.reason and all(_has(values, *one) for one in wanted):
            return in_words_of_run(result, setting.targets)
    return None


def in_words_of_run(result: Result, targets: Mapping[str, Target]) -> str:
    """Return the sentence of a result without a number, with the run's reason."""
    who = subject_in_words(result.subject, targets)
    return f"The run has no {phrase_of(result.metric)} of {who}: {(result.reason or '').rstrip('.')}."


def _wanted(stated: Conditions) -> list[tuple[str, Any]]:
    """Return the stated conditions that select evidence, as pairs of field and value."""
    fields = [(field, value) for field, value in stated.stated().items() if field not in _SELECTS_NOTHING]
    return [*fields, *(("servers", name) for name in stated.servers), *(("others", word) for word in stated.others)]


def _conflict_with_metric(figure: Figure) -> tuple[str, str] | None:
    """Return the load of the metric and the stated one if they differ."""
    metric = figure.metric or ""
    load = load_named(metric) if metric else None
    for field in ("connections", "rate_per_s"):
        named, stated = getattr(load, field, None), getattr(figure.stated, field)
        if named is not None and stated is not None and named != stated:
            return f"{wanted_in_words(metric)} as its metric", describe(field, stated)
    return None


def _values_of(piece: Evidence, figure: Figure, setting: Setting) -> Values:
    sides = [piece.subject, *([piece.reference] if piece.reference else [])]
    return _values(sides, piece.metric, piece.scenario, figure, setting)


def _values(sides: Sequence[Subject], metric: str, scenario: str | None, figure: Figure, setting: Setting) -> Values:
    """Return the value of each condition on which a number depends, once for each side of a ratio."""
    load = {**_load_of(metric, scenario, figure, setting), "instances": 1}
    both = [{**load, **_setup_of(side, metric, scenario, setting)} for side in sides]
    return {field: tuple(side[field] for side in both) for field in both[0]}


def _load_of(metric: str, scenario: str | None, figure: Figure, setting: Setting) -> dict[str, Any]:
    """Return level, payload and state; a key is missing if the metric does not depend on it."""
    named, family = parse(metric), family_of(metric)
    if named is None or family not in {*_UNDER_LOAD, Family.MEMORY}:
        return {"state": None}
    if family is Family.MEMORY:
        return _load_of_memory(metric, figure, setting)
    connections = named.parameters.connections
    values: dict[str, Any] = {"state": State.PEAK if named.metric is THROUGHPUT_PEAK else State.LOADED}
    values["payload"] = _PAYLOADS.get(scenario or "")
    if family is not Family.LIMITS:
        values |= {"connections": connections, "rate_per_s": named.parameters.rate_per_s}
        values["is_concurrent"] = connections is not None and connections > 1
    if family is Family.LATENCY:
        values["statistic"] = segments(metric)[-1]
    return values


def _load_of_memory(metric: str, figure: Figure, setting: Setting) -> dict[str, Any]:
    """Return the load before a memory was read: none if idle, else that of the largest level."""
    last = segments(metric)[-1]
    state = next((state for state in State if state.name.casefold() == last), None)
    is_idle = state is State.IDLE
    if is_idle and (figure.stated.state is State.IDLE or stem_of(figure.metric or "") is None):
        return {"state": state}  # the figure means the idle memory, so no load matters to it
    return {"connections": None if is_idle else setting.most_connections, "rate_per_s": None, "state": state}


def _setup_of(subject: Subject, metric: str, scenario: str | None, setting: Setting) -> dict[str, Any]:
    """Return how a subject was served; a key is missing if the metric does not depend on it."""
    names = frozenset(word.casefold() for word in (str(subject), subject.target, subject.variant, scenario) if word)
    names |= {word for target, word in setting.versions if target == subject.target}
    if family_of(metric) not in _SERVED:
        return {"others": names}
    variant, cpus = setting.variant(subject), setting.plan.cpus_of(subject)
    values: dict[str, Any] = {"others": names, "cpus": cpus, "is_tuned": False}
    values |= dict.fromkeys(("workers", "threads", "keep_alive", "mode", "servers"))
    if variant is None:
        return values
    is_development = variant.variant_class is VariantClass.DEVELOPMENT
    return values | {
        "is_tuned": variant.variant_class is VariantClass.TUNED,
        "workers": variant.workers_on(cpus),
        "threads": variant.threads or None,
        "keep_alive": not variant.closes_connections,
        "mode": Mode.DEVELOPMENT if is_development else Mode.PRODUCTION,
        "servers": _servers_of(setting.targets[subject.target], variant),
    }


def _servers_of(target: Target, variant: Variant) -> frozenset[str]:
    """Return the servers that a variant's command, environment or summary names.

    If no variant of the target names one, the target's own summary does.
    """
    own = {
        one.name: servers_in(" ".join((*one.command, *one.environment.values(), one.summary)))
        for one in target.variants
    }
    return own[variant.name] if any(own.values()) else servers_in(target.summary)


def _has(values: Values, field: str, wanted: Any) -> bool:  # noqa: ANN401 - of any field
    """Return whether evidence with these values fulfils one condition."""
    if field not in values:
        return True
    if field in _OF_EITHER_SIDE:
        return any(wanted.casefold() in (side or ()) for side in values[field])
    if field == "mode" and wanted is Mode.DEVELOPMENT:
        return wanted in values[field]
    return all(side == wanted for side in values[field])


def _fulfils(values: Values, wanted: Iterable[tuple[str, Any]], *, of_levels: bool) -> bool:
    return all(_has(values, field, value) for field, value in wanted if (field in _LEVELS) is of_levels)


def _setup_not_driven(wanted: Iterable[tuple[str, Any]], values: Mapping[Evidence, Values]) -> str:
    """Return the conditions of the setup that nothing fulfils, and what was driven in their place."""
    setup = [(field, value) for field, value in wanted if field not in _LEVELS]
    missing = [one for one in setup if not any(_has(of, *one) for of in values.values())]
    stated = enumeration([_said(*one) for one in missing or setup])
    if not missing:
        return f"Nothing was driven with all of its conditions: {stated}."
    driven = "; ".join(dict.fromkeys(_driven(field, values.values()) for field, _ in missing))
    verb = "was" if len(missing) == 1 else "were"
    cpus = next((value for field, value in missing if field == "cpus"), None)
    hint = f" `harness run --target-cpus {cpus}` gives each target {cpus_in_words(cpus)}." if cpus else ""
    return f"It is stated for {stated}, which {verb} not driven. Driven: {driven}.{hint}"


def _driven(field: str, values: Iterable[Values]) -> str:
    """Return all values of a field that were driven: `1 worker`."""
    sides = (side for of in values for side in of.get(field, ()))
    return enumeration(list(dict.fromkeys(_said(field, side) for side in sides)))


def _said(field: str, value: Any) -> str:  # noqa: ANN401 - the value of any field
    if value is None or value == frozenset():
        return f"unknown {_PLURAL.get(field, field)}"
    if isinstance(value, frozenset):
        return enumeration(sorted(value))
    return str(value) if field in {"servers", "others"} else describe(field, value)


def _level_not_driven(figure: Figure, values: Sequence[Values], title: str) -> str:
    """Return at which levels a target was driven, and at which one of the figure it was not."""
    for field, unit in (("connections", "connections"), ("rate_per_s", "req/s")):
        stated = getattr(figure.stated, field)
        levels = {side for of in values for side in of.get(field, ()) if side is not None}
        if stated is not None and levels and stated not in levels:
            if family_of(figure.metric or "") is Family.MEMORY:
                return _read_after(title, levels, stated, unit)
            return driven_at(title, levels, stated, unit)
    what = wanted_in_words(figure.metric or figure.label)
    return f"The run has no {what} of {title} for {_quoted(figure.conditions)}."


def _read_after(target: str, levels: Iterable[float], stated: float, unit: str) -> str:
    """Return the sentence of a memory that was read after another load than the stated one."""
    read = enumeration([unrounded(level) for level in sorted(levels)])
    return f"The run read the memory of {target} after {read} {unit}, and not after {unrounded(stated)}."


def driven_at(target: str, levels: Iterable[float], stated: float, unit: str) -> str:
    """Return the sentence of a level that was not driven."""
    driven = enumeration([unrounded(level) for level in sorted(levels)])
    return f"The run drove {target} at {driven} {unit}, not at {unrounded(stated)}."


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
