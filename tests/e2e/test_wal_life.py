# SPDX-License-Identifier: Apache-2.0
"""The log under the reader: segments are cut, folded into checkpoints and
deleted; Prometheus stops, is killed, and comes back."""

import contextlib
import ctypes
import os
import re
import time

import pytest

from rig import compare
from rig.exporter import Exporter, Page
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

MIB = 1 << 20


class Watch:
    """What has been seen in a wal/ directory."""

    def __init__(self, wal):
        self.wal = wal
        self.full = set()  # Segments that were as large as they get.

    def segments(self):
        return sorted(int(path.name) for path in self.wal.iterdir()
                      if path.name.isdigit())

    def checkpoint(self):
        return any(re.fullmatch(r"checkpoint\.\d+", path.name)
                   for path in self.wal.iterdir())

    def look(self):
        """Remember segments that are full: a record that does not fit into
        the rest of one, here up to 2 MiB, goes into the next."""
        for number in self.segments():
            try:
                size = (self.wal / f"{number:08d}").stat().st_size
            except FileNotFoundError:
                continue
            if size > 8 * MIB:
                self.full.add(number)

    def turned_over(self, since):
        """Whether, after segment ${since}, five full segments were followed
        by others, the first were deleted, and a checkpoint holds them."""
        self.look()
        segments = self.segments()
        return (len({one for one in self.full if one < segments[-1]}) >= 5
                and segments[-1] >= since + 5 and segments[0] > since
                and self.checkpoint())


@pytest.mark.parametrize("compression", [
    "--storage.tsdb.wal-compression",
    pytest.param("--no-storage.tsdb.wal-compression", marks=pytest.mark.full),
], ids=["compressed", "plain"])
def test_nothing_is_missing_over_rotations_and_truncations(
        make_prometheus, make_walship, ended, compression):
    # Labels that do not compress fill segments with few samples.
    exporter = Exporter(Page(gauges=500, churn=1800, churn_period=0.9,
                             label_bytes=1000))
    receiver = RecordingReceiver(keep_entries=False)
    ended += [exporter, receiver]
    begin = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address], flags=[
        compression, "--storage.tsdb.wal-segment-size=10MB",
        "--storage.tsdb.min-block-duration=8s",
        "--storage.tsdb.max-block-duration=8s"])
    walship = make_walship(source.data_dir, receiver.url)
    watch = Watch(source.wal)
    since = watch.segments()[-1]
    wait_for(lambda: watch.turned_over(since), 150,
             "five full segments, a truncation and a checkpoint", every=0.2)
    exporter.page = Page()
    exporter.wait_for_scrapes(3)
    truth = source.read_since(begin)
    compare.delivered(truth, lambda: receiver.store, 120)
    assert walship.total("prometheus_wal_watcher_current_segment") >= since + 5
    receiver.must_be_clean()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_nothing_is_missing_when_prometheus_ends_and_comes_back(
        make_prometheus, make_walship, receiver, exporter, end):
    begin = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    for _ in range(2):
        exporter.wait_for_scrapes(3)
        getattr(source, end)()
        source.start()
    exporter.wait_for_scrapes(3)
    truth = source.read_since(begin)
    compare.delivered(truth, lambda: receiver.store, 60)
    assert walship.total("prometheus_wal_watcher_current_segment") >= 2
    walship.must_run()


def test_a_log_that_is_not_there_yet_is_waited_for_and_read_from_its_start(
        directory, make_walship, make_prometheus, receiver, exporter):
    begin = int(time.time() * 1000)
    data_dir = directory / "source-data"
    data_dir.mkdir()
    walship = make_walship(data_dir, receiver.url, start="now")
    walship.wait_for_log(r"(?i)\bwait", 20)
    source = make_prometheus(targets=[exporter.address])
    exporter.wait_for_scrapes(4)
    compare.delivered(source.read_since(begin), lambda: receiver.store, 60)


def test_inotify_instances_used_up_is_no_reason_not_to_ship(
        source, make_walship, receiver):
    with open("/proc/sys/fs/inotify/max_user_instances",
              encoding="ascii") as file:
        if int(file.read()) > 4096:
            pytest.skip("too many inotify instances to use them up")
    with no_inotify_left():
        walship = make_walship(source.data_dir, receiver.url)
        truth = source.read_after(3)
        compare.delivered(truth, lambda: receiver.store, 60)
        said = re.findall(".*inotify.*", walship.log())
    assert len(said) == 1


@contextlib.contextmanager
def no_inotify_left():
    """Take every inotify instance that this user may still have."""
    libc = ctypes.CDLL(None, use_errno=True)
    taken = []
    try:
        while (one := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            taken.append(one)
        yield
    finally:
        for one in taken:
            os.close(one)
