"""Metrics of the runtimes: the way of measuring is part of a metric's identity."""

from harness.metrics.catalogue import (
    COLD_START_CREATE,
    COLD_START_READY,
    COLD_START_START,
    FOOTPRINT_BUILD,
    FOOTPRINT_IMAGE,
    MEMORY_IDLE,
    MEMORY_PSS_IDLE,
    PROCESS_START_READY,
)
from harness.runtime.base import Metering


def test_containers_have_all_container_metrics() -> None:
    assert Metering.CONTAINERS.of(COLD_START_CREATE, MEMORY_IDLE) == (COLD_START_CREATE, MEMORY_IDLE)
    assert Metering.CONTAINERS.size is FOOTPRINT_IMAGE


def test_processes_have_counterparts_and_no_metrics_of_create_and_start() -> None:
    steps = (COLD_START_CREATE, COLD_START_START, COLD_START_READY, MEMORY_IDLE)
    assert Metering.PROCESSES.of(*steps) == (PROCESS_START_READY, MEMORY_PSS_IDLE)
    assert Metering.PROCESSES.size is FOOTPRINT_BUILD
