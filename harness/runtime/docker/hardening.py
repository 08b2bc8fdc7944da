"""Restrictions of the harness's containers: read-only files, no capabilities, no new privileges, short logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = "65534:65534"
# Enough for 10,000 connections. An engine without CAP_SYS_RESOURCE can't set more than its own limit.
OPEN_FILES = 16_384
LOG_LIMIT = {"max-size": "16m", "max-file": "2"}  # a target that logs each request must not fill the disk
HARDENED: Mapping[str, Any] = {
    "read_only": True,
    "tmpfs": {"/tmp": "rw,nosuid,nodev,noexec,size=64m,mode=1777"},  # noqa: S108 - the container's own
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
