# SPDX-License-Identifier: Apache-2.0
"""The rig itself: it sees what is wrong, and finds nothing wrong with
Prometheus's own remote write."""

import http.client
import ssl
import threading
import urllib.error
import urllib.request

import pytest

from rig import compare, series, wire
from rig.answers import Answer, broken_body, garbage, half
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.tls import Authority

UP = (("__name__", "up"), ("job", "rig"))


def store_of(*samples):
    store = series.Store()
    for timestamp, bits in samples:
        store.add(UP, timestamp, bits)
    return store


@pytest.mark.parametrize("received", [
    [],
    [(1, series.bits_of(0.0))],
    [(2, series.bits_of(-0.0))],
    [(1, series.STALE)],
])
def test_a_lost_or_changed_sample_is_seen(received):
    source = store_of((1, series.bits_of(-0.0)))
    assert len(compare.missing(source, store_of(*received))) == 1


def test_two_kinds_of_nan_are_not_the_same():
    source = store_of((1, series.STALE))
    other = store_of((1, 0x7FF8000000000001))
    assert compare.missing(source, other)
    assert not compare.missing(source, store_of((1, series.STALE)))


def test_nearly_means_twelve_digits():
    source = store_of((1, series.bits_of(1 / 3)))
    assert not compare.missing_nearly(
        source, store_of((1, series.bits_of(0.333333333333))))
    assert compare.missing_nearly(
        source, store_of((1, series.bits_of(0.3333))))
    assert compare.missing_nearly(
        source, store_of((2, series.bits_of(1 / 3))))


def send(receiver, labels, *samples, context=None):
    """POST one series to ${receiver}; return the status."""
    message = wire.WriteRequest()
    one = message.timeseries.add()
    for name, value in labels:
        one.labels.append(
            wire.Label(name=name, value=value).SerializeToString())
    for timestamp, bits in samples:
        one.samples.add(timestamp=timestamp, value=bits)
    request = urllib.request.Request(
        receiver.url, wire.snap(message.SerializeToString()), {
            "User-Agent": "walship/test",
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0"})
    try:
        with urllib.request.urlopen(request, timeout=10,
                                    context=context) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def recorder(ended):
    one = RecordingReceiver()
    ended.append(one)
    return one


def test_the_recorder_keeps_what_it_acknowledged(recorder):
    recorder.script(Answer(200))
    assert send(recorder, UP, (1, series.STALE), (2, 5)) == 200
    assert list(recorder.store.samples(UP)) == [(1, series.STALE), (2, 5)]
    recorder.must_be_clean()


@pytest.mark.parametrize("labels, fault", [
    ((("job", "rig"), ("__name__", "up")), "not sorted"),
    ((("__name__", "up"), ("job", "a"), ("job", "b")), "comes twice"),
    ((("job", "rig"),), "no metric name"),
    ((("__name__", "up"), ("job", "")), "empty label"),
])
def test_the_recorder_judges_labels(recorder, labels, fault):
    send(recorder, labels, (1, 5))
    assert fault in recorder.faults[0]


def test_the_recorder_sees_broken_order_and_counts_repeats(recorder):
    send(recorder, UP, (2, 5))
    send(recorder, UP, (2, 5))
    assert recorder.repeated == 1
    recorder.must_be_clean()
    send(recorder, UP, (1, 5))
    assert "after 2" in recorder.faults[0]


@pytest.fixture
def rolling(ended):
    one = RecordingReceiver(rollback=True)
    ended.append(one)
    return one


def test_a_rollback_keeps_nothing_of_a_request_with_an_old_sample(rolling):
    send(rolling, UP, (2, 5))
    assert send(rolling, UP, (2, 5), (3, 5)) == 204
    assert send(rolling, UP, (2, 5), (4, 5)) == 400
    assert send(rolling, UP, (3, 6), (4, 5)) == 400
    assert list(rolling.store.samples(UP)) == [(2, 5), (3, 5)]
    assert rolling.rolled_back == 2


def test_a_sample_that_overtakes_one_that_is_owed_is_seen(recorder):
    recorder.script(Answer(500), Answer(500), Answer(), Answer(400))
    send(recorder, UP, (1, 5))
    send(recorder, UP, (1, 5))  # Tried again.
    recorder.must_be_clean()
    send(recorder, UP, (2, 5))
    assert "overtakes" in recorder.faults.pop()
    send(recorder, UP, (3, 5))  # Refused for good.
    send(recorder, UP, (4, 5))
    assert "overtakes 1 samples from 1 on" in recorder.faults.pop()


def test_two_requests_of_a_series_at_once_are_seen(recorder):
    recorder.answer = lambda request: Answer(delay=1 - request.number)
    first = threading.Thread(target=send, args=(recorder, UP, (1, 5)))
    first.start()
    wait_for(lambda: recorder.requests, 30, "the first request")
    send(recorder, UP, (2, 5))
    first.join()
    assert "also in flight" in recorder.faults[0]


def test_bad_answers_are_as_bad_as_they_say(recorder):
    recorder.script(half(), garbage(), broken_body(), Answer(reset=True))
    for error in (http.client.BadStatusLine, http.client.BadStatusLine,
                  http.client.IncompleteRead, ConnectionResetError):
        with pytest.raises((error, urllib.error.URLError)) as raised:
            send(recorder, UP, (1, 5))
        if raised.type is urllib.error.URLError:
            assert isinstance(raised.value.reason, error)
    assert [one.taken for one in recorder.requests] == [
        False, False, True, True]


def test_a_reset_in_the_middle_of_a_request_leaves_nothing(recorder):
    recorder.interrupt = lambda request: request.size // 2
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        send(recorder, UP, (1, 5))
    assert not recorder.requests


def test_it_speaks_tls(directory, ended):
    authority = Authority(directory)
    recorder = RecordingReceiver(tls=authority.server())
    ended.append(recorder)
    context = ssl.create_default_context(cafile=authority.ca_file)
    assert send(recorder, UP, (1, 5), context=context) == 204
    with pytest.raises(urllib.error.URLError):
        send(recorder, UP, (1, 5), context=ssl.create_default_context())
    assert len(recorder.requests) == 1


def test_prometheus_itself_delivers_to_all_three_receivers(
        make_prometheus, make_receiver, victoria, exporter, ended):
    recorder = RecordingReceiver(user_agent="Prometheus/")
    ended.append(recorder)
    other = make_receiver()
    urls = [recorder.url, other.write_url, victoria.write_url]
    source = make_prometheus(targets=[exporter.address], remote_write=urls)
    exporter.wait_for_scrapes(8)
    begin = int(source.config.stat().st_mtime * 1000)
    truth = source.read_since(begin)
    compare.delivered(truth, lambda: recorder.store, 30, but_minus_zero)
    compare.delivered(truth, lambda: other.read_since(begin), 30,
                      but_minus_zero)
    compare.delivered(truth, victoria.read, 30, compare.missing_nearly)
    recorder.must_be_clean()


def but_minus_zero(source, receiver):
    """What is missing, but for -0: Prometheus's own remote write leaves out
    any value that is equal to zero, and so loses the sign."""
    return [one for one in compare.missing(source, receiver)
            if one.bits != series.bits_of(-0.0)]
