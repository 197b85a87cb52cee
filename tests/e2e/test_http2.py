# SPDX-License-Identifier: Apache-2.0
"""HTTP/2, where it is asked for: all of a log arrives, in the order of each
series, whatever becomes of streams and of what they share."""

import pytest

from rig.answers import Answer
from rig.processes import wait_for
from rig.proxying import HttpProxy
from rig.receiver import RecordingReceiver
from rig.tls import Authority

streams = pytest.importorskip("rig.streams")

QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "max_samples_per_send": 100, "batch_send_deadline": "500ms"}


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def server(authority, ended):
    """A receiver that speaks HTTP/2 too; it must have seen no fault."""
    one = RecordingReceiver(tls=streams.offer(authority.server()))
    ended.append(one)
    yield one
    one.must_be_clean()


@pytest.fixture
def ship(frozen, authority, make_walship):
    """Ships a log to ${url} as an entry with ${keys} says."""
    def start(url, **keys):
        return make_walship(frozen.data_dir, {
            "url": url, "queue_config": QUICK, "enable_http2": True,
            "tls_config": {"ca_file": str(authority.ca_file)}, **keys})
    return start


def arrive(frozen, server, times=1):
    wait_for(lambda: server.store.count() == times * frozen.truth.count(), 60,
             "every sample")


def test_all_of_it_goes_over_one_connection_many_requests_at_a_time(
        frozen, server, ship):
    server.answer = lambda request: Answer(delay=0.05)
    ship(server.url)
    arrive(frozen, server)
    assert all(request.stream for request in server.requests)
    assert len(server.streams) == 1
    assert server.streams[0].most > 1


def test_who_does_not_speak_it_is_spoken_to_as_ever(
        frozen, authority, ended, ship):
    plain = RecordingReceiver(tls=authority.server())
    ended.append(plain)
    ship(plain.url)
    arrive(frozen, plain)
    plain.must_be_clean()


def test_nobody_is_spoken_to_so_who_was_not_meant(frozen, server, ship):
    ship(server.url, enable_http2=False)
    arrive(frozen, server)
    assert not server.streams


def test_it_goes_through_a_tunnel(ended, frozen, server, ship):
    proxy = HttpProxy(user=("walter", "s3cret"))
    ended.append(proxy)
    walship = ship(server.url, proxy_url=proxy.url.replace(
        "://", "://walter:s3cret@"))
    arrive(frozen, server)
    assert all(request.stream for request in server.requests)
    assert proxy.asked == [f"127.0.0.1:{server.port}"]
    walship.must_hide("s3cret")


def test_a_host_is_told_that_it_is_meant_by_whatever_name_it_proves(
        frozen, server, authority, ship):
    ship(server.url, tls_config={"ca_file": str(authority.ca_file),
                                 "server_name": "localhost"})
    arrive(frozen, server)
    assert {request.headers[":authority"] for request in server.requests} == {
        f"127.0.0.1:{server.port}"}


def _every(count, speak):
    """Answer each ${count}th request by ${speak}, and take the others."""
    def answer(request):
        return Answer(500, speak=speak) if request.number % count == 1 \
            else Answer(delay=0.02)
    return answer


FAULTS = {
    "refused": lambda stream: stream.refuse(),
    "goes away": lambda stream: stream.connection.go_away(stream.number - 1),
    "goes away with it": lambda stream: stream.connection.go_away(
        stream.number),
    "is cut": lambda stream: stream.connection.cut(),
    "internal": lambda stream: stream.refuse(2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_answered_is_sent_again(frozen, server, ship, fault):
    server.answer = _every(5, FAULTS[fault])
    ship(server.url, remote_timeout="1s")
    arrive(frozen, server)
    assert all(request.stream for request in server.requests)


def test_a_connection_that_fell_silent_serves_no_more(frozen, server, ship):
    def answer(request):
        return Answer(500, speak=lambda stream: None) \
            if request.stream.connection is server.streams[0] else Answer()
    server.answer = answer
    ship(server.url, remote_timeout="1s")
    arrive(frozen, server)
    assert len(server.streams) > 1


def test_an_answer_without_an_end_holds_nobody_back(frozen, server, ship):
    server.answer = lambda request: Answer(
        200, speak=lambda stream: stream.begin(200)) \
        if request.number == 0 else Answer()
    ship(server.url)
    arrive(frozen, server)


def test_an_entry_is_not_held_back_by_another_of_its_host(
        frozen, server, authority, make_walship):
    def entry(name):
        return {"url": server.url + "/" + name, "queue_config": QUICK,
                "enable_http2": True, "remote_timeout": "2s",
                "write_relabel_configs": [
                    {"target_label": "entry", "replacement": name}],
                "tls_config": {"ca_file": str(authority.ca_file)}}
    server.answer = lambda request: Answer() \
        if request.path.endswith("/well") \
        else Answer(500, speak=lambda stream: None)
    walship = make_walship(frozen.data_dir, entry("mute"), entry("well"))
    arrive(frozen, server)
    ways = {name: {request.connection for request in server.requests
                   if request.path.endswith(name)}
            for name in ("/mute", "/well")}
    assert ways["/mute"] and not ways["/mute"] & ways["/well"]
    walship.kill()  # It would try for its last four seconds.
