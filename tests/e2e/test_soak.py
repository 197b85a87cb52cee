# SPDX-License-Identifier: Apache-2.0
"""10,000 samples a second for a minute, or with --full for ten: memory and
descriptors stay flat, and everything arrives."""

import statistics
import time

import pytest

from rig import compare
from rig.exporter import Exporter, Page
from rig.receiver import RecordingReceiver

SERIES = 10_000
WARM_UP = 15         # Seconds until everything is allocated.
GROWTH = 4 * 1024    # KiB between the first and the last third.


def watch(walship, seconds):
    """[(RSS in KiB, descriptors)], one a second."""
    seen = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        walship.must_run()
        seen.append((walship.rss_kib(), walship.descriptors()))
        time.sleep(1)
    return seen


def flat(values, room):
    """Whether the last third is at most ${room} above the first."""
    third = len(values) // 3
    return (statistics.median(values[-third:])
            <= statistics.median(values[:third]) + room)


@pytest.mark.xdist_group("load")
@pytest.mark.parametrize("seconds", [
    60, pytest.param(600, marks=pytest.mark.full)])
def test_memory_and_descriptors_stay_flat(
        make_prometheus, make_walship, ended, seconds):
    exporter = Exporter(Page(gauges=SERIES // 2, counters=SERIES // 2))
    receiver = RecordingReceiver(keep_entries=False)
    ended += [exporter, receiver]
    begin = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url,
                           log={"level": "info"})
    exporter.wait_for_scrapes(WARM_UP)
    cpu, lines = walship.cpu_seconds(), walship.log().count("\n")
    seen = watch(walship, seconds)
    print(f"CPU {100 * (walship.cpu_seconds() - cpu) / seconds:.1f} %, RSS "
          f"{seen[0][0]} to {seen[-1][0]} KiB, descriptors {seen[0][1]} to "
          f"{seen[-1][1]}")
    truth = source.read_since(begin)
    assert truth.count() > 0.8 * SERIES * seconds
    compare.delivered(truth, lambda: receiver.store, 60)
    assert flat([rss for rss, _ in seen], GROWTH), seen
    assert flat([count for _, count in seen], 1), seen
    assert walship.log().count("\n") - lines < 5 + seconds // 10
    receiver.must_be_clean()
