# SPDX-License-Identifier: Apache-2.0
"""Series are shared out among several urls: each goes to one, all of it, and
none is lost."""

from rig import series
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

DROPPED = "prometheus_remote_storage_samples_dropped_total"


def test_each_series_goes_to_one_of_the_urls(frozen, ended, make_walship):
    receivers = [RecordingReceiver() for _ in range(3)]
    ended.extend(receivers)
    walship = make_walship(frozen.data_dir, {
        "urls": [one.url for one in receivers], "name": "spread",
        "queue_config": {"batch_send_deadline": "500ms"}})
    wait_for(lambda: sum(one.store.count() for one in receivers)
             == frozen.truth.count(), 60, "every sample")
    whole = series.Store()
    for one in receivers:
        one.must_be_clean()
        assert len(one.store) > len(frozen.truth) / 10
        assert not set(one.store.series) & set(whole.series)
        whole.merge(one.store)
    for key in frozen.truth.series:
        assert list(whole.samples(key)) == list(frozen.truth.samples(key))
    assert walship.total(DROPPED) == 0
    names = {f"spread/127.0.0.1:{one.port}/api/v1/write" for one in receivers}
    for name in names:
        assert walship.total("walship_series", remote_name=name) > 0
