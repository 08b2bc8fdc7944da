"""What a runtime measures is part of the identity of a metric."""

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


def test_containers_have_every_metric_under_its_own_name() -> None:
    assert Metering.CONTAINERS.of(COLD_START_CREATE, MEMORY_IDLE) == (COLD_START_CREATE, MEMORY_IDLE)
    assert Metering.CONTAINERS.size is FOOTPRINT_IMAGE


def test_processes_have_other_metrics_and_none_of_create_and_start() -> None:
    steps = (COLD_START_CREATE, COLD_START_START, COLD_START_READY, MEMORY_IDLE)
    assert Metering.PROCESSES.of(*steps) == (PROCESS_START_READY, MEMORY_PSS_IDLE)
    assert Metering.PROCESSES.size is FOOTPRINT_BUILD
