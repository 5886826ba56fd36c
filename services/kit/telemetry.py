"""What a service tells about itself: counters for Prometheus, log lines as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from faststream.nats.prometheus import NatsPrometheusMiddleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Telemetry:
    """The metrics of one service in a registry of its own, so that several fit in one process."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self.published = self._counter("published", "Messages stored on the bus.", "stream")
        self.retried = self._counter("retried", "Deliveries given back.", "consumer", "fault")
        self.taken = self._counter("taken", "Events at the door.", "network", "outcome")
        self.buried = self._counter("buried", "Messages put to the dead letters.", "consumer")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(
            f"dialogwerk_{name}_total", text, ("service", *labels), registry=self.registry
        )

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        """Return a new counter `dialogwerk_<name>_total`; its first label is the service."""
        return self._counter(name, text, *labels)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"dialogwerk_{name}", text, ("service", *labels), registry=self.registry)

    def histogram(self, name: str, text: str, *labels: str) -> Histogram:
        """Return a new histogram in seconds."""
        return Histogram(
            f"dialogwerk_{name}_seconds", text, ("service", *labels), registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )  # fmt: skip

    def middleware(self) -> NatsPrometheusMiddleware:
        """Return FastStream's own per-message metrics, in this registry."""
        return NatsPrometheusMiddleware(
            registry=self.registry, app_name=f"dialogwerk_{self.service}"
        )

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class JsonLines(logging.Formatter):
    """One JSON object a line; never a comment's text, which nobody passes to a logger."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: str = "INFO") -> None:
    """Send everything from the given level up to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "uvicorn.access", "nats"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
