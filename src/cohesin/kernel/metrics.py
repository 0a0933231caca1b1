"""Measurements for Prometheus.

With ``PROMETHEUS_MULTIPROC_DIR`` set (``cohesin serve`` sets it when it runs several processes) each process
writes its samples there and :func:`render` answers with the sum over all of them.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY: Final = CollectorRegistry()

HTTP_REQUESTS: Final = Counter(
    "cohesin_http_requests", "Requests answered.", ["operation", "status"], registry=REGISTRY
)
HTTP_SECONDS: Final = Histogram(
    "cohesin_http_request_seconds",
    "Seconds from the request's head to the end of its answer.",
    ["operation"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
HTTP_IN_FLIGHT: Final = Gauge(
    "cohesin_http_requests_in_flight", "Requests under way.", registry=REGISTRY, multiprocess_mode="livesum"
)
DB_CONNECTIONS: Final = Gauge(
    "cohesin_db_connections",
    "Database connections of the pool, by state (idle, used).",
    ["state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
DB_WAIT_SECONDS: Final = Histogram(
    "cohesin_db_wait_seconds",
    "Seconds a unit of work waited for a connection.",
    buckets=(0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
TASKS: Final = Counter("cohesin_tasks", "Tasks ended, by outcome.", ["task", "outcome"], registry=REGISTRY)
TASK_SECONDS: Final = Histogram(
    "cohesin_task_seconds",
    "Seconds a task ran.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900),
    registry=REGISTRY,
)


def record_request(operation: str, status: int, seconds: float) -> None:
    """Counts one answered request under its operation id (never its path, which may hold ids)."""
    HTTP_REQUESTS.labels(operation, str(status)).inc()
    HTTP_SECONDS.labels(operation).observe(seconds)


def record_pool(*, idle: int, used: int) -> None:
    """Tells the state of this process's connection pool."""
    DB_CONNECTIONS.labels("idle").set(idle)
    DB_CONNECTIONS.labels("used").set(used)


def record_task(task: str, outcome: str, seconds: float) -> None:
    """Counts one ended task; ``outcome`` is succeeded, failed or retried."""
    TASKS.labels(task, outcome).inc()
    TASK_SECONDS.labels(task).observe(seconds)


def render() -> bytes:
    """The measurements in Prometheus' text form (see :data:`CONTENT_TYPE`)."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY)
