"""Metrics for Prometheus at /metrics: figures only, no addresses, paths or queries."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from werkzeug.exceptions import Forbidden

from server.access_log import Done
from server.proxies import UNTRUSTED, Networks
from server.site import site
from server.store.engine import Engine, QueryError
from server.store.results import ResultCache
from server.store.workers import Pool

bp = Blueprint("metrics", __name__)

KEY = "armsclaims.metrics"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TOO_MANY = 429


@dataclass(frozen=True)
class CacheFigures:
    """What a cache tells of itself: answers it had and had not, and the bytes that it holds."""

    hits: int
    misses: int
    bytes: int


class Metrics:
    """The figures of one app, in a registry of their own."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        self.queries = Counter(
            "armsclaims_queries", "Queries of clients, by outcome.", ["outcome"], registry=self.registry
        )
        self.query_seconds = Histogram(
            "armsclaims_query_seconds",
            "Seconds from a client's query to the end of its answer.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.requests = Counter(
            "armsclaims_http_requests", "Requests, by room and status.", ["room", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "armsclaims_http_request_seconds",
            "Seconds from a request to the end of its answer.",
            ["room"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.updates = Counter(
            "armsclaims_updates", "Requests that write, by status.", ["status"], registry=self.registry
        )
        self.refusals = Counter(
            "armsclaims_budget_refusals",
            "Requests refused because their client had used up its budget.",
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Store(engine))

    def query(self) -> "Measure":
        """Begin to measure a client's query."""
        return Measure(self)

    def on_done(self, done: Done) -> None:
        """Count a request whose answer is out."""
        self.requests.labels(done.room, str(done.status)).inc()
        self.request_seconds.labels(done.room).observe(done.seconds)
        if done.wrote:
            self.updates.labels(str(done.status)).inc()
        if done.status == TOO_MANY:
            self.refusals.inc()

    def watch_cache(self, figures: Callable[[], CacheFigures]) -> None:
        """Show the figures of the cache of results from now on."""
        self.registry.register(_Cache(figures))


class Measure:
    """One query, counted once, at its end."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._began = time.perf_counter()
        self._ended = False

    def end(self, error: BaseException | None = None) -> None:
        """Count it, with the kind of the error that ended it, or 'ok'."""
        if self._ended:
            return
        self._ended = True
        outcome = "ok" if error is None else type(error).__name__ if isinstance(error, QueryError) else "Defect"
        self._metrics.queries.labels(outcome).inc()
        self._metrics.query_seconds.observe(time.perf_counter() - self._began)


class _Store(Collector):
    """The workers, the queue and the release, read when somebody asks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[Metric]:
        pool: Pool | None = getattr(self.engine, "pool", None)  # of the embedded engine
        if pool is not None:
            workers = GaugeMetricFamily("armsclaims_workers", "Worker processes, by state.", labels=["state"])
            workers.add_metric(["idle"], len(pool.idle))
            workers.add_metric(["running"], len(pool.running))
            yield workers
            yield CounterMetricFamily(
                "armsclaims_workers_replaced", "Workers ended and replaced, for whatever reason.", pool.replaced
            )
            yield GaugeMetricFamily("armsclaims_queue_length", "Queries that wait for a worker.", pool.queued())
        try:
            made = _made(self.engine.release())
        except QueryError:
            return  # there is no release yet
        if made is not None:
            yield GaugeMetricFamily(
                "armsclaims_release_timestamp_seconds", "When the release was published.", made.timestamp()
            )
            yield GaugeMetricFamily(
                "armsclaims_release_age_seconds", "Seconds since then.", (datetime.now(UTC) - made).total_seconds()
            )


def _made(release: str) -> datetime | None:
    """Return when a release was published, which is what its identifier begins with; None where it does not."""
    try:
        return datetime.strptime(release.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


class _Cache(Collector):
    def __init__(self, figures: Callable[[], CacheFigures]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        figures = self.figures()
        requests = CounterMetricFamily("armsclaims_cache_requests", "Results asked of the cache.", labels=["outcome"])
        requests.add_metric(["hit"], figures.hits)
        requests.add_metric(["miss"], figures.misses)
        yield requests
        yield GaugeMetricFamily("armsclaims_cache_bytes", "Bytes that the cache of results holds.", figures.bytes)


def init_app(app: Flask, engine: Engine) -> None:
    """Give the app its metrics, and count its requests."""
    metrics = app.extensions[KEY] = Metrics(engine)
    cache: ResultCache | None = getattr(engine, "cache", None)
    if cache is not None and cache.most:
        metrics.watch_cache(lambda: CacheFigures(cache.hits, cache.misses, cache.bytes))
    app.register_blueprint(bp)


def of(app: Flask) -> Metrics:
    """Return the metrics of an app."""
    found: Metrics = app.extensions[KEY]
    return found


def current() -> Metrics:
    """Return the metrics of the current app."""
    return of(current_app)


@bp.get("/metrics")
def metrics() -> Response:
    """Show the figures to whom the settings name; never to a request that an unknown proxy passed on."""
    if request.environ.get(UNTRUSTED) or request.remote_addr not in Networks(site().settings.metrics_for):
        raise Forbidden(
            "The metrics are not for this address. The keeper's setting METRICS_FOR names who may read them."
        )
    write, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
    body = write(current().registry)
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})
