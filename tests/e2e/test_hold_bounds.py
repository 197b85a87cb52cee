# SPDX-License-Identifier: Apache-2.0
"""What is held is bounded: the oldest goes, what goes is counted, and
Prometheus keeps its disk."""

import pytest

from conftest import Source
from rig import compare, namespace
from rig.exporter import Exporter
from rig.holding import Held, flags
from rig.outage import busy_page
from rig.processes import wait_for
from rig.prometheus import Prometheus

LOST = 500  # Samples, at least.
DROPPED = 3  # Segments, at least.
DISK = "1200m"  # Prometheus takes 640 MiB beforehand, for a moment.


def dropped(one, reason):
    """Segments of the walship of ${one} that a bound cost."""
    return one.walship.total("walship_spool_let_go_total", reason=reason)


def lost(one):
    """Samples in them."""
    return one.walship.total("walship_spool_lost_entries_total",
                             kind="sample")


def nameless(one):
    """Samples elsewhere of series that only those segments described."""
    return one.walship.total("prometheus_remote_storage_samples_dropped_total",
                             reason="unintentionally_dropped_series")


@pytest.mark.parametrize("mode", ["link", "fd"])
def test_what_goes_is_counted_to_the_sample(directory, ended, mode):
    source = Source(directory, "truncating", flags("2s"))
    ended.append(source)
    one = Held(directory, source, mode,
               spool={"mode": mode, "max_bytes": "160KiB"},
               queue={"max_samples_per_send": 10})  # So little is in memory.
    ended.append(one)
    one.start()
    wait_for(lambda: lost(one) > LOST, 90, "segments to be let go of")
    assert one.walship.total("walship_spool_pinned_bytes") <= 160 << 10
    one.fail(False)
    truth = source.read_after(2)

    def all_else_arrived():
        missing = len(compare.missing(truth, one.receiver.store))
        return lost(one) <= missing == lost(one) + nameless(one)
    wait_for(all_else_arrived, 60, "all but what was lost")
    one.receiver.must_be_clean()
    assert 'reason=max_bytes' in one.walship.log()


class SmallDisk:
    """A Prometheus on a disk of its own, which its log fills in no time."""

    def __init__(self, directory):
        disk = directory / "disk"
        disk.mkdir()
        self.spool_dir = disk / "spool"
        self.mounts = namespace.Mounts(
            f"mount -t tmpfs -o size={DISK} none {disk}\nmkdir {disk}/data")
        self.exporter = Exporter(busy_page())
        self.prometheus = Prometheus(
            "small", directory, targets=[self.exporter.address],
            flags=flags("2s") + ["--storage.tsdb.retention.size=8MB"])
        self.data_dir = disk / "data"
        self.prometheus.argv = self.mounts.inside(
            word.replace(str(self.prometheus.data_dir), str(self.data_dir))
            for word in self.prometheus.argv)
        self.prometheus.start()

    def close(self):
        self.prometheus.kill()
        self.exporter.close()
        self.mounts.close()


@pytest.mark.full
@pytest.mark.parametrize("mode", ["link", "fd"])
def test_prometheus_keeps_its_disk(directory, ended, mounts_allowed, mode):
    source = SmallDisk(directory)
    ended.append(source)
    one = Held(directory, source, mode, mounts=source.mounts, spool={
        "mode": mode, "dir": str(source.spool_dir), "min_free": "75%"})
    ended.append(one)
    one.start()
    wait_for(lambda: dropped(one, "min_free") >= DROPPED, 120,
             "segments to be let go of")
    source.prometheus.must_run()
    assert "no space left" not in source.prometheus.log()
    one.fail(False)
    before = one.receiver.store.count()
    wait_for(lambda: one.receiver.store.count() > before + LOST, 60,
             "samples to arrive again")
    one.receiver.must_be_clean()
