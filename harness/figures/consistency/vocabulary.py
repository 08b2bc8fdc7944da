"""The words of labels and section titles that state no condition."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*%?")


def words_in(text: str) -> list[str]:
    """Return words and numbers of a text, in order: `Speed (64)` gives `Speed` and `64`."""
    return _WORD.findall(text)


NAMES = frozenset(
    words_in("""
    all an and are as at by each for from has in into is it its of on or our per than that the this to vs was we with
    est estimated existing global globally overall time total typical worldwide
    average avg mean single instance instances practical
    again claim copy headline label repeated stated summary text
    benchmark benchmarks benchmarked bench framework frameworks result results score test tests value values
    requests request reqs req rps throughput latency latencies response responses speed rate performance
    memory ram rss usage used use consumption footprint size startup start boot launch cold
    count number op ops operation operations
    second seconds secs sec s millisecond milliseconds ms microsecond microseconds us µs ns nanosecond nanoseconds
    minute minutes hour hours thousand thousands million millions kb mb gb kib mib gib byte bytes percent
    against compared over versus
    difference diff ratio relative speedup times x faster slower more less fewer lower higher better
    """)
)
"""Words that name a quantity, its unit, or nothing: `Average Startup Time` and `Startup Time` are one claim."""

STRUCTURE = NAMES | frozenset(
    words_in("""
    above again also another appendix at below bottom chart choose comparison conclusion cons copy details
    differences elsewhere fact facts faq figure figures first frequently asked questions full glance graph headline
    here home if intro introduction key main mention more notes numbers other overview page place planted pros
    readme repeated same second section summary table tables text there top verdict why abstract body discussion
    else features highlights later remarks somewhere statement
    """)
)
"""Words of titles that only order a page: `Summary` is no condition, `Round 22` and `Plaintext` are."""
