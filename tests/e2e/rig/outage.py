# SPDX-License-Identifier: Apache-2.0
"""An outage that is longer than Prometheus keeps its log."""

import os
import pathlib
import time

from .answers import Answer
from .exporter import Exporter, Page
from .processes import wait_for

# Segments as small and short-lived as Prometheus can make them.
FLAGS = ["--storage.tsdb.wal-segment-size=10MB",
         "--storage.tsdb.min-block-duration=8s",
         "--storage.tsdb.max-block-duration=8s"]
SECONDS = 150


def busy_page():
    """A page that fills such a segment in a few scrapes: label values that do
    not compress, of series that come and go."""
    return Page(gauges=200, churn=1500, churn_period=0.9, label_bytes=2500)


def segments(wal):
    """The numbers of the segments in the directory ${wal}, in order."""
    return sorted(int(path.name) for path in pathlib.Path(wal).iterdir()
                  if path.name.isdigit())


class Outage:
    """A Prometheus, made by ${make_prometheus}, of which a walship is to ship
    everything to ${receiver}."""

    def __init__(self, make_prometheus, receiver):
        self.exporter = Exporter(Page())
        self.receiver = receiver
        self.begin = int(time.time() * 1000)
        self.source = make_prometheus(
            targets=[self.exporter.address], flags=FLAGS)
        self.walship = None
        self.unshipped = None

    def close(self):
        self.exporter.close()

    def start(self, walship):
        """The receiver goes away for ${walship} after some samples."""
        self.walship = walship
        walship.wait_ready()
        self.exporter.wait_for_scrapes(2)
        wait_for(lambda: self.receiver.requests, 30, "a first request")
        self.receiver.answer = lambda request: Answer(503)
        self.exporter.page = busy_page()
        self.unshipped = segments(self.source.wal)[-1]

    def last(self, deleted):
        """Until Prometheus has deleted so many segments after the one that
        was the last when the outage began."""
        def gone():
            self.source.must_run()
            return segments(self.source.wal)[0] > self.unshipped + deleted
        wait_for(gone, SECONDS, f"{deleted} segments to be deleted",
                 every=0.2)

    def end(self):
        """The receiver is back; return all that Prometheus holds."""
        self.exporter.page = Page()
        self.exporter.wait_for_scrapes(2)
        truth = self.source.read_since(self.begin)
        self.receiver.answer = lambda request: Answer()
        return truth


def opened(process, directory):
    """The files below ${directory} that ${process} has open, and how: pairs
    of a path and the flags of open(2)."""
    found = []
    proc = pathlib.Path(f"/proc/{process.pid}")
    for link in (proc / "fd").iterdir():
        try:
            path = os.readlink(link)
            info = (proc / "fdinfo" / link.name).read_text()
        except FileNotFoundError:
            continue
        if path.startswith(str(directory)):
            flags = next(line.split()[1] for line in info.splitlines()
                         if line.startswith("flags:"))
            found.append((path, int(flags, 8)))
    return found


def owners(directory):
    """Owner, group and mode of each regular file below ${directory}."""
    found = {}
    for path in pathlib.Path(directory).rglob("*"):
        try:
            stat = path.lstat()
        except FileNotFoundError:
            continue
        found[str(path)] = (stat.st_uid, stat.st_gid, oct(stat.st_mode))
    return found
