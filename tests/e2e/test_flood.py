# SPDX-License-Identifier: Apache-2.0
"""Its own server under attack: connections without end that are slow, or say
nonsense, or never read.  It stays within its memory, answers who asks, and
samples go on."""

import contextlib
import resource
import socket
import time

import pytest

from rig.processes import wait_for

GROWTH_KIB = 24 << 10  # With a sanitizer's own.

SAID = [
    b"",                                              # Nothing at all.
    b"GET /metrics HTTP/1.1\r\nHost: h\r\nX-Slow: ",  # Never the end.
    b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n",      # Never read.
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS.
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\nx",
    b"GET " + b"/" * 20000 + b" HTTP/1.1\r\n\r\n",
]


@pytest.fixture
def many_files():
    """This process may have many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def rush(address, count):
    """Open ${count} connections, each saying something of SAID, and leave
    those open that are."""
    host, port = address.rsplit(":", 1)
    left = []
    for number in range(count):
        with contextlib.suppress(OSError):
            one = socket.create_connection((host, int(port)), 10)
            one.setblocking(False)
            left.append(one)
            one.send(SAID[number % len(SAID)])
    return left


def still_open(connections):
    """Those of ${connections} that their peer has not ended."""
    found = []
    for one in connections:
        try:
            while one.recv(65536):
                pass
        except BlockingIOError:
            found.append(one)
        except OSError:
            pass
    return found


def trickle(connections, seconds):
    """Send a byte on each now and then; return those still open."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for one in connections:
            with contextlib.suppress(OSError):
                one.send(b"x")
        time.sleep(0.5)
    return still_open(connections)


@pytest.mark.parametrize("count", [
    1500, pytest.param(10000, marks=pytest.mark.full)])
def test_connections_without_end_cost_nothing(
        count, many_files, source, receiver, make_walship):
    count = min(count, many_files - 200)
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    wait_for(receiver.store.count, 30, "samples")
    before = walship.rss_kib()
    connections = []
    try:
        while len(connections) < count:
            connections += rush(walship.address, 250)
            began = time.monotonic()
            assert walship.get("/-/healthy")[0] == 200
            assert walship.get("/metrics")[0] == 200
            assert time.monotonic() - began < 10
        assert walship.descriptors() < 250
        had = receiver.store.count()
        wait_for(lambda: receiver.store.count() > had, 30, "more samples")
        assert walship.peak_kib() - before < GROWTH_KIB
    finally:
        for one in connections:
            one.close()
    wait_for(lambda: walship.descriptors() < 100, 30, "the end of them")


def test_who_takes_too_long_is_left(source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    connections = rush(walship.address, 12)
    try:
        assert still_open(connections)
        assert not trickle(connections[1:2], 13)
        assert walship.get("/-/healthy")[0] == 200
    finally:
        for one in connections:
            one.close()
