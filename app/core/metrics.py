"""What is counted and timed, for Prometheus. No label holds a person, a workspace or a token.

https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
Readings = Callable[[], Iterable[tuple[Mapping[str, str], float]]]
"""Labels and value of each present reading of a gauge."""


class Backlog(NamedTuple):
    """What the outbox has yet to do."""

    queues: Mapping[str, tuple[int, float]]
    """How many jobs wait in each, and for how many seconds the oldest has."""
    dead: int


def known_method(method: str) -> str:
    """The method, or one word for all others: clients can make methods up, and every label is kept.

    https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
    """
    return method if method in _METHODS else "_OTHER"


class Metrics:
    """Of one application in one process; each process answers its own. Times are seconds."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "pma_http_request_duration_seconds",
            "HTTP requests, by route and status.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=_QUICK,
        )
        self._queries = Histogram(
            "pma_db_query_duration_seconds",
            "Queries, by name, their wait for the connection's thread included.",
            ("query",),
            registry=self._registry,
            buckets=_QUICK,
        )
        self._integrations = Counter(
            "pma_integration_calls_total",
            "Calls to other systems, by provider and outcome.",
            ("provider", "outcome"),
            registry=self._registry,
        )
        self._webhooks = Counter(
            "pma_webhook_tries_total",
            "Messages to webhooks, by what was answered: a status, or why there was no answer.",
            ("outcome",),
            registry=self._registry,
        )
        self._sockets_closed = Counter(
            "pma_sockets_closed_total",
            "Sockets that ended, by why: a code of this service, or client.",
            ("code",),
            registry=self._registry,
        )
        self._jobs = Histogram(
            "pma_job_duration_seconds",
            "Attempts of jobs, by kind and what came of them.",
            ("kind", "outcome"),
            registry=self._registry,
            buckets=_SLOW,
        )
        self._backlog: Backlog | None = None
        self.gauge("pma_outbox_waiting", "Jobs whose time has come.", ("queue",), lambda: self._of_backlog(0))
        self.gauge(
            "pma_outbox_lag_seconds",
            "For which the oldest of them waits.",
            ("queue",),
            lambda: self._of_backlog(1),
        )
        self.gauge(
            "pma_outbox_dead",
            "Dead letters.",
            (),
            lambda: [({}, self._backlog.dead)] if self._backlog is not None else [],
        )
        self._lags: Mapping[str, tuple[int, float]] = {}
        self.gauge(
            "pma_consumer_lag_events",
            "Events that a consumer has not read, where it is behind.",
            ("consumer",),
            lambda: self._of_lags(0),
        )
        self.gauge(
            "pma_consumer_lag_seconds",
            "For which the oldest of them waits.",
            ("consumer",),
            lambda: self._of_lags(1),
        )
        self._timed: dict[tuple[str, ...], Histogram] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (known_method(method), route, str(status))
        if key not in self._timed:
            self._timed[key] = self._requests.labels(*key)
        self._timed[key].observe(seconds)

    def query(self, name: str, seconds: float) -> None:
        key = (name,)
        if key not in self._timed:
            self._timed[key] = self._queries.labels(name)
        self._timed[key].observe(seconds)

    def webhook(self, outcome: str) -> None:
        self._webhooks.labels(outcome).inc()

    def integration(self, provider: str, outcome: str) -> None:
        self._integrations.labels(provider, outcome).inc()

    def socket_closed(self, why: str) -> None:
        self._sockets_closed.labels(why).inc()

    def job(self, kind: str, outcome: str, seconds: float) -> None:
        self._jobs.labels(kind, outcome).observe(seconds)

    def outbox(self, backlog: Backlog | None) -> None:
        """None while nobody knows."""
        self._backlog = backlog

    def _of_backlog(self, part: int) -> Iterable[tuple[Mapping[str, str], float]]:
        queues = self._backlog.queues if self._backlog is not None else {}
        return [({"queue": name}, queue[part]) for name, queue in queues.items()]

    def consumers(self, lags: Mapping[str, tuple[int, float]] | None) -> None:
        """Of each consumer that is behind, how many events, and how long the oldest has waited; None while
        nobody knows."""
        self._lags = lags or {}

    def _of_lags(self, part: int) -> Iterable[tuple[Mapping[str, str], float]]:
        return [({"consumer": name}, lag[part]) for name, lag in self._lags.items()]

    def gauge(self, name: str, text: str, labels: tuple[str, ...], read: Readings) -> None:
        """A gauge that is read when somebody asks."""
        self._registry.register(_Gauge(name, text, labels, read))

    def text(self) -> bytes:
        """Prometheus's text format."""
        return generate_latest(self._registry)


class _Gauge(Collector):
    def __init__(self, name: str, text: str, labels: tuple[str, ...], read: Readings) -> None:
        self._name, self._text, self._labels, self._read = name, text, labels, read

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for labels, value in self._read():
            family.add_metric([labels[name] for name in self._labels], value)
        yield family
