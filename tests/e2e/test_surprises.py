# SPDX-License-Identifier: Apache-2.0
"""What can happen to the log and to the machine while walship runs: it ships
what can be shipped, under the right labels, and needs nobody for it."""

import shutil
import time

import pytest

from conftest import Source
from rig import compare, namespace
from rig.answers import Answer
from rig.exporter import Exporter, Page
from rig.processes import wait_for
from rig.prometheus import Prometheus
from rig.receiver import RecordingReceiver
from rig.shim import Manager, Shim
from rig.walship import Walship

# Of so few samples the window is soon full, and what follows is not read.
NARROW = {"max_samples_per_send": 20, "max_shards": 1,
          "batch_send_deadline": "300ms", "min_backoff": "30ms",
          "max_backoff": "300ms"}
FULL = "prometheus_remote_storage_enqueue_retries_total"
DROPPED = "prometheus_remote_storage_samples_dropped_total"
DAMAGE = 3000  # Bytes before the end of the log.
STALL = 10     # Seconds.
WATCHDOG = 8   # Seconds, of which systemd is told.
SERIES_MAX = 17000


def now():
    return int(time.time() * 1000) - 1000


def refuse(receiver):
    """Have it be out of order until serve()."""
    receiver.answer = lambda request: Answer(503)


def serve(receiver):
    receiver.answer = lambda request: Answer()


def must_be_true(receiver, truth, but=(0, 0)):
    """Nothing was received that is not in ${truth}, ${but} of times between
    these: no sample got the labels of another."""
    for key in list(receiver.store.series):
        wrong = {one for one in receiver.store.samples(key)
                 if not but[0] <= one[0] < but[1]} - set(truth.samples(key))
        assert not wrong, f"{compare.series.show(key)}: {sorted(wrong)[:3]}"


def last_segment(wal):
    return max((path for path in wal.iterdir() if path.name.isdigit()),
               key=lambda path: int(path.name))


def flip(path, at):
    """Change a byte of ${path}, ${at} bytes before its end."""
    with open(path, "r+b") as file:
        file.seek(-at, 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 0xff]))


def fall_behind(walship, receiver, exporter):
    """Have it stop reading, and something be written behind that."""
    refuse(receiver)
    before = walship.total(FULL)
    wait_for(lambda: walship.total(FULL) > before, 60, "a full window")
    exporter.wait_for_scrapes(5)


def test_an_unread_segment_that_prometheus_repairs(
        make_prometheus, make_walship, receiver, exporter):
    begin = now()
    exporter.page = Page(gauges=400)
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, {
        "url": receiver.url, "queue_config": NARROW}).wait_ready()
    exporter.wait_for_scrapes(2)
    fall_behind(walship, receiver, exporter)
    before = source.read_since(begin)
    source.terminate()
    flip(last_segment(source.wal), DAMAGE)
    source.start()
    assert "repair" in source.log()
    exporter.wait_for_scrapes(3)
    serve(receiver)
    truth = source.read_since(begin)
    compare.delivered(truth, lambda: receiver.store, 90)
    before.merge(source.read_since(begin))
    must_be_true(receiver, before)


def test_a_directory_wiped_and_made_anew(
        make_prometheus, make_walship, receiver, exporter):
    begin = now()
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    exporter.wait_for_scrapes(3)
    before = source.read_since(begin)
    source.kill()
    shutil.rmtree(source.data_dir)
    # The same refs are given to others.
    exporter.page = Page(gauges=7, odd=False)
    source.start()
    exporter.wait_for_scrapes(4)
    compare.delivered(source.read_since(begin), lambda: receiver.store, 60)
    after = source.read_since(begin)
    after.merge(before)
    must_be_true(receiver, after)
    assert walship.total("walship_wal_restarts_total") == 1


def test_a_data_directory_copied_to_another_disk(
        make_prometheus, make_walship, receiver, exporter):
    begin = now()
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    exporter.wait_for_scrapes(3)
    walship.stop()
    exporter.wait_for_scrapes(2)
    source.terminate()
    old = source.data_dir.with_name("old")
    source.data_dir.rename(old)
    shutil.copytree(old, source.data_dir)
    shutil.rmtree(old)
    walship.start()
    source.start()
    exporter.wait_for_scrapes(3)
    compare.delivered(source.read_since(begin), lambda: receiver.store, 60)
    assert receiver.repeated == 0
    assert walship.total("walship_wal_restarts_total") == 0


def test_a_state_that_came_with_another_machines_image(
        directory, ended, make_prometheus, make_walship, receiver, exporter):
    begin = now()
    one = make_prometheus("one", targets=[exporter.address])
    walship = make_walship(one.data_dir, receiver.url)
    exporter.wait_for_scrapes(4)
    walship.stop()
    one.kill()
    exporter.page = Page(gauges=7, odd=False)
    two = make_prometheus("two", targets=[exporter.address])
    exporter.wait_for_scrapes(3)
    elsewhere = RecordingReceiver(port=0)
    ended.append(elsewhere)
    copy = Walship(directory, two.data_dir, [elsewhere.url], name="copy")
    ended.append(copy)
    shutil.rmtree(copy.state_dir)
    shutil.copytree(walship.state_dir, copy.state_dir,
                    ignore=lambda _, names: [
                        name for name in names if "sock" in name])
    copy.start().wait_ready()
    exporter.wait_for_scrapes(2)
    truth = two.read_since(begin)
    compare.delivered(truth, lambda: elsewhere.store, 60)
    must_be_true(elsewhere, two.read_since(begin))
    assert copy.total("walship_wal_restarts_total") == 1
    elsewhere.must_be_clean()


def test_a_disk_that_prometheus_finds_full(
        directory, ended, mounts_allowed, receiver, exporter):
    begin = now()
    source = Prometheus("source", directory, targets=[exporter.address],
                        flags=["--storage.tsdb.wal-segment-size=10MB"])
    source.data_dir.mkdir()
    mounts = namespace.small_disk(source.data_dir, "60m")
    ended += [mounts, source]
    source.argv = mounts.inside(source.argv)
    source.start()
    walship = Walship(directory, source.data_dir, [receiver.url])
    walship.argv = mounts.inside(walship.argv)
    ended.append(walship)
    walship.start()
    exporter.wait_for_scrapes(3)
    full = now()
    filler = source.data_dir / "filler"
    mounts.run(f"dd if=/dev/zero of={filler} bs=1k 2>/dev/null")
    wait_for(lambda: "no space left" in source.log(), 60, "a full disk")
    exporter.wait_for_scrapes(3)
    assert mounts.run(f"rm {filler}") == 0
    # What it had no room for it wrote when there was, and does not know.
    full = (full, now() + 5000)
    exporter.wait_for_scrapes(5)
    truth = source.read_since(begin)
    compare.delivered(truth, lambda: receiver.store, 60)
    must_be_true(receiver, source.read_since(begin), full)
    walship.stop()


@pytest.fixture
def shimmed(directory, ended, receiver):
    """Makes a walship whose clock and disk are the test's, and its manager."""
    if not Shim.library.exists():
        pytest.skip(f"no {Shim.library}: make check builds it")

    def make(data_dir):
        one = Walship(directory, data_dir, [{
            "url": receiver.url, "queue_config": {
                "batch_send_deadline": "300ms", "sample_age_limit": "10m"}}])
        one.shim = Shim(directory, one)
        one.manager = Manager(directory, one, WATCHDOG)
        ended.extend([one.manager, one])
        return one.start().wait_ready()
    return make


@pytest.fixture
def young(directory, ended):
    """A Prometheus of which nothing is too old yet."""
    one = Source(directory)
    ended.append(one)
    return one


def must_answer(walship, seconds):
    """For so many ${seconds} it shows its metrics without delay."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        asked = time.monotonic()
        assert walship.get("/metrics")[0] == 200
        assert time.monotonic() - asked < 3
        time.sleep(0.5)


def test_a_disk_that_stalls_for_ten_seconds(young, receiver, shimmed):
    walship = shimmed(young.data_dir)
    compare.delivered(young.read_after(2), lambda: receiver.store, 60)
    begin = time.monotonic()
    with walship.shim.stall():
        must_answer(walship, STALL / 2)
        stalled = receiver.store.count()
        must_answer(walship, STALL / 2)
        assert receiver.store.count() == stalled
    assert walship.manager.has("READY=1")
    assert walship.manager.longest(begin) < WATCHDOG
    compare.delivered(young.read_after(2), lambda: receiver.store, 60)
    walship.must_run()


def test_a_clock_set_forward_and_back_by_an_hour(young, receiver, shimmed):
    walship = shimmed(young.data_dir)
    for ahead in 0, 3600, 0, -3600, 0:
        walship.shim.ahead = ahead
        walship.shim.apply()
        compare.delivered(young.read_after(3), lambda: receiver.store, 60)
    assert walship.total(DROPPED) == 0
    assert walship.manager.longest(time.monotonic() - 10) < WATCHDOG


def test_fifty_thousand_series_in_ten_seconds(
        make_prometheus, make_walship, ended):
    exporter = Exporter(Page(churn=5000, churn_period=0.9))
    receiver = RecordingReceiver(keep_entries=False)
    narrow = RecordingReceiver(keep_entries=False)
    ended += [exporter, receiver, narrow]
    begin = now()
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url)
    limited = make_walship(source.data_dir, narrow.url, name="limited",
                           limits={"max_series": SERIES_MAX})
    exporter.wait_for_scrapes(10)
    exporter.page = Page()
    exporter.wait_for_scrapes(2)
    truth = source.read_since(begin)
    assert len(truth.series) > 50000
    compare.delivered(truth, lambda: receiver.store, 120)
    assert walship.total(DROPPED) == 0

    # Of three times as many as there may be, the others are counted.
    source.terminate()
    wait_for(lambda: narrow.store.count() + limited.total(DROPPED) ==
             receiver.store.count(), 60,
             "what is not there to be what is counted", 1)
    assert limited.total(DROPPED, reason="series_limit") == \
        limited.total(DROPPED) > 30000
    assert limited.total("walship_series") <= SERIES_MAX
    receiver.must_be_clean()
    narrow.must_be_clean()
