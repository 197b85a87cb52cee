# SPDX-License-Identifier: Apache-2.0
"""A WAL at rest whose every sample is known, for tests that count."""

import json
import subprocess
import time

from . import binaries, series
from .exporter import Exporter, Page
from .prometheus import Prometheus

SCRAPES = 6


def _dumped(data_dir):
    """The Store of what walship dump, which has tests of its own, sees."""
    store = series.Store()
    with subprocess.Popen([binaries.walship(), "dump", data_dir],
                          stdout=subprocess.PIPE) as dump:
        for line in dump.stdout:
            one = json.loads(line)
            if one["k"] == "sample":
                store.add(tuple(sorted(one["labels"].items())), one["t"],
                          int(one["v"], 16))
    assert dump.returncode == 0, f"walship dump: {dump.returncode}"
    return store


class Frozen:
    """The WAL of a Prometheus that was killed after SCRAPES scrapes.

    data_dir  its data directory
    truth     the Store of its samples
    """

    def __init__(self, directory):
        exporter = Exporter(Page())
        source = Prometheus("frozen", directory, targets=[exporter.address])
        try:
            source.start()
            exporter.wait_for_scrapes(SCRAPES)
            time.sleep(0.2)
        finally:
            source.kill()
            exporter.close()
        self.data_dir = source.data_dir
        self.truth = _dumped(self.data_dir)

    def some(self, name="rig_gauge", turn=2):
        """A sample in the midst: (series, timestamp, bits)."""
        key = min(one for one in self.truth.series
                  if dict(one)["__name__"] == name)
        return (key, *list(self.truth.samples(key))[turn])
