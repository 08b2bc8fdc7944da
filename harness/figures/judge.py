"""The verdicts of a run on published figures.

Pure: figures and a summary in, judgements out. It must not know how a result was measured, only what the result states.

**Claim.** The printed number, widened by its rounding (`printed.rounding_of`). A bound such as `12+` is open at one
side.
**Evidence.** All results with a number for the figure's target, of any variant, scenario and load, whose metric is the
figure's or belongs to its family. For a ratio: all comparisons of the two targets, inverted if needed. The process
runtime's counterparts of a container's memory and cold start count too, under their own names: a page that does not
state its method can mean either, and no run has both. Conditions that the source states reduce the evidence to the
results that fulfil them. A claim about a ceiling (`throughput.peak`) is about the best result, so its evidence is that
result alone.
**Envelope.** From the lowest to the highest interval end of the evidence.

A claim in words (`states`) is compared with the tested attribute: the same answer confirms it, any other refutes it.
For all other claims the first rule that applies decides:

1. No metric, or no result: `not_measured`; `contradicted` if the page's own figures exclude each other.
2. A condition that no run here fulfils (`Serverless`, 4 workers where one was driven), or two that exclude each other:
   `not_comparable`. A level of load that was not driven: `not_measured`. See `driven`.
3. The claim lies wholly outside the envelope: `refuted`. But if the generator set that end of the envelope (a
   generator-bound throughput is a lower bound, a generator-bound latency an upper one): `inconclusive`.
4. The metric depends on a load that neither the figure nor its metric states (throughput, latency): `not_comparable`.
   Some load gives almost any number inside the envelope, so such a figure can be refuted but not confirmed. The reason
   states its position.
5. Only some of the evidence meets the claim (the variants differ, and the figure names none): `not_comparable`. The
   reason states its position.
6. All evidence meets the claim, but some is too weak to confirm it: it is generator-bound, or its interval spans more
   than a factor of two and extends beyond the claim: `inconclusive`.
7. All evidence meets the claim: `confirmed`.

Rule 4 does not apply to a ratio: load mostly affects both targets alike. If it does not, the evidence differs and rule
5 applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.figures.absence import why_absent
from harness.figures.consistency import disjoint, find_contradictions
from harness.figures.driven import NO_TARGETS, Setting, select, setting_of, states_load
from harness.figures.published import Evidence, Figure, FigureSet, JudgedFigures, Judgement, Verdict
from harness.metrics.catalogue import (
    THROUGHPUT_PEAK,
    depends_on_load,
    parse,
)
from harness.metrics.names import attribute, selects
from harness.metrics.words import load_of
from harness.model import Bound, Subject
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.model import Comparison, Result, Summary, Target

WIDEST_FACTOR = 2.0  # a wider interval (high over low) can't confirm a claim

_CEILING = THROUGHPUT_PEAK.name()


def judge(figures: FigureSet, summary: Summary, targets: Mapping[str, Target] = NO_TARGETS) -> JudgedFigures:
    """Return the judgement of each figure, in the order of its file, and the contradictions within the file.

    Args:
        figures: The figures of one source.
        summary: The run.
        targets: The targets of the project, which say how a subject is served.
    """
    contradictions = find_contradictions(figures)
    disputes = {
        figure.id: contradiction.message
        for contradiction in reversed(contradictions)
        for figure in contradiction.figures
    }
    setting = setting_of(summary.run, targets)
    judgements = tuple(_judge_one(figure, summary, setting, disputes.get(figure.id)) for figure in figures.figures)
    return JudgedFigures(figures, judgements, contradictions)


def _judge_one(figure: Figure, summary: Summary, setting: Setting, dispute: str | None) -> Judgement:
    if figure.states is not None:
        return _judge_words(figure, summary)
    if figure.metric is None:
        return _unmeasured(figure, f"No metric of this harness measures {figure.quantity or figure.label}.", dispute)
    everything = tuple(_results(figure, summary) if figure.of is None else _ratios(figure, summary))
    about = [result for result in summary.results if _is_about(figure, result)]
    if not everything:
        return _unmeasured(figure, why_absent(figure, summary, about, setting.targets), dispute)
    selection = select(figure, everything, setting, about)
    if not selection.evidence and selection.verdict is Verdict.NOT_MEASURED:
        return _unmeasured(figure, selection.reason, dispute)
    if not selection.evidence:
        return Judgement(figure, selection.verdict, selection.reason)
    evidence = _decisive(figure, list(selection.evidence))
    verdict, reason = _weigh(figure, evidence)
    return Judgement(figure, verdict, reason, evidence)


def _judge_words(figure: Figure, summary: Summary) -> Judgement:
    """Return the judgement of a claim on an attribute, by the run's answer to it."""
    for tried in summary.run.attributes:
        if tried.target == figure.target and figure.metric == attribute(tried.name):
            verdict = Verdict.CONFIRMED if tried.answer == figure.states else Verdict.REFUTED
            evidence = tried.evidence.rstrip(".")
            return Judgement(figure, verdict, f"It states: {figure.states}. Tried: {tried.answer}, {evidence}.")
    return _unmeasured(figure, f"The run did not try {figure.metric} of {figure.target}.", None)


def _unmeasured(figure: Figure, why: str, dispute: str | None) -> Judgement:
    if dispute is None:
        return Judgement(figure, Verdict.NOT_MEASURED, why)
    return Judgement(figure, Verdict.CONTRADICTED, f"{why} The page contradicts itself here: {dispute}")


def _is_about(figure: Figure, result: Result) -> bool:
    return result.subject.target == figure.target and _settles(result.metric, figure)


def _settles(metric: str, figure: Figure) -> bool:
    """Return whether a figure names a metric, or the container's counterpart of a process metric."""
    named = parse(metric)
    in_containers = named.metric.in_containers if named else None
    names = (metric, in_containers.name()) if in_containers else (metric,)
    return figure.metric is not None and any(selects(figure.metric, name) for name in names)


def _results(figure: Figure, summary: Summary) -> Iterator[Evidence]:
    for result in summary.results:
        if result.estimate is None or result.low is None or result.high is None or not _is_about(figure, result):
            continue
        may_be_lower, may_be_higher = _slack(result)
        yield Evidence(
            subject=result.subject,
            reference=None,
            scenario=result.scenario,
            metric=result.metric,
            unit=result.unit,
            estimate=result.estimate,
            low=result.low,
            high=result.high,
            may_be_lower=may_be_lower,
            may_be_higher=may_be_higher,
        )


def _slack(result: Result) -> tuple[bool, bool]:
    """Return whether the target may do better than a result because the generator or the round trip was the limit."""
    is_bound = result.bound in {Bound.GENERATOR, Bound.ROUND_TRIP}
    return is_bound and result.unit is Unit.SECOND, is_bound and result.unit is Unit.PER_SECOND


def _ratios(figure: Figure, summary: Summary) -> Iterator[Evidence]:
    slack = {(r.subject, r.scenario, r.metric): _slack(r) for r in summary.results}
    for comparison in summary.comparisons:
        sides = comparison.subject.target, comparison.reference.target
        if not _settles(comparison.metric, figure) or set(sides) != {figure.target, figure.of}:
            continue
        is_inverted = sides != (figure.target, figure.of)
        subject, reference = (comparison.subject, comparison.reference)[:: -1 if is_inverted else 1]
        top, bottom = (
            slack.get((side, comparison.scenario, comparison.metric), (False, False)) for side in (subject, reference)
        )
        yield _ratio(
            comparison, subject, reference, may_be_lower=top[0] or bottom[1], may_be_higher=top[1] or bottom[0]
        )


def _ratio(
    comparison: Comparison, subject: Subject, reference: Subject, *, may_be_lower: bool, may_be_higher: bool
) -> Evidence:
    estimate, low, high = comparison.ratio, comparison.low, comparison.high
    if subject != comparison.subject:
        estimate, low, high = 1 / estimate, 1 / high, 1 / low
    return Evidence(
        subject=subject,
        reference=reference,
        scenario=comparison.scenario,
        metric=comparison.metric,
        unit=Unit.ONE,
        estimate=estimate,
        low=low,
        high=high,
        may_be_lower=may_be_lower,
        may_be_higher=may_be_higher,
    )


def _decisive(figure: Figure, evidence: list[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence by distance from the printed number, nearest first; for a ceiling only the highest."""
    if evidence and figure.of is None and figure.metric == _CEILING:
        return (max(evidence, key=lambda piece: piece.estimate),)
    return tuple(sorted(evidence, key=lambda piece: abs(piece.estimate - figure.nominal)))


def _weigh(figure: Figure, evidence: tuple[Evidence, ...]) -> tuple[Verdict, str]:
    claim = figure.claim
    outside = _outside(figure, evidence)
    if outside is not None:
        return outside
    meeting = [piece for piece in evidence if not disjoint(claim, (piece.low, piece.high))]
    if figure.of is None and not states_load(figure) and any(depends_on_load(piece.metric) for piece in evidence):
        return (
            Verdict.NOT_COMPARABLE,
            f"The page does not say under which load, and {_placed(figure, evidence, meeting)}",
        )
    if len(meeting) < len(evidence):
        return (
            Verdict.NOT_COMPARABLE,
            f"The page does not say which of these it means; {_placed(figure, evidence, meeting)}",
        )
    weak = [piece for piece in evidence if piece.may_be_lower or piece.may_be_higher]
    if weak:
        bound = _text(figure, weak[0])
        return Verdict.INCONCLUSIVE, f"The generator or the round trip was the limit, so {bound} is only a bound."
    wide = [piece for piece in evidence if _is_too_wide(piece, claim)]
    if wide:
        return Verdict.INCONCLUSIVE, f"The measured interval is too wide to confirm it: {_text(figure, wide[0])}."
    return Verdict.CONFIRMED, f"Measured: {_span(figure, evidence)}."


def _is_too_wide(piece: Evidence, claim: tuple[float, float]) -> bool:
    return piece.high > WIDEST_FACTOR * piece.low and not (claim[0] <= piece.low and piece.high <= claim[1])


def _outside(figure: Figure, evidence: tuple[Evidence, ...]) -> tuple[Verdict, str] | None:
    """Return the verdict on a claim outside the envelope, with its reason; None for any other claim."""
    below, above = figure.claim
    lowest, highest = min(evidence, key=lambda piece: piece.low), max(evidence, key=lambda piece: piece.high)
    if above < lowest.low:
        extreme, loose, side = lowest, [piece for piece in evidence if piece.may_be_lower], "more"
    elif below > highest.high:
        extreme, loose, side = highest, [piece for piece in evidence if piece.may_be_higher], "less"
    else:
        return None
    if loose:
        return Verdict.INCONCLUSIVE, (
            f"The generator or the round trip was the limit of {_text(figure, loose[0])}. The true number "
            "may lie beyond it; how far is not known."
        )
    if len(evidence) == 1:
        return Verdict.REFUTED, f"Measured {side}: {_text(figure, extreme)}."
    return Verdict.REFUTED, f"Everything measured is {side}: {_span(figure, evidence)}."


def _placed(figure: Figure, evidence: tuple[Evidence, ...], meeting: list[Evidence]) -> str:
    """Return a clause on the position of a claim among the evidence."""
    if len(evidence) == len(meeting):
        return f"every measured interval overlaps it: {_span(figure, evidence)}."
    if meeting:
        return f"{_text(figure, meeting[0])} overlaps it; all that was measured is {_span(figure, evidence)}."
    return f"it lies between what was measured: {_span(figure, evidence)}."


def _span(figure: Figure, evidence: tuple[Evidence, ...]) -> str:
    lowest, highest = (pick(evidence, key=lambda piece: piece.estimate) for pick in (min, max))
    if lowest == highest:
        return _text(figure, lowest)
    return f"{_text(figure, lowest)} to {_text(figure, highest)}"


def _text(figure: Figure, piece: Evidence) -> str:
    """Return a piece of evidence in the printed unit, with its interval, subject, scenario and load."""
    return f"{figure.unit.say_interval(piece.estimate, piece.low, piece.high)} ({_circumstances(piece)})"


def _circumstances(piece: Evidence) -> str:
    who = str(piece.subject) if piece.reference is None else f"{piece.subject} over {piece.reference}"
    return ", ".join(part for part in (who, piece.scenario, load_of(piece.metric)) if part)
