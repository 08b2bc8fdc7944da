"""The parts of a verdict's reason: measured numbers in the printed unit, where "here" is, and what a claim would take.

This module must not know the rules that use its parts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.gates import target_cpus
from harness.figures.conditions import State, understand
from harness.figures.printed import is_approximate
from harness.metrics.catalogue import CPU_PER_REQUEST, Family, family_of, parse
from harness.metrics.words import load_of, phrase_of
from harness.model import subject_in_words
from harness.units import Unit, human, significant, unrounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.figures.conditions import Conditions
    from harness.figures.published import Evidence, Figure
    from harness.model import Result, Run, Subject, Summary, Target


def text(figure: Figure, piece: Evidence) -> str:
    """Return a measured number in the printed unit, with its interval, subject, scenario and load."""
    return f"{_number(figure, piece)} ({_circumstances(piece)})"


def named(figure: Figure, piece: Evidence) -> str:
    """Return a measured number with its definition in words: `18 ms [17, 19] (median latency over ..., flask_app)`."""
    words = (phrase_of(piece.metric), _who(piece), piece.scenario)
    return f"{_number(figure, piece)} ({', '.join(filter(None, words))})"


def span(figure: Figure, evidence: Iterable[Evidence]) -> str:
    """Return the lowest and the highest number, or the only one."""
    pieces = tuple(evidence)
    lowest, highest = (pick(pieces, key=lambda piece: piece.estimate) for pick in (min, max))
    return text(figure, lowest) if lowest == highest else f"{text(figure, lowest)} to {text(figure, highest)}"


def claimed(figure: Figure) -> str:
    """Return the claim in the printed unit with its tolerance: `31.5 MB to 38.5 MB (± 10 % for ~)`."""
    low, high = figure.claim
    if math.isinf(low) or math.isinf(high):
        is_least = math.isinf(high) is not figure.unit.falls
        return f"at {'least' if is_least else 'most'} {figure.unit.say(high if math.isinf(low) else low)}"
    if figure.unit.falls:
        low, high = high, low
    tolerance = "± 10 % for ~" if is_approximate(figure.printed) else "its printed tolerance"
    why = tolerance if figure.tolerance > figure.rounding else "its rounding"
    return f"{figure.unit.say(low)} to {figure.unit.say(high)} ({why})"


def views(figure: Figure, piece: Evidence) -> str:
    """Return what all trials and what the second interval of a disturbed number say."""
    everything = f"{text(figure, piece)} by all trials"
    if piece.reference is not None:
        return f"{everything}, and the comparison is inconclusive"
    if piece.is_doubtful or piece.second is None:
        return f"{everything}, and a quota or a stop may have taken any share of the target's time"
    low, high = (figure.unit.say(end) for end in piece.second)
    return f"{everything}, {low} to {high} {'by the undisturbed ones' if piece.is_calm else 'with the noise'}"


def distance(figure: Figure, piece: Evidence) -> str:
    """Return how far a measured number is from the printed one: `a factor of 3.5 below it`."""
    printed = _near_end(figure, piece)
    side = "below" if (piece.estimate < printed) is not figure.unit.falls else "above"
    if not (printed > 0 and piece.estimate > 0):
        return f"{side} it"
    factor = max(printed / piece.estimate, piece.estimate / printed)
    return f"a factor of {significant(factor)} {side} it"


def stated_load(figure: Figure) -> str:
    """Return the load that a figure states without a number: `'Concurrent Load' without a number of connections`."""
    words = [word for word in figure.conditions if _is_load(understand((word,)))]
    quoted = " and ".join(f"'{word}'" for word in words)
    return f"{quoted} without a number of connections or a rate" if words else "no load"


def stated_in_words(figure: Figure) -> str:
    """Return the sentence of the conditions that a figure states, and that do not decide it."""
    quoted = ", ".join(f"'{word}'" for word in figure.conditions)
    return (
        f"The conditions that the page states ({quoted}) do not decide."
        if quoted
        else "No conditions are stated for it."
    )


def _is_load(stated: Conditions) -> bool:
    """Return whether conditions state that there is a load, without saying how much."""
    return bool(stated.is_concurrent) or stated.state in {State.LOADED, State.PEAK}


def here(summary: Summary, evidence: Sequence[Evidence]) -> str:
    """Return the machine, the CPUs of a target, the variants and the loads of some evidence."""
    subjects = dict.fromkeys(side for piece in evidence for side in (piece.subject, piece.reference) if side)
    cpus = sorted({number for subject in subjects if (number := target_cpus(summary.run, subject))})
    parts = [
        cpu_of(summary.run) or "this machine",
        f"{_range(cpus)} CPU{'' if cpus == [1] else 's'} each" if cpus else "",
        ", ".join(dict.fromkeys(piece.subject.variant for piece in evidence)),
        _loads(evidence),
    ]
    return ", ".join(filter(None, parts))


def cpu_of(run: Run) -> str | None:
    """Return the model of the CPU that measured a run; None if it is not stored."""
    machine = run.environment.get("machine")
    cpu = machine.get("cpu") if isinstance(machine, Mapping) else None
    return str(cpu) if cpu else None


def known_cpu_of(run: Run) -> str:
    """Return the model of the CPU that measured a run, or that it is unknown."""
    return cpu_of(run) or "unknown CPU"


def needs(figure: Figure, piece: Evidence, summary: Summary) -> str:
    """Return what it would take to get the printed number: CPUs for a rate, else a faster or another set-up."""
    printed = _near_end(figure, piece)
    if figure.of is not None:
        return "another load, configuration or machine may give it"
    if piece.unit is Unit.PER_SECOND and (cost := _cpu_time(piece, summary)) is not None and cost.estimate:
        cpus = significant(printed * cost.estimate, 2)
        return f"it needs about {cpus} such CPUs at {human(cost.estimate, Unit.SECOND)} of CPU time per request"
    if family_of(piece.metric) is Family.MEMORY:
        return "another configuration (server, workers, load) may give it"
    is_quicker = (piece.unit is Unit.SECOND) is (printed < piece.estimate)
    return f"it needs a {'faster' if is_quicker else 'slower'} machine or another configuration"


def _near_end(figure: Figure, piece: Evidence) -> float:
    """Return the printed number, or the printed end that is nearer to a measured number."""
    ends = [end for end in (figure.low, figure.high) if math.isfinite(end)]
    return min(ends, key=lambda end: abs(end - piece.estimate))


def _cpu_time(piece: Evidence, summary: Summary) -> Result | None:
    """Return the CPU time per request at the piece's load, else the least one of any load."""
    known = parse(piece.metric)
    costs = [
        one
        for one in summary.results
        if one.subject == piece.subject and one.scenario == piece.scenario and one.estimate is not None
        if CPU_PER_REQUEST.parameters(one.metric)
    ]
    same = [one for one in costs if known and CPU_PER_REQUEST.parameters(one.metric) == known.parameters]
    return min(same or costs, key=lambda one: one.estimate or math.inf, default=None)


def _loads(evidence: Sequence[Evidence]) -> str:
    found = [named.parameters for piece in evidence if (named := parse(piece.metric)) is not None]
    levels = sorted({one.connections for one in found if one.connections is not None})
    rates = sorted({one.rate_per_s for one in found if one.rate_per_s is not None})
    parts = []
    if levels:
        parts.append(f"{_range(levels)} connection{'' if levels == [1] else 's'}")
    if rates:
        parts.append(f"{_range(rates)} req/s")
    return " and ".join(parts)


def _range(numbers: Sequence[float]) -> str:
    ends = dict.fromkeys((numbers[0], numbers[-1]))
    return " to ".join(map(unrounded, ends))


def _number(figure: Figure, piece: Evidence) -> str:
    return figure.unit.say_interval(piece.estimate, piece.low, piece.high)


def _who(piece: Evidence) -> str:
    return piece.who or _over(str(piece.subject), str(piece.reference) if piece.reference else None)


def with_names(pieces: Iterable[Evidence], targets: Mapping[str, Target]) -> tuple[Evidence, ...]:
    """Return evidence whose subjects are named by the titles of their targets."""

    def who(subject: Subject) -> str:
        return subject_in_words(subject, targets)

    return tuple(
        replace(one, who=_over(who(one.subject), who(one.reference) if one.reference else None)) for one in pieces
    )


def _over(subject: str, reference: str | None) -> str:
    return subject if reference is None else f"{subject} over {reference}"


def _circumstances(piece: Evidence) -> str:
    return ", ".join(part for part in (_who(piece), piece.scenario, load_of(piece.metric)) if part)
