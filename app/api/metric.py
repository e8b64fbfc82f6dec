"""Counters for Prometheus. Labels are route templates, status and system ids: never a value of anybody."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Gauges(Collector):
    """Values read when Prometheus asks."""

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read = read

    def collect(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily(f"titian_{name}", name.replace("_", " "), value=round(value, 3)) for name, value in self._read().items()]


class Exchanges(Collector):
    """Exchanges by route and status, counted in plain numbers: the objects of the client library cost more than some of our stages."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], int] = {}
        self._times: dict[str, list[float]] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        seen = self._seen
        seen[route, status] = seen.get((route, status), 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = [0.0] * (len(BUCKETS) + 2)
        times[bisect_left(BUCKETS, seconds)] += 1
        times[-1] += seconds

    def collect(self) -> list[Metric]:
        times = HistogramMetricFamily("titian_exchange_seconds", "Duration of exchanges", labels=["route"])
        for route, (*counts, total) in [*self._times.items()]:
            limits = zip([*map(floatToGoString, BUCKETS), "+Inf"], accumulate(counts), strict=True)
            times.add_metric([route], [*limits], total)
        count = CounterMetricFamily("titian_exchanges", "Exchanges by route and status", labels=["route", "status"])
        for (route, status), number in [*self._seen.items()]:
            count.add_metric([route, str(status)], number)
        return [times, count]


class Metrics:
    """One registry of our own per gateway."""

    def __init__(self, gauges: Callable[[], dict[str, float]]) -> None:
        exchanges = Exchanges()
        self.registry = CollectorRegistry()
        self.registry.register(Gauges(gauges))
        self.registry.register(exchanges)
        self.observe = exchanges.observe

    def text(self) -> bytes:
        return generate_latest(self.registry)
