"""Bytes of a sentence that the machine has, and not the app: `on a box with 16 GB of memory`, `a 10 Gbit/s network`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.importing.units import TRANSFER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.subjects import Mention

OF_MACHINE = "what the machine or a container has, and not what the app takes"
_LARGE = frozenset({"GB", "GiB"})
_BYTES = _LARGE | {"KB", "MB", "KiB", "MiB", TRANSFER}
_MACHINE = (
    r"(?:boxe?s?|machines?|servers?|vms?|vps|(?:cloud|ec2|aws|gce|test|build)\s(?:instances?|nodes?)|(?<!per\s)(?<!each\s)instances?"
    r"|hosts?|laptops?|notebooks?|desktops?|workstations?|pcs?|nodes?|droplets?|computers?|macbooks?(?:\s(?:pro|air))?"
    r"|mac\smini|raspberry\spi|containers?|pods?|hardware|\w{1,4}\.\d{0,2}x?(?:large|medium|small|micro|nano|metal)"
    r"|(?:test)?rechner|(?:test)?maschinen?|knoten|laptops?|ordinateurs?|serveurs?|conteneurs?|portables?|máquinas?|servidor(?:es)?"
    r"|ordenador(?:es)?|contenedor(?:es)?|computador(?:es)?|contêiner(?:es)?)"
)
# Between the machine and what it has, and not the word for what an app does.
_HAS = (
    r"(?:with|has|had|have|having|featuring|and|of|plus|mit|hat|hatte|und|avec|a|avait|et|ayant|dotée?|con|com|tiene|tem"
    r"|y|e|de|von)"
)
_TAKES = (
    r"(?:needs?|needed|us(?:es|ed|ing|e)|takes?|took|consum\w+|requires?|required|reach\w*|serv(?:es|ed|ing)|sits?|stays?|idl\w+|its?"
    r"|footprint|images?|binar\w+|executables?|rss|braucht\w*|benötig\w+|verbrauch\w*|beleg\w+|nutz\w+|utilis\w+|consomm\w+|occup\w+|usa|usan|necesita\w*|ocupa\w*)"
)
_OF_IT = re.compile(
    rf"\b{_MACHINE}\b(?:(?!\b{_TAKES}\b)[^.;:!?]){{0,40}}?(?:\b{_HAS}\s|[(,/+]\s?)(?:(?!\b{_TAKES}\b)[^.;:!?]){{0,40}}$",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"\b(?:r[au]n|runs|running|tested|measured|benchmarked|driven)\son\s(?:an?\s|only\s|just\s)?$|\bof\s(?:the|its)\s$"
    r"|\b(?:lief|liefen|läuft|laufen|getestet|gemessen)\sauf\s$|\b(?:tourn\w+|testé\w*|mesuré\w*|exécut\w+)\ssur\s$",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"\b(?:limit\w*\s(?:to|of)|capped\sat|cap\sof|restricted\sto|(?:begrenzt|beschränkt)\sauf|limitée?s?\sà|limitad[oa]s?\sa)\s$"
    r"|(?:\b|speicher-?)(?:limits?|limite|límite)(?:\s(?:is|was|at|von|de|(?:lag\s|liegt\s)?bei|à|est|es))?\s?[:=]?\s?$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\W*(?:(?:test|benchmark)[\s-]?)?(?:hardware|machine|environment|set-?up|server|host|vm|system|specs?|umgebung|rechner"
    r"|matériel|environnement|entorno|ambiente)\b[^:.]{0,20}:[^.;]*$",
    re.IGNORECASE,
)
_MEMORY = r"(?:ram|memory|ddr\d\w*|(?:arbeits)?speicher|(?:de\s)?(?:mémoire|ram|memoria|memória)(?:\svive)?)"
_NAMES_IT = re.compile(
    rf"\s?(?:of\s|an\s)?(?:{_MEMORY}[\s-])?(?:(?:boxe?s?|machines?|vms?|vps|laptops?|hosts?|droplets?|nodes?|instances?|servers?|containers?"
    r"|rechner|maschinen?|serveurs?)\b(?!\s(?:image|binar|executable|process))"
    r"|ddr\d|(?:(?:nvme|sata|fast|of|de)\s){0,2}(?:ssds?|hdds?|nvmes?|dis[ck]s?|storage|swap|networks?|nics?|links?|uplinks?|ethernet|lan"
    r"|netzwerk\w*|netz|festplatten?|disques?|réseaux?|discos?|red|rede)\b"
    rf"|(?:{_MEMORY}\s)?(?:limits?|caps?)\b)",
    re.IGNORECASE,
)
_CPUS = r"\d+(?:\.\d+)?[-\s]?(?:v?cpus?|(?:cpu[-\s])?(?:cores?|kernen?|kerne|cœurs|coeurs|núcleos))"
_BEHIND_CPUS = re.compile(rf"\b{_CPUS}\b[\s,/+&(]*(?:(?:and|with|und|mit|et|avec|y|con|e|com)\s)?$", re.IGNORECASE)
_BEHIND_MODEL = re.compile(
    r"\b(?:ryzen|threadripper|epyc|xeon|intel|amd|graviton\d?|apple|snapdragon|core\si[3579]|i[3579]-\d\w+|m[1-5](?:\s(?:pro|max|ultra))?)"
    r"\b[^.;:()]{0,40}$",
    re.IGNORECASE,
)
_BEFORE_CPUS = re.compile(
    rf"\s?(?:of\s)?(?:{_MEMORY})?[\s,/+&(]*(?:(?:and|with|und|mit|et|avec|y|con|e|com)\s)?{_CPUS}\b", re.IGNORECASE
)
_RESIDENT = re.compile(r"\s(?:of\s)?(?:rss|resident)\b", re.IGNORECASE)
_LOOK_BACK = 120


def is_of_machine(plain: str, amount: Amount, mentions: Sequence[Mention]) -> bool:
    """Return whether an amount of a sentence is the memory, disk or network of a machine, or a limit.

    Args:
        plain: The sentence.
        amount: The amount.
        mentions: The frameworks that it names: what stands before one of them is not about a number behind it.
    """
    if amount.unit not in _BYTES or _RESIDENT.match(plain, amount.end):
        return False
    begin = max([0, amount.start - _LOOK_BACK, *(one.end for one in mentions if one.end <= amount.start)])
    before = plain[begin : amount.start]
    if _OF_IT.search(before) or _RUN_ON.search(before) or _LIMITED.search(before) or _NAMES_IT.match(plain, amount.end):
        return True
    is_listed = (
        _HEAD.match(plain, 0, amount.start)
        or _BEHIND_CPUS.search(before)
        or _BEHIND_MODEL.search(before)
        or _BEFORE_CPUS.match(plain, amount.end)
    )
    return amount.unit in _LARGE and is_listed is not None
