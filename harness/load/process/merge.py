"""Merge of reports: the newest report of each worker, and the exact sum of the workers' results of one slice.

A report has the whole state, not only the changes, and a sequence number that grows. So a worker's newest report
replaces all earlier ones, and a lost, repeated or late report changes nothing. This module does not know how reports
are sent.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.histogram import Histogram
from harness.load.process.complaints import Complaints
from harness.model import EndpointResult, SliceResult, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.model import ErrorKind


class ReportMerge:
    """Merge of reports: keeps the newest report of each worker.

    A report has a `sequence`, which is larger in each later report of the same worker.
    """

    def __init__(self) -> None:
        self._newest: dict[str, Mapping[str, Any]] = {}

    def note(self, worker: str, report: Mapping[str, Any]) -> bool:
        """Store a report if it is newer than the stored one; return whether it was."""
        stored = self._newest.get(worker)
        if stored is not None and report["sequence"] <= stored["sequence"]:
            return False
        self._newest[worker] = report
        return True

    def newest(self, worker: str) -> Mapping[str, Any]:
        """Return a worker's newest report; empty before the first."""
        return self._newest.get(worker, {})


def merge(parts: Sequence[SliceResult]) -> SliceResult:
    """Return the result of a slice from the results of its shares.

    Counts, histograms and CPU time add up exactly, also by endpoint and by window. The wall time is that of the longest
    share. The utilisation is that of the busiest worker, because one worker at its limit limits the load. The gap is
    the mean over all counted answers.

    Raises:
        ValueError: There are no parts, or they are of different slices.
    """
    if len({(part.number, part.counted_s, len(part.windows)) for part in parts}) != 1:
        raise ValueError("parts of different slices")
    planned = [part.planned for part in parts if part.planned is not None]
    in_flight_s = [part.in_flight_s for part in parts if part.in_flight_s is not None]
    return SliceResult(
        number=parts[0].number,
        sent=sum(part.sent for part in parts),
        verified=sum(part.verified for part in parts),
        errors=_add_errors(parts),
        counted=round(sum(part.counted for part in parts), 6),
        counted_s=parts[0].counted_s,
        wall_s=max(part.wall_s for part in parts),
        generator_cpu_s=round(sum(part.generator_cpu_s for part in parts), 9),
        utilisation=max(part.utilisation for part in parts),
        planned=sum(planned) if planned else None,
        reconnects=sum(part.reconnects for part in parts),
        resent=sum(part.resent for part in parts),
        received_bytes=sum(part.received_bytes for part in parts),
        service=_add(part.service for part in parts),
        response=_add(part.response for part in parts),
        lateness=_add(part.lateness for part in parts),
        first_error=next((part.first_error for part in parts if part.first_error), None),
        endpoints=_add_endpoints(parts),
        windows=tuple(map(_add_windows, zip(*(part.windows for part in parts), strict=True))),
        gap_s=_mean_gap_s(parts),
        in_flight_s=round(sum(in_flight_s), 9) if in_flight_s else None,
        complaints=_add_texts(part.complaints for part in parts),
        first_complaint=next((part.first_complaint for part in parts if part.first_complaint), None),
        prepared=sum(part.prepared for part in parts),
        users_ended=sum(part.users_ended for part in parts),
        failed=_add_texts(part.failed for part in parts),
    )


def _add_texts(counted: Iterable[Mapping[str, int]]) -> dict[str, int]:
    texts = Complaints()
    for part in counted:
        for text, count in part.items():
            texts.add(text, count)
    return texts.take()[0]


def _mean_gap_s(parts: Sequence[SliceResult]) -> float:
    counted = sum(part.counted for part in parts)
    return round(sum(part.gap_s * part.counted for part in parts) / counted, 9) if counted else 0.0


def _add_endpoints(parts: Sequence[SliceResult]) -> dict[str, EndpointResult]:
    together: dict[str, list[EndpointResult]] = {}
    for part in parts:
        for name, endpoint in part.endpoints.items():
            together.setdefault(name, []).append(endpoint)
    return {
        name: EndpointResult(
            sent=sum(one.sent for one in same),
            verified=sum(one.verified for one in same),
            errors=_add_errors(same),
            service=_add(one.service for one in same),
            response=_add(one.response for one in same),
            lateness=_add(one.lateness for one in same),
        )
        for name, same in together.items()
    }


def _add_windows(same_second: Sequence[Window]) -> Window:
    return Window(sum(one.verified for one in same_second), sum(one.errors for one in same_second))


def _add_errors(parts: Sequence[SliceResult | EndpointResult]) -> dict[ErrorKind, int]:
    errors: Counter[ErrorKind] = Counter()
    for part in parts:
        errors.update(part.errors)
    return dict(errors)


def _add(texts: Iterable[str | None]) -> str | None:
    total = Histogram.from_texts(texts)
    return total.to_text() if total.count else None
