# SPDX-License-Identifier: Apache-2.0
"""Series are shared out among several urls: each goes to one, all of it, and
none is lost; nor is a series that moves, when the list is changed while one of
them lags behind."""

import pytest

from rig import compare, series
from rig.answers import Answer
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

SECONDS = 60
DROPPED = "prometheus_remote_storage_samples_dropped_total"
FAILED = "prometheus_remote_storage_samples_failed_total"
QUICK = {"batch_send_deadline": "200ms", "min_backoff": "30ms",
         "max_backoff": "300ms"}


def entry(*receivers):
    return {"urls": [one.url for one in receivers], "name": "spread",
            "queue_config": QUICK}


@pytest.fixture
def three(ended):
    """Receivers that roll a request back at its first old sample."""
    made = [RecordingReceiver(rollback=True) for _ in range(3)]
    ended.extend(made)
    yield made
    for one in made:
        one.must_be_clean()


def union(receivers):
    """All that they have."""
    whole = series.Store()
    for one in receivers:
        for key in list(one.store.series):
            held = dict(whole.samples(key))
            held.update(one.store.samples(key))
            whole.series.pop(key, None)
            for at, bits in sorted(held.items()):
                whole.add(key, at, bits)
    return whole


def test_each_series_goes_to_one_of_the_urls(frozen, three, make_walship):
    walship = make_walship(frozen.data_dir, entry(*three))
    wait_for(lambda: sum(one.store.count() for one in three)
             == frozen.truth.count(), SECONDS, "every sample")
    whole = series.Store()
    for one in three:
        assert len(one.store) > len(frozen.truth) / 10
        assert not set(one.store.series) & set(whole.series)
        whole.merge(one.store)
    for key in frozen.truth.series:
        assert list(whole.samples(key)) == list(frozen.truth.samples(key))
    assert walship.total(DROPPED) == 0
    names = {f"spread/127.0.0.1:{one.port}/api/v1/write" for one in three}
    for name in names:
        assert walship.total("walship_series", remote_name=name) > 0


def change_by_reload(walship, *receivers):
    walship.configure(entry(*receivers))
    status, said = walship.reload()
    assert status == 0, said


def change_by_restart(walship, *receivers):
    walship.stop()
    walship.configure(entry(*receivers))
    walship.start()


@pytest.mark.parametrize("change", [change_by_reload, change_by_restart])
@pytest.mark.parametrize("stays", [True, False], ids=["joined", "replaced"])
def test_what_moves_is_not_lost_though_one_lags(
        source, three, make_walship, change, stays):
    first, lags, new = three
    walship = make_walship(source.data_dir, entry(first, lags)).wait_ready()
    compare.delivered(source.read_after(1), lambda: union(three), SECONDS)
    lags.answer = lambda request: Answer(503)
    first.order.may_recall = lags.order.may_recall = True
    source.read_after(3)
    change(walship, *(three if stays else [new, first]))
    assert "the urls of an entry are others now" in walship.log()
    if stays:
        lags.answer = lambda request: Answer()
    truth = source.read_after(2)
    compare.delivered(truth, lambda: union(three), SECONDS)
    assert walship.total(FAILED) == 0
    assert walship.total(DROPPED) == 0
    # What it had it was not sent again, but for what was on the wire.
    assert first.repeated <= max(one.samples for one in first.requests)
    assert first.rolled_back == 0
