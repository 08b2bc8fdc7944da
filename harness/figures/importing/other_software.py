"""Numbers of a sentence that are those of other software: `Nginx alone serves 40,000 req/s`, a load balancer's limit.

Load tools are not in the table: what `wrk` reports is a result of the framework.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.subjects import Mention

OTHER_SOFTWARE = "its sentence is about other software, and no framework"
_PROGRAM = (
    r"(?:nginx|apache|haproxy|envoy|traefik|caddy|redis|memcached|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|sqlite|kafka|rabbitmq"
    r"|cloudflare|load[\s-]?balancers?|(?:reverse[\s-])?prox(?:y|ies)|(?:api[\s-])?gateways?|databases?|db|caches?|datenbank(?:en)?"
    r"|base\sde\sdonn\u00e9es|base\sde\sdatos|banco\sde\sdados)"
)
_ARTICLE = r"(?:the|our|its|an?|this|die|der|das|unsere?|la|le|el|o|a|notre|nuestra|nosso)"
_SUBJECT = re.compile(
    rf"(?:^|[.;,:]\s)\W*(?:{_ARTICLE}\s)?(?:[^\W\d]+\s)??{_PROGRAM}(?:\s(?:alone|itself|server|allein|selbst|seule?|solo))?"
    r"\s(?!(?:with|and|or|plus|in|before|behind|mit|und|oder|et|y|e)\s)[^.;,:]*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"\s(?:in|at|by|of|from|im|am|vom|von)\s(?:{_ARTICLE}\s)?(?:[^\W\d]+\s)??{_PROGRAM}\b", re.IGNORECASE
)


def is_of_other_software(plain: str, amount: Amount, mentions: Sequence[Mention]) -> bool:
    """Return whether a number of a sentence is one of other software, with no framework before it."""
    if any(one.end <= amount.start for one in mentions):
        return False
    return _SUBJECT.search(plain[: amount.start]) is not None or _BEHIND.match(plain, amount.end) is not None
