# SPDX-License-Identifier: Apache-2.0
"""A dead receiver costs neither log nor CPU; nor does having nothing to do."""

import time

import pytest

from rig.answers import Answer
from rig.deadends import BlackHole, dead_url
from rig.processes import wait_for

SECONDS = 7
LINES = 12     # At level info.
CPU = 0.15     # Of one core, in a build with sanitizers.


def spent(walship, seconds):
    """(CPU seconds, lines of log) of the next ${seconds}."""
    cpu, lines = walship.cpu_seconds(), len(walship.log().splitlines())
    time.sleep(seconds)
    walship.must_run()
    return (walship.cpu_seconds() - cpu,
            len(walship.log().splitlines()) - lines)


@pytest.fixture(params=["dead", "black hole", "no such name"])
def bad_url(request, ended):
    if request.param == "dead":
        return dead_url()
    if request.param == "no such name":
        return "http://walship-test.invalid/write"
    hole = BlackHole()
    ended.append(hole)
    return hole.url


def test_a_receiver_that_is_none_costs_little(source, make_walship, bad_url):
    walship = make_walship(source.data_dir, bad_url, log={"level": "info"})
    source.read_after(3)
    cpu, lines = spent(walship, SECONDS)
    assert lines <= LINES
    assert cpu < SECONDS * CPU


def test_what_a_receiver_says_is_cut_and_escaped(source, make_walship,
                                                 receiver):
    receiver.answer = lambda request: Answer(
        400, body=b"\x1b[31mred\n\0" + b"x" * 100_000)
    walship = make_walship(source.data_dir, receiver.url,
                           log={"level": "info"})
    source.read_after(4)
    assert "\x1b" not in walship.log() and "\0" not in walship.log()
    assert max(map(len, walship.log().splitlines())) <= 4096
    assert "red" in walship.log()


def test_a_log_that_does_not_grow_costs_nothing(
        make_prometheus, make_walship, receiver, exporter):
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url,
                           log={"level": "info"}).wait_ready()
    exporter.wait_for_scrapes(2)
    source.terminate()
    quiet = len(receiver.requests)

    def settled():
        nonlocal quiet
        before, quiet = quiet, len(receiver.requests)
        return before == quiet
    wait_for(settled, 60, "the last request", every=3)
    cpu, lines = spent(walship, 5)
    assert cpu < 0.2
    assert lines <= 3
