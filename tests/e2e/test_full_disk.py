# SPDX-License-Identifier: Apache-2.0
"""A state directory on a disk that is full: what is already there goes on
being used, and shipping goes on."""

import time

import pytest

from rig import compare, namespace
from rig.walship import Walship

SECONDS = 60
SIZE = "1m"
LINES = 10  # Of the log, about one trouble.


class Disk:
    """A small disk below a walship's state directory, to fill and empty."""

    def __init__(self, walship):
        self.path = walship.state_dir
        self.mounts = namespace.small_disk(self.path, SIZE)
        walship.argv = self.mounts.inside(walship.argv)

    def fill(self):
        """Take all that is left of it."""
        self.mounts.run(f"dd if=/dev/zero of={self.path}/filler bs=4k "
                        "2>/dev/null")
        assert self.mounts.run(f"echo 1 2>/dev/null >{self.path}/more") != 0

    def empty(self):
        assert self.mounts.run(f"rm {self.path}/filler") == 0

    def close(self):
        self.mounts.close()


@pytest.fixture
def walship(directory, ended, source, receiver, mounts_allowed):
    """A walship, not yet started, whose state directory is such a disk."""
    one = Walship(directory, source.data_dir,
                  [{"url": receiver.url, "name": "good", "queue_config": {
                      "batch_send_deadline": "500ms"}}],
                  log={"level": "info"})
    one.disk = Disk(one)
    ended += [one.disk, one]
    return one


def test_shipping_goes_on_while_the_disk_is_full(source, receiver, walship):
    walship.start()
    compare.delivered(source.read_after(1), lambda: receiver.store, SECONDS)
    walship.disk.fill()
    lines = walship.log().count("\n")
    compare.delivered(source.read_after(3), lambda: receiver.store, SECONDS)
    assert walship.log().count("\n") - lines <= LINES
    walship.disk.empty()
    compare.delivered(source.read_after(2), lambda: receiver.store, SECONDS)
    walship.stop()
    assert receiver.repeated == 0


def test_the_position_is_saved_all_the_same(source, receiver, walship):
    walship.start()
    compare.delivered(source.read_after(1), lambda: receiver.store, SECONDS)
    walship.disk.fill()
    for _ in range(2):
        truth = source.read_after(2)
        compare.delivered(truth, lambda: receiver.store, SECONDS)
        time.sleep(0.5)
        walship.kill()
        receiver.sender_died()
        walship.start()
    truth = source.read_after(1)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    walship.stop()
    # One request was on its way at each kill, or had just been answered.
    requests = sorted(one.samples for one in receiver.requests)
    assert receiver.repeated <= sum(requests[-2:])
    assert receiver.repeated < truth.count() / 2
