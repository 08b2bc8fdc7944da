"""Protocol between the harness and its generator process: encoding and decoding of JSON lines.

`worker` documents the messages, which are the same between a master and its workers. The version changes with every
change of a message.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.errors import MachineError, MeasurementError, UsageError
from harness.foreign_text import encodable
from harness.model import (
    EndpointResult,
    ErrorKind,
    Load,
    LoadKind,
    Pace,
    ScenarioTraits,
    Slice,
    SliceResult,
    Subject,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.errors import HarnessError
    from harness.model import Contract

VERSION = 9
# Between Locust's master and workers: the type of our messages, and the key of our part of a report.
MESSAGE = "harness"
_ERRORS: dict[str, type[HarnessError]] = {
    "usage": UsageError,
    "machine": MachineError,
    "measurement": MeasurementError,
}


def identity() -> dict[str, Any]:
    """Return the identity of this process and its versions; processes with equal `clock` have the same clock."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/time")
    return {
        "protocol": VERSION,
        "harness": __version__,
        "host": platform.node(),
        "pid": os.getpid(),
        "clock": f"{boot.read_text(encoding='ascii').strip()} {namespace.readlink() if namespace.exists() else ''}",
    }


def line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line; half a pair of surrogates in a text of a locustfile becomes another character."""
    return encodable(json.dumps(message, separators=(",", ":"), ensure_ascii=False)).encode() + b"\n"


def encode_slice(order: Slice) -> dict[str, Any]:
    """Return a slice as a JSON object; its subject has the form `target:variant`."""
    return {**dataclasses.asdict(order), "subject": str(order.subject)}


def decode_slice(data: Mapping[str, Any]) -> Slice:
    """Return the slice that `encode_slice` encoded."""
    target, _, variant = data["subject"].partition(":")
    load = Load(**{**data["load"], "kind": LoadKind(data["load"]["kind"])})
    return Slice(**{**data, "subject": Subject(target, variant), "load": load, "starts_s": tuple(data["starts_s"])})


def encode_contracts(contracts: Mapping[str, Contract]) -> dict[str, Any]:
    """Return own contracts of targets as a JSON object: their parts by target and scenario."""
    return {
        target: {scenario: dataclasses.asdict(part) for scenario, part in parts.items()}
        for target, parts in contracts.items()
    }


def encode_result(result: SliceResult) -> dict[str, Any]:
    """Return the reply with a slice's result."""
    return {"reply": "slice", **dataclasses.asdict(result)}


def decode_result(data: Mapping[str, Any]) -> SliceResult:
    """Return the result that `encode_result` encoded."""
    fields = {key: value for key, value in data.items() if key != "reply"}
    endpoints = {
        name: EndpointResult(**{**endpoint, "errors": _errors(endpoint)})
        for name, endpoint in data.get("endpoints", {}).items()
    }
    windows = tuple(Window(**window) for window in data.get("windows", ()))
    return SliceResult(**{**fields, "errors": _errors(data), "endpoints": endpoints, "windows": windows})


def _errors(data: Mapping[str, Any]) -> dict[ErrorKind, int]:
    return {ErrorKind(kind): count for kind, count in data["errors"].items()}


def encode_traits(traits: Iterable[ScenarioTraits]) -> dict[str, Any]:
    """Return the reply with the traits of the loaded scenarios."""
    return {"reply": "scenarios", "traits": [dataclasses.asdict(one) for one in traits]}


def decode_traits(data: Mapping[str, Any]) -> dict[str, ScenarioTraits]:
    """Return the traits that `encode_traits` encoded, by the scenario's name."""
    return {one["name"]: _traits(one) for one in data["traits"]}


def _traits(data: Mapping[str, Any]) -> ScenarioTraits:
    several = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
    return ScenarioTraits(**{**data, **several, "pace": Pace(data["pace"])})


def encode_error(error: HarnessError) -> dict[str, Any]:
    """Return the reply with an error: its kind, and the parts of its message."""
    kind = next((name for name, known in _ERRORS.items() if isinstance(error, known)), "measurement")
    parts = {"what": error.what, "where": error.where, "cause": error.cause, "remedy": error.remedy}
    return {"reply": "error", "kind": kind, **parts}


def decode_error(data: Mapping[str, Any]) -> HarnessError:
    """Return the error that `encode_error` encoded."""
    parts = {key: data[key] for key in ("where", "cause", "remedy")}
    return _ERRORS[data["kind"]](data["what"], **parts)
