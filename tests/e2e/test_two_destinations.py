# SPDX-License-Identifier: Apache-2.0
"""A destination that works is not slowed by those that do not: an address at
which nobody listens, a receiver that swallows everything, a name server that
never answers."""

import time

import pytest

from rig import compare, namespace
from rig.deadends import BlackHole, SilentNames, dead_url
from rig.processes import PATIENCE, wait_for
from rig.walship import Walship

DEADLINE = 1        # Seconds, the batch_send_deadline.
LAG = 2 * PATIENCE  # Seconds above it that are allowed.
MEMORY = 10 << 10   # KiB of growth that are allowed.
WARM_UP = 4         # Seconds until everything is allocated.
AGE = "walship_oldest_unacknowledged_age_seconds"


def remote(name, url):
    return {"name": name, "url": url, "queue_config": {
        "batch_send_deadline": f"{DEADLINE}s"}}


@pytest.fixture
def names(ended, mounts_allowed):
    """A name server that never answers."""
    try:
        one = SilentNames()
    except OSError as error:
        pytest.skip(f"port 53 may not be taken: {error}")
    ended.append(one)
    return one


@pytest.fixture
def walship(directory, ended, source, receiver, names):
    """A walship with one good destination and three bad ones."""
    hole = BlackHole()
    one = Walship(directory, source.data_dir, [
        remote("refused", dead_url()), remote("swallowed", hole.url),
        remote("unresolved", "http://receiver.walship-test.example/write"),
        remote("good", receiver.url)], start="now")
    mounts = namespace.name_server(directory, names.address)
    one.argv = mounts.inside(one.argv)
    ended += [hole, mounts, one]
    one.start()
    wait_for(names.asked, 30, "a question to the name server")
    wait_for(lambda: hole.taken and receiver.requests, 30, "connections")
    return one


def lag(receiver, begin):
    """How old, at worst, a sample was that arrived after ${begin}, in
    seconds."""
    zero = time.time() - time.monotonic()
    return max(one.time + zero - one.oldest / 1000
               for one in receiver.requests[begin:] if one.samples)


@pytest.mark.xdist_group("load")
@pytest.mark.parametrize("seconds", [
    8, pytest.param(600, marks=pytest.mark.full)])
def test_dead_destinations_slow_none_and_hold_no_memory(
        source, receiver, walship, seconds):
    source.exporter.wait_for_scrapes(WARM_UP)
    begin, memory, ages = len(receiver.requests), walship.rss_kib(), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ages.append(walship.total(AGE, remote_name="good"))
        time.sleep(0.3)
    assert walship.rss_kib() - memory < MEMORY
    assert lag(receiver, begin) <= DEADLINE + LAG
    assert max(ages) <= DEADLINE + LAG
    dead = ["refused", "swallowed", "unresolved"]
    assert all(walship.total(AGE, remote_name=name) > WARM_UP
               for name in dead)
    walship.stop()


def test_at_the_end_all_is_at_the_one_that_works(source, receiver, walship):
    before = source.read()
    truth = source.read_after(3)
    newest = max(held[0][-1] for held in before.series.values())
    truth = truth.without((key, *sample) for key in before.series
                          for sample in before.samples(key)
                          if sample[0] <= newest)
    walship.stop()
    missing = compare.missing(truth, receiver.store, limit=3)
    assert not missing, compare.explain(missing, truth)
