# SPDX-License-Identifier: Apache-2.0
"""Receivers that fail for a while, and what they refuse."""

import random
import time

import pytest

from rig import compare, series
from rig.answers import Answer
from rig.processes import wait_for

SECONDS = 90
QUICK = {"min_backoff": "30ms", "max_backoff": "1s"}


def remote(receiver):
    return {"url": receiver.url, "name": "outage", "queue_config": QUICK}


@pytest.mark.parametrize("failure", [
    Answer(500, body=b"broken"), Answer(503), Answer(500, drop=True),
], ids=["500", "503", "dropped connections"])
def test_nothing_is_lost_and_order_is_kept_while_it_fails(
        source, receiver, make_walship, failure):
    walship = make_walship(source.data_dir, remote(receiver)).wait_ready()
    source.read_after(2)
    receiver.answer = lambda request: failure
    failed_at = len(receiver.requests)
    truth = source.read_after(5)
    assert compare.missing(truth, receiver.store, limit=1)
    receiver.answer = lambda request: Answer()
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    assert len(receiver.requests) > failed_at + 1
    assert walship.total(
        "prometheus_remote_storage_samples_retried_total") > 0
    assert walship.total(
        "prometheus_remote_storage_samples_failed_total") == 0
    assert receiver.repeated == 0


def test_what_was_taken_without_an_answer_is_sent_again(
        source, receiver, make_walship):
    receiver.script(Answer(204, drop=True), Answer(204, drop=True))
    make_walship(source.data_dir, remote(receiver))
    truth = source.read_after(3)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    assert receiver.repeated > 0


def test_nothing_is_lost_while_it_is_not_there(
        source, receiver, make_walship):
    make_walship(source.data_dir, remote(receiver)).wait_ready()
    source.read_after(2)
    receiver.close()
    truth = source.read_after(5)
    receiver.reopen()
    compare.delivered(truth, lambda: receiver.store, SECONDS)


def test_a_receiver_that_is_not_there_at_start_is_waited_for(
        source, receiver, make_walship):
    receiver.close()
    make_walship(source.data_dir, remote(receiver))
    truth = source.read_after(3)
    receiver.reopen()
    compare.delivered(truth, lambda: receiver.store, SECONDS)


def test_order_is_kept_when_answers_are_slow_and_some_fail(
        source, receiver, make_walship):
    chance = random.Random(7)
    receiver.answer = lambda request: Answer(
        status=500 if chance.random() < 0.3 else 204,
        delay=chance.random() * 0.3)
    make_walship(source.data_dir, {
        **remote(receiver),
        "queue_config": {**QUICK, "max_samples_per_send": 50,
                         "max_shards": 20}})
    truth = source.read_after(6)
    receiver.answer = lambda request: Answer(delay=0.01)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    assert max(one.samples for one in receiver.requests) <= 50


def test_retries_are_spaced(source, receiver, make_walship):
    receiver.answer = lambda request: Answer(500)
    make_walship(source.data_dir, {
        "url": receiver.url,
        "queue_config": {"min_backoff": "500ms", "max_backoff": "2s"}})
    wait_for(lambda: receiver.requests, 30, "the first request")
    begin = time.monotonic()
    wait_for(lambda: len(receiver.requests) >= 4, 30, "four requests")
    # Half of each pause may be taken off at random.
    assert time.monotonic() - begin > 0.75
    receiver.answer = lambda request: Answer()


def test_a_refused_batch_is_counted_and_the_rest_arrives(
        source, receiver, make_walship):
    receiver.script(Answer(400, body=b"do not want"))
    walship = make_walship(source.data_dir, {
        **remote(receiver), "queue_config": {
            **QUICK, "max_samples_per_send": 100}})
    truth = source.read_after(3)
    refused = None

    def only_refused_is_missing():
        nonlocal refused
        refused = receiver.requests[0].entries if receiver.requests else []
        store = series.Store()
        store.merge(receiver.store)
        for entry in refused:
            store.add(*entry)
        return not compare.missing(truth, store, limit=1)
    wait_for(only_refused_is_missing, SECONDS, "all but what was refused")
    assert walship.total(
        "prometheus_remote_storage_samples_failed_total") == len(refused)
    lost = compare.missing(truth, receiver.store)
    assert len(lost) == len(refused)
    assert "do not want" in walship.log()
