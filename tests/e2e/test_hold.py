# SPDX-License-Identifier: Apache-2.0
"""Segments are held until they are shipped: nothing is missing after an outage
that was longer than Prometheus keeps its log."""

import os

import pytest

from rig import compare
from rig.outage import Outage, opened, owners, segments
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

FULL = pytest.mark.full
QUICK = {"min_backoff": "30ms", "max_backoff": "1s"}


@pytest.fixture
def outage(make_prometheus, ended):
    receiver = RecordingReceiver(keep_entries=False)
    ended.append(receiver)
    one = Outage(make_prometheus, receiver)
    ended.append(one)
    yield one
    receiver.must_be_clean()


def nothing(walship):
    walship.must_run()


def kill(walship):
    walship.kill()
    walship.start()


def restart(walship):
    walship.stop()
    walship.start()


def only_the_last_is_held(outage, held):
    """All else is let go: each file has but the name that Prometheus gave."""
    names = segments(outage.source.wal)[:-1]
    return len(list(held.iterdir())) == 1 and all(
        (outage.source.wal / f"{name:08d}").stat().st_nlink == 1
        for name in names)


@pytest.mark.parametrize("interrupt", [
    kill, pytest.param(nothing, marks=FULL),
    pytest.param(restart, marks=FULL),
])
def test_nothing_is_missing_by_links(
        outage, directory, make_walship, interrupt):
    held = directory / "held"
    walship = make_walship(
        outage.source.data_dir,
        {"url": outage.receiver.url, "queue_config": QUICK},
        spool={"mode": "link", "dir": str(held)})
    before = owners(outage.source.wal)
    outage.start(walship)
    outage.last(1)
    interrupt(walship)
    outage.last(3)
    assert walship.total("walship_spool_mode", mode="link") == 1
    assert walship.total("walship_spool_pinned_bytes") > 3 << 20
    assert all(flags & os.O_ACCMODE == os.O_RDONLY for _, flags in
               opened(walship, outage.source.data_dir))
    truth = outage.end()
    compare.delivered(truth, lambda: outage.receiver.store, 120)
    after = owners(outage.source.wal)
    assert all(before[path] == after[path] for path in before
               if path in after)
    wait_for(lambda: only_the_last_is_held(outage, held), 30,
             "what was shipped to be let go")
    assert walship.total("walship_spool_let_go_total", reason="read") >= 3
    assert walship.total("walship_spool_let_go_total",
                         reason="unbelieved") == 0
    assert "segments were deleted before they were read" not in walship.log()
