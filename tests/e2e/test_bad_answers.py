# SPDX-License-Identifier: Apache-2.0
"""Receivers that answer as none should, or not at all: nothing is lost, what
was answered is not sent again, and neither requests nor memory grow."""

import pytest

from rig.answers import (Answer, broken_body, garbage, half, huge_body, never,
                         slow_headers)
from rig.receiver import RecordingReceiver
from rig.tls import Authority

TIMES = 3  # That it answers so.


@pytest.fixture(params=["http", "https"])
def receiver(request, directory, ended):
    """A recording receiver, by HTTP and by HTTPS."""
    tls = None
    if request.param == "https":
        authority = Authority(directory)
        tls = authority.server()
    one = RecordingReceiver(tls=tls)
    one.entry = ({"tls_config": {"ca_file": str(authority.ca_file)}}
                 if tls else {})
    ended.append(one)
    yield one
    one.must_be_clean()


def ship_all(ship, repeated=0, retries=TIMES, **entry):
    """Ship everything, and account for it."""
    walship = ship.start(**entry, **ship.receiver.entry)
    ship.settle(retries=retries)
    walship.stop()
    ship.must_be_exact(repeated=repeated)


def test_a_good_one_is_a_good_one(ship):
    ship_all(ship, retries=0)


# What is said after a status line of 2xx changes nothing.

def test_headers_may_be_slow(ship, receiver):
    receiver.script(*[slow_headers(1)] * TIMES)
    ship_all(ship)


def test_a_body_may_break_off_after_200(ship, receiver):
    receiver.script(*[broken_body()] * TIMES)
    ship_all(ship)


def test_a_body_of_a_gigabyte_is_not_read(ship, receiver):
    receiver.script(*[huge_body()] * TIMES)
    ship_all(ship)


@pytest.mark.parametrize("more", [b"so", b"x" * 1_000_000],
                         ids=["short", "endless"])
def test_headers_may_break_off_after_the_status_line(ship, receiver, more):
    receiver.script(*[half(b"HTTP/1.1 204 Taken\r\nX-Header: " + more, True)]
                    * TIMES)
    ship_all(ship)


# What is no status line is no answer.

def test_a_refusal_of_a_gigabyte_is_a_refusal(ship, receiver):
    receiver.script(huge_body(400))
    receiver.refused.add(None)  # It is not said in order.
    walship = ship.start(**receiver.entry)
    refused = ship.refused()
    ship.settle(lost=refused)
    walship.stop()
    ship.must_be_exact(lost=refused)


@pytest.mark.parametrize("answer", [
    half(), half(b""), garbage(), garbage(b"\n" * 100_000),
    garbage(b"HTTP/1.1 999999999999 Odd\r\n\r\n"),
    Answer(500, drop=True), Answer(500, reset=True),
], ids=["half a status line", "nothing", "no HTTP", "empty lines",
        "an odd status", "the end", "a reset"])
def test_it_is_tried_again(ship, receiver, answer):
    receiver.script(*[answer] * TIMES)
    ship_all(ship, repeated=None)


@pytest.mark.parametrize("answer", [
    never(), slow_headers(20, taken=False),
], ids=["no answer", "a slow one"])
def test_an_answer_is_not_waited_for_longer_than_the_timeout(ship, receiver,
                                                             answer):
    receiver.script(answer, answer)
    ship_all(ship, repeated=None, remote_timeout="1s")


def test_a_request_that_is_cut_off_is_sent_again(ship, receiver):
    cut = []

    def interrupt(request):
        if len(cut) < TIMES:
            cut.append(request.size)
            return request.size // 2
        return None
    receiver.interrupt = interrupt
    ship_all(ship)
    assert len(cut) == TIMES


def test_a_lost_answer_repeats_a_request_and_no_more(ship, receiver):
    receiver.script(*[Answer(204, reset=True)] * TIMES)
    ship_all(ship, repeated=TIMES * 100)
    assert receiver.repeated == sum(
        one.samples for one in receiver.requests[:TIMES])
