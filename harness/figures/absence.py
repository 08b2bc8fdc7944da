"""Why a run has no number for a figure.

Pure. The reason is the most exact one that is known: no such metric, no such target, the run's own reason, a level
that was not driven, or a metric that the run did not measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import near
from harness.figures.driven import driven_at, in_words_of_run
from harness.metrics.catalogue import FOR_FIGURES, Named, parse, unit_for_figures
from harness.metrics.names import selects
from harness.metrics.words import wanted_in_words
from harness.model import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.figures.published import Figure
    from harness.model import Result, Summary, Target

_NEAR = 0.8  # `flask_ap` is near `flask_app`, `falcon_app` is another framework


def why_absent(figure: Figure, summary: Summary, about: Iterable[Result], targets: Mapping[str, Target]) -> str:
    """Return why the run has no number for a figure.

    Args:
        figure: A figure with a metric.
        summary: The run.
        about: The results that could have been its evidence.
        targets: The project's targets by name.
    """
    metric = str(figure.metric)
    if unit_for_figures(metric) is None:
        return _with_near(f"There is no metric '{metric}'.", near(metric, FOR_FIGURES))
    known = {*targets, *(subject.target for subject in summary.run.plan.subjects)}
    for name in (figure.target, figure.of):
        if name is not None and name not in known:
            return _with_near(f"There is no target '{name}' here.", near(name, known, _NEAR))
    if figure.of is not None:
        sides = [title_of(name, targets) for name in (figure.target, figure.of)]
        return f"The run does not compare {sides[0]} with {sides[1]} in {wanted_in_words(metric)}."
    absent = [result for result in about if result.reason]
    if absent:
        return in_words_of_run(absent[0], targets)
    title = title_of(figure.target, targets)
    return _other_levels(figure, summary, title) or _not_measured(metric, summary, title)


def _with_near(sentence: str, nearest: str | None) -> str:
    return f"{sentence} Did you mean '{nearest}'?" if nearest else sentence


def _other_levels(figure: Figure, summary: Summary, title: str) -> str | None:
    """Return at which levels the run drove the figure's metric, if it names a level that was not driven."""
    named = parse(str(figure.metric))
    if named is None:
        return None
    for field, unit in (("connections", "connections"), ("rate_per_s", "req/s")):
        stated = getattr(named.parameters, field)
        levels = {getattr(other.parameters, field) for other in _of_same_metric(figure, named, summary)}
        if stated is not None and levels and stated not in levels:
            return driven_at(title, levels, stated, unit)
    return None


def _of_same_metric(figure: Figure, named: Named, summary: Summary) -> Iterable[Named]:
    names = (parse(result.metric) for result in summary.results if result.subject.target == figure.target)
    return (other for other in names if other and other.metric is named.metric)


def _not_measured(metric: str, summary: Summary, title: str) -> str:
    if not any(selects(metric, result.metric) for result in summary.results):
        return f"The run did not measure {wanted_in_words(metric)}."
    return f"The run has no {wanted_in_words(metric)} of {title}."
