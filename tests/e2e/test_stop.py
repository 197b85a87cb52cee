# SPDX-License-Identifier: Apache-2.0
"""Its end: within five seconds, cleanly, whatever the receiver does.  Every
stop in these tests also shows that nothing leaks, in a build with ASan."""

import signal

import pytest

from rig import compare
from rig.answers import Answer
from rig.deadends import BlackHole, dead_url
from rig.processes import wait_for
from rig.walship import STOP_SECONDS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT],
                         ids=["SIGTERM", "SIGINT"])
def test_it_stops_while_the_receiver_lives(source, receiver, make_walship,
                                           number):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    truth = source.read_after(1)
    compare.delivered(truth, lambda: receiver.store, 60)
    walship.child.send_signal(number)
    assert walship.wait(STOP_SECONDS) == 0
    walship.must_be_clean()


def test_it_stops_while_the_receiver_is_dead(source, make_walship):
    walship = make_walship(source.data_dir, dead_url())
    source.read_after(2)
    walship.stop()


def test_it_stops_while_the_receiver_swallows_everything(
        source, make_walship, ended):
    hole = BlackHole()
    ended.append(hole)
    walship = make_walship(source.data_dir, hole.url)
    wait_for(lambda: hole.taken, 30, "a connection")
    walship.stop()


def test_it_stops_while_answers_are_slow(source, receiver, make_walship):
    receiver.answer = lambda request: Answer(delay=8)
    walship = make_walship(source.data_dir, receiver.url)
    wait_for(lambda: receiver.requests, 30, "a request")
    walship.stop()


def test_it_stops_while_it_waits_for_a_log(directory, make_walship):
    (directory / "data").mkdir()
    make_walship(directory / "data", dead_url()).stop()


def test_what_is_written_is_shipped_before_it_stops(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    truth = source.read_after(3)
    walship.stop()
    assert not compare.missing(truth, receiver.store, limit=3)


def test_a_second_signal_does_no_harm(source, make_walship):
    walship = make_walship(source.data_dir, dead_url())
    walship.child.send_signal(signal.SIGTERM)
    walship.child.send_signal(signal.SIGTERM)
    assert walship.wait(STOP_SECONDS) == 0
    walship.must_be_clean()
