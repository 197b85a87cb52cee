# SPDX-License-Identifier: Apache-2.0
"""A real VictoriaMetrics as a receiver.  It keeps no bits: see compare."""

import json
import pathlib
import urllib.parse

from . import binaries, metrics, series
from .processes import Process, free_port, wait_for


def _parse(line):
    """A line of /api/v1/export: (series, values, timestamps).  It is not
    quite JSON: infinities come as +Inf and -Inf, NaN as null."""
    head, _, rest = line.rpartition(',"values":[')
    values, _, times = rest.rstrip("]}").partition('],"timestamps":[')
    metric = json.loads(head + "}")["metric"]
    return (tuple(sorted(metric.items())),
            [float(value.strip('"').replace("null", "nan"))
             for value in values.split(",")],
            [int(time) for time in times.split(",")])


class Victoria(Process):
    def __init__(self, name, directory):
        self.port = free_port()
        data = pathlib.Path(directory) / f"{name}-data"
        super().__init__(name, [
            binaries.victoria_metrics(), f"-storageDataPath={data}",
            f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=1",
            "-memory.allowedBytes=256MB", "-loggerLevel=WARN",
        ], directory)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def write_url(self):
        return self.url + "/api/v1/write"

    def start(self):
        """Start it and wait until it serves; return it."""
        self.spawn()

        def ready():
            self.must_run()
            return metrics.get(self.url + "/health")[0] == 200
        wait_for(ready, 30, f"{self.name} to be ready")
        return self

    def read(self):
        """All that it holds, as a Store."""
        metrics.get(self.url + "/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": '{__name__!=""}'})
        status, text = metrics.get(f"{self.url}/api/v1/export?{query}", 60)
        if status != 200:
            raise RuntimeError(f"export: {status} {text[:200]}")
        store = series.Store()
        for line in text.split("\n"):
            if not line:
                continue
            key, values, times = _parse(line)
            for at, value in zip(times, values):
                store.add(key, at, series.bits_of(value))
        return store
