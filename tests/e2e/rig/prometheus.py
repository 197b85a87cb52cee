# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus: as the source whose WAL is tailed, or as a receiver."""

import json
import pathlib

from . import binaries, metrics, remote_read
from .processes import Process, free_port, wait_for

RECEIVER_FLAG = "--web.enable-remote-write-receiver"


def _receiver_flag(binary):
    if binaries.has_flag(binary, RECEIVER_FLAG):
        return RECEIVER_FLAG
    return "--enable-feature=remote-write-receiver"  # Before 2.33.


class Prometheus(Process):
    """${targets}: "host:port" of exporters to scrape besides itself.
    ${remote_write}: URLs it shall write to by itself; none, as walship wants
    it, unless the rig itself is tested. ${suite}: the release of Debian that
    it is of, one of binaries.RELEASES. ${scrape}: further keys of the job of
    ${targets}."""

    def __init__(self, name, directory, interval="1s", targets=(),
                 remote_write=(), flags=(), suite=None, scrape=None):
        self.binary = binaries.release(suite)
        self.port = free_port()
        self.data_dir = pathlib.Path(directory) / f"{name}-data"
        self.config = pathlib.Path(directory) / f"{name}.yml"
        argv = self._argv() + list(flags)
        super().__init__(name, argv, directory)
        self._configure(interval, targets, remote_write, scrape or {})

    def _argv(self):
        return [self.binary, f"--config.file={self.config}",
                f"--storage.tsdb.path={self.data_dir}",
                f"--web.listen-address={self.address}"]

    def _configure(self, interval, targets, remote_write, scrape):
        # Itself less often: its own page is as long as all others.
        jobs = [{"job_name": "prometheus", "scrape_interval": "3s",
                 "static_configs": [{"targets": [self.address]}]}]
        if targets:
            jobs.append({"job_name": "exporter", "honor_labels": True,
                         "static_configs": [{"targets": list(targets)}],
                         **scrape})
        # JSON is YAML.
        self.config.write_text(json.dumps({
            "global": {"scrape_interval": interval,
                       "scrape_timeout": interval},
            "scrape_configs": jobs,
            "remote_write": [{"url": url, "queue_config": {
                "batch_send_deadline": "1s"}} for url in remote_write],
        }, indent=1))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    @property
    def wal(self):
        return self.data_dir / "wal"

    def start(self):
        """Start it and wait until it serves; return it."""
        self.spawn()
        self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            self.must_run()
            return metrics.get(self.url + "/-/ready")[0] == 200
        wait_for(ready, 60, f"{self.name} to be ready")

    def metrics(self):
        return metrics.fetch(self.url + "/metrics")

    def appended(self):
        """Float samples that it took since it started."""
        page = self.metrics()
        name = "prometheus_tsdb_head_samples_appended_total"
        # Since 2.40 or so with a type label.
        return int(page.total(name, type="float") or page.total(name))

    def read_since(self, start):
        """Its samples since ${start} (ms), by remote read."""
        return remote_read.read_since(self.url, start)


class Receiver(Prometheus):
    """A Prometheus that scrapes nothing and takes remote write."""

    def __init__(self, name, directory):
        super().__init__(name, directory)
        self.config.write_text("{}\n")

    def _argv(self):
        self.binary = binaries.prometheus_receiver()
        return super()._argv() + [_receiver_flag(self.binary)]

    @property
    def write_url(self):
        return self.url + "/api/v1/write"
