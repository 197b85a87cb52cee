# SPDX-License-Identifier: Apache-2.0
"""Prometheus deletes segments while walship is down: what its checkpoint still
holds of them is sent, what is missing lies in the gap that is told of, and
nothing comes twice to receivers that would refuse it."""

import re
import time

import pytest

from rig import compare
from rig.agent import Agent
from rig.exporter import Exporter, Page
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.walship import Walship

BLOCK = 8  # Seconds.
SMALL_BLOCKS = ["--storage.tsdb.wal-segment-size=10MB",
                "--no-storage.tsdb.wal-compression",
                f"--storage.tsdb.min-block-duration={BLOCK}s",
                f"--storage.tsdb.max-block-duration={BLOCK}s"]
QUICK = {"batch_send_deadline": "300ms", "min_backoff": "30ms",
         "max_backoff": "500ms"}
RECOVERED = "walship_wal_gap_recovered_samples_total"
GONE = "walship_wal_gap_segments_total"


class Pulse:
    """A Page that is huge at the start of each block's time.  A truncation
    comes with half a block in the head, and deletes two thirds of the
    segments: those then begin with samples that the head still needs."""

    def __init__(self):
        self.small = Page(gauges=100, churn=0)
        self.huge = Page(gauges=100, churn=2000, churn_period=0.9,
                         label_bytes=4000)

    def render(self, turn, now):
        """The text of scrape ${turn} at ${now}."""
        page = self.huge if now % BLOCK < BLOCK / 2 else self.small
        return page.render(turn, now)


def segments(wal):
    return sorted(int(path.name) for path in wal.iterdir()
                  if path.name.isdigit())


def wait_for_truncation(wal, number):
    """Wait until the segments up to ${number} are gone, into a
    checkpoint."""
    def truncated():
        return (segments(wal)[0] > number
                and any(re.fullmatch(r"checkpoint\.\d+", path.name)
                        for path in wal.iterdir()))
    wait_for(truncated, 150, "segments to be deleted", every=0.2)
    time.sleep(0.5)  # Until all of them are.


def spans(walship):
    """(from, to) in ms of each gap that was crossed, by receiver."""
    found = re.findall(r'remote=(\S+) samples_recovered=\d+ .*'
                       r'from_ms=(-?\d+) to_ms=(\d+)', walship.log())
    return {name: (int(start), int(end)) for name, start, end in found}


def must_lie_within(missing, span):
    """All that is missing is of the gap that was told of."""
    outside = [one for one in missing
               if not span[0] - 1000 <= one.timestamp < span[1] + 1000]
    assert not outside, f"{outside[0]} is not within {span}"


@pytest.mark.parametrize("end", [
    "stop", pytest.param("kill", marks=pytest.mark.full)])
def test_what_a_checkpoint_holds_of_deleted_segments_is_sent(
        make_prometheus, make_receiver, directory, ended, end):
    exporter = Exporter(Page(gauges=100, churn=0))
    recorder = RecordingReceiver(rollback=True)
    ended += [exporter, recorder]
    strict = make_receiver()
    begin = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address], flags=SMALL_BLOCKS)
    walship = Walship(directory, source.data_dir, [
        {"url": recorder.url, "name": "recorder", "queue_config": QUICK},
        {"url": strict.write_url, "name": "strict", "queue_config": QUICK}])
    ended.append(walship)
    walship.start()
    exporter.wait_for_scrapes(3)
    getattr(walship, end)()
    exporter.page = Pulse()
    wait_for_truncation(source.wal, segments(source.wal)[-1] + 1)
    exporter.page = Page()
    walship.start().wait_ready()
    exporter.wait_for_scrapes(3)
    wait_for(lambda: len(spans(walship)) == 2, 60, "both gaps to be crossed")
    found = spans(walship)
    truth = source.read_since(begin)
    recent = source.read_since(max(end for _, end in found.values()) + 1000)
    compare.delivered(recent, lambda: recorder.store, 60)
    compare.delivered(recent, lambda: strict.read_since(begin), 60)
    must_lie_within(compare.missing(truth, recorder.store),
                    found["recorder"])
    must_lie_within(compare.missing(truth, strict.read_since(begin)),
                    found["strict"])
    assert walship.total(GONE) >= 2
    # What was deleted may be of one scrape alone, begun in what was held.
    print(f"{walship.total(RECOVERED):g} samples recovered")
    if end == "stop":
        assert recorder.rolled_back == 0 and recorder.repeated == 0
        assert walship.total("walship_responses_total", code="400") == 0
    recorder.must_be_clean()


def turns(store):
    """What a counter that each scrape advances by 1 was seen to be."""
    key = next((one for one in list(store.series)
                if dict(one)["__name__"] == "rig_counter_total"
                and dict(one)["n"] == "0"), None)
    return {compare.series.float_of(bits) for _, bits in store.samples(key)
            if not compare.series.is_nan(bits)}


def test_an_agent_that_truncates_and_is_killed_loses_nothing(
        directory, ended, exporter, receiver):
    source = Agent("agent", directory, targets=[exporter.address], flags=[
        "--storage.agent.wal-truncate-frequency=2s",
        "--storage.agent.retention.min-time=1s",
        "--storage.agent.retention.max-time=5s",
        "--storage.agent.wal-segment-size=10MB"])
    ended.append(source)
    source.start()
    walship = Walship(directory, source.data_dir, [receiver.url])
    ended.append(walship)
    walship.start()
    first = exporter.turn + 1
    for _ in range(2):
        exporter.wait_for_scrapes(4)
        source.kill()
        source.start()
    wait_for_truncation(source.wal, 2)
    exporter.wait_for_scrapes(2)
    # The scrape during which it is killed may be cut off.
    last = exporter.turn - 1
    wait_for(lambda: last in turns(receiver.store), 60, f"scrape {last}")
    missing = set(range(first, last)) - turns(receiver.store)
    assert len(missing) <= 2, f"{sorted(missing)} of {first} to {last}"
    assert walship.total(GONE) == 0
    assert walship.total("walship_wal_damaged_total") == 0

    # Its checkpoint is read for its series alone.
    walship.stop()
    wait_for_truncation(source.wal, segments(source.wal)[-1] + 1)
    walship.start().wait_ready()
    exporter.wait_for_scrapes(2)
    last = exporter.turn - 1
    wait_for(lambda: last in turns(receiver.store), 60, f"scrape {last}")
    assert walship.total(GONE) >= 1
    assert walship.total(RECOVERED) == 0
    assert walship.total("prometheus_remote_storage_samples_dropped_total",
                         reason="unknown_series") == 0
