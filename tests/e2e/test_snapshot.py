# SPDX-License-Identifier: Apache-2.0
"""Series kept in a snapshot: a restart that need not read them from the log."""

import pytest

from rig import compare
from rig.exporter import Exporter, Page
from rig.processes import wait_for

SERIES = 200_000
RECALLED = "walship_snapshot_recalled_series"
READ = "prometheus_wal_watcher_records_read_total"
QUEUE = {"max_samples_per_send": 10_000, "batch_send_deadline": "500ms"}


@pytest.fixture(name="large")
def _large(make_prometheus, ended):
    """A source of SERIES series, which are in the first segment only."""
    exporter = Exporter(Page(gauges=SERIES // 2, counters=SERIES // 2,
                             odd=False, words=False, churn=0))
    ended.append(exporter)
    source = make_prometheus(targets=[exporter.address], interval="10s")
    wait_for(lambda: source.appended() > SERIES, 120, "the first scrape")
    source.kill()
    source.start()
    return source


def _delivered(walship, more):
    """Wait until so many ${more} samples than now were taken."""
    name = "prometheus_remote_storage_samples_total"
    start = walship.total(name)
    wait_for(lambda: walship.total(name) >= start + more, 120,
             f"{more} more samples")


@pytest.mark.xdist_group("load")
def test_a_restart_reads_no_series_from_the_log(large, receiver, make_walship):
    entry = {"url": receiver.url, "name": "large", "queue_config": QUEUE}
    walship = make_walship(large.data_dir, entry).wait_ready()
    assert walship.total(RECALLED) == 0
    _delivered(walship, 2 * SERIES)
    walship.stop()
    assert list(walship.state_dir.glob("*.series"))
    walship.start().wait_ready()
    assert walship.total(RECALLED) > SERIES
    assert walship.total(READ, type="series") < 100
    assert 'msg="the series are known from the snapshot"' in walship.log()
    _delivered(walship, SERIES)


def test_without_it_or_with_a_damaged_one_nothing_is_lost(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    for spoil in (lambda path: path.unlink(),
                  lambda path: path.write_bytes(path.read_bytes()[:-9])):
        walship.stop()
        for path in walship.state_dir.glob("*.series"):
            spoil(path)
        walship.start().wait_ready()
        assert walship.total(RECALLED) == 0
        truth = source.read_after(1)
        compare.delivered(truth, lambda: receiver.store, 60)


def test_a_kill_leaves_the_last_one(source, receiver, make_walship):
    truth = source.read_after(1)  # There are series from the first record on.
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    compare.delivered(truth, lambda: receiver.store, 60)
    wait_for(lambda: walship.total("walship_snapshot_size_bytes") > 0, 30,
             "a snapshot")
    walship.kill()
    walship.start().wait_ready()
    assert walship.total(RECALLED) > 0
    truth = source.read_after(1)
    compare.delivered(truth, lambda: receiver.store, 60)
