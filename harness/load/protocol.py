"""What the harness and its generator process say to each other: JSON lines, pure encoding and decoding.

`worker` documents the conversation, which is the same between a master and its workers. The version changes whenever a
line of it does.
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
from harness.model import EndpointResult, ErrorKind, Load, LoadKind, Slice, SliceResult, Subject, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.errors import HarnessError

VERSION = 3
MESSAGE = "harness"  # between Locust's master and workers: the type of a message, and our part of a report
_ERRORS: dict[str, type[HarnessError]] = {
    "usage": UsageError,
    "machine": MachineError,
    "measurement": MeasurementError,
}


def identity() -> dict[str, Any]:
    """Return who this process is, and what it speaks; processes of the same `clock` share one."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/time")
    return {
        "protocol": VERSION,
        "harness": __version__,
        "host": platform.node(),
        "pid": os.getpid(),
        "clock": f"{boot.read_text(encoding='ascii').strip()} {namespace.readlink() if namespace.exists() else ''}",
    }


def line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def encode_slice(order: Slice) -> dict[str, Any]:
    """Return a slice as a JSON object; its subject is written `target:variant`."""
    return {**dataclasses.asdict(order), "subject": str(order.subject)}


def decode_slice(data: Mapping[str, Any]) -> Slice:
    """Read what `encode_slice` wrote."""
    target, _, variant = data["subject"].partition(":")
    load = Load(LoadKind(data["load"]["kind"]), data["load"]["connections"], data["load"]["rate_per_s"])
    return Slice(**{**data, "subject": Subject(target, variant), "load": load})


def encode_result(result: SliceResult) -> dict[str, Any]:
    """Return a slice's result as a reply."""
    return {"reply": "slice", **dataclasses.asdict(result)}


def decode_result(data: Mapping[str, Any]) -> SliceResult:
    """Read what `encode_result` wrote."""
    fields = {key: value for key, value in data.items() if key != "reply"}
    endpoints = {
        name: EndpointResult(**{**endpoint, "errors": _errors(endpoint)})
        for name, endpoint in data.get("endpoints", {}).items()
    }
    windows = tuple(Window(**window) for window in data.get("windows", ()))
    return SliceResult(**{**fields, "errors": _errors(data), "endpoints": endpoints, "windows": windows})


def _errors(data: Mapping[str, Any]) -> dict[ErrorKind, int]:
    return {ErrorKind(kind): count for kind, count in data["errors"].items()}


def encode_error(error: HarnessError) -> dict[str, Any]:
    """Return an error as a reply: its kind, and the parts of its sentence."""
    kind = next((name for name, known in _ERRORS.items() if isinstance(error, known)), "measurement")
    parts = {"what": error.what, "where": error.where, "cause": error.cause, "remedy": error.remedy}
    return {"reply": "error", "kind": kind, **parts}


def decode_error(data: Mapping[str, Any]) -> HarnessError:
    """Read what `encode_error` wrote."""
    parts = {key: data[key] for key in ("where", "cause", "remedy")}
    return _ERRORS[data["kind"]](data["what"], **parts)
